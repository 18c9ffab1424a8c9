/* The engine equals the reference model to rounding in both precisions, and
 * every instruction set gives the same bits. */
#include <stdio.h>

#include "support/by_tokens.h"
#include "support/forms.h"

enum { DEPTH_MAX = 16 };

/* The last two readouts in the loss; then neither of the last two blocks. */
static void check_prompt_source(world *w, const iclgd_prompt_source *source,
                                uint64_t first, size_t count,
                                iclgd_precision precision, double tolerance) {
  const size_t depth = iclgd_model_depth(&w->model);
  double c[DEPTH_MAX + 1] = {0};
  const iclgd_loss loss = {c, 0};
  c[depth] = 0.7;
  c[depth - 1] += 0.3;
  check_loss(w, gradient_by_tokens, source, &loss, first, count, precision,
             tolerance);
  if (depth < 3) return;
  c[depth] = c[depth - 1] = 0;
  c[depth - 2] = 1;
  check_loss(w, gradient_by_tokens, source, &loss, first, count, precision,
             tolerance);
}

static const double tolerances[] = {
    [ICLGD_SINGLE] = 3e-5, [ICLGD_DOUBLE] = 1e-11};

/* Drawn point by point, and by the Wishart factor where that is valid. */
static void check(const char *const *overrides, size_t count) {
  for (int k = 0; k < 4; ++k) {
    const iclgd_precision precision = k % 2 ? ICLGD_DOUBLE : ICLGD_SINGLE;
    world w;
    iclgd_error err;
    world_create(&w, overrides, 31, ICLGD_LANES);
    if (k >= 2)
      assert_ok(
          iclgd_distribution_use_sampler(w.settings, &w.arena, &w.dist, &err),
          err);
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .stream = ICLGD_STREAM_TRAIN};
    if (k < 2 || w.dist.sampler == ICLGD_WISHART)
      check_prompt_source(&w, &source, 80, count, precision,
                          tolerances[precision]);
    world_free(&w);
  }
}

static const char *const families[] = {
    "model.weights=scalar", "model.weights=diagonal", "model.weights=gd",
    "model.weights=gdpp", "model.weights=full"};

static void equal_on_every_family_and_shape(void **state) {
  (void)state;
  const char *const shapes[][2] = {{"model.layers=1", "model.loops=1"},
                                   {"model.layers=1", "model.loops=2"},
                                   {"model.layers=2", "model.loops=1"},
                                   {"model.layers=1", "model.loops=5"},
                                   {"model.layers=3", "model.loops=2"}};
  const struct {
    const char *d, *n;
    size_t count; /* whole groups, part of one, several */
  } sizes[] = {{"prompt.d=1", "prompt.n=1", 16},
               {"prompt.d=3", "prompt.n=40", 37},
               {"prompt.d=10", "prompt.n=7", 5},
               {"prompt.d=17", "prompt.n=33", 16}};
  for (size_t f = 0; f < 5; ++f)
    for (size_t s = 0; s < 5; ++s)
      for (size_t z = 0; z < 4; ++z) {
        const char *const overrides[] = {
            families[f],        shapes[s][0], shapes[s][1],
            sizes[z].d,         sizes[z].n,   "model.init_scale=0.03",
            "prompt.noise=0.4", NULL};
        check(overrides, sizes[z].count);
      }
}

/* The largest run two loops, which need no products of matrices: the baseline
 * form would take minutes. */
static void equal_on_every_size(void **state) {
  (void)state;
  const char *const sizes[][3] = {
      {"prompt.d=2", "prompt.n=1000", "model.loops=3"},
      {"prompt.d=4", "prompt.n=5", "model.loops=3"},
      {"prompt.d=5", "prompt.n=20", "model.loops=3"},
      {"prompt.d=8", "prompt.n=8", "model.loops=3"},
      {"prompt.d=31", "prompt.n=3", "model.loops=3"},
      {"prompt.d=64", "prompt.n=20", "model.loops=2"},
      {"prompt.d=130", "prompt.n=10", "model.loops=2"}};
  for (size_t z = 0; z < sizeof sizes / sizeof *sizes; ++z)
    for (size_t f = 2; f < 5; f += 2) {
      const char *const overrides[] = {families[f],
                                       sizes[z][0],
                                       sizes[z][1],
                                       sizes[z][2],
                                       "model.init_scale=0.02",
                                       NULL};
      check(overrides, 3);
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
       "prompt.rotate=fixed", "prompt.w=inverse-covariance"},
      {"prompt.x=normal", "prompt.covariance=diag:2,1,1,.5,.25",
       "prompt.rotate=per-prompt", "prompt.w=normal"},
      {"prompt.x=uniform", "prompt.covariance=identity", "prompt.rotate=none",
       "prompt.w=sparse:2"},
      {"prompt.x=normal", "prompt.covariance=power:2", "prompt.rotate=none",
       "prompt.w=pool:4"},
      {"prompt.x=exponential", "prompt.covariance=identity",
       "prompt.rotate=none", "prompt.w=normal"},
      {"prompt.x=student-t:6", "prompt.covariance=power:1",
       "prompt.rotate=fixed", "prompt.w=inverse-covariance"}};
  for (size_t k = 0; k < sizeof laws / sizeof *laws; ++k)
    for (int noisy = 0; noisy < 2; ++noisy)
      for (size_t f = 2; f < 5; f += 2) {
        const char *const overrides[] = {
            laws[k][0],
            laws[k][1],
            laws[k][2],
            laws[k][3],
            "prompt.x_scale=1.5",
            "prompt.w_scale=0.7",
            noisy ? "prompt.noise=1" : "prompt.n=9",
            families[f],
            "model.loops=4",
            "model.init_scale=0.1",
            NULL};
        check(overrides, 16);
      }
  const char *const one[] = {"prompt.x=sphere", "prompt.d=1",
                             "model.init_scale=0.1", NULL};
  check(one, 16);
}

/* Prompts of a file start anywhere and repeat. */
static void equal_on_given_prompts(void **state) {
  (void)state;
  const char *const overrides[] = {"model.weights=full", "model.layers=3",
                                   "model.init_scale=0.1", NULL};
  for (int k = 0; k < 2; ++k) {
    world w;
    iclgd_prompts set;
    iclgd_error err;
    world_create(&w, overrides, 31, ICLGD_LANES);
    assert_ok(iclgd_prompts_create(21, w.prompts.n, w.prompts.d, true, false,
                                   &w.arena, &set, &err),
              err);
    iclgd_prompts_draw(&w.dist, ICLGD_STREAM_PROBE, 3, &set);
    const iclgd_prompt_source source = {.fixed = &set};
    check_prompt_source(&w, &source, 13, 40, (iclgd_precision)k, tolerances[k]);
    world_free(&w);
  }
}

/* Central differences of the loss in double, entry by entry. */
static void gradient_against_differences(void **state) {
  (void)state;
  for (size_t f = 0; f < 5; ++f) {
    const char *const overrides[] = {
        families[f],  "model.layers=2",       "model.loops=2",
        "prompt.d=3", "model.init_scale=0.2", NULL};
    const double c[] = {0, 0.25, 0, 0.25, 0.5};
    world w;
    world_create(&w, overrides, 5, ICLGD_LANES);
    /* some errors are beyond the guard */
    check_differences(&w, &(iclgd_loss){c, 0.8}, 48, 1);
    world_free(&w);
  }
}

/* With weights that are far too large some lanes overflow and others do not;
 * a dropped lane leaves no trace. */
static void equal_under_a_guard(void **state) {
  UNTRAPPED;
  (void)state;
  const char *const scales[] = {"model.init_scale=0.2", "model.init_scale=0.5",
                                "model.init_scale=1",   "model.init_scale=30",
                                "model.init_scale=60",  "model.init_scale=100"};
  for (size_t f = 2; f < 5; ++f) {
    bool some = false;
    for (size_t k = 0; k < sizeof scales / sizeof *scales; ++k) {
      const char *const overrides[] = {families[f],     "model.layers=2",
                                       "model.loops=4", scales[k],
                                       "prompt.d=3",    NULL};
      const double c[] = {0, 0, 0, 0, 0, 0, 0.5, 0, 0.5};
      const iclgd_loss loss = {c, 0.5};
      world w;
      iclgd_error err;
      world_create(&w, overrides, 31, ICLGD_LANES);
      if (k % 2)
        assert_ok(
            iclgd_distribution_use_sampler(w.settings, &w.arena, &w.dist, &err),
            err);
      const iclgd_prompt_source source = {.dist = &w.dist,
                                          .stream = ICLGD_STREAM_TRAIN};
      const size_t dropped = check_loss(&w, gradient_by_tokens, &source, &loss,
                                        80, 40, ICLGD_DOUBLE, 1e-9);
      some |= dropped > 0 && dropped < 40;
      world_free(&w);
    }
    assert_true(some);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_on_every_family_and_shape),
      cmocka_unit_test(equal_on_every_size),
      cmocka_unit_test(equal_on_every_law),
      cmocka_unit_test(equal_on_given_prompts),
      cmocka_unit_test(gradient_against_differences),
      cmocka_unit_test(equal_under_a_guard),
  };
  return cmocka_run_group_tests_name("engine/conformance", tests, NULL, NULL);
}
