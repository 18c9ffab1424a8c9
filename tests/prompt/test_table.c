/* Tables as prompts: what is read, what is refused, and that rows for training
 * never meet rows for probing. */
#include <iclgd/table.h>

#include "support/file.h"
#include "support/world.h"

/* --- reading ------------------------------------------------------------- */

static iclgd_status load(const char *text, const char *target,
                         iclgd_arena *arena, iclgd_table *out,
                         iclgd_error *err) {
  const file f = file_with(text);
  const iclgd_status status =
      iclgd_table_load(f.path, target, 0.5, 1, arena, out, err);
  unlink(f.path);
  return status;
}

/* The same table, whatever the ends of its lines, quotes and blanks. */
static void a_table_is_read(void **state) {
  (void)state;
  const char *const texts[] = {
      "a,b,c\n1,2,3\n4,5,6\n7,8,9\n-1e1,+.5,0\n",
      "a,b,c\r\n1,2,3\r\n4,5,6\r\n7,8,9\r\n-1e1,+.5,0\r\n",
      "a,b,c\n1,2,3\n4,5,6\n7,8,9\n-1e1,+.5,0",
      "\n\"a\", b ,\"c\"\n\n\"1\", 2 ,3\n4,5,\"6\"\n\n\n7,8,9\n-1e1,+.5,0\n\n",
  };
  const double cells[4][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {-10, .5, 0}};
  const struct {
    const char *target, *names[2];
    size_t y, x[2];
  } targets[] = {{"", {"a", "b"}, 2, {0, 1}},
                 {"c", {"a", "b"}, 2, {0, 1}},
                 {"b", {"a", "c"}, 1, {0, 2}},
                 {"a", {"b", "c"}, 0, {1, 2}}};
  for (size_t i = 0; i < 4; ++i)
    for (size_t t = 0; t < 4; ++t) {
      iclgd_arena arena = {0};
      iclgd_table table;
      iclgd_error err;
      assert_ok(load(texts[i], targets[t].target, &arena, &table, &err), err);
      assert_int_equal(table.rows, 4);
      assert_int_equal(table.d, 2);
      assert_int_equal(table.n_train, 2);
      for (size_t j = 0; j < 2; ++j)
        assert_string_equal(table.names[j], targets[t].names[j]);
      for (size_t row = 0; row < 4; ++row) {
        assert_true(table.y[row] == cells[row][targets[t].y]);
        for (size_t j = 0; j < 2; ++j)
          assert_true(table.x[row * 2 + j] == cells[row][targets[t].x[j]]);
      }
      iclgd_arena_free(&arena);
    }
}

static void faults_are_placed(void **state) {
  (void)state;
  const struct {
    const char *text, *message;
  } cases[] = {
      {"a,b\n1,2\n3,nan\n5,6\n7,8\n", "line 3, column 2: expected a finite"},
      {"a,b\n1,2\n3,4\ninf,6\n7,8\n", "line 4, column 1: expected a finite"},
      {"a,b\n1,2\n3,1e999\n5,6\n7,8\n", "line 3, column 2"},
      {"a,b\n1,2\n3,4\n5,\n7,8\n",
       "line 4, column 2: expected a finite "
       "number, found ''"},
      {"a,b\n1,2\n3,4\n5,6\n7,kg\n",
       "line 5, column 2: expected a finite "
       "number, found 'kg'"},
      {"a,b\n1,2\n3,4 kg\n5,6\n7,8\n", "line 3, column 2"},
      {"a,b\n1,2\n3,4,5\n5,6\n7,8\n", "line 3: expected 2 columns, found 3"},
      {"a,b\n1,2\n3\n5,6\n7,8\n", "line 3: expected 2 columns, found 1"},
      {"a,b\n1,2\n3,4\n5,6\n7", "line 5: expected 2 columns, found 1"},
      {"a,b\r\n1,2\r\n3\r\n5,6\r\n7,8\r\n", "line 3: expected 2 columns"},
      {"a,b\r\n1,2\r\n3,x\r\n5,6\r\n7,8\r\n", "line 3, column 2"},
      {"a,b\n\n1,2\n\n3,x\n5,6\n7,8\n", "line 5, column 2"},
      {"a\n1\n2\n3\n4\n", "found 1 columns and 4 rows"},
      {"a,b\n1,2\n3,4\n5,6\n", "found 2 columns and 3 rows"},
      {"a,b\n", "found 2 columns and 0 rows"},
      {"", "found 0 columns and 0 rows"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    iclgd_arena arena = {0};
    iclgd_table table;
    iclgd_error err;
    assert_int_equal(load(cases[c].text, "", &arena, &table, &err),
                     ICLGD_EINPUT);
    if (!strstr(err.text, cases[c].message) ||
        !strstr(err.text, "/tmp/iclgd_test_"))
      fail_msg("'%s' does not say '%s'", err.text, cases[c].message);
    iclgd_arena_free(&arena);
  }
}

static void files_that_are_no_tables(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_int_equal(
      iclgd_table_load("/no/such/table.csv", "", 0.5, 1, &arena, &table, &err),
      ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "/no/such/table.csv: cannot open"));
  assert_int_equal(iclgd_table_load("/tmp", "", 0.5, 1, &arena, &table, &err),
                   ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "/tmp: cannot read"));
  const char *const text = "a,b\n1,2\n3,4\n5,6\n7,8\n";
  assert_int_equal(load(text, "z", &arena, &table, &err), ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "no column 'z' (prompt.target)"));
  iclgd_arena_free(&arena);
}

/* A zero byte does not end a number. */
static void a_zero_byte_is_no_number(void **state) {
  (void)state;
  static const char bytes[] = "a,b\n1,2\n3,4\0x\n5,6\n7,8\n";
  const file f = file_of_bytes(bytes, sizeof bytes - 1);
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_int_equal(iclgd_table_load(f.path, "", 0.5, 1, &arena, &table, &err),
                   ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "line 3, column 2: expected a finite"));
  iclgd_arena_free(&arena);
  unlink(f.path);
}

/* The numbers of the shipped table's first row; the mean of its target. */
static void the_shipped_table_loads(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_table table;
  iclgd_error err;
  assert_ok(iclgd_table_load(ICLGD_SOURCE_DIR "/data/tables/diabetes.csv",
                             "target", 0.7, 1, &arena, &table, &err),
            err);
  assert_int_equal(table.rows, 442);
  assert_int_equal(table.d, 10);
  assert_int_equal(table.n_train, 309);
  assert_string_equal(table.names[2], "bmi");
  assert_string_equal(table.target, "target");
  assert_true(table.x[2] == 32.1 && table.y[0] == 151);
  double mean = 0;
  for (size_t i = 0; i < table.rows; ++i) mean += table.y[i] / 442;
  assert_close(mean, 152.13348416289594, 0, 1e-13); /* Efron et al.: 152.1 */
  iclgd_arena_free(&arena);
}

/* --- prompts ------------------------------------------------------------- */

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
  assert_ok(iclgd_table_load(f.path, "y", 0.6, 9, arena, &table, &err), err);
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
  assert_ok(load(text, "", &arena, &table, &err), err);
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
  const iclgd_supply supply = {.dist = &w.dist, .stream = ICLGD_STREAM_PROBE};
  assert_ok(iclgd_supply_room(&supply, 1, &w.arena, &one, &err), err);
  for (size_t i = 0; i < 40; ++i) {
    iclgd_supply_draw(&supply, i, &one);
    assert_memory_equal(one.x, w.prompts.x + i * 300, 300 * sizeof(double));
    assert_true(one.y_query[0] == w.prompts.y_query[i]);
  }
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_table_is_read),
      cmocka_unit_test(faults_are_placed),
      cmocka_unit_test(files_that_are_no_tables),
      cmocka_unit_test(a_zero_byte_is_no_number),
      cmocka_unit_test(the_shipped_table_loads),
      cmocka_unit_test(sides_never_mix),
      cmocka_unit_test(columns_are_standardised),
      cmocka_unit_test(constant_columns_vanish),
      cmocka_unit_test(a_law_of_rows_has_no_task),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
