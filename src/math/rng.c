/* The one generator: Philox seeds lanes of xoshiro128+; normals by inversion
 * (see iclgd/rng.h). The scalar stream is one lane and the oracle of the
 * others. */
#include <iclgd/rng.h>

#include <math.h>
#include <string.h>

#include <Random123/philox.h>

#include "math/normal_table.h"

static void seed_lane(uint32_t s[4], uint64_t seed, uint32_t id, uint64_t group,
                      uint32_t lane) {
  const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
  const philox4x32_ctr_t counter = {
      {(uint32_t)group, (uint32_t)(group >> 32), id, lane}};
  const philox4x32_ctr_t state = philox4x32(counter, key);
  for (size_t k = 0; k < 4; ++k) s[k] = state.v[k];
}

/* One step of xoshiro128+ on the four words of one lane. */
static inline uint32_t advance(uint32_t *s0, uint32_t *s1, uint32_t *s2,
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

/* The top bit is the sign, the rest (made odd, so never zero) 2^32 p. */
static inline float normal_from_bits(uint32_t bits) {
  const float r = (float)(int32_t)((bits & 0x7fffffffu) | 1u);
  uint32_t word;
  memcpy(&word, &r, sizeof word);
  const float *c = iclgd_normal_table[(word >> 23) - 127];
  const uint32_t mantissa = (word & 0x7fffffu) | 0x3f800000u;
  float m;
  memcpy(&m, &mantissa, sizeof m);
  const float u = m - 1.5F;
  float z = c[6];
  for (int k = 5; k >= 0; --k) z = __builtin_fmaf(z, u, c[k]);
  return bits >> 31 ? -z : z;
}

/* An odd multiple of 2^-23 in (-1, 1). */
static inline float uniform_from_bits(uint32_t bits) {
  return (float)(2 * (int32_t)(bits >> 9) + 1 - (1 << 23)) * 0x1p-23F;
}

void iclgd_stream_seed(iclgd_stream *stream, uint64_t seed, uint32_t id,
                       uint64_t index) {
  seed_lane(stream->s, seed, id, index / ICLGD_LANES,
            (uint32_t)(index % ICLGD_LANES));
}

uint32_t iclgd_stream_bits(iclgd_stream *stream) {
  uint32_t *s = stream->s;
  return advance(&s[0], &s[1], &s[2], &s[3]);
}

float iclgd_stream_normal(iclgd_stream *stream) {
  return normal_from_bits(iclgd_stream_bits(stream));
}

float iclgd_stream_uniform(iclgd_stream *stream) {
  return uniform_from_bits(iclgd_stream_bits(stream));
}

/* Compiled twice: with fma instructions where the processor has them, else with
 * calls of fmaf, which rounds alike. */
#if defined(__x86_64__)
#define FMA_CLONES __attribute__((target_clones("default", "arch=x86-64-v3")))
#else
#define FMA_CLONES
#endif

FMA_CLONES void iclgd_stream_normals(double *out, iclgd_stream *stream,
                                     size_t count) {
  for (size_t i = 0; i < count; ++i)
    out[i] = (double)normal_from_bits(iclgd_stream_bits(stream));
}

void iclgd_stream_uniforms(double *out, iclgd_stream *stream, size_t count) {
  for (size_t i = 0; i < count; ++i)
    out[i] = (double)uniform_from_bits(iclgd_stream_bits(stream));
}

/* The high word of bits * bound, redrawn where some results would be favoured
 * (Lemire 2019). */
uint32_t iclgd_stream_below(iclgd_stream *stream, uint32_t bound) {
  const uint32_t threshold = (0u - bound) % bound;
  for (;;) {
    const uint64_t product = (uint64_t)iclgd_stream_bits(stream) * bound;
    if ((uint32_t)product >= threshold) return (uint32_t)(product >> 32);
  }
}

void iclgd_lanes_seed(iclgd_lanes *lanes, uint64_t seed, uint32_t id,
                      uint64_t group) {
  for (uint32_t lane = 0; lane < ICLGD_LANES; ++lane) {
    uint32_t s[4];
    seed_lane(s, seed, id, group, lane);
    for (size_t k = 0; k < 4; ++k) lanes->s[k][lane] = s[k];
  }
}

static inline uint32_t advance_lane(iclgd_lanes *lanes, size_t lane) {
  return advance(&lanes->s[0][lane], &lanes->s[1][lane], &lanes->s[2][lane],
                 &lanes->s[3][lane]);
}

FMA_CLONES void iclgd_lanes_normals(float *out, iclgd_lanes *lanes,
                                    size_t count) {
  for (size_t i = 0; i < count; ++i)
    for (size_t lane = 0; lane < ICLGD_LANES; ++lane)
      out[i * ICLGD_LANES + lane] = normal_from_bits(advance_lane(lanes, lane));
}

void iclgd_lanes_uniforms(float *out, iclgd_lanes *lanes, size_t count) {
  for (size_t i = 0; i < count; ++i)
    for (size_t lane = 0; lane < ICLGD_LANES; ++lane)
      out[i * ICLGD_LANES + lane] =
          uniform_from_bits(advance_lane(lanes, lane));
}
