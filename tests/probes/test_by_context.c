/* The probe `by_context` where errors are known. */
#include <math.h>

#include "support/probing.h"

static const char group[] = "trajectories_by_context";

static double *of(probing *p, const char *who, size_t extents[2]) {
  char path[96];
  snprintf(path, sizeof path, "%s/%s", group, who);
  return probing_reals(p, path, 2, extents);
}

/* A model that is gradient descent errs as it does, whatever it has seen, and
 * both start from the zero predictor. */
static void descent_is_descent_at_every_length(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(&w,
               (const char *[]){"model.loops=3", "model.init=gd:0.3",
                                "prompt.d=3", "prompt.n=7", "prompt.noise=0.4",
                                "reference.eta=0.3", NULL},
               1, 120);
  probing_open(&p, &w, 5);
  probing_add(&p, "gd");
  assert_ok(probing_run(&p, "by_context", &err), err);
  const double *model = of(&p, "model", extents), *gd = of(&p, "gd", extents);
  assert_int_equal(extents[0], 4);
  assert_int_equal(extents[1], 8);
  for (size_t i = 0; i < 4 * 8; ++i) assert_close(model[i], gd[i], 1e-12, 0);
  for (size_t l = 0; l < 4; ++l) assert_close(gd[l * 8], gd[0], 0, 0);
  probing_close(&p);
  world_free(&w);
}

/* The definitions. One step of averaging has weights, (1/k) sum y x, and the
 * error over all queries, |w - w_star|^2 with Sigma = I; the nearest neighbour
 * of one point predicts its label, and errs at the point that follows. */
static void errors_follow_the_definitions(void **state) {
  (void)state;
  enum { D = 3, N = 6 };
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(
      &w,
      (const char *[]){"prompt.d=3", "prompt.n=6", "prompt.noise=0.5", NULL}, 1,
      100);
  probing_open(&p, &w, 2);
  probing_add(&p, "averaging");
  probing_add(&p, "knn");
  assert_ok(probing_run(&p, "by_context", &err), err);
  const double *mean = of(&p, "averaging", extents);
  const double *per_d = of(&p, "averaging_per_d", extents);
  const double *knn = of(&p, "knn", extents);
  double of_one = 0;
  for (size_t k = 0; k <= N; ++k) {
    double sum = 0;
    for (size_t i = 50; i < 100; ++i) {
      const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
      double target = 0;
      for (size_t j = 0; j < D; ++j) {
        double off = -prompt.w_star[j];
        for (size_t t = 0; t < k; ++t)
          off += prompt.y[t] * prompt.x[t * D + j] / (double)k;
        sum += off * off / 50;
        target += prompt.w_star[j] * prompt.x[D + j];
      }
      if (k == 0)
        of_one += (prompt.y[0] - target) * (prompt.y[0] - target) / 50;
    }
    assert_close(mean[N + 1 + k], sum, 1e-12, 0);
    assert_close(per_d[N + 1 + k], sum / D, 1e-12, 0);
  }
  assert_close(knn[N + 1 + 1], of_one, 1e-12, 0);
  probing_close(&p);
  world_free(&w);
}

/* Least squares knows w from d points on; before, (d - k) / d of it are left,
 * and nearest neighbours need one point. */
static void least_squares_needs_d_points(void **state) {
  (void)state;
  enum { D = 4, N = 8 };
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(&w, (const char *[]){"prompt.d=4", "prompt.n=8", NULL}, 1, 800);
  probing_open(&p, &w, 2);
  probing_add(&p, "least_squares");
  probing_add(&p, "knn");
  assert_ok(probing_run(&p, "by_context", &err), err);
  const double *mean = of(&p, "least_squares", extents);
  const double *error = of(&p, "least_squares_errors", extents);
  const double *measurable = of(&p, "least_squares_measurable", extents);
  for (size_t k = 0; k <= N; ++k) {
    const size_t at = N + 1 + k;
    if (k < D)
      assert_true(fabs(mean[at] - (double)(D - k)) < 5 * error[at]);
    else
      assert_close(mean[at], 0, 1e-18, 0);
    if (k >= D) assert_true(measurable[at] == 1);
  }
  const double *knn = of(&p, "knn", extents);
  assert_true(isnan(knn[N + 1]) && isfinite(knn[N + 2]));
  probing_close(&p);
  world_free(&w);
}

/* More lengths than asked for: some, the first and the last among them. */
static void lengths_are_spread(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  world_create(
      &w,
      (const char *[]){"prompt.d=2", "prompt.n=10", "by_context.lengths=4",
                       "by_context.prompts=30", NULL},
      1, 80);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "by_context", &err), err);
  const double *k =
      probing_reals(&p, "trajectories_by_context/context", 1, extents);
  const double expected[] = {0, 3, 6, 10};
  assert_int_equal(extents[0], 4);
  for (size_t i = 0; i < 4; ++i) assert_close(k[i], expected[i], 0, 0);
  int64_t prompts;
  assert_ok(iclgd_source_attr_int(p.source, group, "prompts", &prompts, &err),
            err);
  assert_int_equal(prompts, 30);
  probing_close(&p);
  world_free(&w);
}

/* Least squares at k = d - 1 with d = 3, noise 1: a mean that no sample has
 * (E tr (X X^T)^-1 is infinite at k = d), so called; gd after no step: its mean
 * is E |w|^2. */
static void rare_prompts_are_seen(void **state) {
  (void)state;
  enum { D = 3, N = 12 };
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(
      &w, (const char *[]){"prompt.d=3", "prompt.n=12", "prompt.noise=1", NULL},
      1, 1000);
  probing_open(&p, &w, 2);
  probing_add(&p, "least_squares");
  assert_ok(probing_run(&p, "by_context", &err), err);
  const double *measurable = of(&p, "least_squares_measurable", extents);
  assert_true(measurable[N + 1 + D] == 0);
  for (size_t k = 0; k <= N; ++k) assert_true(measurable[k] == 1);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(descent_is_descent_at_every_length),
      cmocka_unit_test(errors_follow_the_definitions),
      cmocka_unit_test(least_squares_needs_d_points),
      cmocka_unit_test(lengths_are_spread),
      cmocka_unit_test(rare_prompts_are_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
