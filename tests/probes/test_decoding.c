/* The probe `decoding`: what is an entry of the second moments is read exactly,
 * what symmetry forbids is not read, and the rest agrees with a ridge
 * regression of the test's own. */
#include <iclgd/probe.h>

#include "support/linear.h"
#include "support/probing.h"

enum { D = 2, M = 6 }; /* features of the second moments */

static double *column(probing *p, const char *path) {
  size_t extents[1];
  return probing_reals(p, path, 1, extents);
}

/* At layer 0 X^T y / n is among the features, so only the least penalty, 1e-8
 * of a variance, stands between R^2 and 1. What cannot be read costs at most
 * what fitting noise does, some features / prompts. */
static void entries_are_read_and_noise_is_not(void **state) {
  (void)state;
  static const char *const targets[] = {"w_star", "least_squares", "xty",
                                        "control"};
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"model.loops=2", "model.init=gd:0.6", NULL},
               1, 2000);
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "decoding", &err), err);
  const double *xty = column(&p, "decoding/xty/r2");
  assert_close(xty[0], 1, 1e-9, 0);
  assert_true(xty[1] < 0.9);
  assert_true(column(&p, "decoding/w_star/r2")[0] > 0.5);
  for (size_t l = 0; l < 3; ++l) {
    const double most = 21.0 / 750;
    assert_close(column(&p, "decoding/control/r2")[l], 0,
                 most + 4 * column(&p, "decoding/control/r2_errors")[l], 0);
    for (size_t k = 0; k < 4; ++k) {
      char raw[64], error[64];
      snprintf(raw, sizeof raw, "decoding/%s/raw", targets[k]);
      snprintf(error, sizeof error, "decoding/%s/raw_errors", targets[k]);
      assert_close(column(&p, raw)[l], 0, most + 4 * column(&p, error)[l], 0);
    }
  }
  probing_close(&p);
  world_free(&w);
}

/* Features of prompt i after layer l, from the tokens. */
static void features_of(world *w, size_t i, size_t l, double *f) {
  const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
  const double *Z = iclgd_model_tokens(&w->model, w->theta, &prompt, w->tape) +
                    l * (prompt.n + 1) * (D + 1);
  double G[D + 1][D + 1] = {{0}};
  for (size_t t = 0; t < prompt.n; ++t)
    for (size_t a = 0; a <= D; ++a)
      for (size_t b = 0; b <= D; ++b)
        G[a][b] += Z[t * (D + 1) + a] * Z[t * (D + 1) + b] / (double)prompt.n;
  const double upper[M] = {G[0][0], G[0][1], G[0][2],
                           G[1][1], G[1][2], G[2][2]};
  memcpy(f, upper, sizeof upper);
}

/* The least-squares weight by Gauss's elimination. */
static void weight_of(world *w, size_t i, double *t) {
  const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
  double S[D * D];
  iclgd_context_gram(S, t, prompt.x, prompt.y, prompt.n, D, prompt.mean_n);
  linear_solve(S, t, D);
}

enum { FIT = 450, CHOOSE = 150, ALL = 1200 };

/* R^2 on the second half of ridge on the first 450 prompts. The penalty stands
 * in units of the variances: lambda diag(C). */
static double ridge_r2(double (*f)[M], double (*t)[D], double lambda,
                       size_t first, size_t last) {
  double mean_f[M] = {0}, mean_t[D] = {0}, C[M * M] = {0}, X[D][M] = {{0}};
  for (size_t i = 0; i < FIT; ++i) {
    for (size_t j = 0; j < M; ++j) mean_f[j] += f[i][j] / FIT;
    for (size_t j = 0; j < D; ++j) mean_t[j] += t[i][j] / FIT;
  }
  for (size_t i = 0; i < FIT; ++i)
    for (size_t j = 0; j < M; ++j) {
      const double centred = f[i][j] - mean_f[j];
      for (size_t k = 0; k < M; ++k)
        C[j * M + k] += centred * (f[i][k] - mean_f[k]) / FIT;
      for (size_t k = 0; k < D; ++k)
        X[k][j] += centred * (t[i][k] - mean_t[k]) / FIT;
    }
  for (size_t j = 0; j < M; ++j) C[j * M + j] *= 1 + lambda;
  for (size_t k = 0; k < D; ++k) {
    double spent[M * M];
    memcpy(spent, C, sizeof spent);
    linear_solve(spent, X[k], M);
  }
  double off = 0, all = 0;
  for (size_t i = first; i < last; ++i)
    for (size_t k = 0; k < D; ++k) {
      double rest = t[i][k] - mean_t[k];
      all += rest * rest;
      for (size_t j = 0; j < M; ++j) rest -= X[k][j] * (f[i][j] - mean_f[j]);
      off += rest * rest;
    }
  return 1 - off / all;
}

/* GD++ and noise, after every layer; no other penalty of the grid is better on
 * the prompts it was chosen on. */
static void readouts_are_ridge_regressions(void **state) {
  (void)state;
  const double A[] = {0.5, 0, 0, 0.5}, B[] = {0.4, 0, 0, 0.4};
  const double grid[] = {1e-8, 1e-6, 1e-4, 1e-2, 1, 100};
  static double f[ALL][M], t[ALL][D];
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"model.weights=gdpp", "model.loops=2",
                                "prompt.d=2", "prompt.noise=0.5", NULL},
               1, ALL);
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, B, &err), err);
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "decoding", &err), err);
  for (size_t i = 0; i < ALL; ++i) weight_of(&w, i, t[i]);
  for (size_t l = 0; l < 3; ++l) {
    const double lambda = column(&p, "decoding/least_squares/penalty")[l];
    for (size_t i = 0; i < ALL; ++i) features_of(&w, i, l, f[i]);
    assert_close(column(&p, "decoding/least_squares/r2")[l],
                 ridge_r2(f, t, lambda, FIT + CHOOSE, ALL), 1e-7, 0);
    const double best = ridge_r2(f, t, lambda, FIT, FIT + CHOOSE);
    for (size_t k = 0; k < 6; ++k)
      assert_true(ridge_r2(f, t, grid[k], FIT, FIT + CHOOSE) < best + 1e-7);
  }
  probing_close(&p);
  world_free(&w);
}

/* In a table's prompts columns are standardised, so the diagonal of S is 1 to
 * rounding, and X^T y / n has a mean; it is still an entry. */
static void constant_features_do_not_count(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"prompt.source=table:" ICLGD_SOURCE_DIR
                                "/data/tables/diabetes.csv",
                                "prompt.target=target", "prompt.n=60", NULL},
               1, 800);
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "decoding", &err), err);
  assert_close(column(&p, "decoding/xty/r2")[0], 1, 1e-9, 0);
  assert_false(iclgd_source_has(p.source, "decoding/w_star"));
  probing_close(&p);
  world_free(&w);
}

/* Without noise and with n >= d the least-squares weight is w_star. */
static void targets_agree_without_noise(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"prompt.d=2", NULL}, 1, 400);
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "decoding", &err), err);
  for (size_t l = 0; l < 2; ++l)
    assert_close(column(&p, "decoding/least_squares/r2")[l],
                 column(&p, "decoding/w_star/r2")[l], 1e-9, 0);
  probing_close(&p);
  world_free(&w);
}

static void an_unknown_w_star_is_left_out(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"prompt.d=2", NULL}, 1, 400);
  probing_open(&p, &w, 2);
  p.tune.w_star = NULL;
  assert_ok(probing_run(&p, "decoding", &err), err);
  assert_false(iclgd_source_has(p.source, "decoding/w_star"));
  assert_close(column(&p, "decoding/xty/r2")[0], 1, 1e-9, 0);
  probing_close(&p);
  world_free(&w);
}

/* Steps of 1e60: after the first layer nothing can be used. */
static void diverging_tokens_are_counted(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"prompt.d=2", "model.weights=scalar", NULL},
               1, 400);
  w.theta[0] = 1e60;
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "decoding", &err), err);
  const double *excluded = column(&p, "decoding/xty/excluded");
  assert_int_equal(excluded[0], 0);
  assert_int_equal(excluded[1], 400);
  assert_close(column(&p, "decoding/xty/r2")[0], 1, 1e-9, 0);
  assert_true(isnan(column(&p, "decoding/xty/r2")[1]));
  probing_close(&p);
  world_free(&w);
}

static void few_prompts_are_not_enough(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"prompt.d=5", NULL}, 1, 100);
  probing_open(&p, &w, 2);
  assert_int_equal(probing_run(&p, "decoding", &err), ICLGD_ERANGE);
  assert_string_equal(err.text,
                      "21 features to read from, 37 prompts to fit on");
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(entries_are_read_and_noise_is_not),
      cmocka_unit_test(readouts_are_ridge_regressions),
      cmocka_unit_test(targets_agree_without_noise),
      cmocka_unit_test(constant_features_do_not_count),
      cmocka_unit_test(an_unknown_w_star_is_left_out),
      cmocka_unit_test(diverging_tokens_are_counted),
      cmocka_unit_test(few_prompts_are_not_enough),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
