/* What engine/transformer/exp.h promises, for either precision: include that
 * header first. */
#ifndef ICLGD_TESTS_EXP_H
#define ICLGD_TESTS_EXP_H

#include <math.h>
#include <stdio.h>

#include "support/close.h"

static double exp_error, share_error, exp_least, exp_most;

static vec at(double x) {
  return splat((real)x);
}

static void exp_is_exp(void **state) {
  (void)state;
  for (int i = 0; i <= 20000; ++i) {
    const double x = exp_least + (exp_most - exp_least) * i / 20000;
    const double exact = exp((double)(real)x);
    assert_close((double)exponential(at(x))[WIDTH - 1], exact, 0, exp_error);
    assert_close((double)logistic(at(x))[0], 1 / (1 + exp(-(double)(real)x)), 0,
                 2 * exp_error);
  }
  assert_true(exponential(at(0))[0] == 1);
  assert_true(exponential(at(-1e30))[0] >= 0);
  assert_true(exponential(at(-1e30))[0] < 1e-37);
  assert_true(exponential(at(1e30))[0] > 1e37);
  assert_true(isnan((double)exponential(at(NAN))[0]));
}

/* Relative to what is left of 1 on the other side, too, where that is small. */
static void share_is_that_of_normals(void **state) {
  (void)state;
  for (int i = -12000; i <= 12000; ++i) {
    const double x = (double)(real)(i / 1000.0);
    vec density;
    const double share = (double)normal_share(at(x), &density)[0];
    const double size = 1 + x * x; /* of the rounding of x^2 in exp(-x^2/2) */
    assert_close(share, erfc(-x / sqrt(2)) / 2, 0, share_error * size);
    assert_close((double)density[0], exp(-x * x / 2) / sqrt(2 * acos(-1)), 0,
                 share_error * size);
  }
  vec density;
  assert_true(isnan((double)normal_share(at(NAN), &density)[0]));
}

static int exp_tests(const char *name, double of_exp, double of_share,
                     double least, double most) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exp_is_exp),
      cmocka_unit_test(share_is_that_of_normals),
  };
  exp_error = of_exp;
  share_error = of_share;
  exp_least = least;
  exp_most = most;
  return cmocka_run_group_tests_name(name, tests, NULL, NULL);
}

#endif /* ICLGD_TESTS_EXP_H */
