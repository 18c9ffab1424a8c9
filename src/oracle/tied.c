/* O5: L equal steps. loss(eta) = mu((1 - eta s)^(2L)) + lambda mu(s q^2) is
 * convex without noise; with noise it may have several valleys, so the
 * derivative is followed over a fine grid of step sizes and every valley is
 * bisected to the last digit.
 *
 * Range of the grid: beyond the step at which the noiseless part exceeds
 * loss(0) = d no minimum can lie.
 */
#include <math.h>

#include "spectrum.h"

typedef struct search {
  iclgd_spectrum spectrum, noiseless;
  size_t L;
  double *eta, *da, *work; /* (L), (L), (3 (L + 1)) */
} search;

/* The loss of L steps of size eta, and its derivative unless NULL. */
static double loss_at(search *q, double eta, double *slope) {
  const iclgd_layers layers = {q->L, q->eta, NULL};
  for (size_t l = 0; l < q->L; ++l) q->eta[l] = eta;
  if (!slope) return iclgd_layers_loss(&q->noiseless, layers, NULL);
  const double loss =
      iclgd_layers_gradient(&q->spectrum, layers, q->da, NULL, q->work);
  *slope = 0;
  for (size_t l = 0; l < q->L; ++l) *slope += q->da[l];
  return loss;
}

/* The zero of the derivative between low (falling) and high (rising). */
static double bisect(search *q, double low, double high) {
  double slope;
  for (;;) {
    const double middle = 0.5 * (low + high);
    if (!(low < middle && middle < high)) return middle;
    loss_at(q, middle, &slope);
    if (slope < 0)
      low = middle;
    else
      high = middle;
  }
}

static iclgd_status minimise(search *q, double *eta, double *loss,
                             iclgd_error *err) {
  const double ratio = exp2(0.125);
  double low = 0x1p-60, before, after;
  double start = loss_at(q, 0, &before);
  *loss = INFINITY;
  loss_at(q, low, &before);
  while (loss_at(q, low, NULL) <= start) {
    const double high = low * ratio;
    loss_at(q, high, &after);
    if (before < 0 && !(after < 0)) {
      double slope;
      const double valley = bisect(q, low, high);
      const double reached = loss_at(q, valley, &slope);
      if (reached < *loss) {
        *loss = reached;
        *eta = valley;
      }
    }
    low = high;
    before = after;
  }
  if (!isfinite(*loss))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "tied: no minimum found at L = %zu, sigma2/n = %g", q->L,
                      q->spectrum.lambda);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_tied(iclgd_setting setting, size_t L, double *eta,
                               double *loss, iclgd_error *err) {
  if (L < 1) return iclgd_fail(err, ICLGD_EUSAGE, "expected L >= 1, found 0");
  iclgd_arena arena = {0};
  search q = {.L = L};
  iclgd_status status =
      iclgd_spectrum_create(setting, L, &arena, &q.spectrum, err);
  if (!status) {
    q.noiseless = q.spectrum;
    q.noiseless.lambda = 0;
    q.eta = iclgd_arena_reals(&arena, L, 1, 1);
    q.da = iclgd_arena_reals(&arena, L, 1, 1);
    q.work = iclgd_arena_reals(&arena, 3, L + 1, 1);
    status = q.eta && q.da && q.work ? minimise(&q, eta, loss, err)
                                     : iclgd_fail_memory(err, "the tied steps");
  }
  iclgd_arena_free(&arena);
  return status;
}
