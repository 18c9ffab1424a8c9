/* The probe `hessian` where the Hessian is known. */
#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

#include "support/probing.h"

enum { D = 3, P = D * D };

static const char *const small[] = {"prompt.d=3", "model.weights=gd", NULL};

/* One layer: the prediction x_query . A b is linear in A, so that H = 2 mean
 * (x_query (x) b) (x_query (x) b)^T and there is no functional part. */
static void known_hessian(const world *w, size_t first, double *H) {
  const size_t count = w->prompts.count - first;
  memset(H, 0, P * P * sizeof *H);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, first + i);
    double S[D * D], b[D], J[P];
    iclgd_context_gram(S, b, prompt.x, prompt.y, prompt.n, D, prompt.mean_n);
    for (size_t k = 0; k < P; ++k) J[k] = prompt.x_query[k / D] * b[k % D];
    for (size_t k = 0; k < P * P; ++k)
      H[k] += 2 * J[k / P] * J[k % P] / (double)count;
  }
}

static void one_layer_is_quadratic(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  double H[P * P], copy[P * P], lambda[P], trace = 0;
  size_t extents[2];
  world_create(&w, small, 1, 80);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "hessian", &err), err);
  known_hessian(&w, p.tune.count, H);
  const double *magnitude =
      probing_reals(&p, "hessian/entries/magnitude", 2, extents);
  for (size_t k = 0; k < P * P; ++k)
    assert_close(magnitude[k], fabs(H[k]), 1e-9, 1e-9);
  for (size_t k = 0; k < P; ++k) trace += H[k * P + k];
  memcpy(copy, H, sizeof copy);
  assert_true(iclgd_symmetric_eigenvalues(copy, P, false, lambda));
  const double *found =
      probing_reals(&p, "hessian/parts/eigenvalue", 2, extents);
  for (size_t k = 0; k < P; ++k) {
    assert_close(found[k], lambda[k], 1e-9, 0);
    assert_close(found[P + k], lambda[k], 1e-9, 0);
    assert_close(found[2 * P + k], 0, 1e-9, 0);
  }
  assert_close(probing_reals(&p, "hessian/parts/trace", 1, extents)[0], trace,
               0, 1e-9);
  assert_close(probing_reals(&p, "hessian/parts/condition", 1, extents)[0],
               lambda[P - 1] / lambda[0], 0, 1e-6);
  assert_close(probing_reals(&p, "hessian/training/sharpness", 1, extents)[0],
               lambda[P - 1], 0, 1e-8);
  const double *bins = probing_reals(&p, "hessian/positive", 1, extents);
  double all = 0;
  for (size_t k = 0; k < extents[0]; ++k) all += bins[k];
  assert_close(all, P, 0, 0);
  probing_close(&p);
  world_free(&w);
}

/* How training was set is unknown without snapshots, and so is the edge. */
static void without_training_no_limit_is_known(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  char *optimizer;
  world_create(&w, small, 1, 80);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "hessian", &err), err);
  assert_true(
      isnan(probing_reals(&p, "hessian/training/limit_adam", 1, extents)[0]));
  assert_close(probing_reals(&p, "hessian/training/step", 1, extents)[0], -1, 0,
               0);
  assert_ok(iclgd_source_attr_text(p.source, "hessian/training", "optimizer",
                                   &w.arena, &optimizer, &err),
            err);
  assert_string_equal(optimizer, "unknown");
  probing_close(&p);
  world_free(&w);
}

/* Two snapshots; the learning rate of SGD is constant, so is its limit. */
static void the_edge_of_sgd(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  static const int64_t steps[] = {0, 10, 50};
  double theta[3 * P];
  world_create(&w,
               (const char *[]){"prompt.d=3", "model.weights=gd",
                                "model.loops=2", "train.optimizer=sgd",
                                "train.schedule=constant", "train.lr=0.04",
                                "train.beta1=0.5", "train.steps=50", NULL},
               1, 80);
  for (size_t i = 0; i < 3 * P; ++i) theta[i] = 0.1 * (double)(i % 7);
  memcpy(w.theta, theta + 2 * P, P * sizeof *theta);
  probing_open(&p, &w, 1);
  p.history = (iclgd_history){.snapshots = 3, .step = steps, .theta = theta};
  assert_ok(probing_run(&p, "hessian", &err), err);
  const double *limit = probing_reals(&p, "hessian/training/limit", 1, extents);
  assert_int_equal(extents[0], 3);
  for (size_t k = 0; k < 3; ++k) assert_close(limit[k], 3 / 0.04, 0, 1e-12);
  const double *sharp =
      probing_reals(&p, "hessian/training/sharpness", 1, extents);
  const double *least =
      probing_reals(&p, "hessian/training/smallest", 1, extents);
  const double *along =
      probing_reals(&p, "hessian/training/smoothness_sgd", 1, extents);
  const double *last = probing_reals(&p, "hessian/parts/largest", 1, extents);
  assert_close(sharp[2], last[0], 0, 1e-9);
  for (size_t k = 0; k < 3; ++k)
    assert_true(along[k] <= sharp[k] * (1 + 1e-9) &&
                along[k] >= least[k] - 1e-9);
  probing_close(&p);
  world_free(&w);
}

/* Products alone: near what the whole matrix says. */
static void estimates_are_near_the_whole(void **state) {
  (void)state;
  enum { STARTS = 40 };
  static const char *const keys[] = {"prompt.d=3",
                                     "model.weights=full",
                                     "model.layers=2",
                                     "hessian.exact=0",
                                     "hessian.estimate=yes",
                                     "hessian.samples=8",
                                     "hessian.steps=64",
                                     "hessian.starts=40",
                                     "hessian.blocks=60",
                                     "model.init_scale=0.3",
                                     NULL};
  world w;
  probing p[2];
  iclgd_error err;
  size_t extents[2], blocks;
  world_create(&w, keys, 1, 80);
  probing_open(&p[0], &w, 1);
  assert_ok(probing_run(&p[0], "hessian", &err), err);
  assert_ok(iclgd_settings_override(w.settings, "hessian.exact=2000", &err),
            err);
  probing_open(&p[1], &w, 1);
  assert_ok(probing_run(&p[1], "hessian", &err), err);
  for (size_t part = 0; part < 3; ++part) {
    double at[2][4];
    const char *const leaves[] = {"trace", "norm", "largest", "smallest"};
    for (size_t k = 0; k < 4; ++k)
      for (size_t i = 0; i < 2; ++i) {
        char path[64];
        snprintf(path, sizeof path, "hessian/parts/%s", leaves[k]);
        at[i][k] = probing_reals(&p[i], path, 1, extents)[part];
      }
    const double trace =
        probing_reals(&p[0], "hessian/parts/trace_errors", 1, extents)[part];
    const double norm =
        probing_reals(&p[0], "hessian/parts/norm_errors", 1, extents)[part];
    assert_true(trace >= 0 && norm > 0);
    assert_close(at[0][0], at[1][0], 5 * trace, 1e-9);
    assert_close(at[0][1], at[1][1], 4 * norm, 0);
    assert_close(at[0][2], at[1][2], 1e-8, 1e-8); /* all steps were made */
    assert_close(at[0][3], at[1][3], 1e-8, 1e-8);
  }
  const double *norm = probing_reals(&p[0], "hessian/blocks/norm", 2, extents);
  const double *error =
      probing_reals(&p[0], "hessian/blocks/norm_errors", 2, extents);
  const double *exact = probing_reals(&p[1], "hessian/blocks/norm", 2, extents);
  blocks = extents[0];
  assert_int_equal(blocks, 4);
  for (size_t k = 0; k < blocks * blocks; ++k)
    assert_close(norm[k], exact[k], 5 * error[k] + 1e-9, 0);
  const double *negative =
      probing_reals(&p[1], "hessian/parts/negative", 1, extents);
  const double *expected =
      probing_reals(&p[0], "hessian/parts/negative", 1, extents);
  assert_true(negative[0] > 0);
  /* a start's share of k of them has a variance of at most 2 k */
  assert_close(expected[0], negative[0], 4 * sqrt(2 * negative[0] / STARTS), 0);
  probing_close(&p[0]);
  probing_close(&p[1]);
  world_free(&w);
}

/* What takes long waits to be asked for. */
static void many_parameters_wait(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"prompt.d=3", "model.weights=gd",
                                "hessian.exact=8", NULL},
               1, 80);
  probing_open(&p, &w, 1);
  assert_int_equal(probing_run(&p, "hessian", &err), ICLGD_ERANGE);
  assert_non_null(strstr(err.text, "9 parameters"));
  assert_non_null(strstr(err.text, "hessian.exact=9"));
  probing_close(&p);
  world_free(&w);
}

/* Slopes of the paper's setting are there when sigmas are given. */
static void scales_are_measured_when_asked(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1], rows;
  world_create(&w,
               (const char *[]){"prompt.d=3", "hessian.scales=0.01,0.03,0.1",
                                "hessian.draws=5", NULL},
               1, 80);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "hessian", &err), err);
  const double *slope = probing_reals(&p, "hessian/scales/slope", 1, extents);
  const double *exponent =
      probing_reals(&p, "hessian/scales/exponent", 1, extents);
  rows = extents[0];
  assert_true(rows > 20);
  for (size_t k = 0; k < rows; ++k) assert_close(slope[k], exponent[k], 0.1, 0);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_layer_is_quadratic),
      cmocka_unit_test(without_training_no_limit_is_known),
      cmocka_unit_test(the_edge_of_sgd),
      cmocka_unit_test(estimates_are_near_the_whole),
      cmocka_unit_test(many_parameters_wait),
      cmocka_unit_test(scales_are_measured_when_asked),
  };
  return cmocka_run_group_tests_name("probes/hessian", tests, NULL, NULL);
}
