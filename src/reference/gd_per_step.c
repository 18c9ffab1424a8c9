/* Gradient descent with a step size for every step, k = 1..depth of the model:
 *   w_{k+1} = w_k - eta_k M grad L(w_k),  M = I or Sigma^-1.
 * The optimal steps are O4 of the theory, reciprocals of the zeros of an
 * orthogonal polynomial; the final loss does not depend on their order, so they
 * are put into the order of the trained layers. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/linear.h>
#include <iclgd/theory.h>

#include "reference/gd.h"
#include "reference/rows.h"
#include "reference/search.h"
#include "reference/tune.h"

enum { SEARCHED = 8 }; /* more steps than this are not searched for */

/* All steps together, from spread and from nearly equal ones. They stay above
 * a thousandth of the natural one: smaller ones do nothing. */
static iclgd_status search_steps(const iclgd_choice *choice, size_t L,
                                 iclgd_hyper *out, iclgd_error *err) {
  static const char *const names[SEARCHED] = {
      "eta_1", "eta_2", "eta_3", "eta_4", "eta_5", "eta_6", "eta_7", "eta_8"};
  static const double spread[] = {4, 1.5};
  const iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  iclgd_tuning_loss objective;
  TRY(iclgd_tuning_loss_create(choice, &sample, L, &objective, err));
  const double unit = out->M ? 1 : iclgd_natural_step(choice->tune);
  iclgd_knob knobs[SEARCHED];
  double starts[2 * SEARCHED];
  for (size_t k = 0; k < L; ++k) {
    knobs[k] =
        (iclgd_knob){names[k], &out->eta[k], unit, true, log(1e-3), HUGE_VAL};
    for (size_t s = 0; s < 2; ++s)
      starts[s * L + k] =
          log(0.4) + log(spread[s]) * ((double)k + 0.5) / (double)L;
  }
  const iclgd_search search = {.loss = iclgd_tuning_loss_at,
                               .objective = &objective,
                               .knobs = knobs,
                               .n_knobs = L,
                               .starts = starts,
                               .n_starts = 2,
                               .trials = 300};
  out->how = "search over all steps on held-out prompts, ascending";
  return iclgd_search_run(&search, out, choice->arena, err);
}

/* Put ascending steps into the order of the model's layers by scale, tr(A) or,
 * where Sigma (d, d) is given, tr(A Sigma); A (d, d) is scratch. False,
 * and they stay, where the steps are not one per distinct layer. */
static bool order_like_layers(const iclgd_choice *choice, const double *Sigma,
                              double *A, double *eta) {
  enum { MANY = 256 }; /* the limit of model.layers */
  const iclgd_model *model = choice->model;
  const size_t L = model->layers, d = model->d;
  double scale[MANY], sorted[MANY];
  if (!model->linear || L != iclgd_model_depth(model) || L > MANY) return false;
  for (size_t l = 0; l < L; ++l) {
    iclgd_linear_A(model, choice->theta, l, A, NULL);
    scale[l] = 0;
    for (size_t i = 0; i < d; ++i)
      scale[l] += Sigma ? iclgd_dot(A + i * d, Sigma + i * d, d) : A[i * d + i];
  }
  memcpy(sorted, eta, L * sizeof *eta);
  for (size_t l = 0; l < L; ++l) {
    size_t rank = 0;
    for (size_t m = 0; m < L; ++m)
      rank += scale[m] < scale[l] || (scale[m] == scale[l] && m < l);
    eta[l] = sorted[rank];
  }
  return true;
}

/* O4 where it holds, else a search; in the order of the trained layers. */
static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  iclgd_arena *arena = choice->arena;
  const size_t L = iclgd_model_depth(choice->model), d = choice->model->d;
  TRY(iclgd_set_preconditioner(choice, out, err));
  if (L < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "one layer has one step size");
  out->n_eta = L;
  out->eta = iclgd_arena_reals(arena, L, 1, 1);
  double *A = iclgd_arena_reals(arena, d, d, 1);
  double *Sigma = out->M ? iclgd_arena_reals(arena, d, d, 1) : NULL;
  TRY(iclgd_arena_status(arena, err, "the step sizes"));
  if (Sigma) iclgd_distribution_covariance(choice->dist, Sigma);
  iclgd_theory theory;
  iclgd_error unreached;
  double loss, bound;
  const bool exact = iclgd_theory_of(choice->dist, out->M != NULL, &theory) &&
                     !iclgd_oracle_untied(theory.setting, L, out->eta, &loss,
                                          &bound, &unreached);
  if (exact) {
    for (size_t k = 0; k < L; ++k) out->eta[k] *= theory.step_unit;
    out->how = "closed form O4, ascending";
  } else if (L <= SEARCHED) {
    TRY(search_steps(choice, L, out, err));
    iclgd_sort(out->eta, L);
  } else {
    return iclgd_fail(err, ICLGD_ERANGE,
                      "no closed form here, and %zu steps are too many to "
                      "search for",
                      L);
  }
  if (order_like_layers(choice, Sigma, A, out->eta))
    out->how = exact ? "closed form O4 in the order of the trained layers"
                     : "search over all steps on held-out prompts, in the "
                       "order of the trained layers";
  return ICLGD_OK;
}

const iclgd_algorithm iclgd_algorithm_gd_per_step = {
    .name = "gd_per_step",
    .title = "GD, a step size per step",
    .look = {3, 0},
    .description = "w <- w + eta_k (1/n) sum (y_i - w.x_i) x_i, k = 1..depth",
    .held_out = true,
    .growth = ICLGD_ONE_A_STEP,
    .choose = choose,
    .iterate = iclgd_gd_iterate,
};

const iclgd_algorithm iclgd_algorithm_pgd_per_step = {
    .name = "pgd_per_step",
    .title = "preconditioned GD per step",
    .look = {3, 1},
    .description = "w <- w + eta_k Sigma^-1 (1/n) sum (y_i - w.x_i) x_i",
    .held_out = true,
    .preconditioned = true,
    .growth = ICLGD_ONE_A_STEP,
    .choose = choose,
    .iterate = iclgd_gd_iterate,
};
