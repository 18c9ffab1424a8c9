/* One gradient step for isotropic inputs of any law.
 *
 * Cov(x) = v I, E[|x|^2 x x^T] = kappa I, w ~ N(0, tau2 I), noise sigma2. Then
 * E S^2 = k I with k = kappa/n + (1 - 1/n) v^2, and
 *
 *   loss(eta) = tau2 v d (1 - 2 eta v + eta^2 (k + (sigma2/tau2) v/n)),
 *   eta* = v / (k + (sigma2/tau2) v/n),  loss* = tau2 v d (1 - eta* v).
 *
 * Source: docs/theory.md, O1; for uniform inputs von Oswald et al. 2023.
 */
#include <math.h>

#include "spectrum.h"

iclgd_status iclgd_oracle_one_step_isotropic(iclgd_setting setting, double v,
                                             double kappa, double tau2,
                                             double *eta, double *loss,
                                             iclgd_error *err) {
  TRY(iclgd_setting_check(setting, err));
  const double n = (double)setting.n, d = (double)setting.d;
  if (!(isfinite(v) && v > 0 && isfinite(tau2) && tau2 > 0))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "expected finite v, tau2 > 0, found %g and %g", v, tau2);
  if (!(isfinite(kappa) && kappa >= d * v * v * (1 - 1e-12)))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "expected kappa >= d v^2 = %g, found %g", d * v * v,
                      kappa);
  /* k - v^2 + noise: what one more step of n = infinity would not have */
  const double excess = (kappa - v * v) / n + setting.sigma2 / tau2 * v / n;
  const double step = v / (v * v + excess);
  const double least = tau2 * v * d * (excess / (v * v + excess));
  if (!(isfinite(step) && isfinite(least)))
    return iclgd_fail(err, ICLGD_ERANGE, "one step: the result overflows");
  *eta = step;
  *loss = least;
  return ICLGD_OK;
}
