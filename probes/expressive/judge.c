/* What the runs of two variants say of a statement about them, without a law of
 * the losses. "a errs less than b" holds where every run of a is below every
 * run of b, and does not where every run of b is below every run of a: if the
 * two were alike, each had the chance 1 / C(2 R, R) with R runs, so that fewer
 * than three runs (1 / 20) tell nothing. "They differ
 * little" holds where no two runs differ by ICLGD_ALIKE of the label's variance
 * or more, and does not where all do. */
#include <math.h>

#include "probes/expressive/expressive.h"

enum { RUNS_MIN = 3 };

static void range(const double *values, size_t count, double *low,
                  double *high) {
  *low = INFINITY;
  *high = -INFINITY;
  for (size_t i = 0; i < count; ++i) {
    if (!isfinite(values[i])) *low = *high = NAN;
    if (values[i] < *low) *low = values[i];
    if (values[i] > *high) *high = values[i];
  }
}

int iclgd_ordering_judge(const iclgd_ordering *ordering, const double *low,
                         const double *high, size_t seeds) {
  double a[2], b[2];
  if (seeds < RUNS_MIN) return 0;
  range(low, seeds, &a[0], &a[1]);
  range(high, seeds, &b[0], &b[1]);
  if (!isfinite(a[0] + a[1] + b[0] + b[1])) return 0;
  if (!ordering->alike) return a[1] < b[0] ? 1 : b[1] < a[0] ? -1 : 0;
  const double most = fmax(b[1] - a[0], a[1] - b[0]);
  const double least = fmax(b[0] - a[1], a[0] - b[1]);
  return most < ICLGD_ALIKE ? 1 : least >= ICLGD_ALIKE ? -1 : 0;
}
