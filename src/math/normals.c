/* Normals in bulk: plain loops over lanes, which the compiler turns into vector
 * instructions of the set it compiles for. */
#include "math/normals.h"

#include "base/isa.h"
#include "math/xoshiro.h"

void ICLGD_KERNEL(iclgd_stream_normals)(double *out, iclgd_stream *stream,
                                        size_t count) {
  uint32_t *s = stream->s;
  for (size_t i = 0; i < count; ++i)
    out[i] = (double)iclgd_normal(iclgd_xoshiro(&s[0], &s[1], &s[2], &s[3]));
}

void ICLGD_KERNEL(iclgd_lanes_normals)(float *out, iclgd_lanes *lanes,
                                       size_t count) {
  uint32_t bits[ICLGD_LANES];
  for (size_t i = 0; i < count; ++i) {
    for (size_t l = 0; l < ICLGD_LANES; ++l)
      bits[l] = iclgd_xoshiro(&lanes->s[0][l], &lanes->s[1][l], &lanes->s[2][l],
                              &lanes->s[3][l]);
    for (size_t l = 0; l < ICLGD_LANES; ++l)
      out[i * ICLGD_LANES + l] = iclgd_normal(bits[l]);
  }
}
