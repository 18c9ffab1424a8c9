/* The one generator: Philox seeds lanes of xoshiro128+; normals by inversion
 * (see iclgd/rng.h). The scalar stream is one lane and the oracle of the
 * others. */
#include <iclgd/rng.h>

#include <math.h>
#include <string.h>

#include <Random123/philox.h>

#include "base/isa.h"
#include "math/normals.h"
#include "math/xoshiro.h"

static void seed_lane(uint32_t s[4], uint64_t seed, uint32_t id, uint64_t group,
                      uint32_t lane) {
  const philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
  const philox4x32_ctr_t counter = {
      {(uint32_t)group, (uint32_t)(group >> 32), id, lane}};
  const philox4x32_ctr_t state = philox4x32(counter, key);
  for (size_t k = 0; k < 4; ++k) s[k] = state.v[k];
}

void iclgd_stream_seed(iclgd_stream *stream, uint64_t seed, uint32_t id,
                       uint64_t index) {
  seed_lane(stream->s, seed, id, index / ICLGD_LANES,
            (uint32_t)(index % ICLGD_LANES));
}

uint32_t iclgd_stream_bits(iclgd_stream *stream) {
  uint32_t *s = stream->s;
  return iclgd_xoshiro(&s[0], &s[1], &s[2], &s[3]);
}

float iclgd_stream_normal(iclgd_stream *stream) {
  return iclgd_normal(iclgd_stream_bits(stream));
}

float iclgd_stream_uniform(iclgd_stream *stream) {
  return iclgd_uniform(iclgd_stream_bits(stream));
}

void iclgd_stream_normals(double *out, iclgd_stream *stream, size_t count) {
  switch (iclgd_isa_best()) {
#if defined(__x86_64__)
    case ICLGD_ISA_V4:
    case ICLGD_ISA_V3:
      iclgd_stream_normals_v3(out, stream, count);
      return;
#endif
    default:
      iclgd_stream_normals_base(out, stream, count);
  }
}

void iclgd_stream_uniforms(double *out, iclgd_stream *stream, size_t count) {
  for (size_t i = 0; i < count; ++i)
    out[i] = (double)iclgd_uniform(iclgd_stream_bits(stream));
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
  switch (iclgd_isa_best()) {
#if defined(__x86_64__)
    case ICLGD_ISA_V4:
      iclgd_lanes_seed_v4(lanes, seed, id, group);
      return;
    case ICLGD_ISA_V3:
      iclgd_lanes_seed_v3(lanes, seed, id, group);
      return;
#endif
    default:
      iclgd_lanes_seed_base(lanes, seed, id, group);
  }
}

void iclgd_lanes_normals(float *out, iclgd_lanes *lanes, size_t count) {
  switch (iclgd_isa_best()) {
#if defined(__x86_64__)
    case ICLGD_ISA_V4:
      iclgd_lanes_normals_v4(out, lanes, count);
      return;
    case ICLGD_ISA_V3:
      iclgd_lanes_normals_v3(out, lanes, count);
      return;
#endif
    default:
      iclgd_lanes_normals_base(out, lanes, count);
  }
}

void iclgd_lanes_uniforms(float *out, iclgd_lanes *lanes, size_t count) {
  switch (iclgd_isa_best()) {
#if defined(__x86_64__)
    case ICLGD_ISA_V4:
      iclgd_lanes_uniforms_v4(out, lanes, count);
      return;
    case ICLGD_ISA_V3:
      iclgd_lanes_uniforms_v3(out, lanes, count);
      return;
#endif
    default:
      iclgd_lanes_uniforms_base(out, lanes, count);
  }
}
