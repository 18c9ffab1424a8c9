/* Lists of values, their product, and what points are called. */
#include <iclgd/keys.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sweep/grid.h"

static const iclgd_key whole = KEY_INT("whole", "1", 0, 1e6, "");
static const iclgd_key real = KEY_REAL("real", "1", -10, 1e6, "");
static const iclgd_key form =
    KEY_FORM_IN("form", "none", "none|diag:reals|power:real", 0, 1e6, "");
static const iclgd_key text = KEY_TEXT("text", "", "");

/* The values with blanks between them. */
static void expect_values(const iclgd_key *key, const char *list,
                          const char *expected) {
  iclgd_arena arena = {0};
  iclgd_values values;
  iclgd_error err;
  char found[512] = "";
  assert_int_equal(iclgd_values_read(key, list, &arena, &values, &err),
                   ICLGD_OK);
  for (size_t i = 0; i < values.count; ++i) {
    const size_t used = strlen(found);
    snprintf(found + used, sizeof found - used, "%s%s", i > 0 ? " " : "",
             values.text[i]);
  }
  assert_string_equal(found, expected);
  iclgd_arena_free(&arena);
}

static void expect_refused(const iclgd_key *key, const char *list,
                           const char *says) {
  iclgd_arena arena = {0};
  iclgd_values values;
  iclgd_error err;
  assert_int_equal(iclgd_values_read(key, list, &arena, &values, &err),
                   ICLGD_EUSAGE);
  assert_non_null(strstr(err.text, says));
  iclgd_arena_free(&arena);
}

static void test_lists(void **state) {
  (void)state;
  expect_values(&whole, "7", "7");
  expect_values(&whole, "1,2,4", "1 2 4");
  expect_values(&whole, "1..4,8", "1 2 3 4 8");
  expect_values(&whole, "0..10:5", "0 5 10");
  expect_values(&whole, "log:1..100:3", "1 10 100");
  expect_values(&whole, "log:1..4:7", "1 2 3 4"); /* rounded, each once */
  expect_values(&real, "0.1..0.5:0.1", "0.1 0.2 0.3 0.4 0.5");
  expect_values(&real, "-1..1", "-1 0 1");
  expect_values(&real, "lin:0..1:5", "0 0.25 0.5 0.75 1");
  expect_values(&real, "log:1e-4..1e-1:4", "0.0001 0.001 0.01 0.1");
}

static void test_values_with_commas(void **state) {
  (void)state;
  expect_values(&form, "diag:1,2", "diag:1,2");
  expect_values(&form, "none,power:2", "none power:2");
  expect_values(&form, "none|diag:1,2|power:1", "none diag:1,2 power:1");
  expect_values(&text, "gd,newton", "gd,newton");
  expect_values(&text, "gd,newton|gd", "gd,newton gd");
}

static void test_refusals(void **state) {
  (void)state;
  expect_refused(&whole, "1,x", "'x'");
  expect_refused(&whole, "1,,2", "''");
  expect_refused(&whole, "5..1", "FROM <= TO");
  expect_refused(&whole, "1..5:0", "STEP > 0");
  expect_refused(&whole, "0..1000000", "at most");
  expect_refused(&real, "-10..-8,-11", "'-11'");
  expect_refused(&real, "log:0..1:3", "log:FROM..TO:N");
  expect_refused(&real, "lin:0..1:1", "lin:FROM..TO:N");
  expect_refused(&real, "1..nan", "1..nan");
}

/* The settings of all points, one a line. */
static void list_points(iclgd_grid *grid, const char *const *keys,
                        size_t n_keys, char *out, size_t size) {
  iclgd_error err;
  *out = '\0';
  for (size_t k = 0; k < grid->count; ++k) {
    assert_int_equal(iclgd_grid_set(grid, k, &err), ICLGD_OK);
    for (size_t j = 0; j < n_keys; ++j) {
      const size_t used = strlen(out);
      snprintf(out + used, size - used, "%g%s",
               (double)iclgd_get_int(grid->settings, keys[j]),
               j + 1 < n_keys ? " " : ";");
    }
  }
}

static void test_product(void **state) {
  (void)state;
  static const char *const keys[] = {"model.loops", "prompt.d", "prompt.n",
                                     "seed"};
  char *words[] = {"model.loops=1,2", "zip:prompt.d=3,4", "seeds=2",
                   "zip:prompt.n=30,40", "seed=5"};
  char found[512];
  iclgd_arena arena = {0};
  iclgd_settings *settings;
  iclgd_grid grid;
  iclgd_error err;
  assert_int_equal(iclgd_settings_defaults(&settings, &err), ICLGD_OK);
  assert_int_equal(iclgd_grid_read(settings, words, 5, &arena, &grid, &err),
                   ICLGD_OK);
  list_points(&grid, keys, 4, found, sizeof found);
  assert_string_equal(found,
                      "1 3 30 5;1 3 30 6;1 4 40 5;1 4 40 6;"
                      "2 3 30 5;2 3 30 6;2 4 40 5;2 4 40 6;");
  iclgd_settings_free(settings);
  iclgd_arena_free(&arena);
}

/* What is said twice, or has no meaning, is refused in words that name it. */
static void test_grid_refusals(void **state) {
  (void)state;
  static const struct {
    char *words[3];
    const char *says;
  } cases[] = {
      {{"seed=1..9", "random:3", "random:4"}, "random:4: expected it once"},
      {{"seeds=2", "seeds=3", "model.loops=1,2"}, "seeds=3: expected it once"},
      {{"zip:seeds=2", "zip:prompt.d=3,4", "seed=1"}, "zip:seed=LIST"},
      {{"seeds=2", "seed=1,2", "model.loops=1"}, "no list of seed"},
      {{"zip:prompt.d=3,4", "zip:prompt.n=5", "seed=1"}, "as many values"},
      {{"model.loops=1,2", "zip:model.loops=3,4", "seed=1"}, "each key once"},
      {{"model.loops=1,2", "random:0", "seed=1"}, "from 1 to"},
      {{"model.loops=1,2", "seed=1", "loops"}, "expected key=LIST"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char *words[3];
    iclgd_arena arena = {0};
    iclgd_settings *settings;
    iclgd_grid grid;
    iclgd_error err = {""};
    memcpy(words, cases[i].words, sizeof words);
    assert_int_equal(iclgd_settings_defaults(&settings, &err), ICLGD_OK);
    assert_int_equal(iclgd_grid_read(settings, words, 3, &arena, &grid, &err),
                     ICLGD_EUSAGE);
    if (!strstr(err.text, cases[i].says))
      fail_msg("case %zu: '%s' lacks '%s'", i, err.text, cases[i].says);
    iclgd_settings_free(settings);
    iclgd_arena_free(&arena);
  }
}

/* Fewer random points are the first of more, and no point comes twice. */
static void test_random(void **state) {
  (void)state;
  char *few[] = {"seed=1..50", "random:10"},
       *all[] = {"seed=1..50", "random:50"};
  bool seen[51] = {false};
  iclgd_arena arena = {0};
  iclgd_settings *settings;
  iclgd_grid a, b;
  iclgd_error err;
  assert_int_equal(iclgd_settings_defaults(&settings, &err), ICLGD_OK);
  assert_int_equal(iclgd_grid_read(settings, few, 2, &arena, &a, &err), 0);
  assert_int_equal(iclgd_grid_read(settings, all, 2, &arena, &b, &err), 0);
  assert_int_equal(a.count, 10);
  assert_int_equal(b.count, 50);
  for (size_t k = 0; k < b.count; ++k) {
    if (k < a.count) assert_int_equal(a.drawn[k], b.drawn[k]);
    assert_false(seen[b.drawn[k]]);
    seen[b.drawn[k]] = true;
  }
  iclgd_settings_free(settings);
  iclgd_arena_free(&arena);
}

static void identify(const char *assignment, char id[ICLGD_ID_SIZE]) {
  iclgd_settings *settings;
  iclgd_error err;
  assert_int_equal(iclgd_settings_defaults(&settings, &err), ICLGD_OK);
  assert_int_equal(iclgd_settings_override(settings, assignment, &err), 0);
  iclgd_settings_identify(settings, id);
  iclgd_settings_free(settings);
}

/* A number is the same however it is written; what changes none is left out. */
static void test_identifier(void **state) {
  (void)state;
  char a[ICLGD_ID_SIZE], b[ICLGD_ID_SIZE];
  identify("train.lr=0.001", a);
  identify("train.lr=1e-3", b);
  assert_string_equal(a, b);
  identify("train.lr=0.0010000000000000002", b);
  assert_string_not_equal(a, b);
  identify("train.threads=1", a);
  identify("train.threads=7", b);
  assert_string_equal(a, b);
  identify("seed=2", b);
  assert_string_not_equal(a, b);
  assert_int_equal(strspn(a, "0123456789abcdef"), 16);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lists),
      cmocka_unit_test(test_values_with_commas),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_product),
      cmocka_unit_test(test_grid_refusals),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_identifier),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
