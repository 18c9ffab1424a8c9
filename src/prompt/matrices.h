/* Small matrices in plain C: unlike a library's, their bits never vary, and
 * what trains must not depend on the machine. */
#ifndef ICLGD_PROMPT_MATRICES_H
#define ICLGD_PROMPT_MATRICES_H

#include <stdbool.h>

#include <iclgd/rng.h>

static inline double dot(const double *a, const double *b, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < d; ++i) sum += a[i] * b[i];
  return sum;
}

/* A Haar-distributed U (d, d): Gram-Schmidt, twice, on d*d normals, which is
 * the QR decomposition with a positive diagonal (Mezzadri 2007). */
void iclgd_random_rotation(iclgd_stream *stream, size_t d, double *U);

/* M (d, d) symmetric -> its lower Cholesky factor, zeros above; false when M
 * is not positive definite. */
bool iclgd_cholesky(double *M, size_t d);

/* G (d, d) = F^-T for a lower triangular F. */
void iclgd_inverse_transpose(const double *F, size_t d, double *G);

#endif /* ICLGD_PROMPT_MATRICES_H */
