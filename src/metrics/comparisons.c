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

double iclgd_quadratic_form(const double *M, const double *a, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < d; ++i) sum += a[i] * iclgd_dot(M + i * d, a, d);
  return sum;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  if (isnan(x) || isnan(y)) return isnan(x) - isnan(y);
  return (x > y) - (x < y);
}

void iclgd_sort(double *values, size_t count) {
  qsort(values, count, sizeof *values, ascending);
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

iclgd_moments iclgd_moments_merged(const iclgd_moments *a,
                                   const iclgd_moments *b) {
  const size_t count = a->count + b->count;
  const size_t excluded = a->excluded + b->excluded;
  const double share = count ? (double)b->count / (double)count : 0;
  const double off = b->mean - a->mean;
  return (iclgd_moments){
      .count = count,
      .excluded = excluded,
      .mean = a->mean + off * share,
      .squares = a->squares + b->squares + off * off * (double)a->count * share,
  };
}

double iclgd_moments_standard_error(const iclgd_moments *m) {
  if (m->count < 2) return NAN;
  const double n = (double)m->count;
  return sqrt(m->squares / (n - 1) / n);
}

void iclgd_share_interval(size_t count, size_t offered, double *low,
                          double *high) {
  const double z = 1.959963984540054; /* of the normal law, 97.5% */
  const double n = (double)offered, share = (double)count / n;
  const double middle = share + z * z / (2 * n), wide = 1 + z * z / n;
  const double half =
      z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / wide;
  *low = count == 0 ? 0 / n : middle / wide - half;
  *high = count == offered ? n / n : middle / wide + half;
}

const double iclgd_quantile_levels[ICLGD_QUANTILES] = {0.05, 0.25, 0.5, 0.75,
                                                       0.95};

static void swap(double *a, double *b) {
  const double kept = *a;
  *a = *b;
  *b = kept;
}

/* Part values (count >= 2) so that all before the split are <= all from it on
 * (Hoare, about the median of three); the split, with 0 < split < count. */
static size_t part(double *values, size_t count) {
  const double a = values[0], b = values[count / 2], c = values[count - 1];
  const double low = a < b ? a : b, high = a < b ? b : a;
  const double middle = c < low ? low : c > high ? high : c;
  size_t i = 0, j = count - 1;
  for (;; ++i, --j) {
    while (values[i] < middle) ++i;
    while (values[j] > middle) --j;
    if (i >= j) break;
    swap(&values[i], &values[j]);
  }
  return i > 0 ? i : 1;
}

static void insertion_sort(double *values, size_t count) {
  for (size_t i = 1; i < count; ++i)
    for (size_t j = i; j > 0 && values[j] < values[j - 1]; --j)
      swap(&values[j], &values[j - 1]);
}

/* Reorder values (count, which stand from `first` in the whole) so that those
 * of the ascending ranks are where sorting would put them: only parts that
 * hold a rank are parted again. */
static void select_ranks(double *values, size_t first, size_t count,
                         const size_t *ranks, size_t n_ranks) {
  enum { FEW = 12 };
  while (n_ranks > 0 && count > FEW) {
    const size_t split = part(values, count);
    size_t left = 0;
    while (left < n_ranks && ranks[left] < first + split) ++left;
    if (left > 0 && left < n_ranks)
      select_ranks(values, first, split, ranks, left);
    if (left == n_ranks) {
      count = split;
    } else {
      values += split;
      first += split;
      count -= split;
      ranks += left;
      n_ranks -= left;
    }
  }
  if (n_ranks > 0) insertion_sort(values, count);
}

void iclgd_quantiles(double *values, size_t count,
                     double out[ICLGD_QUANTILES]) {
  size_t kept = 0, ranks[2 * ICLGD_QUANTILES];
  for (size_t i = 0; i < count; ++i)
    if (!isnan(values[i])) values[kept++] = values[i];
  for (size_t q = 0; kept > 0 && q < ICLGD_QUANTILES; ++q) {
    ranks[2 * q] = (size_t)(iclgd_quantile_levels[q] * (double)(kept - 1));
    ranks[2 * q + 1] = ranks[2 * q] + 1 < kept ? ranks[2 * q] + 1 : kept - 1;
  }
  if (kept > 0) select_ranks(values, 0, kept, ranks, 2 * ICLGD_QUANTILES);
  for (size_t q = 0; q < ICLGD_QUANTILES; ++q) {
    out[q] = NAN;
    if (kept == 0) continue;
    const double position = iclgd_quantile_levels[q] * (double)(kept - 1);
    const double share = position - (double)ranks[2 * q];
    out[q] = values[ranks[2 * q]];
    if (share > 0) out[q] += share * (values[ranks[2 * q + 1]] - out[q]);
  }
}

double iclgd_median(double *values, size_t count) {
  double quantiles[ICLGD_QUANTILES];
  iclgd_quantiles(values, count, quantiles);
  return quantiles[ICLGD_QUANTILES / 2];
}

void iclgd_pairs_add(iclgd_pairs *p, const double *a, const double *b,
                     size_t count) {
  for (size_t i = 0; i < count; ++i) {
    p->a += a[i];
    p->b += b[i];
  }
  if (p->count == 0 && isfinite(p->a / p->b)) p->pivot = p->a / p->b;
  p->count += count;
  for (size_t i = 0; i < count; ++i) {
    const double off = a[i] - p->pivot * b[i];
    p->off += off;
    p->off_off += off * off;
    p->off_b += off * b[i];
    p->b_b += b[i] * b[i];
  }
}

void iclgd_pairs_ratio(const iclgd_pairs *p, double *ratio,
                       double *standard_error) {
  const double n = (double)p->count, rest = p->off / p->b;
  const double squares =
      p->off_off - 2 * rest * p->off_b + rest * rest * p->b_b;
  *ratio = p->pivot + rest;
  *standard_error = sqrt(fmax(squares, 0) / (n - 1) / n) / fabs(p->b / n);
}
