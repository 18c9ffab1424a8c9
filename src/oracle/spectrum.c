/* mu(f) = E tr f(S) as a short sum with positive weights: a Gauss rule from
 * the exact moments m_k = n^k mu(s^k). Both XX^T and X^T X have the eigenvalues
 * that are not 0, so the rule is made for the smaller side. */
#include "spectrum.h"

#include <math.h>

#include "math/moments.h"
#include "math/quadrature.h"

/* Products of contents and indices must fit 64 bits, n^k a double. */
static const size_t SIZE_LARGEST = 1000000;

iclgd_status iclgd_setting_check(iclgd_setting setting, iclgd_error *err) {
  const size_t d = setting.d, n = setting.n;
  if (d < 1 || n < 1)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "expected d >= 1 and n >= 1, found d = %zu, n = %zu", d,
                      n);
  if (!(isfinite(setting.sigma2) && setting.sigma2 >= 0))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "expected a finite sigma2 >= 0, found %g",
                      setting.sigma2);
  if (d > SIZE_LARGEST || n > SIZE_LARGEST)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "expected d and n up to %zu, found d = %zu, n = %zu",
                      SIZE_LARGEST, d, n);
  return ICLGD_OK;
}

/* The recurrence of s^shift d(density), whose mass is `mass` for shift = 0. */
static iclgd_status recurrence(iclgd_setting setting, size_t shift, size_t N,
                               double *alpha, double *beta, iclgd_error *err) {
  const size_t K = 2 * N - 1 + shift;
  iclgd_arena arena = {0};
  mpz_t *m = iclgd_arena_take(&arena, K + 1, sizeof *m);
  if (!m) return iclgd_fail_memory(err, "the moments");
  for (size_t k = 0; k <= K; ++k) mpz_init(m[k]);
  iclgd_status status = iclgd_wishart_moments(setting.d, setting.n, K, m, err);
  mpz_set_ui(m[0], setting.d < setting.n ? setting.d : setting.n);
  if (!status) status = iclgd_recurrence(m[shift], N, alpha, beta, err);
  for (size_t k = 0; k <= K; ++k) mpz_clear(m[k]);
  iclgd_arena_free(&arena);
  const double n = (double)setting.n; /* from W to S = W / n */
  for (size_t k = 0; !status && k < N; ++k) {
    alpha[k] /= n;
    beta[k] /= k ? n * n : pow(n, (double)shift);
  }
  return status;
}

iclgd_status iclgd_spectrum_recurrence(iclgd_setting setting, size_t N,
                                       double *alpha, double *beta,
                                       iclgd_error *err) {
  return recurrence(setting, 1, N, alpha, beta, err);
}

iclgd_status iclgd_spectrum_create(iclgd_setting setting, size_t degree,
                                   iclgd_arena *arena, iclgd_spectrum *out,
                                   iclgd_error *err) {
  const size_t d = setting.d, n = setting.n, N = degree + 1;
  TRY(iclgd_setting_check(setting, err));
  if (degree > ICLGD_DEGREE_MAX)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "expected a residual polynomial of degree up to %d (L "
                      "for gradient descent, (3^L - 1)/2 for GD++)",
                      ICLGD_DEGREE_MAX);
  double *alpha = iclgd_arena_reals(arena, 4, N, 1);
  if (!alpha) return iclgd_fail_memory(err, "the spectrum");
  double *beta = alpha + N;
  *out = (iclgd_spectrum){.count = N,
                          .s = beta + N,
                          .weight = beta + 2 * N,
                          .atom = d > n ? (double)(d - n) : 0,
                          .lambda = setting.sigma2 / (double)n};
  TRY(recurrence(setting, 0, N, alpha, beta, err));
  return iclgd_gauss_rule(alpha, beta, N, out->s, out->weight, err);
}
