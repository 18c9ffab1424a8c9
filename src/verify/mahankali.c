/* Mahankali, Hashimoto, Ma 2023 (arXiv:2307.03576): the global minimum of one
 * layer is one gradient step of size
 *   eta = E[w_D . X^T y] / E[y^T X X^T y]     (on the summed gradient),
 * w_D the Bayes ridge estimate. Closed form: 1 / (n + d + 1 + sigma2), that is
 * O1. Here both means are taken over drawn prompts. */

#include "checks.h"
#include "math/dense.h"

/* value: w_D . r, r . r with r = X^T y. work: M (d, d), r, w (d). */
static void measure(const iclgd_trial *t, const iclgd_prompt *p,
                    const void *what, size_t thread, double *work,
                    double *value) {
  const size_t d = p->d;
  const double n = (double)p->mean_n;
  double *M = work, *r = M + d * d, *w = r + d;
  (void)what;
  (void)thread;
  iclgd_context_gram(M, r, p->x, p->y, p->n, d, p->mean_n);
  for (size_t i = 0; i < d * d; ++i)
    M[i] = n * M[i] + (i % (d + 1) == 0 ? t->setting.sigma2 : 0);
  for (size_t j = 0; j < d; ++j) w[j] = r[j] *= n;
  value[0] = value[1] = 0;
  iclgd_solve_positive(M, w, d);
  for (size_t j = 0; j < d; ++j) {
    value[0] += w[j] * r[j];
    value[1] += r[j] * r[j];
  }
}

CHECK(mahankali_step) {
  const size_t d = t->dist.d;
  double eta, loss, *values;
  iclgd_status status = iclgd_oracle_one_step_isotropic(
      t->setting, 1, (double)d + 2, 1, &eta, &loss, err);
  if (!status)
    status = iclgd_trial_sample(t, ICLGD_STREAM_PROBE, measure, NULL, 2,
                                d * d + 2 * d, &values, err);
  eta /= (double)t->setting.n;
  if (!status)
    *out = iclgd_evidence_of(eta,
                             iclgd_estimate_ratio(values, t->prompts, 2, 0, 1),
                             iclgd_drawing(eta));
  return status;
}
