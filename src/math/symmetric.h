/* Eigenvalues and eigenvectors of small symmetric matrices, in any thread. */
#ifndef ICLGD_MATH_SYMMETRIC_H
#define ICLGD_MATH_SYMMETRIC_H

#include <stddef.h>

/* S (d, d) = V^T diag(lambda) V for symmetric S: row j of V (d, d) is the unit
 * eigenvector of lambda[j], in no order. To rounding relative to |S|; NaN where
 * S is not finite. work (d, d). */
void iclgd_symmetric_spectrum(const double *S, size_t d, double *work,
                              double *lambda, double *V);

/* The eigenvalues alone, as good and in no order; work (d * d + 3 * d). */
void iclgd_symmetric_values(const double *S, size_t d, double *work,
                            double *lambda);

#endif /* ICLGD_MATH_SYMMETRIC_H */
