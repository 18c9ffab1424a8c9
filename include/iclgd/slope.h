/* iclgd/slope.h - the weight that predictions at further queries imply.
 *
 * Queries come in pairs x, -x (iclgd_queries_draw): query 2 j + 1 is the
 * negative of query 2 j. Then f - c splits into an odd part, (f(x) - f(-x)) /
 * 2, and an even one, and the least-squares fit of w . x + c sees the odd part
 * in w and the mean in c alone. For normal queries the expected w is the mean
 * gradient of f (Stein's lemma).
 *
 * R^2 = 1 - (r_odd m / (m - d) + r_even m / (m - 1)) / (s_odd + r_even m / (m -
 * 1)), m = K / 2 pairs, with r the sums of squares that the fit leaves and
 * s_odd that of the odd part: `how linear in the query`, without the optimism
 * of d + 1 fitted numbers.
 */
#ifndef ICLGD_SLOPE_H
#define ICLGD_SLOPE_H

#include <stdbool.h>
#include <stddef.h>

/* What a fit leaves; sums over fits may be added, for a common R^2. */
typedef struct iclgd_slope_rest {
  double left;    /* unexplained, corrected for what was fitted */
  double whole;   /* sum of squares about the mean, */
  double squares; /* and about zero: what rounding is measured against */
} iclgd_slope_rest;

/* The fewest queries whose fit of d weights leaves something: 2 (d + 1). */
static inline size_t iclgd_slope_queries(size_t d) {
  return 2 * (d + 1);
}

/* Doubles of scratch for `rows` predictors. */
size_t iclgd_slope_work(size_t d, size_t rows);

/* w (rows, d) and rest (rows) of `rows` predictors f (rows, K) at the queries x
 * (K, d), K >= iclgd_slope_queries(d) and even, in pairs. False, and nothing is
 * set, where the queries do not span all directions, or a number is none. May
 * be called from several threads. */
bool iclgd_slope_fit(const double *x, const double *f, size_t K, size_t d,
                     size_t rows, double *work, double *w,
                     iclgd_slope_rest *rest);

/* R^2 of one or several fits; NaN where nothing varies with the query,
 * to rounding. */
double iclgd_slope_r2(const iclgd_slope_rest *rest);

#endif /* ICLGD_SLOPE_H */
