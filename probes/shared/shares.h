/* A ratio of two means over the same prompts, and what is known of it. */
#ifndef ICLGD_PROBES_SHARES_H
#define ICLGD_PROBES_SHARES_H

#include <stddef.h>

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

#endif /* ICLGD_PROBES_SHARES_H */
