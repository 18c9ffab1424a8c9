/* A pool of k tasks, and what one layer and the ideal pool predictor do.
 *
 * One layer, Sigma = I: with Omega = (1/k) sum w w^T of eigenvalues o, t = tr
 * Omega + sigma2, the best A has eigenvalues a = o / ((1 + 1/n) o + t / n) and
 *
 *   on tasks of the pool  sum o (1 - a),
 *   on new ones, N(0, I)  sum 1 - 2 a + a^2 (1 + (d + 1 + sigma2) / n).
 *
 * d, n, k -> infinity with k / d, n / d, sigma2 / d fixed, w ~ N(0, I): o has
 * Marchenko and Pastur's law of ratio c = d / k, z = (1 + sigma2/d) d / n, a =
 * o / (o + z), and with the means m of 1 / (o + z) and -m' of its square,
 *
 *   seen / d = z (1 - z m),  new / d = z - 2 z^2 m - (1 + z) z^2 m',
 *   c z m^2 + (z + 1 - c) m - 1 = 0.
 *
 * The posterior mean over a pool of two tasks at distance D: the odds of the
 * right one are e^z, z ~ N(c/2, c), c = D^2 chi^2_n / sigma2 given the context,
 * and the risk is D^2 E (1 + e^z)^-2.
 *
 * Source: docs/theory.md, O1; Lu et al. 2024 (arXiv:2405.11751).
 */
#include <math.h>

#include "math/integral.h"
#include "spectrum.h"

iclgd_status iclgd_oracle_pool(iclgd_setting setting, const double *o,
                               double *seen, double *fresh, iclgd_error *err) {
  TRY(iclgd_setting_check(setting, err));
  const double n = (double)setting.n, d = (double)setting.d;
  double t = setting.sigma2;
  for (size_t i = 0; i < setting.d; ++i) {
    if (!(o[i] >= 0 && isfinite(o[i])))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "pool: expected eigenvalues of at least 0, found %g",
                        o[i]);
    t += o[i];
  }
  if (!(t > 0))
    return iclgd_fail(err, ICLGD_EUSAGE, "pool: no task and no noise");
  *seen = *fresh = 0;
  for (size_t i = 0; i < setting.d; ++i) {
    const double a = o[i] / ((1 + 1 / n) * o[i] + t / n);
    *seen += o[i] * (1 - a);
    *fresh += 1 - 2 * a + a * a * (1 + (d + 1 + setting.sigma2) / n);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_pool_limit(double tasks, double points, double noise,
                                     double *seen, double *fresh,
                                     iclgd_error *err) {
  if (!(tasks > 0 && points > 0 && noise >= 0 && isfinite(tasks) &&
        isfinite(points) && isfinite(noise)))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "pool limit: expected finite k/d, n/d > 0 and sigma2/d "
                      ">= 0, found %g, %g and %g",
                      tasks, points, noise);
  const double c = 1 / tasks, z = (1 + noise) / points, half = z + 1 - c;
  const double root = sqrt(half * half + 4 * c * z);
  /* of the two forms of the root the one that does not cancel */
  const double m = half > 0 ? 2 / (half + root) : (root - half) / (2 * c * z);
  const double slope = -(c * m * m + m) / root;
  *seen = z * (1 - z * m);
  *fresh = z - 2 * z * z * m - (1 + z) * z * z * slope;
  return ICLGD_OK;
}

typedef struct pair {
  double n, factor; /* D^2 / sigma2 */
} pair;

/* E (1 + e^z)^-2, z ~ N(c/2, c): by the trapezoid rule in z, whose error for
 * this analytic integrand is below rounding from 16 points for each sqrt(c),
 * and for each unit, on. Below -80 and above 60 it is e^-40 of its size at 0.
 */
static double wrong(double c) {
  const double spread = sqrt(c), h = fmin(spread, 1) / 16;
  const double low = fmax(-c / 2 - 9 * spread, -80);
  const double high = fmin(c / 2 + 9 * spread, 60);
  double sum = 0;
  for (double z = low; z < high; z += h) {
    const double off = (z - c / 2) / spread, odds = 1 / (1 + exp(z));
    sum += exp(-off * off / 2) * odds * odds;
  }
  return sum * h / (spread * 2.5066282746310002);
}

/* u is chi_n, of density 2 u^(n-1) e^(-u^2/2) / (2^(n/2) Gamma(n/2)). */
static void integrand(double u, const void *data, double value[2]) {
  const pair *q = data;
  value[0] = exp((q->n - 1) * log(u) - u * u / 2 - (q->n / 2 - 1) * log(2) -
                 lgamma(q->n / 2));
  value[1] = value[0] > 0 ? value[0] * wrong(q->factor * u * u) : 0;
}

iclgd_status iclgd_oracle_two_tasks(size_t n, double sigma2, double distance,
                                    double *risk, iclgd_error *err) {
  if (n < 1 || n > 1000000 || !(sigma2 > 0 && isfinite(sigma2)) ||
      !(distance > 0 && isfinite(distance)))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "two tasks: expected n from 1 to 10^6, sigma2 and "
                      "distance above 0, found %zu, %g and %g",
                      n, sigma2, distance);
  const pair q = {(double)n, distance * distance / sigma2};
  const double high = sqrt((double)n) + 10;
  double value[2];
  const double tolerance[2] = {1e-12, 1e-16};
  TRY(iclgd_integrate(integrand, &q, 1e-9, high, 16 + (size_t)high, tolerance,
                      value, err));
  if (!(value[1] > 1e-9))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "two tasks: so far apart that the risk is below 1e-9 of "
                      "the squared distance");
  if (!(fabs(value[0] - 1) < 1e-7))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "two tasks: the density of chi integrates to %.12g",
                      value[0]);
  *risk = distance * distance * value[1];
  return ICLGD_OK;
}
