/* One layer of linear self-attention on tokens: kernels on bare arrays.
 * Z (D, N) row-major, the first n of N columns are the context. */
#ifndef ICLGD_MODEL_ATTENTION_H
#define ICLGD_MODEL_ATTENTION_H

#include <stddef.h>

/* out = Z + P G Q Z with G = (1/n) sum over context of z z^T; G (D, D) and
 * work (2 D D) are written. out may not overlap Z. */
void iclgd_attention_forward(double *out, double *G, double *work,
                             const double *Z, const double *P, const double *Q,
                             size_t D, size_t N, size_t n);

/* From dout, the gradient with respect to out: dZ (overwritten), dP and dQ
 * (accumulated). Z and G as in the forward pass; work (4 D D). */
void iclgd_attention_backward(double *dZ, double *dP, double *dQ, double *work,
                              const double *dout, const double *Z,
                              const double *G, const double *P, const double *Q,
                              size_t D, size_t N, size_t n);

#endif /* ICLGD_MODEL_ATTENTION_H */
