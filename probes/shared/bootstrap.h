/* The bootstrap over prompts (Efron 1979): in each resample as many prompts are
 * drawn with replacement as there are. */
#ifndef ICLGD_PROBES_BOOTSTRAP_H
#define ICLGD_PROBES_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

/* counts (resamples, n_samples): how often each prompt of a sample was drawn, a
 * function of the seed alone. */
void iclgd_bootstrap_draw(uint64_t seed, size_t resamples, size_t n_samples,
                          double *counts);

/* The 2.5th and 97.5th percentile of `count` values, which are sorted; NaN
 * where one of them is. */
void iclgd_bootstrap_interval(double *values, size_t count, double *low,
                              double *high);

#endif /* ICLGD_PROBES_BOOTSTRAP_H */
