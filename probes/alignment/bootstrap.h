/* How sure is the best-matching step? The bootstrap over prompts (Efron 1979).
 */
#ifndef ICLGD_PROBES_ALIGNMENT_BOOTSTRAP_H
#define ICLGD_PROBES_ALIGNMENT_BOOTSTRAP_H

#include "probes/alignment/tiles.h"
#include "probes/shared/bootstrap.h"

/* Intervals from the 2.5th to the 97.5th percentile over resamples. */
typedef struct iclgd_match {
  int64_t *best, *best_low, *best_high;   /* (depth + 1) steps k >= 1, or -1 */
  double *value, *value_low, *value_high; /* (depth + 1) the mean at `best` */
  double slope, slope_low, slope_high;    /* of best over layers 1..depth */
} iclgd_match;

/* Arrays of a match, in the arena of the probe. */
void iclgd_match_create(const iclgd_alignment *a, iclgd_match *out);

/* The best steps of path p by metric m: from the means over all prompts,
 * intervals from the samples; counts of iclgd_bootstrap_draw. */
iclgd_status iclgd_match_find(const iclgd_alignment *a, size_t p, size_t m,
                              const double *counts, size_t resamples,
                              iclgd_match *out, iclgd_error *err);

/* The best steps alone, without intervals; means (steps + 1) is scratch. */
void iclgd_match_best(const iclgd_alignment *a, size_t p, size_t m,
                      double *means, int64_t *best);

#endif /* ICLGD_PROBES_ALIGNMENT_BOOTSTRAP_H */
