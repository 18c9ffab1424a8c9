/* What the rest of a grid may take, by points whose time is known. */
#include <iclgd/keys.h>
#include <string.h>

#include "support/close.h"
#include "sweep/sweep.h"

enum { POINTS = 6 };

typedef struct grid {
  iclgd_settings *settings;
  iclgd_arena arena;
  iclgd_grid grid;
  iclgd_points points;
} grid;

/* Loops 1 .. 6, of which the first `done` took 3 + 2 loops seconds. */
static void make(grid *g, size_t done) {
  char loops[] = "model.loops=1..6";
  char *words[] = {loops};
  iclgd_error err;
  *g = (grid){.settings = NULL};
  assert_int_equal(iclgd_settings_defaults(&g->settings, &err), ICLGD_OK);
  assert_int_equal(
      iclgd_grid_read(g->settings, words, 1, &g->arena, &g->grid, &err),
      ICLGD_OK);
  assert_int_equal(iclgd_points_of_grid(&g->grid, &g->arena, &g->points, &err),
                   ICLGD_OK);
  assert_int_equal(g->points.count, POINTS);
  for (size_t k = 0; k < POINTS; ++k) {
    g->points.point[k].state =
        k < done ? ICLGD_POINT_DONE : ICLGD_POINT_WAITING;
    g->points.point[k].seconds = 3 + 2 * (double)(k + 1);
  }
}

static double left(size_t done, size_t at_once) {
  grid g;
  iclgd_error err;
  double seconds;
  size_t timed;
  make(&g, done);
  assert_int_equal(
      iclgd_sweep_left(&g.grid, g.points, at_once, &seconds, &timed, &err),
      ICLGD_OK);
  assert_int_equal(timed, done);
  iclgd_settings_free(g.settings);
  iclgd_arena_free(&g.arena);
  return seconds;
}

/* 11 + 13 + 15 s of the last three; no less than the longest of them. */
static void test_left(void **state) {
  (void)state;
  assert_close(left(3, 1), 39, 1e-9, 0);
  assert_close(left(3, 2), 19.5, 1e-9, 0);
  assert_close(left(3, 3), 15, 1e-9, 0);
  assert_close(left(3, 8), 15, 1e-9, 0);
  assert_close(left(POINTS, 1), 0, 0, 0);
}

/* The two ends of what is not done. */
static void test_ends(void **state) {
  grid g;
  iclgd_error err;
  (void)state;
  make(&g, 2);
  assert_int_equal(iclgd_sweep_ends(&g.grid, &g.points, &err), ICLGD_OK);
  assert_int_equal(g.points.count, 2);
  assert_int_equal(g.points.point[0].place, 2);
  assert_int_equal(g.points.point[1].place, POINTS - 1);
  iclgd_settings_free(g.settings);
  iclgd_arena_free(&g.arena);
}

/* The model of a transformer tells what is small and what is large. */
static void test_transformers(void **state) {
  char kind[] = "model.architecture=transformer";
  char width[] = "model.width=16,4,32,8", heads[] = "model.heads=1";
  char *words[] = {kind, width, heads};
  grid g = {.settings = NULL};
  iclgd_error err;
  double seconds;
  size_t timed;
  (void)state;
  assert_ok(iclgd_settings_defaults(&g.settings, &err), err);
  assert_ok(iclgd_grid_read(g.settings, words, 3, &g.arena, &g.grid, &err),
            err);
  assert_ok(iclgd_points_of_grid(&g.grid, &g.arena, &g.points, &err), err);
  iclgd_point all[4];
  memcpy(all, g.points.point, sizeof all);
  assert_ok(iclgd_sweep_ends(&g.grid, &g.points, &err), err);
  assert_int_equal(g.points.point[0].place, 1);
  assert_int_equal(g.points.point[1].place, 2);
  g.points = (iclgd_points){all, 4};
  for (size_t k = 0; k < 4; ++k) { /* 4 and 32 are done, in 1 and 10 s */
    all[k].state = k == 1 || k == 2 ? ICLGD_POINT_DONE : ICLGD_POINT_WAITING;
    all[k].seconds = k == 1 ? 1 : 10;
  }
  assert_ok(iclgd_sweep_left(&g.grid, g.points, 1, &seconds, &timed, &err),
            err);
  assert_true(seconds > 2 + 0.5 && seconds < 11 - 0.5); /* not the mean twice */
  iclgd_settings_free(g.settings);
  iclgd_arena_free(&g.arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_left),
                                     cmocka_unit_test(test_ends),
                                     cmocka_unit_test(test_transformers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
