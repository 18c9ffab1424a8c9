/* The probe `circuits` on models whose parts are known. */
#include <iclgd/comparisons.h>
#include <iclgd/components.h>
#include <math.h>

#include "support/probing.h"

enum { ZERO, MEAN, RESAMPLE, METHODS };

static const double *of(probing *p, const char *leaf, size_t rank,
                        size_t *extents) {
  char path[96];
  snprintf(path, sizeof path, "circuits/components/%s", leaf);
  return probing_reals(p, path, rank, extents);
}

static void open_run(world *w, probing *p, const char *const *keys) {
  world_create(w, keys, 1, 240);
  probing_open(p, w, 1);
}

/* Four layers of gradient descent, two of them without a step: the others are
 * needed, and these are not. */
static void needed_layers_are_found(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t wide[2], layers[1];
  open_run(&w, &p,
           (const char *[]){"model.layers=4", "model.init=gd:0.4", "prompt.d=3",
                            "prompt.n=20", "prompt.noise=0.3", NULL});
  for (size_t l = 1; l < 4; l += 2)
    memset(w.theta + l * w.model.arrays[0].stride, 0,
           w.model.arrays[0].stride * sizeof *w.theta);
  assert_ok(probing_run(&p, "circuits", &err), err);
  const double *ratio = of(&p, "ratio", 2, wide);
  const double *low = of(&p, "ratio_low", 2, wide);
  const double *high = of(&p, "ratio_high", 2, wide);
  const double *recovered = of(&p, "recovered", 1, layers);
  assert_int_equal(wide[0], 4);
  assert_int_equal(wide[1], METHODS);
  for (size_t at = 0; at < 4 * METHODS; ++at) {
    const bool idle = at / METHODS % 2 == 1;
    if (idle) assert_close(ratio[at], 1, 0, 0);
    if (idle) assert_close(low[at] + high[at], 2, 0, 0);
    if (!idle) assert_true(low[at] > 1.05 && ratio[at] > low[at]);
  }
  assert_close(recovered[1], 0, 1e-12, 0);
  assert_true(recovered[0] > 0.1 && recovered[2] > 0.1);
  probing_close(&p);
  world_free(&w);
}

static double prediction_of(world *w, size_t i) {
  double prediction[8];
  const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
  iclgd_model_predict(&w->model, w->theta, &prompt, w->tape, prediction);
  return prediction[iclgd_model_depth(&w->model)];
}

/* One layer: without it the prediction is 0, the mean of others or another's,
 * and patched it is all there again. */
static void removals_follow_the_definitions(void **state) {
  (void)state;
  enum { COUNT = 120 };
  world w;
  probing p;
  iclgd_error err;
  size_t wide[2], one[1];
  open_run(&w, &p,
           (const char *[]){"model.init=gd:0.6", "prompt.d=3", "prompt.n=9",
                            "prompt.noise=0.4", NULL});
  assert_ok(probing_run(&p, "circuits", &err), err);
  double mean = 0, own = 0, squares[METHODS] = {0};
  for (size_t i = 0; i < COUNT; ++i) mean += prediction_of(&w, i) / COUNT;
  for (size_t i = 0; i < COUNT; ++i) {
    const double y = w.prompts.y_query[COUNT + i];
    own += pow(prediction_of(&w, COUNT + i) - y, 2);
    squares[ZERO] += y * y;
    squares[MEAN] += pow(mean - y, 2);
    squares[RESAMPLE] += pow(prediction_of(&w, i) - y, 2);
  }
  const double *loss = of(&p, "loss", 2, wide);
  const double *ratio = of(&p, "ratio", 2, wide);
  for (size_t k = 0; k < METHODS; ++k) {
    assert_close(loss[k], squares[k] / COUNT, 0, 1e-10);
    assert_close(ratio[k], squares[k] / own, 0, 1e-10);
  }
  assert_close(*of(&p, "recovered", 1, one), 1, 1e-12, 0);
  assert_close(*of(&p, "recovered_errors", 1, one), 0, 1e-9, 0);
  probing_close(&p);
  world_free(&w);
}

/* Scores of one step of gradient descent: -(eta / n) x_i . x_j, and by rank the
 * most similar point first. */
static void patterns_are_scores(void **state) {
  (void)state;
  enum { COUNT = 120, N = 9, T = N + 1, FIRST = 3 };
  world w;
  probing p;
  iclgd_error err;
  size_t extents[4];
  double mean[N] = {0}, largest = 0;
  open_run(
      &w, &p,
      (const char *[]){"model.init=gd:0.6", "prompt.d=3", "prompt.n=9", NULL});
  assert_ok(probing_run(&p, "circuits", &err), err);
  const double *map = probing_reals(&p, "circuits/attention/map", 4, extents);
  assert_int_equal(extents[0] * extents[1], 1);
  const double *query =
      probing_reals(&p, "circuits/attention/query", 3, extents);
  const double *by_rank =
      probing_reals(&p, "circuits/attention/by_rank", 3, extents);
  for (size_t i = 0; i < COUNT; ++i) {
    const iclgd_prompt q = iclgd_prompts_at(&w.prompts, COUNT + i);
    double most = -INFINITY;
    for (size_t j = 0; j < N; ++j) {
      const double s = iclgd_dot(q.x + 3 * j, q.x_query, FIRST);
      mean[j] -= 0.6 / N * s / COUNT;
      most = fmax(most, s);
      if (i == 0) assert_close(map[N * T + j], -0.6 / N * s, 1e-12, 0);
      if (i == 0)
        assert_close(map[2 * T + j],
                     -0.6 / N * iclgd_dot(q.x + 3 * j, q.x + 6, FIRST), 1e-12,
                     0);
    }
    largest -= 0.6 / N * most / COUNT;
  }
  for (size_t j = 0; j < N; ++j) assert_close(query[j], mean[j], 1e-12, 0);
  assert_close(query[N], 0, 0, 0);
  assert_close(by_rank[0], largest, 1e-12, 0);
  probing_close(&p);
  world_free(&w);
}

/* Two heads that share one step of softmax: each brings back half. */
static void heads_add_up(void **state) {
  (void)state;
  static const char *const corruptions[] = {"circuits.corruption=labels",
                                            "circuits.corruption=flip"};
  for (size_t k = 0; k < 2; ++k) {
    world w;
    probing p;
    iclgd_error err;
    size_t extents[1];
    open_run(&w, &p,
             (const char *[]){"model.architecture=transformer",
                              "model.attention=softmax", "model.heads=2",
                              "model.key=4", "model.init=gd:1", "prompt.d=3",
                              "prompt.n=8", corruptions[k], NULL});
    assert_ok(probing_run(&p, "circuits", &err), err);
    const double *recovered = of(&p, "recovered", 1, extents);
    assert_int_equal(extents[0], 3); /* the layer, and two heads */
    assert_close(recovered[0], 1, 1e-12, 0);
    assert_close(recovered[1], 0.5, 1e-12, 0);
    assert_close(recovered[2], 0.5, 1e-12, 0);
    probing_close(&p);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(needed_layers_are_found),
      cmocka_unit_test(removals_follow_the_definitions),
      cmocka_unit_test(patterns_are_scores),
      cmocka_unit_test(heads_add_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
