/* The regularised incomplete gamma function: the power series
 *   P(s, z) = z^s e^-z / Gamma(s + 1) sum_k z^k / ((s + 1) .. (s + k))
 * below the peak and Legendre's continued fraction (DLMF 8.9.2, by Lentz's
 * method) above, each keeping its relative accuracy far into its tail. */
#include "math/gamma.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

double iclgd_stirling(double a) {
  if (a == 0) return 0;
  if (a < 100) return lgamma(a + 1) - a * log(a) + a;
  const double r = 1 / (a * a);
  return 0.5 * log(2 * PI * a) + (1 - r * (1 / 30.0 - r / 105)) / (12 * a);
}

double iclgd_log_gamma_term(double a, double log_norm, double z) {
  if (a == 0) return -z;
  const double r = (z - a) / a;
  return a * (fabs(r) < 0.5 ? log1p(r) - r : log(z / a) - r) - log_norm;
}

double iclgd_gamma_tail(double s, double z, bool *upper) {
  const double front = exp(iclgd_log_gamma_term(s, iclgd_stirling(s), z));
  *upper = z >= s + 1;
  if (front == 0) return 0;
  if (!*upper) {
    double term = 1, sum = 1;
    for (double k = 1; term > 1e-17 * sum; ++k) sum += term *= z / (s + k);
    return front * sum;
  }
  double b = z + 1 - s, c = 1e300, D = 1 / b, h = D;
  for (double k = 1; k < 1e7; ++k) {
    const double A = -k * (k - s);
    b += 2;
    D = 1 / (A * D + b);
    c = b + A / c;
    h *= D * c;
    if (fabs(D * c - 1) < 1e-16) break;
  }
  return front * s * h;
}
