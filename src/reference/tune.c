/* Step sizes: given, from the closed form, or by line search. */
#include "reference/tune.h"

#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/theory.h>

iclgd_status iclgd_tuning_loss_create(const iclgd_choice *choice,
                                      const iclgd_prompts *prompts,
                                      size_t steps, iclgd_tuning_loss *out,
                                      iclgd_error *err) {
  iclgd_arena *arena = choice->arena;
  const size_t n = prompts->n, d = prompts->d;
  const size_t budget = 8000000, fit = budget / iclgd_problem_work(d);
  *out = (iclgd_tuning_loss){
      .arena = arena,
      .algorithm = choice->algorithm,
      .prompts = prompts,
      .steps = steps,
      .stop = choice->stop,
      .work = iclgd_arena_reals(arena, iclgd_algorithm_work(n, d), 1, 1),
      .w = iclgd_arena_reals(arena, steps + 1, d, 1),
      .prediction = iclgd_arena_reals(arena, steps + 1, 1, 1),
      .kept = prompts->count < fit ? prompts->count : fit,
      .problem_work = iclgd_arena_reals(arena, iclgd_problem_work(d), 1, 1),
  };
  out->problems = iclgd_arena_take(arena, out->kept + 1, sizeof *out->problems);
  double *problem_works =
      iclgd_arena_reals(arena, out->kept + 1, iclgd_problem_work(d), 1);
  TRY(iclgd_arena_status(arena, err, choice->algorithm->title));
  for (size_t i = 0; i < out->kept; ++i)
    out->problems[i] =
        iclgd_problem_of(prompts, i, choice->algorithm->spectral,
                         problem_works + i * iclgd_problem_work(d));
  return ICLGD_OK;
}

static iclgd_problem problem_at(const iclgd_tuning_loss *o, size_t i) {
  if (i < o->kept) return o->problems[i];
  return iclgd_problem_of(o->prompts, i, o->algorithm->spectral,
                          o->problem_work);
}

/* Of iterate `steps`. */
static double predict(const iclgd_tuning_loss *o, const iclgd_hyper *hyper,
                      const iclgd_problem *p) {
  const size_t d = o->prompts->d, steps = o->steps;
  if (o->algorithm->predict) {
    o->algorithm->predict(hyper, p, steps, o->work, o->prediction);
    return o->prediction[steps];
  }
  o->algorithm->iterate(hyper, p, steps, o->work, o->w);
  return iclgd_dot(o->w + steps * d, p->prompt.x_query, d);
}

double iclgd_tuning_loss_at(const void *objective, const iclgd_hyper *hyper) {
  const iclgd_tuning_loss *o = objective;
  double sum = 0;
  for (size_t i = 0; i < o->prompts->count; ++i) {
    const iclgd_problem p = problem_at(o, i);
    if (o->stop && *o->stop) return INFINITY;
    const double error = predict(o, hyper, &p) - p.prompt.y_query;
    sum += error * error;
  }
  return sum / (double)o->prompts->count;
}

/* Overflow counts as worst, so that comparisons stay comparisons. */
static double try_value(const iclgd_tuning_loss *o, const iclgd_hyper *hyper,
                        double *value, double candidate) {
  *value = candidate;
  const double loss = iclgd_tuning_loss_at(o, hyper);
  return isnan(loss) ? INFINITY : loss;
}

static double golden_section(const iclgd_tuning_loss *o,
                             const iclgd_hyper *hyper, double *value, double a,
                             double b) {
  const double shrink = (sqrt(5) - 1) / 2;
  double left = b - shrink * (b - a), right = a + shrink * (b - a);
  double at_left = try_value(o, hyper, value, left);
  double at_right = try_value(o, hyper, value, right);
  while (b - a > 1e-7 * (a + b)) {
    if (at_left <= at_right) {
      b = right;
      right = left;
      at_right = at_left;
      left = b - shrink * (b - a);
      at_left = try_value(o, hyper, value, left);
    } else {
      a = left;
      left = right;
      at_left = at_right;
      right = a + shrink * (b - a);
      at_right = try_value(o, hyper, value, right);
    }
  }
  return (a + b) / 2;
}

enum { GRID = 61 };

iclgd_status iclgd_line_search(const iclgd_tuning_loss *objective,
                               iclgd_hyper *hyper, double *value, double low,
                               double high, iclgd_error *err) {
  hyper->n_search = GRID;
  hyper->search = iclgd_arena_reals(objective->arena, GRID, 1, 1);
  hyper->curve = iclgd_arena_reals(objective->arena, GRID, 1, 1);
  TRY(iclgd_arena_status(objective->arena, err, "a line search"));
  size_t best = 0;
  for (size_t i = 0; i < GRID; ++i) {
    hyper->search[i] = low * pow(high / low, (double)i / (GRID - 1));
    hyper->curve[i] = try_value(objective, hyper, value, hyper->search[i]);
    if (hyper->curve[i] < hyper->curve[best]) best = i;
  }
  const double a = hyper->search[best > 0 ? best - 1 : 0];
  const double b = hyper->search[best + 1 < GRID ? best + 1 : GRID - 1];
  *value = golden_section(objective, hyper, value, a, b);
  return ICLGD_OK;
}

iclgd_prompts iclgd_tuning_sample(const iclgd_prompts *tune) {
  enum { SAMPLE = 500 };
  iclgd_prompts sample = *tune;
  if (sample.count > SAMPLE) sample.count = SAMPLE;
  return sample;
}

double iclgd_natural_step(const iclgd_prompts *prompts) {
  const size_t width = prompts->n * prompts->d;
  const double squares =
      iclgd_dot(prompts->x, prompts->x, prompts->count * width);
  return squares > 0 ? (double)(prompts->count * width) / squares : 1;
}

double iclgd_given_eta(const iclgd_settings *settings) {
  const iclgd_form form = iclgd_get_form(settings, "reference.eta");
  return form.count ? form.values[0] : 0;
}

static bool is_searched(const iclgd_settings *settings) {
  return strcmp(iclgd_get_form(settings, "reference.eta").text, "search") == 0;
}

/* M = Sigma^-1 where it is known and not a multiple of I. */
iclgd_status iclgd_set_preconditioner(const iclgd_choice *choice,
                                      iclgd_hyper *hyper, iclgd_error *err) {
  const iclgd_distribution *dist = choice->dist;
  if (!choice->algorithm->preconditioned) return ICLGD_OK;
  if (!dist)
    return iclgd_fail(err, ICLGD_ERANGE, "Sigma is not known, or singular");
  if (dist->table) return iclgd_fail(err, ICLGD_ERANGE, "Sigma is not known");
  if (dist->isotropic)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "the same as without, Sigma is a multiple of I");
  if (dist->rotate_per_prompt)
    return iclgd_fail(err, ICLGD_ERANGE, "Sigma is different in each prompt");
  const size_t d = dist->d;
  double *M = iclgd_arena_reals(choice->arena, d, d, 1);
  if (!M) return iclgd_fail_memory(err, "Sigma^-1");
  for (size_t i = 0; i < d * d; ++i)
    M[i] = iclgd_dot(dist->G + i / d * d, dist->G + i % d * d, d) /
           dist->x_variance;
  hyper->M = M;
  hyper->n_M = 1;
  return ICLGD_OK;
}

iclgd_status iclgd_choose_eta(const iclgd_choice *choice, iclgd_hyper *hyper,
                              iclgd_error *err) {
  const bool preconditioned = choice->algorithm->preconditioned;
  const size_t depth = iclgd_model_depth(choice->model);
  TRY(iclgd_set_preconditioner(choice, hyper, err));
  hyper->n_eta = 1;
  hyper->eta = iclgd_arena_reals(choice->arena, 1, 1, 1);
  if (!hyper->eta) return iclgd_fail_memory(err, choice->algorithm->title);
  hyper->eta[0] = iclgd_given_eta(choice->settings);
  hyper->how = "given (reference.eta)";
  if (hyper->eta[0] > 0) return ICLGD_OK;
  iclgd_theory theory;
  iclgd_error unreached; /* beyond the oracle's range the search takes over */
  double loss;
  const bool search = is_searched(choice->settings);
  if (!search && iclgd_theory_of(choice->dist, preconditioned, &theory) &&
      !iclgd_oracle_tied(theory.setting, depth, &hyper->eta[0], &loss,
                         &unreached)) {
    hyper->eta[0] *= theory.step_unit;
    hyper->how = "closed form O5 at the model's depth";
    return ICLGD_OK;
  }
  if (!search && depth == 1 && !preconditioned &&
      iclgd_theory_one_step(choice->dist, &hyper->eta[0], &loss)) {
    hyper->how = "closed form O1 for isotropic inputs";
    return ICLGD_OK;
  }
  iclgd_tuning_loss objective;
  TRY(iclgd_tuning_loss_create(choice, choice->tune, depth, &objective, err));
  hyper->how = "line search at step = depth on held-out prompts";
  const double unit = preconditioned ? 1 : iclgd_natural_step(choice->tune);
  /* One eigenvalue may be all of the trace, d times the mean. */
  const double low = fmin(0.003, 0.1 / (double)choice->tune->d);
  return iclgd_line_search(&objective, hyper, &hyper->eta[0], low * unit,
                           5 * unit, err);
}
