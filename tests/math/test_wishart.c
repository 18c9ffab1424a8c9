/* The density of singular values against exact moments, negative moments and
 * the chi law; and the integrals that use it. */
#include "math/wishart.h"

#include "math/integral.h"
#include "math/moments.h"
#include "support/close.h"

typedef struct power {
  iclgd_wishart law;
  double k; /* of the eigenvalue u^2 */
} power;

static void integrand(double u, const void *data, double value[2]) {
  const power *q = data;
  value[0] = iclgd_wishart_density(&q->law, u);
  value[1] = value[0] * pow(u, 2 * q->k);
}

/* E tr W^k by the density; checks the mass on the way. */
static double moment(size_t d, size_t n, double k) {
  const power q = {iclgd_wishart_law(d, n), k};
  const double tolerance[2] = {1e-12, 1e-12};
  double out[2];
  iclgd_error err;
  assert_ok(iclgd_integrate(integrand, &q, q.law.low, q.law.high,
                            8 + q.law.p / 2, tolerance, out, &err),
            err);
  assert_close(out[0], (double)q.law.p, 0, 1e-12);
  return out[1];
}

static const size_t sizes[][2] = {
    {5, 20},   {4, 20},     {20, 5},  {1, 1},     {1, 2},
    {2, 2},    {3, 3},      {2, 9},   {31, 32},   {64, 64},
    {7, 2000}, {6, 300000}, {1, 501}, {100, 400}, {3, 1000000}};

static void test_moments(void **state) {
  (void)state;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    const size_t d = sizes[s][0], n = sizes[s][1];
    mpz_t m[5];
    for (int k = 0; k < 5; ++k) mpz_init(m[k]);
    iclgd_error err;
    assert_ok(iclgd_wishart_moments(d, n, 4, m, &err), err);
    for (int k = 1; k < 5; ++k)
      assert_close(moment(d, n, k) / mpz_get_d(m[k]), 1, 1e-11, 0);
    for (int k = 0; k < 5; ++k) mpz_clear(m[k]);
  }
}

/* E tr W^-1 = d / (n - d - 1): the weight of the smallest eigenvalues. */
static void test_inverse(void **state) {
  (void)state;
  assert_close(moment(5, 20, -1), 5 / 14.0, 0, 1e-11);
  assert_close(moment(4, 6, -1), 4, 0, 1e-11);
  assert_close(moment(5, 7, -1), 5, 0, 1e-11);
  assert_close(moment(40, 44, -1), 40 / 3.0, 0, 1e-10);
}

/* d = 1: u is a chi variable of n degrees. */
static void test_chi(void **state) {
  (void)state;
  for (double n = 1; n < 1000; n = 2 * n + 1) {
    const iclgd_wishart law = iclgd_wishart_law(1, (size_t)n);
    for (double u = 0.01; u < 30; u *= 1.7) {
      const double expected = exp((1 - n / 2) * log(2) + (n - 1) * log(u) -
                                  u * u / 2 - lgamma(n / 2));
      assert_close(iclgd_wishart_density(&law, u), expected, 1e-300, 1e-11);
    }
  }
}

static void kink(double u, const void *data, double value[2]) {
  value[0] = fabs(u - *(const double *)data);
  value[1] = 1 / (1e-6 + u * u);
}

/* A kink that no panel resolves, and a narrow peak: both by halving. */
static void test_integrate(void **state) {
  (void)state;
  const double at = 1 / 3.0, tolerance[2] = {1e-12, 1e-9};
  double out[2];
  iclgd_error err;
  assert_ok(iclgd_integrate(kink, &at, 0, 1, 1, tolerance, out, &err), err);
  assert_close(out[0], 5 / 18.0, 1e-11, 0);
  assert_close(out[1], 1e3 * atan(1e3), 0, 1e-11);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_moments), cmocka_unit_test(test_inverse),
      cmocka_unit_test(test_chi), cmocka_unit_test(test_integrate)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
