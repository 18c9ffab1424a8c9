/* Comparisons of vectors and summaries of samples. */
#include <iclgd/comparisons.h>

#include <math.h>
#include <stdlib.h>

double iclgd_dot(const double *a, const double *b, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < d; ++i) sum += a[i] * b[i];
  return sum;
}

/* Scaled by the largest entries, so that huge vectors do not overflow. */
double iclgd_cosine(const double *a, const double *b, size_t d) {
  double max_a = 0, max_b = 0;
  for (size_t i = 0; i < d; ++i) {
    max_a = fmax(max_a, fabs(a[i]));
    max_b = fmax(max_b, fabs(b[i]));
  }
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < d; ++i) {
    const double u = a[i] / max_a, v = b[i] / max_b;
    ab += u * v;
    aa += u * u;
    bb += v * v;
  }
  return ab / (sqrt(aa) * sqrt(bb));
}

double iclgd_squared_distance(const double *a, const double *b, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < d; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

void iclgd_moments_add(iclgd_moments *m, double value) {
  if (isnan(value)) {
    ++m->excluded;
    return;
  }
  ++m->count;
  const double off = value - m->mean;
  m->mean += off / (double)m->count;
  m->squares += off * (value - m->mean);
}

double iclgd_moments_mean(const iclgd_moments *m) {
  return m->count ? m->mean : NAN;
}

double iclgd_moments_standard_error(const iclgd_moments *m) {
  if (m->count < 2) return NAN;
  const double n = (double)m->count;
  return sqrt(m->squares / (n - 1) / n);
}

const double iclgd_quantile_levels[ICLGD_QUANTILES] = {0.05, 0.25, 0.5, 0.75,
                                                       0.95};

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

void iclgd_quantiles(double *values, size_t count,
                     double out[ICLGD_QUANTILES]) {
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i)
    if (!isnan(values[i])) values[kept++] = values[i];
  qsort(values, kept, sizeof *values, ascending);
  for (size_t q = 0; q < ICLGD_QUANTILES; ++q) {
    out[q] = NAN;
    if (kept == 0) continue;
    const double position = iclgd_quantile_levels[q] * (double)(kept - 1);
    const size_t below = (size_t)position;
    const double share = position - (double)below;
    out[q] = values[below];
    if (share > 0) out[q] += share * (values[below + 1] - values[below]);
  }
}

void iclgd_paired_ratio(const double *a, const double *b, size_t count,
                        double *ratio, double *standard_error) {
  double sum_a = 0, sum_b = 0, squares = 0;
  for (size_t i = 0; i < count; ++i) {
    sum_a += a[i];
    sum_b += b[i];
  }
  *ratio = sum_a / sum_b;
  for (size_t i = 0; i < count; ++i) {
    const double off = a[i] - *ratio * b[i];
    squares += off * off;
  }
  const double n = (double)count;
  *standard_error = sqrt(squares / (n - 1) / n) / fabs(sum_b / n);
}
