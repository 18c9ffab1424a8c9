/* The feed-forward part in lanes, panel by panel of hidden units:
 *   out += W_down a + b_down,  a = f(up),  up = W_up u + b_up,
 * backward, with G = dL/dout and da = W_down^T G:
 *   dup = da f'(up),  du = W_up^T dup,  dW_down += G a^T,  dW_up += dup u^T.
 *   relu       f = max(x, 0)
 *   gelu       f = x Phi, f' = Phi + x phi (Hendrycks and Gimpel 2016)
 *   gelu-tanh  f = x s, s = 1 / (1 + exp(-2 c (x + .044715 x^3))),
 *              f' = s + 2 c x s (1 - s) (1 + .134145 x^2), c = sqrt(2 / pi)
 *   swiglu     a = up z s(z), z = W_gate u (Shazeer 2020)
 * up and z are kept, a is made again. */
#ifndef ICLGD_ENGINE_TRANSFORMER_MLP_H
#define ICLGD_ENGINE_TRANSFORMER_MLP_H

#include <iclgd/transformer.h>

#include "engine/transformer/affine.h"
#include "engine/transformer/exp.h"

enum { HIDDEN = 64 }; /* units of a panel */

typedef struct mlp {
  iclgd_mlp_kind kind;
  size_t C, M;
  const real *W_up, *b_up, *W_gate, *W_down, *b_down; /* biases may be NULL */
} mlp;

typedef struct mlp_gradient {
  real *W_up, *b_up, *W_gate, *W_down, *b_down;
} mlp_gradient;

/* The value of f, and its slope. */
typedef struct bend {
  vec value, slope;
} bend;

ICLGD_INLINE bend gelu(vec x) {
  vec density;
  const vec share = normal_share(x, &density);
  return (bend){x * share, madd(x, density, share)};
}

#define ICLGD_GELU_C ((real)0.797884560802865356)
#define ICLGD_GELU_CUBE ((real)0.044715)

ICLGD_INLINE bend gelu_tanh(vec x) {
  const vec square = x * x;
  const vec u = x * madd(splat(ICLGD_GELU_C * ICLGD_GELU_CUBE), square,
                         splat(ICLGD_GELU_C));
  const vec s = logistic(u + u);
  const vec du = madd(splat(6 * ICLGD_GELU_C * ICLGD_GELU_CUBE), square,
                      splat(2 * ICLGD_GELU_C));
  const vec f = x * s;
  return (bend){f, madd(f * (splat(1) - s), du, s)};
}

ICLGD_INLINE bend silu(vec x) {
  const vec s = logistic(x), f = x * s;
  return (bend){f, madd(f, splat(1) - s, s)};
}

ICLGD_INLINE bend relu(vec x) {
  const words off = (words)(x <= (vec){0});
  return (bend){positive_part(x), choose(off, (vec){0}, splat(1))};
}

/* a from up (and z) for `width` units of one token. */
ICLGD_INLINE void bend_units(iclgd_mlp_kind kind, vec *a, const vec *up,
                             const vec *z, size_t width) {
  switch (kind) {
    case ICLGD_MLP_RELU:
      for (size_t j = 0; j < width; ++j) a[j] = relu(up[j]).value;
      break;
    case ICLGD_MLP_GELU:
      for (size_t j = 0; j < width; ++j) a[j] = gelu(up[j]).value;
      break;
    case ICLGD_MLP_GELU_TANH:
      for (size_t j = 0; j < width; ++j) a[j] = gelu_tanh(up[j]).value;
      break;
    case ICLGD_MLP_SWIGLU:
      for (size_t j = 0; j < width; ++j) a[j] = up[j] * silu(z[j]).value;
      break;
    case ICLGD_MLP_NONE:
      break;
  }
}

ICLGD_INLINE void slope_of_bend(vec *a, vec *dup, bend f) {
  *a = f.value;
  *dup *= f.slope;
}

/* a again; dup (and dz) from da, which dup holds. */
ICLGD_INLINE void bend_back(iclgd_mlp_kind kind, vec *a, vec *dup, vec *dz,
                            const vec *up, const vec *z, size_t width) {
  switch (kind) {
    case ICLGD_MLP_RELU:
      for (size_t j = 0; j < width; ++j)
        slope_of_bend(&a[j], &dup[j], relu(up[j]));
      break;
    case ICLGD_MLP_GELU:
      for (size_t j = 0; j < width; ++j)
        slope_of_bend(&a[j], &dup[j], gelu(up[j]));
      break;
    case ICLGD_MLP_GELU_TANH:
      for (size_t j = 0; j < width; ++j)
        slope_of_bend(&a[j], &dup[j], gelu_tanh(up[j]));
      break;
    case ICLGD_MLP_SWIGLU:
      for (size_t j = 0; j < width; ++j) {
        const bend gate = silu(z[j]);
        a[j] = up[j] * gate.value;
        dz[j] = dup[j] * up[j] * gate.slope;
        dup[j] *= gate.value;
      }
      break;
    case ICLGD_MLP_NONE:
      break;
  }
}

/* W (M, C) and W_down (C, M) of hidden units from `unit` on. */
static inline shared up_part(const mlp *p, const real *W, size_t unit) {
  return (shared){W + unit * p->C, p->C, 1};
}
static inline shared down_part(const mlp *p, size_t unit) {
  return (shared){p->W_down + unit, p->M, 1};
}
static inline shared transposed_part(shared A) {
  return (shared){A.at, A.column, A.row};
}

/* out += of u; `up` and `z` (.., M) are kept; a (.., HIDDEN) is scratch. */
static inline void mlp_forward(tokens out, tokens up, tokens z, tokens a,
                               tokens u, const mlp *p, span s) {
  add_bias(out, p->b_down, s, p->C);
  for (size_t k = 0; k < p->M; k += HIDDEN) {
    const size_t width = p->M - k < HIDDEN ? p->M - k : HIDDEN;
    const tokens up_k = units_from(up, k), z_k = units_from(z, k);
    fill_bias(up_k, p->b_up ? p->b_up + k : NULL, s, width);
    weigh(up_k, up_part(p, p->W_up, k), u, s, width, p->C, ADD);
    if (p->W_gate) weigh(z_k, up_part(p, p->W_gate, k), u, s, width, p->C, SET);
    for (size_t c = 0; c < CHUNKS; ++c)
      for (size_t t = s.first; t < s.first + s.count; ++t)
        bend_units(p->kind, token(a, c, t), token(up_k, c, t),
                   p->W_gate ? token(z_k, c, t) : NULL, width);
    weigh(out, down_part(p, k), a, s, p->C, width, ADD);
  }
}

/* du = from G; a, dup and dz (.., HIDDEN) are scratch. */
static inline void mlp_backward(tokens du, mlp_gradient d, tokens G, tokens up,
                                tokens z, tokens u, tokens a, tokens dup,
                                tokens dz, const mlp *p, span s) {
  if (d.b_down) add_sums(d.b_down, G, NULL, s, p->C);
  for (size_t k = 0; k < p->M; k += HIDDEN) {
    const size_t width = p->M - k < HIDDEN ? p->M - k : HIDDEN;
    const update how = k > 0 ? ADD : SET;
    const tokens up_k = units_from(up, k), z_k = units_from(z, k);
    weigh(dup, transposed_part(down_part(p, k)), G, s, width, p->C, SET);
    for (size_t c = 0; c < CHUNKS; ++c)
      for (size_t t = s.first; t < s.first + s.count; ++t)
        bend_back(p->kind, token(a, c, t), token(dup, c, t),
                  p->W_gate ? token(dz, c, t) : NULL, token(up_k, c, t),
                  p->W_gate ? token(z_k, c, t) : NULL, width);
    add_gradient_of(d.W_down + k, p->M, G, a, s, p->C, width);
    add_gradient_of(d.W_up + k * p->C, p->C, dup, u, s, width, p->C);
    if (d.b_up) add_sums(d.b_up + k, dup, NULL, s, width);
    weigh(du, transposed_part(up_part(p, p->W_up, k)), dup, s, p->C, width,
          how);
    if (!p->W_gate) continue;
    add_gradient_of(d.W_gate + k * p->C, p->C, dz, u, s, width, p->C);
    weigh(du, transposed_part(up_part(p, p->W_gate, k)), dz, s, p->C, width,
          ADD);
  }
}

#endif /* ICLGD_ENGINE_TRANSFORMER_MLP_H */
