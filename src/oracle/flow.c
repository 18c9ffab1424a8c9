/* Gradient flow of the looped loss at n = infinity.
 *
 * S = I, so loss(A) = |(I - A)^L|_F^2, and from A = alpha0 I the flow stays at
 * multiples of I: with e = 1 - alpha, de/dt = -2 L e^(2L-1), hence
 *
 *   e^-(2L-2) = e_0^-(2L-2) + 4 L (L - 1) t,  L = 1: e = e_0 exp(-2 t),
 *   loss = d e^(2L).
 *
 * Source: docs/theory.md, O5; the setting of Gatmiry et al. 2024
 * (arXiv:2410.08292).
 */
#include <math.h>

#include "spectrum.h"

static iclgd_status check(size_t d, size_t L, double alpha0, double other,
                          iclgd_error *err) {
  if (d < 1 || L < 1 || !(isfinite(alpha0) && alpha0 < 1) || !(other >= 0))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "flow: expected d, L >= 1, alpha0 < 1 and a number >= 0, "
                      "found %zu, %zu, %g and %g",
                      d, L, alpha0, other);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_flow(size_t d, size_t L, double alpha0, double t,
                               double *loss, iclgd_error *err) {
  TRY(check(d, L, alpha0, t, err));
  const double layers = (double)L, e0 = 1 - alpha0, power = 2 * layers - 2;
  const double e =
      L == 1 ? e0 * exp(-2 * t)
             : pow(pow(e0, -power) + 2 * layers * power * t, -1 / power);
  *loss = (double)d * pow(e, 2 * layers);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_flow_time(size_t d, size_t L, double alpha0,
                                    double loss, double *t, iclgd_error *err) {
  TRY(check(d, L, alpha0, loss, err));
  const double layers = (double)L, e0 = 1 - alpha0, power = 2 * layers - 2;
  const double e = pow(loss / (double)d, 1 / (2 * layers));
  if (!(e > 0 && e <= e0))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "flow: the loss never is %g from alpha0 = %g", loss,
                      alpha0);
  *t = L == 1 ? log(e0 / e) / 2
              : (pow(e, -power) - pow(e0, -power)) / (2 * layers * power);
  return ICLGD_OK;
}
