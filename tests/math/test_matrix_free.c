/* Estimates from products beside a matrix that is known. */
#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>
#include <iclgd/matrix_free.h>
#include <iclgd/rng.h>
#include <stdlib.h>
#include <string.h>

#include "support/close.h"

enum { N = 24, STEPS = N };

typedef struct matrix {
  double A[N * N];
} matrix;

static void multiply(void *context, const double *v, double *out) {
  const matrix *s = context;
  for (size_t i = 0; i < N; ++i) out[i] = iclgd_dot(s->A + i * N, v, N);
}

/* A = V^T diag(lambda) V with random orthonormal rows of V. */
static void plant(matrix *s, const double *lambda) {
  double V[N * N];
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 1, ICLGD_STREAM_PROBE, 0);
  iclgd_stream_normals(V, &stream, N * N);
  assert_true(iclgd_orthonormalise(V, N, N));
  memset(s, 0, sizeof *s);
  for (size_t k = 0; k < N; ++k)
    for (size_t i = 0; i < N; ++i)
      for (size_t j = 0; j < N; ++j)
        s->A[i * N + j] += lambda[k] * V[k * N + i] * V[k * N + j];
}

typedef struct room {
  double value[STEPS], weight[STEPS], residual[STEPS];
  double work[(STEPS + 1) * N + 2 * STEPS + STEPS * STEPS];
  iclgd_ritz ritz;
} room;

static room *room_of(void) {
  room *r = calloc(1, sizeof *r);
  assert_non_null(r);
  assert_true(iclgd_lanczos_work(N, STEPS) * sizeof *r->work == sizeof r->work);
  r->ritz = (iclgd_ritz){0, r->value, r->weight, r->residual};
  return r;
}

static void rows_become_orthonormal(void **state) {
  (void)state;
  double Q[3 * 4] = {1, 2, 3, 4, 2, 4, 6, 8, 0, 0, 1, 0}; /* rank 2 */
  assert_true(iclgd_orthonormalise(Q, 3, 4));
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j)
      assert_close(iclgd_dot(Q + i * 4, Q + j * 4, 4), i == j, 1e-14, 0);
  assert_close(fabs(Q[0]), 1 / sqrt(30), 1e-14, 0);
  assert_false(iclgd_orthonormalise(Q, 4, 3));
}

static void all_steps_find_all_eigenvalues(void **state) {
  (void)state;
  matrix s;
  double lambda[N], start[N], top[N], image[N];
  room *r = room_of();
  for (size_t k = 0; k < N; ++k) lambda[k] = (double)k - 5.5;
  plant(&s, lambda);
  iclgd_random_signs(3, 0, start, N);
  const iclgd_operator A = {N, multiply, &s};
  assert_true(iclgd_lanczos(&A, start, N, r->work, &r->ritz, NULL, top));
  assert_int_equal(r->ritz.count, N);
  double weights = 0;
  for (size_t k = 0; k < N; ++k) {
    assert_close(r->value[k], lambda[k], 1e-10, 0);
    weights += r->weight[k];
  }
  assert_close(weights, 1, 1e-12, 0);
  multiply(&s, top, image);
  for (size_t i = 0; i < N; ++i)
    assert_close(image[i], lambda[N - 1] * top[i], 1e-9, 0);
  free(r);
}

/* A few steps: an eigenvalue within the residual of each Ritz value, extremes
 * not beyond the spectrum, and moments of the start exact up to 2 steps - 1. */
static void a_few_steps_bound(void **state) {
  (void)state;
  enum { FEW = 6 };
  matrix s;
  double lambda[N], start[N], at[N], image[N];
  room *r = room_of();
  for (size_t k = 0; k < N; ++k) lambda[k] = pow(0.7, (double)k);
  plant(&s, lambda);
  iclgd_random_signs(4, 0, start, N);
  const iclgd_operator A = {N, multiply, &s};
  assert_true(iclgd_lanczos(&A, start, FEW, r->work, &r->ritz, NULL, NULL));
  assert_int_equal(r->ritz.count, FEW);
  for (size_t k = 0; k < FEW; ++k) {
    double near = INFINITY;
    for (size_t i = 0; i < N; ++i)
      near = fmin(near, fabs(lambda[i] - r->value[k]));
    assert_true(near <= r->residual[k] + 1e-12);
  }
  assert_true(r->value[FEW - 1] <= lambda[0] + 1e-12);
  assert_true(r->value[0] >= lambda[N - 1] - 1e-12);
  memcpy(at, start, sizeof at);
  for (size_t power = 0; power < 2 * FEW; ++power) {
    double rule = 0;
    for (size_t k = 0; k < FEW; ++k)
      rule += r->weight[k] * pow(r->value[k], (double)power);
    assert_close(rule, iclgd_dot(start, at, N) / N, 1e-12, 1e-9);
    multiply(&s, at, image);
    memcpy(at, image, sizeof at);
  }
  free(r);
}

/* Two eigenvalues: two steps say all, and the iteration ends. */
static void an_invariant_space_ends_it(void **state) {
  UNTRAPPED;
  (void)state;
  matrix s;
  double lambda[N], start[N];
  room *r = room_of();
  for (size_t k = 0; k < N; ++k) lambda[k] = k < 3 ? 5 : -1;
  plant(&s, lambda);
  iclgd_random_signs(5, 0, start, N);
  const iclgd_operator A = {N, multiply, &s};
  assert_true(iclgd_lanczos(&A, start, N, r->work, &r->ritz, NULL, NULL));
  assert_int_equal(r->ritz.count, 2);
  assert_close(r->value[0], -1, 1e-12, 0);
  assert_close(r->value[1], 5, 1e-12, 0);
  s.A[0] = NAN;
  assert_false(iclgd_lanczos(&A, start, N, r->work, &r->ritz, NULL, NULL));
  free(r);
}

/* Of many seeds as many are within three errors as there should be. */
static void estimates_are_within_their_errors(void **state) {
  (void)state;
  enum { SEEDS = 300, SAMPLES = 10 };
  matrix s;
  double lambda[N], trace = 0, squares = 0, work[(SAMPLES + 3) * N];
  size_t good = 0, good_plus = 0, good_squares = 0;
  iclgd_moments off = {0}, off_plus = {0};
  for (size_t k = 0; k < N; ++k) {
    lambda[k] = 3 * pow(0.6, (double)k) - (k % 3 == 0 ? 0.2 : 0);
    trace += lambda[k];
    squares += lambda[k] * lambda[k];
  }
  plant(&s, lambda);
  const iclgd_operator A = {N, multiply, &s};
  for (uint64_t seed = 0; seed < SEEDS; ++seed) {
    iclgd_estimated t, q;
    iclgd_hutchinson(&A, seed, 0, 3 * SAMPLES, work, &t, &q);
    good += fabs(t.value - trace) <= 3 * t.error;
    good_squares += fabs(q.value - squares) <= 3 * q.error;
    iclgd_moments_add(&off, t.value - trace);
    t = iclgd_hutch_plus_plus(&A, seed, 1000, SAMPLES, work);
    good_plus += fabs(t.value - trace) <= 3 * t.error;
    iclgd_moments_add(&off_plus, t.value - trace);
  }
  /* 29 and 9 degrees of freedom: 0.55% and 1.5% are beyond by chance. */
  assert_true(good >= SEEDS - 9 && good < SEEDS + 1);
  assert_true(good_plus >= SEEDS - 15);
  assert_true(good_squares >= SEEDS - 15);
  assert_true(fabs(iclgd_moments_mean(&off)) <
              4 * iclgd_moments_standard_error(&off));
  assert_true(fabs(iclgd_moments_mean(&off_plus)) <
              4 * iclgd_moments_standard_error(&off_plus));
  assert_true(iclgd_moments_standard_error(&off_plus) <
              0.2 * iclgd_moments_standard_error(&off));
}

/* Where A has the rank of the samples Hutch++ is exact; a diagonal one has the
 * trace of any signs. */
static void what_is_exact(void **state) {
  (void)state;
  matrix s;
  double lambda[N] = {4, -2, 1}, work[(6 + 3) * N];
  iclgd_estimated t, q;
  plant(&s, lambda);
  const iclgd_operator A = {N, multiply, &s};
  t = iclgd_hutch_plus_plus(&A, 1, 0, 6, work);
  assert_close(t.value, 3, 1e-12, 0);
  memset(s.A, 0, sizeof s.A);
  for (size_t i = 0; i < N; ++i) s.A[i * N + i] = (double)i;
  iclgd_hutchinson(&A, 1, 0, 2, work, &t, &q);
  assert_close(t.value, N * (N - 1) / 2., 1e-12, 0);
  assert_close(t.error, 0, 1e-12, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rows_become_orthonormal),
      cmocka_unit_test(all_steps_find_all_eigenvalues),
      cmocka_unit_test(a_few_steps_bound),
      cmocka_unit_test(an_invariant_space_ends_it),
      cmocka_unit_test(estimates_are_within_their_errors),
      cmocka_unit_test(what_is_exact),
  };
  return cmocka_run_group_tests_name("math/matrix_free", tests, NULL, NULL);
}
