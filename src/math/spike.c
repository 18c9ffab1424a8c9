/* The density ratio for one direction u is s^-n exp(tau u^T S u), s^2 the
 * variance along u and tau = (1 - 1 / s^2) n / 2. Its mean over u is a series
 * with positive terms (Muirhead 1982, 7.2: 1F1(1/2; d/2; tau S)): with
 *   prod_i (1 - m_i z)^(-1/2) = sum_k a_k z^k,
 *   k a_k = (1/2) sum_{j=1..k} p_j a_{k-j},  p_j = sum_i m_i^j,
 *   E exp(t u^T diag(m) u) = sum_k a_k t^k / (d/2)_k.
 * m = (lambda - min) / (max - min) lies in [0, 1], t = tau (max - min), and
 * what was taken off is exp(tau min). The terms are below t^k / k!. */
#include "math/spike.h"

#include <math.h>
#include <stdbool.h>

/* a (K) from power sums, which are left in p (K). */
static void coefficients(const double *lambda, size_t d, double low,
                         double width, size_t K, double *a, double *p) {
  for (size_t k = 0; k < K; ++k) a[k] = p[k] = 0;
  for (size_t i = 0; i < d; ++i) {
    const double m = width > 0 ? (lambda[i] - low) / width : 0;
    double power = 1;
    for (size_t k = 1; k < K && power > 0; ++k) p[k] += power *= m;
  }
  a[0] = 1;
  for (size_t k = 1; k < K; ++k) {
    for (size_t j = 1; j <= k; ++j) a[k] += p[j] * a[k - j];
    a[k] /= 2 * (double)k;
  }
}

/* log sum_k a_k t^k / (d/2)_k */
static double log_series(const double *a, size_t K, double t, size_t d) {
  double sum = 1, power = 0; /* the logarithm of t^k / (d/2)_k */
  double scale = 0;          /* sum stands for sum exp(scale) */
  for (size_t k = 1; k < K && t > 0; ++k) {
    power += log(t / ((double)d / 2 + (double)k - 1));
    if (power > scale) {
      sum *= exp(scale - power);
      scale = power;
    }
    sum += a[k] * exp(power - scale);
  }
  return scale + log(sum);
}

void iclgd_spike_ratios(const double *lambda, size_t d, size_t n,
                        const double *s2, size_t count, double *work,
                        double *ratio) {
  double low = INFINITY, high = -INFINITY, steepest = 0, trace = 0;
  double *a = work, *p = work + ICLGD_SPIKE_TERMS;
  for (size_t i = 0; i < d; ++i) {
    low = fmin(low, lambda[i]);
    high = fmax(high, lambda[i]);
    trace += lambda[i];
  }
  for (size_t j = 0; j < count; ++j)
    steepest = fmax(steepest, (1 - 1 / s2[j]) * (double)n / 2);
  const double t = steepest * (high - low), terms = t + 10 * sqrt(t) + 50;
  const bool reached = isfinite(trace) && terms < ICLGD_SPIKE_TERMS;
  const size_t K = reached ? (size_t)terms : 1;
  coefficients(lambda, d, low, high - low, K, a, p);
  for (size_t j = 0; j < count; ++j) {
    const double tau = (1 - 1 / s2[j]) * (double)n / 2;
    ratio[j] = reached ? exp(log_series(a, K, tau * (high - low), d) +
                             tau * low - (double)n / 2 * log(s2[j]))
                       : NAN;
  }
}
