/* What of a scratch does not depend on prompts: tables, and the readout. */
#ifndef ICLGD_ENGINE_TRANSFORMER_SET_UP_H
#define ICLGD_ENGINE_TRANSFORMER_SET_UP_H

#include <math.h>

#include "engine/transformer/scratch.h"

/* Sinusoidal positions, weights and buckets of relative ones, scales: what does
 * not depend on theta. */
static inline void fill_tables(scratch *s) {
  const iclgd_transformer *t = s->pass.shape;
  const size_t T = s->pass.T, H = t->heads;
  const double root = sqrt((double)t->key);
  for (size_t i = 0; s->sinusoid && i < T; ++i)
    for (size_t c = 0; c < t->width; ++c)
      s->sinusoid[i * t->width + c] = (real)iclgd_transformer_sinusoid(t, i, c);
  for (size_t h = 0; s->bias && h < H; ++h)
    for (size_t D = 0; D < T; ++D) {
      const iclgd_relative at = iclgd_transformer_relative(t, h, D);
      s->bias_weights[h * T + D] = (real)at.weight;
      s->buckets[D] = at.bucket;
    }
  for (size_t l = 0; l < s->model->layers; ++l)
    for (size_t h = 0; h < H; ++h) {
      const bool plain = t->scale == ICLGD_SCALE_NONE ||
                         iclgd_attention_at(t, l, h) == ICLGD_ATTEND_ELU1;
      s->scale[l * H + h] = (real)(plain ? 1 : 1 / root);
    }
}

/* Predictions of all x tokens, or of the query's alone. */
static inline void set_up_readout(scratch *s, bool prefixes) {
  readout *r = &s->readout;
  r->R = prefixes ? s->law.n + 1 : 1;
  r->first = prefixes ? 0 : s->pass.T - 1;
  r->step = prefixes ? 2 : 1;
  r->norms = s->pass.shape->final_norm;
}

static inline void set_up(scratch *s, bool prefixes) {
  s->pass.sinusoid = s->sinusoid;
  s->pass.bias = s->bias;
  s->pass.scale = s->scale;
  s->pass.work.attention.bias_weights = s->bias_weights;
  s->pass.work.attention.buckets = s->buckets;
  s->readout.sign = (real)s->model->sign;
  set_up_readout(s, prefixes);
  fill_tables(s);
}

/* Of relative positions, from theta. */
static inline void load_biases(scratch *s, const double *theta) {
  const iclgd_transformer *t = s->pass.shape;
  const size_t T = s->pass.T, H = t->heads;
  for (size_t l = 0; s->bias && l < s->model->layers; ++l) {
    const double *relative = iclgd_transformer_at(t, theta, ICLGD_RELATIVE, l);
    for (size_t h = 0; h < H; ++h)
      for (size_t D = 0; D < T; ++D)
        s->bias[(l * H + h) * T + D] =
            s->bias_weights[h * T + D] *
            (real)(relative ? relative[h * t->buckets + s->buckets[D]] : 1);
  }
}

/* The first lane that counts; LANES: none. */
static inline size_t first_alive(const scratch *s) {
  size_t lane = 0;
  while (lane < LANES && !s->alive[lane]) ++lane;
  return lane;
}

/* Lanes that do not count repeat one that does: their own prompt may overflow,
 * and its gradient be NaN in spite of a slope of zero. */
static inline void fill_dead_lanes(scratch *s) {
  const tokens z = s->pass.work.z;
  const size_t from = first_alive(s);
  for (size_t lane = 0; from < LANES && lane < LANES; ++lane)
    for (size_t t = 0; !s->alive[lane] && t < z.T; ++t)
      for (size_t j = 0; j < s->pass.shape->token_width; ++j)
        token(z, lane / WIDTH, t)[j][lane % WIDTH] =
            token(z, from / WIDTH, t)[j][from % WIDTH];
}

#endif /* ICLGD_ENGINE_TRANSFORMER_SET_UP_H */
