/* Linear maps with bias, of tokens in lanes: Y = X W^T + b, W (out, in).
 * Backward from G = dL/dY: dX = G W, dW += sum g x^T, db += sum g. */
#ifndef ICLGD_ENGINE_TRANSFORMER_AFFINE_H
#define ICLGD_ENGINE_TRANSFORMER_AFFINE_H

#include "engine/transformer/parameters.h"
#include "engine/transformer/tokens.h"

typedef struct affine {
  const real *W, *b; /* b NULL: none */
  real *dW, *db;
  size_t out, in;
} affine;

static inline affine affine_of(const parameters *p, iclgd_transformer_array W,
                               iclgd_transformer_array b, size_t out,
                               size_t in) {
  return (affine){.W = parameter(p, W),
                  .b = parameter(p, b),
                  .dW = parameter_slope(p, W),
                  .db = parameter_slope(p, b),
                  .out = out,
                  .in = in};
}

/* Every row of x becomes the bias (NULL: 0), or has it added. */
static inline void fill_bias(tokens x, const real *bias, span s, size_t width) {
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      vec *out = token(x, c, t);
      for (size_t j = 0; j < width; ++j)
        out[j] = bias ? splat(bias[j]) : (vec){0};
    }
}
static inline void add_bias(tokens x, const real *bias, span s, size_t width) {
  for (size_t c = 0; bias && c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      vec *out = token(x, c, t);
      for (size_t j = 0; j < width; ++j) out[j] += splat(bias[j]);
    }
}

/* x = factor x, or x + y */
static inline void scale_tokens(tokens x, real factor, span s, size_t width) {
  for (size_t c = 0; factor != 1 && c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      vec *out = token(x, c, t);
      for (size_t j = 0; j < width; ++j) out[j] *= splat(factor);
    }
}
static inline void add_tokens_to(tokens x, tokens y, span s, size_t width) {
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      vec *out = token(x, c, t);
      const vec *in = token(y, c, t);
      for (size_t j = 0; j < width; ++j) out[j] += in[j];
    }
}
/* x = factor y */
static inline void set_tokens(tokens x, tokens y, real factor, span s,
                              size_t width) {
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      vec *out = token(x, c, t);
      const vec *in = token(y, c, t);
      for (size_t j = 0; j < width; ++j) out[j] = in[j] * splat(factor);
    }
}

static inline void affine_forward(tokens Y, affine a, tokens X, span s,
                                  update how) {
  if (how == SET && a.b) fill_bias(Y, a.b, s, a.out);
  if (how == ADD) add_bias(Y, a.b, s, a.out);
  weigh(Y, (shared){a.W, a.in, 1}, X, s, a.out, a.in,
        how == ADD || a.b ? ADD : SET);
}

static inline void affine_gradient(affine a, tokens G, tokens X, span s) {
  add_gradient_of(a.dW, a.in, G, X, s, a.out, a.in);
  if (a.db) add_sums(a.db, G, NULL, s, a.out);
}

static inline void affine_backward(tokens dX, affine a, tokens G, span s,
                                   update how) {
  weigh(dX, (shared){a.W, 1, a.in}, G, s, a.in, a.out, how);
}

#endif /* ICLGD_ENGINE_TRANSFORMER_AFFINE_H */
