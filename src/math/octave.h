/* Words of 16 lanes side by side, in vectors of the width that the instruction
 * set has, and the numbers made of them: the one file of this room with
 * intrinsics. All forms give the bits of xoshiro.h.
 *
 * A normal needs the 7 coefficients of its octave e, p in [2^e, 2^(e+1)) 2^-32.
 * AVX-512 looks them up among all 32 in two registers. AVX2 has one register of
 * 8: the octaves 23..30, which hold all but 2^-8 of the probability (below lie
 * the tails, above the median itself); vectors with other lanes are reported
 * and repaired by the caller.
 */
#ifndef ICLGD_MATH_OCTAVE_H
#define ICLGD_MATH_OCTAVE_H

#include <iclgd/rng.h>

#include "math/xoshiro.h"

#if defined(__AVX512F__)

#include <immintrin.h>

enum { WIDTH = 16 };
typedef __m512i words;
typedef struct state {
  words s[4];
} state;

static inline words load(const uint32_t *p) {
  return _mm512_loadu_si512(p);
}
static inline void store(uint32_t *p, words a) {
  _mm512_storeu_si512(p, a);
}

#define ICLGD_WORDS(name) _mm512_##name
/* Lane by lane from a, b, a, b, .. */
static inline words in_turn(words a, words b) {
  return _mm512_mask_blend_epi32(0xaaaa, a, b);
}

/* iclgd_xoshiro, lane by lane */
static inline words next(state *s) {
  const words result = _mm512_add_epi32(s->s[0], s->s[3]);
  const words shifted = _mm512_slli_epi32(s->s[1], 9);
  s->s[2] = _mm512_xor_si512(s->s[2], s->s[0]);
  s->s[3] = _mm512_xor_si512(s->s[3], s->s[1]);
  s->s[1] = _mm512_xor_si512(s->s[1], s->s[2]);
  s->s[0] = _mm512_xor_si512(s->s[0], s->s[3]);
  s->s[2] = _mm512_xor_si512(s->s[2], shifted);
  s->s[3] = _mm512_rol_epi32(s->s[3], 11);
  return result;
}

static inline __m512 coefficient(size_t k, __m512i octave) {
  const float *row = iclgd_normal_table[k];
  return _mm512_permutex2var_ps(_mm512_loadu_ps(row), octave,
                                _mm512_loadu_ps(row + 16));
}

/* iclgd_normal, lane by lane; 0: there is nothing to repair. */
static inline uint64_t store_normals(float *out, words bits) {
  const words magnitude = _mm512_set1_epi32(0x7fffffff);
  const words one = _mm512_set1_epi32(1), sign = _mm512_set1_epi32(INT32_MIN);
  const words r = _mm512_or_si512(_mm512_and_si512(bits, magnitude), one);
  const words word = _mm512_castps_si512(_mm512_cvtepi32_ps(r));
  const words octave =
      _mm512_sub_epi32(_mm512_srli_epi32(word, 23), _mm512_set1_epi32(127));
  const words m =
      _mm512_or_si512(_mm512_and_si512(word, _mm512_set1_epi32(0x7fffff)),
                      _mm512_set1_epi32(0x3f800000));
  const __m512 u = _mm512_sub_ps(_mm512_castsi512_ps(m), _mm512_set1_ps(1.5F));
  __m512 z = coefficient(6, octave);
  for (size_t k = 6; k-- > 0;)
    z = _mm512_fmadd_ps(z, u, coefficient(k, octave));
  store((uint32_t *)out,
        _mm512_xor_si512(_mm512_castps_si512(z), _mm512_and_si512(bits, sign)));
  return 0;
}

static inline void repair_normals(float *out, words bits) {
  (void)out;
  (void)bits;
}

#elif defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>

enum { WIDTH = 8, OCTAVE_LOW = 23 }; /* the window is OCTAVE_LOW + 0..7 */
typedef __m256i words;
typedef struct state {
  words s[4];
} state;

static inline words load(const uint32_t *p) {
  return _mm256_loadu_si256((const words *)p);
}
static inline void store(uint32_t *p, words a) {
  _mm256_storeu_si256((words *)p, a);
}

#define ICLGD_WORDS(name) _mm256_##name
/* Lane by lane from a, b, a, b, .. */
static inline words in_turn(words a, words b) {
  return _mm256_blend_epi32(a, b, 0xaa);
}

/* iclgd_xoshiro, lane by lane */
static inline words next(state *s) {
  const words result = _mm256_add_epi32(s->s[0], s->s[3]);
  const words shifted = _mm256_slli_epi32(s->s[1], 9);
  s->s[2] = _mm256_xor_si256(s->s[2], s->s[0]);
  s->s[3] = _mm256_xor_si256(s->s[3], s->s[1]);
  s->s[1] = _mm256_xor_si256(s->s[1], s->s[2]);
  s->s[0] = _mm256_xor_si256(s->s[0], s->s[3]);
  s->s[2] = _mm256_xor_si256(s->s[2], shifted);
  s->s[3] = _mm256_or_si256(_mm256_slli_epi32(s->s[3], 11),
                            _mm256_srli_epi32(s->s[3], 21));
  return result;
}

static inline __m256 coefficient(size_t k, __m256i octave) {
  return _mm256_permutevar8x32_ps(
      _mm256_loadu_ps(iclgd_normal_table[k] + OCTAVE_LOW), octave);
}

/* 2^32 p as float32, its bits above those of 2^OCTAVE_LOW: bits 23..25 number
 * the octave, bits 26..31 are zero within the window only. */
static inline words offset_of(words bits) {
  const words magnitude = _mm256_set1_epi32(0x7fffffff);
  const words r =
      _mm256_or_si256(_mm256_and_si256(bits, magnitude), _mm256_set1_epi32(1));
  return _mm256_sub_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(r)),
                          _mm256_set1_epi32((127 + OCTAVE_LOW) << 23));
}

/* iclgd_normal, lane by lane; 1 where a lane is outside the window and its
 * number is wrong. */
static inline uint64_t store_normals(float *out, words bits) {
  const words sign = _mm256_set1_epi32(INT32_MIN);
  const words offset = offset_of(bits);
  const words octave = _mm256_srli_epi32(offset, 23);
  const words m =
      _mm256_or_si256(_mm256_and_si256(offset, _mm256_set1_epi32(0x7fffff)),
                      _mm256_set1_epi32(0x3f800000));
  const __m256 u = _mm256_sub_ps(_mm256_castsi256_ps(m), _mm256_set1_ps(1.5F));
  __m256 z = coefficient(6, octave);
  for (size_t k = 6; k-- > 0;)
    z = _mm256_fmadd_ps(z, u, coefficient(k, octave));
  store((uint32_t *)out,
        _mm256_xor_si256(_mm256_castps_si256(z), _mm256_and_si256(bits, sign)));
  return !_mm256_testz_si256(offset, _mm256_set1_epi32((int)0xfc000000u));
}

/* The lanes outside the window again. */
static inline void repair_normals(float *out, words bits) {
  uint32_t lane[8], offset[8];
  store(lane, bits);
  store(offset, offset_of(bits));
  for (size_t l = 0; l < 8; ++l)
    if (offset[l] >> 26) out[l] = iclgd_normal(lane[l]);
}

#else

enum { WIDTH = 1 };
typedef uint32_t words;
typedef struct state {
  words s[4];
} state;

static inline words load(const uint32_t *p) {
  return *p;
}
static inline void store(uint32_t *p, words a) {
  *p = a;
}
static inline void multiply_words(words *high, words *low, words a,
                                  uint32_t m) {
  const uint64_t product = (uint64_t)a * m;
  *high = (words)(product >> 32);
  *low = (words)product;
}
static inline words add_word(words a, uint32_t b) {
  return a + b;
}
static inline words next(state *s) {
  return iclgd_xoshiro(&s->s[0], &s->s[1], &s->s[2], &s->s[3]);
}
static inline uint64_t store_normals(float *out, words bits) {
  *out = iclgd_normal(bits);
  return 0;
}
static inline void repair_normals(float *out, words bits) {
  (void)out;
  (void)bits;
}
static inline void store_uniforms(float *out, words bits) {
  *out = iclgd_uniform(bits);
}

#endif

#if defined(ICLGD_WORDS)

/* The high and the low word of a m, lane by lane. */
static inline void multiply_words(words *high, words *low, words a,
                                  uint32_t m) {
  const words factor = ICLGD_WORDS(set1_epi32)((int)m);
  const words even = ICLGD_WORDS(mul_epu32)(a, factor);
  const words odd =
      ICLGD_WORDS(mul_epu32)(ICLGD_WORDS(srli_epi64)(a, 32), factor);
  *low = in_turn(even, ICLGD_WORDS(slli_epi64)(odd, 32));
  *high = in_turn(ICLGD_WORDS(srli_epi64)(even, 32), odd);
}
static inline words add_word(words a, uint32_t b) {
  return ICLGD_WORDS(add_epi32)(a, ICLGD_WORDS(set1_epi32)((int)b));
}

/* iclgd_uniform, lane by lane */
static inline void store_uniforms(float *out, words bits) {
  const words high = ICLGD_WORDS(srli_epi32)(bits, 9);
  const words odd = add_word(ICLGD_WORDS(slli_epi32)(high, 1), 1u - (1u << 23));
  ICLGD_WORDS(storeu_ps)
  (out, ICLGD_WORDS(mul_ps)(ICLGD_WORDS(cvtepi32_ps)(odd),
                            ICLGD_WORDS(set1_ps)(0x1p-23F)));
}

#undef ICLGD_WORDS
#endif

/* The generators of the lanes from l on. */
static inline state load_state(const iclgd_lanes *lanes, size_t l) {
  state s;
  for (size_t k = 0; k < 4; ++k) s.s[k] = load(&lanes->s[k][l]);
  return s;
}
static inline void store_state(iclgd_lanes *lanes, size_t l, const state *s) {
  for (size_t k = 0; k < 4; ++k) store(&lanes->s[k][l], s->s[k]);
}

#endif /* ICLGD_MATH_OCTAVE_H */
