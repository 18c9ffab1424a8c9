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
 * Forward 3.5 D^3 and backward 6.5 D^3 products a layer.
 *
 * The last two layers need no matrix products, since only one entry of q is
 * read at the end. With e the last unit vector, p = P_2^T e (the last row of
 * the last P), G and q those before the last two layers, 1 and 2: q_1 = q + P_1
 * G Q_1 q,   v = Q_2 q_1,   q_2[d] = q_1[d] + p^T B_1 G B_1^T v = q_1[d] + s^T
 * G t,  s = B_1^T p,  t = B_1^T v, B_1^T z = z + Q_1^T G P_1^T z, so everything
 * is a matrix times a vector, and Gamma gets one symmetric pair a b^T + b a^T
 * from each of the four products with G. */
#ifndef ICLGD_ENGINE_GRAM_H
#define ICLGD_ENGINE_GRAM_H

#include "engine/product.h"

/* What the backward pass needs of a layer. */
typedef struct gram_layer {
  vec *G, *H, *B; /* (D, D) */
  vec *q;         /* (D) */
} gram_layer;

/* Vectors (D) of the last two layers, named as in the derivation; dx stands for
 * dL/dx. Where outer products add to one matrix, those on their left are
 * neighbours, from the side's own pointer on, and so are those on their right:
 * the sum is one product. */
typedef struct gram_top {
  vec *Gamma_left, *s, *dGc, *dGa, *dh; /* s = p + Q_1^T G c */
  vec *Gamma_right, *t, *c, *a, *x;     /* t = v + Q_1^T G a, c = P_1^T p, .. */
  vec *Q_left, *Gc, *Ga, *dx;           /* .. a = P_1^T v, x = Q_1 q */
  vec *Q_right, *ds, *dt, *q;
  vec *P_left, *p, *v, *dq_1;   /* v = Q_2 q_1 */
  vec *P_right, *dc, *da, *h;   /* h = G x */
  vec *q_1, *Gt, *Gs, *dp, *dv; /* q_1 = q + P_1 h */
} gram_top;
enum { GAMMA_TERMS = 4, Q_TERMS = 3, P_TERMS = 3 }; /* vectors of a side */

typedef struct gram {
  size_t D, layers, depth; /* depth: the blocks that are run */
  double sign;
  const real *P, *Q; /* (layers, D, D) */
  gram_layer *layer; /* (max(depth - 1, 1)) */
  gram_top top;
  vec *Gamma, *U, *beta, *R; /* (D, D) */
  vec *g, *g_next;           /* (D) */
} gram;

static inline shared layer_matrix(const gram *pass, const real *M, size_t l) {
  return (shared){M + l % pass->layers * pass->D * pass->D, pass->D, 1};
}
static inline shared transposed(shared M) {
  return (shared){M.at, M.column, M.row};
}
static inline matrix square(vec *M, size_t D) {
  return (matrix){M, D, 1};
}

/* H, B of this layer, G and q of the next. */
static inline void gram_step(gram_layer *next, const gram_layer *at, shared P,
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

/* q_2[d] of the derivation. */
static inline vec gram_top_forward(const gram_top *m, const gram_layer *at,
                                   shared P_1, shared Q_1, shared P_2,
                                   shared Q_2, size_t D) {
  const matrix G = square(at->G, D);
  const size_t d = D - 1;
  for (size_t i = 0; i < D; ++i) m->p[i] = splat(P_2.at[d * P_2.row + i]);
  apply_shared(m->x, Q_1, at->q, D, D, SET);
  apply(m->h, G, m->x, D, D, SET);
  copy(m->q_1, at->q, D);
  apply_shared(m->q_1, P_1, m->h, D, D, ADD);
  apply_shared(m->v, Q_2, m->q_1, D, D, SET);
  apply_shared(m->a, transposed(P_1), m->v, D, D, SET);
  apply(m->Ga, G, m->a, D, D, SET);
  copy(m->t, m->v, D);
  apply_shared(m->t, transposed(Q_1), m->Ga, D, D, ADD);
  apply(m->Gt, G, m->t, D, D, SET);
  apply_shared(m->c, transposed(P_1), m->p, D, D, SET);
  apply(m->Gc, G, m->c, D, D, SET);
  copy(m->s, m->p, D);
  apply_shared(m->s, transposed(Q_1), m->Gc, D, D, ADD);
  return m->q_1[d] + dot(m->s, m->Gt, D);
}

static inline vec signed_vec(vec a, double sign) {
  return sign < 0 ? -a : a;
}

/* One layer alone: yhat_1 = sign (q[d] + p . G Q q). */
static inline vec gram_single_forward(const gram *pass, shared P, shared Q) {
  const size_t D = pass->D, d = D - 1;
  const gram_layer *at = &pass->layer[0];
  const gram_top *m = &pass->top;
  for (size_t i = 0; i < D; ++i) m->p[i] = splat(P.at[d * D + i]);
  apply_shared(m->x, Q, at->q, D, D, SET);
  apply(m->h, square(at->G, D), m->x, D, D, SET);
  return at->q[d] + dot(m->p, m->h, D);
}

/* yhat (depth + 1) from G and q of layer[0]. */
static inline void gram_forward(vec *yhat, const gram *pass) {
  const size_t D = pass->D, d = D - 1, depth = pass->depth;
  gram_layer *layer = pass->layer;
  yhat[0] = signed_vec(layer[0].q[d], pass->sign);
  if (depth == 0) return;
  if (depth == 1) {
    const vec end = gram_single_forward(pass, layer_matrix(pass, pass->P, 0),
                                        layer_matrix(pass, pass->Q, 0));
    yhat[1] = signed_vec(end, pass->sign);
    return;
  }
  for (size_t l = 0; l + 2 < depth; ++l) {
    gram_step(&layer[l + 1], &layer[l], layer_matrix(pass, pass->P, l),
              layer_matrix(pass, pass->Q, l), pass->U, D);
    yhat[l + 1] = signed_vec(layer[l + 1].q[d], pass->sign);
  }
  const vec end = gram_top_forward(&pass->top, &layer[depth - 2],
                                   layer_matrix(pass, pass->P, depth - 2),
                                   layer_matrix(pass, pass->Q, depth - 2),
                                   layer_matrix(pass, pass->P, depth - 1),
                                   layer_matrix(pass, pass->Q, depth - 1), D);
  yhat[depth - 1] = signed_vec(pass->top.q_1[d], pass->sign);
  yhat[depth] = signed_vec(end, pass->sign);
}

/* The gradients of one layer, (D, D) each, added to. */
typedef struct gram_gradient {
  vec *P, *Q;
} gram_gradient;

/* M (D, D) = or += a_1 b_1^T + .. over `count` neighbours from a and b on. */
static inline void outer(vec *M, vec *a, vec *b, size_t D, size_t count,
                         update how) {
  multiply(square(M, D), (matrix){a, 1, D}, (matrix){b, D, 1}, D, D, count,
           how);
}

/* slope = dL/dq_1[d] of a single layer. */
static inline void gram_single_backward(gram_gradient out, const gram *pass,
                                        vec slope) {
  const size_t D = pass->D, d = D - 1;
  const gram_layer *at = &pass->layer[0];
  const gram_top *m = &pass->top;
  for (size_t i = 0; i < D; ++i)
    out.P[d * D + i] = madd(slope, m->h[i], out.P[d * D + i]);
  apply(m->dx, square(at->G, D), m->p, D, D, SET);
  for (size_t i = 0; i < D; ++i) m->dx[i] *= slope;
  outer(out.Q, m->dx, at->q, D, 1, ADD);
}

/* Adjoints of the derivation, from the end to the start. */
static inline void gram_top_adjoints(const gram_top *m, matrix G, shared P_1,
                                     shared Q_1, shared Q_2, vec end,
                                     vec before, size_t D) {
  apply(m->Gs, G, m->s, D, D, SET);
  for (size_t i = 0; i < D; ++i) {
    m->ds[i] = end * m->Gt[i];
    m->dt[i] = end * m->Gs[i];
    m->s[i] *= end; /* for the pair of s^T G t */
  }
  /* s = p + Q_1^T G c, c = P_1^T p */
  apply_shared(m->dGc, Q_1, m->ds, D, D, SET);
  apply(m->dc, G, m->dGc, D, D, SET);
  copy(m->dp, m->ds, D);
  apply_shared(m->dp, P_1, m->dc, D, D, ADD);
  /* t = v + Q_1^T G a, a = P_1^T v, v = Q_2 q_1 */
  apply_shared(m->dGa, Q_1, m->dt, D, D, SET);
  apply(m->da, G, m->dGa, D, D, SET);
  copy(m->dv, m->dt, D);
  apply_shared(m->dv, P_1, m->da, D, D, ADD);
  apply_shared(m->dq_1, transposed(Q_2), m->dv, D, D, SET);
  m->dq_1[D - 1] += end + before;
  /* q_1 = q + P_1 h, h = G x, x = Q_1 q */
  apply_shared(m->dh, transposed(P_1), m->dq_1, D, D, SET);
  apply(m->dx, G, m->dh, D, D, SET);
}

/* From end = dL/dq_2[d] and before = dL/dq_1[d]: the gradients of layers l and
 * l + 1, the last; g = dL/dq_l and Gamma_l. */
static inline void gram_top_backward(gram_gradient one, gram_gradient two,
                                     const gram *pass, vec end, vec before,
                                     size_t l) {
  const size_t D = pass->D;
  const gram_layer *at = &pass->layer[l];
  const gram_top *m = &pass->top;
  const shared Q_1 = layer_matrix(pass, pass->Q, l);
  gram_top_adjoints(m, square(at->G, D), layer_matrix(pass, pass->P, l), Q_1,
                    layer_matrix(pass, pass->Q, l + 1), end, before, D);
  copy(m->q, at->q, D);
  outer(one.Q, m->Q_left, m->Q_right, D, Q_TERMS, ADD); /* Gc ds^T + .. */
  outer(one.P, m->P_left, m->P_right, D, P_TERMS, ADD); /* p dc^T + .. */
  outer(two.Q, m->dv, m->q_1, D, 1, ADD);
  for (size_t i = 0; i < D; ++i) two.P[(D - 1) * D + i] += m->dp[i];
  if (l == 0) return;
  copy(pass->g, m->dq_1, D);
  apply_shared(pass->g, transposed(Q_1), m->dx, D, D, ADD);
  const matrix Gamma = square(pass->Gamma, D);
  multiply_lower(Gamma, (matrix){m->Gamma_left, 1, D},
                 (matrix){m->Gamma_right, D, 1}, D, GAMMA_TERMS, SET);
  multiply_lower(Gamma, (matrix){m->Gamma_right, 1, D},
                 (matrix){m->Gamma_left, D, 1}, D, GAMMA_TERMS, ADD);
  mirror(Gamma, D);
}

/* From Gamma and g of layer l + 1 to those of layer l; below l = 0 nothing is
 * needed. */
static inline void gram_step_backward(gram_gradient out, const gram *pass,
                                      vec slope, size_t l) {
  const size_t D = pass->D;
  const gram_layer *at = &pass->layer[l];
  const shared P = layer_matrix(pass, pass->P, l);
  const shared Q = layer_matrix(pass, pass->Q, l);
  const matrix G = square(at->G, D), B = square(at->B, D);
  const matrix U = square(pass->U, D), R = square(pass->R, D);
  const matrix beta = square(pass->beta, D), Gamma = square(pass->Gamma, D);
  multiply(U, Gamma, B, D, D, D, SET);
  multiply(beta, U, G, D, D, D, SET);
  outer(pass->beta, pass->g, at->q, D, 1, ADD);
  multiply(square(out.P, D), beta, transpose(square(at->H, D)), D, D, D, ADD);
  multiply_shared(R, transposed(P), beta, D, D, D, SET);
  multiply(square(out.Q, D), G, R, D, D, D, ADD);
  if (l == 0) return;
  const matrix B_transposed = transpose(square(at->B, D));
  const matrix R_transposed = transpose(R);
  multiply_lower(Gamma, B_transposed, U, D, D, SET);
  multiply_shared(beta, Q, R_transposed, D, D, D, SET); /* beta is free */
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j <= i; ++j)
      pass->Gamma[i * D + j] += pass->beta[i * D + j] + pass->beta[j * D + i];
  mirror(Gamma, D);
  apply(pass->g_next, B_transposed, pass->g, D, D, SET);
  copy(pass->g, pass->g_next, D);
  pass->g[D - 1] += slope;
}

/* dP, dQ (layers, D, D) += the gradient; slope (depth + 1) = dL/dyhat_l */
static inline void gram_backward(vec *dP, vec *dQ, const gram *pass,
                                 const vec *slope) {
  const size_t depth = pass->depth, area = pass->D * pass->D;
  if (depth == 0) return;
  const vec end = signed_vec(slope[depth], pass->sign);
  if (depth == 1) {
    gram_single_backward((gram_gradient){dP, dQ}, pass, end);
    return;
  }
  const size_t one = (depth - 2) % pass->layers * area;
  const size_t two = (depth - 1) % pass->layers * area;
  gram_top_backward((gram_gradient){dP + one, dQ + one},
                    (gram_gradient){dP + two, dQ + two}, pass, end,
                    signed_vec(slope[depth - 1], pass->sign), depth - 2);
  if (depth > 2)
    pass->g[pass->D - 1] += signed_vec(slope[depth - 2], pass->sign);
  for (size_t l = depth - 2; l-- > 0;) {
    const size_t at = l % pass->layers * area;
    gram_step_backward((gram_gradient){dP + at, dQ + at}, pass,
                       signed_vec(slope[l], pass->sign), l);
  }
}

#endif /* ICLGD_ENGINE_GRAM_H */
