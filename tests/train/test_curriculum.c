/* Features and points that grow in training: what a step sees, whether an
 * engine runs it or prompts run one by one. */
#include <iclgd/comparisons.h>
#include <string.h>

#include "support/world.h"

static void ramps_grow_by_steps(void **state) {
  (void)state;
  const iclgd_ramp garg = {5, 1, 2000}, wide = {11, 4, 2000}, none = {0};
  const size_t step[] = {0, 1999, 2000, 29999, 30000, 500000};
  const size_t features[] = {5, 5, 6, 19, 20, 20};
  const size_t points[] = {11, 11, 15, 40, 40, 40};
  for (size_t i = 0; i < sizeof step / sizeof *step; ++i) {
    assert_int_equal(iclgd_ramp_at(&garg, 20, step[i]), features[i]);
    assert_int_equal(iclgd_ramp_at(&wide, 40, step[i]), points[i]);
    assert_int_equal(iclgd_ramp_at(&none, 40, step[i]), 40);
    assert_int_equal(iclgd_ramp_at(&garg, 3, step[i]), 3);
  }
}

/* Features beyond are 0, and what they gave is not in the labels; the noise
 * and the others stay. Drawn or from a set. */
static void fewer_features_have_their_labels(void **state) {
  (void)state;
  enum { D = 4, N = 6, COUNT = 20, KEPT = 3 };
  world w;
  iclgd_error err;
  iclgd_prompts kept;
  world_create(&w,
               (const char *[]){"prompt.d=4", "prompt.n=6", "prompt.noise=0.3",
                                "prompt.covariance=power:1", NULL},
               3, COUNT);
  for (int fixed = 0; fixed < 2; ++fixed) {
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .fixed = fixed ? &w.prompts : NULL,
                                        .stream = ICLGD_STREAM_PROBE,
                                        .features = KEPT};
    assert_ok(iclgd_prompts_create_for(&source, COUNT, &w.arena, &kept, &err),
              err);
    iclgd_prompt_source_draw(&source, 0, &kept);
    for (size_t i = 0; i < COUNT; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const iclgd_prompt q = iclgd_prompts_at(&kept, i);
      for (size_t j = 0; j < N; ++j) {
        assert_memory_equal(q.x + j * D, p.x + j * D, KEPT * sizeof *p.x);
        assert_true(q.x[j * D + KEPT] == 0 && p.x[j * D + KEPT] != 0);
        assert_close(q.y[j], p.y[j] - p.w_star[KEPT] * p.x[j * D + KEPT], 1e-14,
                     1e-13);
      }
      assert_true(q.x_query[KEPT] == 0 && q.w_star[KEPT] == 0);
      assert_close(q.y_query, iclgd_dot(q.w_star, q.x_query, D), 1e-14, 1e-13);
    }
  }
  world_free(&w);
}

/* The loss of the last layer over prompts first .. first + count - 1 of d and n
 * as they are, one by one. */
static double direct(world *w, bool prefixes, size_t features, size_t n,
                     uint64_t first, size_t count) {
  iclgd_distribution law = w->dist;
  law.n = n;
  const iclgd_prompt_source source = {
      .dist = &law, .stream = ICLGD_STREAM_TRAIN, .features = features};
  double c[8] = {0}, sum = 0;
  iclgd_prompts set;
  iclgd_error err;
  c[iclgd_model_depth(&w->model)] = 1;
  const iclgd_loss loss = {c, 0};
  assert_ok(iclgd_prompts_create_for(&source, count, &w->arena, &set, &err),
            err);
  iclgd_prompt_source_draw(&source, first, &set);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&set, i);
    sum += prefixes ? iclgd_model_gradient_by_context(&w->model, w->theta, &p,
                                                      &loss, w->tape, NULL)
                    : iclgd_model_gradient(&w->model, w->theta, &p, &loss,
                                           w->tape, NULL);
  }
  return sum / (double)count;
}

static const char *const models[][6] = {
    {"prompt.sampler=tokens", "model.loops=2", "model.init=gd:0.3"},
    {"model.architecture=transformer", "model.tokens=alternating",
     "model.width=6", "model.init_scale=0.4", "train.loss=prefixes"},
    {"model.architecture=transformer", "model.init_scale=0.4"},
};
enum { MODELS = sizeof models / sizeof *models };

static void steps_see_what_there_is(void **state) {
  (void)state;
  enum { BATCH = 32 };
  static const size_t features[] = {2, 2, 3, 3, 4}, points[] = {3, 5, 7, 8, 8};
  for (size_t m = 0; m < MODELS; ++m) {
    const char *all[16] = {"prompt.d=4",
                           "prompt.n=8",
                           "train.batch=32",
                           "train.precision=double",
                           "train.curriculum_d=from:2,1,2",
                           "train.curriculum_n=from:3,2,1"};
    world w;
    iclgd_pool *pool;
    iclgd_trainer *trainer;
    iclgd_error err;
    memcpy(all + 6, models[m], sizeof models[m]);
    world_create(&w, all, 3, 1);
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .stream = ICLGD_STREAM_TRAIN};
    const iclgd_train_options options = iclgd_train_options_from(w.settings);
    assert_ok(iclgd_pool_create(2, &pool, &err), err);
    assert_ok(iclgd_trainer_create(&options, &w.model, w.theta, &source, pool,
                                   &trainer, &err),
              err);
    for (size_t s = 0; s < 5; ++s) {
      iclgd_train_report report;
      const double expected = direct(&w, options.prefixes, features[s],
                                     points[s], s * BATCH, BATCH);
      assert_int_equal(iclgd_trainer_step(trainer, &report), ICLGD_OK);
      assert_close(report.loss, expected, 1e-12, 1e-9);
    }
    iclgd_trainer_free(trainer);
    iclgd_pool_free(pool);
    world_free(&w);
  }
}

/* The key, and why, in one line. */
static void refusals_name_the_key(void **state) {
  (void)state;
  static const struct {
    const char *keys[3], *key, *reason;
  } rows[] = {
      {{"train.curriculum_d=from:2,1"}, "train.curriculum_d", "three whole"},
      {{"train.curriculum_n=from:2,1.5,3"},
       "train.curriculum_n",
       "three whole"},
      {{"train.curriculum_d=from:6,1,5"}, "train.curriculum_d", "at most"},
      {{"train.curriculum_n=from:21,1,5", "prompt.sampler=tokens"},
       "train.curriculum_n",
       "prompt.n = 20, found 21"},
      {{"train.curriculum_d=from:2,1,5", "prompt.task=quadratic"},
       "train.curriculum_d",
       "linear"},
      {{"train.curriculum_d=from:2,1,5", "train.optimizer=lbfgs"},
       "train.curriculum_d",
       "lbfgs"},
  };
  for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k) {
    const char *all[5] = {"train.steps=9"};
    world w;
    iclgd_trainer *trainer;
    iclgd_error err;
    memcpy(all + 1, rows[k].keys, sizeof rows[k].keys);
    world_create(&w, all, 3, 1);
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .stream = ICLGD_STREAM_TRAIN};
    const iclgd_train_options options = iclgd_train_options_from(w.settings);
    assert_int_equal(iclgd_trainer_create(&options, &w.model, w.theta, &source,
                                          NULL, &trainer, &err),
                     ICLGD_EUSAGE);
    if (!strstr(err.text, rows[k].key) || !strstr(err.text, rows[k].reason))
      fail_msg("%s", err.text);
    world_free(&w);
  }
}

/* Pseudo-tokens stand for n points, and a set has the points that it has. */
static void points_that_stay_are_refused(void **state) {
  (void)state;
  world w;
  iclgd_error err;
  world_create(&w, (const char *[]){"train.curriculum_n=from:2,1,5", NULL}, 3,
               4);
  const iclgd_train_options options = iclgd_train_options_from(w.settings);
  const iclgd_prompt_source sources[] = {
      {.fixed = &w.prompts},
      {.dist = &w.dist, .stream = ICLGD_STREAM_TRAIN},
  };
  assert_ok(iclgd_model_use_sampler(&w.model, false, w.settings, &w.arena,
                                    &w.dist, &err),
            err);
  w.dist.sampler = ICLGD_WISHART;
  for (size_t k = 0; k < 2; ++k) {
    iclgd_trainer *trainer;
    assert_int_equal(iclgd_trainer_create(&options, &w.model, w.theta,
                                          &sources[k], NULL, &trainer, &err),
                     ICLGD_EUSAGE);
    assert_non_null(strstr(err.text, "prompt.sampler"));
  }
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ramps_grow_by_steps),
      cmocka_unit_test(fewer_features_have_their_labels),
      cmocka_unit_test(steps_see_what_there_is),
      cmocka_unit_test(refusals_name_the_key),
      cmocka_unit_test(points_that_stay_are_refused),
  };
  return cmocka_run_group_tests_name("train/curriculum", tests, NULL, NULL);
}
