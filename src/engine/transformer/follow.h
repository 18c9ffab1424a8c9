/* Predictions of a group of prompts after every block, at the query or at every
 * context length, and their gradients in the query (tangent.h). Nothing of a
 * block outlives the next one, so that a deep model fits in the cache. In
 * double alone: what is measured is compared to rounding. */
#ifndef ICLGD_ENGINE_TRANSFORMER_FOLLOW_H
#define ICLGD_ENGINE_TRANSFORMER_FOLLOW_H

#include "engine/transformer/set_up.h"

#if defined(ICLGD_REAL_IS_DOUBLE)

/* Blocks share what is kept of one; states alternate. */
static inline void lay_out_shared_blocks(scratch *s, ruler *r) {
  pass *p = &s->pass;
  const iclgd_transformer *t = p->shape;
  const size_t depth = iclgd_model_depth(s->model);
  p->blocks = take(r, depth, sizeof *p->blocks);
  const kept one = lay_out_block(t, p->T, r);
  const tokens even = take_tokens(r, p->T, t->width);
  const tokens odd = take_tokens(r, p->T, t->width);
  const tokens entry = t->inject ? take_tokens(r, p->T, t->width) : one.x;
  for (size_t b = 0; r->base && b < depth; ++b) {
    kept *k = &p->blocks[b];
    const bool enters = t->inject && b % p->layers == 0;
    *k = one;
    if (b > 0) k->x = enters ? entry : p->blocks[b - 1].state;
    k->state = b % 2 ? odd : even;
    if (!k->mid.at) k->mid = k->state;
  }
}

static inline void lay_out_forward_work(work *w, const pass *p, ruler *r) {
  const iclgd_transformer *t = p->shape;
  const size_t T = p->T, C = t->width;
  w->z = take_tokens(r, T, t->token_width);
  w->u = take_tokens(r, T, C);
  w->m = take_tokens(r, T, C);
  w->a = take_tokens(r, T, HIDDEN);
  w->attention.p = take_side_of(r, QUERIES, T);
  w->attention.q = take_side_of(r, T, t->key);
  w->attention.k = take_side_of(r, T, t->key);
}

static inline void lay_out_moved(moved *m, const iclgd_transformer *t, size_t T,
                                 size_t d, ruler *r) {
  const size_t HK = t->heads * t->key, HV = t->heads * t->value;
  m->J = take_tokens(r, d, t->width);
  m->J_e = take_tokens(r, d, t->width);
  m->part = take_tokens(r, d, t->width);
  m->read = take_tokens(r, d, t->width);
  m->q = take_tokens(r, d, HK);
  m->k = take_tokens(r, d, HK);
  m->v = take_tokens(r, d, HV);
  m->o = take_tokens(r, d, HV);
  m->hidden = take_tokens(r, d, HIDDEN);
  m->gate = take_tokens(r, d, HIDDEN);
  m->ds = take_side_of(r, d, T);
  m->unit = take_vecs(r, t->width);
}

static inline void lay_out_to_follow(scratch *s, const iclgd_model *model,
                                     size_t n, ruler *r) {
  pass *p = &s->pass;
  s->model = model;
  s->law.d = model->d;
  s->law.n = n;
  lay_out_prompts(s->chunks, n, model->d, r);
  p->shape = &model->transformer;
  p->layers = model->layers;
  p->T = iclgd_transformer_tokens(p->shape, n);
  lay_out_tables(s, r);
  lay_out_shared_blocks(s, r);
  lay_out_forward_work(&p->work, p, r);
  lay_out_readout(s, n + 1, r);
  lay_out_moved(&s->moved, p->shape, p->T, model->d, r);
}

static size_t follow_bytes(const iclgd_model *model, size_t n) {
  scratch s = {0};
  ruler r = {NULL, 0};
  take(&r, 1, sizeof s);
  lay_out_to_follow(&s, model, n, &r);
  return r.used;
}

static void follow_open(void *memory, const iclgd_model *model, size_t n,
                        bool by_context) {
  scratch *s = memory;
  ruler r = {memory, 0};
  memset(s, 0, sizeof *s);
  take(&r, 1, sizeof *s);
  lay_out_to_follow(s, model, n, &r);
  set_up(s, by_context);
}

/* J_e: the columns of W_in that read x, or unit vectors. */
static inline void embed_tangents(const scratch *s) {
  const moved *m = &s->moved;
  const iclgd_transformer *t = s->pass.shape;
  const real *W = parameter(&s->pass.arrays, ICLGD_W_IN);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t j = 0; j < m->J_e.T; ++j)
      for (size_t k = 0; k < t->width; ++k)
        token(m->J_e, c, j)[k] =
            splat(t->reads_in ? W[k * t->token_width + j] : (real)(k == j));
}

/* Prompts as tokens; lanes without one repeat another. */
static inline void pack_prompts(scratch *s, const iclgd_prompts *prompts) {
  for (size_t l = 0; l < LANES; ++l) s->alive[l] = l < prompts->count;
  for (size_t c = 0; c < CHUNKS; ++c)
    pack_tokens(&s->chunks[c], prompts, c * WIDTH);
  write_tokens(s->pass.work.z, s->pass.shape, s->chunks, s->law.n, s->law.d);
  fill_dead_lanes(s);
}

/* Prediction after block b to its place in (count, R, depth + 1). */
static inline void give_predictions(const scratch *s, size_t b, size_t count,
                                    double *prediction) {
  const size_t rows = iclgd_model_depth(s->model) + 1, R = s->readout.R;
  for (size_t i = 0; i < count; ++i)
    for (size_t k = 0; k < R; ++k) {
      double *to = prediction + (i * R + k) * rows;
      if (b == 0) to[0] = 0;
      to[b + 1] = (double)(*token(s->yhat[b + 1], i / WIDTH, k))[i % WIDTH];
    }
}

/* And its gradient, in (count, depth + 1, d). */
static inline void give_weights(const scratch *s, size_t b, size_t count,
                                double *w) {
  const size_t rows = iclgd_model_depth(s->model) + 1, d = s->law.d;
  const tokens f = readable_tangents(&s->pass, &s->readout, &s->moved);
  for (size_t c = 0; c * WIDTH < count; ++c)
    for (size_t j = 0; j < d; ++j) {
      const vec slope = read_tangent(&s->pass, &s->readout, f, c, j);
      for (size_t l = 0; l < WIDTH && c * WIDTH + l < count; ++l) {
        double *to = w + (c * WIDTH + l) * rows * d + j;
        if (b == 0) to[0] = 0;
        to[(b + 1) * d] = (double)slope[l];
      }
    }
}

/* States `from`, NULL for zeros, of x tokens to row l of (count, depth + 1,
 * n + 1, width). */
static inline void give_states(const scratch *s, const tokens *from, size_t l,
                               size_t count, double *out) {
  const size_t C = s->pass.shape->width, n = s->law.n;
  const size_t rows = iclgd_model_depth(s->model) + 1;
  for (size_t i = 0; i < count; ++i)
    for (size_t k = 0; k <= n; ++k) {
      double *to = out + ((i * rows + l) * (n + 1) + k) * C;
      const size_t t = iclgd_transformer_x_token(s->pass.shape, k);
      for (size_t j = 0; j < C; ++j)
        to[j] = from ? (double)token(*from, i / WIDTH, t)[j][i % WIDTH] : 0;
    }
}

/* Those after block b; where a loop of injected input ends, behind its norm. */
static inline void give_tokens(const scratch *s, size_t b, size_t count,
                               double *out) {
  const pass *p = &s->pass;
  const iclgd_transformer *t = p->shape;
  const bool ends = t->inject && (b + 1) % p->layers == 0 && t->final_norm;
  const norm n = norm_of(&p->arrays, ICLGD_FINAL_GAIN);
  if (b == 0) give_states(s, t->inject ? NULL : &p->blocks[0].x, 0, count, out);
  if (ends)
    norm_forward(p->work.m, p->blocks[b].moments_f, p->blocks[b].state, &n,
                 (span){0, p->T});
  give_states(s, ends ? &p->work.m : &p->blocks[b].state, b + 1, count, out);
}

/* What reads after block b: where it is not theta's, tokens as give_tokens has
 * them. */
static inline void set_readout(scratch *s, size_t b) {
  const iclgd_transformer *t = s->pass.shape;
  const double *others = s->model->readouts;
  readout *r = &s->readout;
  const bool ends = t->inject && (b + 1) % s->pass.layers == 0;
  r->other = others ? others + b * (t->width + 1) : NULL;
  r->norms = t->final_norm && (!others || ends);
}

static void follow(void *memory, const double *theta,
                   const iclgd_prompts *prompts, double *w, double *prediction,
                   double *states) {
  scratch *s = memory;
  const size_t depth = iclgd_model_depth(s->model), count = prompts->count;
  s->pass.arrays = (parameters){s->pass.shape, theta, NULL, 0};
  load_biases(s, theta);
  pack_prompts(s, prompts);
  embed(&s->pass);
  if (w) embed_tangents(s);
  for (size_t b = 0; b < depth; ++b) {
    run_block(&s->pass, b, depth, states ? 0 : s->readout.first);
    if (states) give_tokens(s, b, count, states);
    if (prediction) {
      set_readout(s, b);
      read_forward(s->yhat[b + 1], &s->pass, &s->readout,
                   s->pass.blocks[b].state);
      give_predictions(s, b, count, prediction);
    }
    if (!w) continue;
    enter_tangents(&s->pass, b, &s->moved);
    move_block(&s->pass, b, &s->moved);
    give_weights(s, b, count, w);
  }
}

#endif

#endif /* ICLGD_ENGINE_TRANSFORMER_FOLLOW_H */
