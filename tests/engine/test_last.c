/* The last layers by vectors: at every number of them, with and without layers
 * before them, tied and not, the engine equals the reference and its gradient
 * the differences of its loss; and so for every size that has kernels of its
 * own. */
#include <stdio.h>

#include "engine/last_layers.h"
#include "support/by_tokens.h"
#include "support/forms.h"

enum { DEPTH_MAX = 8 };

static const double tolerances[] = {
    [ICLGD_SINGLE] = 3e-5, [ICLGD_DOUBLE] = 1e-11};

/* d features, `layers` blocks in `loops` rounds; prompts of 3 points. */
static void make_world(world *w, size_t d, size_t layers, size_t loops) {
  char texts[3][32];
  snprintf(texts[0], sizeof texts[0], "prompt.d=%zu", d);
  snprintf(texts[1], sizeof texts[1], "model.layers=%zu", layers);
  snprintf(texts[2], sizeof texts[2], "model.loops=%zu", loops);
  const char *const overrides[] = {
      texts[0],
      texts[1],
      texts[2],
      "prompt.n=3",
      "model.weights=full",
      d < 13 ? "model.init_scale=0.1" : "model.init_scale=0.02",
      NULL};
  world_create(w, overrides, 7, ICLGD_LANES);
}

/* Every readout in the loss. */
static void fill_loss(double *c, size_t depth) {
  memset(c, 0, (DEPTH_MAX + 1) * sizeof *c);
  for (size_t l = 1; l <= depth; ++l) c[l] = 0.2 + 0.1 * (double)l;
}

static void check_equal(size_t d, size_t layers, size_t loops) {
  world w;
  double c[DEPTH_MAX + 1];
  const iclgd_loss loss = {c, 0};
  make_world(&w, d, layers, loops);
  fill_loss(c, layers * loops);
  const iclgd_prompt_source source = {.dist = &w.dist,
                                      .stream = ICLGD_STREAM_TRAIN};
  for (int k = 0; k < 2; ++k)
    check_loss(&w, gradient_by_tokens, &source, &loss, 32, 5,
               (iclgd_precision)k, tolerances[k]);
  world_free(&w);
}

static void equal_at_every_small_size(void **state) {
  (void)state;
  for (size_t d = 1; d <= 14; ++d)
    for (size_t depth = 1; depth <= 4; ++depth) {
      check_equal(d, depth, 1);
      if (depth > 1) check_equal(d, 1, depth);
    }
  check_equal(5, 2, 3);
  check_equal(11, 2, 2);
}

/* The loss stops before the last layer. */
static void equal_at_losses_of_less_depth(void **state) {
  (void)state;
  const size_t sizes[] = {4, 13};
  for (size_t i = 0; i < 2; ++i)
    for (size_t depth = 1; depth < 4; ++depth) {
      world w;
      double c[DEPTH_MAX + 1];
      const iclgd_loss loss = {c, 0};
      make_world(&w, sizes[i], 2, 2);
      fill_loss(c, depth);
      const iclgd_prompt_source source = {.dist = &w.dist,
                                          .stream = ICLGD_STREAM_TRAIN};
      check_loss(&w, gradient_by_tokens, &source, &loss, 16, 3, ICLGD_DOUBLE,
                 tolerances[ICLGD_DOUBLE]);
      world_free(&w);
    }
}

/* Of every `every`-th entry. */
static void check_against_differences(size_t d, size_t layers, size_t loops,
                                      size_t every) {
  world w;
  double c[DEPTH_MAX + 1];
  make_world(&w, d, layers, loops);
  fill_loss(c, layers * loops);
  check_differences(&w, &(iclgd_loss){c, 0}, 16, every);
  world_free(&w);
}

static void gradient_against_differences(void **state) {
  (void)state;
  const size_t sizes[] = {3, 13, 29};
  for (size_t i = 0; i < 3; ++i) {
    const size_t k = last_layers(sizes[i] + 1, DEPTH_MAX);
    assert_int_equal(k, i + 2);
    for (size_t depth = 1; depth <= k + 2; ++depth) {
      check_against_differences(sizes[i], depth, 1, i == 0 ? 1 : 41);
      if (depth > k)
        check_against_differences(sizes[i], 1, depth, i == 0 ? 1 : 41);
    }
  }
}

/* One layer goes token by token, without a Gram matrix; lanes that overflow
 * leave no trace there either. */
static void one_layer_under_a_guard(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=10",        "prompt.n=10",
                                   "prompt.noise=0.3",   "model.weights=full",
                                   "model.init_scale=1", NULL};
  const double c[] = {0, 1};
  const iclgd_loss loss = {c, 0.5};
  bool some = false;
  for (double factor = 1e6; factor < 1e9; factor *= 2) {
    world w;
    world_create(&w, overrides, 31, ICLGD_LANES);
    for (size_t i = 0; i < w.model.size; ++i) w.theta[i] *= factor;
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .stream = ICLGD_STREAM_TRAIN};
    const size_t dropped = check_loss(&w, gradient_by_tokens, &source, &loss,
                                      80, 40, ICLGD_DOUBLE, 1e-9);
    some |= dropped > 0 && dropped < 40;
    world_free(&w);
  }
  assert_true(some);
}

/* 1, 4, 13, 40 */
static void products_of_a_level(void **state) {
  (void)state;
  size_t count = 0;
  for (size_t i = 0; i < LAST_MOST; ++i) {
    count = 3 * count + 1;
    assert_int_equal(last_products(i), count);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_at_every_small_size),
      cmocka_unit_test(equal_at_losses_of_less_depth),
      cmocka_unit_test(gradient_against_differences),
      cmocka_unit_test(one_layer_under_a_guard),
      cmocka_unit_test(products_of_a_level),
  };
  return cmocka_run_group_tests_name("engine/last", tests, NULL, NULL);
}
