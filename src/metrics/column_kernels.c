/* One vector beside many, and moments of many quantities at a time. The loops
 * over columns are independent, so the compiler may run them side by side; the
 * sums over components keep their order, and with it their bits. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "metrics/columns.h"

/* SIDE columns at a time, so that their sums stay in registers. */
enum { SIDE = 16 };
typedef double four __attribute__((vector_size(32)));

static void dots(double *restrict out, const double *a, const double *B,
                 size_t d, size_t count) {
  size_t from = 0;
  for (; from + SIDE <= count; from += SIDE) {
    four sums[SIDE / 4] = {{0}};
    for (size_t i = 0; i < d; ++i)
      for (size_t k = 0; k < SIDE / 4; ++k) {
        four row;
        memcpy(&row, B + i * count + from + 4 * k, sizeof row);
        sums[k] += a[i] * row;
      }
    memcpy(out + from, sums, sizeof sums);
  }
  memset(out + from, 0, (count - from) * sizeof *out);
  for (size_t i = 0; i < d; ++i)
    for (size_t k = from; k < count; ++k) out[k] += a[i] * B[i * count + k];
}

static void squared_distances(double *restrict out, const double *a,
                              const double *B, size_t d, size_t count) {
  memset(out, 0, count * sizeof *out);
  for (size_t i = 0; i < d; ++i)
    for (size_t k = 0; k < count; ++k) {
      const double off = a[i] - B[i * count + k];
      out[k] += off * off;
    }
}

static void scale_columns(double *restrict B, double *restrict norms, size_t d,
                          size_t count) {
  memset(norms, 0, count * sizeof *norms);
  for (size_t i = 0; i < d; ++i)
    for (size_t k = 0; k < count; ++k) {
      const double size = fabs(B[i * count + k]);
      norms[k] = size > norms[k] ? size : norms[k]; /* passes NaN over */
    }
  for (size_t i = 0; i < d; ++i)
    for (size_t k = 0; k < count; ++k) B[i * count + k] /= norms[k];
  memset(norms, 0, count * sizeof *norms);
  for (size_t i = 0; i < d; ++i)
    for (size_t k = 0; k < count; ++k)
      norms[k] += B[i * count + k] * B[i * count + k];
  for (size_t k = 0; k < count; ++k) norms[k] = sqrt(norms[k]);
}

/* Welford without branches: all is computed, and kept unless the value is
 * NaN. */
static void moments_row_add(const iclgd_moments_row *moments,
                            const double *restrict values, size_t size) {
  double *restrict counts = moments->count, *restrict means = moments->mean;
  double *restrict squares = moments->squares;
  for (size_t i = 0; i < size; ++i) {
    const double value = values[i], count = counts[i], mean = means[i];
    const double sum = squares[i], off = value - mean, many = count + 1;
    const double moved = mean + off / many, more = sum + off * (value - moved);
    const bool out = isnan(value);
    counts[i] = out ? count : many;
    means[i] = out ? mean : moved;
    squares[i] = out ? sum : more;
  }
}

const iclgd_column_kernels ICLGD_KERNEL(iclgd_column_kernels) = {
    dots, squared_distances, scale_columns, moments_row_add};
