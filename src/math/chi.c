/* chi_k by inversion: with z standard normal, F_k^-1(Phi(z)) has the law of
 * chi_k. It is smooth in z, nearly sqrt(k - 1/2) + z / sqrt(2), so that from
 * k = 14 on a polynomial of degree 12 keeps a relative error below 1e-6 over
 * |z| <= 6.24, worst in the lower tail (9.6e-7 at k = 14, 4e-7 from k = 18,
 * 1.2e-7 from k = 64, where float32 is the limit). Below, chi_k is the root of
 * a sum of k squares. The polynomial interpolates at Chebyshev's nodes. */
#include "math/chi.h"

#include <math.h>
#include <stdbool.h>

#include "math/gamma.h"

enum { NODES = ICLGD_CHI_DEGREE + 1 };

static const double PI = 3.14159265358979323846;
static const double Z_MAX = 6.24; /* the generator gives no more than 6.2302 */

/* Newton's method on the logarithm of the tail, which is concave, from the
 * guess of Wilson and Hilferty (1931). */
double iclgd_chi_quantile(size_t k, double z) {
  const double s = (double)k / 2, v = 1 / (9 * s);
  const double guess = fmax(1 - v + z * sqrt(v), 0.05);
  double chi = sqrt((double)k * guess * guess * guess);
  for (int i = 0; i < 50; ++i) {
    const double x = chi * chi / 2;
    const double density =
        exp(iclgd_log_gamma_term(s, iclgd_stirling(s), x)) * 2 * s / chi;
    bool upper;
    const double tail = iclgd_gamma_tail(s, x, &upper);
    const double sign = upper ? -1 : 1;
    const double wanted = 0.5 * erfc(-sign * z / sqrt(2));
    const double step = sign * log(tail / wanted) * tail / density;
    chi -= fmin(step, chi / 2);
    if (fabs(step) < 1e-13 * chi) break;
  }
  return chi;
}

/* a (NODES) of sum_j a[j] T_j(z / Z_MAX) through the quantiles. */
static void interpolate(size_t k, double *a) {
  double value[NODES];
  for (size_t i = 0; i < NODES; ++i)
    value[i] =
        iclgd_chi_quantile(k, Z_MAX * cos(PI * ((double)i + 0.5) / NODES));
  for (size_t j = 0; j < NODES; ++j) {
    a[j] = 0;
    for (size_t i = 0; i < NODES; ++i)
      a[j] += (j ? 2.0 : 1.0) / NODES * value[i] *
              cos(PI * (double)j * ((double)i + 0.5) / NODES);
  }
}

/* The same in powers of u = z / Z_MAX: T_0 = 1, T_1 = u,
 * T_{j+1} = 2 u T_j - T_{j-1}. */
static void expand(const double *a, double *power) {
  double last[NODES] = {1}, T[NODES] = {0, 1};
  for (size_t i = 0; i < NODES; ++i) power[i] = a[0] * last[i] + a[1] * T[i];
  for (size_t j = 2; j < NODES; ++j) {
    for (size_t i = NODES; i-- > 0;) {
      const double next = (i ? 2 * T[i - 1] : 0) - last[i];
      last[i] = T[i];
      T[i] = next;
      power[i] += a[j] * next;
    }
  }
}

iclgd_chi iclgd_chi_law(size_t k) {
  iclgd_chi law = {.k = k, .normals = k};
  if (k < ICLGD_CHI_LARGE) return law;
  double a[NODES], power[NODES], scale = 1;
  law.normals = 1;
  interpolate(k, a);
  expand(a, power);
  for (size_t j = 0; j < NODES; ++j, scale *= Z_MAX)
    law.c[j] = (float)(power[j] / scale);
  return law;
}
