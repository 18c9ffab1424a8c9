/* The probe `identify` finds gradient descent and ridge regression on functions
 * of a kernel, and gives no other the name of these. */
#include <iclgd/kernel.h>

#include "support/identified.h"

/* Transformers that are steps on functions by construction; where weights of
 * attention have the sum 1, eta is that of kernel_gd over n. */
static void scores_are_recovered(void **state) {
  (void)state;
  enum { N = 8 };
  static const struct {
    const char *attention, *init, *name;
    double values[2];
  } cases[] = {
      {"model.attention=softmax",
       "model.init=gd:0.4",
       "softmax_gd",
       {0.4 * N, 1}},
      {"model.attention=exp", "model.init=gd:0.05", "exp_gd", {0.05, 1}}};
  static const char *const depths[] = {"model.loops=3", "model.loops=1",
                                       "model.loops=6"};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c)
    for (size_t k = 0; k < sizeof depths / sizeof *depths; ++k) {
      const char *const law[] = {"model.architecture=transformer",
                                 "prompt.d=3",
                                 "prompt.n=8",
                                 "prompt.x_scale=0.7",
                                 cases[c].attention,
                                 cases[c].init,
                                 depths[k],
                                 NULL};
      world w;
      probing p;
      world_create(&w, law, 3, IDENTIFIED_PROMPTS);
      probing_open(&p, &w, 3);
      run_probe(&p);
      expect_exact(&p, cases[c].name, cases[c].values, 2);
      expect_text(&p, "measured", "predictions");
      probing_close(&p);
      world_free(&w);
    }
}

/* Every layer predicts what the one step of kernel ridge regression does. */
static void repeat_ridge(const iclgd_hyper *hyper, const iclgd_problem *p,
                         size_t steps, double *work, double *prediction) {
  algorithm_of("kernel_ridge")->predict(hyper, p, 1, work, prediction);
  for (size_t k = 2; k <= steps; ++k) prediction[k] = prediction[1];
}

/* No weight is compared. */
static void leave_weights(const iclgd_hyper *hyper, const iclgd_problem *p,
                          size_t steps, double *work, double *w) {
  (void)hyper, (void)work;
  for (size_t i = 0; i < (steps + 1) * p->prompt.d; ++i) w[i] = 0;
}

static const iclgd_algorithm ridge_at_once = {.name = "r",
                                              .title = "r",
                                              .iterate = leave_weights,
                                              .predict = repeat_ridge};

/* With the kernel of the algorithm among the paths. */
static void reference_kernels_are_recovered(void **state) {
  (void)state;
  const iclgd_kernel rbf = {ICLGD_KERNEL_RBF, 1.5};
  const char *const law[] = {"model.loops=3", "reference.kernel=rbf:1.5", NULL};
  double eta[] = {1.3};
  const double penalty[] = {0.6};
  const struct {
    const char *name;
    const iclgd_algorithm *model;
    iclgd_hyper hyper;
    const double *value;
  } cases[] = {{"kernel_gd",
                algorithm_of("kernel_gd"),
                {.eta = eta, .n_eta = 1, .kernel = &rbf},
                eta},
               {"kernel_ridge",
                &ridge_at_once,
                {.lambda = penalty[0], .kernel = &rbf},
                penalty}};
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    world w;
    probing p;
    size_t count;
    open_algorithm(&w, &p, law, cases[c].model, cases[c].hyper);
    const iclgd_path *own = probing_add(&p, cases[c].name);
    run_probe(&p);
    expect_exact(&p, cases[c].name, cases[c].value, 1);
    assert_close(fit_of(&p, cases[c].name, "optimal", &count)[0],
                 c == 0 ? own->hyper.eta[0] : own->hyper.lambda, 0, 0);
    probing_close(&p);
    world_free(&w);
  }
}

static bool has_hypothesis(probing *p, const char *name) {
  size_t count = 0;
  char **names;
  iclgd_error err;
  assert_ok(iclgd_source_texts(p->source, "identify/name", 1, &count,
                               &p->w->arena, &names, &err),
            err);
  for (size_t i = 0; i < count; ++i)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

/* Linear scores, beside the same method with another kernel; a linear model is
 * not compared with any. */
static void linear_descent_has_no_kernel(void **state) {
  (void)state;
  static const double eta[] = {0.3};
  static const char *const models[] = {"model.architecture=transformer",
                                       "model.architecture=linear"};
  for (size_t i = 0; i < 2; ++i) {
    const char *const law[] = {models[i],
                               "prompt.d=3",
                               "prompt.n=8",
                               "model.loops=3",
                               "model.init=gd:0.3",
                               "reference.kernel=softmax",
                               i == 0 ? "model.attention=linear" : NULL,
                               NULL};
    world w;
    probing p;
    world_create(&w, law, 3, IDENTIFIED_PROMPTS);
    probing_open(&p, &w, 3);
    probing_add(&p, "kernel_gd");
    run_probe(&p);
    expect_exact(&p, "gd", eta, 1);
    assert_true(has_hypothesis(&p, "kernel_gd") == (i == 0));
    assert_false(has_hypothesis(&p, "softmax_gd"));
    if (i == 0) assert_true(of(&p, "overall", "kernel_gd") > 0.01);
    probing_close(&p);
    world_free(&w);
  }
}

/* Steps of the wrong sign are those of descent; time does not run backwards. */
static void times_are_not_negative(void **state) {
  (void)state;
  const char *const law[] = {"model.loops=3", NULL};
  double eta[] = {-0.2};
  const iclgd_hyper hyper = {.eta = eta, .n_eta = 1};
  world w;
  probing p;
  size_t count;
  open_algorithm(&w, &p, law, algorithm_of("gd"), hyper);
  run_probe(&p);
  expect_exact(&p, "gd", eta, 1);
  assert_true(fit_of(&p, "flow", "value", &count)[0] >= 0);
  const double *times = fit_of(&p, "flow_per_layer", "value", &count);
  assert_int_equal(count, 3);
  for (size_t l = 0; l < count; ++l) assert_true(times[l] >= 0);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(scores_are_recovered),
      cmocka_unit_test(reference_kernels_are_recovered),
      cmocka_unit_test(linear_descent_has_no_kernel),
      cmocka_unit_test(times_are_not_negative),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
