/* O5: the best L equal steps: against exact moments, the looped transformer on
 * drawn prompts, both limits, and training. */
#include <math.h>

#include "verify.h"

enum { LOOPS_MAX = 16 };

CHECK(o5_loss) {
  double eta, loss, step = NAN, exact = NAN;
  TRY(iclgd_oracle_tied(t->setting, t->L, &eta, &loss, err));
  TRY(iclgd_exact_tied(t->setting, t->L, t->L, &step, &exact, err));
  *out = iclgd_evidence_exact(loss, exact);
  return ICLGD_OK;
}

CHECK(o5_step) {
  double eta, loss, step = NAN, exact = NAN;
  TRY(iclgd_oracle_tied(t->setting, t->L, &eta, &loss, err));
  TRY(iclgd_exact_tied(t->setting, t->L, t->L, &step, &exact, err));
  *out = iclgd_evidence_exact(eta, step);
  return ICLGD_OK;
}

/* Every layer of the looped transformer at the best step. */
CHECK(o5_curve) {
  double eta, loss, steps[LOOPS_MAX], curve[LOOPS_MAX + 1], *values;
  iclgd_subject model;
  const size_t L = t->L;
  if (L > LOOPS_MAX) return iclgd_fail(err, ICLGD_ERANGE, "L = %zu", L);
  TRY(iclgd_oracle_tied(t->setting, L, &eta, &loss, err));
  for (size_t l = 0; l < L; ++l) steps[l] = eta;
  TRY(iclgd_oracle_gd(t->setting, steps, L, &loss, curve, err));
  TRY(iclgd_trial_model(t, &eta, NULL, 1, L, &model, err));
  TRY(iclgd_trial_risks(t, &model, &values, err));
  for (size_t l = 1; l <= L; ++l) {
    double error;
    const iclgd_layers layers = {l, steps, NULL};
    TRY(iclgd_trial_seen(t, layers, curve[l], &error, err));
    const iclgd_estimate mean =
        iclgd_estimate_mean(values + l, t->prompts, L + 1);
    iclgd_evidence_worst(out, iclgd_evidence_seen(curve[l], mean, error));
  }
  return ICLGD_OK;
}

/* Sizes n, 2n, 4n with d = g n. */
CHECK(o5_limit) {
  double eta[3], loss[3], limit_eta, limit;
  const double g = iclgd_get_real(t->settings, "g");
  TRY(iclgd_oracle_tied_limit(g, t->L, &limit_eta, &limit, err));
  for (size_t i = 0; i < 3; ++i) {
    const size_t n = (size_t)2000 << i;
    const iclgd_setting setting = {(size_t)(g * (double)n + 0.5), n, 0};
    TRY(iclgd_oracle_tied(setting, t->L, &eta[i], &loss[i], err));
    loss[i] /= (double)setting.d;
  }
  *out = iclgd_extrapolated(limit, loss);
  iclgd_evidence_worst(out, iclgd_extrapolated(limit_eta, eta));
  return ICLGD_OK;
}

/* n^L loss at sizes n, 2n, 4n, d fixed. */
CHECK(o5_long_context) {
  double values[3], eta, loss = NAN, limit;
  const size_t d = t->setting.d, L = t->L;
  TRY(iclgd_oracle_long_context(d, L, 0, &limit, err));
  for (size_t i = 0; i < 3; ++i) {
    const size_t n = (size_t)5000 << i;
    TRY(iclgd_oracle_tied((iclgd_setting){d, n, 0}, L, &eta, &loss, err));
    values[i] = loss * pow((double)n, (double)L);
  }
  *out = iclgd_extrapolated(limit, values);
  return ICLGD_OK;
}

/* The learned step of one scalar layer, looped. */
CHECK(o5_trained) {
  double eta, loss;
  iclgd_subject model;
  TRY(iclgd_trial_train(t, &model, err));
  TRY(iclgd_oracle_tied(t->setting, iclgd_model_depth(&model.model), &eta,
                        &loss, err));
  *out = iclgd_evidence_near(eta, model.theta[0], 0.02 * eta);
  return ICLGD_OK;
}
