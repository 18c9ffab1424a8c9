/* The probe `identify` finds every family, with its parameters. */
#include <iclgd/comparisons.h>

#include "support/identified.h"
#include "support/linear.h"

/* The weights sum_j q(lambda_j) (v_j . b) v_j. */
static void write_function(const iclgd_problem *p, double (*q)(double, size_t),
                           size_t steps, double *w) {
  const size_t d = p->prompt.d;
  memset(w, 0, (steps + 1) * d * sizeof *w);
  for (size_t k = 1; k <= steps; ++k)
    for (size_t j = 0; j < d; ++j) {
      const double *v = p->V + j * d;
      const double factor = q(p->lambda[j], k) * iclgd_dot(v, p->b, d);
      for (size_t i = 0; i < d; ++i) w[k * d + i] += factor * v[i];
    }
}

static const double penalties[] = {2, 0.5, 0.1};
static const double times[] = {0.7, 0.9, 3};
static const double factors[] = {0.4, 0.2, -0.3};

static double ridge_of(double lambda, size_t k) {
  return 1 / (lambda + penalties[k - 1]);
}
static double equal_flow_of(double lambda, size_t k) {
  return (1 - exp(-0.6 * (double)k * lambda)) / lambda;
}
static double flow_of(double lambda, size_t k) {
  return (1 - exp(-times[k - 1] * lambda)) / lambda;
}
static double average_of(double lambda, size_t k) {
  (void)lambda;
  return factors[k - 1];
}

static void iterate_ridge(const iclgd_hyper *hyper, const iclgd_problem *p,
                          size_t steps, double *work, double *w) {
  (void)hyper;
  (void)work;
  write_function(p, ridge_of, steps, w);
}
static void iterate_equal_flow(const iclgd_hyper *hyper, const iclgd_problem *p,
                               size_t steps, double *work, double *w) {
  (void)hyper;
  (void)work;
  write_function(p, equal_flow_of, steps, w);
}
static void iterate_flow(const iclgd_hyper *hyper, const iclgd_problem *p,
                         size_t steps, double *work, double *w) {
  (void)hyper;
  (void)work;
  write_function(p, flow_of, steps, w);
}
static void iterate_average(const iclgd_hyper *hyper, const iclgd_problem *p,
                            size_t steps, double *work, double *w) {
  (void)hyper;
  (void)work;
  write_function(p, average_of, steps, w);
}

static const iclgd_algorithm ridges = {
    .name = "r", .title = "r", .spectral = true, .iterate = iterate_ridge};
static const iclgd_algorithm equal_flow = {
    .name = "e", .title = "e", .spectral = true, .iterate = iterate_equal_flow};
static const iclgd_algorithm flows = {
    .name = "f", .title = "f", .spectral = true, .iterate = iterate_flow};
static const iclgd_algorithm averages = {
    .name = "a", .title = "a", .spectral = true, .iterate = iterate_average};

/* Every family with parameters of its own choice. */
static void every_family_is_recovered(void **state) {
  (void)state;
  const char *const law[] = {"model.loops=3", NULL};
  double eta[] = {0.35, 0.6, 0.2}, gamma[] = {0.15, 0.1, 0}, beta[] = {0.25};
  const iclgd_hyper shared = {.eta = eta,
                              .n_eta = 1,
                              .gamma = gamma,
                              .n_gamma = 1,
                              .beta = beta,
                              .n_beta = 1};
  const iclgd_hyper each = {
      .eta = eta, .n_eta = 3, .gamma = gamma, .n_gamma = 3};
  const double with_beta[] = {eta[0], beta[0]};
  const double with_gamma[] = {eta[0], gamma[0]};
  const double all[] = {eta[0], eta[1], eta[2], gamma[0], gamma[1]};
  const double scale[] = {0.8}, time[] = {0.6};
  double small[] = {0.03};
  const iclgd_hyper online = {.eta = small, .n_eta = 1};
  const iclgd_hyper newton = {.own = {scale[0]}};
  const iclgd_hyper none = {0};
  expect_algorithm(law, algorithm_of("gd"), shared, "gd", eta, 1);
  expect_algorithm(law, algorithm_of("gd"), each, "gd_per_layer", eta, 3);
  expect_algorithm(law, algorithm_of("heavy_ball"), shared, "heavy_ball",
                   with_beta, 2);
  expect_algorithm(law, algorithm_of("nesterov"), shared, "nesterov", with_beta,
                   2);
  expect_algorithm(law, algorithm_of("gdpp"), shared, "gdpp", with_gamma, 2);
  expect_algorithm(law, algorithm_of("gdpp"), each, "gdpp_per_layer", all, 5);
  expect_algorithm(law, algorithm_of("newton"), newton, "newton", scale, 1);
  expect_algorithm(law, algorithm_of("online_gd"), online, "online_gd", small,
                   1);
  expect_algorithm(law, &ridges, none, "ridge_per_layer", penalties, 3);
  expect_algorithm(law, &equal_flow, none, "flow", time, 1);
  expect_algorithm(law, &flows, none, "flow_per_layer", times, 3);
  expect_algorithm(law, &averages, none, "averaging", factors, 3);
  expect_algorithm(law, algorithm_of("line_search"), none, "line_search", NULL,
                   0);
  expect_algorithm(law, algorithm_of("conjugate_gradient"), none,
                   "conjugate_gradient", NULL, 0);
}

/* Layer l is step 2 l, 3 l, or l / 2 (and odd layers do nothing). */
static void stride_of(const char *name, size_t times_steps, size_t share,
                      const iclgd_hyper *hyper, const iclgd_problem *p,
                      size_t steps, double *work, double *w) {
  enum { MOST = 64 };
  double all[MOST];
  const size_t d = p->prompt.d, most = steps * times_steps;
  assert_true((most + 1) * d <= MOST);
  algorithm_of(name)->iterate(hyper, p, most, work, all);
  for (size_t l = 0; l <= steps; ++l)
    memcpy(w + l * d, all + l * times_steps / share * d, d * sizeof *w);
}
static void iterate_gd_x2(const iclgd_hyper *hyper, const iclgd_problem *p,
                          size_t steps, double *work, double *w) {
  stride_of("gd", 2, 1, hyper, p, steps, work, w);
}
static void iterate_gd_x3(const iclgd_hyper *hyper, const iclgd_problem *p,
                          size_t steps, double *work, double *w) {
  stride_of("gd", 3, 1, hyper, p, steps, work, w);
}
static void iterate_gd_half(const iclgd_hyper *hyper, const iclgd_problem *p,
                            size_t steps, double *work, double *w) {
  stride_of("gd", 1, 2, hyper, p, steps, work, w);
}
static void iterate_newton_x2(const iclgd_hyper *hyper, const iclgd_problem *p,
                              size_t steps, double *work, double *w) {
  stride_of("newton", 2, 1, hyper, p, steps, work, w);
}

static void skipped_and_slowed_steps(void **state) {
  (void)state;
  const char *const law[] = {"prompt.d=4", "model.loops=4", NULL};
  const struct {
    const char *name;
    void (*iterate)(const iclgd_hyper *, const iclgd_problem *, size_t,
                    double *, double *);
  } cases[] = {{"gd_x2", iterate_gd_x2},
               {"gd_x3", iterate_gd_x3},
               {"gd_half", iterate_gd_half},
               {"newton_x2", iterate_newton_x2}};
  double eta[] = {0.2};
  const iclgd_hyper hyper = {.eta = eta, .n_eta = 1, .own = {eta[0]}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    const iclgd_algorithm algorithm = {.name = "s",
                                       .title = "s",
                                       .spectral = true,
                                       .iterate = cases[i].iterate};
    expect_algorithm(law, &algorithm, hyper, cases[i].name, eta, 1);
  }
}

/* Step sizes good, bad, of the wrong sign and diverging; d = 1; n = 1; inputs
 * rotated for each prompt. */
static void gradient_descent_at_any_step(void **state) {
  (void)state;
  static const double etas[] = {0.1, 0.3, 1.0, -0.2, 3, 1e-6};
  const char *const laws[][4] = {{"model.loops=5", NULL},
                                 {"model.loops=5", "prompt.d=1", NULL},
                                 {"model.loops=5", "prompt.n=1", NULL},
                                 {"model.loops=1", NULL},
                                 {"model.loops=3", "prompt.covariance=power:1",
                                  "prompt.rotate=per-prompt", NULL}};
  for (size_t k = 0; k < sizeof laws / sizeof *laws; ++k)
    for (size_t i = 0; i < sizeof etas / sizeof *etas; ++i) {
      double eta[] = {etas[i]};
      const iclgd_hyper hyper = {.eta = eta, .n_eta = 1};
      world w;
      probing p;
      size_t count;
      open_algorithm(&w, &p, laws[k], algorithm_of("gd"), hyper);
      run_probe(&p);
      expect_exact(&p, "gd", eta, 1);
      expect_text(&p, "measured", k < 4 ? "weights" : "predictions");
      assert_close(fit_of(&p, "gd", "value", &count)[0], etas[i], 0, 1e-6);
      probing_close(&p);
      world_free(&w);
    }
}

/* A model whose layer l is a step eta_l Sigma^-1 (or eta_l I), followed, where
 * gammas are given, by x <- (I - gamma_l S Sigma^-1) x. */
static void expect_model(const char *const *law, bool whitened,
                         const double *eta, const double *gamma,
                         const char *name, const double *values, size_t count) {
  enum { D = 5 };
  world w;
  probing p;
  iclgd_error err;
  double Sigma[D * D], inverse[D * D], A[D * D], B[D * D];
  world_create(&w, law, 3, IDENTIFIED_PROMPTS);
  assert_int_equal(w.model.d, D);
  iclgd_distribution_covariance(&w.dist, Sigma);
  linear_inverse(Sigma, inverse, D);
  for (size_t l = 0; l < w.model.layers; ++l) {
    for (size_t i = 0; i < D * D; ++i) {
      const double one = i / D == i % D;
      A[i] = eta[l] * (whitened ? inverse[i] : one);
      B[i] = gamma ? gamma[l] / eta[l] * one : 0;
    }
    assert_ok(
        iclgd_linear_construct(&w.model, w.theta, l, A, gamma ? B : NULL, &err),
        err);
  }
  probing_open(&p, &w, 6);
  run_probe(&p);
  expect_exact(&p, name, values, count);
  probing_close(&p);
  world_free(&w);
}

static void constructed_models(void **state) {
  (void)state;
  const double eta[] = {0.2, 0.5, 0.3}, gamma[] = {0.1, 0.2, 0.15};
  const double shared[] = {0.3, 0.3, 0.3};
  const double pair[] = {0.2, 0.1}, all[] = {0.2, 0.5, 0.3, 0.1, 0.2};
  const char *const untied[] = {"model.layers=3", "model.loops=1", NULL};
  const char *const power[] = {"model.layers=3", "model.loops=1",
                               "prompt.covariance=power:1", NULL};
  const char *const tied_gdpp[] = {"model.loops=3", "model.weights=gdpp",
                                   "prompt.covariance=power:1",
                                   "prompt.rotate=fixed", NULL};
  const char *const untied_gdpp[] = {"model.layers=3", "model.loops=1",
                                     "model.weights=gdpp",
                                     "prompt.covariance=power:1", NULL};
  expect_model(untied, false, eta, NULL, "gd_per_layer", eta, 3);
  expect_model(power, false, shared, NULL, "gd", shared, 1);
  expect_model(power, true, shared, NULL, "pgd", shared, 1);
  expect_model(power, true, eta, NULL, "pgd_per_layer", eta, 3);
  expect_model(tied_gdpp, true, eta, gamma, "gdpp_whitened", pair, 2);
  expect_model(untied_gdpp, true, eta, gamma, "gdpp_whitened_per_layer", all,
               5);
}

/* A of layer l as given, d = 2, inputs isotropic. */
static void open_matrices(world *w, probing *p, const char *const *law,
                          const double *A) {
  iclgd_error err;
  world_create(w, law, 3, IDENTIFIED_PROMPTS);
  for (size_t l = 0; l < w->model.layers; ++l)
    assert_ok(
        iclgd_linear_construct(&w->model, w->theta, l, A + 4 * l, NULL, &err),
        err);
  probing_open(p, w, 6);
}

/* Full weights that hold one matrix are GD with that matrix; for `gd` weights
 * this is so whatever was learned, and is never chosen. */
static void matrices(void **state) {
  (void)state;
  static const double A[] = {0.3, 0.2, -0.1, 0.6};
  static const double both[] = {0.3, 0.2, -0.1, 0.6, 0.5, 0, 0.1, 0.2};
  const char *const full[] = {"prompt.d=2", "model.weights=full",
                              "model.loops=3", NULL};
  const char *const untied[] = {"prompt.d=2", "model.weights=full",
                                "model.layers=2", "model.loops=1", NULL};
  const char *const tied[] = {"prompt.d=2", "model.loops=3", NULL};
  world w;
  probing p;
  open_matrices(&w, &p, full, A);
  run_probe(&p);
  expect_exact(&p, "matrix", A, 4);
  probing_close(&p);
  world_free(&w);
  open_matrices(&w, &p, untied, both);
  run_probe(&p);
  expect_exact(&p, "matrix_per_layer", both, 8);
  probing_close(&p);
  world_free(&w);
  open_matrices(&w, &p, tied, A);
  run_probe(&p);
  assert_true(of(&p, "by_construction", "matrix") == 1);
  assert_true(of(&p, "by_construction", "matrix_per_layer") == 1);
  assert_true(of(&p, "by_construction", "gd") == 0);
  assert_true(of(&p, "overall", "matrix") < 1e-10);
  assert_true(of(&p, "overall", "gd") > 0.01);
  assert_true(of(&p, "excess", "matrix") < -0.005);
  probing_close(&p);
  world_free(&w);
}

/* One number per layer is GD by construction: chosen, and marked. */
static void scalars_are_marked(void **state) {
  (void)state;
  const char *const laws[][4] = {
      {"model.weights=scalar", "model.loops=3", "model.init=gd:0.4", NULL},
      {"model.loops=3", "prompt.d=1", "model.init=gd:0.4", NULL}};
  const double eta = 0.4;
  for (size_t i = 0; i < 2; ++i) {
    world w;
    probing p;
    world_create(&w, laws[i], 3, IDENTIFIED_PROMPTS);
    probing_open(&p, &w, 3);
    run_probe(&p);
    expect_exact(&p, "gd", &eta, 1);
    assert_true(of(&p, "by_construction", "gd") == 1);
    assert_true(of(&p, "by_construction", "gd_per_layer") == 1);
    assert_true(of(&p, "by_construction", "newton") == 0);
    probing_close(&p);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_family_is_recovered),
      cmocka_unit_test(skipped_and_slowed_steps),
      cmocka_unit_test(gradient_descent_at_any_step),
      cmocka_unit_test(constructed_models),
      cmocka_unit_test(matrices),
      cmocka_unit_test(scalars_are_marked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
