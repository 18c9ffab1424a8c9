/* GD++ (von Oswald et al. 2023, appendix A.10): a gradient step, then the
 * inputs are conditioned,
 *   w' += eta (1/n) sum_i r_i x_i,  r_i -= step.x_i,  x <- (I - gamma S) x,
 * with S of the current inputs; the query is transformed alike, so the implied
 * weight in the original inputs gains C^T step with x_k = C x_0. All these
 * matrices are polynomials in the first S: in its eigenbasis S_k = C^2 lambda
 * and C are diagonal and every direction goes by itself. eta and gamma are
 * shared by all steps (gdpp) or each step has its own (gdpp_per_step).
 *
 * Where |1 - gamma C^2 lambda| > 1 the inputs grow from step to step, the
 * faster the larger they are: a search on prompts that have no such lambda
 * would choose a gamma with which a single other prompt is 10^30 off. It stays
 * where nothing grows up to one and a half times the largest lambda it has
 * seen, and starts from gamma = 0, which is plain GD, too. */
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

/* The loss at step = depth on held-out prompts, not the exact one: that of
 * several layers is mostly of prompts so rare that no sample has them
 * (docs/theory.md, O9). */
typedef struct objective {
  iclgd_spectral_loss loss;
  double reach; /* lambda up to which inputs must not grow */
} objective;

static bool grows(const iclgd_hyper *hyper, size_t steps, double reach) {
  enum { GRID = 64 };
  for (size_t i = 1; i <= GRID; ++i) {
    const double lambda = reach * (double)i / GRID;
    double c = 1;
    for (size_t k = 0; k < steps; ++k) {
      const double gamma = hyper->gamma[hyper->n_gamma > 1 ? k : 0];
      const double factor = 1 - gamma * c * c * lambda;
      if (!(fabs(factor) <= 1)) return true;
      c *= factor;
    }
  }
  return false;
}

static double loss_within(const void *data, const iclgd_hyper *hyper) {
  const objective *o = data;
  /* what the last gamma does to the inputs is seen by no step */
  if (grows(hyper, o->loss.steps - 1, o->reach)) return INFINITY;
  return iclgd_spectral_loss_at(&o->loss, hyper);
}

/* Room for eta and gamma, `count` each, and the objective. */
static iclgd_status prepare(const iclgd_choice *choice, size_t count,
                            iclgd_hyper *out, objective *o, iclgd_error *err) {
  const size_t depth = iclgd_model_depth(choice->model);
  if (depth < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "the same as gd for one layer");
  out->n_eta = out->n_gamma = count;
  out->eta = iclgd_arena_reals(choice->arena, count, 1, 1);
  out->gamma = iclgd_arena_reals(choice->arena, count, 1, 1);
  const iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  double largest = 0;
  TRY(iclgd_spectral_loss_create(choice, depth, 0, &sample, &o->loss, err));
  for (size_t i = 0; i < o->loss.count * o->loss.d; ++i)
    largest = fmax(largest, o->loss.lambda[i]);
  o->reach = 1.5 * largest;
  return ICLGD_OK;
}

/* log(eta / unit) of plain GD, gamma = 0, with the smallest loss of a grid. */
static double plain_start(const objective *o, double unit, iclgd_hyper *hyper) {
  double best = INFINITY, start = 0;
  for (double z = -7; z <= 1; z += 0.5) {
    for (size_t k = 0; k < hyper->n_eta; ++k) {
      hyper->eta[k] = unit * exp(z);
      hyper->gamma[k] = 0;
    }
    const double loss = loss_within(o, hyper);
    if (!(loss < best)) continue;
    best = loss;
    start = z;
  }
  return start;
}

static iclgd_status choose_shared(const iclgd_choice *choice, iclgd_hyper *out,
                                  iclgd_error *err) {
  objective o;
  TRY(prepare(choice, 1, out, &o, err));
  const double unit = iclgd_natural_step(choice->tune);
  const double starts[] = {
      log(0.8), 0.15, log(1.3), 0.25, plain_start(&o, unit, out), 0};
  const iclgd_knob knobs[] = {
      {"eta", out->eta, unit, true, -HUGE_VAL, HUGE_VAL},
      {"gamma", out->gamma, unit, false, -HUGE_VAL, HUGE_VAL}};
  const iclgd_search search = {.loss = loss_within,
                               .objective = &o,
                               .knobs = knobs,
                               .n_knobs = 2,
                               .starts = starts,
                               .n_starts = 3,
                               .trials = 60};
  return iclgd_search_run(&search, out, choice->arena, err);
}

const iclgd_algorithm iclgd_algorithm_gdpp = {
    .name = "gdpp",
    .title = "GD++",
    .look = {6, 1},
    .description =
        "a gradient step, then x <- (I - gamma S) x; shared "
        "eta, gamma",
    .held_out = true,
    .spectral = true,
    .growth = ICLGD_THREEFOLD,
    .how = "search over eta and gamma at step = depth on held-out prompts",
    .choose = choose_shared,
    .iterate = iterate,
    .filter = step,
};

enum { SEARCHED = 8 }; /* more steps than this are not searched for */
enum { STARTS = 3 };

/* The starts of parameter k of 2 L - 1: steps that grow from layer to layer, as
 * at the optimum of docs/theory.md, O9, equal ones, and plain GD. */
static void set_starts(size_t k, size_t L, double plain, double *starts) {
  const bool is_eta = k < L;
  const double l = (double)(is_eta ? k : k - L);
  const size_t count = 2 * L - 1;
  starts[k] = is_eta ? log(0.5) + 0.8 * l : 0.2 * exp(0.8 * l);
  starts[count + k] = is_eta ? 0 : 0.15;
  starts[2 * count + k] = is_eta ? plain : 0;
}

/* The last gamma changes nothing. */
static iclgd_status search_steps(const iclgd_choice *choice, size_t L,
                                 const objective *o, iclgd_hyper *out,
                                 iclgd_error *err) {
  static const char *const names[] = {
      "eta_1",   "eta_2",   "eta_3",   "eta_4",   "eta_5",
      "eta_6",   "eta_7",   "eta_8",   "gamma_1", "gamma_2",
      "gamma_3", "gamma_4", "gamma_5", "gamma_6", "gamma_7"};
  const double unit = iclgd_natural_step(choice->tune);
  const double plain = plain_start(o, unit, out);
  iclgd_knob knobs[2 * SEARCHED - 1];
  double starts[STARTS * (2 * SEARCHED - 1)];
  const size_t count = 2 * L - 1;
  for (size_t k = 0; k < count; ++k) {
    const bool is_eta = k < L;
    knobs[k] = (iclgd_knob){names[is_eta ? k : SEARCHED + k - L],
                            is_eta ? &out->eta[k] : &out->gamma[k - L],
                            unit,
                            is_eta,
                            -HUGE_VAL,
                            HUGE_VAL};
    set_starts(k, L, plain, starts);
  }
  const iclgd_search search = {.loss = loss_within,
                               .objective = o,
                               .knobs = knobs,
                               .n_knobs = count,
                               .starts = starts,
                               .n_starts = STARTS,
                               .trials = 100 * L};
  return iclgd_search_run(&search, out, choice->arena, err);
}

static iclgd_status choose_per_step(const iclgd_choice *choice,
                                    iclgd_hyper *out, iclgd_error *err) {
  const size_t L = iclgd_model_depth(choice->model);
  objective o;
  TRY(prepare(choice, L, out, &o, err));
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
  return search_steps(choice, L, &o, out, err);
}

const iclgd_algorithm iclgd_algorithm_gdpp_per_step = {
    .name = "gdpp_per_step",
    .title = "GD++ per step",
    .look = {2, 2},
    .description =
        "a gradient step eta_k, then x <- (I - gamma_k S) x, k = 1..depth",
    .held_out = true,
    .spectral = true,
    .growth = ICLGD_THREEFOLD,
    .how = "search over all eta and gamma on held-out prompts",
    .choose = choose_per_step,
    .iterate = iterate,
    .filter = step,
};
