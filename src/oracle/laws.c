/* One layer when the covariance of the inputs is not one fixed matrix, and the
 * flow of its two factors.
 *
 * A = a I, w ~ N(0, I), for Sigma of any random law:
 *
 *   loss(a) = M_1 - 2 a M_2 + a^2 ((1 + 1/n) M_3 + (T + sigma2 M_2) / n),
 *   M_k = E tr Sigma^k,  T = E tr Sigma tr Sigma^2,
 *   a* = M_2 / (..),     loss* = M_1 - a* M_2.
 *
 * A law that rotations, or permutations and signs of the axes, leave alone has
 * no better A. Rotated per prompt: M_k = t_k = tr Sigma^k, T = t_1 t_2.
 * Diagonal with independent entries of moments m_k: M_k = d m_k, T = d (m_3 +
 * (d - 1) m_1 m_2). Source: docs/theory.md, O1.
 */
#include <math.h>

#include "spectrum.h"

static iclgd_status best(iclgd_setting s, const double M[3], double T,
                         double *a, double *loss, iclgd_error *err) {
  const double n = (double)s.n;
  const double square = (1 + 1 / n) * M[2] + (T + s.sigma2 * M[1]) / n;
  *a = M[1] / square;
  *loss = M[0] - *a * M[1];
  if (isfinite(*a) && isfinite(*loss)) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE, "one layer: the result overflows");
}

iclgd_status iclgd_oracle_rotated(iclgd_setting setting, const double *lambda,
                                  double *a, double *loss, iclgd_error *err) {
  double t[3] = {0};
  TRY(iclgd_setting_check(setting, err));
  for (size_t i = 0; i < setting.d; ++i) {
    if (!(lambda[i] > 0 && isfinite(lambda[i])))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "rotated: expected eigenvalues above 0, found %g",
                        lambda[i]);
    for (size_t k = 0; k < 3; ++k) t[k] += pow(lambda[i], (double)(k + 1));
  }
  return best(setting, t, t[0] * t[1], a, loss, err);
}

iclgd_status iclgd_oracle_random_diagonal(iclgd_setting setting,
                                          const double moments[3], double *a,
                                          double *loss, iclgd_error *err) {
  TRY(iclgd_setting_check(setting, err));
  const double *m = moments, d = (double)setting.d;
  /* Cauchy and Schwarz: m_2^2 <= m_1 m_3 */
  if (!(m[0] > 0 && m[1] >= m[0] * m[0] * (1 - 1e-12) &&
        m[0] * m[2] >= m[1] * m[1] * (1 - 1e-12) && isfinite(m[2])))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "random diagonal: %g, %g, %g are no moments of a "
                      "positive number",
                      m[0], m[1], m[2]);
  const double M[] = {d * m[0], d * m[1], d * m[2]};
  return best(setting, M, d * (m[2] + (d - 1) * m[0] * m[1]), a, loss, err);
}

/* With U = v I the flow of half the loss keeps u^2 - d v^2 = 0, and g = u v is
 * logistic: g' = 2 sqrt(d) g (1 - g / g_inf). */
iclgd_status iclgd_oracle_layer_flow(iclgd_setting setting, double start,
                                     double t, double *g, iclgd_error *err) {
  TRY(iclgd_setting_check(setting, err));
  const double n = (double)setting.n, d = (double)setting.d;
  if (!(start > 0 && isfinite(start) && t >= 0))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "layer flow: expected start > 0 and t >= 0, found %g "
                      "and %g",
                      start, t);
  const double limit = n / (n + d + 1 + setting.sigma2);
  const double first = start * start / sqrt(d);
  *g = limit / (1 + (limit / first - 1) * exp(-2 * sqrt(d) * t));
  return ICLGD_OK;
}
