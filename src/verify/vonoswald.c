/* von Oswald et al. 2022 (arXiv:2212.07677): d = N = 10, x ~ U(-1/2, 1/2) as in
 * their code, loss halved. Optima of K scalar layers are searched on drawn
 * prompts and measured on others; w ~ N(0, I) makes the loss
 *   (1/2) v E tr p(S)^2,  v = 1/12 the variance of one input. */
#include "verify.h"

enum { LAYERS_MAX = 8 };
static const char file[] = "vonoswald2022.csv";

static iclgd_status beside(iclgd_trial *t, bool tied, bool has_c,
                           iclgd_stream_id measured, iclgd_evidence *out,
                           iclgd_error *err) {
  double a[LAYERS_MAX], c[LAYERS_MAX];
  const iclgd_sought best = {t->L, tied, a, has_c ? c : NULL};
  iclgd_published figure;
  iclgd_estimate loss;
  TRY(iclgd_trial_figure(t, file, &figure, err));
  TRY(iclgd_trial_searched(t, best, measured, &loss, err));
  const double half = t->dist.x_variance / 2;
  loss.value *= half;
  loss.error *= half;
  *out = iclgd_evidence_published(figure, loss);
  return ICLGD_OK;
}

CHECK(vonoswald_shared) {
  return beside(t, true, false, ICLGD_STREAM_PROBE, out, err);
}

CHECK(vonoswald_per_step) {
  return beside(t, false, false, ICLGD_STREAM_PROBE, out, err);
}

CHECK(vonoswald_gdpp_shared) {
  return beside(t, true, true, ICLGD_STREAM_PROBE, out, err);
}

CHECK(vonoswald_gdpp) {
  return beside(t, false, true, ICLGD_STREAM_PROBE, out, err);
}

/* On the prompts of the search: the polynomials have degree (3^K - 1) / 2. */
CHECK(vonoswald_gdpp_frozen) {
  return beside(t, false, true, ICLGD_STREAM_TUNE, out, err);
}

/* gamma of x <- (I - gamma X X^T) x, the c of S over N; its spread over eight
 * parts of the prompts. */
CHECK(vonoswald_gamma) {
  enum { PARTS = 8 };
  double *lambda, gamma[PARTS], normal_a, normal_c, loss;
  iclgd_published figure;
  const size_t d = t->dist.d, part = t->prompts / PARTS;
  TRY(iclgd_trial_figure(t, file, &figure, err));
  /* The search begins at the optimum for normal inputs. */
  TRY(iclgd_oracle_gdpp_best(t->setting, t->L, 1, &normal_a, &normal_c, &loss,
                             err));
  TRY(iclgd_trial_eigenvalues(t, ICLGD_STREAM_TUNE, &lambda, err));
  for (size_t i = 0; i < PARTS; ++i) {
    iclgd_spectrum spectrum;
    double a = normal_a / t->dist.x_variance;
    double c = normal_c / t->dist.x_variance;
    TRY(iclgd_trial_spectrum(t, lambda + i * part * d, part, 8, &spectrum,
                             err));
    TRY(iclgd_trial_best_layers(&spectrum, (iclgd_sought){t->L, true, &a, &c},
                                &loss, err));
    gamma[i] = c / (double)t->dist.n;
  }
  *out = iclgd_evidence_published(figure, iclgd_estimate_mean(gamma, PARTS, 1));
  return ICLGD_OK;
}

/* All of P and Q trained; half the loss. */
CHECK(vonoswald_trained) {
  iclgd_estimate loss;
  iclgd_published figure;
  iclgd_subject model;
  TRY(iclgd_trial_figure(t, file, &figure, err));
  TRY(iclgd_trial_train(t, &model, err));
  TRY(iclgd_trial_risk(t, &model, &loss, err));
  loss.value /= 2;
  loss.error /= 2;
  *out = iclgd_evidence_published(figure, loss);
  return ICLGD_OK;
}
