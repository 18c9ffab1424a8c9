/* The Hessian of a prompt's loss L = sum_l c_l rho(e_l), e_l = yhat_l -
 * y_query, in theta, times a direction v: H v = sum_l c_l rho''(e_l) (J_l v)
 * J_l + sum_l c_l rho'(e_l) (dJ_l/dtheta) v with J_l = dyhat_l / dtheta: the
 * outer product (Gauss-Newton) and the functional part, from one pass forward
 * with tangents (Pearlmutter 1994) and one backward for each. */
#include <assert.h>

#include "model/loss.h"
#include "model/tape.h"

/* Of predictions (rows, depth + 1): all arrays have their shape. */
typedef struct curve {
  double *prediction, *tangent, *slope, *dslope;
} curve;

bool iclgd_model_has_hessian(const iclgd_model *model) {
  return model->architecture->hessian != NULL;
}

iclgd_status iclgd_tape_create_curved(const iclgd_model *model, size_t n,
                                      iclgd_arena *arena, iclgd_tape **out,
                                      iclgd_error *err) {
  assert(iclgd_model_has_hessian(model));
  TRY(iclgd_tape_create(model, n, arena, out, err));
  iclgd_tape *t = *out;
  const size_t rows = n + 1 > ICLGD_DIRECTIONS ? n + 1 : ICLGD_DIRECTIONS;
  t->rows = iclgd_arena_reals(arena, 4, rows, iclgd_model_depth(model) + 1);
  if (!t->rows) return iclgd_fail_memory(err, "the model's scratch");
  return model->architecture->scratch_curved(model, n, arena, &t->curved, err);
}

static curve curve_of(const iclgd_tape *tape, size_t rows, size_t depth) {
  const size_t size = rows * (depth + 1);
  return (curve){tape->rows, tape->rows + size, tape->rows + 2 * size,
                 tape->rows + 3 * size};
}

static iclgd_pass pass_of(const iclgd_model *model, const double *theta,
                          const iclgd_prompt *prompt, const iclgd_tape *tape) {
  assert(tape->curved && prompt->n <= tape->n_max);
  return (iclgd_pass){.model = model,
                      .theta = theta,
                      .prompt = prompt,
                      .x = prompt->x_query,
                      .count = 1,
                      .scratch = tape->curved};
}

/* Slopes of `share` times the loss of row k, and what they change by. */
static double bend(const iclgd_loss *loss, size_t depth, size_t k,
                   double y_query, double share, const curve *at) {
  double sum = 0;
  for (size_t l = 0; l <= depth; ++l) {
    const size_t i = k * (depth + 1) + l;
    const double error = at->prediction[i] - y_query, c = share * loss->c[l];
    at->slope[i] = at->dslope[i] = 0;
    if (c == 0) continue;
    if (iclgd_overflows(error, loss->guard)) return INFINITY;
    sum += c * iclgd_rho(error, loss->guard);
    at->slope[i] = 2 * c * iclgd_guarded(error, loss->guard);
    at->dslope[i] =
        c * iclgd_rho_curvature(error, loss->guard) * at->tangent[i];
  }
  return sum;
}

/* Of the last query alone, whose loss counts as `share`. */
static double add_query(const iclgd_pass *pass, const iclgd_loss *loss,
                        double share, const double *v, const iclgd_tape *tape,
                        double *outer, double *functional) {
  const iclgd_architecture *architecture = pass->model->architecture;
  const size_t depth = iclgd_model_depth(pass->model);
  const curve at = curve_of(tape, 1, depth);
  architecture->tangent(pass, v, at.prediction, at.tangent);
  const double value = bend(loss, depth, 0, pass->prompt->y_query, share, &at);
  if (loss->guard > 0 && isinf(value)) return value;
  if (outer) architecture->hessian(pass, NULL, at.dslope, outer);
  if (functional) architecture->hessian(pass, at.slope, NULL, functional);
  return value;
}

/* Of all context lengths in one pass. */
static double add_in_one_pass(const iclgd_pass *pass, const iclgd_loss *loss,
                              const double *v, const iclgd_tape *tape,
                              double *outer, double *functional) {
  const iclgd_architecture *architecture = pass->model->architecture;
  const iclgd_prompt *prompt = pass->prompt;
  const size_t n = prompt->n, depth = iclgd_model_depth(pass->model);
  const curve at = curve_of(tape, n + 1, depth);
  double value = 0;
  architecture->tangent_by_context(pass, v, at.prediction, at.tangent);
  for (size_t k = 0; k <= n; ++k)
    value += bend(loss, depth, k, k < n ? prompt->y[k] : prompt->y_query,
                  1 / (double)(n + 1), &at);
  if (loss->guard > 0 && isinf(value)) return value;
  if (outer) architecture->hessian_by_context(pass, NULL, at.dslope, outer);
  if (functional)
    architecture->hessian_by_context(pass, at.slope, NULL, functional);
  return value;
}

double iclgd_model_hessian(const iclgd_model *model, const double *theta,
                           const iclgd_prompt *prompt, const iclgd_loss *loss,
                           const double *v, iclgd_tape *tape, double *outer,
                           double *functional) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  return add_query(&pass, loss, 1, v, tape, outer, functional);
}

/* Up to ICLGD_DIRECTIONS directions at a time. */
static void add_directions(const iclgd_pass *pass, const iclgd_loss *loss,
                           const double *V, size_t count,
                           const iclgd_tape *tape, double *outer,
                           double *functional) {
  const iclgd_architecture *architecture = pass->model->architecture;
  const size_t depth = iclgd_model_depth(pass->model);
  const curve at = curve_of(tape, count, depth);
  const double y = pass->prompt->y_query;
  double value = 0;
  architecture->tangents(pass, V, count, at.prediction, at.tangent);
  for (size_t k = 0; k < count; ++k) {
    const size_t row = k * (depth + 1);
    const curve along = {at.prediction, at.tangent + row, at.slope,
                         at.dslope + row};
    value = bend(loss, depth, 0, y, 1, &along);
  }
  if (loss->guard > 0 && isinf(value)) return;
  if (outer) architecture->hessians(pass, NULL, at.dslope, count, outer);
  if (functional)
    architecture->hessians(pass, at.slope, NULL, count, functional);
}

void iclgd_model_hessians(const iclgd_model *model, const double *theta,
                          const iclgd_prompt *prompt, const iclgd_loss *loss,
                          const double *V, size_t count, iclgd_tape *tape,
                          double *outer, double *functional) {
  const iclgd_architecture *architecture = model->architecture;
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  const bool together =
      architecture->has_directions && architecture->has_directions(model);
  for (size_t done = 0, some; done < count; done += some) {
    const size_t left = count - done, at = done * model->size;
    double *out = outer ? outer + at : NULL;
    double *of_slope = functional ? functional + at : NULL;
    some = !together ? 1 : left < ICLGD_DIRECTIONS ? left : ICLGD_DIRECTIONS;
    if (together)
      add_directions(&pass, loss, V + at, some, tape, out, of_slope);
    else
      add_query(&pass, loss, 1, V + at, tape, out, of_slope);
  }
}

static bool goes_in_one_pass(const iclgd_model *model) {
  const iclgd_architecture *a = model->architecture;
  return a->tangent_by_context && a->is_causal(model);
}

double iclgd_model_hessian_by_context(const iclgd_model *model,
                                      const double *theta,
                                      const iclgd_prompt *prompt,
                                      const iclgd_loss *loss, const double *v,
                                      iclgd_tape *tape, double *outer,
                                      double *functional) {
  const iclgd_pass whole = pass_of(model, theta, prompt, tape);
  const size_t n = prompt->n;
  double sum = 0;
  assert(prompt->mean_n == n);
  if (goes_in_one_pass(model))
    return add_in_one_pass(&whole, loss, v, tape, outer, functional);
  /* A prompt that overflows anywhere adds nothing. */
  if (loss->guard > 0 && isinf(iclgd_model_gradient_by_context(
                             model, theta, prompt, loss, tape, NULL)))
    return INFINITY;
  for (size_t k = 0; k <= n; ++k) {
    const iclgd_prompt first = iclgd_prompt_first(prompt, k);
    const iclgd_pass pass = pass_of(model, theta, &first, tape);
    sum +=
        add_query(&pass, loss, 1 / (double)(n + 1), v, tape, outer, functional);
  }
  return sum;
}
