/* The oracles of limits, windows, Newton's iteration and the flow, each against
 * another oracle, written-out figures or its own differential equation. */
#include <iclgd/oracle.h>

#include "support/close.h"
#include "support/normal.h"

/* 1 - alpha s^2 = (1 - r s)(1 + r s), r = sqrt(alpha): steps r and -r. */
static void test_newton(void **state) {
  (void)state;
  const double alpha = 0.2, noises[] = {0, 0.7};
  for (size_t k = 0; k <= 4; ++k)
    for (size_t i = 0; i < 2; ++i) {
      const iclgd_setting setting = {6, 15, noises[i]};
      double steps[32], loss, expected;
      iclgd_error err;
      for (size_t l = 0; l < (size_t)2 << k; ++l)
        steps[l] = l % 2 ? -sqrt(alpha) : sqrt(alpha);
      assert_ok(iclgd_oracle_gd(setting, steps, (size_t)2 << k, &expected, NULL,
                                &err),
                err);
      assert_ok(iclgd_oracle_newton(setting, alpha, k, &loss, &err), err);
      assert_close(loss, expected, 0, 1e-11);
    }
  double loss;
  iclgd_error err;
  assert_int_equal(
      iclgd_oracle_newton((iclgd_setting){5, 20, 0}, 0.1, 6, &loss, &err),
      ICLGD_ERANGE);
}

/* The mean of the curve, and no other step does better. */
static void test_windowed(void **state) {
  (void)state;
  const iclgd_setting setting = {10, 40, 0};
  double eta, loss, steps[8], curve[9], last;
  iclgd_error err;
  assert_ok(iclgd_oracle_windowed(setting, 8, 4, &eta, &loss, &err), err);
  assert_close(eta, 0.71480, 5.1e-6, 0);
  assert_close(loss, 0.076021, 5.1e-7, 0);
  for (double factor = 0.9; factor < 1.11; factor += 0.01) {
    for (size_t l = 0; l < 8; ++l) steps[l] = eta * factor;
    assert_ok(iclgd_oracle_gd(setting, steps, 8, &last, curve, &err), err);
    const double mean = (curve[5] + curve[6] + curve[7] + curve[8]) / 4;
    assert_true(mean >= loss * (1 - 1e-12));
  }
  /* one loop of the loss is O5, and a window beyond L counts from 1 */
  assert_ok(iclgd_oracle_windowed(setting, 8, 1, &eta, &loss, &err), err);
  assert_close(eta, 0.69487, 5.1e-6, 0);
  assert_ok(iclgd_oracle_windowed(setting, 2, 9, &eta, &loss, &err), err);
  steps[0] = steps[1] = eta;
  assert_ok(iclgd_oracle_gd(setting, steps, 2, &last, curve, &err), err);
  assert_close((curve[1] + curve[2]) / 2, loss, 0, 1e-12);
}

static void test_large(void **state) {
  (void)state;
  const double tied[] = {.2, .072, .03104, .014656, .0073160};
  const double untied[] = {.2, .047619, .011765, .0029326, .0007326};
  for (size_t L = 1; L <= 5; ++L) {
    double eta[5], loss;
    iclgd_error err;
    assert_ok(iclgd_oracle_tied_limit(0.25, L, eta, &loss, &err), err);
    assert_close(loss, tied[L - 1], 5.1e-7, 0);
    assert_close(eta[0], 0.8, 0, 1e-15);
    assert_ok(iclgd_oracle_untied_limit(0.25, L, eta, &loss, &err), err);
    assert_close(loss, untied[L - 1], 5.1e-7, 0);
    for (size_t l = 1; l < L; ++l) assert_true(eta[l - 1] < eta[l]);
  }
  double eta[3], loss;
  iclgd_error err;
  assert_ok(iclgd_oracle_untied_limit(1, 3, eta, &loss, &err), err);
  assert_close(loss, 0.25, 0, 1e-15);
  assert_ok(iclgd_oracle_untied_limit(2, 1, eta, &loss, &err), err);
  assert_close(loss, 2 / 3.0, 0, 1e-15); /* eta = 1/3: 1 - eta */
  assert_close(eta[0], 1 / 3.0, 0, 1e-15);
  assert_int_equal(iclgd_oracle_tied_limit(0, 1, eta, &loss, &err),
                   ICLGD_EUSAGE);
}

/* Against O5 at a large n; O8 by moments of a small H: d = 2, K = J turns one
 * plane, E |(H + J)^2|^2 by sampling. */
static void test_long_context(void **state) {
  (void)state;
  for (size_t L = 1; L <= 3; ++L) {
    double limit, eta, loss;
    iclgd_error err;
    assert_ok(iclgd_oracle_long_context(4, L, 0, &limit, &err), err);
    assert_ok(
        iclgd_oracle_tied((iclgd_setting){4, 1000000, 0}, L, &eta, &loss, &err),
        err);
    assert_close(loss * pow(1e6, (double)L), limit, 0, 1e-4);
  }
  normal_mean m = {0};
  uint64_t seed = 3;
  for (size_t i = 0; i < 200000; ++i) {
    const double a = sqrt(2) * normal(&seed), b = normal(&seed);
    const double c = sqrt(2) * normal(&seed);
    const double M[2][2] = {{a, b + 1}, {b - 1, c}};
    double square = 0;
    for (size_t r = 0; r < 2; ++r)
      for (size_t s = 0; s < 2; ++s) {
        const double entry = M[r][0] * M[0][s] + M[r][1] * M[1][s];
        square += entry * entry;
      }
    normal_add(&m, square);
  }
  double limit;
  iclgd_error err;
  assert_ok(iclgd_oracle_long_context(2, 2, 1, &limit, &err), err);
  assert_true(fabs(normal_z(&m, limit)) < 5);
  assert_int_equal(iclgd_oracle_long_context(5, 3, 1, &limit, &err),
                   ICLGD_ERANGE);
}

/* d loss / dt = -|grad|^2 = -d (2 L e^(2L-1))^2, and time is its inverse. */
static void test_flow(void **state) {
  (void)state;
  for (size_t L = 1; L <= 4; ++L)
    for (double t = 0.01; t < 2; t *= 5) {
      const double h = 1e-6, d = 3;
      double loss, later, sooner, back;
      iclgd_error err;
      assert_ok(iclgd_oracle_flow(3, L, 0.2, t, &loss, &err), err);
      assert_ok(iclgd_oracle_flow(3, L, 0.2, t + h, &later, &err), err);
      assert_ok(iclgd_oracle_flow(3, L, 0.2, t - h, &sooner, &err), err);
      const double layers = (double)L, e = pow(loss / d, 1 / (2 * layers));
      const double slope = 2 * layers * pow(e, 2 * layers - 1);
      assert_close((later - sooner) / (2 * h), -d * slope * slope, 1e-8, 1e-6);
      assert_ok(iclgd_oracle_flow_time(3, L, 0.2, loss, &back, &err), err);
      assert_close(back, t, 0, 1e-9);
    }
  double loss;
  iclgd_error err;
  assert_int_equal(iclgd_oracle_flow(3, 2, 1, 1, &loss, &err), ICLGD_EUSAGE);
  assert_int_equal(iclgd_oracle_flow_time(3, 2, 0, 4, &loss, &err),
                   ICLGD_ERANGE);
}

/* d = 1: E 1 / (x . x) = 1 / (n - 2); d > n: what is not seen stays. */
static void test_least_squares(void **state) {
  (void)state;
  double loss;
  iclgd_error err;
  assert_ok(iclgd_oracle_least_squares((iclgd_setting){1, 9, 2}, &loss, &err),
            err);
  assert_close(loss, 2 / 7.0, 0, 1e-15);
  assert_ok(iclgd_oracle_least_squares((iclgd_setting){5, 20, 1}, &loss, &err),
            err);
  assert_close(loss, 5 / 14.0, 0, 1e-15);
  assert_ok(iclgd_oracle_least_squares((iclgd_setting){9, 1, 2}, &loss, &err),
            err);
  assert_close(loss, 8 + 2 / 7.0, 0, 1e-15);
  assert_ok(iclgd_oracle_least_squares((iclgd_setting){5, 5, 0}, &loss, &err),
            err);
  assert_close(loss, 0, 0, 0);
  assert_int_equal(
      iclgd_oracle_least_squares((iclgd_setting){5, 6, 1}, &loss, &err),
      ICLGD_ERANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_newton), cmocka_unit_test(test_windowed),
      cmocka_unit_test(test_large),  cmocka_unit_test(test_long_context),
      cmocka_unit_test(test_flow),   cmocka_unit_test(test_least_squares)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
