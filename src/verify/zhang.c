/* Zhang, Frei, Bartlett 2023 (arXiv:2306.09927), Theorem 4.1: from
 *   W_PV(0) = s e e^T, W_KQ(0) = s blkdiag(Th Th^T, 0), |Th Th^T|_F = 1,
 *   s^2 |Gamma|_op sqrt(d) < 2
 * gradient flow converges to
 *   W_KQ = tr(Gamma^-2)^(-1/4) Gamma^-1, W_PV = tr(Gamma^-2)^(1/4) e e^T,
 *   Gamma = (1 + 1/n) Sigma + (tr Sigma / n) I.
 *
 * The flow moves U (d, d) and the scalar u of A = u U^T alone:
 *   dU/dt = -u G^T, du/dt = -<G, U^T>, G = Sigma (A N - Sigma),
 * G the gradient of half the loss and N = E[b b^T] the mean over drawn
 * contexts.
 */
#include <math.h>
#include <string.h>

#include "verify.h"

/* Time 400 in steps of 0.1: with eigenvalues of order 1 all has settled, and
 * twice the time changes nothing but rounding. */
enum { D_MAX = 4, SQUARE = D_MAX * D_MAX, STEPS = 4000 };

typedef struct flow {
  size_t d;
  const double *Sigma;
  double theta[SQUARE]; /* Th Th^T */
  double scale;         /* s */
} flow;

/* rate = d/dt of state (U, u). */
static void derivative(const flow *f, const double *N, const double *state,
                       double *rate) {
  const size_t d = f->d, q = d * d;
  const double *U = state, u = state[q];
  double R[SQUARE] = {0}, G[SQUARE];
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      R[i * d + j] = -f->Sigma[i * d + j];
      for (size_t k = 0; k < d; ++k)
        R[i * d + j] += u * U[k * d + i] * N[k * d + j];
    }
  iclgd_small_product(f->Sigma, R, G, d);
  rate[q] = 0;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      rate[j * d + i] = -u * G[i * d + j];
      rate[q] -= G[i * d + j] * U[j * d + i];
    }
}

/* One step of the classical Runge-Kutta method. */
static void advance(const flow *f, const double *N, double h, double *state) {
  const size_t size = f->d * f->d + 1;
  double rate[4][SQUARE + 1], at[SQUARE + 1];
  for (size_t stage = 0; stage < 4; ++stage) {
    const double part = stage == 3 ? h : h / 2;
    for (size_t i = 0; i < size; ++i)
      at[i] = state[i] + (stage ? part * rate[stage - 1][i] : 0);
    derivative(f, N, at, rate[stage]);
  }
  for (size_t i = 0; i < size; ++i)
    state[i] +=
        h / 6 * (rate[0][i] + 2 * rate[1][i] + 2 * rate[2][i] + rate[3][i]);
}

/* out: U (d, d), then u, at the end of the flow for this N. */
static void limit_of_flow(const double *N, const void *context, double *out) {
  const flow *f = context;
  const size_t q = f->d * f->d;
  double state[SQUARE + 1];
  for (size_t i = 0; i < q; ++i) state[i] = f->scale * f->theta[i];
  state[q] = f->scale;
  for (size_t k = 0; k < STEPS; ++k) advance(f, N, 0.1, state);
  memcpy(out, state, (q + 1) * sizeof *out);
}

enum { TIMES = 6 };
static const double times[TIMES] = {0.1, 0.5, 1, 2, 4, 10};

/* out: u tr U / d at these times, from U = s Th Th^T. */
static void flow_at_times(const double *N, const void *context, double *out) {
  const flow *f = context;
  const size_t d = f->d, q = d * d;
  double state[SQUARE + 1], now = 0;
  for (size_t i = 0; i < q; ++i) state[i] = f->scale * f->theta[i];
  state[q] = f->scale;
  for (size_t k = 0; k < TIMES; ++k) {
    const size_t steps = (size_t)ceil((times[k] - now) / 0.01);
    for (size_t i = 0; i < steps; ++i)
      advance(f, N, (times[k] - now) / (double)steps, state);
    now = times[k];
    out[k] = 0;
    for (size_t i = 0; i < d; ++i)
      out[k] += state[q] * state[i * d + i] / (double)d;
  }
}

/* E[b b^T | S] = S Omega S, Omega = I. work: S (d, d), b (d). */
static void measure(const iclgd_draw *draw, double *value) {
  double *work = draw->work;
  const size_t d = draw->prompt->d;
  iclgd_draw_gram(draw, work, work + d * d);
  iclgd_small_product(work, work, value, d);
}

/* Th Th^T of norm 1, Th random; s half of what is allowed. */
static void start(const iclgd_trial *t, const double *Sigma, flow *f) {
  const size_t d = f->d, q = d * d;
  double Th[SQUARE], norm = 0, trace = 0;
  iclgd_stream stream;
  iclgd_stream_seed(&stream, t->options->seed, ICLGD_STREAM_INIT, 0);
  iclgd_stream_normals(Th, &stream, q);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      f->theta[i * d + j] = 0;
      for (size_t k = 0; k < d; ++k)
        f->theta[i * d + j] += Th[i * d + k] * Th[j * d + k];
    }
  for (size_t i = 0; i < q; ++i) norm += f->theta[i] * f->theta[i];
  for (size_t i = 0; i < q; ++i) f->theta[i] /= sqrt(norm);
  for (size_t i = 0; i < d; ++i) trace += Sigma[i * d + i];
  /* |Gamma|_op <= (1 + 2/n) tr Sigma */
  const double most = (1 + 2 / (double)t->setting.n) * trace;
  f->scale = sqrt(2 / (most * sqrt((double)d))) / 2;
}

static iclgd_status check_size(const iclgd_trial *t, iclgd_error *err) {
  return t->dist.d < D_MAX
             ? ICLGD_OK
             : iclgd_fail(err, ICLGD_ERANGE, "d = %zu: expected up to %d",
                          t->dist.d, D_MAX - 1);
}

/* What the flow from f comes to for the mean N over drawn contexts. */
static iclgd_status follow(iclgd_trial *t, const flow *f, iclgd_of_means g,
                           size_t outputs, iclgd_estimate *out,
                           iclgd_error *err) {
  const size_t d = t->dist.d, q = d * d;
  const iclgd_measure moments = {measure, NULL, q, q + d};
  double *values;
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE, &moments, &values, err));
  return iclgd_jackknife(t, values, q, g, f, outputs, out, err);
}

CHECK(zhang_gamma) {
  const size_t d = t->dist.d, q = d * d;
  flow f = {.d = d};
  iclgd_estimate limit[SQUARE + 1];
  iclgd_matrices m;
  double square = 0;
  TRY(check_size(t, err));
  TRY(iclgd_trial_matrices(t, &m, err));
  f.Sigma = m.Sigma;
  start(t, m.Sigma, &f);
  const double *inverse = m.A; /* Gamma^-1 */
  TRY(iclgd_oracle_one_layer(t->setting, m.Sigma, m.Omega, m.A, NULL, err));
  TRY(follow(t, &f, limit_of_flow, q + 1, limit, err));
  for (size_t i = 0; i < q; ++i) square += inverse[i] * inverse[i];
  const double u = pow(square, 0.25), tolerance = 1e-5 * u;
  for (size_t i = 0; i < q; ++i)
    iclgd_evidence_worst(
        out, iclgd_evidence_of(inverse[i] / u, limit[i], tolerance));
  iclgd_evidence_worst(out, iclgd_evidence_of(u, limit[q], tolerance));
  return ICLGD_OK;
}

CHECK(zhang_logistic) {
  const size_t d = t->dist.d, q = d * d;
  flow f = {.d = d, .scale = 0.5};
  iclgd_estimate g[TIMES];
  TRY(check_size(t, err));
  double *Sigma = iclgd_arena_reals(&t->arena, d, d, 1);
  if (!Sigma) return iclgd_fail_memory(err, "the covariance");
  for (size_t i = 0; i < q; i += d + 1) {
    Sigma[i] = 1;
    f.theta[i] = 1 / sqrt((double)d);
  }
  f.Sigma = Sigma;
  TRY(follow(t, &f, flow_at_times, TIMES, g, err));
  for (size_t k = 0; k < TIMES; ++k) {
    double expected;
    TRY(iclgd_oracle_layer_flow(t->setting, f.scale, times[k], &expected, err));
    iclgd_evidence_worst(out, iclgd_evidence_drawn(expected, g[k]));
  }
  return ICLGD_OK;
}

/* All of P and Q, trained from that start with plain SGD: the exact loss of the
 * A that they hold. */
CHECK(zhang_trained) {
  const size_t d = t->dist.d, D = d + 1;
  flow f = {.d = d};
  iclgd_matrices m;
  iclgd_subject model;
  double least, loss;
  TRY(check_size(t, err));
  TRY(iclgd_trial_matrices(t, &m, err));
  start(t, m.Sigma, &f);
  TRY(iclgd_oracle_one_layer(t->setting, m.Sigma, m.Omega, NULL, &least, err));
  TRY(iclgd_trial_subject(t, "full", 1, 1, &model, err));
  double *P = model.theta, *Q = P + D * D;
  P[D * D - 1] = f.scale;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) Q[i * D + j] = -f.scale * f.theta[i * d + j];
  TRY(iclgd_trial_train_from(t, &model, err));
  iclgd_linear_A(&model.model, model.theta, 0, m.A, NULL);
  TRY(iclgd_oracle_one_layer_loss(t->setting, m.Sigma, m.Omega, m.A, &loss,
                                  err));
  *out = iclgd_evidence_near(least, loss, 0.01 * least);
  return ICLGD_OK;
}
