/* O3 against a forward pass written out on tokens, by Monte Carlo; the
 * gradient against differences; figures of theory. */
#include <string.h>

#include "oracle/spectrum.h"
#include "support/close.h"
#include "support/normal.h"

enum { D = 3, N = 7, L = 3 };

/* One layer on tokens: y_j -= a x_j^T g, g = (1/n) sum y_i x_i, the query and
 * its y alike; then x <- x - c S x, S of the context. */
static void layer(double x[N + 1][D], double y[N + 1], double a, double c) {
  double g[D] = {0}, S[D][D] = {{0}};
  for (int i = 0; i < N; ++i)
    for (int j = 0; j < D; ++j) {
      g[j] += y[i] * x[i][j] / N;
      for (int k = 0; k < D; ++k) S[j][k] += x[i][j] * x[i][k] / N;
    }
  for (int i = 0; i <= N; ++i) {
    double moved[D];
    for (int j = 0; j < D; ++j) {
      y[i] -= a * g[j] * x[i][j];
      moved[j] = x[i][j];
      for (int k = 0; k < D; ++k) moved[j] -= c * S[j][k] * x[i][k];
    }
    memcpy(x[i], moved, sizeof moved);
  }
}

/* The squared error at the query: its y started at 0, its prediction is -y. */
static double sample(uint64_t *seed, double sigma, const double *a,
                     const double *c) {
  double w[D], x[N + 1][D], y[N + 1] = {0}, target = 0;
  for (int j = 0; j < D; ++j) w[j] = normal(seed);
  for (int i = 0; i <= N; ++i)
    for (int j = 0; j < D; ++j) {
      x[i][j] = normal(seed);
      if (i < N) y[i] += w[j] * x[i][j];
      if (i == N) target += w[j] * x[i][j];
    }
  for (int i = 0; i < N; ++i) y[i] += sigma * normal(seed);
  for (int l = 0; l < L; ++l) layer(x, y, a[l], c[l]);
  return (-y[N] - target) * (-y[N] - target);
}

static void monte_carlo(const double *a, const double *c, double sigma) {
  const iclgd_setting setting = {D, N, sigma * sigma};
  normal_mean mean = {0};
  uint64_t seed = 1;
  for (int i = 0; i < 20000; ++i) normal_add(&mean, sample(&seed, sigma, a, c));
  double loss;
  iclgd_error err;
  assert_ok(iclgd_oracle_gdpp(setting, a, c, L, &loss, NULL, &err), err);
  assert_close(normal_z(&mean, loss), 0, 4.5, 0);
}

static void test_monte_carlo(void **state) {
  (void)state;
  const double a[L] = {0.3, 0.5, 0.2}, zero[L] = {0};
  const double c[L] = {0.05, 0.1, 0.3};
  monte_carlo(a, zero, 0);
  monte_carlo(a, zero, 0.8);
  monte_carlo(a, c, 0);
  monte_carlo(a, c, 0.8);
}

/* Fewer points than features: the same, and gd is gdpp without gamma. */
static void test_wide(void **state) {
  (void)state;
  const iclgd_setting wide = {6, 2, 0.3};
  const double eta[2] = {0.2, 0.4}, zero[2] = {0};
  double gd, gdpp, curve[3];
  iclgd_error err;
  assert_ok(iclgd_oracle_gd(wide, eta, 2, &gd, curve, &err), err);
  assert_ok(iclgd_oracle_gdpp(wide, eta, zero, 2, &gdpp, NULL, &err), err);
  assert_close(gd, gdpp, 0, 1e-14);
  assert_close(curve[0], 6, 0, 1e-14);
  assert_close(curve[2], gd, 0, 1e-14);
  /* one step: d (1 - 2 eta + eta^2 ((n + d + 1 + sigma2) / n)) */
  assert_close(curve[1], 6 * (1 - 0.4 + 0.04 * 9.3 / 2), 0, 1e-14);
}

static void test_figures(void **state) {
  (void)state;
  const double tied = 0.663203, eta[5] = {tied, tied, tied, tied, tied};
  const double expected[6] = {5, 1.227, 0.5390, 0.2845, 0.1671, 0.1079};
  double loss, curve[6];
  iclgd_error err;
  assert_ok(
      iclgd_oracle_gd((iclgd_setting){5, 20, 1}, eta, 5, &loss, NULL, &err),
      err);
  assert_close(loss, 0.374817, 5e-7, 0);
  assert_ok(
      iclgd_oracle_gd((iclgd_setting){5, 20, 0}, eta, 5, &loss, curve, &err),
      err);
  for (int k = 0; k <= 5; ++k) assert_close(curve[k], expected[k], 5e-4, 0);
}

/* Five-point differences of a smooth loss: error of order h^4. */
static double difference(const iclgd_spectrum *s, double *x, iclgd_layers q) {
  const double h = 1e-3, at = *x;
  double f[4];
  for (int i = 0; i < 4; ++i) {
    *x = at + h * (double[]){-2, -1, 1, 2}[i];
    f[i] = iclgd_layers_loss(s, q, NULL);
  }
  *x = at;
  return (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * h);
}

static void test_gradient(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_spectrum spectrum;
  iclgd_error err;
  assert_ok(iclgd_spectrum_create((iclgd_setting){5, 20, 0.7}, 13, &arena,
                                  &spectrum, &err),
            err);
  double a[L] = {0.4, 1.2, 2.5}, c[L] = {0.3, 0.2, 0.9}, da[L], dc[L];
  double work[3 * (L + 1)];
  const iclgd_layers layers = {L, a, c};
  assert_close(iclgd_layers_gradient(&spectrum, layers, da, dc, work),
               iclgd_layers_loss(&spectrum, layers, NULL), 0, 1e-13);
  for (int l = 0; l < L; ++l) {
    assert_close(da[l], difference(&spectrum, &a[l], layers), 1e-7, 1e-7);
    assert_close(dc[l], difference(&spectrum, &c[l], layers), 1e-7, 1e-7);
  }
  iclgd_arena_free(&arena);
}

static void test_refused(void **state) {
  UNTRAPPED;
  (void)state;
  const double eta[6] = {1, 1, 1, 1, 1, 1}, bad[1] = {NAN};
  double big[127], loss = -1;
  for (int l = 0; l < 127; ++l) big[l] = 1e6;
  iclgd_error err;
  const iclgd_setting good = {5, 20, 0};
  assert_int_equal(iclgd_oracle_gd(good, bad, 1, &loss, NULL, &err),
                   ICLGD_EUSAGE);
  assert_int_equal(
      iclgd_oracle_gd((iclgd_setting){0, 20, 0}, eta, 1, &loss, NULL, &err),
      ICLGD_EUSAGE);
  assert_int_equal(
      iclgd_oracle_gd((iclgd_setting){5, 20, -1}, eta, 1, &loss, NULL, &err),
      ICLGD_EUSAGE);
  assert_int_equal(iclgd_oracle_gd((iclgd_setting){5, 2000000, 0}, eta, 1,
                                   &loss, NULL, &err),
                   ICLGD_ERANGE);
  assert_int_equal(iclgd_oracle_gdpp(good, eta, eta, 6, &loss, NULL, &err),
                   ICLGD_ERANGE);
  assert_int_equal(iclgd_oracle_gd(good, big, 127, &loss, NULL, &err),
                   ICLGD_ERANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_monte_carlo), cmocka_unit_test(test_wide),
      cmocka_unit_test(test_figures), cmocka_unit_test(test_gradient),
      cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
