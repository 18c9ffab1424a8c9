/* The recursion of models that descend (src/model/linear/descent.c has it for
 * one prompt), O(d^2) a layer whatever n is: r_l = b - S w_l,  w_{l+1} = w_l +
 * A_l r_l,  yhat_l = w_l . x_query. Backward, from u_depth = 0 and the slopes
 * s_l = dL/dyhat_l: u = u_{l+1} + s_{l+1} x_query,  dA_l += u r_l^T,  u_l = u -
 * S A_l^T u. The outer products of one layer are summed over its loops in
 * registers, so r and u of the whole pass are kept. */
#ifndef ICLGD_ENGINE_DESCENT_H
#define ICLGD_ENGINE_DESCENT_H

#include "engine/product.h"

typedef struct descent {
  size_t layers, depth; /* depth: the blocks that are run */
  const real *A;        /* (layers, d, d) */
  vec *w, *r, *u;       /* (depth + 1, d), (depth, d), (depth, d) */
  vec *v;               /* (d) */
} descent;

/* S within G (d + 1, d + 1) */
ICLGD_INLINE matrix descent_S(vec *G, size_t d) {
  return (matrix){G, d + 1, 1};
}

/* yhat (depth + 1) from G and x_query (d); b is the start of G's last row */
ICLGD_INLINE void descent_forward(vec *yhat, const descent *pass, vec *G,
                                  const vec *x_query, size_t d) {
  const size_t depth = pass->depth;
  const vec *b = G + d * (d + 1);
  clear(pass->w, d);
  yhat[0] = (vec){0};
  for (size_t l = 0; l < depth; ++l) {
    const vec *w = pass->w + l * d;
    vec *r = pass->r + l * d, *w_next = pass->w + (l + 1) * d;
    const real *A = pass->A + l % pass->layers * d * d;
    apply(r, descent_S(G, d), w, d, d, SET);
    for (size_t i = 0; i < d; ++i) r[i] = b[i] - r[i];
    copy(w_next, w, d);
    apply_shared(w_next, (shared){A, d, 1}, r, d, d, ADD);
    yhat[l + 1] = dot(w_next, x_query, d);
  }
}

/* dA (layers, d, d) += the gradient; slope (depth + 1) */
ICLGD_INLINE void descent_backward(vec *dA, const descent *pass,
                                   const vec *slope, vec *G, const vec *x_query,
                                   size_t d) {
  const size_t layers = pass->layers, depth = pass->depth;
  vec *v = pass->v;
  clear(v, d);
  for (size_t l = depth; l-- > 0;) {
    vec *u = pass->u + l * d;
    const real *A = pass->A + l % layers * d * d;
    for (size_t i = 0; i < d; ++i) u[i] = madd(slope[l + 1], x_query[i], v[i]);
    if (l == 0) break;
    vec *t = pass->w; /* no longer needed */
    apply_shared(t, (shared){A, 1, d}, u, d, d, SET);
    apply(v, descent_S(G, d), t, d, d, SET);
    for (size_t i = 0; i < d; ++i) v[i] = u[i] - v[i];
  }
  for (size_t l = 0; l < layers && l < depth; ++l)
    multiply((matrix){dA + l * d * d, d, 1},
             (matrix){pass->u + l * d, 1, layers * d},
             (matrix){pass->r + l * d, layers * d, 1}, d, d,
             (depth - l + layers - 1) / layers, ADD);
}

#endif /* ICLGD_ENGINE_DESCENT_H */
