/* The recursion of the forms that move the tokens (gdpp, full). With the
 * query masked from the keys, a layer multiplies every token by the same
 * B_l = I + P_l G_l Q_l, so only the Gram matrix G_l = (1/n) sum e e^T of the
 * context tokens e = (x, y) and the query token q_l need be followed, whatever
 * n is (D = d + 1): G_{l+1} = B_l G_l B_l^T,  q_{l+1} = B_l q_l,  yhat_l = sign
 * q_l[d].
 *
 * Backward. Write g_l = dL/dq_l, and Gamma_l = 2 dL/dG_l (symmetric). From
 * dG_{l+1} = dB G B^T + B dG B^T + B G dB^T, dq_{l+1} = dB q + B dq:
 *   dL/dB   = Gamma_{l+1} B G + g_{l+1} q^T =: beta
 *   g_l     = B^T g_{l+1}  (+ the slope of yhat_l at entry d)
 * and from dB = dP G Q + P dG Q + P G dQ, with H = G Q and R = P^T beta:
 *   dL/dP   = beta H^T,  dL/dQ = G R,
 *   Gamma_l = B^T Gamma_{l+1} B + R Q^T + Q R^T.
 * Forward 3.5 D^3 and backward 6.5 D^3 products a layer. The last layers need
 * none of them (last.h). */
#ifndef ICLGD_ENGINE_GRAM_H
#define ICLGD_ENGINE_GRAM_H

#include "engine/last.h"

/* What the backward pass needs of a layer. */
typedef struct gram_layer {
  vec *G, *H, *B; /* (D, D) */
  vec *q;         /* (D) */
} gram_layer;

typedef struct gram {
  size_t layers, depth; /* depth: the blocks that are run */
  double sign;
  const real *P, *Q; /* (layers, D, D) */
  gram_layer *layer; /* of those before the last ones, and where these begin */
  last last;
  vec *Gamma, *U, *beta, *R; /* (D, D) */
  vec *g_next;               /* (D) */
} gram;

ICLGD_INLINE shared layer_matrix(const gram *pass, const real *M, size_t l,
                                 size_t D) {
  return (shared){M + l % pass->layers * D * D, D, 1};
}

/* H, B of this layer, G and q of the next. */
ICLGD_INLINE void gram_step(gram_layer *next, const gram_layer *at, shared P,
                            shared Q, vec *work, size_t D) {
  /* H^T = Q^T G */
  multiply_shared(transpose(square(at->H, D)), transposed(Q), square(at->G, D),
                  D, D, D, SET);
  multiply_shared(square(at->B, D), P, square(at->H, D), D, D, D, SET);
  for (size_t i = 0; i < D; ++i) at->B[i * D + i] += splat(1);
  multiply(square(work, D), square(at->B, D), square(at->G, D), D, D, D, SET);
  multiply_lower(square(next->G, D), square(work, D),
                 transpose(square(at->B, D)), D, D, SET);
  mirror(square(next->G, D), D);
  apply(next->q, square(at->B, D), at->q, D, D, SET);
}

ICLGD_INLINE vec signed_vec(vec a, double sign) {
  return sign < 0 ? -a : a;
}

/* yhat (depth + 1) from G and q of layer[0]; with `backward` gram_backward
 * follows. */
ICLGD_INLINE void gram_forward(vec *yhat, gram *pass, bool backward, size_t D,
                               last_product *product) {
  const size_t depth = pass->depth, k = last_layers(D, depth);
  gram_layer *layer = pass->layer;
  yhat[0] = layer[0].q[D - 1];
  for (size_t l = 0; l + k < depth; ++l) {
    gram_step(&layer[l + 1], &layer[l], layer_matrix(pass, pass->P, l, D),
              layer_matrix(pass, pass->Q, l, D), pass->U, D);
    yhat[l + 1] = layer[l + 1].q[D - 1];
  }
  if (k > 0) {
    pass->last.depth = depth;
    pass->last.levels = k;
    pass->last.G = layer[depth - k].G;
    last_forward(yhat + depth - k + 1, &pass->last, layer[depth - k].q,
                 backward, D, product);
  }
  for (size_t l = 0; l <= depth; ++l) yhat[l] = signed_vec(yhat[l], pass->sign);
}

/* The gradients of one layer, sums of (D, D) each, added to. */
typedef struct gram_gradient {
  vec *P, *Q;
} gram_gradient;

ICLGD_INLINE gram_gradient gradient_of_layer(vec *dP, vec *dQ, size_t layer,
                                             size_t D) {
  const size_t from = layer * sums_area(D);
  return (gram_gradient){dP + from, dQ + from};
}

/* From Gamma and g of layer l + 1 to those of layer l, which below l = 0 nobody
 * needs. */
ICLGD_INLINE void gram_step_backward(gram_gradient out, const gram *pass,
                                     size_t l, size_t D) {
  const gram_layer *at = &pass->layer[l];
  const shared P = layer_matrix(pass, pass->P, l, D);
  const shared Q = layer_matrix(pass, pass->Q, l, D);
  const matrix G = square(at->G, D), B = square(at->B, D);
  const matrix U = square(pass->U, D), R = square(pass->R, D);
  const matrix beta = square(pass->beta, D), Gamma = square(pass->Gamma, D);
  vec *g = pass->last.g;
  multiply(U, Gamma, B, D, D, D, SET);
  multiply(beta, U, G, D, D, D, SET);
  multiply(beta, (matrix){g, 1, D}, (matrix){at->q, D, 1}, D, D, 1, ADD);
  add_product(out.P, beta, transpose(square(at->H, D)), D);
  multiply_shared(R, transposed(P), beta, D, D, D, SET);
  add_product(out.Q, G, R, D);
  if (l == 0) return;
  multiply_lower(Gamma, transpose(B), U, D, D, SET);
  multiply_shared(beta, Q, transpose(R), D, D, D, SET); /* beta is free */
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j <= i; ++j)
      pass->Gamma[i * D + j] += pass->beta[i * D + j] + pass->beta[j * D + i];
  mirror(Gamma, D);
  apply(pass->g_next, transpose(B), g, D, D, SET);
  copy(g, pass->g_next, D);
}

/* dP, dQ (layers, sums) += the gradient; slope (depth + 1) = dL/dyhat_l */
ICLGD_INLINE void gram_backward(vec *dP, vec *dQ, const gram *pass,
                                const vec *slope, size_t D,
                                last_product *product) {
  const size_t depth = pass->depth, layers = pass->layers;
  const last *m = &pass->last;
  if (depth == 0) return;
  for (size_t l = depth; l-- > 0;) {
    const gram_gradient out = gradient_of_layer(dP, dQ, l % layers, D);
    const size_t level = depth - 1 - l;
    if (level == 0)
      last_layer_backward(out.P, out.Q, m, signed_vec(slope[depth], pass->sign),
                          D);
    else if (level < m->levels)
      last_level_backward(out.P, out.Q, m, level, D, product);
    else
      gram_step_backward(out, pass, l, D);
    if (l == 0) return;
    if (level + 1 == m->levels) last_Gamma(pass->Gamma, m, D);
    m->g[D - 1] += signed_vec(slope[l], pass->sign);
  }
}

#endif /* ICLGD_ENGINE_GRAM_H */
