/* O1: one layer of linear attention with any A.
 *
 * x ~ N(0, Sigma), Cov(w) = Omega of zero mean, noise sigma2:
 *
 *   E[S Omega S] = (1 + 1/n) Sigma Omega Sigma + tr(Sigma Omega)/n Sigma
 *   N = E[S Omega S] + sigma2/n Sigma
 *   loss(A) = tr Sigma (A N A^T - A Sigma Omega - Omega Sigma A^T + Omega)
 *   A* = Omega Sigma N^-1,  loss(A*) = tr Sigma Omega - tr Sigma A* Sigma
 * Omega.
 *
 * Source: docs/theory.md, O1; with Omega = I it is Theorem 1 of Ahn et al. 2023
 * (arXiv:2306.00297) and the limit of Zhang et al. 2023 (arXiv:2306.09927).
 */
#include <math.h>

#include "math/dense.h"
#include "spectrum.h"

typedef struct layer {
  size_t d;
  double trace;    /* tr Sigma Omega */
  double *SO;      /* Sigma Omega */
  double *N;       /* the second moment that A meets */
  double *SA, *AN; /* scratch for the products they are named after */
} layer;

static iclgd_status symmetric(const char *name, size_t d, const double *A,
                              iclgd_error *err) {
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j <= i; ++j)
      if (!(fabs(A[i * d + j] - A[j * d + i]) <=
            1e-12 * sqrt(fabs(A[i * d + i] * A[j * d + j]))))
        return iclgd_fail(err, ICLGD_EUSAGE,
                          "%s: expected a symmetric matrix, found %g and %g "
                          "at (%zu, %zu)",
                          name, A[i * d + j], A[j * d + i], i, j);
  return ICLGD_OK;
}

static iclgd_status prepare(iclgd_setting setting, const double *Sigma,
                            const double *Omega, iclgd_arena *arena, layer *out,
                            iclgd_error *err) {
  const size_t d = setting.d, square = d * d;
  const double n = (double)setting.n;
  TRY(iclgd_setting_check(setting, err));
  if (d > 10000)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "expected matrices up to d = 10000, found %zu", d);
  TRY(symmetric("Sigma", d, Sigma, err));
  TRY(symmetric("Omega", d, Omega, err));
  double *SO = iclgd_arena_reals(arena, 4, d, d);
  if (!SO) return iclgd_fail_memory(err, "one layer");
  *out = (layer){.d = d,
                 .SO = SO,
                 .N = SO + square,
                 .SA = SO + 2 * square,
                 .AN = SO + 3 * square};
  iclgd_multiply(Sigma, Omega, SO, d);
  for (size_t i = 0; i < d; ++i) out->trace += SO[i * d + i];
  iclgd_multiply(SO, Sigma, out->N, d);
  for (size_t i = 0; i < square; ++i)
    out->N[i] =
        (1 + 1 / n) * out->N[i] + (out->trace + setting.sigma2) / n * Sigma[i];
  return ICLGD_OK;
}

/* loss(A) = <Sigma A, A N> - 2 tr Sigma A Sigma Omega + tr Sigma Omega */
static double loss_of(const layer *q, const double *Sigma, const double *A) {
  const size_t d = q->d;
  iclgd_multiply(Sigma, A, q->SA, d);
  iclgd_multiply(A, q->N, q->AN, d);
  double loss = q->trace;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j)
      loss += q->SA[i * d + j] * (q->AN[i * d + j] - 2 * q->SO[j * d + i]);
  return loss;
}

iclgd_status iclgd_oracle_one_layer_loss(iclgd_setting setting,
                                         const double *Sigma,
                                         const double *Omega, const double *A,
                                         double *loss, iclgd_error *err) {
  iclgd_arena arena = {0};
  layer q;
  const iclgd_status status = prepare(setting, Sigma, Omega, &arena, &q, err);
  if (!status) *loss = loss_of(&q, Sigma, A);
  iclgd_arena_free(&arena);
  if (!status && !isfinite(*loss))
    return iclgd_fail(err, ICLGD_ERANGE, "the loss of A is not finite");
  return status;
}

/* A* = Omega Sigma N^-1. */
static iclgd_status solve(layer *q, double *A, iclgd_arena *arena,
                          iclgd_error *err) {
  const size_t d = q->d;
  double *work = iclgd_arena_reals(arena, iclgd_regress_work(d, d), 1, 1);
  if (!work) return iclgd_fail_memory(err, "one layer");
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) q->AN[j * d + i] = q->SO[i * d + j];
  if (!(iclgd_regress(q->N, q->AN, d, d, A, work) > 1e-13))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "one layer: Sigma is not positive definite, or Omega "
                      "and sigma2 vanish");
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_one_layer(iclgd_setting setting, const double *Sigma,
                                    const double *Omega, double *A,
                                    double *loss, iclgd_error *err) {
  iclgd_arena arena = {0};
  layer q;
  iclgd_status status = prepare(setting, Sigma, Omega, &arena, &q, err);
  double best = NAN;
  double *minimiser = status || A ? A : iclgd_arena_reals(&arena, q.d, q.d, 1);
  if (!status && !minimiser) status = iclgd_fail_memory(err, "one layer");
  if (!status) status = solve(&q, minimiser, &arena, err);
  if (!status) {
    iclgd_multiply(Sigma, minimiser, q.SA, q.d);
    best = q.trace;
    for (size_t i = 0; i < q.d; ++i)
      for (size_t j = 0; j < q.d; ++j)
        best -= q.SA[i * q.d + j] * q.SO[j * q.d + i];
    if (!isfinite(best))
      status = iclgd_fail(err, ICLGD_ERANGE, "the loss of A* is not finite");
  }
  if (!status && loss) *loss = best;
  iclgd_arena_free(&arena);
  return status;
}
