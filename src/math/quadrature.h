/* Gauss rules from moments (quadrature.c). */
#ifndef ICLGD_MATH_QUADRATURE_H
#define ICLGD_MATH_QUADRATURE_H

#include <stddef.h>

#include <gmp.h>

#include <iclgd/status.h>

/**
 * Recurrence coefficients of the monic orthogonal polynomials of a measure,
 *   pi_{k+1} = (x - alpha[k]) pi_k - beta[k] pi_{k-1},  k = 0..N-1,
 * from its moments m[0..2N-1], an array of integers; beta[0] is the mass m[0].
 * alpha, beta: (N).
 *
 * @return ICLGD_OK; ICLGD_ENOMEM; ICLGD_ERANGE when the moments are not those
 * of a positive measure with at least N points.
 */
iclgd_status iclgd_recurrence(mpz_srcptr m, size_t N, double *alpha,
                              double *beta, iclgd_error *err);

/**
 * The N-point Gauss rule of the recurrence: nodes x ascending, weights w > 0;
 * exact for polynomials of degree 2N - 1. x, w: (N).
 *
 * @return ICLGD_OK; ICLGD_ENOMEM; ICLGD_ERANGE when the eigenvalue iteration
 * fails or a weight underflows.
 */
iclgd_status iclgd_gauss_rule(const double *alpha, const double *beta, size_t N,
                              double *x, double *w, iclgd_error *err);

#endif /* ICLGD_MATH_QUADRATURE_H */
