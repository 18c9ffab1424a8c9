/* The Bayes predictor when w_star is one of a finite pool of tasks, all equally
 * likely (dMMSE of Raventos et al. 2023):
 *   w = sum_i w_i e_i / sum_i e_i,  e_i = exp(-|y - X w_i|^2 / (2 sigma^2)),
 * the largest exponent subtracted. Without noise its limit: the average of the
 * tasks of smallest residual. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "reference/rows.h"

/* own: sigma, the standard deviation of the labels' noise */
static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  const iclgd_distribution *dist = choice->dist;
  if (!iclgd_distribution_is_linear(dist))
    return iclgd_fail(err, ICLGD_ERANGE, ICLGD_NOT_LINEAR);
  if (!dist || dist->table || dist->w_law != ICLGD_W_POOL)
    return iclgd_fail(err, ICLGD_ERANGE, "w is not from a finite pool");
  out->tasks = dist->pool;
  out->n_tasks = dist->w_count;
  out->own[0] = dist->noise;
  return ICLGD_OK;
}

/* |y - X w|^2 */
static double residual(const iclgd_prompt *p, const double *w) {
  double sum = 0;
  for (size_t i = 0; i < p->n; ++i) {
    const double r = p->y[i] - iclgd_dot(p->x + i * p->d, w, p->d);
    sum += r * r;
  }
  return sum;
}

/* One pass over the pool; the sums are of exp((least - |y - X w_i|^2) / 2
 * sigma^2) and shrink whenever a smaller residual comes. */
static void iterate(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *w) {
  (void)steps;
  (void)work;
  const iclgd_prompt *p = &problem->prompt;
  const size_t d = p->d;
  const double scale = 2 * hyper->own[0] * hyper->own[0];
  double least = INFINITY, mass = 0, *mean = w + d;
  memset(w, 0, 2 * d * sizeof *w);
  for (size_t i = 0; i < hyper->n_tasks; ++i) {
    const double *task = hyper->tasks + i * d;
    const double at = residual(p, task), above = at - least;
    double e = 1;
    if (above < 0) {
      const double kept = scale > 0 ? exp(above / scale) : 0;
      mass *= kept;
      for (size_t j = 0; j < d; ++j) mean[j] *= kept;
      least = at;
    } else if (above > 0) {
      e = scale > 0 ? exp(-above / scale) : 0;
    }
    mass += e;
    for (size_t j = 0; j < d; ++j) mean[j] += e * task[j];
  }
  for (size_t j = 0; j < d; ++j) mean[j] /= mass;
}

const iclgd_algorithm iclgd_algorithm_dmmse = {
    .name = "dmmse",
    .title = "Bayes over pool (dMMSE)",
    .look = {3, 2},
    .by_context = true,
    .description =
        "w = sum_i w_i e_i / sum e_i, e_i = exp(-|y - X w_i|^2 / (2 sigma^2))",
    .one_shot = true,
    .own = {{"noise", .whole = false}},
    .how = "Bayes: the pool and sigma of the law",
    .choose = choose,
    .iterate = iterate,
};
