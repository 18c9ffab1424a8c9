/* Ratios of means (see shares.h). */
#include "probes/shared/shares.h"

#include <iclgd/comparisons.h>
#include <math.h>
#include <stdbool.h>

#include "probes/shared/bootstrap.h"

iclgd_share iclgd_share_of(const double *a, const double *b, size_t count,
                           const double *counts, size_t resamples,
                           double *work) {
  iclgd_share out = {NAN, NAN, NAN, NAN};
  iclgd_pairs pairs = {0};
  double sum = 0;
  bool finite = true;
  for (size_t i = 0; i < count; ++i) {
    finite &= isfinite(a[i]) && isfinite(b[i]);
    sum += b[i];
  }
  if (!finite || !(sum != 0)) return out;
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
  iclgd_bootstrap_interval(work, resamples, &out.low, &out.high);
  return out;
}
