/* Second derivatives of models that descend along several directions at once,
 * for whole Hessians: what is the same along all of them (S, b, A, w, r, u) is
 * computed once a prompt, and directions stand side by side (descent_lanes.h).
 * Equations as in descent_hessian.c. */
#include <assert.h>
#include <string.h>

#include <iclgd/linear.h>

#include "math/dense.h"
#include "model/linear/descent_lanes.h"
#include "model/linear/hessian.h"

struct iclgd_descent_directions {
  const iclgd_descent_lanes *kernels;
  double *S, *b, *u, *u_of_A, *square; /* (d, d) or (d) */
  double *A, *dA, *G;                  /* by layer; dA and G in lanes */
  double *w, *r, *dw, *dr;             /* by block; dw and dr in lanes */
  double *du, *work;                   /* (d, LANES) */
};

static const iclgd_descent_lanes *kernels(void) {
#if defined(__x86_64__)
  switch (iclgd_isa_best()) {
    case ICLGD_ISA_V4:
      return &iclgd_descent_lanes_v4;
    case ICLGD_ISA_V3:
      return &iclgd_descent_lanes_v3;
    case ICLGD_ISA_BASE:
      break;
  }
#endif
  return &iclgd_descent_lanes_base;
}

/* Whole Hessians are of few parameters: elsewhere no memory is kept for it. */
bool iclgd_descent_has_directions(const iclgd_model *model) {
  enum { MOST = 1 << 14 };
  return model->linear && iclgd_model_descends(model) &&
         model->layers * model->d * model->d <= MOST;
}

iclgd_status iclgd_descent_directions_create(const iclgd_model *model,
                                             iclgd_arena *arena,
                                             iclgd_descent_directions **out,
                                             iclgd_error *err) {
  const size_t d = model->d, layers = model->layers;
  const size_t rows = iclgd_model_depth(model) + 1;
  iclgd_descent_directions *s = iclgd_arena_take(arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the model's scratch");
  *s = (iclgd_descent_directions){
      .kernels = kernels(),
      .S = iclgd_arena_reals(arena, d, d, 1),
      .b = iclgd_arena_reals(arena, d, 1, 1),
      .u = iclgd_arena_reals(arena, d, 1, 1),
      .u_of_A = iclgd_arena_reals(arena, d, 1, 1),
      .square = iclgd_arena_reals(arena, d, d, 1),
      .A = iclgd_arena_reals(arena, layers, d, d),
      .dA = iclgd_arena_reals(arena, layers, d * d, LANES),
      .G = iclgd_arena_reals(arena, layers, d * d, LANES),
      .w = iclgd_arena_reals(arena, rows, d, 1),
      .r = iclgd_arena_reals(arena, rows, d, 1),
      .dw = iclgd_arena_reals(arena, rows, d, LANES),
      .dr = iclgd_arena_reals(arena, rows, d, LANES),
      .du = iclgd_arena_reals(arena, d, LANES, 1),
      .work = iclgd_arena_reals(arena, d, LANES, 1),
  };
  *out = s;
  return iclgd_arena_status(arena, err, "the model's scratch");
}

static iclgd_lane_layer layer_at(const iclgd_pass *pass,
                                 const iclgd_descent_directions *s, size_t l) {
  const size_t d = pass->model->d, layer = l % pass->model->layers;
  return (iclgd_lane_layer){.d = d,
                            .A = s->A + layer * d * d,
                            .dA = s->dA + layer * d * d * LANES,
                            .S = s->S};
}

/* Lanes beyond `count` stay zero, and all they move by. */
static void load(const iclgd_pass *pass, const double *directions, size_t count,
                 iclgd_descent_directions *s) {
  const iclgd_model *model = pass->model;
  const size_t d = model->d, area = d * d;
  memset(s->dA, 0, model->layers * area * LANES * sizeof *s->dA);
  for (size_t l = 0; l < model->layers; ++l) {
    iclgd_linear_A(model, pass->theta, l, s->A + l * area, NULL);
    for (size_t k = 0; k < count; ++k) {
      iclgd_linear_A(model, directions + k * model->size, l, s->square, NULL);
      for (size_t i = 0; i < area; ++i)
        s->dA[(l * area + i) * LANES + k] = s->square[i];
    }
  }
}

static void run_block(const iclgd_pass *pass, size_t l,
                      iclgd_descent_directions *s) {
  const size_t d = pass->model->d;
  const iclgd_lane_layer layer = layer_at(pass, s, l);
  const double *w = s->w + l * d;
  double *r = s->r + l * d, *next = s->w + (l + 1) * d;
  memcpy(r, s->b, d * sizeof *r);
  iclgd_add_product(1, d, d, -1, (iclgd_factor){w, d, false},
                    (iclgd_factor){s->S, d, false}, r, d);
  memcpy(next, w, d * sizeof *next);
  iclgd_add_product(1, d, d, 1, (iclgd_factor){r, d, false},
                    (iclgd_factor){layer.A, d, true}, next, d);
  s->kernels->forward(&layer, r, s->dw + l * d * LANES, s->dr + l * d * LANES,
                      s->dw + (l + 1) * d * LANES);
}

void iclgd_descent_tangents(const iclgd_pass *pass, const double *directions,
                            size_t count, double *prediction,
                            double *tangents) {
  iclgd_descent_directions *s =
      ((const iclgd_descent_scratch *)pass->scratch)->directions;
  const iclgd_prompt *p = pass->prompt;
  const size_t d = p->d, depth = iclgd_model_depth(pass->model);
  assert(count <= LANES);
  iclgd_context_gram(s->S, s->b, p->x, p->y, p->n, d, p->mean_n);
  load(pass, directions, count, s);
  memset(s->w, 0, d * sizeof *s->w);
  memset(s->dw, 0, d * LANES * sizeof *s->dw);
  for (size_t l = 0; l < depth; ++l) run_block(pass, l, s);
  for (size_t l = 0; l <= depth; ++l) {
    double value = 0, moved[LANES] = {0};
    for (size_t j = 0; j < d; ++j) {
      value += s->w[l * d + j] * pass->x[j];
      for (size_t k = 0; k < LANES; ++k)
        moved[k] += s->dw[(l * d + j) * LANES + k] * pass->x[j];
    }
    prediction[l] = value;
    for (size_t k = 0; k < count; ++k) tangents[k * (depth + 1) + l] = moved[k];
  }
}

/* What the prediction after block l says; of either slope. */
static void read_slopes(const iclgd_pass *pass, size_t l, const double *slope,
                        const double *dslopes, size_t count,
                        iclgd_descent_directions *s) {
  const size_t depth = iclgd_model_depth(pass->model);
  for (size_t j = 0; j < pass->model->d; ++j) {
    if (slope) s->u[j] += slope[l + 1] * pass->x[j];
    for (size_t k = 0; dslopes && k < count; ++k)
      s->du[j * LANES + k] += dslopes[k * (depth + 1) + l + 1] * pass->x[j];
  }
}

/* u <- u - (u A) S */
static void descend(const iclgd_lane_layer *layer,
                    iclgd_descent_directions *s) {
  const size_t d = layer->d;
  memset(s->u_of_A, 0, d * sizeof *s->u_of_A);
  iclgd_add_product(1, d, d, 1, (iclgd_factor){s->u, d, false},
                    (iclgd_factor){layer->A, d, false}, s->u_of_A, d);
  iclgd_add_product(1, d, d, -1, (iclgd_factor){s->u_of_A, d, false},
                    (iclgd_factor){layer->S, d, false}, s->u, d);
}

static void pull_back(const iclgd_pass *pass, size_t count, double *out,
                      const iclgd_descent_directions *s) {
  const iclgd_model *model = pass->model;
  const size_t area = model->d * model->d;
  for (size_t l = 0; l < model->layers; ++l)
    for (size_t k = 0; k < count; ++k) {
      for (size_t i = 0; i < area; ++i)
        s->square[i] = s->G[(l * area + i) * LANES + k];
      iclgd_linear_pull_back_A(model, l, s->square, out + k * model->size);
    }
}

void iclgd_descent_hessians(const iclgd_pass *pass, const double *slope,
                            const double *dslopes, size_t count, double *out) {
  iclgd_descent_directions *s =
      ((const iclgd_descent_scratch *)pass->scratch)->directions;
  const size_t d = pass->model->d, area = d * d;
  memset(s->G, 0, pass->model->layers * area * LANES * sizeof *s->G);
  memset(s->u, 0, d * sizeof *s->u);
  memset(s->du, 0, d * LANES * sizeof *s->du);
  for (size_t l = iclgd_model_depth(pass->model); l-- > 0;) {
    const iclgd_lane_layer layer = layer_at(pass, s, l);
    const double *r = s->r + l * d, *dr = s->dr + l * d * LANES;
    double *G = s->G + l % pass->model->layers * area * LANES;
    read_slopes(pass, l, slope, dslopes, count, s);
    if (!slope) {
      s->kernels->backward(&layer, r, s->du, G, s->work);
      continue;
    }
    s->kernels->backward_of(&layer, r, dr, s->u, s->du, G, s->work);
    descend(&layer, s);
  }
  pull_back(pass, count, out, s);
}
