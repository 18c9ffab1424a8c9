/* Dense linear algebra: the only user of BLAS and LAPACK. Row-major and owned
 * by the caller; a symmetric matrix is its own transpose, so LAPACK, which
 * counts in columns, needs no copy of it. */
#ifndef ICLGD_MATH_DENSE_H
#define ICLGD_MATH_DENSE_H

#include <stdbool.h>
#include <stddef.h>

#include <iclgd/algebra.h>
#include <iclgd/status.h>

/* Whether there is address space for what follows: OpenBLAS asks for its work
 * buffer again and again until it gets it, so that a process under a limit
 * (ulimit -v) would never end. ICLGD_ENOMEM. */
iclgd_status iclgd_dense_prepare(iclgd_error *err);

/* C = A B, all (d, d); C is neither A nor B. */
void iclgd_multiply(const double *A, const double *B, double *C, size_t d);

/* A factor of a product, M (rows, columns): entry (i, j) is at[i * stride + j],
 * or at[j * stride + i] where it is stored transposed. */
typedef struct iclgd_factor {
  const double *at;
  size_t stride;
  bool transposed;
} iclgd_factor;

/* C (m, n) += alpha A (m, k) B (k, n), rows of C `stride` apart; plain loops
 * where it is small. The way depends on m, n and k alone. */
void iclgd_add_product(size_t m, size_t n, size_t k, double alpha,
                       iclgd_factor A, iclgd_factor B, double *C,
                       size_t stride);

/* Solve M w = b for symmetric positive definite M (d, d), both overwritten (b
 * by w); only the lower triangle of M is read. False when M is not positive
 * definite. */
bool iclgd_solve_positive(double *M, double *b, size_t d);

/* w (d) = the minimum-norm least-squares solution of x w = y, from copies of x
 * (n, d) and y (max(n, d)) that are overwritten, by a complete orthogonal
 * factorisation; x counts as of lower rank where its leading columns, pivoted,
 * have a condition above 1e12. False when LAPACK fails or d > 512. */
bool iclgd_least_squares(double *x, double *y, size_t n, size_t d, double *w);

/* The eigenvalues, ascending, of the symmetric tridiagonal matrix of diagonal
 * x (N), which they replace, and off-diagonal e (N - 1), which is overwritten.
 * False when the iteration fails. */
bool iclgd_tridiagonal_eigenvalues(double *x, double *e, size_t N);

/* The same with eigenvectors: row j of vectors (N, N) is that of eigenvalue j.
 */
bool iclgd_tridiagonal_eigenvectors(double *x, double *e, size_t N,
                                    double *vectors);

/* The BLAS library and the processor core its kernels are for. The arguments
 * are not used: this is the form of a run-time fact about the build. */
const char *iclgd_blas_config(char *scratch, size_t size);
const char *iclgd_blas_core(char *scratch, size_t size);

#endif /* ICLGD_MATH_DENSE_H */
