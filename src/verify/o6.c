/* O6: the floors, ridge and least squares run on drawn prompts. */
#include <iclgd/algorithm.h>

#include "checks.h"

typedef struct run {
  const iclgd_algorithm *algorithm;
  iclgd_hyper hyper;
} run;

/* |w - w_star|^2. work: the problem, the algorithm's, w (2, d). */
static void measure(const iclgd_trial *t, const iclgd_prompt *p,
                    const void *what, size_t thread, double *work,
                    double *value) {
  const run *r = what;
  const size_t d = p->d;
  double *scratch = work + iclgd_problem_room(d);
  double *w = scratch + iclgd_algorithm_work(p->n, d);
  iclgd_problem problem;
  (void)t;
  (void)thread;
  iclgd_problem_set(p, r->algorithm->spectral, work, &problem);
  r->algorithm->iterate(&r->hyper, &problem, 1, scratch, w);
  *value = 0;
  for (size_t j = 0; j < d; ++j)
    *value += (w[d + j] - p->w_star[j]) * (w[d + j] - p->w_star[j]);
}

static iclgd_status beside(iclgd_trial *t, const run *r, double loss,
                           iclgd_evidence *out, iclgd_error *err) {
  const size_t d = t->dist.d, n = t->dist.n;
  double *values;
  if (!r->algorithm) return iclgd_fail(err, ICLGD_EUSAGE, "no such algorithm");
  const iclgd_status status = iclgd_trial_sample(
      t, ICLGD_STREAM_PROBE, measure, r, 1,
      iclgd_problem_room(d) + iclgd_algorithm_work(n, d) + 2 * d, &values, err);
  if (!status)
    *out = iclgd_evidence_of(loss, iclgd_estimate_mean(values, t->prompts, 1),
                             iclgd_drawing(loss));
  return status;
}

CHECK(o6_ridge) {
  double loss;
  const run r = {iclgd_algorithm_named("ridge"), {.lambda = t->setting.sigma2}};
  if (t->setting.sigma2 == 0)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "noise = 0: expected noise, without which the ridge is "
                      "least squares (o6.ols)");
  const iclgd_status status = iclgd_oracle_bayes(t->setting, &loss, err);
  return status ? status : beside(t, &r, loss, out, err);
}

CHECK(o6_least_squares) {
  double loss;
  const run r = {.algorithm = iclgd_algorithm_named("least_squares")};
  const iclgd_status status =
      iclgd_oracle_least_squares(t->setting, &loss, err);
  return status ? status : beside(t, &r, loss, out, err);
}
