/* The risk of models and of linear methods on drawn prompts. */
#include <iclgd/comparisons.h>
#include <string.h>

#include "verify.h"

typedef struct model_run {
  const iclgd_subject *subject;
  iclgd_tape **tapes; /* one per thread */
  double *Sigma;      /* (d, d) */
} model_run;

/* work: w (depth + 1, d). */
static void measure_model(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *prompt = draw->prompt;
  double *work = draw->work;
  const model_run *run = draw->what;
  const size_t d = prompt->d,
               rows = iclgd_model_depth(&run->subject->model) + 1;
  iclgd_model_weights(&run->subject->model, run->subject->theta, prompt,
                      run->tapes[draw->thread], work);
  for (size_t l = 0; l < rows; ++l) {
    double *e = work + l * d;
    for (size_t j = 0; j < d; ++j) e[j] -= prompt->w_star[j];
    value[l] = iclgd_quadratic_form(run->Sigma, e, d);
  }
}

iclgd_status iclgd_trial_risks(iclgd_trial *trial, const iclgd_subject *subject,
                               double **values, iclgd_error *err) {
  const iclgd_model *model = &subject->model;
  const size_t d = model->d, rows = iclgd_model_depth(model) + 1;
  const size_t threads = iclgd_pool_threads(trial->options->pool);
  model_run run = {
      .subject = subject,
      .tapes = iclgd_arena_take(&trial->arena, threads, sizeof *run.tapes),
      .Sigma = iclgd_arena_reals(&trial->arena, d, d, 1)};
  if (!run.tapes || !run.Sigma) return iclgd_fail_memory(err, "the models");
  iclgd_distribution_covariance(&trial->dist, run.Sigma);
  for (size_t i = 0; i < threads; ++i) {
    TRY(iclgd_tape_create(model, trial->dist.n, &trial->arena, &run.tapes[i],
                          err));
  }
  return iclgd_trial_sample(
      trial, ICLGD_STREAM_PROBE,
      &(iclgd_measure){measure_model, &run, rows, rows * d}, values, err);
}

iclgd_status iclgd_trial_risk(iclgd_trial *trial, const iclgd_subject *model,
                              iclgd_estimate *mean, iclgd_error *err) {
  const size_t depth = iclgd_model_depth(&model->model);
  double *values;
  TRY(iclgd_trial_risks(trial, model, &values, err));
  *mean = iclgd_estimate_mean(values + depth, trial->prompts, depth + 1);
  return ICLGD_OK;
}

iclgd_status iclgd_trial_matrices(iclgd_trial *trial, iclgd_matrices *out,
                                  iclgd_error *err) {
  const size_t d = trial->dist.d;
  out->Sigma = iclgd_arena_reals(&trial->arena, 3, d, d);
  if (!out->Sigma) return iclgd_fail_memory(err, "the covariances");
  out->Omega = out->Sigma + d * d;
  out->A = out->Omega + d * d;
  iclgd_distribution_covariance(&trial->dist, out->Sigma);
  iclgd_distribution_task_covariance(&trial->dist, out->Omega);
  return ICLGD_OK;
}

double iclgd_mean_trace(const double *X, const double *Y, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j)
      sum += X[i * d + j] * Y[j * d + i] / (double)d;
  return sum;
}

void iclgd_small_product(const double *restrict A, const double *restrict B,
                         double *restrict C, size_t d) {
  memset(C, 0, d * d * sizeof *C);
  for (size_t i = 0; i < d; ++i)
    for (size_t k = 0; k < d; ++k)
      for (size_t j = 0; j < d; ++j)
        C[i * d + j] += A[i * d + k] * B[k * d + j];
}

/* tr Sigma X Y X^T; T, U scratch. */
static double sandwich(const double *Sigma, const double *X, const double *Y,
                       double *T, double *U, size_t d) {
  double sum = 0;
  iclgd_small_product(X, Y, T, d);
  iclgd_small_product(Sigma, X, U, d);
  for (size_t i = 0; i < d * d; ++i) sum += T[i] * U[i];
  return sum;
}

/* work: S, R, E, T, U (d, d), b (d). E = R S - I is the error on w, R that on
 * the noise of b, whose covariance is sigma2 / n S. */
static void measure_descent(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *prompt = draw->prompt;
  const iclgd_descent *m = draw->what;
  const size_t d = prompt->d, q = d * d;
  double *S = draw->work, *R = S + q, *E = R + q, *T = E + q, *U = T + q,
         *b = U + q;
  iclgd_draw_gram(draw, S, b);
  memset(R, 0, q * sizeof *R);
  for (size_t l = 0; l <= m->L; ++l) {
    iclgd_small_product(R, S, E, d);
    for (size_t i = 0; i < d; ++i) E[i * d + i] -= 1;
    value[l] = sandwich(m->Sigma, E, m->Omega, T, U, d);
    if (draw->trial->setting.sigma2 > 0)
      value[l] += draw->trial->setting.sigma2 / (double)prompt->mean_n *
                  sandwich(m->Sigma, R, S, T, U, d);
    if (l == m->L) break;
    /* I - S R */
    iclgd_small_product(S, R, T, d);
    for (size_t i = 0; i < q; ++i) T[i] = (i % (d + 1) == 0) - T[i];
    iclgd_small_product(m->A + l * q, T, U, d);
    for (size_t i = 0; i < q; ++i) R[i] += U[i];
  }
}

iclgd_status iclgd_trial_descend(iclgd_trial *trial,
                                 const iclgd_descent *method, double **values,
                                 iclgd_error *err) {
  const size_t d = trial->dist.d;
  return iclgd_trial_sample(
      trial, ICLGD_STREAM_PROBE,
      &(iclgd_measure){measure_descent, method, method->L + 1, 5 * d * d + d},
      values, err);
}

iclgd_status iclgd_trial_subject(iclgd_trial *trial, const char *form,
                                 size_t layers, size_t loops,
                                 iclgd_subject *out, iclgd_error *err) {
  iclgd_linear_model(iclgd_linear_named(form), trial->dist.d, layers, loops,
                     &out->model);
  out->theta = iclgd_arena_reals(&trial->arena, out->model.size, 1, 1);
  return out->theta ? ICLGD_OK : iclgd_fail_memory(err, "the model");
}

iclgd_status iclgd_trial_model(iclgd_trial *trial, const double *eta,
                               const double *gamma, size_t layers, size_t loops,
                               iclgd_subject *out, iclgd_error *err) {
  const size_t d = trial->dist.d;
  double *A = iclgd_arena_reals(&trial->arena, 2, d, d);
  if (!A) return iclgd_fail_memory(err, "a layer");
  TRY(iclgd_trial_subject(trial, gamma ? "gdpp" : "scalar", layers, loops, out,
                          err));
  for (size_t l = 0; l < layers; ++l) {
    double *B = A + d * d;
    for (size_t i = 0; i < d; ++i) {
      A[i * d + i] = eta[l];
      B[i * d + i] = gamma ? gamma[l] / eta[l] : 0;
    }
    TRY(iclgd_linear_construct(&out->model, out->theta, l, A, gamma ? B : NULL,
                               err));
  }
  return ICLGD_OK;
}

iclgd_status iclgd_trial_compare(iclgd_trial *trial, const iclgd_subject *a,
                                 const iclgd_subject *b, iclgd_estimate *ratio,
                                 iclgd_error *err) {
  const iclgd_subject *const models[] = {a, b};
  double *pairs = iclgd_arena_reals(&trial->arena, trial->prompts, 2, 1);
  if (!pairs) return iclgd_fail_memory(err, "the pairs");
  for (size_t k = 0; k < 2; ++k) {
    const size_t L = iclgd_model_depth(&models[k]->model);
    double *values;
    TRY(iclgd_trial_risks(trial, models[k], &values, err));
    for (size_t i = 0; i < trial->prompts; ++i)
      pairs[2 * i + k] = values[i * (L + 1) + L];
  }
  *ratio = iclgd_estimate_ratio(pairs, trial->prompts, 2, 0, 1);
  return ICLGD_OK;
}
