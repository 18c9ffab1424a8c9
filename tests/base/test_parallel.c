/* The pool: each round once, whatever the number of threads; fixed sums. */
#include <iclgd/parallel.h>
#include <stdatomic.h>
#include <string.h>

#include "support/close.h"

enum { ROUNDS = 1000, WIDTH = 3 };

typedef struct tally {
  atomic_int hits[ROUNDS];
  atomic_int inside[64]; /* bodies that run now, by thread */
  atomic_int faults;
  size_t threads;
} tally;

static void count_round(void *context, size_t round, size_t thread) {
  tally *t = context;
  if (thread >= t->threads || round >= ROUNDS) {
    atomic_fetch_add(&t->faults, 1);
    return;
  }
  if (atomic_fetch_add(&t->inside[thread], 1) != 0)
    atomic_fetch_add(&t->faults, 1);
  atomic_fetch_add(&t->hits[round], 1);
  atomic_fetch_sub(&t->inside[thread], 1);
}

static void each_round_runs_once(void **state) {
  (void)state;
  const size_t threads[] = {1, 2, 3, 8, 33};
  const size_t rounds[] = {0, 1, 2, 7, ROUNDS};
  for (size_t i = 0; i < sizeof threads / sizeof *threads; ++i) {
    iclgd_pool *pool;
    iclgd_error err;
    assert_ok(iclgd_pool_create(threads[i], &pool, &err), err);
    assert_int_equal(iclgd_pool_threads(pool), threads[i]);
    for (size_t j = 0; j < sizeof rounds / sizeof *rounds; ++j) {
      static tally t;
      memset(&t, 0, sizeof t);
      t.threads = threads[i];
      iclgd_pool_for(pool, rounds[j], count_round, &t);
      assert_int_equal(t.faults, 0);
      for (size_t r = 0; r < ROUNDS; ++r)
        assert_int_equal(t.hits[r], r < rounds[j]);
    }
    iclgd_pool_free(pool);
  }
}

static void stop_at_ten(void *context, size_t round, size_t thread) {
  (void)thread;
  if (round == 10) *(volatile sig_atomic_t *)context = 1;
}

/* One thread leaves out the rounds after that in which it is told to; others
 * may have begun a few. Then the pool is as before. */
static void rounds_are_left_out_when_told(void **state) {
  (void)state;
  iclgd_pool *pool;
  iclgd_error err;
  static tally t;
  volatile sig_atomic_t stop = 0;
  memset(&t, 0, sizeof t);
  t.threads = 3;
  assert_ok(iclgd_pool_create(3, &pool, &err), err);
  iclgd_pool_heed(pool, &stop);
  iclgd_pool_for(pool, ROUNDS, stop_at_ten, (void *)&stop);
  iclgd_pool_for(pool, ROUNDS, count_round, &t);
  for (size_t r = 0; r < ROUNDS; ++r) assert_int_equal(t.hits[r], 0);
  iclgd_pool_heed(pool, NULL);
  iclgd_pool_for(pool, ROUNDS, count_round, &t);
  for (size_t r = 0; r < ROUNDS; ++r) assert_int_equal(t.hits[r], 1);
  iclgd_pool_free(pool);
}

static void add_one(void *context, size_t round, size_t thread) {
  (void)thread;
  ((long *)context)[round] += 1; /* no atomic: rounds are ordered by loops */
}

/* Loops follow each other without a round of the last leaking into the next. */
static void many_short_loops(void **state) {
  (void)state;
  iclgd_pool *pool;
  iclgd_error err;
  assert_ok(iclgd_pool_create(4, &pool, &err), err);
  long sums[5] = {0};
  for (int i = 0; i < 5000; ++i) iclgd_pool_for(pool, 5, add_one, sums);
  for (size_t i = 0; i < 5; ++i) assert_int_equal(sums[i], 5000);
  iclgd_pool_free(pool);
}

static void a_pool_that_never_ran_is_freed(void **state) {
  (void)state;
  iclgd_pool *pool;
  iclgd_error err;
  assert_ok(iclgd_pool_create(8, &pool, &err), err);
  iclgd_pool_free(pool);
  iclgd_pool_free(NULL);
}

/* Terms of very different size, so that the order of additions shows. */
static void fill(void *context, size_t round, size_t thread) {
  (void)thread;
  double *row = (double *)context + round * WIDTH;
  const double big = round % 3 == 0 ? 1e16 : 1.0;
  for (size_t j = 0; j < WIDTH; ++j)
    row[j] = (round % 2 ? -big : big) / (double)(round + j + 1);
}

static void the_sum_does_not_depend_on_the_threads(void **state) {
  (void)state;
  static double rows[ROUNDS * WIDTH];
  double first[WIDTH];
  for (size_t threads = 1; threads <= 5; ++threads) {
    iclgd_pool *pool;
    iclgd_error err;
    assert_ok(iclgd_pool_create(threads, &pool, &err), err);
    iclgd_pool_for(pool, ROUNDS, fill, rows);
    iclgd_sum_tree(rows, ROUNDS, WIDTH);
    iclgd_pool_free(pool);
    if (threads == 1) memcpy(first, rows, sizeof first);
    assert_memory_equal(first, rows, sizeof first);
  }
}

/* Whole numbers add exactly: sum over i < n of (i + j) = n(n - 1)/2 + nj. */
static void the_sum_is_right_for_any_count(void **state) {
  (void)state;
  static double rows[70 * WIDTH];
  for (size_t n = 1; n <= 70; ++n) {
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < WIDTH; ++j) rows[i * WIDTH + j] = (double)(i + j);
    iclgd_sum_tree(rows, n, WIDTH);
    for (size_t j = 0; j < WIDTH; ++j)
      assert_close(rows[j], (double)(n * (n - 1) / 2 + n * j), 0.0, 0.0);
  }
  rows[0] = 5.0;
  iclgd_sum_tree(rows, 0, WIDTH);
  assert_close(rows[0], 5.0, 0.0, 0.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rounds_are_left_out_when_told),
      cmocka_unit_test(each_round_runs_once),
      cmocka_unit_test(many_short_loops),
      cmocka_unit_test(a_pool_that_never_ran_is_freed),
      cmocka_unit_test(the_sum_does_not_depend_on_the_threads),
      cmocka_unit_test(the_sum_is_right_for_any_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
