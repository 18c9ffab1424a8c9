/* The second routes themselves: moments by parts against written-out formulas,
 * and the estimates against samples whose answer is known. */
#include "math/moments.h"
#include "support/close.h"
#include "support/normal.h"
#include "verify/verify.h"

/* m1 = nd, m2 = nd(n+d+1), m3 = nd(n^2+d^2+3nd+3n+3d+4), and 2792000. */
static void test_moments(void **state) {
  (void)state;
  const struct {
    size_t d, n;
    unsigned long m[5];
  } cases[] = {{5, 20, {5, 100, 2600, 80400, 2792000}},
               {1, 1, {1, 1, 3, 15, 105}},
               {2, 3, {2, 6, 36, 6 * (9 + 4 + 18 + 9 + 6 + 4), 0}}};
  for (size_t i = 0; i < 3; ++i) {
    mpz_t m[5];
    iclgd_error err;
    for (size_t k = 0; k < 5; ++k) mpz_init(m[k]);
    assert_ok(iclgd_moments_by_parts(cases[i].d, cases[i].n, i == 2 ? 3 : 4, m,
                                     NULL, &err),
              err);
    for (size_t k = 0; k < 5; ++k) {
      assert_int_equal(mpz_get_ui(m[k]), cases[i].m[k]);
      mpz_clear(m[k]);
    }
  }
}

/* E (tr W)^2 = nd (nd + 2), E tr W tr W^2 = (nd + 4) m_2, as scaling says: W =
 * r V with r of a chi^2 law of nd freedoms. */
static void test_pairs(void **state) {
  (void)state;
  enum { K = 4, D = 5, N = 20 };
  mpz_t m[K + 1], pairs[(K + 1) * (K + 1)];
  iclgd_error err;
  for (size_t k = 0; k <= K; ++k) mpz_init(m[k]);
  for (size_t k = 0; k < (K + 1) * (K + 1); ++k) mpz_init(pairs[k]);
  assert_ok(iclgd_moments_by_parts(D, N, K, m, pairs, &err), err);
  assert_int_equal(mpz_get_ui(pairs[0]), D * D);
  assert_int_equal(mpz_get_ui(pairs[3]), D * mpz_get_ui(m[3]));
  assert_int_equal(mpz_get_ui(pairs[3 * (K + 1)]), D * mpz_get_ui(m[3]));
  assert_int_equal(mpz_get_ui(pairs[1 * (K + 1) + 1]), 100 * 102);
  assert_int_equal(mpz_get_ui(pairs[1 * (K + 1) + 2]), 104 * 2600);
  assert_int_equal(mpz_get_ui(pairs[2 * (K + 1) + 1]), 104 * 2600);
  assert_int_equal(mpz_get_ui(pairs[3 * (K + 1) + 1]), 106 * 80400);
  for (size_t k = 0; k <= K; ++k) mpz_clear(m[k]);
  for (size_t k = 0; k < (K + 1) * (K + 1); ++k) mpz_clear(pairs[k]);
}

/* d = n = 1: S = x^2, E S^k = (2k-1)!!; p = 1 - a s with noise 1. */
static void test_losses(void **state) {
  (void)state;
  const double a = 0.3, steps[] = {0.3, 0.7};
  double loss, q[2], roots[2], eta;
  iclgd_error err;
  assert_ok(iclgd_exact_gd((iclgd_setting){1, 1, 1}, &a, 1, &loss, &err), err);
  assert_close(loss, 1 - 2 * a + 3 * a * a + a * a, 0, 1e-14);
  /* p = 1 - s + .21 s^2: 1 - 2 + 3 + .42*3 - .42*15 + .0441*105 */
  assert_ok(iclgd_exact_gd((iclgd_setting){1, 1, 0}, steps, 2, &loss, &err),
            err);
  assert_close(loss, 1 - 2 + 3 + 0.42 * 3 - 0.42 * 15 + 0.0441 * 105, 0, 1e-13);
  /* one step: d, n free; eta = n / (n + d + 1) */
  assert_ok(
      iclgd_exact_tied((iclgd_setting){7, 12, 0}, 1, 1, &eta, &loss, &err),
      err);
  assert_close(eta, 12 / 20.0, 0, 1e-14);
  assert_close(loss, 7 * 8 / 20.0, 0, 1e-14);
  assert_ok(iclgd_exact_best((iclgd_setting){7, 12, 2}, 1, q, &loss, &err),
            err);
  assert_close(q[0], 12 / 22.0, 0, 1e-14);
  q[0] = 1; /* 1 - s (1 - .21 s) */
  q[1] = -0.21;
  assert_true(iclgd_steps_of(q, 2, roots));
  assert_close(roots[0], 0.3, 0, 1e-14);
  assert_close(roots[1], 0.7, 0, 1e-14);
  q[1] = -1;
  assert_false(iclgd_steps_of(q, 2, roots));
}

static void ratio_of(const double *means, const void *context, double *out) {
  (void)context;
  *out = means[0] / means[1];
}

/* Normal samples of known mean: within five of the stated standard errors, and
 * these have the known size. */
static void test_estimates(void **state) {
  (void)state;
  enum { N = 20000 };
  static double values[2 * N];
  uint64_t seed = 5;
  for (size_t i = 0; i < N; ++i) {
    values[2 * i + 1] = 2 + normal(&seed);
    values[2 * i] = 3 * values[2 * i + 1] + normal(&seed);
  }
  const iclgd_estimate mean = iclgd_estimate_mean(values + 1, N, 2);
  assert_close(mean.error, 1 / sqrt(N), 0, 0.03);
  assert_close(mean.value, 2, 5 * mean.error, 0);
  const iclgd_estimate ratio = iclgd_estimate_ratio(values, N, 2, 0, 1);
  assert_close(ratio.error, 0.5 / sqrt(N), 0, 0.03);
  assert_close(ratio.value, 3, 5 * ratio.error, 0);
  iclgd_trial trial = {.prompts = N};
  iclgd_estimate jack;
  iclgd_error err;
  assert_ok(iclgd_jackknife(&trial, values, 2, ratio_of, NULL, 1, &jack, &err),
            err);
  assert_close(jack.value, ratio.value, 1e-4, 0);
  assert_close(jack.error, ratio.error, 0, 0.4); /* 64 batches: 9% each way */
  iclgd_arena_free(&trial.arena);
  for (size_t i = 0; i < N; ++i) values[i] = values[2 * i + 1];
  const iclgd_estimate median = iclgd_estimate_median(values, N);
  assert_close(median.error, 1.2533 / sqrt(N), 0, 0.4);
  assert_close(median.value, 2, 5 * 1.2533 / sqrt(N), 0);
}

/* 3 + 2/n + 5/n^2: what is left is within the stated tolerance. */
static void test_extrapolation(void **state) {
  (void)state;
  double values[3];
  for (size_t i = 0; i < 3; ++i) {
    const double n = 100 * (double)(1 << i);
    values[i] = 3 + 2 / n + 5 / (n * n);
  }
  const iclgd_evidence e = iclgd_extrapolated(3, values);
  assert_int_equal(iclgd_claim_judge(ICLGD_EQUAL, &e), ICLGD_HOLDS);
  assert_true(e.tolerance < 1e-3);
  const iclgd_evidence wrong = iclgd_extrapolated(3.001, values);
  assert_int_equal(iclgd_claim_judge(ICLGD_EQUAL, &wrong), ICLGD_FAILS);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_moments), cmocka_unit_test(test_pairs),
      cmocka_unit_test(test_losses), cmocka_unit_test(test_estimates),
      cmocka_unit_test(test_extrapolation)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
