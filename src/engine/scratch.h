/* What one thread of the engine holds while it runs blocks, laid out in one
 * piece of memory: counted first, then placed. */
#ifndef ICLGD_ENGINE_SCRATCH_H
#define ICLGD_ENGINE_SCRATCH_H

#include <iclgd/linear.h>

#include "engine/law.h"
#include "engine/sized.h"

typedef struct scratch {
  const iclgd_model *model;
  const iclgd_prompt_source *source;
  iclgd_prompts group;
  bool in_lanes, descends, keeps_noise;
  size_t depth; /* of the loss that is on */
  prompt_law law;
  context chunks[CHUNKS];
  descent descent;
  gram gram;
  kernels kernels;
  real *A, *P, *Q;              /* the parameters; A or P and Q */
  vec *dA[CHUNKS];              /* (layers, d, d) */
  vec *dP[CHUNKS], *dQ[CHUNKS]; /* (layers, sums_area(D)) */
  vec *yhat, *slope;            /* (depth + 1) */
  double *wide, *wide_too;      /* (D, D) */
} scratch;

static inline void lay_out_contexts(scratch *s, ruler *r) {
  const size_t d = s->law.d;
  for (size_t c = 0; c < CHUNKS; ++c)
    s->chunks[c] = (context){
        .G = take_vecs(r, (d + 1) * (d + 1)),
        .query = take_vecs(r, d + 1),
        .y_query = take_vecs(r, 1),
        .task = take_vecs(r, d),
        .tokens = take_vecs(r, s->law.batch * d),
        .noise = take_vecs(r, s->keeps_noise ? s->law.tokens : 0),
        .f = take_vecs(r, d),
        .work = take_vecs(r, d * d),
    };
  if (!s->law.keeps) return;
  for (size_t c = 0; c < CHUNKS; ++c) {
    context *chunk = &s->chunks[c];
    chunk->kept = (kept_context){
        .count = s->law.tokens,
        .x = chunk->tokens,
        .noise = s->keeps_noise ? chunk->noise : NULL,
        .task = chunk->task,
        .s = {take_vecs(r, s->law.tokens), take_vecs(r, s->law.tokens)},
        .share = (real)(1 / (double)s->law.n),
    };
  }
}

/* One layer of prompts in lanes that come whole. */
static inline bool keeps_tokens(const scratch *s) {
  const prompt_law *law = &s->law;
  return s->in_lanes && !s->descends && iclgd_model_depth(s->model) == 1 &&
         law->batch == law->tokens && law->dist->diagonal &&
         kept_pays(law->tokens, law->d);
}

static inline void lay_out_descent(scratch *s, ruler *r) {
  const iclgd_model *model = s->model;
  const size_t d = model->d, depth = iclgd_model_depth(model);
  s->A = take_reals(r, model->layers * d * d);
  for (size_t c = 0; c < CHUNKS; ++c)
    s->dA[c] = take_vecs(r, model->layers * d * d);
  s->descent = (descent){
      .layers = model->layers,
      .A = s->A,
      .w = take_vecs(r, (depth + 1) * d),
      .r = take_vecs(r, depth * d),
      .u = take_vecs(r, depth * d),
      .v = take_vecs(r, d),
  };
}

static inline void lay_out_last(last *m, const iclgd_model *model, ruler *r) {
  const size_t D = model->d + 1;
  const size_t k = last_layers(D, iclgd_model_depth(model));
  m->layers = model->layers;
  m->g = take_vecs(r, D);
  for (size_t i = 0; i < k; ++i) {
    const size_t area = last_products(i) * D;
    m->level[i] =
        (last_level){take_vecs(r, area), take_vecs(r, area), take_vecs(r, area),
                     take_vecs(r, area), take_vecs(r, D)};
  }
}

static inline void lay_out_gram(scratch *s, ruler *r) {
  const iclgd_model *model = s->model;
  const size_t D = model->d + 1, depth = iclgd_model_depth(model);
  const size_t before = depth - last_layers(D, depth), area = D * D;
  s->P = take_reals(r, model->layers * area);
  s->Q = take_reals(r, model->layers * area);
  for (size_t c = 0; c < CHUNKS; ++c) {
    s->dP[c] = take_vecs(r, model->layers * sums_area(D));
    s->dQ[c] = take_vecs(r, model->layers * sums_area(D));
  }
  s->gram = (gram){
      .layers = model->layers,
      .sign = model->sign,
      .P = s->P,
      .Q = s->Q,
      .layer = take(r, before + 1, sizeof *s->gram.layer),
      .Gamma = take_vecs(r, area),
      .U = take_vecs(r, area),
      .beta = take_vecs(r, area),
      .R = take_vecs(r, area),
      .g_next = take_vecs(r, D),
  };
  s->gram.last.P = s->P;
  s->gram.last.Q = s->Q;
  lay_out_last(&s->gram.last, model, r);
  for (size_t l = 0; l <= before; ++l) {
    const gram_layer layer = {take_vecs(r, area), take_vecs(r, area),
                              take_vecs(r, area), take_vecs(r, D)};
    if (r->base) s->gram.layer[l] = layer;
  }
}

static inline void lay_out(scratch *s, const iclgd_model *model,
                           const iclgd_prompt_source *source, ruler *r) {
  const size_t D = model->d + 1, depth = iclgd_model_depth(model);
  s->model = model;
  s->source = source;
  s->in_lanes = law_in_lanes(source);
  s->descends = iclgd_model_descends(model);
  s->keeps_noise = !s->in_lanes || source->dist->noise > 0;
  lay_out_law(&s->law, source, model->d, s->in_lanes, r);
  s->law.keeps = keeps_tokens(s);
  s->kernels = kernels_for(D);
  lay_out_contexts(s, r);
  if (s->descends)
    lay_out_descent(s, r);
  else
    lay_out_gram(s, r);
  s->yhat = take_vecs(r, depth + 1);
  s->slope = take_vecs(r, depth + 1);
  s->wide = take(r, D * D, sizeof *s->wide);
  s->wide_too = take(r, D * D, sizeof *s->wide_too);
}

#endif /* ICLGD_ENGINE_SCRATCH_H */
