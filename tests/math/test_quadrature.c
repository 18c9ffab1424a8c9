/* Gauss rules: a rule known by hand, exact moments, and measures that are not
 * measures. */
#include "math/quadrature.h"

#include "math/moments.h"
#include "support/close.h"

/* Chi-square of 2 degrees is 2 E, E exponential: the nodes are twice the zeros
 * 2 -+ sqrt 2 of the Laguerre polynomial, the weights (2 +- sqrt 2) / 4. */
static void test_laguerre(void **state) {
  (void)state;
  mpz_t m[4];
  for (unsigned long k = 0, value = 1; k < 4; value *= 2 * ++k)
    mpz_init_set_ui(m[k], value);
  double alpha[2], beta[2], x[2], w[2];
  iclgd_error err;
  assert_ok(iclgd_recurrence(m[0], 2, alpha, beta, &err), err);
  assert_ok(iclgd_gauss_rule(alpha, beta, 2, x, w, &err), err);
  assert_close(x[0], 4 - 2 * sqrt(2), 0, 1e-14);
  assert_close(x[1], 4 + 2 * sqrt(2), 0, 1e-14);
  assert_close(w[0], (2 + sqrt(2)) / 4, 0, 1e-14);
  assert_close(w[1], (2 - sqrt(2)) / 4, 0, 1e-14);
  for (int k = 0; k < 4; ++k) mpz_clear(m[k]);
}

/* N nodes give back 2N moments, to the rounding of nodes raised to 2N. */
static void check_moments(size_t d, size_t n, size_t N) {
  mpz_t m[128];
  for (size_t k = 0; k < 2 * N; ++k) mpz_init(m[k]);
  double alpha[64], beta[64], x[64], w[64];
  iclgd_error err;
  assert_ok(iclgd_wishart_moments(d, n, 2 * N - 1, m, &err), err);
  mpz_set_ui(m[0], d);
  assert_ok(iclgd_recurrence(m[0], N, alpha, beta, &err), err);
  assert_ok(iclgd_gauss_rule(alpha, beta, N, x, w, &err), err);
  for (size_t k = 0; k < 2 * N; ++k) {
    double sum = 0;
    for (size_t i = 0; i < N; ++i) sum += w[i] * pow(x[i], (double)k);
    assert_close(sum / mpz_get_d(m[k]), 1, 1e-14 * (double)(k + 4), 0);
  }
  for (size_t k = 0; k < 2 * N; ++k) mpz_clear(m[k]);
}

static void test_moments(void **state) {
  (void)state;
  check_moments(5, 20, 40);
  check_moments(1, 1, 40);
  check_moments(64, 64, 30);
  check_moments(1, 1000000, 20);
  check_moments(1000, 4000, 13);
}

/* One point of mass 1 at 1 supports one node, not two; no mass, none. */
static void test_refused(void **state) {
  (void)state;
  mpz_t m[4];
  for (int k = 0; k < 4; ++k) mpz_init_set_ui(m[k], 1);
  double alpha[2], beta[2];
  iclgd_error err;
  assert_ok(iclgd_recurrence(m[0], 1, alpha, beta, &err), err);
  assert_int_equal(iclgd_recurrence(m[0], 2, alpha, beta, &err), ICLGD_ERANGE);
  mpz_set_ui(m[0], 0);
  assert_int_equal(iclgd_recurrence(m[0], 1, alpha, beta, &err), ICLGD_ERANGE);
  for (int k = 0; k < 4; ++k) mpz_clear(m[k]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_laguerre),
                                     cmocka_unit_test(test_moments),
                                     cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
