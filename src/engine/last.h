/* The last k layers without products of matrices, since only one entry of the
 * query is read at the end. Of the recursion of gram.h a layer is
 *   q_l = q_{l-1} + P_l h,  h = G_{l-1} x,  x = Q_l q_{l-1},
 * and a product with the Gram matrix after a layer is three with the one
 * before: for G_l = B G B^T, B = I + P G Q, G that before the layer,
 *   a = P^T z,  t = z + Q^T G a,  x = Q G t,  G_l z = G t + P G x.
 * So everything is matrices times vectors and ends at products with the Gram
 * matrix before the last k layers: 1, 4, 13, 40 of them for k = 1, 2, 3, 4.
 *
 * Backward. G_l is symmetric, so w = dL/d(G_l z) goes the same way as z does:
 * with a', t', x' from w in place of z,
 *   dL/d(G x) = a',  dL/d(G t) = t',  dL/d(G a) = x',  dL/dz = G_l w,
 *   dL/dP = w (G x)^T + z (G x')^T,  dL/dQ = G a (G t')^T + G a' (G t)^T,
 * and of a layer, with g = dL/dq_l,
 *   dL/dh = P^T g,  dL/dx = G_{l-1} P^T g,  dL/dP += g h^T,
 *   dL/dQ += dL/dx q_{l-1}^T,  dL/dq_{l-1} = g + Q^T dL/dx.
 * Gamma = 2 dL/dG gets w z^T + z w^T of every product with G. At the last layer
 * dL/dh is the last row p of P times the slope of the loss: p goes along with x
 * on the way forward, since every matrix is then read once for two vectors, and
 * the slope follows when it is known.
 */
#ifndef ICLGD_ENGINE_LAST_H
#define ICLGD_ENGINE_LAST_H

#include "engine/kept.h"
#include "engine/last_layers.h"
#include "engine/sums.h"

/* Products with the Gram matrix before one of the last layers: of every product
 * s of the layer after it a, t, x in 3 s, 3 s + 1, 3 s + 2 (from w: x', t',
 * a'), then that of the query. */
typedef struct last_level {
  vec *z, *Gz, *w, *Gw; /* (products, D) */
  vec *q;               /* (D) */
} last_level;

/* What the last layers see: level i is before layer depth - 1 - i, and the last
 * level's products are with G. */
typedef struct last {
  const real *P, *Q; /* (layers, D, D) of the model */
  size_t layers, depth, levels;
  const kept_context *kept; /* of one layer, in place of G; or NULL */
  vec *G;                   /* (D, D) */
  vec *g;                   /* (D) */
  last_level level[LAST_MOST];
} last;

ICLGD_INLINE size_t layer_of(const last *m, size_t level) {
  return (m->depth - 1 - level) % m->layers;
}
ICLGD_INLINE shared matrix_of(const last *m, const real *M, size_t level,
                              size_t D) {
  return (shared){M + layer_of(m, level) * D * D, D, 1};
}

/* A product on its way from z, from w, or both; NO_PRODUCT: not on that. */
enum { NO_PRODUCT = LANES * LANES };
typedef struct pair {
  size_t z, w;
} pair;

ICLGD_INLINE vec *vector_at(vec *v, size_t s, size_t D) {
  return s == NO_PRODUCT ? NULL : v + s * D;
}
ICLGD_INLINE two in_of(const last_level *at, pair s, size_t D) {
  return (two){vector_at(at->z, s.z, D), vector_at(at->w, s.w, D)};
}
ICLGD_INLINE two out_of(const last_level *at, pair s, size_t D) {
  return (two){vector_at(at->Gz, s.z, D), vector_at(at->Gw, s.w, D)};
}
/* Which of the three of s: 0 is a and x', 1 t and t', 2 x and a', from z; from
 * w they stand the other way round. */
ICLGD_INLINE pair part_of(pair s, size_t which) {
  return (pair){s.z == NO_PRODUCT ? s.z : 3 * s.z + which,
                s.w == NO_PRODUCT ? s.w : 3 * s.w + 2 - which};
}

ICLGD_INLINE void copy_two(two out, two in, size_t D) {
  if (in.z) copy(out.z, in.z, D);
  if (in.w) copy(out.w, in.w, D);
}

/* Product s of level i; `below` is this function for the levels further down.
 */
typedef void last_product(const last *m, size_t i, pair s, size_t D);
ICLGD_INLINE void last_product_of(const last *m, size_t i, pair s, size_t D,
                                  last_product *below) {
  const two z = in_of(&m->level[i], s, D), Gz = out_of(&m->level[i], s, D);
  if (i + 1 == m->levels) {
    if (m->kept)
      kept_apply_two(Gz, m->kept, z, D);
    else
      apply_two(Gz, square(m->G, D), z, D, D, SET);
    return;
  }
  const last_level *next = &m->level[i + 1];
  const shared P = matrix_of(m, m->P, i + 1, D);
  const shared Q = matrix_of(m, m->Q, i + 1, D);
  const pair a = part_of(s, 0), t = part_of(s, 1), x = part_of(s, 2);
  apply_two_shared(in_of(next, a, D), transposed(P), z, D, D, SET);
  below(m, unknown(i + 1), a, D);
  copy_two(in_of(next, t, D), z, D);
  apply_two_shared(in_of(next, t, D), transposed(Q), out_of(next, a, D), D, D,
                   ADD);
  below(m, unknown(i + 1), t, D);
  apply_two_shared(in_of(next, x, D), Q, out_of(next, t, D), D, D, SET);
  below(m, unknown(i + 1), x, D);
  copy_two(Gz, out_of(next, t, D), D);
  apply_two_shared(Gz, P, out_of(next, x, D), D, D, ADD);
}

/* q (D) before the last layers to q[d] after each of them, ends (levels); with
 * `backward` the last product goes from w, too. */
ICLGD_INLINE void last_forward(vec *ends, const last *m, const vec *q,
                               bool backward, size_t D, last_product *product) {
  copy(m->level[m->levels - 1].q, q, D);
  for (size_t i = m->levels; i-- > 0;) {
    const last_level *at = &m->level[i];
    const size_t s = last_products(i) - 1;
    const shared P = matrix_of(m, m->P, i, D);
    apply_shared(at->z + s * D, matrix_of(m, m->Q, i, D), at->q, D, D, SET);
    if (i == 0) {
      for (size_t j = 0; j < D; ++j) at->w[j] = splat(P.at[(D - 1) * D + j]);
      product(m, 0, (pair){0, backward ? 0 : NO_PRODUCT}, D);
      ends[m->levels - 1] = at->q[D - 1] + dot(at->w, at->Gz, D);
      return;
    }
    product(m, i, (pair){s, NO_PRODUCT}, D);
    vec *q_next = m->level[i - 1].q;
    copy(q_next, at->q, D);
    apply_shared(q_next, P, at->Gz + s * D, D, D, ADD);
    ends[m->levels - 1 - i] = q_next[D - 1];
  }
}

/* The gradients of the last layer, from end = dL/dq[d]; g = dL/dq before it,
 * but for what else reads that: below the first layer nobody does. */
ICLGD_INLINE void last_layer_backward(vec *dP, vec *dQ, const last *m, vec end,
                                      size_t D) {
  const last_level *at = &m->level[0];
  size_t count = 1;
  for (size_t i = 0; i < m->levels; ++i, count *= 3)
    for (size_t j = 0; j < count * D; ++j) {
      m->level[i].w[j] *= end;
      m->level[i].Gw[j] *= end;
    }
  const term dx_q = outer_products(at->Gw, 1, at->q, 1, 1, D);
  add_row(dP, D - 1, end, at->Gz, D);
  add_outer_products(dQ, &dx_q, 1, D);
  if (m->depth == 1) return;
  apply_shared(m->g, transposed(matrix_of(m, m->Q, 0, D)), at->Gw, D, D, SET);
  m->g[D - 1] += end;
}

/* The gradients of the layer between level i and level i - 1, from what w did
 * on the latter; g from behind that layer to before it, if there is a layer. */
ICLGD_INLINE void last_level_backward(vec *dP, vec *dQ, const last *m, size_t i,
                                      size_t D, last_product *product) {
  const last_level *at = &m->level[i], *after = &m->level[i - 1];
  const size_t count = last_products(i - 1), s = 3 * count;
  vec *g = m->g, *dh = at->w + s * D, *dx = at->Gw + s * D;
  apply_shared(dh, transposed(matrix_of(m, m->P, i, D)), g, D, D, SET);
  product(m, i, (pair){NO_PRODUCT, s}, D);
  const term of_P[] = {outer_products(after->w, 1, at->Gz + 2 * D, 3, count, D),
                       outer_products(after->z, 1, at->Gw, 3, count, D),
                       outer_products(g, 1, at->Gz + s * D, 1, 1, D)};
  const term of_Q[] = {
      outer_products(at->Gz, 3, at->Gw + D, 3, count, D),
      outer_products(at->Gw + 2 * D, 3, at->Gz + D, 3, count, D),
      outer_products(dx, 1, at->q, 1, 1, D)};
  add_outer_products(dP, of_P, 3, D);
  add_outer_products(dQ, of_Q, 3, D);
  if (i + 1 == m->depth) return;
  apply_shared(g, transposed(matrix_of(m, m->Q, i, D)), dx, D, D, ADD);
}

/* Gamma of the layer below the last ones. */
ICLGD_INLINE void last_Gamma(vec *Gamma, const last *m, size_t D) {
  const last_level *at = &m->level[m->levels - 1];
  const size_t count = last_products(m->levels - 1);
  const matrix z = {at->z, 1, D}, w = {at->w, 1, D};
  multiply_lower(square(Gamma, D), w, transpose(z), D, count, SET);
  multiply_lower(square(Gamma, D), z, transpose(w), D, count, ADD);
  mirror(square(Gamma, D), D);
}

#endif /* ICLGD_ENGINE_LAST_H */
