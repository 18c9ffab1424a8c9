/* iclgd/algebra.h - linear algebra that probes need: eigenvalues, regression.
 */
#ifndef ICLGD_ALGEBRA_H
#define ICLGD_ALGEBRA_H

#include <stdbool.h>
#include <stddef.h>

/* The eigenvalues re + i im (N) of any M (N, N), which is overwritten, complex
 * ones in conjugate pairs. False when the iteration fails. May be called from
 * several threads. */
bool iclgd_eigenvalues(double *M, size_t N, double *re, double *im);

/* M (m, n) = U diag(s) VT with k = min(m, n), s (k) descending, U (m, k) and VT
 * (k, n), which may both be NULL; m, n >= 1. M is overwritten. False when the
 * iteration fails. May be called from several threads. */
bool iclgd_singular(double *M, size_t m, size_t n, double *s, double *U,
                    double *VT);

/* Doubles of scratch for iclgd_regress. */
size_t iclgd_regress_work(size_t d, size_t rows);

/* The coefficients X (rows, d) of a regression of `rows` targets t on d
 * features f from its normal equations X M = B, with the moments M = sum f f^T
 * (d, d), symmetric positive definite, and B = sum t f^T (rows, d);
 * equilibrated and refined. M and B are overwritten. The reciprocal condition
 * number of the equilibrated M, or 0, and then X is not set, when M is singular
 * or there is a NaN. May be called from several threads. */
double iclgd_regress(double *M, double *B, size_t rows, size_t d, double *X,
                     double *work);

/* The eigenvalues lambda (N), ascending, of symmetric S (N, N), which is
 * overwritten, with `vectors` so that row j is the unit eigenvector of
 * lambda[j]. False when the iteration fails or S is not finite. */
bool iclgd_symmetric_eigenvalues(double *S, size_t N, bool vectors,
                                 double *lambda);

/* Replace the rows of Q (count, size), count <= size, by orthonormal ones that
 * span them, and more where they depend on each other. */
bool iclgd_orthonormalise(double *Q, size_t count, size_t size);

#endif /* ICLGD_ALGEBRA_H */
