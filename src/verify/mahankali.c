/* Mahankali, Hashimoto, Ma 2023 (arXiv:2307.03576): the global minimum of one
 * layer is one gradient step of size
 *   eta = E[w_D . X^T y] / E[y^T X X^T y]     (on the summed gradient),
 * w_D the Bayes ridge estimate. Closed form: 1 / (n + d + 1 + sigma2), that is
 * O1. Here both means are taken over drawn prompts. */

#include "math/dense.h"
#include "verify.h"

/* value: w_D . r, r . r with r = X^T y. work: M (d, d), r, w (d). */
static void measure(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  const size_t d = p->d;
  const double n = (double)p->mean_n;
  double *M = draw->work, *r = M + d * d, *w = r + d;
  iclgd_draw_gram(draw, M, r);
  for (size_t i = 0; i < d * d; ++i)
    M[i] = n * M[i] + (i % (d + 1) == 0 ? draw->trial->setting.sigma2 : 0);
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
  TRY(iclgd_oracle_one_step_isotropic(t->setting, 1, (double)d + 2, 1, &eta,
                                      &loss, err));
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE,
                         &(iclgd_measure){measure, NULL, 2, d * d + 2 * d},
                         &values, err));
  eta /= (double)t->setting.n;
  *out = iclgd_evidence_drawn(
      eta, iclgd_estimate_ratio(values, t->prompts, 2, 0, 1));
  return ICLGD_OK;
}
