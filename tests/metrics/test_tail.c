/* Hill's index of laws whose tail is known. */
#include <iclgd/tail.h>

#include <math.h>

#include "support/close.h"
#include "support/normal.h"

enum { COUNT = 100000 };
static double values[COUNT];

/* Quantiles of Pareto's law, x = p^(-1 / alpha): of exactly that index, but
 * for the sum over k points in place of an integral. */
static void pareto(void **state) {
  (void)state;
  const double alphas[] = {0.5, 1.7, 3, 10};
  for (size_t a = 0; a < 4; ++a) {
    for (size_t i = 0; i < COUNT; ++i)
      values[i] = pow(((double)i + 0.5) / COUNT, -1 / alphas[a]);
    assert_close(iclgd_tail_index(values, COUNT), alphas[a], 0, 1e-3);
  }
}

/* By hand: the largest tenth of 20 is 10, 9, .. 1 over 1: with k = 10, values
 * 2^1 .. 2^10 above 1 give 10 / (55 log 2). */
static void by_hand(void **state) {
  (void)state;
  for (size_t i = 0; i < 20; ++i)
    values[i] = i < 10 ? 1 : pow(2, (double)i - 9);
  assert_close(iclgd_tail_index(values, 20), 10 / (55 * log(2)), 0, 1e-14);
}

static void edges(void **state) {
  (void)state;
  for (size_t i = 0; i < 40; ++i) values[i] = 7;
  assert_true(isinf(iclgd_tail_index(values, 40)));
  for (size_t i = 0; i < 40; ++i) values[i] = 0;
  assert_true(isinf(iclgd_tail_index(values, 40)));
  assert_true(isnan(iclgd_tail_index(values, 19)));
  values[3] = INFINITY;
  assert_true(isnan(iclgd_tail_index(values, 40)));
  assert_false(iclgd_tail_is_light(NAN, ICLGD_TAIL_RISK));
  assert_true(iclgd_tail_is_light(INFINITY, ICLGD_TAIL_SQUARED));
}

/* The mean of chi^2 is measurable, that of exp(3 z) (whose standard error is
 * 90 times the mean / sqrt(N)) is not. */
static void light_and_heavy(void **state) {
  (void)state;
  enum { N = 2000 };
  uint64_t seed = 8;
  for (size_t i = 0; i < N; ++i) {
    const double z = normal(&seed);
    values[i] = z * z;
  }
  assert_true(
      iclgd_tail_is_light(iclgd_tail_index(values, N), ICLGD_TAIL_SQUARED));
  for (size_t i = 0; i < N; ++i) values[i] = exp(3 * normal(&seed));
  assert_false(
      iclgd_tail_is_light(iclgd_tail_index(values, N), ICLGD_TAIL_SQUARED));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pareto),
      cmocka_unit_test(by_hand),
      cmocka_unit_test(edges),
      cmocka_unit_test(light_and_heavy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
