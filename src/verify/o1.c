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

#include "checks.h"
#include "math/dense.h"

/* Sigma, Omega and A (d, d) in one piece. */
typedef struct matrices {
  double *Sigma, *Omega, *A;
} matrices;

static iclgd_status matrices_of(iclgd_trial *t, matrices *out,
                                iclgd_error *err) {
  const size_t d = t->dist.d;
  out->Sigma = iclgd_arena_reals(&t->arena, 3, d, d);
  if (!out->Sigma) return iclgd_fail_memory(err, "the covariances");
  out->Omega = out->Sigma + d * d;
  out->A = out->Omega + d * d;
  iclgd_distribution_covariance(&t->dist, out->Sigma);
  iclgd_distribution_task_covariance(&t->dist, out->Omega);
  return ICLGD_OK;
}

static void identity(double *M, size_t d) {
  for (size_t i = 0; i < d * d; ++i) M[i] = i % (d + 1) == 0;
}

/* The mean loss of one layer A on drawn contexts beside `expected`. */
static iclgd_status beside(iclgd_trial *t, const matrices *m, double expected,
                           iclgd_evidence *out, iclgd_error *err) {
  const iclgd_descent method = {1, m->A, m->Omega, m->Sigma};
  double *values;
  const iclgd_status status =
      iclgd_trial_descend(t, ICLGD_STREAM_PROBE, &method, &values, err);
  if (!status)
    *out = iclgd_evidence_of(expected,
                             iclgd_estimate_mean(values + 1, t->prompts, 2),
                             iclgd_drawing(expected));
  return status;
}

CHECK(o1_loss) {
  matrices m = {0};
  double loss;
  iclgd_status status = matrices_of(t, &m, err);
  if (!status)
    status =
        iclgd_oracle_one_layer(t->setting, m.Sigma, m.Omega, m.A, &loss, err);
  return status ? status : beside(t, &m, loss, out, err);
}

/* value: E[w b^T | S], E[b b^T | S]; what: Omega. work: S (d, d), b (d). */
static void second_moments(const iclgd_trial *t, const iclgd_prompt *p,
                           const void *what, size_t thread, double *work,
                           double *value) {
  const double *Omega = what;
  const size_t d = p->d;
  double *S = work, *C = value, *B = value + d * d;
  const double noise = t->setting.sigma2 / (double)p->mean_n;
  (void)thread;
  iclgd_context_gram(S, work + d * d, p->x, p->y, p->n, d, p->mean_n);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      C[i * d + j] = 0;
      for (size_t k = 0; k < d; ++k)
        C[i * d + j] += Omega[i * d + k] * S[k * d + j];
    }
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
  if (iclgd_divide_positive_work(d) > 1024 ||
      !(iclgd_divide_positive(M, B, d, A, work) > 0))
    return;
  *out = 0;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j)
      *out += q->Sigma[i * d + j] * A[j * d + i] / (double)d;
}

CHECK(o1_minimiser) {
  matrices m = {0};
  double *values, expected = 0;
  iclgd_estimate measured;
  const size_t d = t->dist.d;
  if (d > D_MAX)
    return iclgd_fail(err, ICLGD_ERANGE, "d = %zu: expected up to %d", d,
                      D_MAX);
  iclgd_status status = matrices_of(t, &m, err);
  if (!status)
    status =
        iclgd_oracle_one_layer(t->setting, m.Sigma, m.Omega, m.A, NULL, err);
  if (!status)
    status = iclgd_trial_sample(t, ICLGD_STREAM_PROBE, second_moments, m.Omega,
                                2 * d * d, d * d + d, &values, err);
  if (!status)
    status = iclgd_jackknife(t, values, 2 * d * d, solved_trace,
                             &(trace_of){d, m.Sigma}, 1, &measured, err);
  if (status) return status;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j)
      expected += m.Sigma[i * d + j] * m.A[j * d + i] / (double)d;
  *out = iclgd_evidence_of(expected, measured, iclgd_drawing(expected));
  return ICLGD_OK;
}

/* The transformer of one scalar layer on inputs of any isotropic law. */
CHECK(o1_isotropic) {
  double eta, loss, *values;
  iclgd_subject model;
  iclgd_status status = iclgd_oracle_one_step_isotropic(
      t->setting, t->dist.x_variance, iclgd_distribution_kappa(&t->dist), 1,
      &eta, &loss, err);
  if (!status) status = iclgd_trial_model(t, &eta, NULL, 1, 1, &model, err);
  if (!status)
    status = iclgd_trial_risks(t, ICLGD_STREAM_PROBE, &model, &values, err);
  if (!status)
    *out =
        iclgd_evidence_of(loss, iclgd_estimate_mean(values + 1, t->prompts, 2),
                          iclgd_drawing(loss));
  return status;
}

/* A of contexts of N points and Sigma = I, on the row's own law. */
CHECK(o1_transfer) {
  matrices m = {0};
  double loss;
  const size_t d = t->dist.d;
  const iclgd_setting train = {d, iclgd_get_size(t->settings, "N"),
                               t->setting.sigma2};
  iclgd_status status = matrices_of(t, &m, err);
  if (status) return status;
  double *I = iclgd_arena_reals(&t->arena, d, d, 1);
  if (!I) return iclgd_fail_memory(err, "the identity");
  identity(I, d);
  status = iclgd_oracle_one_layer(train, I, I, m.A, NULL, err);
  if (!status)
    status = iclgd_oracle_one_layer_loss(t->setting, m.Sigma, m.Omega, m.A,
                                         &loss, err);
  return status ? status : beside(t, &m, loss, out, err);
}

/* The best A for a finite pool, run as a transformer on its own tasks. */
CHECK(o1_seen) {
  matrices m = {0};
  double loss, *values;
  iclgd_subject model;
  iclgd_status status = matrices_of(t, &m, err);
  if (!status)
    status =
        iclgd_oracle_one_layer(t->setting, m.Sigma, m.Omega, m.A, &loss, err);
  if (!status) status = iclgd_trial_subject(t, "gd", 1, 1, &model, err);
  if (!status)
    status =
        iclgd_linear_construct(&model.model, model.theta, 0, m.A, NULL, err);
  if (!status)
    status = iclgd_trial_risks(t, ICLGD_STREAM_PROBE, &model, &values, err);
  if (!status)
    *out =
        iclgd_evidence_of(loss, iclgd_estimate_mean(values + 1, t->prompts, 2),
                          iclgd_drawing(loss));
  return status;
}

/* The same A on tasks w ~ N(0, I). */
CHECK(o1_new) {
  matrices m = {0};
  double loss;
  iclgd_status status = matrices_of(t, &m, err);
  if (!status)
    status =
        iclgd_oracle_one_layer(t->setting, m.Sigma, m.Omega, m.A, NULL, err);
  if (status) return status;
  identity(m.Omega, t->dist.d);
  status = iclgd_oracle_one_layer_loss(t->setting, m.Sigma, m.Omega, m.A, &loss,
                                       err);
  return status ? status : beside(t, &m, loss, out, err);
}

/* The exact loss of the trained A: never below the optimum, and within 1%. */
CHECK(o1_trained) {
  matrices m = {0};
  iclgd_subject model;
  double least, loss;
  iclgd_status status = matrices_of(t, &m, err);
  if (!status)
    status =
        iclgd_oracle_one_layer(t->setting, m.Sigma, m.Omega, NULL, &least, err);
  if (!status) status = iclgd_trial_train(t, &model, err);
  if (status) return status;
  iclgd_linear_A(&model.model, model.theta, 0, m.A, NULL);
  status = iclgd_oracle_one_layer_loss(t->setting, m.Sigma, m.Omega, m.A, &loss,
                                       err);
  *out = iclgd_evidence_of(least, (iclgd_estimate){loss, 0}, 0.01 * least);
  return status;
}
