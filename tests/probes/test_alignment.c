/* Alignment on a model that is gradient descent: every answer is known. */
#include <iclgd/probe.h>

#include "support/probing.h"

enum { LOOPS = 4, STEPS = 6, D = 5 };

/* A looped GD model with step size eta beside gd with eta = 0.6. */
static void open_gd(probing *p, world *w, const char *eta, size_t count) {
  const char *init[64];
  char form[32];
  snprintf(form, sizeof form, "model.init=gd:%s", eta);
  init[0] = "model.loops=4";
  init[1] = form;
  init[2] = "reference.eta=0.6";
  init[3] = NULL;
  world_create(w, init, 3, count);
  probing_open(p, w, STEPS);
  probing_add(p, "gd");
}

static void test_gd_matches_itself(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t e[2];
  open_gd(&p, &w, "0.6", 400);
  assert_ok(probing_run(&p, "alignment", &err), err);
  const double *difference =
      probing_reals(&p, "alignment/gd/prediction_difference/mean", 2, e);
  assert_true(e[0] == LOOPS + 1 && e[1] == STEPS + 1);
  const double *cosine =
      probing_reals(&p, "alignment/gd/sensitivity_cosine/mean", 2, e);
  for (size_t l = 1; l <= LOOPS; ++l)
    for (size_t k = 1; k <= STEPS; ++k) {
      const size_t at = l * (STEPS + 1) + k;
      if (k == l) {
        assert_close(difference[at], 0, 1e-14, 0);
        assert_close(cosine[at], 1, 1e-14, 0);
      } else {
        assert_true(difference[at] > 1e-3 && cosine[at] < 1);
      }
    }
  const char *const ends[] = {"best_step", "best_step_low", "best_step_high"};
  for (size_t i = 0; i < 3; ++i) {
    char path[64];
    snprintf(path, sizeof path, "alignment/gd/best_match/%s", ends[i]);
    const double *best = probing_reals(&p, path, 1, e);
    for (size_t l = 1; l <= LOOPS; ++l) assert_close(best[l], (double)l, 0, 0);
  }
  double *slope;
  size_t count;
  assert_ok(iclgd_source_attr_reals(p.source, "alignment/gd/best_match",
                                    "slope", &w.arena, &slope, &count, &err),
            err);
  assert_int_equal(count, 3);
  for (size_t i = 0; i < 3; ++i) assert_close(slope[i], 1, 1e-14, 0);
  probing_close(&p);
  world_free(&w);
}

/* A step size that is one percent off is seen. */
static void test_another_step_size_is_seen(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t e[2];
  open_gd(&p, &w, "0.606", 400);
  assert_ok(probing_run(&p, "alignment", &err), err);
  const double *difference =
      probing_reals(&p, "alignment/gd/prediction_difference/mean", 2, e);
  for (size_t l = 1; l <= LOOPS; ++l)
    assert_true(difference[l * (STEPS + 1) + l] > 1e-4);
  probing_close(&p);
  world_free(&w);
}

/* The mean is that of both sides together; 10 prompts and eta = 1.5 have
 * prompts on both. */
static void test_sides_add_up(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t e[2];
  int64_t sides[2];
  world_create(&w,
               (const char *[]){"model.loops=4", "model.init=gd:0.5",
                                "reference.eta=1", "prompt.n=10", NULL},
               3, 400);
  probing_open(&p, &w, STEPS);
  probing_add(&p, "gd");
  assert_ok(probing_run(&p, "alignment", &err), err);
  const char *const group = "alignment/gd/by_overshoot";
  assert_ok(
      iclgd_source_attr_int(p.source, group, "prompts_below", &sides[0], &err),
      err);
  assert_ok(
      iclgd_source_attr_int(p.source, group, "prompts_above", &sides[1], &err),
      err);
  assert_true(sides[0] > 20 && sides[1] > 20 && sides[0] + sides[1] == 200);
  const double *mean =
      probing_reals(&p, "alignment/gd/prediction_difference/mean", 2, e);
  const double *below = probing_reals(
      &p, "alignment/gd/by_overshoot/prediction_difference_below", 2, e);
  const double *above = probing_reals(
      &p, "alignment/gd/by_overshoot/prediction_difference_above", 2, e);
  for (size_t i = 0; i < e[0] * e[1]; ++i)
    assert_close(
        ((double)sides[0] * below[i] + (double)sides[1] * above[i]) / 200,
        mean[i], 1e-14, 1e-12);
  const size_t last = e[0] * e[1] - 1; /* gd has overshot six times */
  assert_true(above[last] > 2 * below[last]);
  probing_close(&p);
  world_free(&w);
}

/* Snapshots of gd with eta = 0, 0.3 and 0.6, as a history. */
static void test_training(void **state) {
  (void)state;
  static const int64_t step[] = {0, 10, 100};
  double theta[3 * D * D] = {0};
  world w;
  probing p;
  iclgd_error err;
  size_t e[3];
  open_gd(&p, &w, "0.6", 400);
  for (size_t s = 0; s < 3; ++s)
    for (size_t j = 0; j < D; ++j)
      theta[s * D * D + j * (D + 1)] = 0.3 * (double)s;
  p.history = (iclgd_history){.snapshots = 3,
                              .step = step,
                              .theta = theta,
                              .runs = 2,
                              .seed = step,
                              .finals = theta + D * D};
  assert_ok(probing_run(&p, "alignment_training", &err), err);
  const double *difference =
      probing_reals(&p, "alignment_training/gd/prediction_difference", 3, e);
  assert_true(e[0] == 3 && e[1] == LOOPS + 1 && e[2] == STEPS + 1);
  const size_t one = e[1] * e[2];
  for (size_t l = 1; l <= LOOPS; ++l) {
    const size_t at = l * e[2] + l;
    assert_true(difference[at] > difference[one + at]);
    assert_true(difference[one + at] > 0.01);
    assert_close(difference[2 * one + at], 0, 1e-14, 0);
  }
  const double *seeds =
      probing_reals(&p, "alignment_seeds/gd/prediction_difference", 3, e);
  assert_int_equal(e[0], 2);
  for (size_t i = 0; i < 2 * one; ++i)
    assert_close(seeds[i], difference[one + i], 0, 0);
  const double *baseline =
      probing_reals(&p, "alignment_baseline/gd/sensitivity_cosine", 2, e);
  for (size_t l = 1; l < e[0]; ++l)
    assert_close(baseline[l * e[1] + l], 1, 1e-14, 0);
  probing_close(&p);
  world_free(&w);
}

/* A small file may claim any number of loops: what they need is known before it
 * is taken. */
static void test_too_many_pairs_are_left_out(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  const iclgd_probe *probe = probe_of("alignment");
  open_gd(&p, &w, "0.6", 40);
  probing_begin(&p);
  void *unused = iclgd_arena_take(&p.arena, 1, probe->state_size);
  p.paths[1].steps = (size_t)1 << 24;
  assert_int_equal(probe->begin(unused, &p.setup, &err), ICLGD_ERANGE);
  assert_string_equal(err.text,
                      "4 layers beside 16777217 steps in all need 28.2 GB, "
                      "expected up to 4 (probe.steps, model.loops)");
  iclgd_arena_free(&p.arena);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_too_many_pairs_are_left_out),
      cmocka_unit_test(test_gd_matches_itself),
      cmocka_unit_test(test_another_step_size_is_seen),
      cmocka_unit_test(test_sides_add_up),
      cmocka_unit_test(test_training),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
