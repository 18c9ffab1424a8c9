/* Memory tasks: every label worked out again from its sequence. */
#include <string.h>

#include "prompt/function.h"
#include "support/refusals.h"

enum { N = 7, D = 3, COUNT = 200 };

/* Feature j of the point s before the query. */
static double at(const iclgd_prompt *p, size_t s, size_t j) {
  return s == 0 ? p->x_query[j] : p->x[(N - s) * D + j];
}

static double of_power(const iclgd_prompt *p) {
  double sum = 0;
  for (size_t s = 0; s <= N; ++s) sum += at(p, s, 0) / sqrt(1 + (double)s);
  return sum;
}
static double of_exponential(const iclgd_prompt *p) {
  double sum = 0;
  for (size_t s = 0; s <= N; ++s) sum += at(p, s, 0) * exp(-0.25 * (double)s);
  return sum;
}
static double of_lags(const iclgd_prompt *p) {
  return at(p, 0, 0) + at(p, 2, 0) + at(p, 7, 0);
}
static double of_squares(const iclgd_prompt *p) {
  const double a = at(p, 1, 0), b = at(p, 3, 0);
  return (a * a + b * b - 2) / sqrt(2);
}
static double of_parity(const iclgd_prompt *p) {
  const double product = at(p, 1, 0) * at(p, 3, 0) * at(p, 6, 0);
  return product < 0 ? -1 : 1;
}
/* The largest match, found from the sorted side: no other one is larger. */
static double of_adaptive(const iclgd_prompt *p) {
  for (size_t s = 1; s <= N; ++s) {
    size_t beaten = 0;
    const double own = at(p, s, 1) * at(p, 0, 1) + at(p, s, 2) * at(p, 0, 2);
    for (size_t t = 1; t <= N; ++t)
      beaten += own >= at(p, t, 1) * at(p, 0, 1) + at(p, t, 2) * at(p, 0, 2);
    if (beaten == N) return at(p, s, 0);
  }
  return NAN;
}

static void labels_are_what_they_say(void **state) {
  (void)state;
  const struct {
    const char *key;
    double (*of)(const iclgd_prompt *);
    double scale;
  } cases[] = {{"prompt.task=memory:power:0.5", of_power, 2},
               {"prompt.task=memory:exponential:0.25", of_exponential, 2},
               {"prompt.task=memory:lags:0,7,2", of_lags, 2},
               {"prompt.task=memory:squares:1,3", of_squares, 2},
               {"prompt.task=memory:parity:1,3,6", of_parity, 2},
               {"prompt.task=memory:adaptive", of_adaptive, 2}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    const char *const keys[] = {"prompt.d=3", "prompt.n=7", cases[c].key,
                                "prompt.w_scale=2", NULL};
    world w;
    world_create(&w, keys, 5, COUNT);
    assert_null(w.prompts.w_star);
    assert_false(iclgd_distribution_has_labels(&w.dist));
    for (size_t i = 0; i < COUNT; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      assert_close(p.y_query, 2 * cases[c].of(&p), 1e-12, 1e-12);
      for (size_t j = 0; j < N; ++j) assert_true(p.y[j] == 0);
    }
    world_free(&w);
  }
}

static void a_kernel_is_what_labels_have(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.d=1", "prompt.n=3", "prompt.w_scale=3",
                              "prompt.task=memory:lags:3,1", NULL};
  const char *const others[] = {"prompt.d=1", "prompt.n=7",
                                "prompt.task=memory:parity:3,1", NULL};
  const double expected[] = {0, 3, 0, 3};
  double rho[8];
  world w;
  world_create(&w, keys, 5, 1);
  assert_true(iclgd_distribution_memory(&w.dist, rho));
  for (size_t s = 0; s < 4; ++s) assert_close(rho[s], expected[s], 0, 0);
  world_free(&w);
  world_create(&w, others, 5, 1);
  assert_false(iclgd_distribution_memory(&w.dist, rho));
  world_free(&w);
}

/* f at a sequence that is `scale` times 1, 2, .., n, and the query. */
static double value_at(const iclgd_distribution *dist, double scale,
                       double other) {
  double x[N], y[N], x_query = other, y_query;
  for (size_t i = 0; i < N; ++i) x[i] = scale * (double)(i + 1);
  x[0] = other;
  iclgd_stream stream = {{0}};
  iclgd_function_draw(dist, &stream,
                      &(iclgd_function_points){N, 1, x, &x_query, y, &y_query});
  return y_query;
}

/* One network for all prompts: homogeneous in its lags, blind to the others,
 * and its numbers those of prompt.seed. */
static void a_network_is_fixed(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.d=1", "prompt.n=7", "prompt.seed=4",
                              "prompt.task=memory:network:32,1,3,6", NULL};
  const char *const others[] = {"prompt.d=1", "prompt.n=7", "prompt.seed=5",
                                "prompt.task=memory:network:32,1,3,6", NULL};
  world a, b, c;
  world_create(&a, keys, 5, 4);
  world_create(&b, keys, 6, 4);
  world_create(&c, others, 5, 4);
  const double f = value_at(&a.dist, 1, 0.3);
  assert_true(fabs(f) > 1e-3);
  assert_close(value_at(&a.dist, 2, 0.3), 2 * f, 0, 1e-12);
  assert_close(value_at(&a.dist, 1, 100), f, 0, 1e-12);
  assert_close(value_at(&b.dist, 1, 0.3), f, 0, 0);
  assert_true(value_at(&c.dist, 1, 0.3) != f);
  assert_true(a.prompts.y_query[0] != b.prompts.y_query[0]);
  world_free(&a);
  world_free(&b);
  world_free(&c);
}

static void what_does_not_fit_is_refused(void **state) {
  (void)state;
  refuse_pair("prompt.task=memory:everything", "prompt.n=5",
              "memory: expected");
  refuse_pair("prompt.task=memory:lags:1,6", "prompt.n=5", "0 to prompt.n = 5");
  refuse_pair("prompt.task=memory:parity:1,1", "prompt.n=5",
              "1 stands there twice");
  refuse_pair("prompt.task=memory:squares:1.5", "prompt.n=5", "whole numbers");
  refuse_pair("prompt.task=memory:network:64", "prompt.n=5", "1 to 16 lags");
  refuse_pair("prompt.task=memory:network:0.5,1", "prompt.n=5", "hidden units");
  refuse_pair("prompt.task=memory:adaptive", "prompt.d=1", "at least 2");
  refuse_pair("prompt.task=memory:power:1", "prompt.noise=0.5", "no noise");
  refuse_pair("prompt.task=memory:power:1", "prompt.w=pool:3",
              "there is no w_star");
}

/* Points without labels are nothing to train on, or to leave out. */
static void training_needs_the_query(void **state) {
  (void)state;
  const char *const keys[][4] = {
      {"prompt.task=memory:lags:1", "prompt.n=4", "train.loss=prefixes", NULL},
      {"prompt.task=memory:lags:1", "prompt.n=4",
       "train.curriculum_n=from:1,1,1", NULL}};
  for (size_t i = 0; i < 2; ++i) {
    iclgd_error err;
    iclgd_trainer *trainer;
    iclgd_pool *pool;
    world w;
    world_create(&w, keys[i], 5, 1);
    const iclgd_train_options options = iclgd_train_options_from(w.settings);
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .stream = ICLGD_STREAM_TRAIN};
    assert_ok(iclgd_pool_create(1, &pool, &err), err);
    assert_int_equal(iclgd_trainer_create(&options, &w.model, w.theta, &source,
                                          pool, &trainer, &err),
                     ICLGD_EUSAGE);
    assert_non_null(strstr(err.text, "memory task"));
    iclgd_pool_free(pool);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(labels_are_what_they_say),
      cmocka_unit_test(a_kernel_is_what_labels_have),
      cmocka_unit_test(a_network_is_fixed),
      cmocka_unit_test(what_does_not_fit_is_refused),
      cmocka_unit_test(training_needs_the_query),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
