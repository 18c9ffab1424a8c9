/* A ratio of two means over the same prompts, and what is known of it. */
#ifndef ICLGD_PROBES_SHARES_H
#define ICLGD_PROBES_SHARES_H

#include <stddef.h>

/* Below so many prompts the bootstrap's interval is too narrow, and NaN. */
enum { ICLGD_SHARE_PROMPTS = 20 };

/* The standard error is that of the delta method, the 95% interval that of the
 * bootstrap over prompts. */
typedef struct iclgd_share {
  double value, error, low, high;
} iclgd_share;

/* mean a / mean b, a and b (count); counts (resamples, count) of
 * iclgd_bootstrap_draw; work (resamples). All NaN where b is 0 or one value is
 * not finite. */
iclgd_share iclgd_share_of(const double *a, const double *b, size_t count,
                           const double *counts, size_t resamples,
                           double *work);

/* A value of a sample and where it stands in it. */
typedef struct iclgd_placed {
  double value;
  size_t at;
} iclgd_placed;

/* The same of medians (the smallest value that half of the sample does not
 * exceed), without standard error; sorted (2, count). */
iclgd_share iclgd_share_of_medians(const double *a, const double *b,
                                   size_t count, const double *counts,
                                   size_t resamples, double *work,
                                   iclgd_placed *sorted);

#endif /* ICLGD_PROBES_SHARES_H */
