/* Yang et al. 2023 (arXiv:2311.12424): the loss over the last loops, and the
 * baselines of their linear task (d = 20, squared error / d, 1280 prompts). */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "checks.h"
#include "math/dense.h"

/* The oracle beside exact moments: step and loss. */
CHECK(yang_window) {
  double eta, loss, step, exact;
  const size_t L = t->L, window = iclgd_get_size(t->settings, "window");
  iclgd_status status =
      iclgd_oracle_windowed(t->setting, L, window, &eta, &loss, err);
  if (!status)
    status = iclgd_exact_tied(t->setting, window < L ? L - window + 1 : 1, L,
                              &step, &exact, err);
  if (status) return status;
  iclgd_evidence_worst(out, eta, (iclgd_estimate){step, 0},
                       iclgd_rounding(eta));
  iclgd_evidence_worst(out, loss, (iclgd_estimate){exact, 0},
                       iclgd_rounding(loss));
  return ICLGD_OK;
}

/* (w . x_query - y_query)^2 / d of averaging, w = X^T y / n. work: w (d). */
static void measure_averaging(const iclgd_trial *t, const iclgd_prompt *p,
                              const void *what, size_t thread, double *work,
                              double *value) {
  const size_t d = p->d;
  (void)t;
  (void)what;
  (void)thread;
  memset(work, 0, d * sizeof *work);
  for (size_t i = 0; i < p->n; ++i)
    for (size_t j = 0; j < d; ++j)
      work[j] += p->y[i] * p->x[i * d + j] / (double)p->n;
  const double off = iclgd_dot(work, p->x_query, d) - p->y_query;
  *value = off * off / (double)d;
}

/* The same of least squares. work: x (n, d), y (max(n, d)), w (d). */
static void measure_least_squares(const iclgd_trial *t, const iclgd_prompt *p,
                                  const void *what, size_t thread, double *work,
                                  double *value) {
  const size_t d = p->d, n = p->n;
  double *y = work + n * d, *w = y + (n > d ? n : d);
  (void)t;
  (void)what;
  (void)thread;
  memcpy(work, p->x, n * d * sizeof *work);
  memcpy(y, p->y, n * sizeof *y);
  const bool ok = iclgd_least_squares(work, y, n, d, w);
  const double off = ok ? iclgd_dot(w, p->x_query, d) - p->y_query : NAN;
  *value = off * off / (double)d;
}

/* Our mean beside theirs; both errors, theirs of 1280 prompts. */
static iclgd_status beside(iclgd_trial *t, iclgd_measure measure,
                           iclgd_evidence *out, iclgd_error *err) {
  const double theirs = 1280;
  const size_t d = t->dist.d, n = t->dist.n;
  double *values;
  iclgd_published figure;
  iclgd_status status = iclgd_trial_published(
      t, "yang2023.csv", iclgd_get_text(t->settings, "figure"), &figure, err);
  if (!status)
    status = iclgd_trial_sample(t, ICLGD_STREAM_PROBE, measure, NULL, 1,
                                n * d + n + 2 * d, &values, err);
  if (status) return status;
  iclgd_estimate mean = iclgd_estimate_mean(values, t->prompts, 1);
  mean.error *= sqrt(1 + (double)t->prompts / theirs);
  *out = iclgd_evidence_of(figure.value, mean, figure.half_width);
  return ICLGD_OK;
}

CHECK(yang_averaging) {
  return beside(t, measure_averaging, out, err);
}

CHECK(yang_least_squares) {
  return beside(t, measure_least_squares, out, err);
}
