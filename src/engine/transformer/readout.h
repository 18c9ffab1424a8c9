/* Predictions of a state, and the way back (src/model/transformer/readout.c):
 *   yhat = W_out . f + b_out,  or  sign * f[C - 1],  f = norm_f(h) or h,
 * of the tokens that are read, which are gathered first: R of them, `step`
 * apart, the query's last. */
#ifndef ICLGD_ENGINE_TRANSFORMER_READOUT_H
#define ICLGD_ENGINE_TRANSFORMER_READOUT_H

#include "engine/transformer/pass.h"

typedef struct readout {
  size_t R, first, step;
  bool norms;        /* whether the norm stands before it */
  const real *other; /* (C + 1) in the place of theta's; NULL: none */
  real sign;
  tokens h, f, g, xh, moments; /* (R, C), moments (R, 2) */
  tokens slope;                /* (R, 1) dL/dyhat */
} readout;

/* f of the state, in r->f. */
static inline void gather(const pass *p, const readout *r, tokens state) {
  const iclgd_transformer *t = p->shape;
  const span all = {0, r->R};
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t k = 0; k < r->R; ++k)
      copy(token(r->h, c, k), token(state, c, r->first + k * r->step),
           t->width);
  const norm n = norm_of(&p->arrays, ICLGD_FINAL_GAIN);
  if (r->norms)
    norm_forward(r->f, r->moments, r->h, &n, all);
  else
    set_tokens(r->f, r->h, 1, all, t->width);
}

/* yhat (R, 1) */
static inline void read_forward(tokens yhat, const pass *p, const readout *r,
                                tokens state) {
  const size_t C = p->shape->width;
  const real *W = r->other ? r->other : parameter(&p->arrays, ICLGD_W_OUT);
  const real *b = r->other ? r->other + C : parameter(&p->arrays, ICLGD_B_OUT);
  gather(p, r, state);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t k = 0; k < r->R; ++k) {
      const vec *f = token(r->f, c, k);
      vec sum = b ? splat(*b) : (vec){0};
      for (size_t j = 0; W && j < C; ++j) sum = madd(f[j], splat(W[j]), sum);
      *token(yhat, c, k) = W ? sum : (vec)(sum + f[C - 1] * splat(r->sign));
    }
}

/* dW_out and db_out += ; df to r->g. */
static inline void back_to_f(const pass *p, const readout *r) {
  const size_t C = p->shape->width;
  const span all = {0, r->R};
  const real *W = parameter(&p->arrays, ICLGD_W_OUT);
  real *dW = parameter_slope(&p->arrays, ICLGD_W_OUT);
  real *db = parameter_slope(&p->arrays, ICLGD_B_OUT);
  if (dW) add_gradient_of(dW, C, r->slope, r->f, all, 1, C);
  if (db) add_sums(db, r->slope, NULL, all, 1);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t k = 0; k < r->R; ++k) {
      const vec slope = *token(r->slope, c, k);
      vec *g = token(r->g, c, k);
      for (size_t j = 0; j < C; ++j)
        g[j] = W ? (vec)(slope * splat(W[j])) : (vec){0};
      if (!W) g[C - 1] = slope * splat(r->sign);
    }
}

/* d += from r->slope at this state. */
static inline void read_backward(const pass *p, const readout *r,
                                 tokens state) {
  const size_t C = p->shape->width;
  const span all = {0, r->R};
  gather(p, r, state);
  back_to_f(p, r);
  if (p->shape->final_norm) {
    const norm n = norm_of(&p->arrays, ICLGD_FINAL_GAIN);
    norm_backward(r->g, parameter_slope(&p->arrays, ICLGD_FINAL_GAIN),
                  parameter_slope(&p->arrays, ICLGD_FINAL_BIAS), r->g, r->h,
                  r->moments, r->xh, &n, all, SET);
  }
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t k = 0; k < r->R; ++k) {
      const vec *g = token(r->g, c, k);
      vec *d = token(p->work.d, c, r->first + k * r->step);
      for (size_t j = 0; j < C; ++j) d[j] += g[j];
    }
}

#endif /* ICLGD_ENGINE_TRANSFORMER_READOUT_H */
