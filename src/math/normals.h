/* Numbers in bulk, compiled once per instruction set: for iclgd/rng.h, which
 * chooses at run time, and for kernels of the same set. */
#ifndef ICLGD_MATH_NORMALS_H
#define ICLGD_MATH_NORMALS_H

#include <iclgd/rng.h>

#define DECLARE_NUMBERS(set)                                                  \
  void iclgd_stream_normals_##set(double *out, iclgd_stream *stream,          \
                                  size_t count);                              \
  void iclgd_lanes_normals_##set(float *out, iclgd_lanes *lanes,              \
                                 size_t count);                               \
  void iclgd_lanes_uniforms_##set(float *out, iclgd_lanes *lanes,             \
                                  size_t count);                              \
  void iclgd_lanes_seed_##set(iclgd_lanes *lanes, uint64_t seed, uint32_t id, \
                              uint64_t group);
DECLARE_NUMBERS(base)
DECLARE_NUMBERS(v3)
DECLARE_NUMBERS(v4)
#undef DECLARE_NUMBERS

#endif /* ICLGD_MATH_NORMALS_H */
