/* iclgd/comparisons.h - comparing two predictors, on bare arrays.
 *
 * Nothing here knows what a model or an algorithm is, so it can favour neither.
 * Definitions: von Oswald et al. 2023 (prediction difference, sensitivity
 * cosine), Akyurek et al. 2023 (SPD, ILWD), Fu et al. 2023 (SimE).
 */
#ifndef ICLGD_COMPARISONS_H
#define ICLGD_COMPARISONS_H

#include <stddef.h>

/* cos(a, b) for vectors of d entries; NaN when one of them is zero. */
double iclgd_cosine(const double *a, const double *b, size_t d);

/* |a - b|^2 */
double iclgd_squared_distance(const double *a, const double *b, size_t d);

/* a . b */
double iclgd_dot(const double *a, const double *b, size_t d);

/* a^T M a for M (d, d) */
double iclgd_quadratic_form(const double *M, const double *a, size_t d);

/* Sort ascending; NaN stands last. */
void iclgd_sort(double *values, size_t count);

/* One vector beside many, held as columns: column k of B (d, count) is the
 * k-th. Each result has the bits of the function above on that pair. */

/* a . B_k */
void iclgd_dots(double *out, const double *a, const double *B, size_t d,
                size_t count);

/* |a - B_k|^2 */
void iclgd_squared_distances(double *out, const double *a, const double *B,
                             size_t d, size_t count);

/* Divide each column by its largest magnitude (a zero vector becomes NaN) and
 * set norms (count) to what lengths are left, so that
 * cos(a, B_k) = a . B_k / (norm of a * norm of B_k) without overflow. A single
 * vector (d) is a column. */
void iclgd_scale_columns(double *B, double *norms, size_t d, size_t count);

/* Running mean and variance (Welford); NaN is counted and left out. */
typedef struct iclgd_moments {
  size_t count, excluded;
  double mean, squares; /* sum of squared deviations */
} iclgd_moments;        /* zero-initialise it */

void iclgd_moments_add(iclgd_moments *moments, double value);
double iclgd_moments_mean(const iclgd_moments *moments); /* NaN when empty */
/* Of the values of both (Chan, Golub and LeVeque 1979). */
iclgd_moments iclgd_moments_merged(const iclgd_moments *a,
                                   const iclgd_moments *b);
/* Of the mean: sqrt(variance / count), NaN below two values. */
double iclgd_moments_standard_error(const iclgd_moments *moments);

/* The same for a row of `size` quantities at a time, each array (size),
 * zero-initialised; what was left out is what count lacks. */
typedef struct iclgd_moments_row {
  double *count, *mean, *squares;
} iclgd_moments_row;

void iclgd_moments_row_add(const iclgd_moments_row *moments,
                           const double *values, size_t size);
/* Quantity i of the row, out of `offered` values. */
iclgd_moments iclgd_moments_row_at(const iclgd_moments_row *moments, size_t i,
                                   size_t offered);

/* The 95% interval of a share that was found as `count` of `offered` (Wilson
 * 1927); NaN of none. */
void iclgd_share_interval(size_t count, size_t offered, double *low,
                          double *high);

/* The levels at which quantiles are stored. */
enum { ICLGD_QUANTILES = 5 };
extern const double iclgd_quantile_levels[ICLGD_QUANTILES];

/* Quantiles at those levels by linear interpolation of the order statistics
 * (NumPy's default); NaN is left out; values is reordered. */
void iclgd_quantiles(double *values, size_t count, double out[ICLGD_QUANTILES]);
/* The one in the middle. */
double iclgd_median(double *values, size_t count);

/* Sums over pairs (a, b) that come in parts, for the ratio of their means. The
 * first part sets the pivot, a first idea of the ratio, so that the spread of
 * a - ratio b does not drown in that of a and b. */
typedef struct iclgd_pairs {
  size_t count;
  double pivot;               /* off = a - pivot b */
  double a, b, off;           /* sums */
  double off_off, off_b, b_b; /* sums of products */
} iclgd_pairs;                /* zero-initialise it */

void iclgd_pairs_add(iclgd_pairs *pairs, const double *a, const double *b,
                     size_t count);

/* The ratio with its standard error by the delta method: the spread of
 * a - ratio b over the mean of b. */
void iclgd_pairs_ratio(const iclgd_pairs *pairs, double *ratio,
                       double *standard_error);

#endif /* ICLGD_COMPARISONS_H */
