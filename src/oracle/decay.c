/* k steps of gradient descent with weight decay l on one context,
 *   w <- w + eta (b - S w - l w),  w_0 = 0:
 * w_k = q(S) b, q(s) = (1 - (1 - eta (s + l))^k) / (s + l), and over w ~ N(0,
 * I) and the noise the risk is sum (1 - s q)^2 + (sigma2 / n) s q^2 over the
 * eigenvalues s of S. Source: docs/theory.md, O3.
 */
#include <math.h>

#include "spectrum.h"

/* (1 - (1 - eta x)^k) / x, also where x is small. */
static double quotient(double x, double eta, size_t k) {
  if (x == 0) return eta * (double)k;
  const double base = 1 - eta * x;
  if (base > 0) return -expm1((double)k * log1p(-eta * x)) / x;
  return (1 - pow(base, (double)k)) / x;
}

iclgd_status iclgd_oracle_weight_decay(iclgd_setting setting, const double *s,
                                       double eta, double decay, size_t k,
                                       double *risk, iclgd_error *err) {
  TRY(iclgd_setting_check(setting, err));
  if (!isfinite(eta) || !(decay >= 0 && isfinite(decay)))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "weight decay: expected a finite step and decay >= 0, "
                      "found %g and %g",
                      eta, decay);
  *risk = 0;
  for (size_t i = 0; i < setting.d; ++i) {
    const double q = quotient(s[i] + decay, eta, k), left = 1 - s[i] * q;
    *risk += left * left + setting.sigma2 / (double)setting.n * s[i] * q * q;
  }
  if (isfinite(*risk)) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE, "weight decay: the risk overflows");
}
