/* O6 against Gauss and Gauss-Radau rules of exact moments, which bracket the
 * integral of a completely monotone function; Monte Carlo; closed cases. */
#include <iclgd/oracle.h>

#include "math/moments.h"
#include "math/quadrature.h"
#include "support/close.h"
#include "support/normal.h"

enum { N_MAX = 40 };

/* E sum sigma2 / (x + sigma2) over min(d, n) eigenvalues of X X^T, from below
 * by a Gauss rule and from above by a rule with one node at 0. */
static void bracket(iclgd_setting setting, double *low, double *high) {
  const size_t p = setting.d < setting.n ? setting.d : setting.n;
  mpz_t m[2 * N_MAX];
  for (size_t k = 0; k < 2 * N_MAX; ++k) mpz_init(m[k]);
  double alpha[N_MAX], beta[N_MAX], x[N_MAX], w[N_MAX];
  iclgd_error err;
  assert_ok(iclgd_wishart_moments(setting.d, setting.n, 2 * N_MAX - 1, m, &err),
            err);
  mpz_set_ui(m[0], p);
  assert_ok(iclgd_recurrence(m[0], N_MAX, alpha, beta, &err), err);
  for (int radau = 0; radau < 2; ++radau) {
    double ratio = -alpha[0]; /* pi_k(0) / pi_{k-1}(0) */
    for (size_t k = 1; k + 1 < N_MAX; ++k) ratio = -alpha[k] - beta[k] / ratio;
    if (radau) alpha[N_MAX - 1] = -beta[N_MAX - 1] / ratio;
    assert_ok(iclgd_gauss_rule(alpha, beta, N_MAX, x, w, &err), err);
    double sum = (double)(setting.d - p);
    for (size_t i = 0; i < N_MAX; ++i)
      sum += w[i] / (1 + x[i] / setting.sigma2);
    *(radau ? high : low) = sum;
  }
  for (size_t k = 0; k < 2 * N_MAX; ++k) mpz_clear(m[k]);
}

/* The width of the bracket says how much each case proves (1e-13: rounding);
 * rules converge slowly where sigma2 is small beside the eigenvalues. */
static void test_bracket(void **state) {
  (void)state;
  static const struct {
    iclgd_setting setting;
    double width;
  } cases[] = {{{5, 20, 1}, 4e-8},    {{5, 20, 0.25}, 3e-6},
               {{6, 20, 0.25}, 1e-5}, {{20, 5, 0.5}, 5e-9},
               {{1, 1, 5}, 1e-13},    {{2, 2, 5}, 1e-13},
               {{10, 10, 3}, 2e-9},   {{64, 256, 0.01}, 1e-13},
               {{9, 10, 30}, 1e-13},  {{200, 300, 1}, 3e-5}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    double low = 0, high = 0, loss;
    iclgd_error err;
    bracket(cases[i].setting, &low, &high);
    assert_ok(iclgd_oracle_bayes(cases[i].setting, &loss, &err), err);
    assert_true(high - low <= cases[i].width * loss);
    assert_true(loss >= low * (1 - 1e-11) && loss <= high * (1 + 1e-11));
  }
}

static double bayes(size_t d, size_t n, double sigma2) {
  double loss;
  iclgd_error err;
  assert_ok(iclgd_oracle_bayes((iclgd_setting){d, n, sigma2}, &loss, &err),
            err);
  return loss;
}

static void test_figures(void **state) {
  (void)state;
  assert_close(bayes(5, 20, 1), 0.32418, 5e-6, 0);
  assert_close(bayes(5, 20, 0.25), 0.08701, 5e-6, 0);
  assert_close(bayes(10, 20, 1), 0.9018, 2e-4, 0);
  assert_close(bayes(5, 20, 0), 0, 0, 0);
  assert_close(bayes(20, 5, 0), 15, 0, 0);
}

/* d = 1, n = 2: x is exponential of mean 2, and the risk is
 * t/2 e^(t/2) E1(t/2), E1 by its power series. */
static void test_exponential(void **state) {
  (void)state;
  for (double t = 1e-8; t < 10; t *= 10) {
    const double z = t / 2;
    double E1 = -0.57721566490153286 - log(z), term = 1;
    for (int k = 1; k < 60; ++k) {
      term *= -z / k;
      E1 -= term / k;
    }
    assert_close(bayes(1, 2, t), z * exp(z) * E1, 0, 1e-12);
    assert_close(bayes(2, 1, t), 1 + z * exp(z) * E1, 0, 1e-12);
  }
}

/* sigma2 -> 0 is least squares, sigma2 d / (n - d - 1); n = d keeps a root:
 * density c at u = 0 gives sigma c pi / 2, c = 2 / sqrt(2 pi) at d = n = 1. */
static void test_small_noise(void **state) {
  (void)state;
  assert_close(bayes(5, 20, 1e-12) / 1e-12, 5 / 14.0, 0, 1e-10);
  assert_close(bayes(50, 60, 1e-9) / 1e-9, 50 / 9.0, 0, 1e-8);
  const double pi = acos(-1);
  assert_close(bayes(1, 1, 1e-24) / 1e-12, sqrt(pi / 2), 0, 1e-10);
  assert_close(bayes(5, 20, 1e300), 5, 0, 1e-12);
}

/* sigma2 tr (X X^T + sigma2)^-1 for d = 3 by cofactors, n = 3. */
static double sample(uint64_t *seed, double sigma2) {
  double X[3][3], W[3][3];
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) X[i][j] = normal(seed);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) {
      W[i][j] = i == j ? sigma2 : 0;
      for (int k = 0; k < 3; ++k) W[i][j] += X[i][k] * X[j][k];
    }
  const double a = W[1][1] * W[2][2] - W[1][2] * W[1][2];
  const double b = W[0][0] * W[2][2] - W[0][2] * W[0][2];
  const double c = W[0][0] * W[1][1] - W[0][1] * W[0][1];
  const double det = W[0][0] * a -
                     W[0][1] * (W[0][1] * W[2][2] - W[1][2] * W[0][2]) +
                     W[0][2] * (W[0][1] * W[1][2] - W[1][1] * W[0][2]);
  return sigma2 * (a + b + c) / det;
}

static void test_monte_carlo(void **state) {
  (void)state;
  normal_mean mean = {0};
  uint64_t seed = 3;
  for (int i = 0; i < 200000; ++i) normal_add(&mean, sample(&seed, 0.05));
  assert_close(normal_z(&mean, bayes(3, 3, 0.05)), 0, 4.5, 0);
}

static void test_refused(void **state) {
  (void)state;
  double loss;
  iclgd_error err;
  assert_int_equal(iclgd_oracle_bayes((iclgd_setting){5, 20, NAN}, &loss, &err),
                   ICLGD_EUSAGE);
  assert_int_equal(
      iclgd_oracle_bayes((iclgd_setting){5000, 5000, 1}, &loss, &err),
      ICLGD_ERANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bracket),     cmocka_unit_test(test_figures),
      cmocka_unit_test(test_exponential), cmocka_unit_test(test_small_noise),
      cmocka_unit_test(test_monte_carlo), cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
