/* The loops of src/metrics/columns.c, compiled once per instruction set. */
#ifndef ICLGD_METRICS_COLUMNS_H
#define ICLGD_METRICS_COLUMNS_H

#include <iclgd/comparisons.h>

#include "base/isa.h"

typedef struct iclgd_column_kernels {
  void (*dots)(double *out, const double *a, const double *B, size_t d,
               size_t count);
  void (*squared_distances)(double *out, const double *a, const double *B,
                            size_t d, size_t count);
  void (*scale_columns)(double *B, double *norms, size_t d, size_t count);
  void (*moments_row_add)(const iclgd_moments_row *moments,
                          const double *values, size_t size);
} iclgd_column_kernels;

extern const iclgd_column_kernels ICLGD_PASTE(iclgd_column_kernels, base);
extern const iclgd_column_kernels ICLGD_PASTE(iclgd_column_kernels, v3);
extern const iclgd_column_kernels ICLGD_PASTE(iclgd_column_kernels, v4);

#endif /* ICLGD_METRICS_COLUMNS_H */
