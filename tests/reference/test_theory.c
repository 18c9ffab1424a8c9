/* Closed forms in the units of a law against the mean risk of sampled prompts,
 * (w - w_star)^T Sigma (w - w_star), at steps small enough for light tails. */
#include <iclgd/theory.h>
#include <stdio.h>

#include "support/reference.h"
#include "support/samples.h"

enum { D = 4, N = 8, COUNT = 8000, L = 2 };

static void create(world *w, const char *const *law, const char *eta) {
  const char *overrides[12] = {"prompt.d=4", "prompt.n=8", eta};
  size_t k = 3;
  for (; *law; ++law) overrides[k++] = *law;
  assert_true(k < 12);
  world_create(w, overrides, 3, COUNT);
}

static double risk(const double *Sigma, const double *w, const double *w_star) {
  double sum = 0;
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j)
      sum += (w[i] - w_star[i]) * Sigma[i * D + j] * (w[j] - w_star[j]);
  return sum;
}

/* Risks of iterates 0..L of the algorithm over the world's prompts. */
static void sample(world *w, const char *name, const iclgd_hyper *hyper,
                   normal_mean *risks) {
  double Sigma[D * D], at[(L + 1) * D];
  double *work = iclgd_arena_reals(&w->arena, iclgd_algorithm_work(N, D), 1, 1);
  assert_non_null(work);
  iclgd_distribution_covariance(&w->dist, Sigma);
  for (size_t i = 0; i < COUNT; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w->prompts, i);
    const iclgd_problem problem = problem_of(&p, &w->arena);
    algorithm_of(name)->iterate(hyper, &problem, L, work, at);
    for (size_t k = 0; k <= L; ++k)
      normal_add(&risks[k], risk(Sigma, at + k * D, p.w_star));
  }
}

/* v = x_scale^2 lambda; the real step is 0.4 / v, or 0.4 on Sigma^-1. */
static void expect_curve(const char *const *law, const char *name, double v) {
  char given[64];
  snprintf(given, sizeof given, "reference.eta=%.17g", 0.4 / v);
  world w;
  create(&w, law, given);
  iclgd_hyper hyper;
  iclgd_theory theory;
  iclgd_error err;
  assert_ok(choose(&w, name, &hyper, &err), err);
  assert_true(iclgd_theory_of(&w.dist, strcmp(name, "pgd") == 0, &theory));
  assert_close(hyper.eta[0] / theory.step_unit, 0.4, 0, 1e-14);
  const double eta[L] = {0.4, 0.4};
  double loss, curve[L + 1];
  assert_ok(iclgd_oracle_gd(theory.setting, eta, L, &loss, curve, &err), err);
  normal_mean risks[L + 1] = {{0}};
  sample(&w, name, &hyper, risks);
  for (size_t k = 0; k <= L; ++k) {
    const double mean = risks[k].sum / COUNT;
    const double error = sqrt((risks[k].squares / COUNT - mean * mean) / COUNT);
    assert_true(error < 0.04 * mean);
    assert_mean(&risks[k], curve[k] * theory.loss_unit);
  }
  world_free(&w);
}

static void units_of_isotropic_laws(void **state) {
  (void)state;
  const char *const scaled[] = {"prompt.x_scale=2", "prompt.w_scale=3", NULL};
  const char *const noisy[] = {"prompt.x_scale=2", "prompt.w_scale=3",
                               "prompt.noise=5", NULL};
  const char *const listed[] = {"prompt.covariance=diag:4,4,4,4",
                                "prompt.noise=1", NULL};
  const char *const sparse[] = {"prompt.w=sparse:1", "prompt.w_scale=3",
                                "prompt.noise=1", NULL};
  const char *const pool[] = {"prompt.w=pool:3", "prompt.w_scale=3",
                              "prompt.noise=1", NULL};
  const char *const fixed[] = {"prompt.covariance=diag:4,4,4,4",
                               "prompt.rotate=fixed", "prompt.noise=1", NULL};
  const char *const turned[] = {"prompt.covariance=diag:4,4,4,4",
                                "prompt.rotate=per-prompt", "prompt.noise=1",
                                NULL};
  const char *const inverse[] = {"prompt.covariance=diag:4,4,4,4",
                                 "prompt.w=inverse-covariance",
                                 "prompt.x_scale=3", "prompt.noise=.5", NULL};
  expect_curve(scaled, "gd", 4);
  expect_curve(noisy, "gd", 4);
  expect_curve(listed, "gd", 4);
  expect_curve(sparse, "gd", 1);
  expect_curve(pool, "gd", 1);
  expect_curve(fixed, "gd", 4);
  expect_curve(turned, "gd", 4);
  expect_curve(inverse, "gd", 36);
}

static void units_of_preconditioned_laws(void **state) {
  (void)state;
  const char *const plain[] = {"prompt.covariance=diag:4,1,.25,9",
                               "prompt.w=inverse-covariance", NULL};
  const char *const full[] = {"prompt.covariance=diag:4,1,.25,9",
                              "prompt.w=inverse-covariance",
                              "prompt.rotate=fixed",
                              "prompt.x_scale=2",
                              "prompt.w_scale=3",
                              "prompt.noise=2",
                              NULL};
  expect_curve(plain, "pgd", 1);
  expect_curve(full, "pgd", 1);
}

/* For Sigma = v I a step on Sigma^-1 is v times one on x, nothing else. */
static void preconditioning_isotropic_inputs_divides(void **state) {
  (void)state;
  const char *const law[] = {"prompt.x_scale=3",
                             "prompt.covariance=diag:4,4,4,4,4",
                             "prompt.noise=1", NULL};
  world w;
  iclgd_theory plain, preconditioned;
  world_create(&w, law, 1, 1);
  assert_true(iclgd_theory_of(&w.dist, false, &plain));
  assert_true(iclgd_theory_of(&w.dist, true, &preconditioned));
  assert_close(preconditioned.step_unit, 36 * plain.step_unit, 0, 1e-14);
  assert_close(preconditioned.loss_unit, plain.loss_unit, 0, 0);
  assert_close(preconditioned.setting.sigma2, plain.setting.sigma2, 0, 0);
  world_free(&w);
}

static void no_form_where_none_holds(void **state) {
  (void)state;
  const struct {
    const char *law[4];
    bool plain, preconditioned, one_layer;
  } cases[] = {
      {{"prompt.x=normal"}, true, true, true},
      {{"prompt.x=uniform"}, false, false, false},
      {{"prompt.x=sphere"}, false, false, false},
      {{"prompt.covariance=power:1"}, false, false, true},
      {{"prompt.covariance=power:1", "prompt.w=sparse:2"}, false, false, true},
      {{"prompt.covariance=power:1", "prompt.w=inverse-covariance"},
       false,
       true,
       true},
      {{"prompt.covariance=power:1", "prompt.w=inverse-covariance",
        "prompt.rotate=per-prompt"},
       false,
       false,
       false},
      {{"prompt.source=table:" ICLGD_SOURCE_DIR "/data/tables/diabetes.csv"},
       false,
       false,
       false},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    world w;
    iclgd_theory theory;
    world_create(&w, cases[c].law, 1, 1);
    const iclgd_distribution *dist = &w.dist;
    assert_int_equal(iclgd_theory_of(dist, false, &theory), cases[c].plain);
    assert_int_equal(iclgd_theory_of(dist, true, &theory),
                     cases[c].preconditioned);
    assert_int_equal(iclgd_theory_one_layer(dist), cases[c].one_layer);
    world_free(&w);
  }
  iclgd_theory theory;
  double eta, loss;
  assert_false(iclgd_theory_of(NULL, false, &theory));
  assert_false(iclgd_theory_one_layer(NULL));
  assert_false(iclgd_theory_one_step(NULL, &eta, &loss));
}

/* The best single step of several laws of inputs: its loss is the sampled one,
 * and on the same prompts a tenth more or less is worse. */
static void one_step_is_the_best(void **state) {
  (void)state;
  const char *const laws[][6] = {
      {"prompt.x=uniform", "prompt.x_scale=2", "prompt.noise=1",
       "prompt.w_scale=3"},
      {"prompt.x=sphere", "prompt.x_scale=2", "prompt.w=sparse:1",
       "prompt.noise=1"},
      {"prompt.x=normal", "prompt.covariance=diag:4,4,4,4",
       "prompt.rotate=fixed", "prompt.w=inverse-covariance"},
      {"prompt.x=exponential", "prompt.x_scale=2", "prompt.noise=1"},
      {"prompt.x=laplace", "prompt.w_scale=3"},
      {"prompt.x=student-t:12", "prompt.noise=1"},
  };
  for (size_t l = 0; l < sizeof laws / sizeof *laws; ++l) {
    world w;
    double eta, loss;
    create(&w, laws[l], "model.loops=1");
    assert_true(iclgd_theory_one_step(&w.dist, &eta, &loss));
    double at = eta, less = 0.9 * eta, more = 1.1 * eta;
    const iclgd_hyper hyper[] = {{.eta = &at, .n_eta = 1},
                                 {.eta = &less, .n_eta = 1},
                                 {.eta = &more, .n_eta = 1}};
    normal_mean risks[3][L + 1] = {{{0}}};
    for (size_t h = 0; h < 3; ++h) sample(&w, "gd", &hyper[h], risks[h]);
    assert_mean(&risks[0][1], loss);
    assert_true(risks[0][1].sum < risks[1][1].sum);
    assert_true(risks[0][1].sum < risks[2][1].sum);
    world_free(&w);
  }
  const char *const none[][3] = {{"prompt.w=pool:3"},
                                 {"prompt.covariance=power:1"}};
  for (size_t c = 0; c < 2; ++c) {
    world w;
    double eta, loss;
    world_create(&w, none[c], 1, 1);
    assert_false(iclgd_theory_one_step(&w.dist, &eta, &loss));
    world_free(&w);
  }
}

/* docs/theory.md, O1 at d = 5, n = 20, Sigma = diag(1, 1, .25, .0625, 1):
 * 0.681756, and 0.741189 with noise variance 1/2. Longer or shorter weights are
 * worse. */
static void the_best_layer_has_the_loss_of_O1(void **state) {
  (void)state;
  const double Sigma[] = {1, 1, .25, .0625, 1};
  const char *const noise[] = {"prompt.noise=0",
                               "prompt.noise=0.70710678118654757"};
  const double expected[] = {0.681756, 0.741189}, factors[] = {1, 0.9, 1.1};
  for (size_t l = 0; l < 2; ++l) {
    const char *const overrides[] = {"prompt.covariance=diag:1,1,.25,.0625,1",
                                     "model.loops=1", noise[l], NULL};
    world w;
    world_create(&w, overrides, 3, COUNT);
    iclgd_hyper hyper;
    iclgd_error err;
    assert_ok(choose(&w, "one_layer", &hyper, &err), err);
    double *work =
        iclgd_arena_reals(&w.arena, iclgd_algorithm_work(20, 5), 1, 1);
    assert_non_null(work);
    normal_mean risks[3] = {{0}};
    for (size_t i = 0; i < COUNT; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      double at[2 * 5];
      const iclgd_problem problem = problem_of(&p, &w.arena);
      algorithm_of("one_layer")->iterate(&hyper, &problem, 1, work, at);
      for (size_t h = 0; h < 3; ++h) {
        double sum = 0;
        for (size_t j = 0; j < 5; ++j) {
          const double off = at[5 + j] * factors[h] - p.w_star[j];
          sum += Sigma[j] * off * off;
        }
        normal_add(&risks[h], sum);
      }
    }
    assert_mean(&risks[0], expected[l]);
    assert_true(risks[0].sum < risks[1].sum && risks[0].sum < risks[2].sum);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(units_of_isotropic_laws),
      cmocka_unit_test(units_of_preconditioned_laws),
      cmocka_unit_test(preconditioning_isotropic_inputs_divides),
      cmocka_unit_test(no_form_where_none_holds),
      cmocka_unit_test(one_step_is_the_best),
      cmocka_unit_test(the_best_layer_has_the_loss_of_O1),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
