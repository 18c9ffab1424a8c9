/* O3: the loss of a polynomial method, mu(p^2) + (sigma2/n) mu((1 - p)^2 / s),
 * beside the method itself on drawn prompts. */
#include <math.h>

#include "checks.h"

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
  double *values, error;
  const size_t depth = iclgd_model_depth(&model->model);
  iclgd_status status = iclgd_trial_seen(t, layers, expected, &error, err);
  if (!status)
    status = iclgd_trial_risks(t, ICLGD_STREAM_PROBE, model, &values, err);
  if (!status)
    *out = iclgd_evidence_seen(
        expected, iclgd_estimate_mean(values + depth, t->prompts, depth + 1),
        error);
  return status;
}

enum { LAYERS_MAX = 16 };

CHECK(o3_gd) {
  double eta[LAYERS_MAX], loss;
  iclgd_subject model;
  iclgd_status status = list(t, "eta", eta, err);
  if (!status)
    status = iclgd_oracle_gd(t->setting, eta, t->L, &loss, NULL, err);
  if (!status) status = iclgd_trial_model(t, eta, NULL, t->L, 1, &model, err);
  const iclgd_layers layers = {t->L, eta, NULL};
  return status ? status : beside(t, &model, layers, loss, out, err);
}

/* A_l = eta_l Sigma^-1 on inputs of covariance Sigma, w ~ N(0, Sigma^-1). */
CHECK(o3_whitened) {
  double eta[LAYERS_MAX], loss;
  iclgd_subject model;
  const size_t d = t->dist.d;
  double *Omega = iclgd_arena_reals(&t->arena, 2, d, d);
  if (!Omega) return iclgd_fail_memory(err, "the preconditioner");
  iclgd_distribution_task_covariance(&t->dist, Omega);
  iclgd_status status = list(t, "eta", eta, err);
  if (!status)
    status = iclgd_oracle_gd(t->setting, eta, t->L, &loss, NULL, err);
  if (!status) status = iclgd_trial_subject(t, "gd", t->L, 1, &model, err);
  for (size_t l = 0; !status && l < t->L; ++l) {
    double *A = Omega + d * d;
    for (size_t i = 0; i < d * d; ++i) A[i] = eta[l] * Omega[i];
    status = iclgd_linear_construct(&model.model, model.theta, l, A, NULL, err);
  }
  const iclgd_layers layers = {t->L, eta, NULL};
  return status ? status : beside(t, &model, layers, loss, out, err);
}

CHECK(o3_gdpp) {
  double eta[LAYERS_MAX], gamma[LAYERS_MAX], loss;
  iclgd_subject model;
  iclgd_status status = list(t, "eta", eta, err);
  if (!status) status = list(t, "gamma", gamma, err);
  if (!status)
    status = iclgd_oracle_gdpp(t->setting, eta, gamma, t->L, &loss, NULL, err);
  if (!status) status = iclgd_trial_model(t, eta, gamma, t->L, 1, &model, err);
  const iclgd_layers layers = {t->L, eta, gamma};
  return status ? status : beside(t, &model, layers, loss, out, err);
}

CHECK(o3_gdpp_exact) {
  double eta[LAYERS_MAX], gamma[LAYERS_MAX], loss = NAN, exact = NAN;
  iclgd_status status = list(t, "eta", eta, err);
  if (!status) status = list(t, "gamma", gamma, err);
  if (!status)
    status = iclgd_oracle_gdpp(t->setting, eta, gamma, t->L, &loss, NULL, err);
  if (!status)
    status = iclgd_exact_gdpp(t->setting, eta, gamma, t->L, &exact, err);
  *out =
      iclgd_evidence_of(loss, (iclgd_estimate){exact, 0}, iclgd_rounding(loss));
  return status;
}

typedef struct newton {
  double alpha;
  size_t k;
} newton;

/* |M_k b - w_star|^2. work: S, M, T, U (d, d), b (d). */
static void measure_newton(const iclgd_trial *t, const iclgd_prompt *p,
                           const void *what, size_t thread, double *work,
                           double *value) {
  const newton *q = what;
  const size_t d = p->d, square = d * d;
  double *S = work, *M = S + square, *T = M + square, *U = T + square;
  double *b = U + square;
  (void)t;
  (void)thread;
  iclgd_context_gram(S, b, p->x, p->y, p->n, d, p->mean_n);
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
  const newton q = {iclgd_get_real(t->settings, "alpha"),
                    iclgd_get_size(t->settings, "k")};
  const size_t d = t->dist.d;
  double loss, error, *values;
  iclgd_status status =
      iclgd_oracle_newton(t->setting, q.alpha, q.k, &loss, err);
  if (!status)
    status = iclgd_trial_seen_newton(t, q.alpha, q.k, loss, &error, err);
  if (!status)
    status = iclgd_trial_sample(t, ICLGD_STREAM_PROBE, measure_newton, &q, 1,
                                4 * d * d + d, &values, err);
  if (!status)
    *out = iclgd_evidence_seen(loss, iclgd_estimate_mean(values, t->prompts, 1),
                               error);
  return status;
}
