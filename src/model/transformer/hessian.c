/* Second derivatives of a transformer in theta, by the complex step (number.h):
 * forward at theta + i h v gives predictions and, over h, their derivatives
 * along v; backward from slope + i h dslope the gradient and what it changes
 * by. This file and the parts it calls are compiled with complex numbers. */
#include "model/transformer/hessian.h"

#include <string.h>

#include "model/transformer/pass.h"

typedef struct curved_scratch {
  iclgd_transformer_scratch *parts;
  number *theta, *dtheta; /* (size) */
  number *rows;           /* predictions or slopes of a pass */
} curved_scratch;

iclgd_status iclgd_transformer_scratch_curved(const iclgd_model *model,
                                              size_t n, iclgd_arena *arena,
                                              void **out, iclgd_error *err) {
  const size_t queries = iclgd_model_queries(model);
  const size_t columns = queries > n + 1 ? queries : n + 1;
  void *parts;
  TRY(iclgd_transformer_scratch_create(model, n, arena, &parts, err));
  curved_scratch *s = iclgd_arena_take(arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the model's scratch");
  *s = (curved_scratch){
      .parts = parts,
      .theta = iclgd_arena_numbers(arena, model->size, 1, 1),
      .dtheta = iclgd_arena_numbers(arena, model->size, 1, 1),
      .rows =
          iclgd_arena_numbers(arena, iclgd_model_depth(model) + 1, columns, 1),
  };
  *out = s;
  return iclgd_arena_status(arena, err, "the model's scratch");
}

/* The pass of the parts. */
static iclgd_pass inner_of(const iclgd_pass *pass) {
  const curved_scratch *s = pass->scratch;
  iclgd_pass inner = *pass;
  inner.scratch = s->parts;
  s->parts->theta = s->theta;
  return inner;
}

static iclgd_pass inner_along(const iclgd_pass *pass, const double *v) {
  const curved_scratch *s = pass->scratch;
  for (size_t i = 0; i < pass->model->size; ++i)
    s->theta[i] = iclgd_number(pass->theta[i], ICLGD_COMPLEX_STEP * v[i]);
  return inner_of(pass);
}

static void split(const iclgd_pass *pass, size_t columns, double *prediction,
                  double *tangent) {
  const curved_scratch *s = pass->scratch;
  const size_t size = (iclgd_model_depth(pass->model) + 1) * columns;
  for (size_t i = 0; i < size; ++i) {
    prediction[i] = creal(s->rows[i]);
    tangent[i] = cimag(s->rows[i]) / ICLGD_COMPLEX_STEP;
  }
}

static void join(const iclgd_pass *pass, size_t columns, const double *slope,
                 const double *dslope) {
  const curved_scratch *s = pass->scratch;
  const size_t size = (iclgd_model_depth(pass->model) + 1) * columns;
  for (size_t i = 0; i < size; ++i)
    s->rows[i] = iclgd_number(slope ? slope[i] : 0,
                              dslope ? ICLGD_COMPLEX_STEP * dslope[i] : 0);
  memset(s->dtheta, 0, pass->model->size * sizeof *s->dtheta);
}

static void add_moved(const iclgd_pass *pass, double *out) {
  const curved_scratch *s = pass->scratch;
  for (size_t i = 0; i < pass->model->size; ++i)
    out[i] += cimag(s->dtheta[i]) / ICLGD_COMPLEX_STEP;
}

void iclgd_transformer_tangent(const iclgd_pass *pass, const double *direction,
                               double *prediction, double *tangent) {
  const curved_scratch *s = pass->scratch;
  const iclgd_pass inner = inner_along(pass, direction);
  iclgd_transformer_forward(&inner, s->rows);
  split(pass, pass->count, prediction, tangent);
}

void iclgd_transformer_hessian(const iclgd_pass *pass, const double *slope,
                               const double *dslope, double *out) {
  const curved_scratch *s = pass->scratch;
  const iclgd_pass inner = inner_of(pass);
  join(pass, pass->count, slope, dslope);
  iclgd_transformer_backward(&inner, s->rows, s->dtheta, NULL);
  add_moved(pass, out);
}

void iclgd_transformer_tangent_by_context(const iclgd_pass *pass,
                                          const double *direction,
                                          double *prediction, double *tangent) {
  const curved_scratch *s = pass->scratch;
  const iclgd_pass inner = inner_along(pass, direction);
  iclgd_transformer_by_context(&inner, s->rows);
  split(pass, pass->prompt->n + 1, prediction, tangent);
}

void iclgd_transformer_hessian_by_context(const iclgd_pass *pass,
                                          const double *slope,
                                          const double *dslope, double *out) {
  const curved_scratch *s = pass->scratch;
  const iclgd_pass inner = inner_of(pass);
  join(pass, pass->prompt->n + 1, slope, dslope);
  iclgd_transformer_backward_by_context(&inner, s->rows, s->dtheta);
  add_moved(pass, out);
}
