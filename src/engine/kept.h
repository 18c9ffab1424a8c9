/* A product with the Gram matrix of a context whose tokens are at hand, without
 * that matrix: for one layer it would be used once. Of e = (x, y) with y = task
 * . x + noise, and of z = (z_x, z_y),
 *   s_t = e_t . z = x_t . (z_x + z_y task) + z_y noise_t,
 *   G z = (1/n) sum s_t e_t = (u, task . u + (1/n) sum s_t noise_t),
 *   u = (1/n) sum s_t x_t. */
#ifndef ICLGD_ENGINE_KEPT_H
#define ICLGD_ENGINE_KEPT_H

#include "engine/product.h"

typedef struct kept_context {
  size_t count;     /* of tokens; 0: there is a Gram matrix */
  vec *x;           /* (count, d) */
  const vec *noise; /* (count), or NULL */
  const vec *task;  /* (d) */
  two s;            /* (count) each */
  real share;       /* 1/n */
} kept_context;

/* Whether it takes fewer multiply-adds for two vectors than S = sum x x^T and
 * two products with G. */
static inline bool kept_pays(size_t count, size_t d) {
  return 4 * count * d <= count * d * (d + 1) / 2 + 2 * (d + 1) * (d + 1);
}

/* out = z_x + z_y task */
static inline void kept_direction(vec *out, const kept_context *tokens,
                                  const vec *z, size_t d) {
  for (size_t i = 0; out && i < d; ++i)
    out[i] = madd(z[d], tokens->task[i], z[i]);
}

/* s += z_y noise */
static inline void kept_add_noise(vec *s, const kept_context *tokens, vec z_y) {
  for (size_t t = 0; t < tokens->count; ++t)
    s[t] = madd(z_y, tokens->noise[t], s[t]);
}

/* From sums of s_t x_t in Gz to G z. */
static inline void kept_finish(vec *Gz, const kept_context *tokens,
                               const vec *s, size_t d) {
  Gz[d] = dot(tokens->task, Gz, d);
  if (tokens->noise) Gz[d] += dot(tokens->noise, s, tokens->count);
  for (size_t i = 0; i <= d; ++i) Gz[i] *= splat(tokens->share);
}

/* Gz (D) = G z of two vectors, or of z.z alone. */
ICLGD_APART void kept_apply_two(two Gz, const kept_context *tokens, two z,
                                size_t D) {
  const size_t d = D - 1, count = tokens->count;
  const matrix X = {tokens->x, d, 1};
  const two s = {tokens->s.z, z.w ? tokens->s.w : NULL};
  kept_direction(Gz.z, tokens, z.z, d);
  kept_direction(Gz.w, tokens, z.w, d);
  apply_two(s, X, Gz, count, d, SET);
  if (tokens->noise) {
    kept_add_noise(s.z, tokens, z.z[d]);
    if (s.w) kept_add_noise(s.w, tokens, z.w[d]);
  }
  apply_two(Gz, transpose(X), s, d, count, SET);
  kept_finish(Gz.z, tokens, s.z, d);
  if (s.w) kept_finish(Gz.w, tokens, s.w, d);
}

#endif /* ICLGD_ENGINE_KEPT_H */
