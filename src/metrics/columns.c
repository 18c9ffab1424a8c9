/* Comparisons with many vectors at a time, on the best instruction set of the
 * processor that runs (src/metrics/column_kernels.c). */
#include "metrics/columns.h"

static const iclgd_column_kernels *kernels(void) {
#if defined(__x86_64__)
  switch (iclgd_isa_best()) {
    case ICLGD_ISA_V4:
      return &iclgd_column_kernels_v4;
    case ICLGD_ISA_V3:
      return &iclgd_column_kernels_v3;
    case ICLGD_ISA_BASE:
      break;
  }
#endif
  return &iclgd_column_kernels_base;
}

void iclgd_dots(double *out, const double *a, const double *B, size_t d,
                size_t count) {
  kernels()->dots(out, a, B, d, count);
}

void iclgd_squared_distances(double *out, const double *a, const double *B,
                             size_t d, size_t count) {
  kernels()->squared_distances(out, a, B, d, count);
}

void iclgd_scale_columns(double *B, double *norms, size_t d, size_t count) {
  kernels()->scale_columns(B, norms, d, count);
}

void iclgd_moments_row_add(const iclgd_moments_row *moments,
                           const double *values, size_t size) {
  kernels()->moments_row_add(moments, values, size);
}

iclgd_moments iclgd_moments_row_at(const iclgd_moments_row *moments, size_t i,
                                   size_t offered) {
  const size_t count = (size_t)moments->count[i];
  return (iclgd_moments){count, offered - count, moments->mean[i],
                         moments->squares[i]};
}
