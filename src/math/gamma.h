/* The incomplete gamma function, to rounding in both tails (gamma.c). */
#ifndef ICLGD_MATH_GAMMA_H
#define ICLGD_MATH_GAMMA_H

#include <stdbool.h>

/* log Gamma(a + 1) - a log a + a, a >= 0, without the cancellation. */
double iclgd_stirling(double a);

/* log(z^a e^-z / Gamma(a + 1)), exact to rounding of the peak at z = a;
 * log_norm = iclgd_stirling(a). */
double iclgd_log_gamma_term(double a, double log_norm, double z);

/* The regularised lower incomplete gamma function P(s, z), s > 0, z > 0, below
 * the peak (z < s + 1), and 1 - P(s, z) above: *upper says which. */
double iclgd_gamma_tail(double s, double z, bool *upper);

#endif /* ICLGD_MATH_GAMMA_H */
