/* Covariances that are drawn anew, the logistic flow, pools, two tasks, weight
 * decay: against other oracles, differential equations, integrals and draws. */
#include <iclgd/oracle.h>
#include <math.h>

#include "support/close.h"
#include "support/normal.h"

/* Equal eigenvalues: no rotation; the formulas of theory, written out. */
static void test_covariances(void **state) {
  (void)state;
  const iclgd_setting s = {3, 12, 0.4};
  const double equal[] = {2, 2, 2}, lambda[] = {1, 0.5, 0.1};
  double a, loss, eta, least;
  iclgd_error err;
  assert_ok(iclgd_oracle_rotated(s, equal, &a, &loss, &err), err);
  assert_ok(iclgd_oracle_one_step_isotropic(s, 2, 5 * 4, 1, &eta, &least, &err),
            err);
  assert_close(a, eta, 0, 1e-13);
  assert_close(loss, least, 0, 1e-13);
  assert_ok(iclgd_oracle_rotated(s, lambda, &a, &loss, &err), err);
  const double t1 = 1.6, t2 = 1.26, t3 = 1.126, n = 12;
  assert_close(a, t2 / ((1 + 1 / n) * t3 + (t1 + 0.4) / n * t2), 0, 1e-13);
  assert_close(loss, t1 - a * t2, 0, 1e-13);
  /* Exp(1), no noise: a = 2 / G, d (1 - 4 a + a^2 G) */
  const double exponential[] = {1, 2, 6}, constant[] = {2, 4, 8};
  const double G = 6 * (1 + 1 / n) + (6 + 2 * (3 - 1)) / n;
  assert_ok(iclgd_oracle_random_diagonal((iclgd_setting){3, 12, 0}, exponential,
                                         &a, &loss, &err),
            err);
  assert_close(a, 2 / G, 0, 1e-13);
  assert_close(loss, 3 * (1 - 4 * a + a * a * G), 0, 1e-13);
  assert_ok(iclgd_oracle_random_diagonal(s, constant, &a, &loss, &err), err);
  assert_close(a, eta, 0, 1e-13);
  assert_close(loss, least, 0, 1e-13);
  const double broken[] = {1, 0.5, 1};
  assert_int_equal(iclgd_oracle_random_diagonal(s, broken, &a, &loss, &err),
                   ICLGD_EUSAGE);
}

/* g' = 2 sqrt(d) g (1 - g / g_inf), from s^2 / sqrt d. */
static void test_flow(void **state) {
  (void)state;
  const iclgd_setting s = {4, 20, 0.5};
  const double h = 1e-4, limit = 20 / 25.5;
  double g[3];
  iclgd_error err;
  assert_ok(iclgd_oracle_layer_flow(s, 0.3, 0, &g[0], &err), err);
  assert_close(g[0], 0.09 / 2, 0, 1e-14);
  for (double t = 0.1; t < 2; t += 0.3) {
    for (int i = -1; i <= 1; ++i)
      assert_ok(iclgd_oracle_layer_flow(s, 0.3, t + i * h, &g[i + 1], &err),
                err);
    assert_close((g[2] - g[0]) / (2 * h), 4 * g[1] * (1 - g[1] / limit), 1e-6,
                 0);
  }
  assert_ok(iclgd_oracle_layer_flow(s, 0.3, 1e9, &g[0], &err), err);
  assert_close(g[0], limit, 0, 1e-14);
}

/* The pool's own layer in the oracle of O1. */
static void test_pool(void **state) {
  (void)state;
  const iclgd_setting s = {2, 9, 0.3};
  const double o[] = {1.5, 0.2}, I[] = {1, 0, 0, 1};
  const double Omega[] = {1.5, 0, 0, 0.2};
  double A[4], seen, fresh, expected;
  iclgd_error err;
  assert_ok(iclgd_oracle_pool(s, o, &seen, &fresh, &err), err);
  assert_ok(iclgd_oracle_one_layer(s, I, Omega, A, &expected, &err), err);
  assert_close(seen, expected, 0, 1e-13);
  assert_ok(iclgd_oracle_one_layer_loss(s, I, I, A, &expected, &err), err);
  assert_close(fresh, expected, 0, 1e-13);
}

/* The limit as an integral over Marchenko and Pastur's density of ratio c = d /
 * k, o = 1 + c + 2 sqrt(c) cos: with its atom at 0 where k < d. */
static void test_pool_limit(void **state) {
  (void)state;
  static const double cases[][3] = {
      {0.5, 2, 0.1}, {2, 1, 0}, {1, 3, 0.5}, {8, 0.5, 1}, {0.1, 4, 0}};
  for (size_t i = 0; i < 5; ++i) {
    const double c = 1 / cases[i][0], z = (1 + cases[i][2]) / cases[i][1];
    const double pi = 3.14159265358979324;
    enum { N = 20000 };
    double seen = 0, fresh = c > 1 ? 1 - 1 / c : 0, got[2];
    for (size_t k = 0; k < N; ++k) {
      const double angle = ((double)k + 0.5) * pi / N;
      const double o = 1 + c + 2 * sqrt(c) * cos(angle);
      /* density sqrt(4c - (o - 1 - c)^2) / (2 pi c o) do */
      const double weight =
          4 * c * sin(angle) * sin(angle) / (2 * pi * c * o) * pi / N;
      const double a = o / (o + z);
      seen += weight * o * (1 - a);
      fresh += weight * (1 - 2 * a + a * a * (1 + z));
    }
    iclgd_error err;
    assert_ok(iclgd_oracle_pool_limit(cases[i][0], cases[i][1], cases[i][2],
                                      &got[0], &got[1], &err),
              err);
    assert_close(got[0], seen, 0, 1e-6);
    assert_close(got[1], fresh, 0, 1e-6);
  }
}

/* The posterior mean itself, d = 1: two tasks at 0 and D. */
static void test_two_tasks(void **state) {
  (void)state;
  enum { N = 200000 };
  static const struct {
    size_t n;
    double sigma, D;
  } cases[] = {{1, 1, 1}, {4, 1.5, 2}, {12, 3, 1}};
  for (size_t i = 0; i < 3; ++i) {
    uint64_t seed = 7;
    double mean = 0, square = 0, risk;
    iclgd_error err;
    for (size_t k = 0; k < N; ++k) {
      double odds = 0; /* log of those of the wrong task, D; the right is 0 */
      for (size_t p = 0; p < cases[i].n; ++p) {
        const double x = normal(&seed), y = cases[i].sigma * normal(&seed);
        odds += (y * y - (y - cases[i].D * x) * (y - cases[i].D * x)) /
                (2 * cases[i].sigma * cases[i].sigma);
      }
      const double w = cases[i].D / (1 + exp(-odds));
      mean += w * w / N;
      square += pow(w, 4) / N;
    }
    assert_ok(
        iclgd_oracle_two_tasks(cases[i].n, cases[i].sigma * cases[i].sigma,
                               cases[i].D, &risk, &err),
        err);
    assert_close(risk, mean, 5 * sqrt((square - mean * mean) / N), 0);
  }
  double risk;
  iclgd_error err;
  /* told apart by nothing: half of each, D^2 / 4 */
  assert_ok(iclgd_oracle_two_tasks(3, 1e8, 2, &risk, &err), err);
  assert_close(risk, 1, 1e-6, 0);
  assert_ok(iclgd_oracle_two_tasks(100000, 1e8, 2, &risk, &err), err);
  assert_close(risk, 1, 1e-2, 0);
  assert_int_equal(iclgd_oracle_two_tasks(50, 1e-6, 1, &risk, &err),
                   ICLGD_ERANGE);
  assert_int_equal(iclgd_oracle_two_tasks(5, 0, 1, &risk, &err), ICLGD_EUSAGE);
}

/* The steps, eigenvalue by eigenvalue: on w as a factor of w_star, and on the
 * noise of b, whose variance is s sigma2 / n. */
static void test_weight_decay(void **state) {
  (void)state;
  const iclgd_setting setting = {3, 8, 0.7};
  const double s[] = {0, 0.4, 2.5}, eta = 0.3;
  static const double decays[] = {0, 0.2, 3};
  for (size_t i = 0; i < 3; ++i)
    for (size_t k = 0; k < 12; k += 3) {
      double expected = 0, risk;
      iclgd_error err;
      for (size_t j = 0; j < 3; ++j) {
        double w = 0, noise = 0;
        for (size_t step = 0; step < k; ++step) {
          w += eta * (s[j] - s[j] * w - decays[i] * w);
          noise += eta * (1 - s[j] * noise - decays[i] * noise);
        }
        expected += (1 - w) * (1 - w) + 0.7 / 8 * s[j] * noise * noise;
      }
      assert_ok(
          iclgd_oracle_weight_decay(setting, s, eta, decays[i], k, &risk, &err),
          err);
      assert_close(risk, expected, 0, 1e-12);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_covariances), cmocka_unit_test(test_flow),
      cmocka_unit_test(test_pool),        cmocka_unit_test(test_pool_limit),
      cmocka_unit_test(test_two_tasks),   cmocka_unit_test(test_weight_decay)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
