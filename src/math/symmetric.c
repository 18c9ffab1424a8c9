/* The cyclic Jacobi method (Golub and Van Loan, Matrix Computations, 8.5): each
 * rotation of two coordinates makes one off-diagonal element zero; a few sweeps
 * over all of them leave none that counts. Only +, *, / and sqrt, no library,
 * so threads need not take turns as with LAPACK. */
#include "math/symmetric.h"

#include <math.h>
#include <string.h>

/* (a, b) <- (c a - s b, s a + c b) with r = s / (1 + c), written so that a
 * small rotation makes a small error (Rutishauser 1966). */
static void rotate(double *restrict a, double *restrict b, double s, double r,
                   size_t d) {
  for (size_t i = 0; i < d; ++i) {
    const double x = a[i], y = b[i];
    a[i] = x - s * (y + r * x);
    b[i] = y + s * (x - r * y);
  }
}

/* Make S[p, q] zero: tan(2 angle) = 2 S[p, q] / (S[q, q] - S[p, p]). Rows are
 * rotated and, by symmetry, copied to the columns. */
static void eliminate(double *S, double *V, size_t p, size_t q, size_t d) {
  double *row_p = S + p * d, *row_q = S + q * d;
  const double pp = row_p[p], qq = row_q[q], pq = row_p[q];
  const double theta = (qq - pp) / (2 * pq);
  const double t =
      (theta < 0 ? -1 : 1) / (fabs(theta) + sqrt(theta * theta + 1));
  const double c = 1 / sqrt(t * t + 1), s = t * c, r = s / (1 + c);
  rotate(row_p, row_q, s, r, d);
  rotate(V + p * d, V + q * d, s, r, d);
  row_p[p] = pp - t * pq;
  row_q[q] = qq + t * pq;
  row_p[q] = row_q[p] = 0;
  for (size_t i = 0; i < d; ++i) {
    S[i * d + p] = row_p[i];
    S[i * d + q] = row_q[i];
  }
}

/* v to unit length; v^T S v, which is as good as v is, squared (Rayleigh). */
static double quotient(const double *S, double *v, size_t d) {
  double squares = 0, sum = 0;
  for (size_t i = 0; i < d; ++i) squares += v[i] * v[i];
  for (size_t i = 0; i < d; ++i) v[i] /= sqrt(squares);
  for (size_t i = 0; i < d; ++i) {
    double product = 0;
    for (size_t j = 0; j < d; ++j) product += S[i * d + j] * v[j];
    sum += v[i] * product;
  }
  return sum;
}

void iclgd_symmetric_spectrum(const double *S, size_t d, double *work,
                              double *lambda, double *V) {
  enum { SWEEPS = 30 }; /* it converges quadratically: about 6 are needed */
  double squares = 0;
  for (size_t i = 0; i < d * d; ++i) squares += S[i] * S[i];
  const double nothing = 0x1p-54 * sqrt(squares) / (double)d;
  memcpy(work, S, d * d * sizeof *work);
  memset(V, 0, d * d * sizeof *V);
  for (size_t i = 0; i < d; ++i) V[i * d + i] = 1;
  size_t rotations = 1;
  for (size_t sweep = 0; rotations > 0 && sweep < SWEEPS; ++sweep) {
    rotations = 0;
    for (size_t p = 0; p < d; ++p)
      for (size_t q = p + 1; q < d; ++q) {
        if (fabs(work[p * d + q]) <= nothing) continue;
        eliminate(work, V, p, q, d);
        ++rotations;
      }
  }
  for (size_t i = 0; i < d; ++i) lambda[i] = quotient(S, V + i * d, d);
}
