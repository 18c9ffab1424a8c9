/* Minimisation: a curved valley, and a deeper valley next to a start. */
#include "math/minimise.h"

#include "support/close.h"

/* Rosenbrock: minimum 0 + offset at (1, 1). */
static double rosenbrock(const double *x, double *g, void *data) {
  const double a = 1 - x[0], b = x[1] - x[0] * x[0];
  if (g) {
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
  }
  return a * a + 100 * b * b + *(double *)data;
}

static void test_valley(void **state) {
  (void)state;
  double x[2] = {-1.2, 1}, value, slope, offset = 3;
  iclgd_error err;
  assert_ok(iclgd_minimise(rosenbrock, &offset, 2, x, &value, &slope, &err),
            err);
  assert_close(x[0], 1, 1e-9, 0);
  assert_close(x[1], 1, 1e-9, 0);
  assert_close(value, 3, 1e-12, 0);
  assert_true(slope < 1e-9);
}

/* (x^2 - 1)^2 - x / 2: a shallow minimum near -1, a deep one near 1. */
static double two_valleys(const double *x, double *g, void *data) {
  (void)data;
  const double r = x[0] * x[0] - 1;
  if (g) g[0] = 4 * x[0] * r - 0.5;
  return r * r - x[0] / 2;
}

static void test_hop(void **state) {
  (void)state;
  double x = -1.1, value, slope;
  iclgd_error err;
  assert_ok(iclgd_minimise(two_valleys, NULL, 1, &x, &value, &slope, &err),
            err);
  assert_true(x < 0);
  assert_ok(
      iclgd_minimise_hop(two_valleys, NULL, 1, 1, &x, &value, &slope, &err),
      err);
  assert_true(x > 0 && value < -0.5);
  assert_true(slope < 1e-9);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_valley),
                                     cmocka_unit_test(test_hop)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
