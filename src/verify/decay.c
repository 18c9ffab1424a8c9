/* Gradient descent with weight decay, and the posterior mean over two tasks:
 * the methods themselves on drawn prompts, beside their closed forms. */
#include <iclgd/algorithm.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "checks.h"
#include "math/symmetric.h"

typedef struct decay {
  double eta, decay;
  size_t k;
} decay;

/* value: |w_k - w_star|^2 of the steps, and the closed form at this spectrum.
 * work: S, V, scratch (d, d), b, w, lambda, slope (d). */
static void measure(const iclgd_trial *t, const iclgd_prompt *p,
                    const void *what, size_t thread, double *work,
                    double *value) {
  const decay *q = what;
  const size_t d = p->d, square = d * d;
  double *b = work + 3 * square, *w = b + d, *lambda = w + d;
  double *slope = lambda + d;
  iclgd_error err;
  (void)thread;
  iclgd_context_gram(work, b, p->x, p->y, p->n, d, p->mean_n);
  memset(w, 0, d * sizeof *w);
  for (size_t k = 0; k < q->k; ++k) {
    for (size_t i = 0; i < d; ++i)
      slope[i] = b[i] - q->decay * w[i] - iclgd_dot(work + i * d, w, d);
    for (size_t i = 0; i < d; ++i) w[i] += q->eta * slope[i];
  }
  value[0] = iclgd_squared_distance(w, p->w_star, d);
  iclgd_symmetric_spectrum(work, d, work + square, lambda, work + 2 * square);
  if (iclgd_oracle_weight_decay(t->setting, lambda, q->eta, q->decay, q->k,
                                &value[1], &err))
    value[1] = NAN;
}

/* The mean of the steps beside the mean of the closed form, paired. */
CHECK(o3_decay) {
  size_t count;
  const double *eta = iclgd_get_reals(t->settings, "eta", &count);
  const size_t d = t->dist.d;
  double *values, expected = 0;
  if (count != 1)
    return iclgd_fail(err, ICLGD_EUSAGE, "eta: expected 1 value, found %zu",
                      count);
  const decay q = {eta[0], iclgd_get_real(t->settings, "decay"),
                   iclgd_get_size(t->settings, "k")};
  const iclgd_status status = iclgd_trial_sample(
      t, ICLGD_STREAM_PROBE, measure, &q, 2, 3 * d * d + 4 * d, &values, err);
  if (status) return status;
  for (size_t i = 0; i < t->prompts; ++i) {
    expected += values[2 * i + 1] / (double)t->prompts;
    values[i] = values[2 * i] - values[2 * i + 1]; /* places that were read */
  }
  iclgd_estimate mean = iclgd_estimate_mean(values, t->prompts, 1);
  mean.value += expected;
  *out = iclgd_evidence_of(expected, mean, iclgd_drawing(expected));
  return ICLGD_OK;
}

/* |w - w_star|^2 of the algorithm `dmmse`, over all queries of covariance I.
 * work: the problem, the algorithm's, w (2, d). */
static void measure_two(const iclgd_trial *t, const iclgd_prompt *p,
                        const void *what, size_t thread, double *work,
                        double *value) {
  const iclgd_hyper *hyper = what;
  const size_t d = p->d;
  double *scratch = work + iclgd_problem_room(d);
  double *w = scratch + iclgd_algorithm_work(p->n, d);
  iclgd_problem problem;
  (void)t;
  (void)thread;
  iclgd_problem_set(p, false, work, &problem);
  iclgd_algorithm_named("dmmse")->iterate(hyper, &problem, 1, scratch, w);
  *value = iclgd_squared_distance(w + d, p->w_star, d);
}

CHECK(o6_two_tasks) {
  const size_t d = t->dist.d, n = t->dist.n;
  const double *pool = t->dist.pool;
  double risk = NAN, *values;
  const double distance = sqrt(iclgd_squared_distance(pool, pool + d, d));
  const iclgd_hyper hyper = {
      .tasks = pool, .n_tasks = 2, .noise = t->dist.noise};
  iclgd_status status =
      iclgd_oracle_two_tasks(n, t->setting.sigma2, distance, &risk, err);
  if (!status && risk < 0.01 * distance * distance)
    status = iclgd_fail(err, ICLGD_ERANGE,
                        "n = %zu, noise = %g: expected tasks that are mistaken "
                        "more often; the risk is %.2g of the squared distance",
                        n, t->dist.noise, risk / (distance * distance));
  if (!status)
    status = iclgd_trial_sample(
        t, ICLGD_STREAM_PROBE, measure_two, &hyper, 1,
        iclgd_problem_room(d) + iclgd_algorithm_work(n, d) + 2 * d, &values,
        err);
  if (!status)
    *out = iclgd_evidence_of(risk, iclgd_estimate_mean(values, t->prompts, 1),
                             iclgd_drawing(risk));
  return status;
}
