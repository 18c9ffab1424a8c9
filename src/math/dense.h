/* Dense linear algebra: the only user of LAPACK. Row-major, caller-owned. */
#ifndef ICLGD_MATH_DENSE_H
#define ICLGD_MATH_DENSE_H

#include <stdbool.h>
#include <stddef.h>

/* Solve M w = b for symmetric positive definite M (d, d), both overwritten (b
 * by w); false when M is not positive definite. */
bool iclgd_solve_positive(double *M, double *b, size_t d);

/* w (d) = the minimum-norm least-squares solution of x w = y, from copies of x
 * (n, d) and y (max(n, d)) that are overwritten, by the singular values of x;
 * those below 1e-12 of the largest count as zero. False when LAPACK fails. */
bool iclgd_least_squares(double *x, double *y, size_t n, size_t d, double *w);

/* The BLAS library and the processor core its kernels are for. The arguments
 * are not used: this is the form of a run-time fact about the build. */
const char *iclgd_blas_config(char *scratch, size_t size);
const char *iclgd_blas_core(char *scratch, size_t size);

#endif /* ICLGD_MATH_DENSE_H */
