/* Gradient descent with a step size for every step, k = 1..depth of the model:
 *   w_{k+1} = w_k - eta_k M grad L(w_k),  M = I or Sigma^-1.
 * The optimal steps are O4 of the theory, reciprocals of the zeros of an
 * orthogonal polynomial; the final loss does not depend on their order, so they
 * are put into the order of the trained layers. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <nlopt.h>

#include <iclgd/comparisons.h>
#include <iclgd/theory.h>

#include "reference/gd.h"
#include "reference/rows.h"
#include "reference/tune.h"

static double log_steps_loss(unsigned count, const double *log_eta,
                             double *gradient, void *context) {
  (void)gradient; /* NELDERMEAD asks for none */
  const iclgd_objective *objective = ((void **)context)[0];
  iclgd_hyper *hyper = ((void **)context)[1];
  for (unsigned k = 0; k < count; ++k) hyper->eta[k] = exp(log_eta[k]);
  const double loss = iclgd_objective_loss(objective, hyper);
  return isfinite(loss) ? loss : HUGE_VAL;
}

/* One search from log_eta (L), which becomes the best point; its loss. Steps
 * stay above a thousandth of the natural one: smaller ones do nothing. */
static double search_from(const iclgd_objective *objective, iclgd_hyper *out,
                          double unit, double *log_eta, size_t L) {
  nlopt_opt search = nlopt_create(NLOPT_LN_NELDERMEAD, (unsigned)L);
  if (!search) return HUGE_VAL;
  void *context[] = {(void *)(uintptr_t)objective, out};
  double loss = HUGE_VAL;
  nlopt_set_min_objective(search, log_steps_loss, context);
  nlopt_set_lower_bounds1(search, log(1e-3 * unit));
  nlopt_set_xtol_rel(search, 1e-4);
  nlopt_set_maxeval(search, 300);
  nlopt_optimize(search, log_eta, &loss);
  nlopt_destroy(search);
  return loss;
}

/* All steps together, from spread and from nearly equal ones. */
static iclgd_status search_steps(const iclgd_algorithm *algorithm,
                                 const iclgd_choice *choice, size_t L,
                                 iclgd_arena *arena, iclgd_hyper *out,
                                 iclgd_error *err) {
  const iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  iclgd_objective objective;
  const iclgd_status status = iclgd_objective_create(
      algorithm, &sample, L, choice->stop, arena, &objective, err);
  if (status) return status;
  double *log_eta = iclgd_arena_reals(arena, 2, L, 1);
  if (!log_eta) return iclgd_fail_memory(err, "the step sizes");
  const double unit = out->M ? 1 : iclgd_natural_step(choice->tune);
  const double spread[] = {4, 1.5};
  double loss[2];
  for (size_t s = 0; s < 2; ++s) {
    double *at = log_eta + s * L;
    for (size_t k = 0; k < L; ++k)
      at[k] = log(unit * 0.4 * pow(spread[s], ((double)k + 0.5) / (double)L));
    loss[s] = search_from(&objective, out, unit, at, L);
  }
  if (!isfinite(loss[0]) && !isfinite(loss[1]))
    return iclgd_fail(err, ICLGD_ERANGE, "no finite loss was found");
  const double *best = loss[0] <= loss[1] ? log_eta : log_eta + L;
  for (size_t k = 0; k < L; ++k) out->eta[k] = exp(best[k]);
  out->how = "search over all steps on held-out prompts, ascending";
  return ICLGD_OK;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Put ascending steps into the order of the model's layers by scale, tr(A) or,
 * where Sigma (d, d) is given, tr(A Sigma); A (d, d) is scratch. False,
 * and they stay, where the steps are not one per distinct layer. */
static bool order_like_layers(const iclgd_model *model, const double *Sigma,
                              double *A, double *eta) {
  enum { MANY = 256 }; /* the limit of model.layers */
  const size_t L = model->layers, d = model->d;
  double scale[MANY], sorted[MANY];
  if (L != iclgd_model_depth(model) || L > MANY) return false;
  for (size_t l = 0; l < L; ++l) {
    iclgd_model_preconditioner(model, l, A, NULL);
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
static iclgd_status choose_steps(const iclgd_algorithm *algorithm,
                                 const iclgd_choice *choice, iclgd_arena *arena,
                                 iclgd_hyper *out, iclgd_error *err) {
  enum { SEARCHED = 8 }; /* more steps than this are not searched for */
  const size_t L = iclgd_model_depth(choice->model), d = choice->model->d;
  if (L < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "one layer has one step size");
  out->n_eta = L;
  out->eta = iclgd_arena_reals(arena, L, 1, 1);
  double *A = iclgd_arena_reals(arena, d, d, 1);
  double *Sigma = out->M ? iclgd_arena_reals(arena, d, d, 1) : NULL;
  if (!out->eta || !A || (out->M && !Sigma))
    return iclgd_fail_memory(err, "the step sizes");
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
    const iclgd_status status =
        search_steps(algorithm, choice, L, arena, out, err);
    if (status) return status;
    qsort(out->eta, L, sizeof *out->eta, ascending);
  } else {
    return iclgd_fail(err, ICLGD_ERANGE,
                      "no closed form here, and %zu steps are too many to "
                      "search for",
                      L);
  }
  if (order_like_layers(choice->model, Sigma, A, out->eta))
    out->how = exact ? "closed form O4 in the order of the trained layers"
                     : "search over all steps on held-out prompts, in the "
                       "order of the trained layers";
  return ICLGD_OK;
}

static iclgd_status choose_gd(const iclgd_choice *choice, iclgd_arena *arena,
                              iclgd_hyper *out, iclgd_error *err) {
  return choose_steps(&iclgd_algorithm_gd_per_step, choice, arena, out, err);
}

const iclgd_algorithm iclgd_algorithm_gd_per_step = {
    .name = "gd_per_step",
    .title = "GD, a step size per step",
    .description = "w <- w + eta_k (1/n) sum (y_i - w.x_i) x_i, k = 1..depth",
    .choose = choose_gd,
    .iterate = iclgd_gd_iterate,
};

static iclgd_status choose_pgd(const iclgd_choice *choice, iclgd_arena *arena,
                               iclgd_hyper *out, iclgd_error *err) {
  const iclgd_status status =
      iclgd_set_preconditioner(choice->dist, arena, out, err);
  if (status) return status;
  return choose_steps(&iclgd_algorithm_pgd_per_step, choice, arena, out, err);
}

const iclgd_algorithm iclgd_algorithm_pgd_per_step = {
    .name = "pgd_per_step",
    .title = "preconditioned GD per step",
    .description = "w <- w + eta_k Sigma^-1 (1/n) sum (y_i - w.x_i) x_i",
    .choose = choose_pgd,
    .iterate = iclgd_gd_iterate,
};
