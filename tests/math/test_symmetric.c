/* Spectra by what defines them: S v = lambda v with orthonormal v. */
#include "math/symmetric.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "support/close.h"
#include "support/normal.h"

enum { MANY = 40 };

static int by_size(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The eigenvalues alone are those that came with vectors. */
static void expect_values(const double *S, size_t d, double *lambda,
                          double tolerance) {
  static double work[MANY * (MANY + 3)];
  double alone[MANY];
  iclgd_symmetric_values(S, d, work, alone);
  qsort(lambda, d, sizeof *lambda, by_size);
  qsort(alone, d, sizeof *alone, by_size);
  for (size_t j = 0; j < d; ++j)
    assert_close(alone[j], lambda[j], tolerance, 0);
}

/* Largest entry of S V^T - V^T diag(lambda), beside |S|, and of V V^T - I. */
static void expect_spectrum(const double *S, size_t d) {
  static double work[MANY * MANY], V[MANY * MANY];
  double lambda[MANY], size = 0;
  for (size_t i = 0; i < d * d; ++i) size += S[i] * S[i];
  size = sqrt(size);
  iclgd_symmetric_spectrum(S, d, work, lambda, V);
  const double tolerance = 20 * (double)d * DBL_EPSILON;
  for (size_t j = 0; j < d; ++j)
    for (size_t i = 0; i < d; ++i) {
      double image = 0, product = 0;
      for (size_t k = 0; k < d; ++k) {
        image += S[i * d + k] * V[j * d + k];
        product += V[i * d + k] * V[j * d + k];
      }
      assert_close(image, lambda[j] * V[j * d + i], tolerance * size, 0);
      assert_close(product, i == j, tolerance, 0);
    }
  expect_values(S, d, lambda, tolerance * size);
}

/* (1/n) X^T X with columns of very different length. */
static void covariances_of_any_rank(void **state) {
  (void)state;
  static double S[MANY * MANY], x[MANY];
  const size_t sizes[] = {1, 2, 3, 10, MANY}, points[] = {1, 5, 100};
  uint64_t seed = 21;
  for (size_t s = 0; s < 5; ++s)
    for (size_t p = 0; p < 3; ++p) {
      const size_t d = sizes[s];
      memset(S, 0, sizeof S);
      for (size_t n = 0; n < points[p]; ++n) {
        for (size_t i = 0; i < d; ++i)
          x[i] = normal(&seed) * pow(10, -(double)(i % 5));
        for (size_t i = 0; i < d * d; ++i) S[i] += x[i / d] * x[i % d];
      }
      expect_spectrum(S, d);
    }
}

/* [[2, 1], [1, 2]] has 1 and 3; multiples of I and 0 have all directions. */
static void spectra_by_hand(void **state) {
  (void)state;
  const double S[] = {2, 1, 1, 2};
  double work[4], V[4], lambda[2];
  iclgd_symmetric_spectrum(S, 2, work, lambda, V);
  assert_close(fmin(lambda[0], lambda[1]), 1, 0, 1e-15);
  assert_close(fmax(lambda[0], lambda[1]), 3, 0, 1e-15);
  const double same[] = {5, 0, 0, 0, 5, 0, 0, 0, 5}, zero[9] = {0};
  expect_spectrum(same, 3);
  expect_spectrum(zero, 3);
}

static void no_numbers_end_too(void **state) {
  (void)state;
  const double S[] = {1, NAN, NAN, 1}, huge[] = {1, INFINITY, INFINITY, 1};
  double work[10], V[4], lambda[2];
  iclgd_symmetric_spectrum(S, 2, work, lambda, V);
  assert_true(isnan(lambda[0]) && isnan(lambda[1]));
  iclgd_symmetric_spectrum(huge, 2, work, lambda, V);
  assert_true(!isfinite(lambda[0]));
  iclgd_symmetric_values(S, 2, work, lambda);
  assert_true(isnan(lambda[0]) && isnan(lambda[1]));
  iclgd_symmetric_values(huge, 2, work, lambda);
  assert_true(isnan(lambda[0]) && isnan(lambda[1]));
}

/* Of 1 and t (0, 1; 1, 0), in any order: 1, t, -t, also where t^2 is 0 or 1 /
 * t^2 no number. */
static void small_parts(void **state) {
  (void)state;
  static const size_t places[][3] = {{0, 1, 2}, {1, 0, 2}, {2, 0, 1}};
  for (int exponent = 0; exponent <= 320; ++exponent)
    for (size_t p = 0; p < 3; ++p) {
      const size_t *at = places[p];
      const double t = pow(10, -exponent);
      double S[9] = {0}, work[18], lambda[3];
      S[4 * at[0]] = 1;
      S[3 * at[1] + at[2]] = S[3 * at[2] + at[1]] = t;
      iclgd_symmetric_values(S, 3, work, lambda);
      qsort(lambda, 3, sizeof *lambda, by_size);
      assert_close(lambda[0], -t, 4 * DBL_EPSILON, 0);
      assert_close(lambda[1], t, 4 * DBL_EPSILON, 0);
      assert_close(lambda[2], 1, 4 * DBL_EPSILON, 0);
    }
}

/* The second difference (d, d): 2 - 2 cos(j pi / (d + 1)), j = 1..d, at sizes
 * whose squares are no numbers, and with signs that reflections turn. */
static void chains(void **state) {
  (void)state;
  static double S[MANY * MANY], work[MANY * (MANY + 3)];
  const double scales[] = {1, -1, 1e-200, 1e200};
  double lambda[MANY];
  for (size_t d = 1; d <= MANY; ++d)
    for (size_t s = 0; s < 4; ++s) {
      memset(S, 0, sizeof S);
      for (size_t i = 0; i < d; ++i) {
        S[i * d + i] = 2 * scales[s];
        if (i + 1 < d) S[i * d + i + 1] = S[(i + 1) * d + i] = -scales[s];
      }
      iclgd_symmetric_values(S, d, work, lambda);
      for (size_t i = 0; i < d; ++i) lambda[i] /= scales[s];
      qsort(lambda, d, sizeof *lambda, by_size);
      for (size_t j = 0; j < d; ++j)
        assert_close(lambda[j],
                     2 - 2 * cos((double)(j + 1) * acos(-1) / (double)(d + 1)),
                     20 * DBL_EPSILON, 0);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(covariances_of_any_rank),
      cmocka_unit_test(spectra_by_hand),
      cmocka_unit_test(no_numbers_end_too),
      cmocka_unit_test(small_parts),
      cmocka_unit_test(chains),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
