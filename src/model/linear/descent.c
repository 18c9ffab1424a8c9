/* Layers that move only the residuals are preconditioned gradient descent on
 * the implied weight (Ahn et al. 2023, Lemma 1):
 *   r_l = b - S w_l,  w_{l+1} = w_l + A_l r_l,
 * which costs O(d^2) a layer whatever n is. Backward with u = dL/dw_{l+1}:
 *   dA_l = u r_l^T,  dL/dw_l = u - S A_l^T u  (S is symmetric). */
#include "model/linear/descent.h"

#include <string.h>

void iclgd_descent_forward(double *w_next, double *r, const double *w,
                           const double *A, const double *S, const double *b,
                           size_t d) {
  for (size_t i = 0; i < d; ++i) {
    r[i] = b[i];
    for (size_t j = 0; j < d; ++j) r[i] -= S[i * d + j] * w[j];
  }
  for (size_t i = 0; i < d; ++i) {
    w_next[i] = w[i];
    for (size_t j = 0; j < d; ++j) w_next[i] += A[i * d + j] * r[j];
  }
}

void iclgd_descent_backward(double *u, double *dA, double *work,
                            const double *r, const double *A, const double *S,
                            size_t d) {
  memset(work, 0, d * sizeof *work);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      dA[i * d + j] += u[i] * r[j];
      work[j] += A[i * d + j] * u[i];
    }
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) u[i] -= S[i * d + j] * work[j];
}
