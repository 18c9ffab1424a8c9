/* The loss of a path in closed form, beside oracles, exact moments and a mean
 * over prompts. */
#include "reference/known_loss.h"

#include <iclgd/comparisons.h>
#include <iclgd/oracle.h>
#include <stdio.h>

#include "support/reference.h"

enum { ROWS = 8 };

static void losses_of(world *w, const iclgd_path *path, double *loss) {
  iclgd_error err;
  iclgd_known_law *law;
  assert_true(path->steps < ROWS);
  assert_ok(iclgd_known_law_create(&w->dist, 40, &w->arena, &law, &err), err);
  assert_ok(iclgd_known_losses(law, path, &w->arena, loss, &err), err);
}

/* An algorithm with one step size and one beta. */
static iclgd_path path_of(const char *name, double *eta, double *beta,
                          size_t steps) {
  return (iclgd_path){.name = name,
                      .algorithm = algorithm_of(name),
                      .hyper = {.eta = eta,
                                .n_eta = 1,
                                .gamma = beta,
                                .n_gamma = 1,
                                .beta = beta,
                                .n_beta = 1},
                      .steps = steps};
}

static void gradient_descent_is_the_oracle_in_any_unit(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=3",       "prompt.n=10",
                                   "prompt.noise=0.5", "prompt.x_scale=2",
                                   "prompt.w_scale=3", NULL};
  world w;
  double eta = 0.15, steps[4], curve[5], loss[ROWS], last;
  iclgd_error err;
  world_create(&w, overrides, 1, 2);
  const iclgd_path path = path_of("gd", &eta, NULL, 4);
  losses_of(&w, &path, loss);
  for (size_t k = 0; k < 4; ++k) steps[k] = eta * 4; /* x_scale^2 */
  const iclgd_setting setting = {3, 10, 0.25 / (4 * 9)};
  assert_ok(iclgd_oracle_gd(setting, steps, 4, &last, curve, &err), err);
  for (size_t k = 0; k <= 4; ++k)
    assert_close(loss[k], 36 * curve[k], 0, 1e-12);
  world_free(&w);
}

/* p_2 = 1 - s q_2 with q_2 = eta (2 + beta - eta s), so the loss is that of a
 * polynomial of degree 4 in s, whose moments are m_k / n^k of docs/theory.md,
 * O2. */
static void momentum_by_exact_moments(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=5", "prompt.n=20", NULL};
  const double mu[] = {5, 100. / 20, 2600. / 400, 80400. / 8000,
                       2792000. / 160000};
  world w;
  double eta = 0.6, beta = 0.3, loss[ROWS];
  world_create(&w, overrides, 1, 2);
  const iclgd_path path = path_of("heavy_ball", &eta, &beta, 2);
  losses_of(&w, &path, loss);
  const double a = eta * (2 + beta), b = eta * eta; /* p = 1 - a s + b s^2 */
  assert_close(loss[2],
               mu[0] - 2 * a * mu[1] + (a * a + 2 * b) * mu[2] -
                   2 * a * b * mu[3] + b * b * mu[4],
               0, 1e-12);
  world_free(&w);
}

static void gdpp_is_the_oracle(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=5", "prompt.n=20",
                                   "prompt.noise=1", NULL};
  const double a[] = {0.8, 0.8, 0.8}, c[] = {0.2, 0.2, 0.2};
  world w;
  double eta = 0.8, gamma = 0.2, loss[ROWS], last, curve[4];
  iclgd_error err;
  world_create(&w, overrides, 1, 2);
  const iclgd_path path = path_of("gdpp", &eta, &gamma, 3);
  losses_of(&w, &path, loss);
  assert_ok(
      iclgd_oracle_gdpp((iclgd_setting){5, 20, 1}, a, c, 3, &last, curve, &err),
      err);
  for (size_t k = 0; k <= 3; ++k) assert_close(loss[k], curve[k], 0, 1e-11);
  world_free(&w);
}

/* Every family at weights that are GD, or GD++ with gamma = 0. */
static void models_that_are_steps(void **state) {
  (void)state;
  const char *const weights[] = {"scalar", "diagonal", "gd", "gdpp", "full"};
  for (size_t f = 0; f < 5; ++f) {
    char form[32];
    snprintf(form, sizeof form, "model.weights=%s", weights[f]);
    const char *const overrides[] = {
        "prompt.d=5",        "prompt.n=20", "model.loops=3",
        "model.init=gd:0.6", form,          NULL};
    world w;
    double loss[ROWS], curve[4], last;
    iclgd_error err;
    world_create(&w, overrides, 1, 2);
    const iclgd_path path = iclgd_path_of_model(&w.model, w.theta, "model", "");
    losses_of(&w, &path, loss);
    assert_ok(iclgd_oracle_gd((iclgd_setting){5, 20, 0},
                              (double[]){0.6, 0.6, 0.6}, 3, &last, curve, &err),
              err);
    for (size_t k = 0; k <= 3; ++k) assert_close(loss[k], curve[k], 0, 1e-12);
    world_free(&w);
  }
}

/* Steps preconditioned by Sigma^-1 with w ~ N(0, Sigma^-1) are those of Sigma =
 * I; plain steps are known up to the first alone, by O1. */
static void whitened_steps_are_isotropic_ones(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=5", "prompt.n=20",
                                   "prompt.covariance=power:1",
                                   "prompt.w=inverse-covariance", NULL};
  world w;
  double eta = 0.7155870, loss[ROWS], curve[4], last, *M;
  iclgd_error err;
  world_create(&w, overrides, 1, 2);
  M = iclgd_arena_reals(&w.arena, 5, 5, 1);
  for (size_t i = 0; i < 25; ++i)
    M[i] = iclgd_dot(w.dist.G + i / 5 * 5, w.dist.G + i % 5 * 5, 5);
  iclgd_path path = path_of("pgd", &eta, NULL, 3);
  path.hyper.M = M;
  path.hyper.n_M = 1;
  losses_of(&w, &path, loss);
  assert_ok(iclgd_oracle_gd((iclgd_setting){5, 20, 0},
                            (double[]){eta, eta, eta}, 3, &last, curve, &err),
            err);
  for (size_t k = 0; k <= 3; ++k) assert_close(loss[k], curve[k], 0, 1e-12);
  path = path_of("gd", &eta, NULL, 3);
  losses_of(&w, &path, loss);
  assert_close(loss[0], 5, 0, 1e-12); /* tr Sigma Sigma^-1 */
  assert_true(isfinite(loss[1]) && isnan(loss[2]) && isnan(loss[3]));
  world_free(&w);
}

/* One layer with any A, beside the mean over prompts. */
static void one_layer_of_any_matrix(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=3",
                                   "prompt.n=8",
                                   "prompt.covariance=diag:1,0.5,2",
                                   "prompt.noise=0.3",
                                   "model.init_scale=0.3",
                                   NULL};
  enum { PROMPTS = 40000 };
  world w;
  double loss[ROWS], weights[6];
  iclgd_moments moments = {0};
  world_create(&w, overrides, 4, PROMPTS);
  const iclgd_path path = iclgd_path_of_model(&w.model, w.theta, "model", "");
  losses_of(&w, &path, loss);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const double Sigma[] = {1, 0.5, 2};
    double risk = 0;
    iclgd_model_weights(&w.model, w.theta, &p, w.tape, weights);
    for (size_t j = 0; j < 3; ++j) {
      const double off = weights[3 + j] - p.w_star[j];
      risk += Sigma[j] * off * off;
    }
    iclgd_moments_add(&moments, risk);
  }
  assert_close(loss[0], 3.5, 0, 1e-12);
  assert_close(loss[1], iclgd_moments_mean(&moments),
               4 * iclgd_moments_standard_error(&moments), 0);
  world_free(&w);
}

/* Iterates that are another polynomial for each prompt, weights that are no
 * step, and laws without a closed form. */
static void what_is_not_known_is_nan(void **state) {
  (void)state;
  const char *const normal[] = {"prompt.d=5", "prompt.n=20", "model.loops=2",
                                NULL};
  const char *const uniform[] = {"prompt.d=5", "prompt.n=20",
                                 "prompt.x=uniform", NULL};
  world w;
  double eta = 0.5, loss[ROWS];
  world_create(&w, normal, 1, 2);
  const iclgd_path cg = {.name = "conjugate_gradient",
                         .algorithm = algorithm_of("conjugate_gradient"),
                         .steps = 2};
  losses_of(&w, &cg, loss);
  assert_true(isnan(loss[1]) && isnan(loss[2]));
  const iclgd_path model = iclgd_path_of_model(&w.model, w.theta, "model", "");
  losses_of(&w, &model, loss);
  assert_true(isfinite(loss[1]) && isnan(loss[2]));
  world_free(&w);
  world_create(&w, uniform, 1, 2);
  const iclgd_path gd = path_of("gd", &eta, NULL, 2);
  losses_of(&w, &gd, loss);
  assert_true(isnan(loss[1]) && isnan(loss[2]));
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradient_descent_is_the_oracle_in_any_unit),
      cmocka_unit_test(momentum_by_exact_moments),
      cmocka_unit_test(gdpp_is_the_oracle),
      cmocka_unit_test(models_that_are_steps),
      cmocka_unit_test(whitened_steps_are_isotropic_ones),
      cmocka_unit_test(one_layer_of_any_matrix),
      cmocka_unit_test(what_is_not_known_is_nan),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
