/* Tables as prompts: rows for training never meet rows for probing, and
 * columns are standardised on the context. */
#include <iclgd/table.h>

#include "support/file.h"
#include "support/world.h"

static const iclgd_table_form any = {.target = "", .features = "", .drop = ""};

enum { ROWS = 30, TRAIN = 18, N = 7, D = 3 };

/* Row i: the label is 2^i, so that the labels of a prompt, though centred,
 * tell its rows; features i^2, 5 (constant), -i. */
static iclgd_table numbered(iclgd_arena *arena) {
  char text[4096] = "a,b,c,y\n";
  for (int i = 0; i < ROWS; ++i)
    snprintf(text + strlen(text), sizeof text - strlen(text), "%d,5,%d,%ld\n",
             i * i, -i, 1L << i);
  const file f = file_with(text);
  iclgd_table table;
  iclgd_error err;
  assert_ok(iclgd_table_load(f.path, &any, 0.6, 9, arena, &table, &err), err);
  unlink(f.path);
  assert_int_equal(table.n_train, TRAIN);
  return table;
}

typedef struct drawn {
  double x[N * D], y[N], x_query[D], y_query;
  uint32_t rows[N + 1]; /* of the context, then of the query */
} drawn;

static drawn draw(const iclgd_table *table, iclgd_stream_id id,
                  uint64_t index) {
  drawn p;
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 9, id, index);
  iclgd_table_prompt(table, id, &stream, N, p.x, p.y, p.x_query, &p.y_query);
  return p;
}

/* Which rows a prompt used: the centring cancels in y_i - y_query, which is
 * 2^i - 2^q for one choice of distinct rows only. */
static void find_rows(drawn *p) {
  size_t solutions = 0;
  for (uint32_t q = 0; q < ROWS; ++q) {
    bool fits = true;
    uint32_t rows[N + 1];
    rows[N] = q;
    for (size_t i = 0; i < N && fits; ++i) {
      const double label = ldexp(1, (int)q) + p->y[i] - p->y_query;
      const long exponent = label > 0.5 ? lround(log2(label)) : -1;
      fits = exponent >= 0 && exponent < ROWS &&
             fabs(label - ldexp(1, (int)exponent)) < 1e-3;
      rows[i] = (uint32_t)exponent;
    }
    if (!fits) continue;
    ++solutions;
    memcpy(p->rows, rows, sizeof rows);
  }
  assert_int_equal(solutions, 1);
}

static void sides_never_mix(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  const iclgd_table table = numbered(&arena);
  const struct {
    iclgd_stream_id id;
    size_t side;
  } streams[] = {{ICLGD_STREAM_TRAIN, 0},
                 {ICLGD_STREAM_TUNE, 0},
                 {ICLGD_STREAM_EVAL, 1},
                 {ICLGD_STREAM_PROBE, 1}};
  size_t used[2][ROWS] = {{0}}, queries[ROWS] = {0};
  for (size_t s = 0; s < 4; ++s) {
    assert_int_equal(iclgd_table_side(&table, streams[s].id),
                     streams[s].side ? ROWS - TRAIN : TRAIN);
    for (uint64_t i = 0; i < 300; ++i) {
      drawn p = draw(&table, streams[s].id, i);
      find_rows(&p);
      for (size_t j = 0; j <= N; ++j) {
        ++used[streams[s].side][p.rows[j]];
        for (size_t k = 0; k < j; ++k)
          assert_int_not_equal(p.rows[j], p.rows[k]);
      }
      ++queries[p.rows[N]];
    }
  }
  size_t training = 0;
  for (size_t row = 0; row < ROWS; ++row) {
    assert_true((used[0][row] > 0) != (used[1][row] > 0));
    assert_true(queries[row] > 0);
    training += used[0][row] > 0;
  }
  assert_int_equal(training, TRAIN);
  iclgd_arena_free(&arena);
}

/* The rows that were found, standardised by two passes in long double. */
static void columns_are_standardised(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  const iclgd_table table = numbered(&arena);
  for (uint64_t i = 0; i < 100; ++i) {
    drawn p = draw(&table, ICLGD_STREAM_PROBE, i);
    find_rows(&p);
    long double centre = 0;
    for (size_t k = 0; k < N; ++k) centre += ldexpl(1, (int)p.rows[k]) / N;
    for (size_t k = 0; k < N; ++k)
      assert_close(p.y[k], (double)(ldexpl(1, (int)p.rows[k]) - centre),
                   1e-12 * 0x1p30, 1e-12);
    for (size_t j = 0; j < D; ++j) {
      long double value[N + 1], mean = 0, variance = 0;
      for (size_t k = 0; k <= N; ++k) {
        const long double row = p.rows[k];
        value[k] = j == 0 ? row * row : j == 1 ? 5 : -row;
      }
      for (size_t k = 0; k < N; ++k) mean += value[k] / N;
      for (size_t k = 0; k < N; ++k)
        variance += (value[k] - mean) * (value[k] - mean) / N;
      for (size_t k = 0; k <= N; ++k) {
        const double got = k < N ? p.x[k * D + j] : p.x_query[j];
        if (j == 1)
          assert_true(got == 0);
        else
          assert_close(got, (double)((value[k] - mean) / sqrtl(variance)),
                       1e-12, 1e-12);
      }
    }
  }
  iclgd_arena_free(&arena);
}

/* The sevenths of these sum up to something else; a constant column still
 * becomes 0. */
static void constant_columns_vanish(void **state) {
  (void)state;
  enum { POINTS = 7, FEATURES = 3 };
  const double constant[FEATURES] = {0.1, 1e-7, 1e9 + 0.1};
  char text[2048] = "a,b,c,y\n";
  for (int i = 0; i < 16; ++i)
    snprintf(text + strlen(text), sizeof text - strlen(text),
             "%.17g,%.17g,%.17g,%d\n", constant[0], constant[1], constant[2],
             i);
  for (size_t j = 0; j < FEATURES; ++j) {
    double mean = 0;
    for (size_t i = 0; i < POINTS; ++i) mean += constant[j] / POINTS;
    assert_true(mean != constant[j]);
  }
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  const file f = file_with(text);
  assert_ok(iclgd_table_load(f.path, &any, 0.5, 1, &arena, &table, &err), err);
  unlink(f.path);
  for (uint64_t i = 0; i < 20; ++i) {
    double x[POINTS * FEATURES], y[POINTS], x_query[FEATURES], y_query, sum = 0;
    iclgd_stream stream;
    iclgd_stream_seed(&stream, 1, ICLGD_STREAM_PROBE, i);
    iclgd_table_prompt(&table, ICLGD_STREAM_PROBE, &stream, POINTS, x, y,
                       x_query, &y_query);
    for (size_t k = 0; k < POINTS * FEATURES; ++k) assert_true(x[k] == 0);
    for (size_t j = 0; j < FEATURES; ++j) assert_true(x_query[j] == 0);
    for (size_t k = 0; k < POINTS; ++k) sum += y[k];
    assert_close(sum, 0, 1e-13, 0);
  }
  iclgd_arena_free(&arena);
}

/* Through the law: no task, no rotation, features from the file. */
static void a_law_of_rows_has_no_task(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.source=table:" ICLGD_SOURCE_DIR
                                   "/data/tables/diabetes.csv",
                                   "prompt.n=30", NULL};
  world w;
  world_create(&w, overrides, 5, 40);
  assert_int_equal(w.prompts.d, 10);
  assert_null(w.prompts.w_star);
  assert_null(w.prompts.U);
  iclgd_prompts one;
  iclgd_error err;
  const iclgd_prompt_source prompt_source = {.dist = &w.dist,
                                             .stream = ICLGD_STREAM_PROBE};
  assert_ok(iclgd_prompts_create_for(&prompt_source, 1, &w.arena, &one, &err),
            err);
  for (size_t i = 0; i < 40; ++i) {
    iclgd_prompt_source_draw(&prompt_source, i, &one);
    assert_memory_equal(one.x, w.prompts.x + i * 300, 300 * sizeof(double));
    assert_true(one.y_query[0] == w.prompts.y_query[i]);
  }
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sides_never_mix),
      cmocka_unit_test(columns_are_standardised),
      cmocka_unit_test(constant_columns_vanish),
      cmocka_unit_test(a_law_of_rows_has_no_task),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
