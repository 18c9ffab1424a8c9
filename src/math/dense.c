/* Dense linear algebra through CBLAS and LAPACKE. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "math/dense.h"

#include <cblas.h>
#include <iclgd/algebra.h>
#include <lapacke.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "math/complex_product.h"
#include "math/products.h"

/* OpenBLAS built without threads (and without locks) lends one work buffer to
 * all callers: two threads inside at once get wrong numbers. They take turns.
 */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

iclgd_status iclgd_dense_prepare(iclgd_error *err) {
  enum { BUFFER = 128 << 20, REST = 64 << 20 }; /* of OpenBLAS, and of ours */
  void *space = mmap(NULL, BUFFER + REST, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (space == MAP_FAILED)
    return iclgd_fail(err, ICLGD_ENOMEM,
                      "out of memory: expected %d MB more of address space, "
                      "found less (a limit such as ulimit -v?)",
                      (BUFFER + REST) >> 20);
  munmap(space, BUFFER + REST);
  return ICLGD_OK;
}

void iclgd_multiply(const double *A, const double *B, double *C, size_t d) {
  const int size = (int)d;
  pthread_mutex_lock(&turn);
  cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size, size, size, 1, A,
              size, B, size, 0, C, size);
  pthread_mutex_unlock(&turn);
}

void iclgd_add_product(size_t m, size_t n, size_t k, double alpha,
                       iclgd_factor A, iclgd_factor B, double *C,
                       size_t stride) {
  enum { SMALL = 1 << 15 }; /* multiplications that loops do as fast */
  if (m * n * k <= SMALL) {
    const iclgd_products *products = iclgd_products_best();
    (B.transposed ? products->add_dots : products->add)(
        m, n, k, alpha, A.at, A.transposed ? 1 : A.stride,
        A.transposed ? A.stride : 1, B.at, B.stride, C, stride);
    return;
  }
  pthread_mutex_lock(&turn);
  cblas_dgemm(CblasRowMajor, A.transposed ? CblasTrans : CblasNoTrans,
              B.transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k,
              alpha, A.at, (int)A.stride, B.at, (int)B.stride, 1, C,
              (int)stride);
  pthread_mutex_unlock(&turn);
}

void iclgd_add_large_complex_product(size_t m, size_t n, size_t k,
                                     double complex alpha,
                                     iclgd_complex_factor A,
                                     iclgd_complex_factor B, double complex *C,
                                     size_t stride) {
  const double complex one = 1;
  pthread_mutex_lock(&turn);
  cblas_zgemm(CblasRowMajor, A.transposed ? CblasTrans : CblasNoTrans,
              B.transposed ? CblasTrans : CblasNoTrans, (int)m, (int)n, (int)k,
              &alpha, A.at, (int)A.stride, B.at, (int)B.stride, &one, C,
              (int)stride);
  pthread_mutex_unlock(&turn);
}

/* Our lower triangle is the upper one by columns. LAPACK prints a complaint on
 * standard output where there is nothing to solve. */
bool iclgd_solve_positive(double *M, double *b, size_t d) {
  const lapack_int size = (lapack_int)d;
  if (d == 0) return true; /* which LAPACK prints a complaint about */
  pthread_mutex_lock(&turn);
  const lapack_int info =
      LAPACKE_dposv(LAPACK_COL_MAJOR, 'U', size, 1, M, size, b, size);
  pthread_mutex_unlock(&turn);
  return info == 0;
}

size_t iclgd_regress_work(size_t d, size_t rows) {
  return d * d + d + 2 * rows;
}

/* work: the factor (d, d), then scales (d) and two error bounds (rows). By
 * columns B is B^T, and M X^T = B^T. */
double iclgd_regress(double *M, double *B, size_t rows, size_t d, double *X,
                     double *work) {
  const lapack_int size = (lapack_int)d, sides = (lapack_int)rows;
  double *scale = work + d * d, *bounds = scale + d, rcond;
  char equilibrated;
  pthread_mutex_lock(&turn);
  const lapack_int info = LAPACKE_dposvx(
      LAPACK_COL_MAJOR, 'E', 'U', size, sides, M, size, work, size,
      &equilibrated, scale, B, size, X, size, &rcond, bounds, bounds + rows);
  pthread_mutex_unlock(&turn);
  return info == 0 ? rcond : 0;
}

bool iclgd_least_squares(double *x, double *y, size_t n, size_t d, double *w) {
  enum { MANY = 512 }; /* the limit of prompt.d */
  lapack_int rank, pivots[MANY] = {0};
  if (d > MANY) return false;
  if (n == 0) { /* dgelsy would leave y as it is */
    memset(w, 0, d * sizeof *w);
    return true;
  }
  pthread_mutex_lock(&turn);
  const lapack_int info =
      LAPACKE_dgelsy(LAPACK_ROW_MAJOR, (lapack_int)n, (lapack_int)d, 1, x,
                     (lapack_int)d, y, 1, pivots, 1e-12, &rank);
  pthread_mutex_unlock(&turn);
  if (info != 0) return false;
  memcpy(w, y, d * sizeof *w);
  return true;
}

bool iclgd_tridiagonal_eigenvalues(double *x, double *e, size_t N) {
  pthread_mutex_lock(&turn);
  const lapack_int info = LAPACKE_dsterf((lapack_int)N, x, e);
  pthread_mutex_unlock(&turn);
  return info == 0;
}

/* By columns, the rows of `vectors` are the eigenvectors. */
bool iclgd_tridiagonal_eigenvectors(double *x, double *e, size_t N,
                                    double *vectors) {
  const lapack_int size = (lapack_int)N;
  pthread_mutex_lock(&turn);
  const lapack_int info =
      LAPACKE_dstev(LAPACK_COL_MAJOR, 'V', size, x, e, vectors, size);
  pthread_mutex_unlock(&turn);
  return info == 0;
}

bool iclgd_symmetric_eigenvalues(double *S, size_t N, bool vectors,
                                 double *lambda) {
  const lapack_int size = (lapack_int)N;
  if (N == 0) return true;
  pthread_mutex_lock(&turn);
  const lapack_int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, vectors ? 'V' : 'N',
                                         'U', size, S, size, lambda);
  pthread_mutex_unlock(&turn);
  bool finite = info == 0; /* LAPACK goes on with an infinite S, to NaN */
  for (size_t i = 0; finite && i < N; ++i) finite = isfinite(lambda[i]);
  return finite;
}

/* The rows are the columns of a matrix by columns. */
bool iclgd_orthonormalise(double *Q, size_t count, size_t size) {
  enum { MANY = 1024 };
  double tau[MANY];
  if (count == 0) return true;
  if (count > size || count > MANY) return false;
  const lapack_int rows = (lapack_int)size, columns = (lapack_int)count;
  pthread_mutex_lock(&turn);
  lapack_int info =
      LAPACKE_dgeqrf(LAPACK_COL_MAJOR, rows, columns, Q, rows, tau);
  if (info == 0)
    info =
        LAPACKE_dorgqr(LAPACK_COL_MAJOR, rows, columns, columns, Q, rows, tau);
  pthread_mutex_unlock(&turn);
  return info == 0;
}

/* A matrix and its transpose have the same eigenvalues. */
bool iclgd_eigenvalues(double *M, size_t N, double *re, double *im) {
  const lapack_int size = (lapack_int)N;
  pthread_mutex_lock(&turn);
  const lapack_int info = LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', 'N', size, M,
                                        size, re, im, NULL, 1, NULL, 1);
  pthread_mutex_unlock(&turn);
  return info == 0;
}

/* By columns it is M^T (n, m) = VT^T diag(s) U^T. */
bool iclgd_singular(double *M, size_t m, size_t n, double *s, double *U,
                    double *VT) {
  const lapack_int rows = (lapack_int)n, columns = (lapack_int)m;
  const lapack_int rank = rows < columns ? rows : columns;
  pthread_mutex_lock(&turn);
  const lapack_int info =
      LAPACKE_dgesdd(LAPACK_COL_MAJOR, U ? 'S' : 'N', rows, columns, M, rows, s,
                     VT, rows, U, rank);
  pthread_mutex_unlock(&turn);
  return info == 0;
}

const char *iclgd_blas_config(char *scratch, size_t size) {
  (void)scratch;
  (void)size;
  return openblas_get_config();
}

const char *iclgd_blas_core(char *scratch, size_t size) {
  (void)scratch;
  (void)size;
  return openblas_get_corename();
}
