/* Normals in bulk, compiled once per instruction set. */
#ifndef ICLGD_MATH_NORMALS_H
#define ICLGD_MATH_NORMALS_H

#include <iclgd/rng.h>

#define DECLARE_NORMALS(set)                                         \
  void iclgd_stream_normals_##set(double *out, iclgd_stream *stream, \
                                  size_t count);                     \
  void iclgd_lanes_normals_##set(float *out, iclgd_lanes *lanes, size_t count);
DECLARE_NORMALS(base)
DECLARE_NORMALS(v3)
DECLARE_NORMALS(v4)
#undef DECLARE_NORMALS

#endif /* ICLGD_MATH_NORMALS_H */
