/* What one thread holds while it trains a transformer, laid out in one piece of
 * memory: counted first, then placed. */
#ifndef ICLGD_ENGINE_TRANSFORMER_SCRATCH_H
#define ICLGD_ENGINE_TRANSFORMER_SCRATCH_H

#include <iclgd/model.h>

#include "engine/transformer/prompts.h"
#include "engine/transformer/tangent.h"

typedef struct scratch {
  const iclgd_model *model;
  const iclgd_prompt_source *source;
  iclgd_prompts group;
  bool in_lanes;
  prompt_law law;
  context chunks[CHUNKS];
  bool alive[LANES]; /* lanes that hold a prompt which counts */
  pass pass;
  readout readout;
  real *theta, *dtheta, *sinusoid, *bias, *bias_weights, *scale;
  size_t *buckets;
  moved moved;  /* of prompts that are followed */
  tokens y;     /* (R, 1) targets */
  tokens *yhat; /* (depth + 1) of (R, 1) */
} scratch;

static inline tokens take_tokens(ruler *r, size_t T, size_t width) {
  const size_t stride = stride_of(width);
  return (tokens){take_vecs(r, CHUNKS * T * stride), stride, T};
}
static inline side take_side_of(ruler *r, size_t T, size_t width) {
  const size_t stride = stride_of(width);
  return (side){take_vecs(r, T * stride), stride};
}

static inline kept lay_out_block(const iclgd_transformer *t, size_t T,
                                 ruler *r) {
  const size_t C = t->width, HK = t->heads * t->key, HV = t->heads * t->value;
  const bool thinks = t->mlp != ICLGD_MLP_NONE;
  const bool normed = t->norm != ICLGD_NORM_NONE;
  kept k = {.x = take_tokens(r, T, C)};
  if (thinks || norms_behind(t)) k.mid = take_tokens(r, T, C);
  if (thinks && norms_behind(t)) k.end = take_tokens(r, T, C);
  if (normed) k.moments1 = take_tokens(r, T, 2);
  if (normed && thinks) k.moments2 = take_tokens(r, T, 2);
  if (t->inject && t->final_norm) k.moments_f = take_tokens(r, T, 2);
  if (thinks) k.up = take_tokens(r, T, t->mlp_width);
  if (t->mlp == ICLGD_MLP_SWIGLU) k.gate = take_tokens(r, T, t->mlp_width);
  if (t->dot_product) k.attention.q = take_tokens(r, T, HK);
  if (t->dot_product && !t->merged) k.attention.k = take_tokens(r, T, HK);
  k.attention.v = take_tokens(r, T, HV);
  k.attention.o = take_tokens(r, T, HV);
  return k;
}

/* The state of a block is what the next one reads, unless the input is injected
 * between them. */
static inline void lay_out_blocks(scratch *s, ruler *r) {
  pass *p = &s->pass;
  const iclgd_transformer *t = p->shape;
  const size_t depth = iclgd_model_depth(s->model);
  p->blocks = take(r, depth, sizeof *p->blocks);
  for (size_t b = 0; b < depth; ++b) {
    const kept k = lay_out_block(t, p->T, r);
    if (r->base) p->blocks[b] = k;
  }
  for (size_t b = 0; b < depth; ++b) {
    const bool apart =
        b + 1 == depth || (t->inject && (b + 1) % p->layers == 0);
    const tokens own = apart ? take_tokens(r, p->T, t->width) : (tokens){0};
    if (!r->base) continue;
    kept *k = &p->blocks[b];
    k->state = apart ? own : p->blocks[b + 1].x;
    if (!k->mid.at) k->mid = k->state;
  }
}

static inline void lay_out_attention(attention_work *w, const pass *p,
                                     ruler *r) {
  const iclgd_transformer *t = p->shape;
  const size_t T = p->T, H = t->heads;
  w->p = take_side_of(r, T, T);
  w->ds = take_side_of(r, T, T);
  w->q = take_side_of(r, T, t->key);
  w->k = take_side_of(r, T, t->key);
  w->dq = take_tokens(r, T, H * t->key);
  w->dk = take_tokens(r, T, H * t->key);
  w->dv = take_tokens(r, T, H * t->value);
  w->G = take_tokens(r, T, H * t->value);
  w->by_head = take_vecs(r, H * CHUNKS);
  if (iclgd_transformer_is_relative(t))
    w->by_distance = take_vecs(r, H * T * CHUNKS);
}

static inline void lay_out_work(work *w, const pass *p, ruler *r) {
  const size_t T = p->T, C = p->shape->width;
  w->z = take_tokens(r, T, p->shape->token_width);
  w->u = take_tokens(r, T, C);
  w->m = take_tokens(r, T, C);
  w->d = take_tokens(r, T, C);
  w->du = take_tokens(r, T, C);
  w->xh = take_tokens(r, T, C);
  w->de = take_tokens(r, T, C);
  w->a = take_tokens(r, T, HIDDEN);
  w->da = take_tokens(r, T, HIDDEN);
  w->dz = take_tokens(r, T, HIDDEN);
  lay_out_attention(&w->attention, p, r);
}

static inline void lay_out_readout(scratch *s, size_t R, ruler *r) {
  readout *out = &s->readout;
  const size_t C = s->pass.shape->width;
  const size_t depth = iclgd_model_depth(s->model);
  out->h = take_tokens(r, R, C);
  out->f = take_tokens(r, R, C);
  out->g = take_tokens(r, R, C);
  out->xh = take_tokens(r, R, C);
  out->moments = take_tokens(r, R, 2);
  out->slope = take_tokens(r, R, 1);
  s->y = take_tokens(r, R, 1);
  s->yhat = take(r, depth + 1, sizeof *s->yhat);
  for (size_t l = 0; l <= depth; ++l) {
    const tokens yhat = take_tokens(r, R, 1);
    if (r->base) s->yhat[l] = yhat;
  }
}

static inline void lay_out_tables(scratch *s, ruler *r) {
  const iclgd_transformer *t = s->pass.shape;
  const size_t T = s->pass.T, H = t->heads;
  s->scale = take_reals(r, s->model->layers * H);
  if (t->positions == ICLGD_POSITION_SINUSOIDAL)
    s->sinusoid = take_reals(r, T * t->width);
  if (!iclgd_transformer_is_relative(t)) return;
  s->bias = take_reals(r, s->model->layers * H * T);
  s->bias_weights = take_reals(r, H * T);
  s->buckets = take(r, T, sizeof *s->buckets);
}

static inline void lay_out(scratch *s, const iclgd_model *model,
                           const iclgd_prompt_source *source, ruler *r) {
  pass *p = &s->pass;
  s->model = model;
  s->source = source;
  s->in_lanes = law_in_lanes(source);
  lay_out_law(&s->law, source, model->d, s->in_lanes, r);
  lay_out_prompts(s->chunks, s->law.n, model->d, r);
  p->shape = &model->transformer;
  p->layers = model->layers;
  p->T = iclgd_transformer_tokens(p->shape, s->law.n);
  s->theta = take_reals(r, model->size);
  s->dtheta = take_reals(r, model->size);
  lay_out_tables(s, r);
  lay_out_blocks(s, r);
  lay_out_work(&p->work, p, r);
  lay_out_readout(s, s->law.n + 1, r);
}

#endif /* ICLGD_ENGINE_TRANSFORMER_SCRATCH_H */
