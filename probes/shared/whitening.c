/* Coordinates in which Sigma = I (equations in whitening.h). */
#include "probes/shared/whitening.h"

#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

bool iclgd_whitens(const iclgd_distribution *dist) {
  return dist && !dist->table && !dist->isotropic && !dist->rotate_per_prompt;
}

/* out = c L A R with L = F^T, R = F or, transposed, L = F, R = F^T. */
static void sandwich(const double *F, bool transposed, double c,
                     const double *A, size_t d, double *work, double *out) {
  const size_t row = transposed ? d : 1, column = transposed ? 1 : d;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      work[i * d + j] = 0;
      for (size_t k = 0; k < d; ++k)
        work[i * d + j] += A[i * d + k] * F[k * column + j * row];
    }
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      out[i * d + j] = 0;
      for (size_t k = 0; k < d; ++k)
        out[i * d + j] += c * F[k * column + i * row] * work[k * d + j];
    }
}

void iclgd_whiten(const iclgd_distribution *dist, const double *A, size_t d,
                  double *work, double *out) {
  if (iclgd_whitens(dist))
    sandwich(dist->F, false, dist->x_variance, A, d, work, out);
  else
    memcpy(out, A, d * d * sizeof *out);
}

void iclgd_unwhiten(const iclgd_distribution *dist, const double *A, size_t d,
                    double *work, double *out) {
  if (iclgd_whitens(dist))
    sandwich(dist->G, true, 1 / dist->x_variance, A, d, work, out);
  else
    memcpy(out, A, d * d * sizeof *out);
}

void iclgd_whiten_gradient(const iclgd_distribution *dist, const double *dA,
                           size_t d, double *work, double *out) {
  if (iclgd_whitens(dist))
    sandwich(dist->G, false, 1 / dist->x_variance, dA, d, work, out);
  else
    memcpy(out, dA, d * d * sizeof *out);
}

double iclgd_antisymmetric_share(const double *M, size_t d) {
  double skew = 0;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      const double half = (M[i * d + j] - M[j * d + i]) / 2;
      skew += half * half;
    }
  return sqrt(skew / iclgd_dot(M, M, d * d));
}

double iclgd_whitened_scale(const iclgd_distribution *dist, const double *A,
                            size_t d) {
  const bool whitened = iclgd_whitens(dist);
  double trace = 0;
  for (size_t k = 0; k < d; ++k)
    if (!whitened)
      trace += A[k * d + k];
    else
      for (size_t i = 0; i < d; ++i)
        for (size_t j = 0; j < d; ++j)
          trace += dist->x_variance * dist->F[i * d + k] * A[i * d + j] *
                   dist->F[j * d + k];
  return trace / (double)d;
}
