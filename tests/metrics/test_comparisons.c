/* Each comparison against its formula, by hand, and at its edges. */
#include <iclgd/comparisons.h>

#include "support/samples.h"

static void products_and_distances(void **state) {
  (void)state;
  const double a[] = {1, -2, 3}, b[] = {4, 5, -6};
  assert_true(iclgd_dot(a, b, 3) == 4 - 10 - 18);
  assert_true(iclgd_dot(a, b, 0) == 0);
  assert_true(iclgd_squared_distance(a, b, 3) == 9 + 49 + 81);
  assert_true(iclgd_squared_distance(a, a, 3) == 0);
}

static void cosines_by_hand(void **state) {
  (void)state;
  const double a[] = {3, 4}, b[] = {4, 3}, across[] = {-4, 3};
  const double against[] = {-6, -8}, zero[] = {0, -0.0}, nan[] = {1, NAN};
  assert_close(iclgd_cosine(a, b, 2), 24. / 25, 0, 1e-15);
  assert_close(iclgd_cosine(a, a, 2), 1, 0, 1e-15);
  assert_close(iclgd_cosine(a, against, 2), -1, 0, 1e-15);
  assert_close(iclgd_cosine(a, across, 2), 0, 1e-16, 0);
  assert_true(isnan(iclgd_cosine(a, zero, 2)));
  assert_true(isnan(iclgd_cosine(zero, a, 2)));
  assert_true(isnan(iclgd_cosine(zero, zero, 2)));
  assert_true(isnan(iclgd_cosine(a, nan, 2)));
}

/* Only the directions count, whatever the lengths. */
static void cosines_neither_overflow_nor_vanish(void **state) {
  (void)state;
  const double scales[] = {1e-320, 1e-200, 1, 1e200, 1e307};
  for (size_t i = 0; i < 5; ++i)
    for (size_t j = 0; j < 5; ++j) {
      const double a[] = {3 * scales[i], 4 * scales[i]};
      const double b[] = {4 * scales[j], 3 * scales[j]};
      const double coarse = i && j ? 1e-14 : 1e-3; /* subnormals are coarse */
      assert_close(iclgd_cosine(a, b, 2), 24. / 25, 0, coarse);
    }
}

/* Values far from zero, where sums of squares would cancel; the mean is rounded
 * once per value. */
static void running_moments_equal_two_passes(void **state) {
  (void)state;
  enum { N = 1000 };
  double values[N];
  uint64_t seed = 5;
  iclgd_moments m = {0};
  long double mean = 0, squares = 0;
  for (size_t i = 0; i < N; ++i) {
    values[i] = 1e9 + normal(&seed);
    mean += values[i] / (long double)N;
    iclgd_moments_add(&m, values[i]);
    if (i % 10 == 0) iclgd_moments_add(&m, NAN);
  }
  for (size_t i = 0; i < N; ++i)
    squares += (values[i] - mean) * (values[i] - mean);
  assert_int_equal(m.count, N);
  assert_int_equal(m.excluded, N / 10);
  assert_close(iclgd_moments_mean(&m), (double)mean, 0, N * 0x1p-53);
  assert_close(iclgd_moments_standard_error(&m),
               (double)sqrtl(squares / (N - 1) / N), 0, 1e-8);
}

static void few_values_have_no_error(void **state) {
  (void)state;
  iclgd_moments m = {0};
  iclgd_moments_add(&m, NAN);
  assert_true(isnan(iclgd_moments_mean(&m)));
  assert_true(isnan(iclgd_moments_standard_error(&m)));
  iclgd_moments_add(&m, 3);
  assert_true(iclgd_moments_mean(&m) == 3);
  assert_true(isnan(iclgd_moments_standard_error(&m)));
  iclgd_moments_add(&m, 5);
  assert_true(iclgd_moments_mean(&m) == 4);
  assert_close(iclgd_moments_standard_error(&m), 1, 0, 1e-15);
  assert_int_equal(m.excluded, 1);
}

/* Expected values: numpy.quantile (1.24) at .05, .25, .5, .75, .95. */
static void quantiles_equal_numpy(void **state) {
  (void)state;
  double eleven[] = {3.5, NAN, -1.25, 7, 0.5, 2, 11, -4, 6.75, 1, 9.5, 0, NAN};
  const double expected[] = {-2.625, 0.25, 2, 6.875, 10.25};
  double two[] = {2, 1}, one[] = {7}, out[ICLGD_QUANTILES];
  const double between[] = {1.05, 1.25, 1.5, 1.75, 1.95};
  iclgd_quantiles(eleven, 13, out);
  for (size_t q = 0; q < 5; ++q) assert_close(out[q], expected[q], 0, 1e-15);
  iclgd_quantiles(two, 2, out);
  for (size_t q = 0; q < 5; ++q) assert_close(out[q], between[q], 0, 1e-15);
  iclgd_quantiles(one, 1, out);
  for (size_t q = 0; q < 5; ++q) assert_true(out[q] == 7);
}

/* Wilson's interval of 7 of 20 by hand: (0.35 + 0.09604 -+ 0.23005) / 1.19207;
 * and it covers about as often as it says, whatever the share. */
static void intervals_of_shares(void **state) {
  (void)state;
  enum { COUNT = 60 };
  double low, high;
  iclgd_share_interval(7, 20, &low, &high);
  assert_close(low, 0.21599 / 1.19207, 2e-5, 0);
  assert_close(high, 0.67609 / 1.19207, 2e-5, 0);
  iclgd_share_interval(0, 20, &low, &high);
  assert_true(low == 0 && high > 0.1 && high < 0.2);
  iclgd_share_interval(20, 20, &low, &high);
  assert_true(high == 1 && low > 0.8 && low < 0.9);
  iclgd_share_interval(0, 0, &low, &high);
  assert_true(isnan(low) && isnan(high));
  double sum = 0, shares = 0;
  for (double share = 0.05; share < 0.96; share += 0.01, ++shares) {
    double covers = 0, chance = pow(1 - share, COUNT);
    for (size_t k = 0; k <= COUNT; ++k) {
      iclgd_share_interval(k, COUNT, &low, &high);
      if (low <= share && share <= high) covers += chance;
      chance *= share / (1 - share) * (double)(COUNT - k) / (double)(k + 1);
    }
    assert_true(covers > 0.91 && covers < 0.99);
    sum += covers;
  }
  assert_close(sum / shares, 0.95, 0.01, 0);
}

static void quantiles_of_nothing_are_nan(void **state) {
  (void)state;
  double nans[] = {NAN, NAN}, out[ICLGD_QUANTILES] = {0};
  iclgd_quantiles(nans, 2, out);
  for (size_t q = 0; q < 5; ++q) assert_true(isnan(out[q]));
  double infinite[] = {INFINITY, 1, 2, 3, 4};
  iclgd_quantiles(infinite, 5, out);
  assert_true(out[2] == 3 && out[3] == 4 && isinf(out[4]));
}

/* The ratio from pairs that come in parts of three. */
static void paired_ratio(const double *a, const double *b, size_t count,
                         double *ratio, double *error) {
  iclgd_pairs pairs = {0};
  for (size_t i = 0; i < count; i += 3)
    iclgd_pairs_add(&pairs, a + i, b + i, count - i < 3 ? count - i : 3);
  iclgd_pairs_ratio(&pairs, ratio, error);
}

/* a = (2, 4, 9), b = (1, 2, 3): ratio 5/2, deviations -1/2, -1, 3/2, so the
 * standard error is sqrt((1/4 + 1 + 9/4) / 2 / 3) / 2. */
static void a_ratio_by_hand(void **state) {
  (void)state;
  const double a[] = {2, 4, 9}, b[] = {1, 2, 3}, minus[] = {-1, -2, -3};
  double ratio, error;
  paired_ratio(a, b, 3, &ratio, &error);
  assert_close(ratio, 2.5, 0, 1e-15);
  assert_close(error, sqrt(3.5 / 6) / 2, 0, 1e-15);
  paired_ratio(a, minus, 3, &ratio, &error);
  assert_close(ratio, -2.5, 0, 1e-15);
  assert_close(error, sqrt(3.5 / 6) / 2, 0, 1e-15);
  paired_ratio(b, b, 3, &ratio, &error);
  assert_true(ratio == 1 && error == 0);
}

/* Correlated pairs, b = u^2 and a = b / 2 + v^2 / 4 with ratio 3/4: the stated
 * error is the spread of the ratio over many samples, and covers it. */
static void the_ratio_errs_as_stated(void **state) {
  (void)state;
  enum { N = 400, SAMPLES = 2000 };
  uint64_t seed = 11;
  normal_mean covered = {0};
  double squares = 0, stated = 0;
  for (size_t s = 0; s < SAMPLES; ++s) {
    double a[N], b[N], ratio, error;
    for (size_t i = 0; i < N; ++i) {
      const double u = normal(&seed), v = normal(&seed);
      b[i] = u * u;
      a[i] = b[i] / 2 + v * v / 4;
    }
    paired_ratio(a, b, N, &ratio, &error);
    squares += (ratio - 0.75) * (ratio - 0.75) / SAMPLES;
    stated += error * error / SAMPLES;
    normal_add(&covered, fabs(ratio - 0.75) < 1.959964 * error);
  }
  /* A variance of SAMPLES values is known to sqrt(2 / SAMPLES) = 3.2%. */
  assert_close(stated / squares, 1, 4 * 0.032, 0);
  assert_close(covered.sum / SAMPLES, 0.95, 0.02, 0);
}

/* a and b that differ by a factor but for 1e-9: sums of squares and products
 * would leave no digit of the spread of a - ratio b. The rounding of a itself,
 * 2^-53 of about 5, is 6e-7 of that spread. */
static void the_spread_does_not_drown(void **state) {
  (void)state;
  enum { N = 3000 };
  double a[N], b[N], ratio, error;
  long double sum_a = 0, sum_b = 0, squares = 0;
  uint64_t seed = 3;
  for (size_t i = 0; i < N; ++i) {
    b[i] = 1 + fabs(normal(&seed));
    a[i] = 3 * b[i] + 1e-9 * normal(&seed);
    sum_a += a[i];
    sum_b += b[i];
  }
  for (size_t i = 0; i < N; ++i) {
    const long double off = a[i] - sum_a / sum_b * b[i];
    squares += off * off;
  }
  paired_ratio(a, b, N, &ratio, &error);
  assert_close(ratio, (double)(sum_a / sum_b), 0, 1e-15);
  assert_close(error, (double)(sqrtl(squares / (N - 1) / N) / (sum_b / N)), 0,
               1e-5);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_and_distances),
      cmocka_unit_test(cosines_by_hand),
      cmocka_unit_test(cosines_neither_overflow_nor_vanish),
      cmocka_unit_test(running_moments_equal_two_passes),
      cmocka_unit_test(few_values_have_no_error),
      cmocka_unit_test(quantiles_equal_numpy),
      cmocka_unit_test(quantiles_of_nothing_are_nan),
      cmocka_unit_test(intervals_of_shares),
      cmocka_unit_test(a_ratio_by_hand),
      cmocka_unit_test(the_ratio_errs_as_stated),
      cmocka_unit_test(the_spread_does_not_drown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
