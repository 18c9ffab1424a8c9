/* O9: figures of theory, minimality under perturbations, and order with the
 * oracles beside it. */
#include <iclgd/oracle.h>

#include "support/close.h"
#include "support/normal.h"

static void test_figures(void **state) {
  (void)state;
  const iclgd_setting setting = {5, 20, 0};
  double a[3], c[3], loss;
  iclgd_error err;
  assert_ok(iclgd_oracle_gdpp_best(setting, 2, 0, a, c, &loss, &err), err);
  assert_close(loss, 0.0575012, 5.1e-8, 0);
  assert_close(a[0], 0.5168, 5.1e-5, 0);
  assert_close(a[1], 3.4747, 5.1e-5, 0);
  assert_close(c[0], 0.4488, 5.1e-5, 0);
  assert_true(c[1] == 0);
  assert_ok(iclgd_oracle_gdpp_best(setting, 2, 1, a, c, &loss, &err), err);
  assert_close(loss, 0.118725, 5.1e-7, 0);
  assert_close(a[0], 1.4914, 5.1e-5, 0);
  assert_close(c[0], 0.2050, 5.1e-5, 0);
  assert_ok(iclgd_oracle_gdpp_best(setting, 3, 0, a, c, &loss, &err), err);
  assert_close(loss, 9.61e-4, 5.1e-7, 0);
  assert_close(a[0], 0.3383, 5.1e-5, 0);
  assert_close(a[1], 2.0908, 5.1e-5, 0);
  assert_close(a[2], 8.5681, 5.1e-5, 0);
  assert_close(c[0] / a[0], 0.8776, 5.1e-5, 0);
  assert_close(c[1] / a[1], 0.5782, 5.1e-5, 0);
}

/* Random layers, near and far, never do better; the loss is that of O3. */
static void perturb(iclgd_setting setting, size_t L) {
  double a[4], c[4], x[4], y[4], least, loss;
  iclgd_error err;
  assert_ok(iclgd_oracle_gdpp_best(setting, L, 0, a, c, &least, &err), err);
  assert_ok(iclgd_oracle_gdpp(setting, a, c, L, &loss, NULL, &err), err);
  assert_close(loss, least, 0, 1e-12);
  uint64_t seed = 7;
  for (int trial = 0; trial < 300; ++trial) {
    const double size = exp(-normal_uniform(&seed) * 6);
    for (size_t l = 0; l < L; ++l) {
      x[l] = a[l] * exp(size * normal(&seed));
      y[l] = c[l] * (1 + size * normal(&seed));
    }
    assert_ok(iclgd_oracle_gdpp(setting, x, y, L, &loss, NULL, &err), err);
    assert_true(loss >= least);
  }
}

static void test_minimal(void **state) {
  (void)state;
  perturb((iclgd_setting){5, 20, 0}, 2);
  perturb((iclgd_setting){5, 20, 1}, 3);
  perturb((iclgd_setting){10, 10, 0}, 3);
  perturb((iclgd_setting){20, 5, 0.3}, 2);
}

/* GD++ with gamma = 0 is GD, L = 1 is one step, untied contains tied, and
 * more layers do not hurt. */
static void order(iclgd_setting setting) {
  double a[3], c[3], eta[3], gd, bound, best, tied, before = INFINITY;
  iclgd_error err;
  for (size_t L = 1; L <= 3; ++L) {
    assert_ok(iclgd_oracle_gdpp_best(setting, L, 0, a, c, &best, &err), err);
    assert_ok(iclgd_oracle_gdpp_best(setting, L, 1, a, c, &tied, &err), err);
    assert_ok(iclgd_oracle_untied(setting, L, eta, &gd, &bound, &err), err);
    assert_true(best <= gd * (1 + 1e-12) && best <= tied * (1 + 1e-12));
    assert_true(best <= before);
    if (L == 1) assert_close(best, gd, 0, 1e-12);
    if (L == 1) assert_close(tied, gd, 0, 1e-12);
    assert_ok(iclgd_oracle_tied(setting, L, eta, &gd, &err), err);
    assert_true(tied <= gd * (1 + 1e-12));
    before = best;
  }
}

static void test_order(void **state) {
  (void)state;
  order((iclgd_setting){5, 20, 0});
  order((iclgd_setting){5, 20, 4});
  order((iclgd_setting){1, 1, 0});
  order((iclgd_setting){100, 300, 0.1});
}

static void test_refused(void **state) {
  (void)state;
  double a[5], c[5], loss;
  iclgd_error err;
  const iclgd_setting setting = {5, 20, 0};
  assert_int_equal(iclgd_oracle_gdpp_best(setting, 0, 0, a, c, &loss, &err),
                   ICLGD_EUSAGE);
  assert_int_equal(iclgd_oracle_gdpp_best(setting, 5, 0, a, c, &loss, &err),
                   ICLGD_ERANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_figures), cmocka_unit_test(test_minimal),
      cmocka_unit_test(test_order), cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
