/* Dense linear algebra through LAPACKE. */
#include "math/dense.h"

#include <cblas.h>
#include <lapacke.h>
#include <string.h>

bool iclgd_solve_positive(double *M, double *b, size_t d) {
  return LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', (lapack_int)d, 1, M,
                       (lapack_int)d, b, 1) == 0;
}

/* dgelsd wants the singular values somewhere: w serves, min(n, d) <= d. */
bool iclgd_least_squares(double *x, double *y, size_t n, size_t d, double *w) {
  lapack_int rank;
  if (LAPACKE_dgelsd(LAPACK_ROW_MAJOR, (lapack_int)n, (lapack_int)d, 1, x,
                     (lapack_int)d, y, 1, w, 1e-12, &rank) != 0)
    return false;
  memcpy(w, y, d * sizeof *w);
  return true;
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
