/* Least squares for the weight behind predictions at pairs of queries
 * (equations in iclgd/slope.h). */
#include <iclgd/slope.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>

size_t iclgd_slope_work(size_t d, size_t rows) {
  return d * d + rows * d + iclgd_regress_work(d, rows);
}

/* M = sum x x^T over pairs, B = sum odd part x^T. */
static void sum_moments(const double *x, const double *f, size_t K, size_t d,
                        size_t rows, double *M, double *B) {
  memset(M, 0, d * d * sizeof *M);
  memset(B, 0, rows * d * sizeof *B);
  for (size_t k = 0; k < K; k += 2) {
    const double *q = x + k * d;
    for (size_t i = 0; i < d; ++i)
      for (size_t j = 0; j < d; ++j) M[i * d + j] += q[i] * q[j];
    for (size_t l = 0; l < rows; ++l) {
      const double odd = (f[l * K + k] - f[l * K + k + 1]) / 2;
      for (size_t j = 0; j < d; ++j) B[l * d + j] += odd * q[j];
    }
  }
}

static iclgd_slope_rest rest_of(const double *x, const double *f, size_t K,
                                size_t d, const double *w) {
  const size_t pairs = K / 2;
  const double m = (double)pairs, columns = (double)d;
  double mean = 0, squares = 0, odd_left = 0, odd_whole = 0, even_left = 0;
  for (size_t k = 0; k < K; ++k) {
    mean += f[k] / (double)K;
    squares += f[k] * f[k];
  }
  for (size_t k = 0; k < K; k += 2) {
    const double odd = (f[k] - f[k + 1]) / 2;
    const double even = (f[k] - mean + (f[k + 1] - mean)) / 2;
    const double left = odd - iclgd_dot(w, x + k * d, d);
    odd_left += left * left;
    odd_whole += odd * odd;
    even_left += even * even;
  }
  even_left *= m / (m - 1);
  return (iclgd_slope_rest){odd_left * m / (m - columns) + even_left,
                            odd_whole + even_left, squares};
}

bool iclgd_slope_fit(const double *x, const double *f, size_t K, size_t d,
                     size_t rows, double *work, double *w,
                     iclgd_slope_rest *rest) {
  double *M = work, *B = M + d * d, *left = B + rows * d;
  assert(K % 2 == 0 && K >= iclgd_slope_queries(d));
  sum_moments(x, f, K, d, rows, M, B);
  if (!(iclgd_regress(M, B, rows, d, w, left) > 1e-13)) return false;
  for (size_t l = 0; l < rows; ++l)
    rest[l] = rest_of(x, f + l * K, K, d, w + l * d);
  return true;
}

double iclgd_slope_r2(const iclgd_slope_rest *rest) {
  const double rounding = 1e-26;
  return rest->whole > rounding * rest->squares ? 1 - rest->left / rest->whole
                                                : NAN;
}
