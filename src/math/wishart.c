/* The exact mean density of the eigenvalues x = u^2 of a real Wishart matrix.
 *
 * p = min(d, n), a = |d - n|; the eigenvalues have the joint density
 * prod |x_i - x_j| prod w(x_i), w(x) = x^((a-1)/2) e^(-x/2). Let phi_j be the
 * orthonormal Laguerre functions of x^a e^-x, h_j = Gamma(j+a+1) / j!, and
 * e_j = epsilon(w L_j) / sqrt(h_j), epsilon f (x) = 1/2 int sgn(x - y) f(y) dy.
 * From d/dx (x w L_j) = 1/2 w [(j+1) L_{j+1} - (j+a) L_{j-1}] follows
 *
 *   sqrt((j+1)(j+1+a)) e_{j+1} = sqrt(j (j+a)) e_{j-1} + 2 sqrt(x) phi_j,
 *
 * from e_{-1} = 0 or e_0 = i_0 (P((a+1)/2, x/2) - 1/2), where
 * i_j = int phi_j / sqrt(x) vanishes for odd j. The kernel of the ensemble is
 * the Laguerre kernel of p - 1 terms plus a product phi_{p-1}(x) G(y), G being
 * the element of epsilon(w P_{p-1}) (plus constants when p is odd) that is dual
 * to L_{p-1}; on the diagonal
 *
 *   rho(x) = sum_{j<p-1} phi_j^2 + phi_{p-1} / sqrt(x) *
 *            [ (p odd) / i_{p-1} - 1/2 sqrt((p-1)(p-1+a)) e_{p-2} ].
 *
 * The kernel: Adler, Forrester, Nagao, van Moerbeke, J. Stat. Phys. 99 (2000).
 * All terms keep their relative accuracy, near 0 and in the tail.
 */
#include "math/wishart.h"

#include <math.h>

#include "math/gamma.h"

static const double PI = 3.14159265358979323846;

/* P(s, z) - 1/2, P the regularised lower incomplete gamma function. */
static double half_gamma(double s, double z) {
  bool upper;
  const double tail = iclgd_gamma_tail(s, z, &upper);
  return upper ? 0.5 - tail : tail - 0.5;
}

/* i_0 = sqrt(2 sqrt(pi) Gamma(s) / Gamma(s + 1/2)), s = (a + 1) / 2. */
static double first_integral(double s) {
  const double r = 1 / s;
  const double ratio =
      s < 100 ? exp(lgamma(s + 0.5) - lgamma(s))
              : sqrt(s) * (1 - r * (1 / 8.0 - r * (1 / 128.0 + r * 5 / 1024)));
  return sqrt(2 * sqrt(PI) / ratio);
}

iclgd_wishart iclgd_wishart_law(size_t d, size_t n) {
  const size_t p = d < n ? d : n, q = d < n ? n : d;
  const double a = (double)(q - p), i_0 = first_integral((a + 1) / 2);
  double i = i_0; /* i_{j+1} from i_{j-1} */
  for (double j = 1; j < (double)p; j += 2)
    i *= sqrt(j * (j + a) / ((j + 1) * (j + 1 + a)));
  return (iclgd_wishart){
      .p = p,
      .a = a,
      /* P(largest > sqrt q + sqrt p + t) <= e^(-t^2/2), and the same for the
       * smallest < sqrt q - sqrt p - t: Davidson, Szarek */
      .low = fmax(0, sqrt((double)q) - sqrt((double)p) - 12),
      .high = sqrt((double)q) + sqrt((double)p) + 12,
      .log_norm = iclgd_stirling(a),
      .first = i_0,
      .constant = p % 2 ? 1 / i : 0};
}

double iclgd_wishart_density(const iclgd_wishart *law, double u) {
  const double x = u * u, a = law->a, huge = 1e100;
  const size_t p = law->p;
  double log_scale = 0.5 * iclgd_log_gamma_term(a, law->log_norm, x);
  double scale = exp(log_scale); /* phi_j = scale * last */
  double before = 0, last = 1, squares = 0, up = 0;
  double e = p % 2 ? 0 : law->first * half_gamma((a + 1) / 2, x / 2);
  for (size_t j = 0; j + 1 < p; ++j) {
    const double k = (double)j, phi = scale * last;
    const double down = sqrt(k * (k + a));
    up = sqrt((k + 1) * (k + 1 + a));
    squares += phi * phi;
    if ((p - 1 - j) % 2 == 0) e = (down * e + 2 * u * phi) / up;
    const double next = ((2 * k + 1 + a - x) * last - down * before) / up;
    before = last;
    last = next;
    if (fabs(last) > huge) {
      before /= huge;
      last /= huge;
      log_scale += log(huge);
      scale = exp(log_scale);
    }
  }
  return 2 * u * squares + 2 * scale * last * (law->constant - 0.5 * up * e);
}
