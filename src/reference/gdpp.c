/* GD++ (von Oswald et al. 2023, appendix A.10): a gradient step, then the
 * inputs are conditioned,
 *   w' += eta (1/n) sum_i r_i x_i,  r_i -= step.x_i,  x <- (I - gamma S) x,
 * with S of the current inputs; the query is transformed alike, so the implied
 * weight in the original inputs gains C^T step with x_k = C x_0. All these
 * matrices are polynomials in the first S: in its eigenbasis S_k = C^2 lambda
 * and C are diagonal and every direction goes by itself. eta and gamma are
 * shared by all steps (gdpp) or each step has its own (gdpp_per_step). */
#include <math.h>

#include <iclgd/theory.h>

#include "reference/rows.h"
#include "reference/search.h"
#include "reference/spectral.h"
#include "reference/tune.h"

/* state: q of w, what is left of 1 - lambda q (without its rounding), C. */
static void step(const iclgd_hyper *hyper, size_t k, size_t count,
                 const double *lambda, double *state) {
  const double eta = hyper->eta[hyper->n_eta > 1 ? k : 0];
  const double gamma = hyper->gamma[hyper->n_gamma > 1 ? k : 0];
  double *q = state, *left = q + count, *c = left + count;
  for (size_t i = 0; i < count; ++i) {
    const double cc = c[i] * c[i];
    q[i] += eta * cc * left[i];
    left[i] *= 1 - eta * cc * lambda[i];
    c[i] *= 1 - gamma * cc * lambda[i];
  }
}

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  iclgd_filter_iterate(step, hyper, p, steps, work, w);
}

/* Room for eta and gamma, `count` each, and the loss at step = depth on
 * held-out prompts, not the exact one: that of several layers is mostly of
 * prompts so rare that no sample has them (theory: O9). */
static iclgd_status prepare(const iclgd_choice *choice, size_t count,
                            iclgd_arena *arena, iclgd_hyper *out,
                            iclgd_spectral_loss *loss, iclgd_error *err) {
  const size_t depth = iclgd_model_depth(choice->model);
  if (depth < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "the same as gd for one layer");
  out->n_eta = out->n_gamma = count;
  out->eta = iclgd_arena_reals(arena, count, 1, 1);
  out->gamma = iclgd_arena_reals(arena, count, 1, 1);
  if (!out->eta || !out->gamma) return iclgd_fail_memory(err, "GD++");
  const iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  return iclgd_spectral_loss_create(step, depth, 0, choice, &sample, arena,
                                    loss, err);
}

static iclgd_status choose_shared(const iclgd_choice *choice,
                                  iclgd_arena *arena, iclgd_hyper *out,
                                  iclgd_error *err) {
  iclgd_spectral_loss loss;
  const iclgd_status status = prepare(choice, 1, arena, out, &loss, err);
  if (status) return status;
  out->how = "search over eta and gamma at step = depth on held-out prompts";
  const double unit = iclgd_natural_step(choice->tune);
  const double starts[] = {log(0.8), 0.15, log(1.3), 0.25};
  const iclgd_knob knobs[] = {
      {"eta", out->eta, unit, true, -HUGE_VAL, HUGE_VAL},
      {"gamma", out->gamma, unit, false, -HUGE_VAL, HUGE_VAL}};
  const iclgd_search search = {.loss = iclgd_spectral_loss_at,
                               .objective = &loss,
                               .knobs = knobs,
                               .n_knobs = 2,
                               .starts = starts,
                               .n_starts = 2,
                               .trials = 60};
  return iclgd_search_run(&search, out, arena, err);
}

const iclgd_algorithm iclgd_algorithm_gdpp = {
    .name = "gdpp",
    .title = "GD++",
    .description =
        "a gradient step, then x <- (I - gamma S) x; shared eta, "
        "gamma",
    .spectral = true,
    .growth = ICLGD_THREEFOLD,
    .choose = choose_shared,
    .iterate = iterate,
};

enum { SEARCHED = 8 }; /* more steps than this are not searched for */

/* Steps that grow from layer to layer, as at the optimum of theory: O9, and
 * equal ones; the last gamma changes nothing. */
static iclgd_status search_steps(const iclgd_choice *choice, size_t L,
                                 const iclgd_spectral_loss *loss,
                                 iclgd_arena *arena, iclgd_hyper *out,
                                 iclgd_error *err) {
  static const char *const names[] = {
      "eta_1",   "eta_2",   "eta_3",   "eta_4",   "eta_5",
      "eta_6",   "eta_7",   "eta_8",   "gamma_1", "gamma_2",
      "gamma_3", "gamma_4", "gamma_5", "gamma_6", "gamma_7"};
  const double unit = iclgd_natural_step(choice->tune);
  iclgd_knob knobs[2 * SEARCHED - 1];
  double starts[2 * (2 * SEARCHED - 1)];
  const size_t count = 2 * L - 1;
  for (size_t k = 0; k < count; ++k) {
    const bool is_eta = k < L;
    const double l = (double)(is_eta ? k : k - L);
    knobs[k] = (iclgd_knob){names[is_eta ? k : SEARCHED + k - L],
                            is_eta ? &out->eta[k] : &out->gamma[k - L],
                            unit,
                            is_eta,
                            -HUGE_VAL,
                            HUGE_VAL};
    starts[k] = is_eta ? log(0.5) + 0.8 * l : 0.2 * exp(0.8 * l);
    starts[count + k] = is_eta ? 0 : 0.15;
  }
  const iclgd_search search = {.loss = iclgd_spectral_loss_at,
                               .objective = loss,
                               .knobs = knobs,
                               .n_knobs = count,
                               .starts = starts,
                               .n_starts = 2,
                               .trials = 100 * L};
  return iclgd_search_run(&search, out, arena, err);
}

static iclgd_status choose_per_step(const iclgd_choice *choice,
                                    iclgd_arena *arena, iclgd_hyper *out,
                                    iclgd_error *err) {
  const size_t L = iclgd_model_depth(choice->model);
  iclgd_spectral_loss objective;
  const iclgd_status status = prepare(choice, L, arena, out, &objective, err);
  if (status) return status;
  iclgd_theory theory;
  iclgd_error unreached;
  double loss;
  if (iclgd_theory_of(choice->dist, false, &theory) &&
      !iclgd_oracle_gdpp_best(theory.setting, L, 0, out->eta, out->gamma, &loss,
                              &unreached)) {
    for (size_t k = 0; k < L; ++k) {
      out->eta[k] *= theory.step_unit;
      out->gamma[k] *= theory.step_unit;
    }
    out->how = "best of many minima of the exact loss O9";
    return ICLGD_OK;
  }
  if (L > SEARCHED)
    return iclgd_fail(err, ICLGD_ERANGE, "%zu steps are too many to search for",
                      L);
  out->how = "search over all eta and gamma on held-out prompts";
  return search_steps(choice, L, &objective, arena, out, err);
}

const iclgd_algorithm iclgd_algorithm_gdpp_per_step = {
    .name = "gdpp_per_step",
    .title = "GD++ per step",
    .description =
        "a gradient step eta_k, then x <- (I - gamma_k S) x, k = 1..depth",
    .spectral = true,
    .growth = ICLGD_THREEFOLD,
    .choose = choose_per_step,
    .iterate = iterate,
};
