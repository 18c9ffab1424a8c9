/* O3 with weight decay: gradient descent itself on drawn prompts, beside the
 * closed form at their spectra. */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "math/symmetric.h"
#include "verify.h"

typedef struct decay {
  double eta, decay;
  size_t k;
} decay;

/* value: |w_k - w_star|^2 of the steps, and the closed form at this spectrum.
 * work: S, scratch (d, d + 3), b, w, lambda, slope (d). */
static void measure(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const decay *q = draw->what;
  const size_t d = p->d, square = d * d;
  double *b = work + 2 * square + 3 * d, *w = b + d, *lambda = w + d;
  double *slope = lambda + d;
  iclgd_error err;
  iclgd_draw_gram(draw, work, b);
  memset(w, 0, d * sizeof *w);
  for (size_t k = 0; k < q->k; ++k) {
    for (size_t i = 0; i < d; ++i)
      slope[i] = b[i] - q->decay * w[i] - iclgd_dot(work + i * d, w, d);
    for (size_t i = 0; i < d; ++i) w[i] += q->eta * slope[i];
  }
  value[0] = iclgd_squared_distance(w, p->w_star, d);
  iclgd_symmetric_values(work, d, work + square, lambda);
  if (iclgd_oracle_weight_decay(draw->trial->setting, lambda, q->eta, q->decay,
                                q->k, &value[1], &err))
    value[1] = NAN;
}

/* The mean of the steps beside the mean of the closed form, paired. */
CHECK(o3_decay) {
  size_t count;
  const double *eta = iclgd_get_reals(t->settings, "eta", &count);
  const size_t d = t->dist.d;
  double *values, expected = 0;
  if (count != 1)
    return iclgd_fail(err, ICLGD_EUSAGE, "eta: expected 1 value, found %zu",
                      count);
  const decay q = {eta[0], iclgd_get_real(t->settings, "decay"),
                   iclgd_get_size(t->settings, "k")};
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE,
                         &(iclgd_measure){measure, &q, 2, 2 * d * d + 7 * d},
                         &values, err));
  for (size_t i = 0; i < t->prompts; ++i) {
    expected += values[2 * i + 1] / (double)t->prompts;
    values[i] = values[2 * i] - values[2 * i + 1]; /* places that were read */
  }
  iclgd_estimate mean = iclgd_estimate_mean(values, t->prompts, 1);
  mean.value += expected;
  *out = iclgd_evidence_drawn(expected, mean);
  return ICLGD_OK;
}
