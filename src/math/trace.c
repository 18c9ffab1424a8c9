/* Trace and Frobenius norm from products with random signs z:
 *   E z.Az = tr A,  E |Az|^2 = |A|_F^2                     (Hutchinson 1990)
 *   tr A = tr Q A Q^T + tr (I - Q^T Q) A (I - Q^T Q)       (Meyer et al. 2021)
 * with the rows of Q an orthonormal basis of A S: what is large is in the first
 * term, exactly, and the second has a small variance. */
#include <iclgd/matrix_free.h>

#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>
#include <math.h>

static iclgd_estimated estimated(const iclgd_moments *moments, double more) {
  return (iclgd_estimated){iclgd_moments_mean(moments) + more,
                           iclgd_moments_standard_error(moments)};
}

void iclgd_hutchinson(const iclgd_operator *A, uint64_t seed, uint64_t first,
                      size_t samples, double *work, iclgd_estimated *trace,
                      iclgd_estimated *squares) {
  const size_t size = A->size;
  double *z = work, *Az = work + size;
  iclgd_moments of_trace = {0}, of_squares = {0};
  for (size_t k = 0; k < samples; ++k) {
    iclgd_random_signs(seed, first + k, z, size);
    A->multiply(A->context, z, Az);
    iclgd_moments_add(&of_trace, iclgd_dot(z, Az, size));
    iclgd_moments_add(&of_squares, iclgd_dot(Az, Az, size));
  }
  *trace = estimated(&of_trace, 0);
  *squares = estimated(&of_squares, 0);
}

iclgd_estimated iclgd_hutch_plus_plus(const iclgd_operator *A, uint64_t seed,
                                      uint64_t first, size_t samples,
                                      double *work) {
  const size_t size = A->size;
  const size_t rows = samples < size ? samples : size;
  double *Q = work, *z = Q + rows * size, *Az = z + size, sum = 0;
  iclgd_moments rest = {0};
  for (size_t k = 0; k < rows; ++k) {
    iclgd_random_signs(seed, first + k, z, size);
    A->multiply(A->context, z, Q + k * size);
  }
  if (!iclgd_orthonormalise(Q, rows, size)) return (iclgd_estimated){NAN, NAN};
  for (size_t k = 0; k < rows; ++k) {
    A->multiply(A->context, Q + k * size, Az);
    sum += iclgd_dot(Q + k * size, Az, size);
  }
  for (size_t k = 0; k < samples; ++k) {
    iclgd_random_signs(seed, first + rows + k, z, size);
    for (size_t r = 0; r < rows; ++r) {
      const double *q = Q + r * size, along = iclgd_dot(q, z, size);
      for (size_t i = 0; i < size; ++i) z[i] -= along * q[i];
    }
    A->multiply(A->context, z, Az);
    iclgd_moments_add(&rest, iclgd_dot(z, Az, size));
  }
  return estimated(&rest, sum);
}
