/* Yang et al. 2023 (arXiv:2311.12424): the loss over the last loops, and the
 * baselines of their linear task (d = 20, squared error / d, 1280 prompts). */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "math/dense.h"
#include "verify.h"

/* The oracle beside exact moments: step and loss. */
CHECK(yang_window) {
  double eta, loss, step, exact;
  const size_t L = t->L, window = iclgd_get_size(t->settings, "window");
  TRY(iclgd_oracle_windowed(t->setting, L, window, &eta, &loss, err));
  TRY(iclgd_exact_tied(t->setting, window < L ? L - window + 1 : 1, L, &step,
                       &exact, err));
  iclgd_evidence_worst(out, iclgd_evidence_exact(eta, step));
  iclgd_evidence_worst(out, iclgd_evidence_exact(loss, exact));
  return ICLGD_OK;
}

/* (w . x_query - y_query)^2 / d of averaging, w = X^T y / n. work: w (d). */
static void measure_averaging(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const size_t d = p->d;
  memset(work, 0, d * sizeof *work);
  for (size_t i = 0; i < p->n; ++i)
    for (size_t j = 0; j < d; ++j)
      work[j] += p->y[i] * p->x[i * d + j] / (double)p->n;
  const double off = iclgd_dot(work, p->x_query, d) - p->y_query;
  *value = off * off / (double)d;
}

/* The same of least squares. work: x (n, d), y (max(n, d)), w (d). */
static void measure_least_squares(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const size_t d = p->d, n = p->n;
  double *y = work + n * d, *w = y + (n > d ? n : d);
  memcpy(work, p->x, n * d * sizeof *work);
  memcpy(y, p->y, n * sizeof *y);
  const bool ok = iclgd_least_squares(work, y, n, d, w);
  const double off = ok ? iclgd_dot(w, p->x_query, d) - p->y_query : NAN;
  *value = off * off / (double)d;
}

/* Our mean beside theirs; both errors, theirs of 1280 prompts. */
static iclgd_status beside(iclgd_trial *t, const iclgd_measure *measure,
                           iclgd_evidence *out, iclgd_error *err) {
  const double theirs = 1280;
  iclgd_published figure;
  iclgd_estimate mean;
  TRY(iclgd_trial_figure(t, "yang2023.csv", &figure, err));
  TRY(iclgd_trial_mean(t, measure, &mean, err));
  mean.error *= sqrt(1 + (double)t->prompts / theirs);
  *out = iclgd_evidence_published(figure, mean);
  return ICLGD_OK;
}

CHECK(yang_averaging) {
  const iclgd_measure averaging = {measure_averaging, NULL, 1, t->dist.d};
  return beside(t, &averaging, out, err);
}

CHECK(yang_least_squares) {
  const size_t d = t->dist.d, n = t->dist.n;
  const iclgd_measure least_squares = {measure_least_squares, NULL, 1,
                                       n * d + n + 2 * d};
  return beside(t, &least_squares, out, err);
}
