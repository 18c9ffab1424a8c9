/* Rows of a prompt: different ones, every choice of them alike, at a cost that
 * does not grow with the table. */
#include "prompt/rows.h"

#include <stdlib.h>
#include <string.h>

#include "support/close.h"

/* Pearson's chi^2 of counts that are alike, against its mean `cells - 1` and
 * standard deviation sqrt(2 (cells - 1)). */
static void assert_alike(const size_t *counts, size_t cells, size_t draws) {
  const double expected = (double)draws / (double)cells;
  const double mean = (double)cells - 1;
  double chi2 = 0;
  for (size_t i = 0; i < cells; ++i)
    chi2 += ((double)counts[i] - expected) * ((double)counts[i] - expected) /
            expected;
  assert_close(chi2, mean, 5 * sqrt(2 * mean), 0);
}

/* Every query with every pair of other rows. Of 5 rows and of 40: the two ways
 * of drawing. */
static void every_choice_is_alike(void **state) {
  (void)state;
  const size_t sides[] = {5, 40};
  for (size_t s = 0; s < 2; ++s) {
    enum { DRAWS = 600000 };
    const size_t side = sides[s], cells = side * (side - 1) * (side - 2) / 2;
    size_t *counts = calloc(side * side * side, sizeof *counts), used = 0;
    assert_non_null(counts);
    for (uint64_t i = 0; i < DRAWS; ++i) {
      double rows[2];
      size_t query;
      iclgd_stream stream;
      iclgd_stream_seed(&stream, 3, ICLGD_STREAM_TRAIN, i);
      iclgd_draw_rows(&stream, side, 2, rows, &query);
      assert_true(rows[0] < rows[1] && rows[1] < (double)side);
      assert_true(query < side && rows[0] >= 0);
      assert_true(rows[0] != (double)query && rows[1] != (double)query);
      ++counts[(query * side + (size_t)rows[0]) * side + (size_t)rows[1]];
    }
    for (size_t i = 0; i < side * side * side; ++i)
      if (counts[i] > 0) counts[used++] = counts[i];
    assert_int_equal(used, cells);
    assert_alike(counts, cells, DRAWS);
    free(counts);
  }
}

/* At every length around the change from one way to the other, up to all. */
static void rows_are_different(void **state) {
  (void)state;
  enum { SIDE = 4096 };
  static double rows[SIDE];
  for (size_t n = 1; n < SIDE; n = n < 600 ? n + 7 : n * 3 / 2) {
    size_t query;
    iclgd_stream stream;
    iclgd_stream_seed(&stream, 1, ICLGD_STREAM_PROBE, n);
    iclgd_draw_rows(&stream, SIDE, n, rows, &query);
    for (size_t i = 0; i < n; ++i) {
      assert_true(rows[i] >= 0 && rows[i] < SIDE && rows[i] != (double)query);
      assert_true(i == 0 || rows[i - 1] < rows[i]);
    }
  }
}

/* How many numbers of the stream were used. */
static size_t numbers_used(iclgd_stream from, const iclgd_stream *to) {
  size_t used = 0;
  for (; memcmp(&from, to, sizeof from) != 0; ++used) {
    assert_true(used < 100000);
    iclgd_stream_bits(&from);
  }
  return used;
}

static void the_cost_is_that_of_a_prompt(void **state) {
  (void)state;
  enum { N = 60 };
  for (size_t side = N + 1; side < 100000000; side *= 3)
    for (uint64_t i = 0; i < 20; ++i) {
      double rows[N];
      size_t query;
      iclgd_stream stream;
      iclgd_stream_seed(&stream, 1, ICLGD_STREAM_PROBE, i);
      const iclgd_stream start = stream;
      iclgd_draw_rows(&stream, side, N, rows, &query);
      assert_true(numbers_used(start, &stream) < 10 * (N + 1));
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_choice_is_alike),
      cmocka_unit_test(rows_are_different),
      cmocka_unit_test(the_cost_is_that_of_a_prompt),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
