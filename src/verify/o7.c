/* O7: k loops of a layer that is best for L: the mean loss falls and then
 * explodes, carried by the few prompts with eta lambda_max > 2; the median goes
 * on falling. */
#include <math.h>

#include "checks.h"

enum { LOOPS_MAX = 32 };

/* The step that is best for L loops, k times. */
static iclgd_status steps_of(iclgd_trial *t, double *steps, size_t *k,
                             iclgd_error *err) {
  double eta = NAN, loss;
  *k = iclgd_get_size(t->settings, "k");
  if (*k > LOOPS_MAX) return iclgd_fail(err, ICLGD_ERANGE, "k = %zu", *k);
  const iclgd_status status =
      iclgd_oracle_tied(t->setting, t->L, &eta, &loss, err);
  for (size_t l = 0; l < *k; ++l) steps[l] = eta;
  return status;
}

CHECK(o7_mean) {
  double steps[LOOPS_MAX], loss = NAN, exact = NAN;
  size_t k;
  iclgd_status status = steps_of(t, steps, &k, err);
  if (!status) status = iclgd_oracle_gd(t->setting, steps, k, &loss, NULL, err);
  if (!status) status = iclgd_exact_gd(t->setting, steps, k, &exact, err);
  *out =
      iclgd_evidence_of(loss, (iclgd_estimate){exact, 0}, iclgd_rounding(loss));
  return status;
}

CHECK(o7_median) {
  double steps[LOOPS_MAX], *lambda;
  size_t k;
  iclgd_published figure;
  const size_t d = t->dist.d;
  iclgd_status status = steps_of(t, steps, &k, err);
  if (!status)
    status = iclgd_trial_published(
        t, "theory.csv", iclgd_get_text(t->settings, "figure"), &figure, err);
  if (!status)
    status = iclgd_trial_eigenvalues(t, ICLGD_STREAM_PROBE, &lambda, err);
  if (status) return status;
  for (size_t i = 0; i < t->prompts; ++i) {
    double trace = 0; /* of (I - eta S)^2k; its place has been read */
    for (size_t j = 0; j < d; ++j)
      trace += pow(1 - steps[0] * lambda[i * d + j], 2 * (double)k);
    lambda[i] = trace;
  }
  *out =
      iclgd_evidence_of(figure.value, iclgd_estimate_median(lambda, t->prompts),
                        figure.half_width);
  return ICLGD_OK;
}

CHECK(o7_share) {
  double steps[LOOPS_MAX], *lambda;
  size_t k;
  iclgd_published figure;
  const size_t d = t->dist.d;
  iclgd_status status = steps_of(t, steps, &k, err);
  if (!status)
    status = iclgd_trial_published(
        t, "theory.csv", iclgd_get_text(t->settings, "figure"), &figure, err);
  if (!status)
    status = iclgd_trial_eigenvalues(t, ICLGD_STREAM_PROBE, &lambda, err);
  if (status) return status;
  for (size_t i = 0; i < t->prompts; ++i) {
    double most = 0;
    for (size_t j = 0; j < d; ++j) most = fmax(most, lambda[i * d + j]);
    lambda[i] = steps[0] * most > 2;
  }
  *out = iclgd_evidence_of(figure.value,
                           iclgd_estimate_mean(lambda, t->prompts, 1),
                           figure.half_width);
  return ICLGD_OK;
}
