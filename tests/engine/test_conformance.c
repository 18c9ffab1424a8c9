/* The engine equals the reference model to rounding, on every instruction set,
 * and every set gives the same bits. */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/isa.h"
#include "support/world.h"

enum { DEPTH_MAX = 16 };

/* What a group of prompts gives. */
typedef struct sums {
  double loss, zero;
  size_t dropped;
} sums;

/* Of prompts 16 group .. by the reference. */
static sums reference_group(world *w, const iclgd_supply *supply,
                            const iclgd_loss *loss, uint64_t group,
                            size_t count, double *gradient) {
  sums out = {0};
  iclgd_prompts prompts = w->prompts;
  prompts.count = count;
  iclgd_supply_draw(supply, group * ICLGD_LANES, &prompts);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&prompts, i);
    const double value =
        iclgd_model_gradient(&w->model, &p, loss, w->tape, gradient);
    if (loss->guard > 0 && isinf(value))
      ++out.dropped;
    else
      out.loss += value;
    out.zero += p.y_query * p.y_query;
  }
  return out;
}

/* All kernels that run on this processor, the baseline first. */
static size_t kernel_sets(const iclgd_descent_kernels *out[3]) {
  size_t count = 0;
  out[count++] = &iclgd_descent_base;
#if defined(__x86_64__)
  if (iclgd_isa_best() >= ICLGD_ISA_V3) out[count++] = &iclgd_descent_v3;
  if (iclgd_isa_best() >= ICLGD_ISA_V4) out[count++] = &iclgd_descent_v4;
#endif
  return count;
}

static double largest(const double *v, size_t count) {
  double best = 0;
  for (size_t i = 0; i < count; ++i) best = fmax(best, fabs(v[i]));
  return best;
}

/* The number of prompts dropped. */
static size_t check(const char *const *overrides, size_t count, double guard) {
  world w;
  iclgd_error err;
  world_create(&w, overrides, 31, ICLGD_LANES);
  const iclgd_supply supply = {.dist = &w.dist, .stream = ICLGD_STREAM_TRAIN};
  assert_true(iclgd_engine_serves(&w.model, &supply));
  const size_t size = iclgd_model_size(&w.model);
  const size_t depth = iclgd_model_depth(&w.model);
  double c[DEPTH_MAX + 1] = {0};
  c[depth] = 0.7;
  c[depth - 1] += 0.3;
  double *expected = calloc(size, sizeof *expected);
  double *first = calloc(size, sizeof *first);
  double *got = calloc(size, sizeof *got);
  assert_true(expected && first && got);
  const iclgd_loss loss = {c, guard};
  const sums right = reference_group(&w, &supply, &loss, 5, count, expected);
  const iclgd_descent_kernels *sets[3];
  const size_t n_sets = kernel_sets(sets);
  double first_loss = 0;
  for (size_t s = 0; s < n_sets; ++s) {
    iclgd_engine *engine;
    assert_ok(iclgd_engine_create(&w.model, &supply, sets[s], &w.arena, &engine,
                                  &err),
              err);
    memset(got, 0, size * sizeof *got);
    sums all;
    all.loss = iclgd_engine_group(engine, &loss, 5, count, got, &all.zero,
                                  &all.dropped);
    assert_close(all.loss, right.loss, 0, 1e-11);
    assert_close(all.zero, right.zero, 0, 1e-12);
    assert_int_equal(all.dropped, right.dropped);
    const double scale = largest(expected, size);
    for (size_t i = 0; i < size; ++i)
      assert_close(got[i], expected[i], 1e-11 * scale, 0);
    sums forward;
    forward.loss = iclgd_engine_group(engine, &loss, 5, count, NULL,
                                      &forward.zero, &forward.dropped);
    assert_true(forward.loss == all.loss && forward.zero == all.zero);
    assert_int_equal(forward.dropped, all.dropped);
    if (s == 0) {
      first_loss = all.loss;
      memcpy(first, got, size * sizeof *first);
    }
    assert_true(all.loss == first_loss);
    assert_memory_equal(got, first, size * sizeof *got);
  }
  free(expected);
  free(first);
  free(got);
  world_free(&w);
  return right.dropped;
}

static void equal_to_the_reference(void **state) {
  (void)state;
  const char *const families[] = {"model.weights=scalar",
                                  "model.weights=diagonal", "model.weights=gd"};
  const char *const shapes[][2] = {{"model.layers=1", "model.loops=1"},
                                   {"model.layers=1", "model.loops=5"},
                                   {"model.layers=3", "model.loops=2"}};
  const char *const sizes[][2] = {{"prompt.d=1", "prompt.n=1"},
                                  {"prompt.d=3", "prompt.n=40"},
                                  {"prompt.d=10", "prompt.n=7"},
                                  {"prompt.d=17", "prompt.n=33"}};
  for (size_t f = 0; f < 3; ++f)
    for (size_t s = 0; s < 3; ++s)
      for (size_t z = 0; z < 4; ++z) {
        const char *const overrides[] = {
            families[f],        shapes[s][0], shapes[s][1],
            sizes[z][0],        sizes[z][1],  "model.init_scale=0.1",
            "prompt.noise=0.4", NULL};
        check(overrides, 16, 0);
        check(overrides, 5, 0);
        check(overrides, 16, 0.3);
      }
}

static void equal_on_every_law(void **state) {
  (void)state;
  const char *const laws[][4] = {
      {"prompt.x=normal", "prompt.covariance=identity", "prompt.rotate=none",
       "prompt.w=normal"},
      {"prompt.x=uniform", "prompt.covariance=power:1", "prompt.rotate=none",
       "prompt.w=inverse-covariance"},
      {"prompt.x=sphere", "prompt.covariance=condition:9",
       "prompt.rotate=fixed", "prompt.w=normal"},
      {"prompt.x=normal", "prompt.covariance=diag:2,1,1,.5,.25",
       "prompt.rotate=fixed", "prompt.w=inverse-covariance"}};
  for (size_t k = 0; k < 4; ++k)
    for (int noisy = 0; noisy < 2; ++noisy) {
      const char *const overrides[] = {laws[k][0],
                                       laws[k][1],
                                       laws[k][2],
                                       laws[k][3],
                                       "prompt.x_scale=1.5",
                                       "prompt.w_scale=0.7",
                                       noisy ? "prompt.noise=1" : "prompt.n=9",
                                       "model.loops=4",
                                       "model.init_scale=0.1",
                                       NULL};
      check(overrides, 16, 0);
    }
}

/* Steps so large that the prompts overflow, one after another as they grow: the
 * same ones in both, and what is left agrees. */
static void overflowing_prompts_are_dropped(void **state) {
  (void)state;
  size_t partly = 0;
  for (int eta = 10; eta <= 200; eta += 10) {
    char start[32];
    snprintf(start, sizeof start, "model.init=gd:%d", eta);
    const char *const overrides[] = {"model.weights=gd", "model.loops=10",
                                     start, NULL};
    const size_t dropped = check(overrides, 16, 0.5);
    partly += dropped > 0 && dropped < 16;
    if (eta == 10) assert_int_equal(dropped, 0);
    if (eta == 200) assert_int_equal(dropped, 16);
  }
  assert_true(partly > 0);
}

static void serves_only_what_it_has(void **state) {
  (void)state;
  const char *const cases[][2] = {
      {"model.weights=gdpp", "prompt.d=5"},
      {"model.weights=full", "prompt.d=5"},
      {"prompt.w=sparse:2", "prompt.d=5"},
      {"prompt.w=pool:4", "prompt.d=5"},
      {"prompt.rotate=per-prompt", "prompt.d=5"},
      {"prompt.x=sphere", "prompt.d=1"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    world w;
    const char *const overrides[] = {cases[i][0], cases[i][1], NULL};
    world_create(&w, overrides, 1, 1);
    const iclgd_supply drawn = {.dist = &w.dist, .stream = ICLGD_STREAM_TRAIN};
    const iclgd_supply fixed = {.fixed = &w.prompts};
    assert_false(iclgd_engine_serves(&w.model, &drawn));
    assert_false(iclgd_engine_serves(&w.model, &fixed));
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_to_the_reference),
      cmocka_unit_test(equal_on_every_law),
      cmocka_unit_test(overflowing_prompts_are_dropped),
      cmocka_unit_test(serves_only_what_it_has),
  };
  return cmocka_run_group_tests_name("engine/conformance", tests, NULL, NULL);
}
