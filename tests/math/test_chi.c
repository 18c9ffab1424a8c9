/* chi_k: the polynomial inverts the distribution function, samples have the law
 * and the moments, and lanes equal scalars. */
#include "math/chi.h"

#include <iclgd/rng.h>
#include <stdbool.h>
#include <stdlib.h>

#include "support/samples.h"

/* log of x^s e^-x / Gamma(s + 1) */
static long double log_term(long double s, long double x) {
  return s * logl(x) - x - lgammal(s + 1);
}

/* P(chi_k <= chi), by its power series. */
static long double lower(size_t k, long double chi) {
  const long double s = (long double)k / 2, x = chi * chi / 2;
  long double term = 1, sum = 0;
  for (long double j = 1; j < 3 * x + 100; ++j) {
    sum += term;
    term *= x / (s + j);
  }
  return expl(log_term(s, x)) * sum;
}

/* P(chi_k > chi): k = 1 or 2 by definition, then integration by parts:
 * Q(s, x) = Q(s - 1, x) + x^(s-1) e^-x / Gamma(s). */
static long double upper(size_t k, long double chi) {
  const long double x = chi * chi / 2;
  long double s = k % 2 ? 0.5L : 1;
  long double sum = k % 2 ? erfcl(chi / sqrtl(2)) : expl(-x);
  for (; s < (long double)k / 2; ++s) sum += expl(log_term(s, x));
  return sum;
}

/* |chi / F_k^-1(Phi(z)) - 1| <= e. */
static bool inverts(size_t k, double z, double chi, double e) {
  const long double low = (long double)chi * (1 - e);
  const long double high = (long double)chi * (1 + e);
  const long double wanted = 0.5L * erfcl(fabsl((long double)z) / sqrtl(2));
  if (z < 0) return lower(k, low) <= wanted && wanted <= lower(k, high);
  return upper(k, high) <= wanted && wanted <= upper(k, low);
}

static float one_chi(const iclgd_chi *law, iclgd_stream *stream) {
  float g[ICLGD_CHI_LARGE], out;
  for (size_t i = 0; i < law->normals; ++i) g[i] = iclgd_stream_normal(stream);
  iclgd_chi_evaluate(&out, law, g, 1);
  return out;
}

static void quantiles_are_exact(void **state) {
  (void)state;
  const size_t ks[] = {1, 2, 3, 7, 14, 25, 100, 999};
  for (size_t i = 0; i < sizeof ks / sizeof *ks; ++i)
    for (int step = -31; step <= 31; ++step) {
      const double z = step / 5.0, chi = iclgd_chi_quantile(ks[i], z);
      if (!inverts(ks[i], z, chi, 1e-11))
        fail_msg("k = %zu, z = %g: %.17g", ks[i], z, chi);
      if (inverts(ks[i], z, chi * (1 + 1e-8), 1e-9))
        fail_msg("k = %zu, z = %g: the test sees nothing", ks[i], z);
    }
}

static void expect_fit(size_t k, int steps) {
  const iclgd_chi law = iclgd_chi_law(k);
  assert_int_equal(law.normals, 1);
  for (int i = -steps; i <= steps; ++i) {
    const float g[ICLGD_CHI_LARGE] = {6.2302F * (float)i / (float)steps};
    const double z = (double)g[0];
    float chi;
    iclgd_chi_evaluate(&chi, &law, g, 1);
    if (!inverts(k, z, (double)chi, 1e-6))
      fail_msg("k = %zu, z = %g: %.9g, expected %.9g", k, z, (double)chi,
               iclgd_chi_quantile(k, z));
  }
}

/* To 1e-6 for every number of degrees of freedom, to the ends of z. */
static void the_polynomial_inverts(void **state) {
  (void)state;
  for (size_t k = ICLGD_CHI_LARGE; k < 60; ++k) expect_fit(k, 100);
  for (size_t k = 60; k < 600; k += 7) expect_fit(k, 10);
  expect_fit(5001, 5);
  expect_fit(100000, 3);
}

static void lanes_equal_scalars(void **state) {
  (void)state;
  for (size_t k = 1; k < 40; ++k) {
    const iclgd_chi law = iclgd_chi_law(k);
    iclgd_lanes lanes;
    iclgd_lanes_seed(&lanes, 2, ICLGD_STREAM_TRAIN, k);
    float g[ICLGD_CHI_LARGE * ICLGD_LANES], out[ICLGD_LANES];
    iclgd_lanes_normals(g, &lanes, law.normals);
    iclgd_chi_evaluate(out, &law, g, ICLGD_LANES);
    for (uint64_t l = 0; l < ICLGD_LANES; ++l) {
      iclgd_stream stream;
      iclgd_stream_seed(&stream, 2, ICLGD_STREAM_TRAIN, k * ICLGD_LANES + l);
      assert_true(one_chi(&law, &stream) == out[l]);
    }
  }
}

enum { COUNT = 20000 };

static void draw(size_t k, double *out) {
  const iclgd_chi law = iclgd_chi_law(k);
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 11, ICLGD_STREAM_TRAIN, k);
  for (size_t i = 0; i < COUNT; ++i) out[i] = (double)one_chi(&law, &stream);
}

/* E chi = sqrt(2) Gamma((k + 1) / 2) / Gamma(k / 2), E chi^2 = k,
 * E chi^4 = k (k + 2); the variance about 1/2 tells neighbouring k apart. */
static void moments(void **state) {
  (void)state;
  static double chi[COUNT];
  const size_t ks[] = {1, 2, 5, 13, 14, 20, 60, 1000, 100000};
  for (size_t i = 0; i < sizeof ks / sizeof *ks; ++i) {
    const double k = (double)ks[i];
    normal_mean first = {0}, second = {0}, fourth = {0}, spread = {0};
    const double mean = (double)(sqrtl(2) * expl(lgammal((k + 1.L) / 2) -
                                                 lgammal((long double)k / 2)));
    draw(ks[i], chi);
    for (size_t j = 0; j < COUNT; ++j) {
      normal_add(&first, chi[j] - mean);
      normal_add(&second, chi[j] * chi[j] - k);
      normal_add(&fourth, pow(chi[j], 4) - k * (k + 2));
      normal_add(&spread, (chi[j] - mean) * (chi[j] - mean));
    }
    assert_mean(&first, 0);
    assert_mean(&second, 0);
    assert_mean(&fourth, 0);
    assert_mean(&spread, k - mean * mean);
  }
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Kolmogorov's sqrt(N) sup |F_N - F_k| of samples said to be of chi_k; above
 * 1.95 once in a thousand. */
static double kolmogorov(double *chi, size_t k) {
  double most = 0;
  qsort(chi, COUNT, sizeof *chi, ascending);
  for (size_t i = 0; i < COUNT; ++i) {
    const double F = (double)lower(k, (long double)chi[i]);
    most = fmax(most, fabs(F - (double)i / COUNT));
    most = fmax(most, fabs(F - (double)(i + 1) / COUNT));
  }
  return most * sqrt(COUNT);
}

static void samples_have_the_law(void **state) {
  (void)state;
  static double chi[COUNT];
  const size_t ks[] = {1, 2, 6, 13, 14, 30, 200};
  for (size_t i = 0; i < sizeof ks / sizeof *ks; ++i) {
    draw(ks[i], chi);
    assert_true(kolmogorov(chi, ks[i]) < 1.95);
    assert_true(kolmogorov(chi, ks[i] + 1) > 1.95);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(quantiles_are_exact),
      cmocka_unit_test(the_polynomial_inverts),
      cmocka_unit_test(lanes_equal_scalars),
      cmocka_unit_test(moments),
      cmocka_unit_test(samples_have_the_law),
  };
  return cmocka_run_group_tests_name("math/chi", tests, NULL, NULL);
}
