/* O3: the loss of a polynomial method, mu(p^2) + (sigma2/n) mu((1 - p)^2 / s),
 * beside the method itself on drawn prompts. */
#include <math.h>

#include "verify.h"

/* The list `key` of the row, one value standing for L. */
static iclgd_status list(const iclgd_trial *t, const char *key, double *out,
                         iclgd_error *err) {
  size_t count;
  const double *values = iclgd_get_reals(t->settings, key, &count);
  if (count != 1 && count != t->L)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: expected 1 or L = %zu values, found %zu", key, t->L,
                      count);
  for (size_t l = 0; l < t->L; ++l) out[l] = values[count == 1 ? 0 : l];
  return ICLGD_OK;
}

/* The last layer of a model on drawn prompts beside `expected`, the loss of
 * these layers. */
static iclgd_status beside(iclgd_trial *t, const iclgd_subject *model,
                           iclgd_layers layers, double expected,
                           iclgd_evidence *out, iclgd_error *err) {
  iclgd_estimate mean;
  double error;
  TRY(iclgd_trial_seen(t, layers, expected, &error, err));
  TRY(iclgd_trial_risk(t, model, &mean, err));
  *out = iclgd_evidence_seen(expected, mean, error);
  return ICLGD_OK;
}

enum { LAYERS_MAX = 16 };

CHECK(o3_gd) {
  double eta[LAYERS_MAX], loss;
  iclgd_subject model;
  TRY(list(t, "eta", eta, err));
  TRY(iclgd_oracle_gd(t->setting, eta, t->L, &loss, NULL, err));
  TRY(iclgd_trial_model(t, eta, NULL, t->L, 1, &model, err));
  const iclgd_layers layers = {t->L, eta, NULL};
  return beside(t, &model, layers, loss, out, err);
}

/* A_l = eta_l Sigma^-1 on inputs of covariance Sigma, w ~ N(0, Sigma^-1). */
CHECK(o3_whitened) {
  double eta[LAYERS_MAX], loss;
  iclgd_subject model;
  const size_t d = t->dist.d;
  iclgd_matrices m; /* Omega is Sigma^-1 */
  TRY(iclgd_trial_matrices(t, &m, err));
  TRY(list(t, "eta", eta, err));
  TRY(iclgd_oracle_gd(t->setting, eta, t->L, &loss, NULL, err));
  TRY(iclgd_trial_subject(t, "gd", t->L, 1, &model, err));
  for (size_t l = 0; l < t->L; ++l) {
    for (size_t i = 0; i < d * d; ++i) m.A[i] = eta[l] * m.Omega[i];
    TRY(iclgd_linear_construct(&model.model, model.theta, l, m.A, NULL, err));
  }
  const iclgd_layers layers = {t->L, eta, NULL};
  return beside(t, &model, layers, loss, out, err);
}

CHECK(o3_gdpp) {
  double eta[LAYERS_MAX], gamma[LAYERS_MAX], loss;
  iclgd_subject model;
  TRY(list(t, "eta", eta, err));
  TRY(list(t, "gamma", gamma, err));
  TRY(iclgd_oracle_gdpp(t->setting, eta, gamma, t->L, &loss, NULL, err));
  TRY(iclgd_trial_model(t, eta, gamma, t->L, 1, &model, err));
  const iclgd_layers layers = {t->L, eta, gamma};
  return beside(t, &model, layers, loss, out, err);
}

CHECK(o3_gdpp_exact) {
  double eta[LAYERS_MAX], gamma[LAYERS_MAX], loss = NAN, exact = NAN;
  TRY(list(t, "eta", eta, err));
  TRY(list(t, "gamma", gamma, err));
  TRY(iclgd_oracle_gdpp(t->setting, eta, gamma, t->L, &loss, NULL, err));
  TRY(iclgd_exact_gdpp(t->setting, eta, gamma, t->L, &exact, err));
  *out = iclgd_evidence_exact(loss, exact);
  return ICLGD_OK;
}

typedef struct newton {
  double alpha;
  size_t k;
} newton;

/* |M_k b - w_star|^2. work: S, M, T, U (d, d), b (d). */
static void measure_newton(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  const newton *q = draw->what;
  const size_t d = p->d, square = d * d;
  double *S = draw->work, *M = S + square, *T = M + square, *U = T + square;
  double *b = U + square;
  iclgd_draw_gram(draw, S, b);
  for (size_t i = 0; i < square; ++i) M[i] = q->alpha * S[i];
  for (size_t step = 0; step < q->k; ++step) {
    iclgd_small_product(S, M, T, d);
    iclgd_small_product(M, T, U, d);
    for (size_t i = 0; i < square; ++i) M[i] = 2 * M[i] - U[i];
  }
  *value = 0;
  for (size_t i = 0; i < d; ++i) {
    double e = -p->w_star[i];
    for (size_t j = 0; j < d; ++j) e += M[i * d + j] * b[j];
    *value += e * e;
  }
}

CHECK(o3_newton) {
  iclgd_estimate mean;
  const newton q = {iclgd_get_real(t->settings, "alpha"),
                    iclgd_get_size(t->settings, "k")};
  const size_t d = t->dist.d;
  double loss, error;
  TRY(iclgd_oracle_newton(t->setting, q.alpha, q.k, &loss, err));
  TRY(iclgd_trial_seen_newton(t, q.alpha, q.k, loss, &error, err));
  TRY(iclgd_trial_mean(
      t, &(iclgd_measure){measure_newton, &q, 1, 4 * d * d + d}, &mean, err));
  *out = iclgd_evidence_seen(loss, mean, error);
  return ICLGD_OK;
}
