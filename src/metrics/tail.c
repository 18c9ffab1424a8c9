/* Hill's index (see iclgd/tail.h). */
#include <iclgd/tail.h>

#include <iclgd/comparisons.h>
#include <math.h>

double iclgd_tail_index(double *values, size_t count) {
  enum { FEWEST = 20, SHARE = 20, LEAST = 10 };
  if (count < FEWEST) return NAN;
  for (size_t i = 0; i < count; ++i)
    if (!isfinite(values[i])) return NAN;
  iclgd_sort(values, count);
  size_t k = count / SHARE;
  if (k < LEAST) k = LEAST;
  const double *largest = values + count - k;
  double sum = 0;
  for (size_t i = 0; i < k; ++i) sum += log(largest[i] / largest[-1]);
  return isnan(sum) ? INFINITY : (double)k / sum; /* 0 / 0: all are zero */
}

bool iclgd_tail_is_light(double alpha, iclgd_tail_of kind) {
  static const double least[] = {3, 1.7};
  return alpha >= least[kind];
}

bool iclgd_tail_is_few(double mean, double standard_error, size_t count) {
  const double n = (double)count;
  return count > 1 && mean > 0 &&
         standard_error * (n - 1) >= mean * (n / 2 - 1);
}
