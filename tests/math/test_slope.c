/* The weight behind predictions at pairs of queries: exact for linear ones, the
 * mean gradient for others, and an R^2 without optimism. */
#include <iclgd/rng.h>
#include <iclgd/slope.h>
#include <math.h>
#include <stdlib.h>

#include "support/close.h"

enum { D = 4, FITS = 400 };

static void draw_pairs(uint64_t index, size_t K, double *x) {
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 11, ICLGD_STREAM_QUERIES, index);
  for (size_t k = 0; k < K; k += 2) {
    iclgd_stream_normals(x + k * D, &stream, D);
    for (size_t j = 0; j < D; ++j) x[(k + 1) * D + j] = -x[k * D + j];
  }
}

static void a_linear_one_is_found_exactly(void **state) {
  (void)state;
  enum { K = 2 * (D + 1), ROWS = 2 };
  const double slope[ROWS][D] = {{1, -2, 0.5, 3}, {0, 0, 0, 0}};
  double x[K * D], f[ROWS * K], w[ROWS * D];
  iclgd_slope_rest rest[ROWS];
  draw_pairs(0, K, x);
  for (size_t l = 0; l < ROWS; ++l)
    for (size_t k = 0; k < K; ++k) {
      f[l * K + k] = 7;
      for (size_t j = 0; j < D; ++j) f[l * K + k] += slope[l][j] * x[k * D + j];
    }
  double *work = calloc(iclgd_slope_work(D, ROWS), sizeof *work);
  assert_non_null(work);
  assert_true(iclgd_slope_fit(x, f, K, D, ROWS, work, w, rest));
  for (size_t i = 0; i < ROWS * D; ++i)
    assert_close(w[i], slope[i / D][i % D], 1e-13, 1e-13);
  assert_close(iclgd_slope_r2(&rest[0]), 1, 0, 1e-14);
  assert_true(isnan(iclgd_slope_r2(&rest[1]))); /* constant in the query */
  free(work);
}

/* f = tanh(x_1) + c x_2^2: the mean gradient is E[1 / cosh^2] e_1 = 0.605706
 * e_1 (for a standard normal), and of the variance Var tanh = 0.394294 and 2
 * c^2 the line explains 0.605706^2. */
static void a_curved_one_gives_the_mean_gradient(void **state) {
  (void)state;
  enum { K = 24 * D };
  const double slope = 0.6057055, variance = 0.3942945, c = 0.2;
  double x[K * D], f[K], w[D], mean[D] = {0};
  double *work = calloc(iclgd_slope_work(D, 1), sizeof *work);
  iclgd_slope_rest all = {0, 0, 0};
  assert_non_null(work);
  for (uint64_t i = 0; i < FITS; ++i) {
    iclgd_slope_rest rest;
    draw_pairs(i, K, x);
    for (size_t k = 0; k < K; ++k)
      f[k] = tanh(x[k * D]) + c * x[k * D + 1] * x[k * D + 1];
    assert_true(iclgd_slope_fit(x, f, K, D, 1, work, w, &rest));
    for (size_t j = 0; j < D; ++j) mean[j] += w[j] / FITS;
    all.left += rest.left;
    all.whole += rest.whole;
    all.squares += rest.squares;
  }
  /* A quotient of sums over 48 pairs is biased by some 1%. */
  assert_close(mean[0], slope, 0, 0.02);
  for (size_t j = 1; j < D; ++j) assert_close(mean[j], 0, 0.015, 0);
  const double expected = slope * slope / (variance + 2 * c * c);
  assert_close(iclgd_slope_r2(&all), expected, 0.03, 0);
  free(work);
}

static void queries_of_fewer_directions_are_refused(void **state) {
  (void)state;
  enum { K = 4 * D };
  double x[K * D], f[K], w[D];
  iclgd_slope_rest rest;
  double *work = calloc(iclgd_slope_work(D, 1), sizeof *work);
  assert_non_null(work);
  draw_pairs(0, K, x);
  for (size_t k = 0; k < K; ++k) {
    x[k * D + 2] = x[k * D];
    f[k] = x[k * D];
  }
  assert_false(iclgd_slope_fit(x, f, K, D, 1, work, w, &rest));
  free(work);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_linear_one_is_found_exactly),
      cmocka_unit_test(a_curved_one_gives_the_mean_gradient),
      cmocka_unit_test(queries_of_fewer_directions_are_refused),
  };
  return cmocka_run_group_tests_name("math/slope", tests, NULL, NULL);
}
