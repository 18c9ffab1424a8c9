/* O9: the best scalar GD++, L distinct layers or one layer L times.
 *
 * The loss has several valleys; it is minimised over (log a, c) from points of
 * Halton's sequence around the scale of the spectrum, then from the best of
 * one layer fewer with a layer more (tied: from L equal GD steps), and the best
 * of all is moved about until no move helps. Deterministic; never above what it
 * starts from, so never above fewer layers or tied GD. Nothing proves it
 * global.
 */
#include <math.h>
#include <string.h>

#include "math/minimise.h"
#include "spectrum.h"

enum { STARTS = 128, APPENDED = 12, LAYERS_MAX = 4 };

typedef struct problem {
  size_t L, distinct; /* distinct = 1 when tied, else L */
  iclgd_spectrum spectrum;
  double scale; /* 1 / (1 + (d + 1 + sigma2) / n), the best single step */
  double a[LAYERS_MAX], c[LAYERS_MAX], da[LAYERS_MAX], dc[LAYERS_MAX];
  double work[3 * (LAYERS_MAX + 1)];
} problem;

/* x = (log a of the distinct layers, then c / scale; the last untied c is left
 * out). */
static size_t unknowns(const problem *q) {
  return q->distinct == q->L ? 2 * q->L - 1 : 2;
}

static void unpack(problem *q, const double *x) {
  for (size_t l = 0; l < q->L; ++l) {
    const size_t k = q->distinct == 1 ? 0 : l;
    q->a[l] = exp(x[k]);
    q->c[l] = l + 1 < q->L ? q->scale * x[q->distinct + k] : 0;
  }
}

static double objective(const double *x, double *gradient, void *data) {
  problem *q = data;
  unpack(q, x);
  const iclgd_layers layers = {q->L, q->a, q->c};
  if (!gradient) return iclgd_layers_loss(&q->spectrum, layers, NULL);
  const double loss =
      iclgd_layers_gradient(&q->spectrum, layers, q->da, q->dc, q->work);
  const size_t count = unknowns(q);
  for (size_t i = 0; i < count; ++i) gradient[i] = 0;
  for (size_t l = 0; l < q->L; ++l) {
    const size_t k = q->distinct == 1 ? 0 : l;
    gradient[k] += q->da[l] * q->a[l];
    if (l + 1 < q->L) gradient[q->distinct + k] += q->dc[l] * q->scale;
  }
  return loss;
}

/* Halton's sequence: the digits of k in base b, mirrored. */
static double halton(size_t k, size_t base) {
  double value = 0, place = 1;
  for (; k > 0; k /= base) {
    place /= (double)base;
    value += place * (double)(k % base);
  }
  return value;
}

static void scatter(const problem *q, size_t k, double *x) {
  static const size_t primes[2 * LAYERS_MAX] = {2, 3, 5, 7, 11, 13, 17, 19};
  const size_t count = unknowns(q);
  for (size_t i = 0; i < count; ++i) {
    const double h = halton(k + 1, primes[i]);
    if (i < q->distinct) {
      const double growth = q->distinct > 1 ? 1.2 * (double)i : 0.3;
      x[i] = log(q->scale) + growth + 2 * (h - 0.5);
    } else {
      x[i] = 1.2 * h;
    }
  }
}

/* Walk down from x; keep what is lower than *loss in best. */
static iclgd_status attempt(problem *q, double *x, double *best, double *loss,
                            double *slope, iclgd_error *err) {
  double reached, rest;
  const size_t count = unknowns(q);
  const iclgd_status status =
      iclgd_minimise(objective, q, count, x, &reached, &rest, err);
  if (status || !(reached < *loss)) return status;
  *loss = reached;
  *slope = rest;
  memcpy(best, x, count * sizeof *x);
  return ICLGD_OK;
}

/* The k-th start from `fewer`, which has one layer less (one layer alone has
 * no c): an idle layer more (k = 0), or one of a larger step. */
static void append(const problem *q, const double *fewer, size_t k, double *x) {
  const size_t last = q->L - 1;
  for (size_t l = 0; l < last; ++l) x[l] = fewer[l];
  for (size_t l = 0; l + 1 < last; ++l) x[q->L + l] = fewer[last + l];
  x[last] = k ? fewer[last - 1] + 0.4 * (double)(k % 6) : fewer[0] - 15;
  x[q->L + last - 1] = k < 6 ? 0 : 0.15 * exp(fewer[last - 1]) / q->scale;
}

/* All starts for q->L layers. known: the best of one layer fewer, or the tied
 * GD step with c = 0; NULL when there is none. */
static iclgd_status search(problem *q, const double *known, double *best,
                           double *loss, iclgd_error *err) {
  double x[2 * LAYERS_MAX], slope = INFINITY;
  const int tied = q->distinct != q->L;
  *loss = INFINITY;
  for (size_t k = 0; k < STARTS; ++k) {
    scatter(q, k, x);
    TRY(attempt(q, x, best, loss, &slope, err));
  }
  for (size_t k = 0; known && k < (tied ? 1 : APPENDED); ++k) {
    if (tied)
      memcpy(x, known, 2 * sizeof *x);
    else
      append(q, known, k, x);
    TRY(attempt(q, x, best, loss, &slope, err));
  }
  TRY(iclgd_minimise_hop(objective, q, unknowns(q), q->distinct, best, loss,
                         &slope, err));
  if (!(slope <= 1e-6 * *loss))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "gdpp: no minimum found at L = %zu (relative "
                      "slope %.2g)",
                      q->L, slope / *loss);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_gdpp_best(iclgd_setting setting, size_t L, int tied,
                                    double *eta, double *gamma, double *loss,
                                    iclgd_error *err) {
  if (L < 1 || L > LAYERS_MAX)
    return iclgd_fail(err, L ? ICLGD_ERANGE : ICLGD_EUSAGE,
                      "expected L from 1 to %d for the best GD++, found %zu",
                      LAYERS_MAX, L);
  size_t degree = 0;
  for (size_t l = 0; l < L; ++l) degree = 3 * degree + 1;
  iclgd_arena arena = {0};
  problem q = {.L = L, .distinct = tied ? 1 : L};
  iclgd_status status =
      iclgd_spectrum_create(setting, degree, &arena, &q.spectrum, err);
  double known[2 * LAYERS_MAX] = {0}, best[2 * LAYERS_MAX] = {0};
  const double d = (double)setting.d, n = (double)setting.n;
  q.scale = n / (n + d + 1 + setting.sigma2);
  if (tied && L > 1) {
    double step = 1;
    if (!status) status = iclgd_oracle_tied(setting, L, &step, loss, err);
    known[0] = log(step);
    if (!status) status = search(&q, known, best, loss, err);
  }
  for (q.L = 1; (!tied || L == 1) && !status && q.L <= L; ++q.L) {
    q.distinct = q.L;
    memcpy(known, best, sizeof best);
    status = search(&q, q.L > 1 ? known : NULL, best, loss, err);
  }
  q.L = L;
  q.distinct = tied ? 1 : L;
  if (!status) unpack(&q, best);
  for (size_t l = 0; !status && l < q.distinct; ++l) {
    eta[l] = q.a[l];
    gamma[l] = q.c[l];
  }
  iclgd_arena_free(&arena);
  return status;
}
