/* O4 against the linear system of theory, solved in exact rationals from exact
 * moments, and, where the optimal steps are complex, against a search. */
#include <gmp.h>
#include <iclgd/oracle.h>

#include "math/moments.h"
#include "support/close.h"

enum { L_MAX = 6 };

/* mu(s^k), k <= 2 L_MAX; mu(1) = d. */
static void exact_moments(size_t d, size_t n, mpq_t *mu) {
  mpz_t m[2 * L_MAX + 1], power;
  for (int k = 0; k <= 2 * L_MAX; ++k) mpz_init(m[k]);
  mpz_init_set_ui(power, 1);
  iclgd_error err;
  assert_ok(iclgd_wishart_moments(d, n, 2 * L_MAX, m, &err), err);
  mpz_set_ui(m[0], d);
  for (int k = 0; k <= 2 * L_MAX; ++k) {
    mpz_set(mpq_numref(mu[k]), m[k]);
    mpz_set(mpq_denref(mu[k]), power);
    mpq_canonicalize(mu[k]);
    mpz_mul_ui(power, power, n);
    mpz_clear(m[k]);
  }
  mpz_clear(power);
}

/* Forward elimination of the symmetric (L, L + 1) system, rows [H | b]; the
 * sum of b_i^2 / pivot on the way is b^T H^-1 b. */
static void quadratic(mpq_t H[L_MAX][L_MAX + 1], size_t L, mpq_t out) {
  mpq_t factor, term;
  mpq_inits(factor, term, NULL);
  mpq_set_ui(out, 0, 1);
  for (size_t i = 0; i < L; ++i) {
    mpq_div(factor, H[i][L], H[i][i]);
    mpq_mul(term, factor, H[i][L]);
    mpq_add(out, out, term);
    for (size_t r = i + 1; r < L; ++r) {
      mpq_div(factor, H[r][i], H[i][i]);
      for (size_t c = i; c <= L; ++c) {
        mpq_mul(term, factor, H[i][c]);
        mpq_sub(H[r][c], H[r][c], term);
      }
    }
  }
  mpq_clears(factor, term, NULL);
}

/* min over q: d - b^T H^-1 b, H_ij = mu_{i+j+2} + lambda mu_{i+j+1},
 * b_i = mu_{i+1}, lambda = sigma2 / n. */
static double exact_bound(iclgd_setting setting, size_t L) {
  mpq_t mu[2 * L_MAX + 1], H[L_MAX][L_MAX + 1], lambda, out;
  for (int k = 0; k <= 2 * L_MAX; ++k) mpq_init(mu[k]);
  mpq_inits(lambda, out, NULL);
  exact_moments(setting.d, setting.n, mu);
  mpq_set_d(lambda, setting.sigma2);
  mpq_set_ui(out, setting.n, 1);
  mpq_div(lambda, lambda, out);
  for (size_t i = 0; i < L; ++i) {
    for (size_t j = 0; j <= L; ++j) mpq_init(H[i][j]);
    for (size_t j = 0; j < L; ++j) {
      mpq_mul(H[i][j], lambda, mu[i + j + 1]);
      mpq_add(H[i][j], H[i][j], mu[i + j + 2]);
    }
    mpq_set(H[i][L], mu[i + 1]);
  }
  quadratic(H, L, out);
  mpq_sub(out, mu[0], out);
  const double bound = mpq_get_d(out);
  for (size_t i = 0; i < L; ++i)
    for (size_t j = 0; j <= L; ++j) mpq_clear(H[i][j]);
  for (int k = 0; k <= 2 * L_MAX; ++k) mpq_clear(mu[k]);
  mpq_clears(lambda, out, NULL);
  return bound;
}

static void test_bound(void **state) {
  (void)state;
  static const iclgd_setting settings[] = {
      {5, 20, 0},   {5, 20, 1},   {5, 20, 8},   {10, 20, 0.25},
      {20, 5, 0},   {20, 5, 3},   {1, 1, 0},    {1, 1, 0.5},
      {3, 3, 1e-9}, {1, 5000, 0}, {64, 256, 2}, {1000, 4000, 100}};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; ++i) {
    for (size_t L = 1; L <= L_MAX; ++L) {
      double eta[L_MAX], loss, bound, check;
      iclgd_error err;
      assert_ok(iclgd_oracle_untied(settings[i], L, eta, &loss, &bound, &err),
                err);
      assert_close(bound, exact_bound(settings[i], L), 0, 1e-11);
      assert_true(loss >= bound);
      assert_ok(iclgd_oracle_gd(settings[i], eta, L, &check, NULL, &err), err);
      assert_close(loss, check, 0, 1e-14);
      if (settings[i].sigma2 == 0) assert_true(loss == bound);
    }
  }
}

typedef struct figure {
  iclgd_setting setting;
  size_t L;
  double loss, half, eta[3]; /* eta[0] = 0: not listed */
} figure;

static const figure figures[] = {
    {{5, 20, 0}, 2, 0.361240, 5e-7, {0.5154, 1.2496}},
    {{5, 20, 0}, 3, 0.133608, 5e-7, {0.4224, 0.6891, 1.7142}},
    {{5, 20, 0}, 4, 0.0549526, 5e-8, {0}},
    {{5, 20, 0}, 5, 0.0247813, 5e-8, {0}},
    {{5, 20, 0}, 8, 0.00340324, 5e-9, {0}},
    {{10, 20, 0}, 2, 1.684494, 5e-7, {0.4203, 1.1800}},
    {{10, 20, 0}, 3, 0.912833, 5e-7, {0.3506, 0.5899, 1.8099}},
    {{10, 20, 0}, 5, 0.326756, 5e-7, {0}},
    {{5, 20, 1}, 2, 0.59597, 5e-6, {0.5264, 1.1226}},
    {{5, 20, 1}, 3, 0.41385, 5e-6, {0}},
};

static void test_figures(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof figures / sizeof *figures; ++i) {
    const figure *f = &figures[i];
    double eta[8], loss, bound;
    iclgd_error err;
    assert_ok(iclgd_oracle_untied(f->setting, f->L, eta, &loss, &bound, &err),
              err);
    assert_close(loss, f->loss, 1.02 * f->half, 0);
    for (size_t l = 0; f->eta[0] > 0 && l < f->L; ++l)
      assert_close(eta[l], f->eta[l], 5.1e-5, 0);
  }
}

/* The two cases of theory where the steps of the bound are complex: no real
 * steps of a grid do better, and those found are strictly above the bound. */
static void test_complex(void **state) {
  (void)state;
  double eta[3], loss, bound, trial;
  iclgd_error err;
  const iclgd_setting two = {5, 20, 8}, three = {5, 20, 2};
  assert_ok(iclgd_oracle_untied(two, 2, eta, &loss, &bound, &err), err);
  assert_true(bound < loss * (1 - 1e-3));
  for (double a = 0.05; a < 2; a += 0.05)
    for (double b = a; b < 2; b += 0.05) {
      assert_ok(iclgd_oracle_gd(two, (double[]){a, b}, 2, &trial, NULL, &err),
                err);
      assert_true(trial >= loss);
    }
  assert_ok(iclgd_oracle_untied(three, 3, eta, &loss, &bound, &err), err);
  assert_true(bound < loss * (1 - 1e-6));
  for (double a = 0.2; a < 0.6; a += 0.04)
    for (double b = 0.6; b < 1.4; b += 0.05)
      for (double c = b; c < 1.4; c += 0.05) {
        assert_ok(
            iclgd_oracle_gd(three, (double[]){a, b, c}, 3, &trial, NULL, &err),
            err);
        assert_true(trial >= loss);
      }
}

/* One step more never hurts, real or complex, and ridge is the floor. */
static void test_monotone(void **state) {
  (void)state;
  const iclgd_setting setting = {5, 20, 2};
  double eta[12], loss, bound, before = INFINITY, floor;
  iclgd_error err;
  assert_ok(iclgd_oracle_bayes(setting, &floor, &err), err);
  for (size_t L = 1; L <= 12; ++L) {
    assert_ok(iclgd_oracle_untied(setting, L, eta, &loss, &bound, &err), err);
    assert_true(loss <= before && bound >= floor);
    before = loss;
  }
}

/* Marchenko-Pastur: loss/d -> g^L (1-g) / (1-g^(L+1)), g = d/n, and steps
 * 1 / (1 + g + 2 sqrt g cos(j pi / (L+1))). */
static void test_large(void **state) {
  (void)state;
  const double g = 0.25;
  double eta[4], loss, bound;
  iclgd_error err;
  const iclgd_setting large = {100000, 400000, 0};
  assert_ok(iclgd_oracle_untied(large, 4, eta, &loss, &bound, &err), err);
  assert_close(loss / 1e5, pow(g, 4) * (1 - g) / (1 - pow(g, 5)), 0, 1e-3);
  for (int j = 1; j <= 4; ++j)
    assert_close(eta[j - 1], 1 / (1 + g + cos(j * acos(-1) / 5)), 0, 1e-3);
}

static void test_refused(void **state) {
  (void)state;
  double eta[128], loss, bound;
  iclgd_error err;
  assert_int_equal(iclgd_oracle_untied((iclgd_setting){5, 20, 0}, 0, eta, &loss,
                                       &bound, &err),
                   ICLGD_EUSAGE);
  assert_int_equal(iclgd_oracle_untied((iclgd_setting){5, 20, 0}, 128, eta,
                                       &loss, &bound, &err),
                   ICLGD_ERANGE);
  assert_int_equal(iclgd_oracle_untied((iclgd_setting){5, 20, 2}, 40, eta,
                                       &loss, &bound, &err),
                   ICLGD_ERANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bound),   cmocka_unit_test(test_figures),
      cmocka_unit_test(test_complex), cmocka_unit_test(test_monotone),
      cmocka_unit_test(test_large),   cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
