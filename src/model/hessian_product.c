/* The Hessian of one prompt's loss times a vector (iclgd/hessian.h): by the
 * architecture's second derivatives, and where it has none J_l . v is read from
 * the gradient of each prediction that is in the loss; the second derivative
 * from the gradient of sum_l slope_l yhat_l, slopes fixed, at theta + k h v, k
 * = -2, -1, 1, 2 (error of order h^4). */
#include <iclgd/hessian.h>

#include <iclgd/architecture.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "model/loss.h"

struct iclgd_hessian_tape {
  iclgd_tape
      *curved;   /* where there are second derivatives; else what follows */
  void *scratch; /* the architecture's */
  double *prediction; /* (depth + 1) */
  double *slope;      /* (2, depth + 1): of the loss; of what is asked for */
  double *theta;      /* (size) moved */
  double *gradient;   /* (size) */
};

iclgd_status iclgd_hessian_tape_create(const iclgd_model *model, size_t n,
                                       iclgd_arena *arena,
                                       iclgd_hessian_tape **out,
                                       iclgd_error *err) {
  const size_t rows = iclgd_model_depth(model) + 1;
  if (!model->architecture->backward)
    return iclgd_fail(err, ICLGD_ERANGE, "the model has no gradient");
  iclgd_hessian_tape *t = iclgd_arena_take(arena, 1, sizeof *t);
  if (!t) return iclgd_fail_memory(err, "the Hessian's scratch");
  *out = t;
  if (iclgd_model_has_hessian(model))
    return iclgd_tape_create_curved(model, n, arena, &t->curved, err);
  t->prediction = iclgd_arena_reals(arena, rows, 1, 1);
  t->slope = iclgd_arena_reals(arena, 2, rows, 1);
  t->theta = iclgd_arena_reals(arena, model->size, 1, 1);
  t->gradient = iclgd_arena_reals(arena, model->size, 1, 1);
  TRY(iclgd_arena_status(arena, err, "the Hessian's scratch"));
  return model->architecture->scratch(model, n, arena, &t->scratch, err);
}

/* The loss and its slopes; INFINITY where it is not finite. */
static double set_slopes(const iclgd_pass *pass, const iclgd_loss *loss,
                         iclgd_hessian_tape *t) {
  const size_t depth = iclgd_model_depth(pass->model);
  double sum = 0;
  pass->model->architecture->forward(pass, t->prediction);
  for (size_t l = 0; l <= depth; ++l) {
    const double error = t->prediction[l] - pass->prompt->y_query;
    t->slope[l] = 0;
    if (loss->c[l] == 0) continue;
    if (iclgd_overflows(error, loss->guard)) return INFINITY;
    sum += loss->c[l] * iclgd_rho(error, loss->guard);
    t->slope[l] = 2 * loss->c[l] * iclgd_guarded(error, loss->guard);
  }
  return isfinite(sum) ? sum : INFINITY;
}

/* outer += sum_l c_l rho'' J_l (J_l . v), after forward. */
static void add_outer(const iclgd_pass *pass, const iclgd_loss *loss,
                      iclgd_hessian_tape *t, const double *v, double *outer) {
  const size_t rows = iclgd_model_depth(pass->model) + 1;
  const size_t size = pass->model->size;
  double *one = t->slope + rows;
  for (size_t l = 0; l < rows; ++l) {
    const double error = t->prediction[l] - pass->prompt->y_query;
    const bool is_square = !(loss->guard > 0) || fabs(error) <= loss->guard;
    if (loss->c[l] == 0 || !is_square) continue;
    memset(one, 0, rows * sizeof *one);
    memset(t->gradient, 0, size * sizeof *t->gradient);
    one[l] = 1;
    pass->model->architecture->backward(pass, one, t->gradient, NULL);
    const double factor = 2 * loss->c[l] * iclgd_dot(t->gradient, v, size);
    for (size_t i = 0; i < size; ++i) outer[i] += factor * t->gradient[i];
  }
}

/* A step that moves theta by a thousandth of its size. */
static double step_along(const double *theta, const double *v, size_t size) {
  double most = 0, along = 0;
  for (size_t i = 0; i < size; ++i) {
    most = fmax(most, fabs(theta[i]));
    along = fmax(along, fabs(v[i]));
  }
  return 1e-3 * fmax(most, 0.1) / along;
}

static void add_functional(const iclgd_pass *pass, iclgd_hessian_tape *t,
                           const double *v, double *functional) {
  static const double at[] = {-2, -1, 1, 2};
  static const double weight[] = {1. / 12, -2. / 3, 2. / 3, -1. / 12};
  const size_t size = pass->model->size;
  const double h = step_along(pass->theta, v, size);
  iclgd_pass moved = *pass;
  moved.theta = t->theta;
  if (!isfinite(h)) return; /* v = 0 */
  for (size_t k = 0; k < 4; ++k) {
    for (size_t i = 0; i < size; ++i)
      t->theta[i] = pass->theta[i] + at[k] * h * v[i];
    memset(t->gradient, 0, size * sizeof *t->gradient);
    moved.model->architecture->forward(&moved, t->prediction);
    moved.model->architecture->backward(&moved, t->slope, t->gradient, NULL);
    for (size_t i = 0; i < size; ++i)
      functional[i] += weight[k] / h * t->gradient[i];
  }
}

static double add_by_differences(const iclgd_pass *pass, const iclgd_loss *loss,
                                 iclgd_hessian_tape *tape, const double *v,
                                 double *outer, double *functional) {
  const double value = set_slopes(pass, loss, tape);
  if (isinf(value)) return value;
  if (outer) add_outer(pass, loss, tape, v, outer);
  if (functional) add_functional(pass, tape, v, functional);
  return value;
}

double iclgd_model_hessian_product(const iclgd_model *model,
                                   const double *theta,
                                   const iclgd_prompt *prompt,
                                   const iclgd_loss *loss,
                                   iclgd_hessian_tape *tape, const double *v,
                                   double *outer, double *functional) {
  const iclgd_pass pass = {.model = model,
                           .theta = theta,
                           .prompt = prompt,
                           .x = prompt->x_query,
                           .count = 1,
                           .scratch = tape->scratch};
  if (tape->curved)
    return iclgd_model_hessian(model, theta, prompt, loss, v, tape->curved,
                               outer, functional);
  return add_by_differences(&pass, loss, tape, v, outer, functional);
}

void iclgd_model_hessian_products(const iclgd_model *model, const double *theta,
                                  const iclgd_prompt *prompt,
                                  const iclgd_loss *loss,
                                  iclgd_hessian_tape *tape, const double *V,
                                  size_t count, double *outer,
                                  double *functional) {
  const size_t size = model->size;
  if (tape->curved) {
    iclgd_model_hessians(model, theta, prompt, loss, V, count, tape->curved,
                         outer, functional);
    return;
  }
  for (size_t k = 0; k < count; ++k)
    iclgd_model_hessian_product(model, theta, prompt, loss, tape, V + k * size,
                                outer ? outer + k * size : NULL,
                                functional ? functional + k * size : NULL);
}
