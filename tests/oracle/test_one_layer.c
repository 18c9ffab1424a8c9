/* O1: figures of theory, Monte Carlo for a matrix A that is not symmetric, and
 * minimality. */
#include <iclgd/oracle.h>
#include <string.h>

#include "support/close.h"
#include "support/normal.h"

enum { D = 3, N = 6 };

/* Sigma = C C^T, Omega = B B^T */
static const double C[D][D] = {{1, 0, 0}, {0.4, 0.8, 0}, {-0.2, 0.3, 0.6}};
static const double B[D][D] = {{0.9, 0, 0}, {-0.5, 1.1, 0}, {0.3, 0.2, 0.7}};
static const double A[D * D] = {0.5, 0.2, -0.1, 0.1, 0.6, 0.3, -0.3, 0.2, 0.9};

static void square(const double M[D][D], double out[D * D]) {
  memset(out, 0, D * D * sizeof *out);
  for (int i = 0; i < D; ++i)
    for (int j = 0; j < D; ++j)
      for (int k = 0; k < D; ++k) out[i * D + j] += M[i][k] * M[j][k];
}

static void draw(const double M[D][D], uint64_t *seed, double out[D]) {
  double z[D];
  for (int k = 0; k < D; ++k) z[k] = normal(seed);
  for (int i = 0; i < D; ++i) {
    out[i] = 0;
    for (int k = 0; k < D; ++k) out[i] += M[i][k] * z[k];
  }
}

/* (w - A (1/n) X y) . x_query, squared */
static double sample(uint64_t *seed, double sigma) {
  double w[D], g[D] = {0}, x[D], error = 0;
  draw(B, seed, w);
  for (int i = 0; i < N; ++i) {
    draw(C, seed, x);
    double y = sigma * normal(seed);
    for (int j = 0; j < D; ++j) y += w[j] * x[j];
    for (int j = 0; j < D; ++j) g[j] += y * x[j] / N;
  }
  draw(C, seed, x);
  for (int i = 0; i < D; ++i) {
    error += w[i] * x[i];
    for (int j = 0; j < D; ++j) error -= x[i] * A[i * D + j] * g[j];
  }
  return error * error;
}

static void test_monte_carlo(void **state) {
  (void)state;
  double Sigma[D * D], Omega[D * D], loss;
  square(C, Sigma);
  square(B, Omega);
  normal_mean mean = {0};
  uint64_t seed = 11;
  for (int i = 0; i < 300000; ++i) normal_add(&mean, sample(&seed, 0.7));
  iclgd_error err;
  assert_ok(iclgd_oracle_one_layer_loss((iclgd_setting){D, N, 0.49}, Sigma,
                                        Omega, A, &loss, &err),
            err);
  assert_close(normal_z(&mean, loss), 0, 4.5, 0);
}

/* loss(A*) is what both functions say, and no neighbour is lower: the loss is
 * quadratic, so the differences both ways are equal. */
static void test_minimal(void **state) {
  (void)state;
  const iclgd_setting setting = {D, N, 0.49};
  double Sigma[D * D], Omega[D * D], best[D * D], least, loss, ways[2];
  square(C, Sigma);
  square(B, Omega);
  iclgd_error err;
  assert_ok(iclgd_oracle_one_layer(setting, Sigma, Omega, best, &least, &err),
            err);
  assert_ok(
      iclgd_oracle_one_layer_loss(setting, Sigma, Omega, best, &loss, &err),
      err);
  assert_close(loss, least, 0, 1e-13);
  for (int i = 0; i < D * D; ++i) {
    const double kept = best[i];
    for (int way = 0; way < 2; ++way) {
      best[i] = kept + (way ? 0.1 : -0.1);
      assert_ok(iclgd_oracle_one_layer_loss(setting, Sigma, Omega, best,
                                            &ways[way], &err),
                err);
      assert_true(ways[way] > least);
    }
    assert_close(ways[0], ways[1], 0, 1e-12);
    best[i] = kept;
  }
}

static double diagonal(size_t n, double sigma2, int inverse, double *first) {
  const double lambda[5] = {1, 1, 0.25, 0.0625, 1};
  double Sigma[25] = {0}, Omega[25] = {0}, best[25], loss;
  for (int i = 0; i < 5; ++i) {
    Sigma[6 * i] = lambda[i];
    Omega[6 * i] = inverse ? 1 / lambda[i] : 1;
  }
  iclgd_error err;
  assert_ok(iclgd_oracle_one_layer((iclgd_setting){5, n, sigma2}, Sigma, Omega,
                                   best, &loss, &err),
            err);
  *first = best[0];
  return loss;
}

static void test_figures(void **state) {
  (void)state;
  double first;
  assert_close(diagonal(20, 0, 0, &first), 0.681756, 5.1e-7, 0);
  assert_close(first, 1 / (1.05 + 3.3125 / 20), 0, 1e-14);
  assert_close(diagonal(20, 0.5, 0, &first), 0.741189, 5.1e-7, 0);
  assert_close(diagonal(20, 0, 1, &first), 1.153846, 5.1e-7, 0);
  assert_close(first, 20 / 26.0, 0, 1e-14);
}

/* Gaussian inputs: eta = n / (n + d + 1 + sigma2). Uniform on (-1/2, 1/2),
 * von Oswald et al.: v = h^2/3, fourth moment h^4/5, half of the loss. */
static void test_isotropic(void **state) {
  (void)state;
  double eta, loss;
  iclgd_error err;
  const double sigma2[] = {0, 0.25, 1};
  const double etas[] = {0.769231, 0.761905, 0.740741};
  const double losses[] = {1.153846, 1.190476, 1.296296};
  for (int i = 0; i < 3; ++i) {
    assert_ok(iclgd_oracle_one_step_isotropic((iclgd_setting){5, 20, sigma2[i]},
                                              1, 7, 1, &eta, &loss, &err),
              err);
    assert_close(eta, etas[i], 5.1e-7, 0);
    assert_close(loss, losses[i], 5.1e-7, 0);
  }
  const double v = 1 / 12.0, kappa = 9 * v * v + 1 / 80.0;
  assert_ok(iclgd_oracle_one_step_isotropic((iclgd_setting){10, 10, 0}, v,
                                            kappa, 1, &eta, &loss, &err),
            err);
  assert_close(eta, 6.0606, 5.1e-5, 0);
  assert_close(loss / 2, 0.20623, 5.1e-6, 0);
}

/* Uniform inputs and w of variance tau2, with noise, by Monte Carlo. */
static void test_uniform(void **state) {
  (void)state;
  const double h = 0.8, v = h * h / 3, tau = 1.5, sigma = 0.4;
  const double kappa = 2 * v * v + h * h * h * h / 5;
  double eta, loss;
  iclgd_error err;
  assert_ok(
      iclgd_oracle_one_step_isotropic((iclgd_setting){D, N, 0.16}, v, kappa,
                                      tau * tau, &eta, &loss, &err),
      err);
  normal_mean mean = {0}, slope = {0};
  uint64_t seed = 5;
  for (int t = 0; t < 200000; ++t) {
    double w[D], g[D] = {0}, residual = 0, decrease = 0;
    for (int j = 0; j < D; ++j) w[j] = tau * normal(&seed);
    for (int i = 0; i < N; ++i) {
      double x[D], y = sigma * normal(&seed);
      for (int j = 0; j < D; ++j) {
        x[j] = h * (2 * normal_uniform(&seed) - 1);
        y += w[j] * x[j];
      }
      for (int j = 0; j < D; ++j) g[j] += y * x[j] / N;
    }
    for (int j = 0; j < D; ++j) {
      residual += v * (w[j] - eta * g[j]) * (w[j] - eta * g[j]);
      decrease += v * (w[j] - eta * g[j]) * g[j];
    }
    normal_add(&mean, residual);
    normal_add(&slope, decrease);
  }
  assert_close(normal_z(&mean, loss), 0, 4.5, 0);
  assert_close(normal_z(&slope, 0), 0, 4.5, 0);
}

static void test_refused(void **state) {
  (void)state;
  const double singular[4] = {1, 1, 1, 1}, lopsided[4] = {1, 0.5, 0, 1};
  const double unit[4] = {1, 0, 0, 1};
  double best[4], eta, loss;
  iclgd_error err;
  const iclgd_setting setting = {2, 5, 0};
  assert_int_equal(
      iclgd_oracle_one_layer(setting, singular, unit, best, &loss, &err),
      ICLGD_ERANGE);
  assert_int_equal(
      iclgd_oracle_one_layer(setting, lopsided, unit, best, &loss, &err),
      ICLGD_EUSAGE);
  assert_int_equal(
      iclgd_oracle_one_step_isotropic(setting, 0, 4, 1, &eta, &loss, &err),
      ICLGD_EUSAGE);
  assert_int_equal(
      iclgd_oracle_one_step_isotropic(setting, 1, 1, 1, &eta, &loss, &err),
      ICLGD_EUSAGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_monte_carlo), cmocka_unit_test(test_minimal),
      cmocka_unit_test(test_figures),     cmocka_unit_test(test_isotropic),
      cmocka_unit_test(test_uniform),     cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
