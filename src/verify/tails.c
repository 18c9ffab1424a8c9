/* Means that samples see.
 *
 * The loss of a high polynomial is carried by rare contexts with a large
 * eigenvalue: a sample without them looks precise and is wrong. What it can
 * know is exact, for layers that act on the eigenvalues s of S alone. Given S
 * the error of w is normal with eigenvalues
 *   c(s) = p(s)^2 + (sigma2 / n) (1 - p(s))^2 / s
 * of its covariance, so that the loss v of one prompt has
 *   E v = mu(c),  E v^2 = E [(tr c)^2 + 2 tr c^2] <= (d + 2) mu(c^2),
 * and a mean over N prompts a standard error of at most
 *   sqrt(((d + 2) mu(c^2) - mu(c)^2) / N).
 */
#include <math.h>

#include "verify.h"

/* Four such errors are half of the mean. */
static const double most_seen = 0.125;

/* How p(s) of these layers, or of k inversions from alpha S, is found. */
typedef struct filter {
  iclgd_layers layers;
  double alpha;
  size_t inversions; /* 0: layers */
} filter;

static double residual(const filter *f, double s) {
  if (f->inversions)
    return pow(1 - f->alpha * s * s, (double)((size_t)1 << f->inversions));
  double p = 1, t = s;
  for (size_t l = 0; l < f->layers.L; ++l) {
    p *= 1 - f->layers.a[l] * t;
    if (!f->layers.c) continue;
    const double factor = 1 - f->layers.c[l] * t;
    t *= factor * factor;
  }
  return p;
}

/* The standard error above over the mean. */
static iclgd_status relative_error(iclgd_trial *t, const filter *f,
                                   double *relative, iclgd_error *err) {
  iclgd_spectrum mu;
  const size_t degree = f->inversions ? (size_t)2 << f->inversions
                                      : iclgd_layers_degree(f->layers);
  TRY(iclgd_spectrum_create(t->setting, 2 * degree, &t->arena, &mu, err));
  double first = mu.atom, second = mu.atom;
  for (size_t i = 0; i < mu.count; ++i) {
    const double p = residual(f, mu.s[i]);
    const double c = p * p + mu.lambda * (1 - p) * (1 - p) / mu.s[i];
    first += mu.weight[i] * c;
    second += mu.weight[i] * c * c;
  }
  const double square = ((double)t->setting.d + 2) * second - first * first;
  *relative = sqrt(fmax(square, 0) / (double)t->prompts) / first;
  return ICLGD_OK;
}

static iclgd_status judge(iclgd_trial *t, const filter *f, double most,
                          double *relative, iclgd_error *err) {
  TRY(relative_error(t, f, relative, err));
  if (*relative <= most) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE,
                    "prompts = %zu: expected more, for this mean has an exact "
                    "standard error of up to %.2g%%, expected at most %.2g%%: "
                    "prompts too rare to be drawn carry it",
                    t->prompts, 100 * *relative, 100 * most);
}

iclgd_status iclgd_trial_sees(iclgd_trial *trial, iclgd_layers layers,
                              double most, iclgd_error *err) {
  double relative;
  return judge(trial, &(filter){.layers = layers}, most, &relative, err);
}

static iclgd_status known(iclgd_trial *t, const filter *f, double expected,
                          double *error, iclgd_error *err) {
  TRY(judge(t, f, most_seen, error, err));
  *error *= expected;
  return ICLGD_OK;
}

iclgd_status iclgd_trial_seen(iclgd_trial *trial, iclgd_layers layers,
                              double expected, double *error,
                              iclgd_error *err) {
  return known(trial, &(filter){.layers = layers}, expected, error, err);
}

iclgd_status iclgd_trial_seen_newton(iclgd_trial *trial, double alpha, size_t k,
                                     double expected, double *error,
                                     iclgd_error *err) {
  return known(trial, &(filter){.alpha = alpha, .inversions = k}, expected,
               error, err);
}

iclgd_evidence iclgd_evidence_seen(double expected, iclgd_estimate mean,
                                   double error) {
  mean.error = fmax(mean.error, error);
  return iclgd_evidence_drawn(expected, mean);
}
