/* Linear algebra of the tests' own, unrelated to the one of the library:
 * Jacobi's eigenvalues and Gauss's elimination on small matrices. */
#ifndef ICLGD_TESTS_LINEAR_H
#define ICLGD_TESTS_LINEAR_H

#include "support/close.h"

/* Rotate S[p][q] away; V collects the rotations. */
static inline void linear_rotate(double *S, double *V, size_t d, size_t p,
                                 size_t q) {
  if (S[p * d + q] == 0) return;
  const double t = (S[q * d + q] - S[p * d + p]) / (2 * S[p * d + q]);
  const double tan = (t >= 0 ? 1 : -1) / (fabs(t) + sqrt(t * t + 1));
  const double c = 1 / sqrt(tan * tan + 1), s = tan * c;
  for (size_t k = 0; k < d; ++k) {
    const double a = S[k * d + p], b = S[k * d + q];
    S[k * d + p] = c * a - s * b;
    S[k * d + q] = s * a + c * b;
  }
  for (size_t k = 0; k < d; ++k) {
    const double a = S[p * d + k], b = S[q * d + k];
    S[p * d + k] = c * a - s * b;
    S[q * d + k] = s * a + c * b;
    const double u = V[p * d + k], v = V[q * d + k];
    V[p * d + k] = c * u - s * v;
    V[q * d + k] = s * u + c * v;
  }
}

/* Symmetric S (d, d) -> its eigenvalues on the diagonal; rows of V (d, d) are
 * the eigenvectors. */
static inline void linear_eigen(double *S, double *V, size_t d) {
  for (size_t i = 0; i < d * d; ++i) V[i] = i / d == i % d;
  for (int sweep = 0; sweep < 30; ++sweep)
    for (size_t p = 0; p < d; ++p)
      for (size_t q = p + 1; q < d; ++q) linear_rotate(S, V, d, p, q);
}

/* b <- A^-1 b for A (d, d), which is overwritten, with pivots. */
static inline void linear_solve(double *A, double *b, size_t d) {
  for (size_t k = 0; k < d; ++k) {
    size_t pivot = k;
    for (size_t i = k; i < d; ++i)
      if (fabs(A[i * d + k]) > fabs(A[pivot * d + k])) pivot = i;
    for (size_t j = 0; j < d; ++j) {
      const double spare = A[k * d + j];
      A[k * d + j] = A[pivot * d + j];
      A[pivot * d + j] = spare;
    }
    const double spare = b[k];
    b[k] = b[pivot];
    b[pivot] = spare;
    for (size_t i = k + 1; i < d; ++i) {
      const double factor = A[i * d + k] / A[k * d + k];
      for (size_t j = k; j < d; ++j) A[i * d + j] -= factor * A[k * d + j];
      b[i] -= factor * b[k];
    }
  }
  for (size_t k = d; k-- > 0;) {
    for (size_t j = k + 1; j < d; ++j) b[k] -= A[k * d + j] * b[j];
    b[k] /= A[k * d + k];
  }
}

/* out = A^-1 (d, d); d <= 16 */
static inline void linear_inverse(const double *A, double *out, size_t d) {
  double copy[256], column[16];
  assert_true(d <= 16);
  for (size_t j = 0; j < d; ++j) {
    for (size_t i = 0; i < d * d; ++i) copy[i] = A[i];
    for (size_t i = 0; i < d; ++i) column[i] = i == j;
    linear_solve(copy, column, d);
    for (size_t i = 0; i < d; ++i) out[i * d + j] = column[i];
  }
}

#endif /* ICLGD_TESTS_LINEAR_H */
