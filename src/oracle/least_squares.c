/* O6: least squares of minimum norm, w_hat = X^+ y.
 *
 * Its error is the noise seen through X^+, E tr (X X^T)^-1 = d / (n - d - 1)
 * for n > d + 1 and, with the roles exchanged, n / (d - n - 1) for d > n + 1,
 * and for d > n the part of w outside of the context, d - n. Source: the mean
 * of an inverse Wishart matrix (Muirhead 1982, 3.2).
 */
#include <math.h>

#include "spectrum.h"

iclgd_status iclgd_oracle_least_squares(iclgd_setting setting, double *loss,
                                        iclgd_error *err) {
  TRY(iclgd_setting_check(setting, err));
  const double d = (double)setting.d, n = (double)setting.n;
  const double inverse = n > d ? d / (n - d - 1) : n / (d - n - 1);
  if (setting.sigma2 > 0 && !(fabs(n - d) > 1))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "least squares: the mean risk is infinite for |n - d| <= "
                      "1, found d = %zu, n = %zu",
                      setting.d, setting.n);
  *loss =
      (d > n ? d - n : 0) + (setting.sigma2 > 0 ? setting.sigma2 * inverse : 0);
  return ICLGD_OK;
}
