/* Layer norm (Ba et al. 2016) of tokens in lanes, or by root mean squares alone
 * (Zhang and Sennrich 2019), over C units:
 *   xh = (x - m) r,  r = 1 / sqrt(mean (x - m)^2 + epsilon),  h = g xh + b,
 * where m is the mean of x, or 0. Backward, with G = dL/dh:
 *   dx += r (G g - mean(G g) - xh mean(G g xh)), the first mean with m alone,
 *   dg += sum G xh,  db += sum G.
 * m and r of every token are kept, xh is made again. */
#ifndef ICLGD_ENGINE_TRANSFORMER_NORM_H
#define ICLGD_ENGINE_TRANSFORMER_NORM_H

#include "engine/transformer/tokens.h"

typedef struct norm {
  size_t C;
  bool centres; /* m is the mean */
  real epsilon;
  const real *gain, *bias; /* (C); bias NULL: none */
} norm;

/* The sum of a, or of a b, over C units, in four chains. */
ICLGD_INLINE vec sum_units(const vec *a, const vec *b, size_t C) {
  vec sum[4] = {{0}};
  size_t j = 0;
  for (; j + 4 <= C; j += 4)
    ICLGD_UNROLL for (size_t i = 0; i < 4; ++i) sum[i] =
        b ? madd(a[j + i], b[j + i], sum[i]) : (vec)(sum[i] + a[j + i]);
  for (; j < C; ++j)
    sum[0] = b ? madd(a[j], b[j], sum[0]) : (vec)(sum[0] + a[j]);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* xh of tokens whose m and r, in `moments` (CHUNKS, T, 2), are known. */
static inline void standardise(tokens xh, tokens x, tokens moments, span s,
                               size_t C) {
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      const vec *in = token(x, c, t), *moment = token(moments, c, t);
      const vec m = moment[0], r = moment[1];
      vec *out = token(xh, c, t);
      for (size_t j = 0; j < C; ++j) out[j] = (in[j] - m) * r;
    }
}

static inline void find_moments(tokens moments, tokens x, const norm *p,
                                span s) {
  const vec share = splat(1 / (real)p->C);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      const vec *in = token(x, c, t);
      vec *moment = token(moments, c, t), sum = {0};
      const vec m =
          p->centres ? (vec)(sum_units(in, NULL, p->C) * share) : (vec){0};
      for (size_t j = 0; j < p->C; ++j) sum = madd(in[j] - m, in[j] - m, sum);
      moment[0] = m;
      moment[1] = splat(1) / square_root(madd(sum, share, splat(p->epsilon)));
    }
}

/* h from x, m and r. */
static inline void apply_norm(tokens h, tokens x, tokens moments, const norm *p,
                              span s) {
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      const vec *in = token(x, c, t), *moment = token(moments, c, t);
      const vec m = moment[0], r = moment[1];
      vec *out = token(h, c, t);
      for (size_t j = 0; j < p->C; ++j)
        out[j] = madd((in[j] - m) * r, splat(p->gain[j]),
                      p->bias ? splat(p->bias[j]) : (vec){0});
    }
}

static inline void norm_forward(tokens h, tokens moments, tokens x,
                                const norm *p, span s) {
  find_moments(moments, x, p, s);
  apply_norm(h, x, moments, p, s);
}

/* dx = or += from G; dgain, dbias (or NULL) +=; xh is scratch. G is lost. */
static inline void norm_backward(tokens dx, real *dgain, real *dbias, tokens G,
                                 tokens x, tokens moments, tokens xh,
                                 const norm *p, span s, update how) {
  const vec share = splat(1 / (real)p->C);
  standardise(xh, x, moments, s, p->C);
  add_sums(dgain, G, &xh, s, p->C);
  if (dbias) add_sums(dbias, G, NULL, s, p->C);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t) {
      vec *g = token(G, c, t), *out = token(dx, c, t);
      const vec *in = token(xh, c, t), r = token(moments, c, t)[1];
      for (size_t j = 0; j < p->C; ++j) g[j] *= splat(p->gain[j]);
      const vec along = sum_units(g, in, p->C) * share;
      const vec mean =
          p->centres ? (vec)(sum_units(g, NULL, p->C) * share) : (vec){0};
      for (size_t j = 0; j < p->C; ++j) {
        const vec term = r * (madd(-in[j], along, g[j]) - mean);
        out[j] = how == ADD ? (vec)(out[j] + term) : (vec)term;
      }
    }
}

#endif /* ICLGD_ENGINE_TRANSFORMER_NORM_H */
