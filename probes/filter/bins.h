/* Filters over the eigenvalue: quantiles in bins, and what of an iterate is not
 * a function of the eigenvalue alone. */
#ifndef ICLGD_PROBES_FILTER_BINS_H
#define ICLGD_PROBES_FILTER_BINS_H

#include "probes/filter/paths.h"

/* An eigenpair: where it stands in the arrays of iclgd_filters. */
typedef struct eigenpair {
  double lambda;
  size_t at;
} eigenpair;

typedef struct filter_bins {
  eigenpair *kept, *all; /* by eigenvalue: kept ones, all but null ones */
  size_t n_kept, n_all;
  size_t count;   /* bins, of equal numbers of kept pairs */
  size_t *start;  /* (count + 1) into kept */
  double *lambda; /* (count) their median eigenvalues */
  double *edge;   /* (count + 1) */
} filter_bins;

/* At most `wanted` bins, one at least. */
iclgd_status iclgd_filter_bin(iclgd_filters *f, size_t wanted, filter_bins *out,
                              iclgd_error *err);

/* Quantiles of the filter of z (limit, d) in each bin; out[q * stride + bin].
 * scratch (n_kept). The number of filters that are not finite. */
size_t iclgd_filter_quantiles(const iclgd_filters *f, const filter_bins *bins,
                              const double *z, size_t stride, double *out,
                              double *scratch);

/* Median over prompts of |w - f(S) b| / |w|, where f is the smooth function of
 * the eigenvalue that fits all prompts best; NaN where w is zero or not finite.
 * scratch (3, limit). */
double iclgd_filter_rest(const iclgd_filters *f, const filter_bins *bins,
                         const double *z, double *scratch);

#endif /* ICLGD_PROBES_FILTER_BINS_H */
