/* Hill's index of laws whose tail is known. */
#include <iclgd/tail.h>

#include <iclgd/comparisons.h>
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

static bool is_few(size_t count) {
  iclgd_moments m = {0};
  for (size_t i = 0; i < count; ++i) iclgd_moments_add(&m, values[i]);
  return iclgd_tail_is_few(iclgd_moments_mean(&m),
                           iclgd_moments_standard_error(&m), count);
}

/* Whatever the rest is, one value that is more than half of the sum shows; of a
 * normal's squares, a hundredth of them, none does. */
static void few_values(void **state) {
  (void)state;
  const size_t counts[] = {3, 10, 100, 2000};
  uint64_t seed = 9;
  for (size_t c = 0; c < 4; ++c)
    for (size_t way = 0; way < 20; ++way) {
      double sum = 0;
      for (size_t i = 1; i < counts[c]; ++i)
        sum += values[i] = exp((double)(way % 5) * normal(&seed));
      values[0] = 1.001 * sum;
      assert_true(is_few(counts[c]));
    }
  for (size_t i = 0; i < 100; ++i) values[i] = pow(normal(&seed), 2);
  assert_false(is_few(100));
}

/* Of 101 values one has the share s and the others the rest: error / mean is
 * (101 s - 1) / 100, and the rule's bound that of s = 1/2. */
static void share_of_one(void **state) {
  (void)state;
  enum { N = 101 };
  for (int percent = 40; percent <= 60; ++percent) {
    const double s = percent / 100.0 + 1e-6;
    values[0] = s;
    for (size_t i = 1; i < N; ++i) values[i] = (1 - s) / (N - 1);
    assert_int_equal(is_few(N), percent >= 50);
  }
  assert_false(iclgd_tail_is_few(0, 0, N));
  assert_false(iclgd_tail_is_few(NAN, NAN, N));
  assert_false(iclgd_tail_is_few(1, NAN, N));
  assert_false(iclgd_tail_is_few(1, 1, 1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pareto),     cmocka_unit_test(by_hand),
      cmocka_unit_test(edges),      cmocka_unit_test(light_and_heavy),
      cmocka_unit_test(few_values), cmocka_unit_test(share_of_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
