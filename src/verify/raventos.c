/* Raventos et al. 2023 (arXiv:2306.15063): of a task from a finite pool the
 * Bayes answer is the mean over the pool (dMMSE), w = sum p_i w_i, which errs
 * by the variance that is left, sum p_i |w_i - w|^2; ridge regression, the
 * Bayes answer for all tasks, cannot do better on it. And of prompts with fewer
 * points than features, without noise, least squares leaves d - n of the d
 * directions (the curve of Garg et al. 2022, arXiv:2208.01066, figure 2). */
#include <iclgd/algorithm.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "verify.h"

enum { POOL_MAX = 4096, D_MAX = 512 };

/* w (d) of a one-shot algorithm; work (iclgd_algorithm_work + problem). */
static void answer(const char *name, const iclgd_hyper *hyper,
                   const iclgd_draw *draw, double *w) {
  const size_t n = draw->prompt->n, d = draw->prompt->d;
  double both[2 * D_MAX];
  iclgd_problem problem;
  iclgd_problem_set(draw->prompt, true, draw->work + iclgd_algorithm_work(n, d),
                    &problem);
  iclgd_algorithm_named(name)->iterate(hyper, &problem, 1, draw->work, both);
  memcpy(w, both + d, d * sizeof *w);
}

static size_t answer_work(const iclgd_trial *t) {
  return iclgd_algorithm_work(t->dist.n, t->dist.d) +
         iclgd_problem_work(t->dist.d);
}

static iclgd_hyper pool_of(const iclgd_distribution *dist) {
  return (iclgd_hyper){
      .tasks = dist->pool, .n_tasks = dist->w_count, .own = {dist->noise}};
}

/* sum p_i |w_i - w|^2, p_i ~ exp(-|y - X w_i|^2 / (2 sigma^2)). */
static double variance_left(const iclgd_distribution *dist,
                            const iclgd_prompt *p) {
  double log_p[POOL_MAX], most = -INFINITY, mass = 0, mean[D_MAX] = {0},
                          square = 0;
  const size_t d = p->d;
  for (size_t i = 0; i < dist->w_count; ++i) {
    log_p[i] = 0;
    for (size_t k = 0; k < p->n; ++k) {
      const double off =
          p->y[k] - iclgd_dot(p->x + k * d, dist->pool + i * d, d);
      log_p[i] -= off * off / (2 * dist->noise * dist->noise);
    }
    most = fmax(most, log_p[i]);
  }
  for (size_t i = 0; i < dist->w_count; ++i) {
    const double *w = dist->pool + i * d, share = exp(log_p[i] - most);
    mass += share;
    for (size_t j = 0; j < d; ++j) mean[j] += share * w[j];
    square += share * iclgd_dot(w, w, d);
  }
  for (size_t j = 0; j < d; ++j) mean[j] /= mass;
  return square / mass - iclgd_dot(mean, mean, d);
}

static void measure_excess(const iclgd_draw *draw, double *value) {
  const iclgd_distribution *dist = &draw->trial->dist;
  const iclgd_hyper hyper = pool_of(dist);
  double w[D_MAX];
  answer("dmmse", &hyper, draw, w);
  *value = iclgd_squared_distance(w, draw->prompt->w_star, draw->prompt->d) -
           variance_left(dist, draw->prompt);
}

static iclgd_status check_pool(const iclgd_trial *t, iclgd_error *err) {
  if (!t->dist.pool || !(t->dist.noise > 0) || t->dist.w_count > POOL_MAX)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "noise: expected some, of a pool of at most %d tasks",
                      POOL_MAX);
  return ICLGD_OK;
}

CHECK(raventos_variance) {
  iclgd_estimate excess;
  const iclgd_measure measure = {measure_excess, NULL, 1, answer_work(t)};
  TRY(check_pool(t, err));
  TRY(iclgd_trial_mean(t, &measure, &excess, err));
  *out = iclgd_evidence_of(0, excess, 1e-9);
  return ICLGD_OK;
}

/* Ridge with the penalty of tasks N(0, w_scale^2 I), and dMMSE. */
static void measure_both(const iclgd_draw *draw, double *value) {
  const iclgd_distribution *dist = &draw->trial->dist;
  const double ratio = dist->noise / dist->w_scale;
  const iclgd_hyper pool = pool_of(dist), ridge = {.lambda = ratio * ratio};
  const double *w_star = draw->prompt->w_star;
  double w[D_MAX];
  answer("ridge", &ridge, draw, w);
  value[0] = iclgd_squared_distance(w, w_star, draw->prompt->d);
  answer("dmmse", &pool, draw, w);
  value[1] = iclgd_squared_distance(w, w_star, draw->prompt->d);
}

CHECK(raventos_ridge) {
  double *values;
  const iclgd_measure measure = {measure_both, NULL, 2, answer_work(t)};
  TRY(check_pool(t, err));
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE, &measure, &values, err));
  *out = iclgd_evidence_of(1, iclgd_estimate_ratio(values, t->prompts, 2, 0, 1),
                           1e-9);
  return ICLGD_OK;
}

static void measure_least_squares(const iclgd_draw *draw, double *value) {
  const iclgd_hyper none = {0};
  double w[D_MAX];
  answer("least_squares", &none, draw, w);
  *value = iclgd_squared_distance(w, draw->prompt->w_star, draw->prompt->d) /
           (double)draw->prompt->d;
}

CHECK(garg_least_squares) {
  iclgd_estimate mean;
  const double d = (double)t->dist.d, n = (double)t->dist.n;
  const iclgd_measure measure = {measure_least_squares, NULL, 1,
                                 answer_work(t)};
  if (n >= d)
    return iclgd_fail(err, ICLGD_ERANGE, "n = %g: expected less than d = %g", n,
                      d);
  TRY(iclgd_trial_mean(t, &measure, &mean, err));
  *out = iclgd_evidence_drawn(1 - n / d, mean);
  return ICLGD_OK;
}
