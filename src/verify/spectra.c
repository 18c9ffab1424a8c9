/* The spectrum of drawn prompts, and the best scalar layers on it.
 *
 * The mean measure of all eigenvalues is reduced to a Gauss rule by Stieltjes'
 * procedure (Gautschi 2004, Orthogonal Polynomials, 2.2.3.1): a loss that is a
 * polynomial in s is then a short sum, equal to the mean over the prompts to
 * rounding, and searching it costs nothing.
 */
#include <math.h>
#include <string.h>

#include "math/minimise.h"
#include "math/quadrature.h"
#include "math/symmetric.h"
#include "verify.h"

/* work: S, scratch (d, d + 3), b (d). */
static void measure_eigenvalues(const iclgd_draw *draw, double *value) {
  double *work = draw->work;
  const size_t d = draw->prompt->d, q = d * d;
  iclgd_draw_gram(draw, work, work + 2 * q + 3 * d);
  iclgd_symmetric_values(work, d, work + q, value);
}

iclgd_status iclgd_trial_eigenvalues(iclgd_trial *trial, iclgd_stream_id stream,
                                     double **lambda, iclgd_error *err) {
  const size_t d = trial->dist.d;
  return iclgd_trial_sample(
      trial, stream,
      &(iclgd_measure){measure_eigenvalues, NULL, d, 2 * d * d + 4 * d}, lambda,
      err);
}

/* One step of the recurrence: the next orthogonal polynomial at the nodes. */
static void advance(const double *s, size_t count, double alpha, double beta,
                    double *now, double *before) {
  for (size_t i = 0; i < count; ++i) {
    const double next = (s[i] - alpha) * now[i] - beta * before[i];
    before[i] = now[i];
    now[i] = next;
  }
}

/* alpha, beta (nodes) of the measure of equal weights on s (count). */
static void stieltjes(const double *s, size_t count, size_t nodes,
                      double *alpha, double *beta, double *now,
                      double *before) {
  double norm = 1;
  for (size_t i = 0; i < count; ++i) {
    now[i] = 1;
    before[i] = 0;
  }
  for (size_t k = 0; k < nodes; ++k) {
    double squares = 0, first = 0;
    for (size_t i = 0; i < count; ++i) {
      squares += now[i] * now[i];
      first += s[i] * now[i] * now[i];
    }
    alpha[k] = first / squares;
    beta[k] = squares / norm;
    norm = squares;
    advance(s, count, alpha[k], k ? beta[k] : 0, now, before);
  }
}

iclgd_status iclgd_trial_spectrum(iclgd_trial *trial, const double *lambda,
                                  size_t count, size_t nodes,
                                  iclgd_spectrum *out, iclgd_error *err) {
  const size_t d = trial->dist.d;
  iclgd_arena arena = {0};
  double *now = iclgd_arena_reals(&arena, count, 2 * d, 1);
  double *alpha = iclgd_arena_reals(&arena, nodes, 2, 1);
  *out = (iclgd_spectrum){
      .count = nodes,
      .s = iclgd_arena_reals(&trial->arena, nodes, 1, 1),
      .weight = iclgd_arena_reals(&trial->arena, nodes, 1, 1),
      .lambda = trial->setting.sigma2 / (double)trial->setting.n};
  iclgd_status status = now && alpha && out->s && out->weight
                            ? ICLGD_OK
                            : iclgd_fail_memory(err, "the spectrum");
  if (!status) {
    stieltjes(lambda, count * d, nodes, alpha, alpha + nodes, now,
              now + count * d);
    alpha[nodes] = (double)d; /* the mass: the mean of a trace */
    status =
        iclgd_gauss_rule(alpha, alpha + nodes, nodes, out->s, out->weight, err);
  }
  iclgd_arena_free(&arena);
  return status;
}

enum { LAYERS_MAX = 8 };

typedef struct search {
  const iclgd_spectrum *spectrum;
  size_t L, distinct;
  bool has_c;
} search;

/* x: log a of the distinct layers, then c, without the last untied one. */
static size_t unknowns(const search *s) {
  return s->distinct * (s->has_c ? 2 : 1) - (s->has_c && s->distinct > 1);
}

static double objective(const double *x, double *gradient, void *data) {
  const search *s = data;
  double a[LAYERS_MAX], c[LAYERS_MAX] = {0}, da[LAYERS_MAX], dc[LAYERS_MAX];
  double work[3 * (LAYERS_MAX + 1)];
  for (size_t l = 0; l < s->L; ++l) {
    const size_t k = s->distinct == 1 ? 0 : l;
    a[l] = exp(x[k]);
    if (s->has_c && l + 1 < s->L) c[l] = x[s->distinct + k];
  }
  const iclgd_layers layers = {s->L, a, s->has_c ? c : NULL};
  if (!gradient) return iclgd_layers_loss(s->spectrum, layers, NULL);
  const double loss = iclgd_layers_gradient(s->spectrum, layers, da,
                                            s->has_c ? dc : NULL, work);
  memset(gradient, 0, unknowns(s) * sizeof *gradient);
  for (size_t l = 0; l < s->L; ++l) {
    const size_t k = s->distinct == 1 ? 0 : l;
    gradient[k] += da[l] * a[l];
    if (s->has_c && l + 1 < s->L) gradient[s->distinct + k] += dc[l];
  }
  return loss;
}

iclgd_status iclgd_trial_best_layers(const iclgd_spectrum *spectrum,
                                     iclgd_sought best, double *loss,
                                     iclgd_error *err) {
  const size_t L = best.L;
  search s = {spectrum, L, best.tied ? 1 : L, best.c != NULL};
  double x[2 * LAYERS_MAX] = {0}, slope;
  if (L > LAYERS_MAX)
    return iclgd_fail(err, ICLGD_ERANGE, "best layers: L = %zu", L);
  for (size_t k = 0; k < s.distinct; ++k) {
    x[k] = log(best.a[k]);
    if (best.c && (best.tied || k + 1 < L)) x[s.distinct + k] = best.c[k];
  }
  TRY(iclgd_minimise(objective, &s, unknowns(&s), x, loss, &slope, err));
  TRY(iclgd_minimise_hop(objective, &s, unknowns(&s), s.distinct, x, loss,
                         &slope, err));
  for (size_t k = 0; k < s.distinct; ++k) {
    best.a[k] = exp(x[k]);
    if (best.c) best.c[k] = best.tied || k + 1 < L ? x[s.distinct + k] : 0;
  }
  return ICLGD_OK;
}

/* Starts: steps that grow from layer to layer, with several c. */
static iclgd_status from_all_starts(const iclgd_spectrum *spectrum,
                                    iclgd_sought best, iclgd_error *err) {
  const size_t distinct = best.tied ? 1 : best.L;
  double mass = 0, first = 0, least = INFINITY;
  for (size_t i = 0; i < spectrum->count; ++i) {
    mass += spectrum->weight[i];
    first += spectrum->weight[i] * spectrum->s[i];
  }
  const double scale = 0.7 * mass / first;
  for (size_t k = 0; k < 9; ++k) {
    const size_t slope = k % 3, height = k / 3;
    double a[LAYERS_MAX], c[LAYERS_MAX], loss;
    for (size_t l = 0; l < distinct; ++l) {
      a[l] = scale * exp(0.5 * (double)slope * (double)l);
      c[l] = (0.2 + 0.3 * (double)height) * scale;
    }
    const iclgd_sought now = {best.L, best.tied, a, best.c ? c : NULL};
    TRY(iclgd_trial_best_layers(spectrum, now, &loss, err));
    if (!(loss < least)) continue;
    least = loss;
    memcpy(best.a, a, distinct * sizeof *a);
    if (best.c) memcpy(best.c, c, distinct * sizeof *c);
  }
  return ICLGD_OK;
}

/* tr p(S)^2 of each prompt, into the first of its eigenvalues. */
static void losses_of_prompts(const iclgd_trial *t, double *lambda,
                              iclgd_sought best) {
  double a[LAYERS_MAX], c[LAYERS_MAX], weight[512];
  const size_t d = t->dist.d;
  for (size_t l = 0; l < best.L; ++l) {
    a[l] = best.a[best.tied ? 0 : l];
    c[l] = best.c ? best.c[best.tied ? 0 : l] : 0;
  }
  for (size_t j = 0; j < d; ++j) weight[j] = 1;
  for (size_t i = 0; i < t->prompts; ++i) {
    const iclgd_spectrum alone = {
        .count = d,
        .s = lambda + i * d,
        .weight = weight,
        .lambda = t->setting.sigma2 / (double)t->setting.n};
    lambda[i * d] =
        iclgd_layers_loss(&alone, (iclgd_layers){best.L, a, c}, NULL);
  }
}

iclgd_status iclgd_trial_searched(iclgd_trial *trial, iclgd_sought best,
                                  iclgd_stream_id measured,
                                  iclgd_estimate *loss, iclgd_error *err) {
  double *lambda;
  iclgd_spectrum spectrum;
  const double ones[LAYERS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1};
  const iclgd_layers all = {best.L, ones, best.c ? ones : NULL};
  TRY(iclgd_trial_eigenvalues(trial, ICLGD_STREAM_TUNE, &lambda, err));
  TRY(iclgd_trial_spectrum(trial, lambda, trial->prompts,
                           1 + iclgd_layers_degree(all), &spectrum, err));
  TRY(from_all_starts(&spectrum, best, err));
  if (measured != ICLGD_STREAM_TUNE)
    TRY(iclgd_trial_eigenvalues(trial, measured, &lambda, err));
  losses_of_prompts(trial, lambda, best);
  *loss = iclgd_estimate_mean(lambda, trial->prompts, trial->dist.d);
  return ICLGD_OK;
}
