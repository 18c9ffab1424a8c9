/* O7: k loops of a layer that is best for L: the mean loss falls and then
 * explodes, carried by the few prompts with eta lambda_max > 2; the median goes
 * on falling. */
#include <math.h>

#include "verify.h"

enum { LOOPS_MAX = 32 };

/* The step that is best for L loops, k times. */
static iclgd_status steps_of(iclgd_trial *t, double *steps, size_t *k,
                             iclgd_error *err) {
  double eta = NAN, loss;
  *k = iclgd_get_size(t->settings, "k");
  if (*k > LOOPS_MAX) return iclgd_fail(err, ICLGD_ERANGE, "k = %zu", *k);
  TRY(iclgd_oracle_tied(t->setting, t->L, &eta, &loss, err));
  for (size_t l = 0; l < *k; ++l) steps[l] = eta;
  return ICLGD_OK;
}

CHECK(o7_mean) {
  double steps[LOOPS_MAX], loss = NAN, exact = NAN;
  size_t k;
  TRY(steps_of(t, steps, &k, err));
  TRY(iclgd_oracle_gd(t->setting, steps, k, &loss, NULL, err));
  TRY(iclgd_exact_gd(t->setting, steps, k, &exact, err));
  *out = iclgd_evidence_exact(loss, exact);
  return ICLGD_OK;
}

CHECK(o7_median) {
  double steps[LOOPS_MAX], *lambda;
  size_t k;
  iclgd_published figure;
  const size_t d = t->dist.d;
  TRY(steps_of(t, steps, &k, err));
  TRY(iclgd_trial_figure(t, "theory.csv", &figure, err));
  TRY(iclgd_trial_eigenvalues(t, ICLGD_STREAM_PROBE, &lambda, err));
  for (size_t i = 0; i < t->prompts; ++i) {
    double trace = 0; /* of (I - eta S)^2k; its place has been read */
    for (size_t j = 0; j < d; ++j)
      trace += pow(1 - steps[0] * lambda[i * d + j], 2 * (double)k);
    lambda[i] = trace;
  }
  *out = iclgd_evidence_published(figure,
                                  iclgd_estimate_median(lambda, t->prompts));
  return ICLGD_OK;
}

CHECK(o7_share) {
  double steps[LOOPS_MAX], *lambda;
  size_t k;
  iclgd_published figure;
  const size_t d = t->dist.d;
  TRY(steps_of(t, steps, &k, err));
  TRY(iclgd_trial_figure(t, "theory.csv", &figure, err));
  TRY(iclgd_trial_eigenvalues(t, ICLGD_STREAM_PROBE, &lambda, err));
  for (size_t i = 0; i < t->prompts; ++i) {
    double most = 0;
    for (size_t j = 0; j < d; ++j) most = fmax(most, lambda[i * d + j]);
    lambda[i] = steps[0] * most > 2;
  }
  *out = iclgd_evidence_published(figure,
                                  iclgd_estimate_mean(lambda, t->prompts, 1));
  return ICLGD_OK;
}
