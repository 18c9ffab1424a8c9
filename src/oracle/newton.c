/* O3: Newton-Schulz inversion of S, M <- 2 M - M S M from M_0 = alpha S, and w
 * = M b. Each step squares the residual: I - S M_k = (I - alpha S^2)^(2^k).
 * With alpha fixed beforehand p is one polynomial for all prompts. Source:
 * docs/theory.md, O3; Fu et al. 2023 (arXiv:2310.17086).
 */
#include <math.h>

#include "spectrum.h"

iclgd_status iclgd_oracle_newton(iclgd_setting setting, double alpha, size_t k,
                                 double *loss, iclgd_error *err) {
  if (!isfinite(alpha))
    return iclgd_fail(err, ICLGD_EUSAGE, "expected a finite alpha, found %g",
                      alpha);
  if (k > 5)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "expected up to 5 inversion steps, found %zu", k);
  iclgd_arena arena = {0};
  iclgd_spectrum spectrum;
  const iclgd_status status =
      iclgd_spectrum_create(setting, (size_t)2 << k, &arena, &spectrum, err);
  if (!status) *loss = spectrum.atom;
  for (size_t i = 0; !status && i < spectrum.count; ++i) {
    const double s = spectrum.s[i];
    double p = 1 - alpha * s * s, q = alpha * s; /* 1 - p = s q */
    for (size_t j = 0; j < k; ++j) {
      q *= 1 + p;
      p *= p;
    }
    *loss += spectrum.weight[i] * (p * p + spectrum.lambda * s * q * q);
  }
  iclgd_arena_free(&arena);
  if (!status && !isfinite(*loss))
    return iclgd_fail(err, ICLGD_ERANGE, "newton: the loss overflows");
  return status;
}
