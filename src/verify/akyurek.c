/* Akyurek et al. 2022 (arXiv:2211.15661), d = 8: which predictor a transformer
 * agrees with, by noise level sigma2 / tau2. For the ridge family itself: the
 * mean squared difference of the predictions of the Bayes ridge (lambda =
 * sigma2) and of least squares, which is what a learner that is exactly Bayes
 * shows in the column of least squares. */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "checks.h"
#include "math/dense.h"

/* w = (X^T X + lambda I)^-1 X^T y; M (d, d) scratch. */
static void ridge(const iclgd_prompt *p, double lambda, double *M, double *w) {
  const size_t d = p->d;
  const double n = (double)p->mean_n;
  iclgd_context_gram(M, w, p->x, p->y, p->n, d, p->mean_n);
  for (size_t i = 0; i < d; ++i) {
    w[i] *= n;
    for (size_t j = 0; j < d; ++j)
      M[i * d + j] = n * M[i * d + j] + (i == j ? lambda : 0);
  }
  if (!iclgd_solve_positive(M, w, d)) w[0] = NAN;
}

/* |w_ridge - w_ols|^2, the mean over queries of covariance I. */
static void measure(const iclgd_trial *t, const iclgd_prompt *p,
                    const void *what, size_t thread, double *work,
                    double *value) {
  const size_t d = p->d;
  double *a = work + d * d, *b = a + d;
  (void)what;
  (void)thread;
  ridge(p, t->setting.sigma2, work, a);
  ridge(p, 0, work, b);
  *value = iclgd_squared_distance(a, b, d);
}

CHECK(akyurek_agreement) {
  const size_t d = t->dist.d;
  double *values;
  iclgd_published figure;
  iclgd_status status = iclgd_trial_published(
      t, "akyurek2022.csv", iclgd_get_text(t->settings, "figure"), &figure,
      err);
  if (!status)
    status = iclgd_trial_sample(t, ICLGD_STREAM_PROBE, measure, NULL, 1,
                                d * d + 2 * d, &values, err);
  if (!status)
    *out = iclgd_evidence_of(figure.value,
                             iclgd_estimate_mean(values, t->prompts, 1),
                             figure.half_width);
  return status;
}
