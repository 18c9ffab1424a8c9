/* Ratios of means (see shares.h). */
#include "probes/shared/shares.h"

#include <iclgd/comparisons.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "probes/shared/bootstrap.h"

static bool are_finite(const double *a, const double *b, size_t count) {
  bool finite = true;
  for (size_t i = 0; i < count; ++i) finite &= isfinite(a[i]) && isfinite(b[i]);
  return finite;
}

static void set_interval(double *values, size_t resamples, size_t count,
                         iclgd_share *out) {
  if (count >= ICLGD_SHARE_PROMPTS)
    iclgd_bootstrap_interval(values, resamples, &out->low, &out->high);
}

iclgd_share iclgd_share_of(const double *a, const double *b, size_t count,
                           const double *counts, size_t resamples,
                           double *work) {
  iclgd_share out = {NAN, NAN, NAN, NAN};
  iclgd_pairs pairs = {0};
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += b[i];
  if (!are_finite(a, b, count) || sum == 0) return out;
  iclgd_pairs_add(&pairs, a, b, count);
  iclgd_pairs_ratio(&pairs, &out.value, &out.error);
  for (size_t r = 0; r < resamples; ++r) {
    double of_a = 0, of_b = 0;
    for (size_t i = 0; i < count; ++i) {
      of_a += counts[r * count + i] * a[i];
      of_b += counts[r * count + i] * b[i];
    }
    work[r] = of_a / of_b;
  }
  set_interval(work, resamples, count, &out);
  return out;
}

static int compare(const void *left, const void *right) {
  const iclgd_placed *a = left, *b = right;
  if (a->value != b->value) return a->value < b->value ? -1 : 1;
  return a->at < b->at ? -1 : 1;
}

static void place(const double *values, size_t count, iclgd_placed *out) {
  for (size_t i = 0; i < count; ++i) out[i] = (iclgd_placed){values[i], i};
  qsort(out, count, sizeof *out, compare);
}

/* Of a sample that has each value so many times (NULL: once). */
static double median_of(const iclgd_placed *sorted, const double *times,
                        size_t count) {
  double seen = 0;
  size_t i = 0;
  for (; i + 1 < count; ++i) {
    seen += times ? times[sorted[i].at] : 1;
    if (2 * seen >= (double)count) break;
  }
  return sorted[i].value;
}

iclgd_share iclgd_share_of_medians(const double *a, const double *b,
                                   size_t count, const double *counts,
                                   size_t resamples, double *work,
                                   iclgd_placed *sorted) {
  iclgd_share out = {NAN, NAN, NAN, NAN};
  if (count == 0 || !are_finite(a, b, count)) return out;
  place(a, count, sorted);
  place(b, count, sorted + count);
  out.value =
      median_of(sorted, NULL, count) / median_of(sorted + count, NULL, count);
  for (size_t r = 0; r < resamples; ++r)
    work[r] = median_of(sorted, counts + r * count, count) /
              median_of(sorted + count, counts + r * count, count);
  set_interval(work, resamples, count, &out);
  return out;
}
