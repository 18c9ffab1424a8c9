/* Assignments against all permutations and planted ones; plans of Sinkhorn
 * between the uniform one and a permutation. */
#include <iclgd/assignment.h>
#include <stdlib.h>
#include <string.h>

#include "support/close.h"

enum { MOST = 64 };

static double number(unsigned *state) {
  *state = *state * 1664525u + 1013904223u;
  return (double)(*state >> 8) / (1 << 24);
}

static iclgd_assignment *scratch(iclgd_arena *arena) {
  iclgd_assignment *out;
  iclgd_error err;
  assert_ok(iclgd_assignment_create(MOST, arena, &out, &err), err);
  return out;
}

/* The largest sum of rows from `row` on over columns that are free. */
static double best_of(const double *gain, size_t n, size_t row, unsigned used) {
  double best = -INFINITY;
  if (row == n) return 0;
  for (size_t j = 0; j < n; ++j)
    if (!(used & 1u << j))
      best = fmax(
          best, gain[row * n + j] + best_of(gain, n, row + 1, used | 1u << j));
  return best;
}

static double sum_of(const double *gain, size_t n, const size_t *column) {
  double sum = 0;
  unsigned long long seen = 0;
  for (size_t i = 0; i < n; ++i) {
    assert_true(column[i] < n && !(seen & 1ull << column[i]));
    seen |= 1ull << column[i];
    sum += gain[i * n + column[i]];
  }
  return sum;
}

static void none_is_better(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_assignment *s = scratch(&arena);
  unsigned seed = 1;
  for (size_t n = 1; n <= 7; ++n)
    for (size_t k = 0; k < 30; ++k) {
      double gain[49];
      size_t column[7];
      for (size_t i = 0; i < n * n; ++i) {
        gain[i] = 10 * number(&seed) - 5;
        if (k % 2) gain[i] = floor(gain[i]); /* ties */
      }
      iclgd_assign(s, gain, n, column);
      assert_close(sum_of(gain, n, column), best_of(gain, n, 0, 0), 1e-12, 0);
    }
  iclgd_arena_free(&arena);
}

/* -(a_i - b_j)^2 is largest where both are in the same order. */
static void a_planted_one_is_found(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_assignment *s = scratch(&arena);
  static double gain[MOST * MOST];
  size_t column[MOST];
  for (size_t i = 0; i < MOST * MOST; ++i) {
    const double off = (double)(i / MOST) - (double)(i % MOST * 37 % MOST);
    gain[i] = -off * off;
  }
  iclgd_assign(s, gain, MOST, column);
  for (size_t i = 0; i < MOST; ++i) assert_int_equal(column[i] * 37 % MOST, i);
  iclgd_arena_free(&arena);
}

static void plans_are_doubly_stochastic(void **state) {
  (void)state;
  enum { N = 9 };
  iclgd_arena arena = {0};
  iclgd_assignment *s = scratch(&arena);
  double gain[N * N], plan[N * N];
  size_t column[N];
  unsigned seed = 5;
  for (size_t i = 0; i < N * N; ++i) gain[i] = number(&seed);
  iclgd_assign(s, gain, N, column);
  const double temperatures[] = {0.03, 0.1, 1, 1e6};
  for (size_t k = 0; k < 4; ++k) {
    const double miss =
        iclgd_sinkhorn(s, gain, N, temperatures[k], 100000, plan);
    assert_true(miss < 1e-9);
    for (size_t i = 0; i < N; ++i) {
      double row = 0, other = 0;
      for (size_t j = 0; j < N; ++j) {
        row += plan[i * N + j];
        other += plan[j * N + i];
      }
      assert_close(row, 1, 1e-9, 0);
      assert_close(other, 1, 1e-9, 0);
      if (k == 0) assert_true(plan[i * N + column[i]] > 0.5);
      for (size_t j = 0; k == 3 && j < N; ++j)
        assert_close(plan[i * N + j], 1. / N, 1e-6, 0);
    }
    /* log plan - gain / temperature = a_i + b_j */
    for (size_t i = 1; k > 0 && i < N; ++i)
      for (size_t j = 1; j < N; ++j)
        assert_close(log(plan[0] * plan[i * N + j] / (plan[j] * plan[i * N])),
                     (gain[0] + gain[i * N + j] - gain[j] - gain[i * N]) /
                         temperatures[k],
                     1e-9, 1e-9);
  }
  iclgd_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(none_is_better),
      cmocka_unit_test(a_planted_one_is_found),
      cmocka_unit_test(plans_are_doubly_stochastic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
