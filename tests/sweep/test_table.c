/* Cells of the table of a sweep whose numbers are known: means and intervals
 * over seeds, points that failed, settings that follow from others, axes that
 * are chosen and those that are asked for. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/sweeps.h"

enum { POINTS = 24, LAYERS = 3 };
static char path[64];

/* loops (2), n (3) with d = n / 2, noise (2), seed (2): point k. */
static int64_t seed_of(size_t k) {
  return (int64_t)(k % 2) + 20000001;
}

static int64_t loops_of(size_t k) {
  return k / 2 % 2 ? 1 : 5;
}

static int64_t n_of(size_t k) {
  static const int64_t n[] = {100, 10, 20};
  return n[k / 4 % 3];
}

static double noise_of(size_t k) {
  return k / 12 ? 0.5 : 0;
}

/* Seeds are 1 apart, about 100 loops + n + noise. */
static double ratio_of(size_t k) {
  return 100 * (double)loops_of(k) + (double)n_of(k) + noise_of(k) +
         (k % 2 == 0 ? -0.5 : 0.5);
}

/* Of loops = 1, n = 10, noise = 0 one seed diverged, and of n = 20 both failed.
 */
static const char *state_of(size_t k) {
  if (loops_of(k) != 1 || noise_of(k) > 0) return "done";
  if (n_of(k) == 10) return k % 2 == 0 ? "done" : "diverged";
  return n_of(k) == 20 ? "failed" : "done";
}

/* Rare prompts carry the loss of one seed of loops = 5, n = 10. */
static bool is_hidden(size_t k) {
  return loops_of(k) == 5 && n_of(k) == 10 && k % 2;
}

static void fill(iclgd_record *r) {
  static const char *const swept[] = {"model.loops",  "prompt.n", "prompt.d",
                                      "prompt.noise", "prompt.w", "seed"};
  double ratio[POINTS], noise[POINTS], curve[POINTS][LAYERS];
  double loss_error[POINTS], curve_error[POINTS][LAYERS];
  int64_t loops[POINTS], n[POINTS], d[POINTS], seed[POINTS];
  const char *state[POINTS], *empty[POINTS], *match[POINTS], *w[POINTS];
  const size_t points = POINTS, both[] = {POINTS, LAYERS};
  iclgd_error err;
  for (size_t k = 0; k < POINTS; ++k) {
    ratio[k] = ratio_of(k);
    noise[k] = noise_of(k);
    loops[k] = loops_of(k);
    n[k] = n_of(k);
    d[k] = n[k] / 2;
    seed[k] = seed_of(k);
    state[k] = state_of(k);
    empty[k] = "";
    match[k] = k % 2 ? "gd" : "newton";
    w[k] = noise[k] > 0 ? "pool:16" : "pool:4";
    loss_error[k] = is_hidden(k) ? NAN : 0.1;
    for (size_t l = 0; l < LAYERS; ++l)
      curve_error[k][l] = is_hidden(k) && l == 2 ? NAN : 0;
    for (size_t l = 0; l < LAYERS; ++l)
      curve[k][l] = l < 2 || loops[k] > 1 ? ratio[k] * (double)l : NAN;
  }
  const iclgd_member members[] = {{"model.loops", &points, loops},
                                  {"prompt.n", &points, n},
                                  {"prompt.d", &points, d},
                                  {"prompt.noise", &points, noise},
                                  {"prompt.w", &points, w},
                                  {"seed", &points, seed},
                                  {"id", &points, empty},
                                  {"state", &points, state},
                                  {"reason", &points, empty},
                                  {"best_match", &points, match},
                                  {"ratio_to_gd", &points, ratio},
                                  {"loss", &points, ratio},
                                  {"loss_error", &points, loss_error}};
  iclgd_record_put_all(r, "points", MEMBERS(members), &err);
  iclgd_record_put(r, "layers", "loss", both, curve, &err);
  iclgd_record_put(r, "layers", "loss_error", both, curve_error, &err);
  assert_int_equal(
      iclgd_record_attr_texts(r, "points", "swept", swept, 6, &err), ICLGD_OK);
}

static int make_table(void **state) {
  (void)state;
  snprintf(path, sizeof path, "/tmp/iclgd-table-%ld.h5", (long)getpid());
  write_sweep(path, fill);
  return 0;
}

static int remove_table(void **state) {
  (void)state;
  return unlink(path);
}

/* The table by a choice that is good; the caller frees the arena. */
static iclgd_sweep_table table_by(iclgd_sweep_choice choice,
                                  iclgd_arena *arena) {
  iclgd_sweep_table t;
  iclgd_error err;
  assert_ok(read_sweep(path, choice, arena, &t, &err), err);
  return t;
}

static void expect_axis(const iclgd_sweep_axis *axis, const char *name,
                        const char *levels) {
  char found[256] = "";
  assert_string_equal(axis->name, name);
  for (size_t i = 0; i < axis->count; ++i) {
    const size_t used = strlen(found);
    snprintf(found + used, sizeof found - used, "%s%s", i ? "|" : "",
             axis->level[i]);
  }
  assert_string_equal(found, levels);
}

/* x has most values, the rest makes parts; d follows from n, w from noise. */
static void test_chosen(void **state) {
  iclgd_arena arena = {0};
  (void)state;
  const iclgd_sweep_table t = table_by((iclgd_sweep_choice){0}, &arena);
  expect_axis(&t.x, "prompt.n", "10|20|100");
  expect_axis(&t.group, "model.loops", "1|5");
  expect_axis(&t.facet, "prompt.noise, prompt.w",
              "prompt.noise = 0, prompt.w = pool:4|"
              "prompt.noise = 0.5, prompt.w = pool:16");
  assert_string_equal(t.over, "seed");
  assert_true(t.follows[2]);
  assert_false(t.follows[0]);
  iclgd_arena_free(&arena);
}

/* Two values 1 apart: spread 1 / sqrt(2), t_1 = 12.706. */
static void test_cells(void **state) {
  iclgd_arena arena = {0};
  (void)state;
  const iclgd_sweep_table t = table_by((iclgd_sweep_choice){0}, &arena);
  const iclgd_sweep_cell *cell = iclgd_sweep_cell_at(&t, 1, 1, 2);
  assert_close(cell->mean, 600.5, 1e-12, 0);
  assert_close(cell->half_width, 12.706204736432095 / 2, 1e-9, 0);
  assert_int_equal(cell->count, 2);
  cell = iclgd_sweep_cell_at(&t, 0, 0, 0); /* one that diverged */
  assert_close(cell->mean, 109.5, 1e-12, 0);
  assert_true(isnan(cell->half_width));
  assert_int_equal(cell->points, 2);
  assert_int_equal(cell->count, 1);
  assert_int_equal(cell->diverged, 1);
  cell = iclgd_sweep_cell_at(&t, 0, 0, 1); /* both failed */
  assert_true(isnan(cell->mean));
  assert_int_equal(cell->failed, 2);
  assert_int_equal(cell->count, 0);
  iclgd_arena_free(&arena);
}

/* What points of one mean differ in is no seed: no interval. */
static void test_mixed(void **state) {
  iclgd_arena arena = {0};
  (void)state;
  const iclgd_sweep_table t = table_by(
      (iclgd_sweep_choice){
          .x = "model.loops", .group = "none", .facet = "none"},
      &arena);
  const iclgd_sweep_cell *cell = iclgd_sweep_cell_at(&t, 0, 0, 1);
  assert_close(cell->mean, 500 + 130 / 3.0 + 0.25, 1e-9, 0);
  assert_int_equal(cell->count, 12);
  assert_true(cell->mixed && isnan(cell->half_width) && !t.has_intervals);
  assert_string_equal(t.over,
                      "prompt.n, prompt.d, prompt.noise, prompt.w, seed");
  iclgd_arena_free(&arena);
}

/* Where rare prompts carry the loss of a seed a mean, but no interval. */
static void test_hidden(void **state) {
  iclgd_arena arena = {0};
  (void)state;
  iclgd_sweep_table t = table_by((iclgd_sweep_choice){.y = "loss"}, &arena);
  for (size_t x = 0; x < t.x.count; ++x) {
    const iclgd_sweep_cell *cell = iclgd_sweep_cell_at(&t, 1, 1, x);
    assert_int_equal(cell->hidden, x == 0); /* n = 10 */
    assert_int_equal(isnan(cell->half_width), x == 0);
    assert_int_equal(cell->count, 2);
  }
  assert_true(t.has_hidden && t.has_intervals);
  t = table_by(
      (iclgd_sweep_choice){
          .y = "layers/loss", .group = "model.loops", .facet = "prompt.n"},
      &arena);
  assert_true(iclgd_sweep_cell_at(&t, 0, 1, 2)->hidden);
  assert_false(iclgd_sweep_cell_at(&t, 0, 1, 1)->hidden);
  t = table_by((iclgd_sweep_choice){0},
               &arena); /* of the ratio all are known */
  assert_false(t.has_hidden);
  iclgd_arena_free(&arena);
}

/* Curves over layers; forms with numbers are numbers; names are counted. */
static void test_others(void **state) {
  iclgd_arena arena = {0};
  (void)state;
  iclgd_sweep_table t = table_by(
      (iclgd_sweep_choice){
          .y = "layers/loss", .group = "model.loops", .facet = "prompt.n"},
      &arena);
  expect_axis(&t.x, "layer", "0|1|2");
  expect_axis(&t.facet, "prompt.n, prompt.d",
              "prompt.n = 10, prompt.d = 5|prompt.n = 20, prompt.d = 10|"
              "prompt.n = 100, prompt.d = 50");
  assert_close(iclgd_sweep_cell_at(&t, 0, 1, 2)->mean, 2 * 510.25, 1e-9, 0);
  assert_int_equal(iclgd_sweep_cell_at(&t, 0, 0, 2)->count, 0);
  t = table_by((iclgd_sweep_choice){.x = "prompt.w", .y = "best_match"},
               &arena);
  expect_axis(&t.x, "prompt.w", "pool:4|pool:16");
  assert_true(t.x.is_numeric);
  assert_close(t.x.at[1], 16, 0, 0);
  const iclgd_sweep_cell *cell = iclgd_sweep_cell_at(&t, 0, 0, 1);
  assert_non_null(cell->most);
  assert_int_equal(cell->votes, 1);
  t = table_by((iclgd_sweep_choice){.x = "seed"}, &arena);
  expect_axis(&t.x, "seed", "20000001|20000002"); /* all digits */
  iclgd_arena_free(&arena);
}

static void expect_refused(iclgd_sweep_choice choice, const char *says) {
  iclgd_arena arena = {0};
  iclgd_sweep_table t;
  iclgd_error err;
  assert_int_equal(read_sweep(path, choice, &arena, &t, &err), ICLGD_EUSAGE);
  assert_non_null(strstr(err.text, says));
  iclgd_arena_free(&arena);
}

/* What follows from the group, or from a facet that is named, stands with it;
 * x is what these leave, so that nothing is a diagonal. */
static void test_followers(void **state) {
  iclgd_arena arena = {0};
  (void)state;
  iclgd_sweep_table t = table_by(
      (iclgd_sweep_choice){.group = "prompt.n", .facet = "none"}, &arena);
  assert_string_equal(t.x.name, "model.loops");
  assert_true(t.with_group[2] && !t.with_group[0] && !t.with_group[1]);
  for (size_t g = 0; g < t.group.count; ++g) {
    char half[24];
    snprintf(half, sizeof half, "%.0f", t.group.at[g] / 2);
    assert_string_equal(iclgd_sweep_beside(&t, &t.group, g, 2), half);
  }
  t = table_by((iclgd_sweep_choice){.facet = "prompt.n"}, &arena);
  assert_string_equal(t.x.name, "model.loops");
  expect_axis(&t.facet, "prompt.n, prompt.d",
              "prompt.n = 10, prompt.d = 5|prompt.n = 20, prompt.d = 10|"
              "prompt.n = 100, prompt.d = 50");
  assert_string_equal(t.group.name, "prompt.noise");
  assert_true(t.with_group[4] && !t.with_group[2]);
  iclgd_arena_free(&arena);
}

static void test_refused(void **state) {
  (void)state;
  expect_refused((iclgd_sweep_choice){.x = "model.loop"}, "'model.loops'");
  expect_refused((iclgd_sweep_choice){.y = "layers/los"}, "'loss'");
  expect_refused((iclgd_sweep_choice){.y = "layers/loss", .x = "prompt.n"},
                 "over layers");
  expect_refused((iclgd_sweep_choice){.group = "layers/loss"}, "no column");
  expect_refused((iclgd_sweep_choice){.facet = "../x"}, "no column");
  expect_refused((iclgd_sweep_choice){.x = "prompt.n", .group = "prompt.n"},
                 "x and group");
  expect_refused((iclgd_sweep_choice){.x = "seed", .facet = "seed"},
                 "x and facet");
  expect_refused((iclgd_sweep_choice){.group = "seed", .facet = "seed"},
                 "group and facet");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_chosen), cmocka_unit_test(test_cells),
      cmocka_unit_test(test_mixed),  cmocka_unit_test(test_hidden),
      cmocka_unit_test(test_others), cmocka_unit_test(test_followers),
      cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, make_table, remove_table);
}
