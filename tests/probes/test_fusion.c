/* The probe `fusion` on pairs of models whose line is known. */
#include <iclgd/probe.h>
#include <iclgd/symmetry.h>

#include "support/probing.h"

enum { POINTS = 21, MIDDLE = 10 };

/* A world with a second model, finals (2, size), both its own at first. */
static double *open_pair(world *w, probing *p, const char *const *keys) {
  static const int64_t seeds[] = {1, 2};
  world_create(w, keys, 1, 120);
  double *finals = iclgd_arena_reals(&w->arena, 2, w->model.size, 1);
  assert_non_null(finals);
  for (size_t k = 0; k < 2; ++k)
    memcpy(finals + k * w->model.size, w->theta,
           w->model.size * sizeof *finals);
  probing_open(p, w, 1);
  p->history.runs = 2;
  p->history.seed = seeds;
  p->history.finals = finals;
  return finals;
}

static double *numbers(probing *p, const char *path, size_t rank) {
  size_t extents[2];
  return probing_reals(p, path, rank, extents);
}

/* One model in disguise: aligned the line is flat and of no length, as it is it
 * has a barrier. */
static void a_disguise_has_no_barrier(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_aligner *aligner;
  iclgd_error err;
  double *finals = open_pair(
      &w, &p,
      (const char *[]){"model.architecture=transformer", "model.heads=2",
                       "model.key=3", "model.mlp=relu", "model.layers=2",
                       "model.init_scale=0.3", "prompt.n=8",
                       "fusion.temperature=0.0001", NULL});
  assert_ok(iclgd_aligner_create(&w.model, &w.arena, &aligner, &err), err);
  iclgd_symmetries_shuffle(aligner, 7, finals + w.model.size);
  assert_ok(probing_run(&p, "fusion", &err), err);
  const double *aligned = numbers(&p, "fusion/aligned", 2);
  const double *naive = numbers(&p, "fusion/naive", 2);
  for (size_t i = 0; i < POINTS; ++i)
    assert_close(aligned[i], naive[0], 0, 1e-10);
  assert_close(naive[POINTS - 1], naive[0], 0, 1e-10);
  assert_close(numbers(&p, "fusion/aligned_distance", 1)[0], 0, 1e-10, 0);
  assert_close(numbers(&p, "fusion/soft_distance", 1)[0], 0, 1e-3, 0);
  assert_close(numbers(&p, "fusion/aligned_average", 1)[0], naive[0], 0, 1e-10);
  assert_close(numbers(&p, "fusion/aligned_barrier", 1)[0], 0, 1e-12, 0);
  assert_true(numbers(&p, "fusion/naive_distance", 1)[0] > 0.3);
  assert_true(fabs(naive[MIDDLE] / naive[0] - 1) > 1e-3);
  assert_true(numbers(&p, "fusion/moved", 1)[0] > 0);
  assert_close(numbers(&p, "fusion/seed", 1)[0], 2, 0, 0);
  probing_close(&p);
  world_free(&w);
}

/* One layer of linear attention: the loss is a parabola in t, which lies below
 * the line between its ends. It has no symmetries. */
static void one_layer_is_convex(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  double *finals = open_pair(&w, &p, (const char *[]){"prompt.d=3", NULL});
  for (size_t i = 0; i < w.model.size; ++i)
    finals[w.model.size + i] = i % 4 == 0 ? 0.9 : 0.1;
  assert_ok(probing_run(&p, "fusion", &err), err);
  const double *naive = numbers(&p, "fusion/naive", 2);
  const double a = 2 * (naive[0] + naive[20] - 2 * naive[MIDDLE]);
  assert_true(a > 0);
  for (size_t i = 0; i < POINTS; ++i) {
    const double t = (double)i / 20;
    assert_close(naive[i],
                 naive[0] + t * (naive[20] - naive[0]) - a * t * (1 - t), 1e-13,
                 1e-12);
    assert_close(numbers(&p, "fusion/aligned", 2)[i], naive[i], 0, 0);
  }
  assert_close(numbers(&p, "fusion/naive_barrier", 1)[0], 0, 1e-14, 0);
  probing_close(&p);
  world_free(&w);
}

/* Layers of steps of 1e150, one in each run: the ends have a loss, the way
 * between them, on which both layers act, has none. Its barrier is not 0. */
static void an_overflow_is_no_barrier_of_0(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  double *finals =
      open_pair(&w, &p, (const char *[]){"prompt.d=3", "model.layers=2", NULL});
  const size_t size = w.model.size, half = size / 2;
  memset(finals, 0, 2 * size * sizeof *finals);
  for (size_t i = 0; i < half; i += 4) /* the diagonal */
    finals[i] = finals[size + half + i] = 1e150;
  assert_ok(probing_run(&p, "fusion", &err), err);
  const double *naive = numbers(&p, "fusion/naive", 2);
  assert_true(isfinite(naive[0]) && isfinite(naive[POINTS - 1]));
  assert_true(!isfinite(naive[MIDDLE]));
  assert_true(isnan(numbers(&p, "fusion/naive_barrier", 1)[0]));
  assert_true(isnan(numbers(&p, "fusion/naive_barrier_errors", 1)[0]));
  assert_close(numbers(&p, "fusion/naive_measurable", 1)[0], 0, 0, 0);
  probing_close(&p);
  world_free(&w);
}

static void one_run_is_refused(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  open_pair(&w, &p, (const char *[]){"prompt.d=3", NULL});
  p.history.runs = 1;
  assert_int_equal(probing_run(&p, "fusion", &err), ICLGD_ERANGE);
  assert_non_null(strstr(err.text, "seeds=2"));
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_disguise_has_no_barrier),
      cmocka_unit_test(one_layer_is_convex),
      cmocka_unit_test(an_overflow_is_no_barrier_of_0),
      cmocka_unit_test(one_run_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
