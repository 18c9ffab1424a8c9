/* The probe `similarity` where errors are known. */
#include <math.h>

#include "support/probing.h"

static double *of(probing *p, const char *who, const char *leaf, size_t rank,
                  size_t extents[2]) {
  char path[96];
  snprintf(path, sizeof path, "similarity/%s/%s", who, leaf);
  return probing_reals(p, path, rank, extents);
}

/* A model that is gradient descent errs as it does, layer by layer. */
static void descent_is_its_own_step(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(
      &w,
      (const char *[]){"model.loops=3", "model.init=gd:0.3", "prompt.d=3",
                       "prompt.n=7", "prompt.noise=0.4", "reference.eta=0.3",
                       "similarity.prompts=70", NULL},
      1, 120);
  probing_open(&p, &w, 5);
  probing_add(&p, "gd");
  assert_ok(probing_run(&p, "similarity", &err), err);
  const double *mean = of(&p, "gd", "mean", 2, extents);
  assert_int_equal(extents[0], 4);
  assert_int_equal(extents[1], 6);
  const double *step = of(&p, "gd", "best_step", 1, extents);
  for (size_t l = 1; l < 4; ++l) {
    assert_close(mean[l * 6 + l], 1, 1e-12, 0);
    assert_close(step[l], (double)l, 0, 0);
    assert_true(mean[l * 6 + l + 1] < 1 - 1e-6);
  }
  probing_close(&p);
  world_free(&w);
}

/* The definition, of the zero predictor beside one step of averaging: cos(-y,
 * yhat - y) over x_1, .., x_n, x_query. */
static void cosines_follow_the_definition(void **state) {
  (void)state;
  enum { D = 3, N = 6, FIRST = 50, COUNT = 40 };
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(&w,
               (const char *[]){"prompt.d=3", "prompt.n=6", "prompt.noise=0.5",
                                "similarity.prompts=40", NULL},
               1, 100);
  probing_open(&p, &w, 2);
  probing_add(&p, "averaging");
  assert_ok(probing_run(&p, "similarity", &err), err);
  const double *mean = of(&p, "averaging", "mean", 2, extents);
  double sum = 0;
  for (size_t i = FIRST; i < FIRST + COUNT; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    double aa = 0, bb = 0, ab = 0, total[D] = {0};
    for (size_t k = 0; k <= N; ++k) {
      const double *x = k < N ? prompt.x + k * D : prompt.x_query;
      const double y = k < N ? prompt.y[k] : prompt.y_query;
      double yhat = 0;
      for (size_t j = 0; k > 0 && j < D; ++j)
        yhat += total[j] * x[j] / (double)k;
      aa += y * y;
      bb += (yhat - y) * (yhat - y);
      ab -= y * (yhat - y);
      for (size_t j = 0; j < D; ++j) total[j] += y * x[j];
    }
    sum += ab / sqrt(aa * bb);
  }
  assert_close(mean[1], sum / COUNT, 1e-12, 0);
  assert_close(mean[0], 1, 1e-12, 0); /* both are the zero predictor */
  probing_close(&p);
  world_free(&w);
}

static void is_not_run_unless_asked_for(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"prompt.d=2", "prompt.n=3", NULL}, 1, 80);
  probing_open(&p, &w, 1);
  probing_add(&p, "gd");
  assert_int_equal(probing_run(&p, "similarity", &err), ICLGD_ERANGE);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(descent_is_its_own_step),
      cmocka_unit_test(cosines_follow_the_definition),
      cmocka_unit_test(is_not_run_unless_asked_for),
  };
  return cmocka_run_group_tests_name("probes/similarity", tests, NULL, NULL);
}
