/* One step of the generator, one number of the inverse CDF and one uniform: the
 * definition that the scalar stream and the bulk kernels share. */
#ifndef ICLGD_MATH_XOSHIRO_H
#define ICLGD_MATH_XOSHIRO_H

#include <stdint.h>
#include <string.h>

#include "math/normal_table.h"

/* xoshiro128+ (Blackman and Vigna 2018) on the four words of one lane. */
static inline uint32_t iclgd_xoshiro(uint32_t *s0, uint32_t *s1, uint32_t *s2,
                                     uint32_t *s3) {
  const uint32_t result = *s0 + *s3;
  const uint32_t shifted = *s1 << 9;
  *s2 ^= *s0;
  *s3 ^= *s1;
  *s1 ^= *s2;
  *s0 ^= *s3;
  *s2 ^= shifted;
  *s3 = (*s3 << 11) | (*s3 >> 21);
  return result;
}

/* The top bit is the sign, the rest (made odd, so never zero) 2^32 p; z by the
 * polynomial of p's octave. */
static inline float iclgd_normal(uint32_t bits) {
  const float r = (float)(int32_t)((bits & 0x7fffffffu) | 1u);
  uint32_t word, z_word;
  memcpy(&word, &r, sizeof word);
  const int32_t octave = (int32_t)(word >> 23) - 127;
  const uint32_t mantissa = (word & 0x7fffffu) | 0x3f800000u;
  float m;
  memcpy(&m, &mantissa, sizeof m);
  const float u = m - 1.5F;
  /* Written out: compilers vectorise over lanes only what has no loop. */
  float z = iclgd_normal_table[6][octave];
  z = __builtin_fmaf(z, u, iclgd_normal_table[5][octave]);
  z = __builtin_fmaf(z, u, iclgd_normal_table[4][octave]);
  z = __builtin_fmaf(z, u, iclgd_normal_table[3][octave]);
  z = __builtin_fmaf(z, u, iclgd_normal_table[2][octave]);
  z = __builtin_fmaf(z, u, iclgd_normal_table[1][octave]);
  z = __builtin_fmaf(z, u, iclgd_normal_table[0][octave]);
  memcpy(&z_word, &z, sizeof z_word);
  z_word ^= bits & 0x80000000u;
  memcpy(&z, &z_word, sizeof z);
  return z;
}

/* An odd multiple of 2^-23 in (-1, 1). */
static inline float iclgd_uniform(uint32_t bits) {
  return (float)(2 * (int32_t)(bits >> 9) + 1 - (1 << 23)) * 0x1p-23F;
}

#endif /* ICLGD_MATH_XOSHIRO_H */
