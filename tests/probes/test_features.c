/* The probe `features` on tokens whose diversity is known. */
#include <iclgd/probe.h>

#include "support/probing.h"

static double *column(probing *p, const char *path, size_t *rows) {
  size_t extents[1];
  double *out = probing_reals(p, path, 1, extents);
  *rows = extents[0];
  return out;
}

static void set_array(world *w, const char *name, double value) {
  const iclgd_array *a = iclgd_model_array(&w->model, name);
  assert_non_null(a);
  for (size_t l = 0; l < w->model.layers; ++l)
    for (size_t i = 0; i < iclgd_array_size(a); ++i)
      w->theta[a->offset + l * a->stride + i] = value;
}

/* Every token attends alike: what is written is one vector. */
static void equal_scores_write_one_vector(void **state) {
  (void)state;
  const struct {
    const char *shortcut;
    double factor; /* of |Z - mean| by layer */
  } rows[] = {{"model.shortcut=identity", 1},
              {"model.shortcut=none", 0},
              {"model.shortcut=augmented", 1.25}};
  for (size_t k = 0; k < 3; ++k) {
    world w;
    probing p;
    iclgd_error err;
    size_t count;
    world_create(
        &w,
        (const char *[]){"model.architecture=transformer", "prompt.d=3",
                         "prompt.n=6", "model.layers=3", "model.bias=false",
                         "model.init_scale=0.5", rows[k].shortcut, NULL},
        1, 60);
    set_array(&w, "W_Q", 0);
    if (k == 2) set_array(&w, "shortcut", 0.25);
    probing_open(&p, &w, 1);
    assert_ok(probing_run(&p, "features", &err), err);
    const double *spread = column(&p, "features/spread", &count);
    const double *bare = column(&p, "features/bare_spread", &count);
    assert_int_equal(count, 4);
    for (size_t l = 1; l < count; ++l) {
      assert_close(spread[l], rows[k].factor * spread[l - 1], 1e-13 * spread[0],
                   1e-12);
      assert_close(bare[l], 0, 1e-12 * spread[0], 0);
    }
    probing_close(&p);
    world_free(&w);
  }
}

/* Layer 0 is the prompt: d + 1 directions, |Z - mean| from the definition. */
static void the_prompt_itself(void **state) {
  (void)state;
  enum { D = 3, N = 6, C = D + 1 };
  world w;
  probing p;
  iclgd_error err;
  size_t count;
  double expected = 0, relative = 0;
  world_create(&w, (const char *[]){"prompt.d=3", "prompt.n=6", NULL}, 1, 40);
  for (size_t i = 20; i < 40; ++i) {
    const iclgd_prompt q = iclgd_prompts_at(&w.prompts, i);
    double Z[N + 1][C] = {{0}}, mean[C] = {0}, apart = 0, all = 0;
    for (size_t t = 0; t <= N; ++t)
      for (size_t j = 0; j < C; ++j) {
        if (j < D)
          Z[t][j] = t < N ? q.x[t * D + j] : q.x_query[j];
        else
          Z[t][j] = t < N ? q.y[t] : 0;
        mean[j] += Z[t][j] / (N + 1);
      }
    for (size_t t = 0; t <= N; ++t)
      for (size_t j = 0; j < C; ++j) {
        apart += (Z[t][j] - mean[j]) * (Z[t][j] - mean[j]);
        all += Z[t][j] * Z[t][j];
      }
    expected += sqrt(apart) / 20;
    relative += sqrt(apart / all) / 20;
  }
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "features", &err), err);
  assert_close(column(&p, "features/spread", &count)[0], expected, 0, 1e-12);
  assert_close(column(&p, "features/diversity", &count)[0], relative, 0, 1e-12);
  assert_close(column(&p, "features/rank", &count)[0], C, 0, 0);
  const double effective = column(&p, "features/effective_rank", &count)[0];
  assert_true(effective > 1 && effective < C);
  assert_false(iclgd_source_has(p.source, "features/bare_diversity"));
  probing_close(&p);
  world_free(&w);
}

/* Random softmax layers: without shortcuts tokens fall together, with them they
 * do not. */
static void depth_collapses_without_shortcuts(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t count;
  world_create(
      &w,
      (const char *[]){"model.architecture=transformer", "prompt.d=5",
                       "prompt.n=12", "model.layers=8", "model.bias=false",
                       "model.heads=2", "model.init_law=fan-in",
                       "model.init_scale=1", NULL},
      1, 60);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "features", &err), err);
  const double *with = column(&p, "features/diversity", &count);
  const double *bare = column(&p, "features/bare_diversity", &count);
  assert_true(with[8] > 0.3);
  for (size_t l = 1; l <= 8; ++l) assert_true(bare[l] < bare[l - 1]);
  assert_true(bare[8] < 1e-3);
  assert_close(column(&p, "features/bare_effective_rank", &count)[8], 1, 0.01,
               0);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_scores_write_one_vector),
      cmocka_unit_test(the_prompt_itself),
      cmocka_unit_test(depth_collapses_without_shortcuts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
