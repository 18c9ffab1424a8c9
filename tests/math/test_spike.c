/* The density ratio of one wide direction, beside closed forms and a mean over
 * directions. */
#include "math/spike.h"

#include <math.h>
#include <string.h>

#include "support/close.h"
#include "support/normal.h"

static double work[2 * ICLGD_SPIKE_TERMS];

/* d = 1: the two normal densities. */
static void one_dimension(void **state) {
  (void)state;
  const double lambda = 1.7, s2[] = {1, 2, 5};
  double ratio[3];
  iclgd_spike_ratios(&lambda, 1, 20, s2, 3, work, ratio);
  for (size_t j = 0; j < 3; ++j)
    assert_close(ratio[j],
                 pow(s2[j], -10) * exp(20 * lambda / 2 * (1 - 1 / s2[j])), 0,
                 1e-12);
}

/* Modified Bessel function: for d = 2 the mean over the circle of exp(t
 * cos^2) is exp(t / 2) I_0(t / 2). */
static void two_dimensions_are_a_bessel_function(void **state) {
  (void)state;
  const double lambda[] = {0.5, 3.5}, s2[] = {4};
  const double tau = (1 - 1 / s2[0]) * 10, t = tau * 3 / 2;
  double ratio, bessel = 0, term = 1;
  for (int k = 1; k < 200; ++k) {
    bessel += term;
    term *= t * t / 4 / k / k;
  }
  iclgd_spike_ratios(lambda, 2, 20, s2, 1, work, &ratio);
  assert_close(ratio, pow(4, -10) * exp(tau * 0.5 + t) * bessel, 0, 1e-12);
}

/* The mean over directions that are drawn. */
static void three_dimensions_by_sampling(void **state) {
  (void)state;
  enum { DRAWS = 400000 };
  const double lambda[] = {0.4, 1, 2.2}, s2[] = {1.5};
  const double tau = (1 - 1 / s2[0]) * 6;
  uint64_t seed = 3;
  double ratio, sum = 0, squares = 0;
  for (size_t i = 0; i < DRAWS; ++i) {
    double u[3], length = 0, form = 0;
    for (size_t j = 0; j < 3; ++j) {
      u[j] = normal(&seed);
      length += u[j] * u[j];
    }
    for (size_t j = 0; j < 3; ++j) form += lambda[j] * u[j] * u[j] / length;
    const double value = pow(s2[0], -6) * exp(tau * form);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / DRAWS;
  iclgd_spike_ratios(lambda, 3, 12, s2, 1, work, &ratio);
  assert_close(ratio, mean, 4 * sqrt((squares / DRAWS - mean * mean) / DRAWS),
               0);
}

/* Equal eigenvalues leave nothing to average; a NaN stays one, and so does
 * what the series does not reach. */
static void edges(void **state) {
  (void)state;
  const double equal[] = {2, 2, 2}, bad[] = {1, NAN}, far[] = {0, 1e6};
  const double s2[] = {3};
  double ratio;
  iclgd_spike_ratios(equal, 3, 8, s2, 1, work, &ratio);
  assert_close(ratio, pow(3, -4) * exp(8. / 3 * 2), 0, 1e-13);
  iclgd_spike_ratios(bad, 2, 8, s2, 1, work, &ratio);
  assert_true(isnan(ratio));
  iclgd_spike_ratios(far, 2, 8, s2, 1, work, &ratio);
  assert_true(isnan(ratio));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_dimension),
      cmocka_unit_test(two_dimensions_are_a_bessel_function),
      cmocka_unit_test(three_dimensions_by_sampling),
      cmocka_unit_test(edges),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
