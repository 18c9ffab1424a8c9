/* Limits of O4 and O5.
 *
 * d, n -> infinity, d / n = g: mu / d becomes Marchenko and Pastur's law, and
 *   untied  loss / d = g^L (1 - g) / (1 - g^(L+1)), 1 / (L + 1) at g = 1,
 *           eta_j = 1 / (1 + g + 2 sqrt(g) cos(j pi / (L + 1)))
 *   tied    loss / d = 1 - sum_{j < L} C_j z^j / (1 + g), z = g / (1 + g)^2,
 *           eta = 1 / (1 + g), C_j the Catalan numbers.
 * d fixed, n -> infinity: sqrt(n) (S - I) becomes H of the Gaussian orthogonal
 * ensemble (variance 1 off, 2 on the diagonal), and n^L loss -> E tr H^(2L).
 * With A = I + K / sqrt(n), K antisymmetric, L = 2, the limit falls by
 * 2 |K|^2 - |K^2|^2, at best 2 for each plane (O8). Source: docs/theory.md, O4,
 * O5, O8.
 */
#include <math.h>

#include "spectrum.h"

static iclgd_status check(double g, size_t L, iclgd_error *err) {
  if (!(isfinite(g) && g > 0) || L < 1)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "expected a finite g > 0 and L >= 1, found %g and %zu", g,
                      L);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_untied_limit(double g, size_t L, double *eta,
                                       double *loss, iclgd_error *err) {
  TRY(check(g, L, err));
  const double pi = 3.14159265358979323846, steps = (double)L;
  for (size_t j = 1; j <= L; ++j)
    eta[j - 1] = 1 / (1 + g + 2 * sqrt(g) * cos((double)j * pi / (steps + 1)));
  double sum = 0; /* g^-L + .. + g^0 */
  for (size_t j = 0; j <= L; ++j) sum += pow(g, -(double)j);
  *loss = 1 / sum;
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_tied_limit(double g, size_t L, double *eta,
                                     double *loss, iclgd_error *err) {
  TRY(check(g, L, err));
  const double z = g / ((1 + g) * (1 + g));
  double term = 1, sum = 0; /* C_j z^j */
  for (size_t j = 0; j < L; ++j) {
    sum += term;
    term *= z * 2 * (2 * (double)j + 1) / ((double)j + 2);
  }
  *eta = 1 / (1 + g);
  *loss = 1 - sum / (1 + g);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_long_context(size_t d, size_t L, int broken,
                                       double *loss, iclgd_error *err) {
  const double x = (double)d;
  if (L < 1 || L > 3 || (broken && L != 2))
    return iclgd_fail(
        err, ICLGD_ERANGE,
        "long context: expected L from 1 to 3, and 2 for a broken "
        "symmetry, found %zu",
        L);
  const double trace[] = {x * (x + 1), x * (2 * x * x + 5 * x + 5),
                          x * (5 * x * x * x + 22 * x * x + 52 * x + 41)};
  *loss = trace[L - 1] - (broken ? (double)(d - d % 2) : 0);
  return ICLGD_OK;
}
