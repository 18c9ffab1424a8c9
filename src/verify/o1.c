/* O1: one layer, w_1 = A b.
 *
 *   loss(A) = E (w - A b)^T Sigma (w - A b),  A* = E[w b^T] E[b b^T]^-1
 *
 * The oracle has both in closed form; here they are means over drawn contexts,
 * with w and the noise averaged exactly given S: E[w b^T | S] = Omega S and
 * E[b b^T | S] = S Omega S + (sigma2/n) S.
 */
#include <math.h>
#include <string.h>

#include "math/dense.h"
#include "verify.h"

static void identity(double *M, size_t d) {
  for (size_t i = 0; i < d * d; ++i) M[i] = i % (d + 1) == 0;
}

/* The A that is best for the row's law, and its loss unless NULL. */
static iclgd_status best_layer(iclgd_trial *t, iclgd_matrices *m, double *loss,
                               iclgd_error *err) {
  TRY(iclgd_trial_matrices(t, m, err));
  return iclgd_oracle_one_layer(t->setting, m->Sigma, m->Omega, m->A, loss,
                                err);
}

/* The mean loss of one layer A on drawn contexts beside `expected`. */
static iclgd_status beside(iclgd_trial *t, const iclgd_matrices *m,
                           double expected, iclgd_evidence *out,
                           iclgd_error *err) {
  const iclgd_descent method = {1, m->A, m->Omega, m->Sigma};
  double *values;
  TRY(iclgd_trial_descend(t, &method, &values, err));
  *out = iclgd_evidence_drawn(expected,
                              iclgd_estimate_mean(values + 1, t->prompts, 2));
  return ICLGD_OK;
}

CHECK(o1_loss) {
  iclgd_matrices m;
  double loss;
  TRY(best_layer(t, &m, &loss, err));
  return beside(t, &m, loss, out, err);
}

/* value: E[w b^T | S], E[b b^T | S]; what: Omega. work: S (d, d), b (d). */
static void second_moments(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const double *Omega = draw->what;
  const size_t d = p->d;
  double *S = work, *C = value, *B = value + d * d;
  const double noise = draw->trial->setting.sigma2 / (double)p->mean_n;
  iclgd_draw_gram(draw, S, work + d * d);
  iclgd_small_product(Omega, S, C, d);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      B[i * d + j] = noise * S[i * d + j];
      for (size_t k = 0; k < d; ++k)
        B[i * d + j] += S[i * d + k] * C[k * d + j];
    }
}

enum { D_MAX = 8 };

typedef struct trace_of {
  size_t d;
  const double *Sigma;
} trace_of;

/* tr Sigma A / d of the A that solves the mean normal equations. */
static void solved_trace(const double *means, const void *context,
                         double *out) {
  const trace_of *q = context;
  const size_t d = q->d, square = d * d;
  double M[D_MAX * D_MAX], B[D_MAX * D_MAX], A[D_MAX * D_MAX], work[1024];
  memcpy(B, means, square * sizeof *B);
  memcpy(M, means + square, square * sizeof *M);
  *out = NAN;
  if (iclgd_regress_work(d, d) <= 1024 &&
      iclgd_regress(M, B, d, d, A, work) > 0)
    *out = iclgd_mean_trace(q->Sigma, A, d);
}

CHECK(o1_minimiser) {
  iclgd_matrices m;
  double *values;
  iclgd_estimate measured;
  const size_t d = t->dist.d;
  if (d > D_MAX)
    return iclgd_fail(err, ICLGD_ERANGE, "d = %zu: expected up to %d", d,
                      D_MAX);
  TRY(best_layer(t, &m, NULL, err));
  TRY(iclgd_trial_sample(
      t, ICLGD_STREAM_PROBE,
      &(iclgd_measure){second_moments, m.Omega, 2 * d * d, d * d + d}, &values,
      err));
  TRY(iclgd_jackknife(t, values, 2 * d * d, solved_trace,
                      &(trace_of){d, m.Sigma}, 1, &measured, err));
  *out = iclgd_evidence_drawn(iclgd_mean_trace(m.Sigma, m.A, d), measured);
  return ICLGD_OK;
}

/* The transformer of one scalar layer on inputs of any isotropic law. */
CHECK(o1_isotropic) {
  iclgd_estimate mean;
  double eta, loss;
  iclgd_subject model;
  TRY(iclgd_oracle_one_step_isotropic(t->setting, t->dist.x_variance,
                                      iclgd_distribution_kappa(&t->dist), 1,
                                      &eta, &loss, err));
  TRY(iclgd_trial_model(t, &eta, NULL, 1, 1, &model, err));
  TRY(iclgd_trial_risk(t, &model, &mean, err));
  *out = iclgd_evidence_drawn(loss, mean);
  return ICLGD_OK;
}

/* A of contexts of N points and Sigma = I, on the row's own law. */
CHECK(o1_transfer) {
  iclgd_matrices m;
  double loss;
  const size_t d = t->dist.d;
  const iclgd_setting train = {d, iclgd_get_size(t->settings, "N"),
                               t->setting.sigma2};
  TRY(iclgd_trial_matrices(t, &m, err));
  double *I = iclgd_arena_reals(&t->arena, d, d, 1);
  if (!I) return iclgd_fail_memory(err, "the identity");
  identity(I, d);
  TRY(iclgd_oracle_one_layer(train, I, I, m.A, NULL, err));
  TRY(iclgd_oracle_one_layer_loss(t->setting, m.Sigma, m.Omega, m.A, &loss,
                                  err));
  return beside(t, &m, loss, out, err);
}

/* The best A for a finite pool, run as a transformer on its own tasks. */
CHECK(o1_seen) {
  iclgd_estimate mean;
  iclgd_matrices m;
  double loss;
  iclgd_subject model;
  TRY(best_layer(t, &m, &loss, err));
  TRY(iclgd_trial_subject(t, "gd", 1, 1, &model, err));
  TRY(iclgd_linear_construct(&model.model, model.theta, 0, m.A, NULL, err));
  TRY(iclgd_trial_risk(t, &model, &mean, err));
  *out = iclgd_evidence_drawn(loss, mean);
  return ICLGD_OK;
}

/* The same A on tasks w ~ N(0, I). */
CHECK(o1_new) {
  iclgd_matrices m;
  double loss;
  TRY(best_layer(t, &m, NULL, err));
  identity(m.Omega, t->dist.d);
  TRY(iclgd_oracle_one_layer_loss(t->setting, m.Sigma, m.Omega, m.A, &loss,
                                  err));
  return beside(t, &m, loss, out, err);
}

/* The exact loss of the trained A: never below the optimum, and within 1%. */
CHECK(o1_trained) {
  iclgd_matrices m;
  iclgd_subject model;
  double least, loss;
  TRY(iclgd_trial_matrices(t, &m, err));
  TRY(iclgd_oracle_one_layer(t->setting, m.Sigma, m.Omega, NULL, &least, err));
  TRY(iclgd_trial_train(t, &model, err));
  iclgd_linear_A(&model.model, model.theta, 0, m.A, NULL);
  TRY(iclgd_oracle_one_layer_loss(t->setting, m.Sigma, m.Omega, m.A, &loss,
                                  err));
  *out = iclgd_evidence_near(least, loss, 0.01 * least);
  return ICLGD_OK;
}
