/* Attention with its matrices, in lanes (iclgd/transformer.h; one head:
 * heads.h). With a the scale and t the temperature of a head, scores are those
 * of a t q and k; merged: q = u W_QK and k = u; of elu1: phi(q) and phi(k).
 * Backward, with r = a dL/d(a t q):
 *   dq = t r,  dt = sum r . q;  d relative[bucket(D)] = sum over |i - j| = D of
 * weight(D) ds_ij. */
#ifndef ICLGD_ENGINE_TRANSFORMER_ATTENTION_H
#define ICLGD_ENGINE_TRANSFORMER_ATTENTION_H

#include "engine/transformer/affine.h"
#include "engine/transformer/heads.h"

typedef struct attention_tape { /* kept of a block */
  tokens q, k, v, o;            /* (H K), (H K), (H V), (H V) */
} attention_tape;

typedef struct attention_work {
  side p, ds;               /* (T, T) */
  side q, k;                /* (T, K) of a head, scaled or phi */
  tokens dq, dk, dv, G;     /* as q, k, v, o */
  const real *scale;        /* (H) a, 1 of elu1 */
  const real *bias;         /* (H, T) by distance, of the layer; NULL: none */
  const real *bias_weights; /* (H, T) */
  const size_t *buckets;    /* (T) */
  vec *by_distance;         /* (H, T, CHUNKS) */
  vec *by_head;             /* (H, CHUNKS) */
} attention_work;

static inline affine queries_of(const parameters *p) {
  const iclgd_transformer *t = p->shape;
  return affine_of(p, ICLGD_W_Q, ICLGD_B_Q, t->heads * t->key, t->width);
}
static inline affine keys_of(const parameters *p) {
  const iclgd_transformer *t = p->shape;
  return affine_of(p, ICLGD_W_K, ICLGD_B_K, t->heads * t->key, t->width);
}
static inline affine values_of(const parameters *p) {
  const iclgd_transformer *t = p->shape;
  return affine_of(p, ICLGD_W_V, ICLGD_B_V, t->heads * t->value, t->width);
}
static inline affine output_of(const parameters *p) {
  const iclgd_transformer *t = p->shape;
  return affine_of(p, ICLGD_W_O, ICLGD_B_O, t->width, t->heads * t->value);
}

static inline side chunk_side(tokens x, size_t chunk, size_t unit) {
  return (side){x.at + chunk * x.T * x.stride + unit, x.stride};
}

static inline real temperature_of(const parameters *p, size_t h) {
  const real *temperature = parameter(p, ICLGD_TEMPERATURE);
  return temperature ? temperature[h] : 1;
}

ICLGD_INLINE vec phi(vec x) {
  return choose((words)(x > (vec){0}), x + splat(1), exponential(x));
}
/* phi' of phi */
ICLGD_INLINE vec phi_slope(vec value) {
  return choose((words)(value > splat(1)), splat(1), value);
}

/* out (T, K) = factor x or factor phi(x), from token `first` on */
static inline void map_side(side out, side x, size_t first, size_t T, size_t K,
                            real factor, bool features) {
  for (size_t t = first; t < T; ++t)
    for (size_t j = 0; j < K; ++j) {
      const vec in = x.at[t * x.stride + j];
      out.at[t * out.stride + j] = (features ? phi(in) : in) * splat(factor);
    }
}

/* Head h of a chunk, with its queries (and keys, of elu1) as scores take them.
 */
static inline head head_of(const parameters *p, const attention_tape *tape,
                           const attention_work *w, tokens u, size_t chunk,
                           size_t h, size_t first) {
  const iclgd_transformer *s = p->shape;
  head a = {.kind = iclgd_attention_at(s, p->layer, h),
            .mask = s->mask,
            .dots = s->dot_product,
            .T = u.T,
            .first = first,
            .K = s->key,
            .V = s->value,
            .bias = w->bias ? w->bias + h * u.T : NULL,
            .v = chunk_side(tape->v, chunk, h * s->value),
            .p = w->p,
            .ds = w->ds};
  const bool features = a.kind == ICLGD_ATTEND_ELU1;
  if (!a.dots) return a;
  a.k = s->merged ? chunk_side(u, chunk, 0)
                  : chunk_side(tape->k, chunk, h * s->key);
  a.q = w->q;
  map_side(a.q, chunk_side(tape->q, chunk, h * s->key), first, u.T, s->key,
           w->scale[h] * temperature_of(p, h), features);
  if (features) {
    map_side(w->k, a.k, 0, u.T, s->key, 1, true);
    a.k = w->k;
  }
  return a;
}

/* W_QK of head h, from u to q. */
static inline shared merged_part(const parameters *p, size_t h) {
  const size_t C = p->shape->width;
  return (shared){parameter(p, ICLGD_W_QK) + h * C * C, 1, C};
}

static inline void project(const parameters *p, const attention_tape *tape,
                           tokens u, span s) {
  const iclgd_transformer *shape = p->shape;
  const size_t C = shape->width;
  const span all = {0, u.T};
  if (shape->merged) {
    for (size_t h = 0; h < shape->heads; ++h)
      weigh(units_from(tape->q, h * C), merged_part(p, h), u, s, C, C, SET);
  } else if (shape->dot_product) {
    affine_forward(tape->q, queries_of(p), u, s, SET);
    affine_forward(tape->k, keys_of(p), u, all, SET);
  }
  affine_forward(tape->v, values_of(p), u, all, SET);
}

/* out += attention of u, for the tokens of s. */
static inline void attention_forward(tokens out, const parameters *p,
                                     const attention_tape *tape,
                                     const attention_work *w, tokens u,
                                     span s) {
  const iclgd_transformer *shape = p->shape;
  const size_t V = shape->value;
  project(p, tape, u, s);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t h = 0; h < shape->heads; ++h) {
      const head a = head_of(p, tape, w, u, c, h, s.first);
      head_forward(&a, chunk_side(tape->o, c, h * V));
    }
  if (shape->output)
    affine_forward(out, output_of(p), tape->o, s, ADD);
  else
    for (size_t h = 0; h < shape->heads; ++h)
      add_tokens_to(out, units_from(tape->o, h * V), s, V);
}

/* Sums of ds over the pairs of one distance, from all rows of ds. */
static inline void add_distances(const head *a, vec *by_distance) {
  for (size_t i = a->first; i < a->T; ++i)
    for (size_t j = 0; j < visible_keys(a, i); ++j)
      by_distance[(i > j ? i - j : j - i) * CHUNKS] +=
          a->ds.at[i * a->ds.stride + j];
}

static inline void add_relative(const parameters *p, const attention_work *w,
                                size_t T) {
  real *relative = parameter_slope(p, ICLGD_RELATIVE);
  const size_t H = p->shape->heads, buckets = p->shape->buckets;
  for (size_t h = 0; relative && h < H; ++h)
    for (size_t D = 0; D < T; ++D)
      relative[h * buckets + w->buckets[D]] +=
          w->bias_weights[h * T + D] *
          sum_of_lanes(w->by_distance + (h * T + D) * CHUNKS);
}

/* Slopes in scaled queries and features of one head become those in q and k;
 * r . q is summed where there is a temperature. */
static inline void back_to_query(const parameters *p, const head *a,
                                 const attention_tape *tape,
                                 const attention_work *w, size_t chunk,
                                 size_t h) {
  const size_t K = a->K;
  const side dq = chunk_side(w->dq, chunk, h * K);
  const side q = chunk_side(tape->q, chunk, h * K);
  const real t = temperature_of(p, h);
  const bool features = a->kind == ICLGD_ATTEND_ELU1;
  vec sum = {0};
  for (size_t i = a->first; i < a->T; ++i)
    for (size_t j = 0; j < K; ++j) {
      const vec raw = q.at[i * q.stride + j], value = features ? phi(raw) : raw;
      const vec r = dq.at[i * dq.stride + j] * splat(w->scale[h]);
      sum = madd(r, value, sum);
      dq.at[i * dq.stride + j] =
          r * splat(t) * (features ? phi_slope(value) : splat(1));
    }
  w->by_head[h * CHUNKS + chunk] = sum;
}

static inline void back_to_key(const head *a, const attention_work *w,
                               size_t chunk, size_t h) {
  const side dk = chunk_side(w->dk, chunk, h * a->K);
  for (size_t i = 0; a->kind == ICLGD_ATTEND_ELU1 && i < a->T; ++i)
    for (size_t j = 0; j < a->K; ++j)
      dk.at[i * dk.stride + j] *= phi_slope(a->k.at[i * a->k.stride + j]);
}

/* dq, dk, dv of all heads from G, in w. */
static inline void back_through_heads(const parameters *p,
                                      const attention_tape *tape,
                                      const attention_work *w, tokens u,
                                      tokens G, size_t G_step, span s) {
  const iclgd_transformer *shape = p->shape;
  const size_t K = shape->key, V = shape->value, H = shape->heads;
  if (w->bias) clear(w->by_distance, H * u.T * CHUNKS);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t h = 0; h < H; ++h) {
      const head a = head_of(p, tape, w, u, c, h, s.first);
      head_backward(&a, chunk_side(G, c, h * G_step),
                    chunk_side(w->dq, c, h * K), chunk_side(w->dk, c, h * K),
                    chunk_side(w->dv, c, h * V));
      if (w->bias) add_distances(&a, w->by_distance + h * u.T * CHUNKS + c);
      if (!a.dots) continue;
      back_to_query(p, &a, tape, w, c, h);
      back_to_key(&a, w, c, h);
    }
  if (w->bias) add_relative(p, w, u.T);
  real *dt = parameter_slope(p, ICLGD_TEMPERATURE);
  for (size_t h = 0; dt && h < H; ++h)
    dt[h] += sum_of_lanes(w->by_head + h * CHUNKS);
}

/* du += from dq and dk, with the gradients of their matrices. */
static inline void back_through_scores(tokens du, const parameters *p,
                                       const attention_work *w, tokens u,
                                       span s) {
  const iclgd_transformer *shape = p->shape;
  const size_t C = shape->width;
  const span all = {0, u.T};
  if (!shape->merged) {
    affine_gradient(queries_of(p), w->dq, u, s);
    affine_gradient(keys_of(p), w->dk, u, all);
    affine_backward(du, queries_of(p), w->dq, s, ADD);
    affine_backward(du, keys_of(p), w->dk, all, ADD);
    return;
  }
  for (size_t h = 0; h < shape->heads; ++h) {
    const tokens dq = units_from(w->dq, h * C);
    const shared W = merged_part(p, h);
    add_gradient_of(parameter_slope(p, ICLGD_W_QK) + h * C * C, C, u, dq, s, C,
                    C);
    weigh(du, (shared){W.at, W.column, W.row}, dq, s, C, C, ADD);
    add_tokens_to(du, units_from(w->dk, h * C), all, C);
  }
}

/* du of all tokens from G, which is 0 before s. */
static inline void attention_backward(tokens du, const parameters *p,
                                      const attention_tape *tape,
                                      const attention_work *w, tokens G,
                                      tokens u, span s) {
  const iclgd_transformer *shape = p->shape;
  const span all = {0, u.T};
  if (shape->output) {
    affine_gradient(output_of(p), G, tape->o, s);
    affine_backward(w->G, output_of(p), G, s, SET);
    back_through_heads(p, tape, w, u, w->G, shape->value, s);
  } else {
    back_through_heads(p, tape, w, u, G, 0, s);
  }
  affine_gradient(values_of(p), w->dv, u, all);
  affine_backward(du, values_of(p), w->dv, all, SET);
  if (shape->dot_product) back_through_scores(du, p, w, u, s);
}

#endif /* ICLGD_ENGINE_TRANSFORMER_ATTENTION_H */
