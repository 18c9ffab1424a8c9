/* What one thread of the engine holds while it runs blocks, laid out in one
 * piece of memory: counted first, then placed. */
#ifndef ICLGD_ENGINE_SCRATCH_H
#define ICLGD_ENGINE_SCRATCH_H

#include <iclgd/linear.h>

#include "engine/descent.h"
#include "engine/gram.h"
#include "engine/law.h"

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
  real *A, *P, *Q;              /* the parameters; A or P and Q */
  vec *dA[CHUNKS];              /* (layers, d, d) */
  vec *dP[CHUNKS], *dQ[CHUNKS]; /* (layers, D, D) */
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
}

static inline void lay_out_descent(scratch *s, ruler *r) {
  const iclgd_model *model = s->model;
  const size_t d = model->d, depth = iclgd_model_depth(model);
  s->A = take_reals(r, model->layers * d * d);
  for (size_t c = 0; c < CHUNKS; ++c)
    s->dA[c] = take_vecs(r, model->layers * d * d);
  s->descent = (descent){
      .d = d,
      .layers = model->layers,
      .A = s->A,
      .w = take_vecs(r, (depth + 1) * d),
      .r = take_vecs(r, depth * d),
      .u = take_vecs(r, depth * d),
      .v = take_vecs(r, d),
  };
}

/* Neighbours of D vectors each, whose addresses go to the names in turn. */
static inline vec *take_side(ruler *r, size_t D, size_t count,
                             vec **const *names) {
  vec *side = take_vecs(r, count * D);
  for (size_t i = 0; i < count; ++i) *names[i] = side ? side + i * D : NULL;
  return side;
}

static inline gram_top lay_out_top(size_t D, ruler *r) {
  gram_top m;
  m.Gamma_left =
      take_side(r, D, GAMMA_TERMS, (vec * *[]){&m.s, &m.dGc, &m.dGa, &m.dh});
  m.Gamma_right =
      take_side(r, D, GAMMA_TERMS, (vec * *[]){&m.t, &m.c, &m.a, &m.x});
  m.Q_left = take_side(r, D, Q_TERMS, (vec * *[]){&m.Gc, &m.Ga, &m.dx});
  m.Q_right = take_side(r, D, Q_TERMS, (vec * *[]){&m.ds, &m.dt, &m.q});
  m.P_left = take_side(r, D, P_TERMS, (vec * *[]){&m.p, &m.v, &m.dq_1});
  m.P_right = take_side(r, D, P_TERMS, (vec * *[]){&m.dc, &m.da, &m.h});
  m.q_1 = take_vecs(r, D);
  m.Gt = take_vecs(r, D);
  m.Gs = take_vecs(r, D);
  m.dp = take_vecs(r, D);
  m.dv = take_vecs(r, D);
  return m;
}

static inline void lay_out_gram(scratch *s, ruler *r) {
  const iclgd_model *model = s->model;
  const size_t D = model->d + 1, depth = iclgd_model_depth(model);
  const size_t kept = depth > 2 ? depth - 1 : 1, area = D * D;
  s->P = take_reals(r, model->layers * area);
  s->Q = take_reals(r, model->layers * area);
  for (size_t c = 0; c < CHUNKS; ++c) {
    s->dP[c] = take_vecs(r, model->layers * area);
    s->dQ[c] = take_vecs(r, model->layers * area);
  }
  s->gram = (gram){
      .D = D,
      .layers = model->layers,
      .sign = model->sign,
      .P = s->P,
      .Q = s->Q,
      .layer = take(r, kept, sizeof *s->gram.layer),
      .top = lay_out_top(D, r),
      .Gamma = take_vecs(r, area),
      .U = take_vecs(r, area),
      .beta = take_vecs(r, area),
      .R = take_vecs(r, area),
      .g = take_vecs(r, D),
      .g_next = take_vecs(r, D),
  };
  for (size_t l = 0; l < kept; ++l) {
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
