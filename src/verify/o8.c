/* O8: with tied weights the best A is a multiple of Sigma^-1 plus, from some n
 * on, an antisymmetric part. |(I - A S)^L|_F^2 of several A, paired on the same
 * drawn contexts: the loss given S, w ~ N(0, I), exactly averaged over w. */
#include <math.h>
#include <string.h>

#include "verify.h"

enum { MATRICES_MAX = 5 };

/* A = a I + k J, J = [[0, 1], [-1, 0]] in the planes (1, 2), (3, 4), .. */
typedef struct turned {
  double a, k;
  size_t planes;
} turned;

typedef struct comparison {
  size_t count, L;
  turned A[MATRICES_MAX];
} comparison;

/* out <- (I - A S) in. */
static void residual(const turned *A, const double *S, const double *in,
                     double *out, double *work, size_t d) {
  iclgd_small_product(S, in, work, d);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j)
      out[i * d + j] = in[i * d + j] - A->a * work[i * d + j];
  for (size_t i = 0; i + 1 < 2 * A->planes; i += 2)
    for (size_t j = 0; j < d; ++j) {
      out[i * d + j] -= A->k * work[(i + 1) * d + j];
      out[(i + 1) * d + j] += A->k * work[i * d + j];
    }
}

/* work: S, R, next, T (d, d), b (d). */
static void measure(const iclgd_draw *draw, double *value) {
  const comparison *c = draw->what;
  const size_t d = draw->prompt->d, q = d * d;
  double *S = draw->work, *R = S + q, *next = R + q, *T = next + q;
  iclgd_draw_gram(draw, S, T + q);
  for (size_t k = 0; k < c->count; ++k) {
    for (size_t i = 0; i < q; ++i) R[i] = i % (d + 1) == 0;
    for (size_t l = 0; l < c->L; ++l) {
      residual(&c->A[k], S, R, next, T, d);
      memcpy(R, next, q * sizeof *R);
    }
    value[k] = 0;
    for (size_t i = 0; i < q; ++i) value[k] += R[i] * R[i];
  }
}

/* values (prompts, c->count) */
static iclgd_status sample(iclgd_trial *t, const comparison *c, double **values,
                           iclgd_error *err) {
  const size_t d = t->dist.d;
  TRY(iclgd_distribution_use_sampler(t->settings, &t->arena, &t->dist, err));
  return iclgd_trial_sample(
      t, ICLGD_STREAM_PROBE,
      &(iclgd_measure){measure, c, c->count, 4 * d * d + d}, values, err);
}

/* What the claims of the limit share: the best turn, and how far n^L loss of
 * A = I is from its own limit, as a share of it. */
static iclgd_status near_limit(iclgd_trial *t, iclgd_antisymmetric *best,
                               double *miss, iclgd_error *err) {
  double steps[ICLGD_LOOPS_MAX], loss;
  const double n = (double)t->setting.n;
  TRY(iclgd_oracle_antisymmetric(t->dist.d, t->L, best, err));
  for (size_t l = 0; l < t->L; ++l) steps[l] = 1;
  TRY(iclgd_exact_gd(t->setting, steps, t->L, &loss, err));
  *miss = fabs(loss * pow(n, (double)t->L) / best->scalar - 1);
  if (best->planes == 0)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "d = %zu, L = %zu: expected d and L of at least 2, where "
                      "something turns",
                      t->dist.d, t->L);
  if (*miss > 0.01)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "n = %zu: expected a larger n, for here the loss of A = "
                      "I is %.2g%% off its own limit",
                      t->setting.n, 100 * *miss);
  return ICLGD_OK;
}

/* n^L loss of A = I + (kappa / sqrt n) J, over the limit for kappa = 0. The
 * next order in 1 / n is taken to be up to four times that of A = I. */
CHECK(o8_limit) {
  iclgd_antisymmetric best;
  double miss, *values;
  const double n = (double)t->setting.n;
  TRY(near_limit(t, &best, &miss, err));
  const comparison c = {
      2, t->L, {{1, best.kappa / sqrt(n), best.planes}, {1, 0, 0}}};
  TRY(sample(t, &c, &values, err));
  *out = iclgd_evidence_of(best.loss / best.scalar,
                           iclgd_estimate_ratio(values, t->prompts, 2, 0, 1),
                           4 * miss);
  return ICLGD_OK;
}

/* The best turn of all planes over the best turn: how many planes turn. */
CHECK(o8_planes) {
  iclgd_antisymmetric best;
  double miss, most, *values;
  const size_t all = t->dist.d / 2;
  const double n = (double)t->setting.n;
  TRY(near_limit(t, &best, &miss, err));
  if (best.planes == all)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "d = %zu, L = %zu: expected some where not all planes "
                      "turn, as d = 6, L = 3",
                      t->dist.d, t->L);
  TRY(iclgd_oracle_antisymmetric_loss(t->dist.d, t->L, all, best.kappa, &most,
                                      err));
  const double k = best.kappa / sqrt(n);
  const comparison c = {2, t->L, {{1, k, all}, {1, k, best.planes}}};
  TRY(sample(t, &c, &values, err));
  *out = iclgd_evidence_of(most / best.loss,
                           iclgd_estimate_ratio(values, t->prompts, 2, 0, 1),
                           4 * miss);
  return ICLGD_OK;
}

/* The second difference of the loss at eta I in one direction: exact beside
 * drawn, for two lengths of the step, whose difference bounds what the fourth
 * order leaves. */
CHECK(o8_curvature) {
  const double steps[] = {1e-3, 2e-3};
  double eta, all[ICLGD_LOOPS_MAX], loss, curvature, *values, mean[2] = {0};
  const size_t d = t->dist.d, planes = d / 2;
  TRY(iclgd_oracle_antisymmetric_curvature(d, t->setting.n, t->L, &curvature,
                                           err));
  TRY(iclgd_oracle_tied(t->setting, t->L, &eta, &loss, err));
  for (size_t l = 0; l < t->L; ++l) all[l] = eta;
  TRY(iclgd_trial_sees(t, (iclgd_layers){t->L, all, NULL}, 0.05, err));
  comparison c = {5, t->L, {{eta, 0, 0}}};
  for (size_t k = 0; k < 4; ++k)
    c.A[1 + k] = (turned){eta, k % 2 ? -steps[k / 2] : steps[k / 2], planes};
  TRY(sample(t, &c, &values, err));
  for (size_t i = 0; i < t->prompts; ++i) {
    double *v = values + 5 * i, change[2];
    for (size_t k = 0; k < 2; ++k) {
      const double square = 2 * (double)planes * steps[k] * steps[k];
      change[k] = (v[1 + 2 * k] + v[2 + 2 * k] - 2 * v[0]) / (2 * square);
      mean[k] += change[k] / (double)t->prompts;
    }
    values[i] = change[0]; /* its place has been read */
  }
  *out =
      iclgd_evidence_of(curvature, iclgd_estimate_mean(values, t->prompts, 1),
                        fabs(mean[1] - mean[0]));
  return ICLGD_OK;
}

/* The best turn in the limit and the best step, from four times the threshold
 * on, where half of the gain of the limit is there. */
static iclgd_status turn_of(const iclgd_trial *t, size_t L,
                            iclgd_antisymmetric *best, double *eta,
                            iclgd_error *err) {
  size_t threshold = 0;
  double loss;
  const size_t d = t->dist.d;
  TRY(iclgd_oracle_antisymmetric_threshold(d, L, &threshold, err));
  if (t->setting.n < 4 * threshold)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "n = %zu: expected at least %zu, four times where the "
                      "antisymmetric part sets in",
                      t->setting.n, 4 * threshold);
  TRY(iclgd_oracle_antisymmetric(d, L, best, err));
  return iclgd_oracle_tied(t->setting, L, eta, &loss, err);
}

/* aI + K over the best scalar, beside half of the gain of the limit. */
CHECK(o8_frozen) {
  iclgd_antisymmetric best;
  double eta, *values;
  const double n = (double)t->setting.n;
  TRY(turn_of(t, t->L, &best, &eta, err));
  const comparison c = {
      2, t->L, {{eta, best.kappa / sqrt(n), best.planes}, {eta, 0, 0}}};
  TRY(sample(t, &c, &values, err));
  *out =
      iclgd_evidence_of((1 + best.loss / best.scalar) / 2,
                        iclgd_estimate_ratio(values, t->prompts, 2, 0, 1), 0);
  return ICLGD_OK;
}

/* A model trained from a generic start beside the best scalar. */
CHECK(o8_trained) {
  iclgd_antisymmetric best;
  double eta = NAN;
  iclgd_subject trained, scalar;
  iclgd_estimate ratio;
  TRY(iclgd_trial_train(t, &trained, err));
  const size_t L = iclgd_model_depth(&trained.model);
  TRY(turn_of(t, L, &best, &eta, err));
  TRY(iclgd_trial_model(t, &eta, NULL, 1, L, &scalar, err));
  TRY(iclgd_trial_compare(t, &trained, &scalar, &ratio, err));
  *out = iclgd_evidence_of((1 + best.loss / best.scalar) / 2, ratio, 0);
  return ICLGD_OK;
}
