/* One layer of linear self-attention on tokens: kernels on bare arrays.
 * Z (N, D) holds the token e_t of column t of the paper's matrix in row t; the
 * first n of N tokens are the context, and its mean divides by mean_n. */
#ifndef ICLGD_MODEL_LINEAR_ATTENTION_H
#define ICLGD_MODEL_LINEAR_ATTENTION_H

#include <stddef.h>

typedef struct attention_layer {
  const double *P, *Q; /* (D, D) */
  size_t D, N, n, mean_n;
} attention_layer;

/* out = Z + Z T^T, T = P G Q, G (D, D) the mean over the context of e e^T; G
 * and work (3 D D) are written. out may not overlap Z. */
void iclgd_attention_forward(double *out, double *G, double *work,
                             const double *Z, const attention_layer *layer);

/* From dout, the gradient with respect to out: dZ (overwritten), dP and dQ
 * (accumulated). Z and G as in the forward pass; work (5 D D). */
void iclgd_attention_backward(double *dZ, double *dP, double *dQ, double *work,
                              const double *dout, const double *Z,
                              const double *G, const attention_layer *layer);

#endif /* ICLGD_MODEL_LINEAR_ATTENTION_H */
