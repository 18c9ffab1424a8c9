/* Doubles of 16 prompts side by side, in vectors of the width that the
 * instruction set has: the one file with intrinsics. All forms give the same
 * bits, element by element; fma rounds once everywhere. */
#ifndef ICLGD_ENGINE_VECTOR_H
#define ICLGD_ENGINE_VECTOR_H

#include <stddef.h>

enum { LANES = 16 }; /* the prompts of a group, ICLGD_LANES */

#if defined(__AVX512F__)

#include <immintrin.h>

enum { WIDTH = 8 };
typedef __m512d vec;

static inline vec load(const double *p) {
  return _mm512_loadu_pd(p);
}
static inline void store(double *p, vec a) {
  _mm512_storeu_pd(p, a);
}
static inline vec broadcast(double a) {
  return _mm512_set1_pd(a);
}
static inline vec widen(const float *p) {
  return _mm512_cvtps_pd(_mm256_loadu_ps(p));
}
static inline vec multiply(vec a, vec b) {
  return _mm512_mul_pd(a, b);
}
static inline vec fma_(vec a, vec b, vec c) { /* a b + c */
  return _mm512_fmadd_pd(a, b, c);
}
static inline vec fnma_(vec a, vec b, vec c) { /* c - a b */
  return _mm512_fnmadd_pd(a, b, c);
}

#elif defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>

enum { WIDTH = 4 };
typedef __m256d vec;

static inline vec load(const double *p) {
  return _mm256_loadu_pd(p);
}
static inline void store(double *p, vec a) {
  _mm256_storeu_pd(p, a);
}
static inline vec broadcast(double a) {
  return _mm256_set1_pd(a);
}
static inline vec widen(const float *p) {
  return _mm256_cvtps_pd(_mm_loadu_ps(p));
}
static inline vec multiply(vec a, vec b) {
  return _mm256_mul_pd(a, b);
}
static inline vec fma_(vec a, vec b, vec c) { /* a b + c */
  return _mm256_fmadd_pd(a, b, c);
}
static inline vec fnma_(vec a, vec b, vec c) { /* c - a b */
  return _mm256_fnmadd_pd(a, b, c);
}

#else

enum { WIDTH = 1 };
typedef double vec;

static inline vec load(const double *p) {
  return *p;
}
static inline void store(double *p, vec a) {
  *p = a;
}
static inline vec broadcast(double a) {
  return a;
}
static inline vec widen(const float *p) {
  return (double)*p;
}
static inline vec multiply(vec a, vec b) {
  return a * b;
}
static inline vec fma_(vec a, vec b, vec c) { /* a b + c */
  return __builtin_fma(a, b, c);
}
static inline vec fnma_(vec a, vec b, vec c) { /* c - a b */
  return __builtin_fma(-a, b, c);
}

#endif

/* The 16 lanes are CHUNKS vectors; loops over them are unrolled, so that their
 * accumulators stay in registers. */
enum { CHUNKS = LANES / WIDTH };
#define EACH_CHUNK(c) for (size_t c = 0; c < CHUNKS; ++c)

#endif /* ICLGD_ENGINE_VECTOR_H */
