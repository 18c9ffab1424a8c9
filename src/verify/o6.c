/* O6: the floors: ridge, least squares and the posterior mean over two tasks,
 * run on drawn prompts. */
#include <iclgd/algorithm.h>
#include <iclgd/comparisons.h>
#include <math.h>

#include "verify.h"

typedef struct run {
  const iclgd_algorithm *algorithm;
  iclgd_hyper hyper;
} run;

/* |w - w_star|^2. work: the problem, the algorithm's, w (2, d). */
static void measure(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const run *r = draw->what;
  const size_t d = p->d;
  double *scratch = work + iclgd_problem_work(d);
  double *w = scratch + iclgd_algorithm_work(p->n, d);
  iclgd_problem problem;
  iclgd_problem_set(p, r->algorithm->spectral, work, &problem);
  r->algorithm->iterate(&r->hyper, &problem, 1, scratch, w);
  *value = iclgd_squared_distance(w + d, p->w_star, d);
}

static iclgd_status beside(iclgd_trial *t, const run *r, double loss,
                           iclgd_evidence *out, iclgd_error *err) {
  iclgd_estimate mean;
  const size_t d = t->dist.d, n = t->dist.n;
  if (!r->algorithm) return iclgd_fail(err, ICLGD_EUSAGE, "no such algorithm");
  TRY(iclgd_trial_mean(t,
                       &(iclgd_measure){measure, r, 1,
                                        iclgd_problem_work(d) +
                                            iclgd_algorithm_work(n, d) + 2 * d},
                       &mean, err));
  *out = iclgd_evidence_drawn(loss, mean);
  return ICLGD_OK;
}

CHECK(o6_ridge) {
  double loss;
  const run r = {iclgd_algorithm_named("ridge"), {.lambda = t->setting.sigma2}};
  if (t->setting.sigma2 == 0)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "noise = 0: expected noise, without which the ridge is "
                      "least squares (o6.ols)");
  TRY(iclgd_oracle_bayes(t->setting, &loss, err));
  return beside(t, &r, loss, out, err);
}

CHECK(o6_least_squares) {
  double loss;
  const run r = {.algorithm = iclgd_algorithm_named("least_squares")};
  TRY(iclgd_oracle_least_squares(t->setting, &loss, err));
  return beside(t, &r, loss, out, err);
}

CHECK(o6_two_tasks) {
  const size_t d = t->dist.d, n = t->dist.n;
  const double *pool = t->dist.pool;
  double risk = NAN;
  const double distance = sqrt(iclgd_squared_distance(pool, pool + d, d));
  const run r = {iclgd_algorithm_named("dmmse"),
                 {.tasks = pool, .n_tasks = 2, .own = {t->dist.noise}}};
  TRY(iclgd_oracle_two_tasks(n, t->setting.sigma2, distance, &risk, err));
  if (risk < 0.01 * distance * distance)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "n = %zu, noise = %g: expected tasks that are mistaken "
                      "more often; the risk is %.2g of the squared distance",
                      n, t->dist.noise, risk / (distance * distance));
  return beside(t, &r, risk, out, err);
}
