/* The gradient of predictions in the query, in lanes, where the context does
 * not see the query (src/model/transformer/sensitivity.c has it for one
 * prompt): d tangents J of the query's state, one per coordinate of x, go
 * through a block right after it was run, in the place of d tokens. With i the
 * query's token:
 *   norm       g r (v - mean v - xh mean(v xh)), the first mean with m alone
 *   attention  ds_j = a t dq . k_j, and + a t q . dk at its own key,
 *              do = sum_j dp_j v_j + p_own dv
 *   mlp        W_down (f'(up) W_up v) */
#ifndef ICLGD_ENGINE_TRANSFORMER_TANGENT_H
#define ICLGD_ENGINE_TRANSFORMER_TANGENT_H

#include "engine/transformer/readout.h"

typedef struct moved {
  tokens J, J_e, part, read; /* (d, C) */
  tokens q, k, v, o;         /* (d, H K), (d, H K), (d, H V), (d, H V) */
  tokens hidden, gate;       /* (d, HIDDEN) */
  side ds;                   /* (d, T) of one head of one chunk */
  vec *unit;                 /* (C) */
} moved;

static inline span all_tangents(const moved *m) {
  return (span){0, m->J.T};
}

/* out = tangents `in` behind the norm of token i of x; in place too. */
static inline void move_norm(tokens out, tokens in, tokens x, tokens moments,
                             size_t i, const norm *p, vec *unit) {
  const vec share = splat(1 / (real)p->C);
  for (size_t c = 0; c < CHUNKS; ++c) {
    const vec *at = token(x, c, i), *moment = token(moments, c, i);
    const vec r = moment[1];
    for (size_t j = 0; j < p->C; ++j) unit[j] = (at[j] - moment[0]) * r;
    for (size_t t = 0; t < in.T; ++t) {
      const vec *v = token(in, c, t);
      vec *to = token(out, c, t);
      const vec along = sum_units(v, unit, p->C) * share;
      const vec mean =
          p->centres ? (vec)(sum_units(v, NULL, p->C) * share) : (vec){0};
      for (size_t j = 0; j < p->C; ++j)
        to[j] = r * (madd(-unit[j], along, v[j]) - mean) * splat(p->gain[j]);
    }
  }
}

/* --- attention ----------------------------------------------------------- */

/* out = or += in W^T, without the bias. */
static inline void move_affine(tokens out, affine a, tokens in, span s,
                               update how) {
  a.b = NULL;
  affine_forward(out, a, in, s, how);
}

static inline void move_projections(const parameters *y, const moved *m,
                                    tokens in, bool sees_itself) {
  const iclgd_transformer *t = y->shape;
  const size_t C = t->width;
  const span all = all_tangents(m);
  if (t->merged)
    for (size_t h = 0; h < t->heads; ++h)
      weigh(units_from(m->q, h * C), merged_part(y, h), in, all, C, C, SET);
  else if (t->dot_product)
    move_affine(m->q, queries_of(y), in, all, SET);
  if (!sees_itself) return;
  if (!t->merged && t->dot_product) move_affine(m->k, keys_of(y), in, all, SET);
  move_affine(m->v, values_of(y), in, all, SET);
}

/* Row i of raw queries or keys moves as a score takes them: factor x, or factor
 * phi(x). */
static inline void move_features(side tangents, size_t count, const vec *raw,
                                 size_t K, real factor, bool features) {
  for (size_t j = 0; j < K; ++j) {
    const vec slope = features ? phi_slope(phi(raw[j])) : splat(1);
    for (size_t t = 0; t < count; ++t)
      tangents.at[t * tangents.stride + j] *= slope * splat(factor);
  }
}

/* dp of one row from ds, in place: the slopes of p are symmetric but for elu1.
 */
static inline void move_pattern(const head *a, vec *ds, const vec *p, size_t i,
                                size_t keys, vec share) {
  vec sum = {0};
  if (a->kind != ICLGD_ATTEND_ELU1) {
    slope_row(a, ds, p, i, keys, share);
    return;
  }
  for (size_t j = 0; j < keys; ++j) sum += ds[j];
  for (size_t j = 0; j < keys; ++j) ds[j] = (ds[j] - p[j] * sum) * share;
}

/* ds, then dp, of one head: m->ds (d, keys). */
static inline void move_scores(const parameters *y, const attention_tape *tape,
                               const attention_work *w, const moved *m,
                               const head *a, tokens in, size_t c, size_t h,
                               size_t keys, vec share) {
  const size_t i = a->T - 1, K = a->K, d = m->J.T;
  const bool features = a->kind == ICLGD_ATTEND_ELU1;
  const side dq = chunk_side(m->q, c, h * K);
  const side raw = chunk_side(tape->q, c, h * K);
  move_features(dq, d, raw.at + i * raw.stride, K,
                w->scale[h] * temperature_of(y, h), features);
  pair(from_row(m->ds, 0), from_row(dq, 0), transpose(from_row(a->k, 0)), d,
       keys, K, SET);
  if (keys == a->T) {
    const bool merged = y->shape->merged;
    const side dk = merged ? chunk_side(in, c, 0) : chunk_side(m->k, c, h * K);
    const side k = merged ? dk : chunk_side(tape->k, c, h * K);
    if (features) move_features(dk, d, k.at + i * k.stride, K, 1, true);
    for (size_t t = 0; t < d; ++t)
      m->ds.at[t * m->ds.stride + i] +=
          dot(dk.at + t * dk.stride, a->q.at + i * a->q.stride, K);
  }
  for (size_t t = 0; t < d; ++t)
    move_pattern(a, m->ds.at + t * m->ds.stride, a->p.at, i, keys, share);
}

/* o of one head. */
static inline void move_head(const parameters *y, const attention_tape *tape,
                             const attention_work *w, const moved *m, tokens u,
                             tokens in, size_t c, size_t h) {
  const size_t i = u.T - 1, V = y->shape->value, d = m->J.T;
  const head a = head_of(y, tape, w, u, c, h, i);
  const size_t keys = visible_keys(&a, i);
  const side o = chunk_side(m->o, c, h * V), dv = chunk_side(m->v, c, h * V);
  vec share[QUERIES] = {{0}};
  for (size_t t = 0; t < d; ++t) clear(o.at + t * o.stride, V);
  if (keys == 0) return;
  pattern(&a, a.p, i, 1, keys, share);
  if (a.dots) {
    move_scores(y, tape, w, m, &a, in, c, h, keys, share[0]);
    pair(from_row(o, 0), from_row(m->ds, 0), from_row(a.v, 0), d, V, keys, SET);
  }
  for (size_t t = 0; keys == u.T && t < d; ++t)
    for (size_t j = 0; j < V; ++j)
      o.at[t * o.stride + j] =
          madd(a.p.at[i], dv.at[t * dv.stride + j], o.at[t * o.stride + j]);
}

/* m->part += what attention writes, of the tangents `in` it reads; u: what it
 * read of the tokens. */
static inline void move_attention(const parameters *y,
                                  const attention_tape *tape,
                                  const attention_work *w, const moved *m,
                                  tokens u, tokens in) {
  const iclgd_transformer *t = y->shape;
  const size_t i = u.T - 1, V = t->value;
  const span all = all_tangents(m);
  move_projections(y, m, in, iclgd_transformer_visible(t, i, u.T) == u.T);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t h = 0; h < t->heads; ++h) move_head(y, tape, w, m, u, in, c, h);
  if (t->output)
    move_affine(m->part, output_of(y), m->o, all, ADD);
  else
    for (size_t h = 0; h < t->heads; ++h)
      add_tokens_to(m->part, units_from(m->o, h * V), all, V);
}

/* --- mlp ----------------------------------------------------------------- */

ICLGD_INLINE vec slope_of(iclgd_mlp_kind kind, vec up) {
  if (kind == ICLGD_MLP_RELU) return relu(up).slope;
  return (kind == ICLGD_MLP_GELU ? gelu(up) : gelu_tanh(up)).slope;
}

/* Tangents of hidden units from those of up (and z), in place. */
static inline void move_bend(iclgd_mlp_kind kind, const moved *m, size_t c,
                             const vec *up, const vec *z, size_t width) {
  for (size_t j = 0; j < width; ++j) {
    const bend gate = z ? silu(z[j]) : (bend){{0}, {0}};
    const vec slope = z ? gate.value : slope_of(kind, up[j]);
    for (size_t t = 0; t < m->J.T; ++t) {
      vec *v = token(m->hidden, c, t) + j;
      *v *= slope;
      if (z) *v = madd(up[j] * gate.slope, token(m->gate, c, t)[j], *v);
    }
  }
}

/* m->part += what the mlp writes, of the tangents `in` it reads. */
static inline void move_mlp(const mlp *f, const kept *k, const moved *m,
                            tokens in) {
  const size_t i = k->up.T - 1;
  const span all = all_tangents(m);
  for (size_t j = 0; j < f->M; j += HIDDEN) {
    const size_t width = f->M - j < HIDDEN ? f->M - j : HIDDEN;
    weigh(m->hidden, up_part(f, f->W_up, j), in, all, width, f->C, SET);
    if (f->W_gate)
      weigh(m->gate, up_part(f, f->W_gate, j), in, all, width, f->C, SET);
    for (size_t c = 0; c < CHUNKS; ++c)
      move_bend(f->kind, m, c, token(k->up, c, i) + j,
                f->W_gate ? token(k->gate, c, i) + j : NULL, width);
    weigh(m->part, down_part(f, j), m->hidden, all, f->C, width, ADD);
  }
}

/* --- the block ----------------------------------------------------------- */

/* What a part reads of J. */
static inline tokens read_tangents(const pass *p, const parameters *y,
                                   const moved *m, tokens x, tokens moments,
                                   iclgd_transformer_array gain) {
  if (!norms_before(p->shape)) return m->J;
  const norm n = norm_of(y, gain);
  move_norm(m->read, m->J, x, moments, p->T - 1, &n, m->unit);
  return m->read;
}

/* J = part, behind a norm that stands behind it. */
static inline void join_tangents(const pass *p, const parameters *y, moved *m,
                                 tokens x, tokens moments,
                                 iclgd_transformer_array gain) {
  const tokens J = m->J;
  m->J = m->part;
  m->part = J;
  if (!norms_behind(p->shape)) return;
  const norm n = norm_of(y, gain);
  move_norm(m->J, m->J, x, moments, p->T - 1, &n, m->unit);
}

/* J before block b, from that before its loop. */
static inline void enter_tangents(const pass *p, size_t b, const moved *m) {
  const iclgd_transformer *t = p->shape;
  const span all = all_tangents(m);
  if (b == 0) set_tokens(m->J, m->J_e, 1, all, t->width);
  if (b == 0 || !t->inject || b % p->layers > 0) return;
  const kept *before = &p->blocks[b - 1];
  const norm n = norm_of(&p->arrays, ICLGD_FINAL_GAIN);
  if (t->final_norm)
    move_norm(m->J, m->J, before->state, before->moments_f, p->T - 1, &n,
              m->unit);
  add_tokens_to(m->J, m->J_e, all, t->width);
}

/* After block b was run. */
static inline void move_block(const pass *p, size_t b, moved *m) {
  const iclgd_transformer *t = p->shape;
  const kept *k = &p->blocks[b];
  const parameters y = layer_of(p, b);
  const attention_work w = attention_work_of(p, b);
  const norm first = norm_of(&y, ICLGD_NORM1_GAIN);
  const span all = all_tangents(m);
  if (norms_before(t) && (t->merged))
    apply_norm(p->work.u, k->x, k->moments1, &first, (span){0, p->T});
  set_shortcut(m->part, m->J, &y, PAST_ATTENTION, all);
  move_attention(&y, &k->attention, &w, m, norms_before(t) ? p->work.u : k->x,
                 read_tangents(p, &y, m, k->x, k->moments1, ICLGD_NORM1_GAIN));
  join_tangents(p, &y, m, k->mid, k->moments1, ICLGD_NORM1_GAIN);
  if (t->mlp == ICLGD_MLP_NONE) return;
  const mlp f = mlp_of(&y);
  set_shortcut(m->part, m->J, &y, PAST_MLP, all);
  move_mlp(&f, k, m,
           read_tangents(p, &y, m, k->mid, k->moments2, ICLGD_NORM2_GAIN));
  join_tangents(p, &y, m, k->end, k->moments2, ICLGD_NORM2_GAIN);
}

/* Gradient t of the prediction that was read last, of a chunk. */
static inline vec read_tangent(const pass *p, const readout *r, tokens f,
                               size_t c, size_t t) {
  const size_t C = p->shape->width;
  const real *W = r->other ? r->other : parameter(&p->arrays, ICLGD_W_OUT);
  const vec *v = token(f, c, t);
  vec sum = {0};
  if (!W) return v[C - 1] * splat(r->sign);
  for (size_t j = 0; j < C; ++j) sum = madd(v[j], splat(W[j]), sum);
  return sum;
}

/* J behind the norm of the readout. */
static inline tokens readable_tangents(const pass *p, const readout *r,
                                       const moved *m) {
  if (!r->norms) return m->J;
  const norm n = norm_of(&p->arrays, ICLGD_FINAL_GAIN);
  move_norm(m->read, m->J, r->h, r->moments, r->R - 1, &n, m->unit);
  return m->read;
}

#endif /* ICLGD_ENGINE_TRANSFORMER_TANGENT_H */
