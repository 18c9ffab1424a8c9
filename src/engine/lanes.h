/* Prompts side by side: a `vec` holds one number of each of WIDTH prompts, so
 * that code on vec reads like code for one prompt and every instruction set
 * gives every prompt the same bits. Compiled for float and for double; the one
 * file with intrinsics, because compilers do not find fma by themselves in
 * large loops. */
#ifndef ICLGD_ENGINE_LANES_H
#define ICLGD_ENGINE_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(ICLGD_REAL_IS_DOUBLE)
typedef double real;
typedef uint64_t word;
#define ICLGD_FMA_ONE __builtin_fma
#define ICLGD_ROOT_ONE __builtin_sqrt
#define ICLGD_OF_REAL(name) name##d
#define ICLGD_NEON_OF_REAL(name) name##_f64
#else
typedef float real;
typedef uint32_t word;
#define ICLGD_FMA_ONE __builtin_fmaf
#define ICLGD_ROOT_ONE __builtin_sqrtf
#define ICLGD_OF_REAL(name) name##s
#define ICLGD_NEON_OF_REAL(name) name##_f32
#endif

#if defined(__AVX512F__)
#include <immintrin.h>
enum { VECTOR_BYTES = 64 };
#define ICLGD_HAS_MADD 1
#define ICLGD_FMA ICLGD_OF_REAL(_mm512_fmadd_p)
#define ICLGD_MAX ICLGD_OF_REAL(_mm512_max_p)
#define ICLGD_MIN ICLGD_OF_REAL(_mm512_min_p)
#define ICLGD_ROOT ICLGD_OF_REAL(_mm512_sqrt_p)
#define ICLGD_PAIRS(half, a, b) \
  _mm512_unpack##half##_pd((__m512d)(a), (__m512d)(b))
#define ICLGD_PICK(a, b, which) \
  _mm512_shuffle_ps((__m512)(a), (__m512)(b), which)
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
enum { VECTOR_BYTES = 32 };
#define ICLGD_HAS_MADD 1
#define ICLGD_FMA ICLGD_OF_REAL(_mm256_fmadd_p)
#define ICLGD_MAX ICLGD_OF_REAL(_mm256_max_p)
#define ICLGD_MIN ICLGD_OF_REAL(_mm256_min_p)
#define ICLGD_ROOT ICLGD_OF_REAL(_mm256_sqrt_p)
#define ICLGD_PAIRS(half, a, b) \
  _mm256_unpack##half##_pd((__m256d)(a), (__m256d)(b))
#define ICLGD_PICK(a, b, which) \
  _mm256_shuffle_ps((__m256)(a), (__m256)(b), which)
#else
#if defined(__ARM_NEON)
#include <arm_neon.h>
#define ICLGD_HAS_MADD 1
#else
#define ICLGD_HAS_MADD 0 /* a multiply-add is a call */
#endif
enum { VECTOR_BYTES = 16 };
#endif

enum {
  LANES = 16, /* the prompts of a group, ICLGD_LANES */
  WIDTH = VECTOR_BYTES / sizeof(real),
  CHUNKS = LANES / WIDTH /* a group is run chunk by chunk */
};

typedef real vec __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef word words __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef float narrow
    __attribute__((vector_size(WIDTH * sizeof(float)), may_alias));

#define ICLGD_INLINE static inline __attribute__((always_inline))

/* One copy of what has many tiles inside: it must stay in the cache. */
#define ICLGD_APART static __attribute__((noinline, unused))

/* Loops over the registers of a tile vanish. */
#if defined(__clang__)
#define ICLGD_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ICLGD_UNROLL _Pragma("GCC unroll 16")
#endif

/* Repeats what follows; the compiler does not know how often, so that loops
 * over tiles stay short in the cache. */
ICLGD_INLINE size_t unknown(size_t n) {
  __asm__("" : "+r"(n));
  return n;
}
#define ICLGD_TIMES(n, count) for (size_t n = unknown(count); n > 0; --n)

/* a b + c, rounded once */
ICLGD_INLINE vec madd(vec a, vec b, vec c) {
#if defined(ICLGD_FMA)
  return (vec)ICLGD_FMA(a, b, c);
#elif defined(__ARM_NEON)
  return (vec)ICLGD_NEON_OF_REAL(vfmaq)(c, a, b);
#else
  vec out = {0};
  for (size_t i = 0; i < WIDTH; ++i) out[i] = ICLGD_FMA_ONE(a[i], b[i], c[i]);
  return out;
#endif
}

/* a > b ? a : b */
ICLGD_INLINE vec larger_of(vec a, vec b) {
#if defined(ICLGD_MAX)
  return (vec)ICLGD_MAX(a, b);
#else
  const words first = (words)(a > b);
  return (vec)(((words)a & first) | ((words)b & ~first));
#endif
}

/* a < b ? a : b */
ICLGD_INLINE vec smaller_of(vec a, vec b) {
#if defined(ICLGD_MIN)
  return (vec)ICLGD_MIN(a, b);
#else
  const words first = (words)(a < b);
  return (vec)(((words)a & first) | ((words)b & ~first));
#endif
}

ICLGD_INLINE vec square_root(vec a) {
#if defined(ICLGD_ROOT)
  return (vec)ICLGD_ROOT(a);
#else
  vec out = {0};
  for (size_t i = 0; i < WIDTH; ++i) out[i] = ICLGD_ROOT_ONE(a[i]);
  return out;
#endif
}

/* a where the condition (a comparison of vecs) holds, else b */
ICLGD_INLINE vec choose(words holds, vec a, vec b) {
  return (vec)(((words)a & holds) | ((words)b & ~holds));
}

/* max(a, 0), and NaN of NaN */
ICLGD_INLINE vec positive_part(vec a) {
  return choose((words)(a <= (vec){0}), (vec){0}, a);
}

ICLGD_INLINE vec splat(real a) {
  return a - (vec){0};
}

/* Lanes that every instruction set has side by side. */
enum { QUAD = 16 / sizeof(real) };

/* In every quad of lanes the sums of its halves, those of a before those of b:
 * (a0 + a2, a1 + a3, b0 + b2, b1 + b3) of four. */
ICLGD_INLINE vec sum_halves(vec a, vec b) {
#if defined(ICLGD_PAIRS)
  return (vec)ICLGD_PAIRS(lo, a, b) + (vec)ICLGD_PAIRS(hi, a, b);
#else
  enum { HALF = QUAD / 2 };
  vec out = {0};
  for (size_t i = 0; i < WIDTH; ++i) {
    const size_t from = i / QUAD * QUAD + i % HALF;
    const bool second = i % QUAD >= HALF;
    out[i] = second ? b[from] + b[from + HALF] : a[from] + a[from + HALF];
  }
  return out;
#endif
}

/* Lane i of every quad: the sum over that quad of v[i]. */
ICLGD_INLINE vec quad_sums(const vec v[QUAD]) {
#if defined(ICLGD_REAL_IS_DOUBLE)
  return sum_halves(v[0], v[1]);
#else
  const vec x = sum_halves(v[0], v[1]), y = sum_halves(v[2], v[3]);
#if defined(ICLGD_PICK)
  return (vec)ICLGD_PICK(x, y, 0x88) + (vec)ICLGD_PICK(x, y, 0xdd);
#else
  vec out = {0};
  for (size_t i = 0; i < WIDTH; ++i) {
    const size_t from = i / QUAD * QUAD + i % 2 * 2;
    out[i] = i % QUAD < 2 ? x[from] + x[from + 1] : y[from] + y[from + 1];
  }
  return out;
#endif
#endif
}

/* WIDTH floats at p, aligned to their size together */
ICLGD_INLINE vec widen(const float *p) {
  return __builtin_convertvector(*(const narrow *)p, vec);
}

#endif /* ICLGD_ENGINE_LANES_H */
