/* Exact moments of a real Wishart matrix (moments.c). */
#ifndef ICLGD_MATH_MOMENTS_H
#define ICLGD_MATH_MOMENTS_H

#include <stddef.h>

#include <gmp.h>

#include <iclgd/status.h>

/**
 * Fill m[1..K] with m_k = E tr (X X^T)^k, X a (d, n) matrix of independent
 * standard normals; m[0] is left alone, for what tr W^0 counts is the
 * caller's choice. m holds K + 1 initialised integers; 1 <= d, n <= 10^6.
 *
 * @return ICLGD_OK; ICLGD_ENOMEM; ICLGD_ERANGE when a sum is not the integer
 * it must be, that is, when precision was lost. Cost O(K^3) short products.
 * GMP itself aborts when memory is out.
 */
iclgd_status iclgd_wishart_moments(size_t d, size_t n, size_t K, mpz_t *m,
                                   iclgd_error *err);

/**
 * The same by a recursion over partitions, K <= 24; m[0] = d. With `pairs`
 * (K + 1, K + 1), initialised: pairs[i (K + 1) + j] = E tr W^i tr W^j for
 * i + j <= K, tr W^0 = d; or NULL.
 *
 * @return ICLGD_OK; ICLGD_ENOMEM; ICLGD_ERANGE for a larger K.
 */
iclgd_status iclgd_moments_by_parts(size_t d, size_t n, size_t K, mpz_t *m,
                                    mpz_t *pairs, iclgd_error *err);

#endif /* ICLGD_MATH_MOMENTS_H */
