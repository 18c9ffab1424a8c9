/* Linear self-attention, Z' = Z + (1/n) P Z M Z^T Q Z (Ahn et al. 2023), with
 * the sum over the context taken first: G = (1/n) sum e e^T and, token by
 * token, e' = (I + T) e with T = P G Q. Backward, from dL/de':
 *   dT = sum over tokens of (dL/de') e^T,
 *   dP = dT (G Q)^T,  dQ = G P^T dT,  dG = P^T dT Q^T,
 *   dL/de = (I + T)^T dL/de' + (1/n) (dG + dG^T) e, the last for the context.
 * Tokens are rows, so every inner loop runs over neighbours in memory. */
#include "model/linear/attention.h"

#include <string.h>

#include "math/products.h"

/* C (a, c) += A (a, b) B (b, c) */
static void multiply_add(double *C, const double *A, const double *B, size_t a,
                         size_t b, size_t c) {
  iclgd_products_best()->add(a, c, b, 1, A, b, 1, B, c, C, c);
}

/* C (a, c) += A^T B, A (b, a), B (b, c) */
static void transpose_multiply_add(double *C, const double *A, const double *B,
                                   size_t a, size_t b, size_t c) {
  iclgd_products_best()->add(a, c, b, 1, A, 1, a, B, c, C, c);
}

static void transpose(double *restrict out, const double *M, size_t D) {
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j) out[j * D + i] = M[i * D + j];
}

/* GQ = G Q and T = P G Q */
static void mix(double *GQ, double *T, const double *G, const double *P,
                const double *Q, size_t D) {
  memset(GQ, 0, D * D * sizeof *GQ);
  memset(T, 0, D * D * sizeof *T);
  multiply_add(GQ, G, Q, D, D, D);
  multiply_add(T, P, GQ, D, D, D);
}

void iclgd_attention_forward(double *out, double *G, double *work,
                             const double *Z, const attention_layer *layer) {
  const size_t D = layer->D, N = layer->N;
  double *GQ = work, *T = work + D * D, *T_transposed = work + 2 * D * D;
  memset(G, 0, D * D * sizeof *G);
  transpose_multiply_add(G, Z, Z, D, layer->n, D);
  for (size_t i = 0; i < D * D; ++i) G[i] /= (double)layer->mean_n;
  mix(GQ, T, G, layer->P, layer->Q, D);
  transpose(T_transposed, T, D);
  memcpy(out, Z, N * D * sizeof *out);
  multiply_add(out, Z, T_transposed, N, D, D);
}

void iclgd_attention_backward(double *dZ, double *dP, double *dQ, double *work,
                              const double *dout, const double *Z,
                              const double *G, const attention_layer *layer) {
  const double *P = layer->P, *Q = layer->Q;
  const size_t D = layer->D, N = layer->N;
  double *GQ = work, *T = GQ + D * D, *dT = T + D * D, *dG = dT + D * D;
  double *spare = dG + D * D, *P_dT = GQ;
  mix(GQ, T, G, P, Q, D);
  memset(dT, 0, 2 * D * D * sizeof *dT); /* dT and dG */
  transpose_multiply_add(dT, dout, Z, D, N, D);
  transpose(spare, GQ, D);
  multiply_add(dP, dT, spare, D, D, D);
  memset(P_dT, 0, D * D * sizeof *P_dT); /* P^T dT, where G Q was */
  transpose_multiply_add(P_dT, P, dT, D, D, D);
  multiply_add(dQ, G, P_dT, D, D, D);
  transpose(spare, Q, D);
  multiply_add(dG, P_dT, spare, D, D, D);
  transpose(spare, dG, D);
  for (size_t i = 0; i < D * D; ++i)
    spare[i] = (spare[i] + dG[i]) / (double)layer->mean_n;
  memcpy(dZ, dout, N * D * sizeof *dZ);
  multiply_add(dZ, dout, T, N, D, D);
  multiply_add(dZ, Z, spare, layer->n, D, D);
}
