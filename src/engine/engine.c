/* One group of 16 prompts: drawn in lanes, run forward and backward with the
 * kernels, summed over lanes by a fixed tree. The draws are those of
 * src/prompt/prompt.c, in its order: w_star, x_query, x_1..x_n, noise. */
#include "engine/engine.h"

#include <math.h>
#include <string.h>

#include "base/isa.h"
#include "engine/vector.h"
#include "model/loss.h"

struct iclgd_engine {
  const iclgd_model *model;
  const iclgd_supply *supply;
  const iclgd_descent_kernels *kernels;
  bool plain;    /* F = I: inputs need no transform */
  float *g;      /* (d or n, 16) */
  double *x;     /* (n or 1, d, 16): all inputs only when there is noise */
  double *spare; /* (d, 16) */
  double *task, *x_query, *y_query; /* (d, 16), (d, 16), (16) */
  double *S, *b;                    /* (d, d, 16), (d, 16) */
  double *A, *dA;                   /* (layers, d, d), (layers, d, d, 16) */
  double *w, *r;                    /* (depth + 1, d, 16), (depth, d, 16) */
  double *u, *v;                    /* (d, 16) */
  double *error;                    /* (depth + 1, 16) */
};

const iclgd_descent_kernels *iclgd_descent_best(void) {
  switch (iclgd_isa_best()) {
#if defined(__x86_64__)
    case ICLGD_ISA_V4:
      return &iclgd_descent_v4;
    case ICLGD_ISA_V3:
      return &iclgd_descent_v3;
#endif
    default:
      return &iclgd_descent_base;
  }
}

/* Lanes draw in step: a law that may have to draw again (one feature on the
 * sphere, see src/prompt/prompt.c) or that draws integers is not served. */
bool iclgd_engine_serves(const iclgd_model *model, const iclgd_supply *supply) {
  const iclgd_distribution *dist = supply->dist;
  if (supply->fixed || dist->table || dist->rotate_per_prompt) return false;
  if (dist->x_law == ICLGD_X_SPHERE && dist->d == 1) return false;
  return iclgd_family_is_descent(model->family) &&
         (dist->w_law == ICLGD_W_NORMAL ||
          dist->w_law == ICLGD_W_INVERSE_COVARIANCE);
}

static bool is_identity(const double *F, size_t d) {
  for (size_t i = 0; i < d * d; ++i)
    if (F[i] != (i / d == i % d ? 1 : 0)) return false;
  return true;
}

iclgd_status iclgd_engine_create(const iclgd_model *model,
                                 const iclgd_supply *supply,
                                 const iclgd_descent_kernels *kernels,
                                 iclgd_arena *arena, iclgd_engine **out,
                                 iclgd_error *err) {
  const iclgd_distribution *dist = supply->dist;
  const size_t d = dist->d, n = dist->n, layers = model->layers;
  const size_t depth = iclgd_model_depth(model);
  const size_t kept = dist->noise > 0 ? n : 1;
  iclgd_engine *e = iclgd_arena_take(arena, 1, sizeof *e);
  if (!e) return iclgd_fail_memory(err, "the engine");
  *e = (iclgd_engine){
      .model = model,
      .supply = supply,
      .kernels = kernels,
      .plain = is_identity(dist->F, d),
      .g = iclgd_arena_take(arena, (d > n ? d : n) * LANES, sizeof *e->g),
      .x = iclgd_arena_reals(arena, kept, d, LANES),
      .spare = iclgd_arena_reals(arena, d, LANES, 1),
      .task = iclgd_arena_reals(arena, d, LANES, 1),
      .x_query = iclgd_arena_reals(arena, d, LANES, 1),
      .y_query = iclgd_arena_reals(arena, LANES, 1, 1),
      .S = iclgd_arena_reals(arena, d, d, LANES),
      .b = iclgd_arena_reals(arena, d, LANES, 1),
      .A = iclgd_arena_reals(arena, layers, d, d),
      .dA = iclgd_arena_reals(arena, layers * d, d, LANES),
      .w = iclgd_arena_reals(arena, depth + 1, d, LANES),
      .r = iclgd_arena_reals(arena, depth, d, LANES),
      .u = iclgd_arena_reals(arena, d, LANES, 1),
      .v = iclgd_arena_reals(arena, d, LANES, 1),
      .error = iclgd_arena_reals(arena, depth + 1, LANES, 1),
  };
  if (!e->g || !e->x || !e->spare || !e->task || !e->x_query || !e->y_query ||
      !e->S || !e->b || !e->A || !e->dA || !e->w || !e->r || !e->u || !e->v ||
      !e->error)
    return iclgd_fail_memory(err, "the engine");
  *out = e;
  return ICLGD_OK;
}

static void fill(double *out, double value) {
  for (size_t l = 0; l < LANES; ++l) out[l] = value;
}

static void draw_task(iclgd_engine *e, iclgd_lanes *lanes) {
  const iclgd_distribution *dist = e->supply->dist;
  const size_t d = dist->d;
  double factor[LANES];
  iclgd_lanes_normals(e->g, lanes, d);
  if (dist->w_law == ICLGD_W_NORMAL) {
    fill(factor, dist->w_scale);
    e->kernels->scale(e->task, factor, e->g, d);
    return;
  }
  fill(factor, dist->w_scale / sqrt(dist->x_variance));
  e->kernels->scale(e->spare, factor, e->g, d);
  e->kernels->transform(e->task, dist->G, e->spare, d);
}

/* One input of every lane, x (d, 16) = F g. */
static void draw_input(iclgd_engine *e, iclgd_lanes *lanes, double *x) {
  const iclgd_distribution *dist = e->supply->dist;
  const size_t d = dist->d;
  double factor[LANES];
  fill(factor, dist->x_scale);
  if (dist->x_law == ICLGD_X_UNIFORM)
    iclgd_lanes_uniforms(e->g, lanes, d);
  else
    iclgd_lanes_normals(e->g, lanes, d);
  if (dist->x_law == ICLGD_X_SPHERE)
    for (size_t l = 0; l < LANES; ++l) {
      double squares = 0;
      for (size_t i = 0; i < d; ++i) {
        const double value = (double)e->g[i * LANES + l];
        squares += value * value;
      }
      factor[l] = dist->x_scale * sqrt((double)d / squares);
    }
  if (e->plain) {
    e->kernels->scale(x, factor, e->g, d);
    return;
  }
  e->kernels->scale(e->spare, factor, e->g, d);
  e->kernels->transform(x, dist->F, e->spare, d);
}

/* b = S w_star + (1/n) sum noise_i x_i */
static void add_labels(iclgd_engine *e, iclgd_lanes *lanes) {
  const iclgd_distribution *dist = e->supply->dist;
  const size_t d = dist->d, n = dist->n;
  e->kernels->multiply(e->b, e->S, e->task, d);
  if (!(dist->noise > 0)) return;
  iclgd_lanes_normals(e->g, lanes, n);
  for (size_t i = 0; i < n; ++i) {
    double a[LANES];
    for (size_t l = 0; l < LANES; ++l)
      a[l] = dist->noise / (double)n * (double)e->g[i * LANES + l];
    e->kernels->add_scaled(e->b, a, e->x + i * d * LANES, d);
  }
}

/* Lanes beyond `count` become zero: no data, no loss, no gradient. */
static void clear_lanes(double *array, size_t rows, size_t count) {
  for (size_t i = 0; i < rows; ++i)
    for (size_t l = count; l < LANES; ++l) array[i * LANES + l] = 0;
}

static void draw_group(iclgd_engine *e, uint64_t group, size_t count) {
  const iclgd_distribution *dist = e->supply->dist;
  const size_t d = dist->d, n = dist->n;
  iclgd_lanes lanes;
  iclgd_lanes_seed(&lanes, dist->seed, e->supply->stream, group);
  draw_task(e, &lanes);
  draw_input(e, &lanes, e->x_query);
  memset(e->S, 0, d * d * LANES * sizeof *e->S);
  for (size_t i = 0; i < n; ++i) {
    double *x = e->x + (dist->noise > 0 ? i * d * LANES : 0);
    draw_input(e, &lanes, x);
    e->kernels->add_outer(e->S, x, d);
  }
  e->kernels->finish(e->S, 1 / (double)n, d);
  add_labels(e, &lanes);
  e->kernels->dot(e->y_query, e->task, e->x_query, d);
  if (count == LANES) return;
  clear_lanes(e->S, d * d, count);
  clear_lanes(e->b, d, count);
  clear_lanes(e->x_query, d, count);
  clear_lanes(e->y_query, 1, count);
}

static double sum_lanes(const double *in) {
  double t[LANES];
  memcpy(t, in, sizeof t);
  for (size_t stride = LANES / 2; stride > 0; stride /= 2)
    for (size_t l = 0; l < stride; ++l) t[l] += t[l + stride];
  return t[0];
}

/* Forward through `depth` blocks; the sum of the losses. error[l] = yhat_l -
 * y_query of the readouts in the loss. Lanes that overflow under a guard are
 * marked in `out` and have no part in the sum. */
static double forward(iclgd_engine *e, const iclgd_loss *lost, size_t depth,
                      bool out[LANES]) {
  const size_t d = e->model->d, row = d * LANES;
  double loss[LANES] = {0};
  memset(e->w, 0, row * sizeof *e->w);
  for (size_t l = 0; l < e->model->layers; ++l)
    iclgd_model_preconditioner(e->model, l, e->A + l * d * d, NULL);
  for (size_t l = 0; l < depth; ++l)
    e->kernels->forward(e->w + (l + 1) * row, e->r + l * row, e->w + l * row,
                        e->A + l % e->model->layers * d * d, e->S, e->b, d);
  for (size_t l = 0; l <= depth; ++l) {
    if (lost->c[l] == 0) continue;
    double *error = e->error + l * LANES;
    e->kernels->dot(error, e->w + l * row, e->x_query, d);
    for (size_t k = 0; k < LANES; ++k) {
      error[k] -= e->y_query[k];
      out[k] |= iclgd_overflows(error[k], lost->guard);
      loss[k] += lost->c[l] * iclgd_rho(error[k], lost->guard);
    }
  }
  for (size_t k = 0; k < LANES; ++k)
    if (out[k]) loss[k] = 0;
  return sum_lanes(loss);
}

static void backward(iclgd_engine *e, const iclgd_loss *loss, size_t depth) {
  const iclgd_model *model = e->model;
  const size_t d = model->d, row = d * LANES;
  memset(e->u, 0, row * sizeof *e->u);
  memset(e->dA, 0, model->layers * d * row * sizeof *e->dA);
  for (size_t l = depth; l-- > 0;) {
    const size_t at = l % model->layers * d * d;
    const double c = loss->c[l + 1];
    double slope[LANES];
    for (size_t k = 0; c != 0 && k < LANES; ++k)
      slope[k] =
          2 * c * iclgd_guarded(e->error[(l + 1) * LANES + k], loss->guard);
    if (c != 0) e->kernels->add_scaled(e->u, slope, e->x_query, d);
    e->kernels->backward(e->u, e->dA + at * LANES, e->v, e->r + l * row,
                         e->A + at, e->S, d);
  }
}

static void add_gradient(const iclgd_engine *e, double *gradient) {
  const iclgd_model *model = e->model;
  const size_t d = model->d;
  for (size_t l = 0; l < model->layers; ++l)
    for (size_t i = 0; i < d; ++i)
      for (size_t j = 0; j < d; ++j) {
        if (model->family != ICLGD_GD && i != j) continue;
        const size_t slot = model->family == ICLGD_GD       ? i * d + j
                            : model->family == ICLGD_SCALAR ? 0
                                                            : i;
        gradient[l * model->layer_size + slot] +=
            sum_lanes(e->dA + ((l * d + i) * d + j) * LANES);
      }
}

/* The gradient of a lane that overflows is dropped, whatever it holds. */
static size_t drop_lanes(iclgd_engine *e, const bool out[LANES]) {
  const size_t rows = e->model->layers * e->model->d * e->model->d;
  size_t dropped = 0;
  for (size_t k = 0; k < LANES; ++k) {
    if (!out[k]) continue;
    ++dropped;
    for (size_t i = 0; i < rows; ++i) e->dA[i * LANES + k] = 0;
  }
  return dropped;
}

double iclgd_engine_group(iclgd_engine *engine, const iclgd_loss *loss,
                          uint64_t group, size_t count, double *gradient,
                          double *zero_loss, size_t *dropped) {
  const size_t depth = iclgd_loss_depth(loss, iclgd_model_depth(engine->model));
  double squares[LANES];
  bool out[LANES] = {false};
  draw_group(engine, group, count);
  for (size_t l = 0; l < LANES; ++l)
    squares[l] = engine->y_query[l] * engine->y_query[l];
  *zero_loss = sum_lanes(squares);
  const double sum = forward(engine, loss, depth, out);
  if (gradient) backward(engine, loss, depth);
  *dropped = drop_lanes(engine, out);
  if (gradient) add_gradient(engine, gradient);
  return sum;
}
