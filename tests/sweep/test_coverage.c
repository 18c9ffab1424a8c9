/* The interval of a cell holds the mean that its seeds were drawn around as
 * often as it says, of 2, 3 and 5 seeds. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "support/normal.h"
#include "support/sweeps.h"

enum { CELLS = 3000, SEEDS = 5, POINTS = CELLS * SEEDS, KINDS = 3 };
static const size_t counts[KINDS] = {2, 3, 5};

/* Some seeds of a cell failed, so that it has as many as its kind. */
static void fill(iclgd_record *r) {
  static const char *const swept[] = {"prompt.n", "seed"};
  static double loss[POINTS];
  static int64_t n[POINTS], seed[POINTS];
  static const char *state[POINTS], *empty[POINTS];
  const size_t points = POINTS;
  uint64_t stream = 17;
  iclgd_error err;
  for (size_t k = 0; k < POINTS; ++k) {
    const size_t cell = k / SEEDS;
    n[k] = (int64_t)cell;
    seed[k] = (int64_t)(k % SEEDS);
    loss[k] = (double)cell + 0.3 * normal(&stream);
    state[k] = k % SEEDS < counts[cell % KINDS] ? "done" : "failed";
    empty[k] = "";
  }
  const iclgd_member members[] = {
      {"prompt.n", &points, n},   {"seed", &points, seed},
      {"id", &points, empty},     {"state", &points, state},
      {"reason", &points, empty}, {"loss", &points, loss}};
  iclgd_record_put_all(r, "points", MEMBERS(members), &err);
  assert_ok(iclgd_record_attr_texts(r, "points", "swept", swept, 2, &err), err);
}

static void test_coverage(void **state) {
  char path[64];
  iclgd_arena arena = {0};
  iclgd_sweep_table t;
  iclgd_error err;
  size_t held[KINDS] = {0};
  (void)state;
  snprintf(path, sizeof path, "/tmp/iclgd-coverage-%ld.h5", (long)getpid());
  write_sweep(path, fill);
  assert_ok(
      read_sweep(path, (iclgd_sweep_choice){.y = "loss"}, &arena, &t, &err),
      err);
  unlink(path);
  assert_int_equal(t.x.count, CELLS);
  for (size_t c = 0; c < CELLS; ++c) {
    const iclgd_sweep_cell *cell = iclgd_sweep_cell_at(&t, 0, 0, c);
    assert_int_equal(cell->count, counts[c % KINDS]);
    held[c % KINDS] += fabs(cell->mean - (double)c) <= cell->half_width;
  }
  for (size_t i = 0; i < KINDS; ++i) /* 3.5 standard errors */
    assert_close((double)held[i] * KINDS / CELLS, 0.95, 0.024, 0);
  iclgd_arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_coverage)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
