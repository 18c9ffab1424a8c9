/* Rotations and triangular factors for the law of a prompt. */
#include "prompt/matrices.h"

#include <math.h>

/* Rows are made orthonormal in turn; the transpose of a Haar matrix is Haar.
 * A first row of zeros (for d = 1 once in 3e7) is drawn again. */
void iclgd_random_rotation(iclgd_stream *stream, size_t d, double *U) {
  do iclgd_stream_normals(U, stream, d);
  while (dot(U, U, d) == 0);
  iclgd_stream_normals(U + d, stream, (d - 1) * d);
  for (size_t i = 0; i < d; ++i) {
    double *row = U + i * d;
    for (int pass = 0; pass < 2; ++pass)
      for (size_t j = 0; j < i; ++j) {
        const double overlap = dot(row, U + j * d, d);
        for (size_t k = 0; k < d; ++k) row[k] -= overlap * U[j * d + k];
      }
    const double norm = sqrt(dot(row, row, d));
    for (size_t k = 0; k < d; ++k) row[k] /= norm;
  }
}

bool iclgd_cholesky(double *M, size_t d) {
  for (size_t i = 0; i < d; ++i) {
    double *row = M + i * d;
    for (size_t j = 0; j < i; ++j)
      row[j] = (row[j] - dot(row, M + j * d, j)) / M[j * d + j];
    const double pivot = row[i] - dot(row, row, i);
    if (!(pivot > 0)) return false;
    row[i] = sqrt(pivot);
    for (size_t j = i + 1; j < d; ++j) row[j] = 0;
  }
  return true;
}

/* Column c of F^-1 by forward substitution is row c of F^-T. */
void iclgd_inverse_transpose(const double *F, size_t d, double *G) {
  for (size_t c = 0; c < d; ++c) {
    double *column = G + c * d;
    for (size_t i = 0; i < d; ++i)
      column[i] = ((double)(i == c) - dot(F + i * d, column, i)) / F[i * d + i];
  }
}
