/* O8: with tied weights the best A is not a multiple of Sigma^-1: an
 * antisymmetric part lowers the loss. Paired on the same frozen prompts. */
#include <math.h>

#include "checks.h"

/* A = a I + K, K = k [[0, 1], [-1, 0]] in the planes (1, 2), (3, 4), ..,
 * L times. */
static double *turned(iclgd_trial *t, double a, double k) {
  const size_t d = t->dist.d;
  double *A = iclgd_arena_reals(&t->arena, t->L, d, d);
  for (size_t l = 0; A && l < t->L; ++l) {
    double *layer = A + l * d * d;
    for (size_t i = 0; i < d; ++i) layer[i * d + i] = a;
    for (size_t i = 0; i + 1 < d; i += 2) {
      layer[i * d + i + 1] = k;
      layer[(i + 1) * d + i] = -k;
    }
  }
  return A;
}

/* pairs (prompts, 2): the loss of aI + K, and of a0 I. */
static iclgd_status pair(iclgd_trial *t, double a, double k, double a0,
                         double **pairs, iclgd_error *err) {
  const size_t d = t->dist.d, L = t->L;
  double *I = iclgd_arena_reals(&t->arena, d, d, 1);
  double *values, *A[] = {turned(t, a, k), turned(t, a0, 0)};
  *pairs = iclgd_arena_reals(&t->arena, t->prompts, 2, 1);
  if (!I || !A[0] || !A[1] || !*pairs)
    return iclgd_fail_memory(err, "the pairs");
  for (size_t i = 0; i < d; ++i) I[i * d + i] = 1;
  for (size_t which = 0; which < 2; ++which) {
    const iclgd_descent method = {L, A[which], I, I};
    const iclgd_status status =
        iclgd_trial_descend(t, ICLGD_STREAM_PROBE, &method, &values, err);
    if (status) return status;
    for (size_t i = 0; i < t->prompts; ++i)
      (*pairs)[2 * i + which] = values[i * (L + 1) + L];
  }
  return ICLGD_OK;
}

/* The row's eta: a, k. */
CHECK(o8_frozen) {
  size_t count;
  double eta, loss, *pairs;
  const double *A = iclgd_get_reals(t->settings, "eta", &count);
  if (count != 2)
    return iclgd_fail(err, ICLGD_EUSAGE, "eta: expected a and k, found %zu",
                      count);
  iclgd_status status = iclgd_oracle_tied(t->setting, t->L, &eta, &loss, err);
  if (!status) status = pair(t, A[0], A[1], eta, &pairs, err);
  if (!status)
    *out = iclgd_evidence_of(
        1, iclgd_estimate_ratio(pairs, t->prompts, 2, 0, 1), 0);
  return status;
}

/* n^2 (loss(I + K / sqrt(n)) - loss(I)) at L = 2. */
CHECK(o8_limit) {
  double whole, broken, *pairs;
  const double n = (double)t->setting.n;
  iclgd_status status =
      iclgd_oracle_long_context(t->dist.d, t->L, 0, &whole, err);
  if (!status)
    status = iclgd_oracle_long_context(t->dist.d, t->L, 1, &broken, err);
  if (!status)
    status =
        iclgd_distribution_use_sampler(t->settings, &t->arena, &t->dist, err);
  if (!status) status = pair(t, 1, 1 / sqrt(n), 1, &pairs, err);
  if (status) return status;
  for (size_t i = 0; i < t->prompts; ++i)
    pairs[i] = n * n * (pairs[2 * i] - pairs[2 * i + 1]);
  *out = iclgd_evidence_of(broken - whole,
                           iclgd_estimate_mean(pairs, t->prompts, 1),
                           10 * whole / n);
  return ICLGD_OK;
}

/* A model trained from a generic start beside the best scalar. */
CHECK(o8_trained) {
  double eta, loss;
  iclgd_model trained, best;
  iclgd_estimate ratio;
  iclgd_status status = iclgd_trial_train(t, &trained, err);
  const size_t L = status ? 1 : iclgd_model_depth(&trained);
  if (!status) status = iclgd_oracle_tied(t->setting, L, &eta, &loss, err);
  if (!status) status = iclgd_trial_model(t, &eta, NULL, 1, L, &best, err);
  if (!status) status = iclgd_trial_compare(t, &trained, &best, &ratio, err);
  if (!status) *out = iclgd_evidence_of(1, ratio, 0);
  return status;
}
