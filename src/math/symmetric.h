/* Eigenvalues and eigenvectors of small symmetric matrices, in any thread. */
#ifndef ICLGD_MATH_SYMMETRIC_H
#define ICLGD_MATH_SYMMETRIC_H

#include <stddef.h>

/* S (d, d) = V^T diag(lambda) V for symmetric S, which is overwritten: row j of
 * V (d, d) is the eigenvector of lambda[j], in no order. To rounding relative
 * to |S|; NaN where S is not finite. */
void iclgd_symmetric_spectrum(double *S, size_t d, double *lambda, double *V);

#endif /* ICLGD_MATH_SYMMETRIC_H */
