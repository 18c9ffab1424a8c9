/* Linear self-attention, Z' = Z + (1/n) P Z M Z^T Q Z (Ahn et al. 2023), with
 * the sums over context tokens taken first: G = (1/n) Z M Z^T, Z' = (I + T) Z,
 * T = P G Q. Backward, with T' = dL/dT = dZ' Z^T:
 *   dP = T' (G Q)^T,  dQ = (P G)^T T',  dG = P^T T' Q^T,
 *   dZ = (I + T)^T dZ' + (1/n) (dG + dG^T) Z M. */
#include "model/attention.h"

#include <string.h>

/* C (a, c) = A (a, b) B (b, c) */
static void multiply(double *restrict C, const double *A, const double *B,
                     size_t a, size_t b, size_t c) {
  memset(C, 0, a * c * sizeof *C);
  for (size_t i = 0; i < a; ++i)
    for (size_t k = 0; k < b; ++k)
      for (size_t j = 0; j < c; ++j)
        C[i * c + j] += A[i * b + k] * B[k * c + j];
}

/* C (a, c) += A (b, a)^T B (b, c) */
static void add_transpose_left(double *restrict C, const double *A,
                               const double *B, size_t a, size_t b, size_t c) {
  for (size_t k = 0; k < b; ++k)
    for (size_t i = 0; i < a; ++i)
      for (size_t j = 0; j < c; ++j)
        C[i * c + j] += A[k * a + i] * B[k * c + j];
}

/* C (a, c) += A (a, b) B (c, b)^T over the first `used` of b columns */
static void add_transpose_right(double *restrict C, const double *A,
                                const double *B, size_t a, size_t b, size_t c,
                                size_t used) {
  for (size_t i = 0; i < a; ++i)
    for (size_t j = 0; j < c; ++j) {
      double sum = 0;
      for (size_t k = 0; k < used; ++k) sum += A[i * b + k] * B[j * b + k];
      C[i * c + j] += sum;
    }
}

void iclgd_attention_forward(double *out, double *G, double *work,
                             const double *Z, const double *P, const double *Q,
                             size_t D, size_t N, size_t n) {
  double *GQ = work, *T = work + D * D;
  memset(G, 0, D * D * sizeof *G);
  add_transpose_right(G, Z, Z, D, N, D, n);
  for (size_t i = 0; i < D * D; ++i) G[i] /= (double)n;
  multiply(GQ, G, Q, D, D, D);
  multiply(T, P, GQ, D, D, D);
  for (size_t i = 0; i < D; ++i) T[i * D + i] += 1;
  multiply(out, T, Z, D, D, N);
}

void iclgd_attention_backward(double *dZ, double *dP, double *dQ, double *work,
                              const double *dout, const double *Z,
                              const double *G, const double *P, const double *Q,
                              size_t D, size_t N, size_t n) {
  double *GQ = work, *T = work + D * D, *dT = work + 2 * D * D;
  double *dG = work + 3 * D * D;
  multiply(GQ, G, Q, D, D, D);
  multiply(T, P, GQ, D, D, D);
  for (size_t i = 0; i < D; ++i) T[i * D + i] += 1;
  memset(dT, 0, D * D * sizeof *dT);
  add_transpose_right(dT, dout, Z, D, N, D, N);
  add_transpose_right(dP, dT, GQ, D, D, D, D);
  double *PtdT = GQ; /* no longer needed */
  memset(PtdT, 0, D * D * sizeof *PtdT);
  add_transpose_left(PtdT, P, dT, D, D, D);
  add_transpose_left(dQ, G, PtdT, D, D, D); /* G is symmetric */
  memset(dG, 0, D * D * sizeof *dG);
  add_transpose_right(dG, PtdT, Q, D, D, D, D);
  memset(dZ, 0, D * N * sizeof *dZ);
  add_transpose_left(dZ, T, dout, D, D, N);
  for (size_t i = 0; i < D; ++i)
    for (size_t k = 0; k < D; ++k) {
      const double s = (dG[i * D + k] + dG[k * D + i]) / (double)n;
      for (size_t j = 0; j < n; ++j) dZ[i * N + j] += s * Z[k * N + j];
    }
}
