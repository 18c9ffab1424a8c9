/* O4: the best L steps. The oracle takes them from the orthogonal polynomials
 * of s dmu(s); here they come from the normal equations of exact moments, of
 * moments of drawn prompts, and from training. */
#include <math.h>
#include <stdlib.h>

#include "math/dense.h"
#include "verify.h"

enum { LAYERS_MAX = 8 };

CHECK(o4_loss) {
  double eta[LAYERS_MAX], q[LAYERS_MAX], loss, bound, exact = NAN;
  TRY(iclgd_oracle_untied(t->setting, t->L, eta, &loss, &bound, err));
  TRY(iclgd_exact_best(t->setting, t->L, q, &exact, err));
  *out = iclgd_evidence_exact(bound, exact);
  return ICLGD_OK;
}

CHECK(o4_steps) {
  double eta[LAYERS_MAX], q[LAYERS_MAX], steps[LAYERS_MAX], loss, bound;
  TRY(iclgd_oracle_untied(t->setting, t->L, eta, &loss, &bound, err));
  TRY(iclgd_exact_best(t->setting, t->L, q, &loss, err));
  const bool real = iclgd_steps_of(q, t->L, steps);
  for (size_t l = 0; l < t->L; ++l)
    iclgd_evidence_worst(out,
                         iclgd_evidence_exact(eta[l], real ? steps[l] : NAN));
  return ICLGD_OK;
}

typedef struct powers {
  size_t d, L;
  double noise;
} powers;

/* tr S^k, k = 1..2L, from the spectrum. */
static void measure_powers(const iclgd_trial *t, const double *lambda,
                           double *value) {
  for (size_t k = 0; k < 2 * t->L; ++k) {
    value[k] = 0;
    for (size_t j = 0; j < t->dist.d; ++j)
      value[k] += pow(lambda[j], (double)(k + 1));
  }
}

/* The highest moment decides: ICLGD_ERANGE when its mean is carried by prompts
 * that are too rare to be drawn. E (tr S^k)^2 <= d mu(s^2k). */
static iclgd_status moments_seen(iclgd_trial *t, size_t k, iclgd_error *err) {
  iclgd_spectrum mu;
  double first = 0, second = 0;
  TRY(iclgd_spectrum_create(t->setting, k, &t->arena, &mu, err));
  for (size_t i = 0; i < mu.count; ++i) {
    first += mu.weight[i] * pow(mu.s[i], (double)k);
    second += mu.weight[i] * pow(mu.s[i], 2 * (double)k);
  }
  const double error =
      sqrt((double)t->dist.d * second / (double)t->prompts) / first;
  if (error <= 0.05) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE,
                    "L = %zu: the moment of order %zu has a standard error of "
                    "up to %.2g%% with prompts = %zu, expected at most 5%%",
                    t->L, k, 100 * error, t->prompts);
}

/* The best steps for these moments. */
static void steps_of_moments(const double *mu, const void *context,
                             double *out) {
  const powers *p = context;
  const size_t L = p->L;
  double H[LAYERS_MAX * LAYERS_MAX], q[LAYERS_MAX];
  for (size_t i = 0; i < L; ++i) {
    for (size_t j = 0; j < L; ++j)
      H[i * L + j] = mu[i + j + 1] + p->noise * mu[i + j];
    q[i] = mu[i];
  }
  if (!iclgd_solve_positive(H, q, L) || !iclgd_steps_of(q, L, out))
    for (size_t l = 0; l < L; ++l) out[l] = NAN;
}

CHECK(o4_sampled) {
  double eta[LAYERS_MAX], loss, bound, *lambda;
  iclgd_estimate steps[LAYERS_MAX];
  const size_t width = 2 * t->L;
  const powers p = {t->dist.d, t->L, t->setting.sigma2 / (double)t->setting.n};
  double *values = iclgd_arena_reals(&t->arena, t->prompts, width, 1);
  if (!values) return iclgd_fail_memory(err, "the moments");
  TRY(iclgd_oracle_untied(t->setting, t->L, eta, &loss, &bound, err));
  TRY(iclgd_trial_eigenvalues(t, ICLGD_STREAM_PROBE, &lambda, err));
  TRY(moments_seen(t, width, err));
  for (size_t i = 0; i < t->prompts; ++i)
    measure_powers(t, lambda + i * t->dist.d, values + i * width);
  TRY(iclgd_jackknife(t, values, width, steps_of_moments, &p, t->L, steps,
                      err));
  for (size_t l = 0; l < t->L; ++l)
    iclgd_evidence_worst(out, iclgd_evidence_drawn(eta[l], steps[l]));
  return ICLGD_OK;
}

/* The transformer with these steps on drawn prompts. */
CHECK(o4_prompts) {
  iclgd_estimate mean;
  double eta[LAYERS_MAX], loss, bound, error;
  iclgd_subject model;
  const iclgd_layers layers = {t->L, eta, NULL};
  TRY(iclgd_oracle_untied(t->setting, t->L, eta, &loss, &bound, err));
  TRY(iclgd_trial_seen(t, layers, loss, &error, err));
  TRY(iclgd_trial_model(t, eta, NULL, t->L, 1, &model, err));
  TRY(iclgd_trial_risk(t, &model, &mean, err));
  *out = iclgd_evidence_seen(loss, mean, error);
  return ICLGD_OK;
}

/* Finite sizes n, 2n, 4n with d = g n: the step `which`, or the loss / d. */
static iclgd_status at_sizes(iclgd_trial *t, size_t which, double values[3],
                             iclgd_error *err) {
  const double g = iclgd_get_real(t->settings, "g");
  for (size_t i = 0; i < 3; ++i) {
    double eta[LAYERS_MAX], loss, bound;
    const size_t n = (size_t)2000 << i;
    const iclgd_setting setting = {(size_t)(g * (double)n + 0.5), n, 0};
    TRY(iclgd_oracle_untied(setting, t->L, eta, &loss, &bound, err));
    values[i] = which < t->L ? eta[which] : loss / (double)setting.d;
  }
  return ICLGD_OK;
}

CHECK(o4_limit) {
  double eta[LAYERS_MAX], limit, values[3];
  TRY(iclgd_oracle_untied_limit(iclgd_get_real(t->settings, "g"), t->L, eta,
                                &limit, err));
  TRY(at_sizes(t, t->L, values, err));
  *out = iclgd_extrapolated(limit, values);
  return ICLGD_OK;
}

CHECK(o4_limit_steps) {
  double eta[LAYERS_MAX], limit, values[3];
  TRY(iclgd_oracle_untied_limit(iclgd_get_real(t->settings, "g"), t->L, eta,
                                &limit, err));
  for (size_t l = 0; l < t->L; ++l) {
    TRY(at_sizes(t, l, values, err));
    iclgd_evidence_worst(out, iclgd_extrapolated(eta[l], values));
  }
  return ICLGD_OK;
}

/* The loss of trained layers over that of the best steps, paired on prompts. */
CHECK(o4_trained) {
  double eta[LAYERS_MAX], loss, bound;
  iclgd_subject best, trained;
  iclgd_estimate ratio;
  TRY(iclgd_trial_train(t, &trained, err));
  const size_t L = trained.model.layers;
  TRY(iclgd_oracle_untied(t->setting, L, eta, &loss, &bound, err));
  TRY(iclgd_trial_model(t, eta, NULL, L, 1, &best, err));
  TRY(iclgd_trial_compare(t, &trained, &best, &ratio, err));
  *out = iclgd_evidence_of(1, ratio, 0.02);
  return ICLGD_OK;
}
