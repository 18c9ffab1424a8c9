/* O5: figures of theory, a scan by the O3 oracle, and both known limits. */
#include <iclgd/oracle.h>

#include "support/close.h"

typedef struct figure {
  iclgd_setting setting;
  size_t L;
  double eta, loss, half; /* half a unit of the last digit of the loss */
} figure;

static const figure figures[] = {
    {{5, 20, 0}, 1, 0.769231, 1.153846, 5e-7},
    {{5, 20, 0}, 2, 0.742518, 0.499007, 5e-7},
    {{5, 20, 0}, 3, 0.715587, 0.268342, 5e-7},
    {{5, 20, 0}, 4, 0.688953, 0.163253, 5e-7},
    {{5, 20, 0}, 5, 0.663203, 0.107897, 5e-7},
    {{5, 20, 0}, 8, 0.593677, 0.0425074, 5e-8},
    {{10, 20, 0}, 2, 0.628077, 2.105277, 5e-7},
    {{10, 20, 0}, 3, 0.611251, 1.458677, 5e-7},
    {{10, 20, 0}, 5, 0.577214, 0.865681, 5e-7},
    {{10, 40, 0}, 8, 0.69487, 0.035007, 5e-7},
};

static void test_figures(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof figures / sizeof *figures; ++i) {
    const figure *f = &figures[i];
    double eta, loss;
    iclgd_error err;
    assert_ok(iclgd_oracle_tied(f->setting, f->L, &eta, &loss, &err), err);
    assert_close(eta, f->eta, i == 9 ? 5e-6 : 5.1e-7, 0);
    assert_close(loss, f->loss, 1.02 * f->half, 0);
  }
}

/* No step of a fine scan does better, with noise and without. */
static void scan(iclgd_setting setting, size_t L) {
  double eta, least, loss, steps[20];
  iclgd_error err;
  assert_ok(iclgd_oracle_tied(setting, L, &eta, &least, &err), err);
  for (double factor = 0.02; factor < 4; factor *= 1.02) {
    for (size_t l = 0; l < L; ++l) steps[l] = eta * factor;
    assert_ok(iclgd_oracle_gd(setting, steps, L, &loss, NULL, &err), err);
    assert_true(loss >= least);
  }
  for (size_t l = 0; l < L; ++l) steps[l] = eta;
  assert_ok(iclgd_oracle_gd(setting, steps, L, &loss, NULL, &err), err);
  assert_close(loss, least, 0, 1e-14);
}

static void test_scan(void **state) {
  (void)state;
  scan((iclgd_setting){5, 20, 1}, 3);
  scan((iclgd_setting){5, 20, 50}, 7);
  scan((iclgd_setting){10, 4, 0.1}, 6);
  scan((iclgd_setting){1, 1, 1}, 5);
  scan((iclgd_setting){300, 100, 1e4}, 12);
  scan((iclgd_setting){64, 256, 0}, 20);
}

/* One step with noise: eta = n / (n + d + 1 + sigma2). */
static void test_one_step(void **state) {
  (void)state;
  double eta, loss;
  iclgd_error err;
  assert_ok(
      iclgd_oracle_tied((iclgd_setting){7, 11, 1e9}, 1, &eta, &loss, &err),
      err);
  assert_close(eta, 11 / (19 + 1e9), 0, 1e-14);
  assert_close(loss, 7 * (1 - 11 / (19 + 1e9)), 0, 1e-14);
}

/* d, n -> infinity with d/n = g = 1/4: .2, .072, .03104, .014656, .0073160 of
 * d. The gap is of order 1/n: at n = 64000 it is 1/64 of that at 1000. */
static void test_catalan(void **state) {
  (void)state;
  const double limit[] = {0.2, 0.072, 0.03104, 0.014656, 0.0073160};
  for (size_t L = 1; L <= 5; ++L) {
    double eta, small, large;
    iclgd_error err;
    assert_ok(
        iclgd_oracle_tied((iclgd_setting){250, 1000, 0}, L, &eta, &small, &err),
        err);
    assert_ok(iclgd_oracle_tied((iclgd_setting){16000, 64000, 0}, L, &eta,
                                &large, &err),
              err);
    const double gap = small / 250 - limit[L - 1];
    assert_close(small / 250, limit[L - 1], 0, 0.03);
    assert_close((large / 16000 - limit[L - 1]) / gap, 1 / 64.0, 0.003, 0);
    assert_close(eta, 0.8, 2e-3, 0);
  }
}

/* d fixed, n -> infinity: n^L loss -> E tr H^(2L), H of the GOE. */
static void test_goe(void **state) {
  (void)state;
  const double d = 4, n = 1e6;
  const double expected[] = {d * (d + 1), d * (2 * d * d + 5 * d + 5),
                             d * (5 * d * d * d + 22 * d * d + 52 * d + 41)};
  for (size_t L = 1; L <= 3; ++L) {
    double eta, loss;
    iclgd_error err;
    assert_ok(
        iclgd_oracle_tied((iclgd_setting){4, 1000000, 0}, L, &eta, &loss, &err),
        err);
    assert_close(pow(n, (double)L) * loss, expected[L - 1], 0, 1e-4);
  }
}

static void test_refused(void **state) {
  (void)state;
  double eta, loss;
  iclgd_error err;
  assert_int_equal(
      iclgd_oracle_tied((iclgd_setting){5, 20, 0}, 0, &eta, &loss, &err),
      ICLGD_EUSAGE);
  assert_int_equal(
      iclgd_oracle_tied((iclgd_setting){5, 20, 0}, 128, &eta, &loss, &err),
      ICLGD_ERANGE);
  assert_int_equal(
      iclgd_oracle_tied((iclgd_setting){5, 20, 1e300}, 2, &eta, &loss, &err),
      ICLGD_ERANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_figures),  cmocka_unit_test(test_scan),
      cmocka_unit_test(test_one_step), cmocka_unit_test(test_catalan),
      cmocka_unit_test(test_goe),      cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
