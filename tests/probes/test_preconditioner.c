/* The probe `preconditioner` on models whose updates are known. */
#include <iclgd/probe.h>

#include "support/linear.h"
#include "support/probing.h"

enum { D = 3 };

static double *column(probing *p, const char *path) {
  size_t extents[1];
  return probing_reals(p, path, 1, extents);
}

/* A matrix that is not symmetric, in all three loops: the fit is exact, so the
 * residual is the square of the rounding of w relative to the update. */
static void a_fixed_matrix_is_found(void **state) {
  (void)state;
  const double A[D * D] = {0.7, 0.2, 0, -0.1, 0.6, 0.05, 0.1, -0.2, 0.8};
  world w;
  probing p;
  iclgd_error err;
  size_t extents[3];
  world_create(&w, (const char *[]){"model.loops=3", "prompt.d=3", NULL}, 1,
               400);
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, NULL, &err), err);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "preconditioner", &err), err);
  const double *fit = probing_reals(&p, "preconditioner/A", 3, extents);
  assert_int_equal(extents[0], 3);
  const char *const residuals[] = {"preconditioner/residual",
                                   "preconditioner/residual_trace",
                                   "preconditioner/residual_curvature"};
  for (size_t l = 0; l < 3; ++l) {
    for (size_t i = 0; i < D * D; ++i)
      assert_close(fit[l * D * D + i], A[i], 1e-9, 0);
    for (size_t k = 0; k < 3; ++k)
      assert_close(column(&p, residuals[k])[l], 0, 1e-20, 0);
    assert_close(column(&p, "preconditioner/scale")[l], 0.7, 1e-9, 0);
    assert_close(column(&p, "preconditioner/distance_to_own")[l], 0, 1e-9, 0);
    assert_close(column(&p, "preconditioner/difference")[l], 0, 1e-9, 0);
  }
  probing_close(&p);
  world_free(&w);
}

/* The second update of GD++ with A = a I, B = c / a I on prompt i:
 * u = a (I - c S)^2 g, g = b - a S b. */
static void gdpp_update(world *w, size_t i, double a, double c, double *g,
                        double *u) {
  const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
  double S[D * D], b[D], spare[D];
  iclgd_context_gram(S, b, prompt.x, prompt.y, prompt.n, D, prompt.mean_n);
  for (size_t j = 0; j < D; ++j) {
    g[j] = b[j];
    for (size_t k = 0; k < D; ++k) g[j] -= a * S[j * D + k] * b[k];
    u[j] = a * g[j];
  }
  for (int twice = 0; twice < 2; ++twice) {
    memcpy(spare, u, sizeof spare);
    for (size_t j = 0; j < D; ++j)
      for (size_t k = 0; k < D; ++k) u[j] -= c * S[j * D + k] * spare[k];
  }
}

/* mean |u - A g|^2 / mean |u|^2 over prompts from half on, with A of Gauss's
 * elimination on those before. */
static double gdpp_residual(world *w, double a, double c) {
  const size_t half = w->prompts.count / 2;
  double G[D * D] = {0}, U[D * D] = {0}, g[D], u[D], rest = 0, power = 0;
  for (size_t i = 0; i < half; ++i) {
    gdpp_update(w, i, a, c, g, u);
    for (size_t j = 0; j < D * D; ++j) {
      G[j] += g[j / D] * g[j % D];
      U[j] += u[j / D] * g[j % D];
    }
  }
  for (size_t j = 0; j < D; ++j) {
    double M[D * D];
    memcpy(M, G, sizeof M);
    linear_solve(M, U + j * D, D);
  }
  for (size_t i = half; i < w->prompts.count; ++i) {
    gdpp_update(w, i, a, c, g, u);
    for (size_t j = 0; j < D; ++j) {
      double off = u[j];
      for (size_t k = 0; k < D; ++k) off -= U[j * D + k] * g[k];
      rest += off * off;
      power += u[j] * u[j];
    }
  }
  return rest / power;
}

/* The first layer of GD++ is a step of GD; the second depends on the prompt. */
static void what_depends_on_the_prompt_is_seen(void **state) {
  (void)state;
  const double a = 0.3, c = 0.2;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"model.weights=gdpp", "model.layers=2",
                                "prompt.d=3", NULL},
               1, 8000);
  double A[D * D] = {0}, B[D * D] = {0};
  for (size_t i = 0; i < D; ++i) {
    A[i * D + i] = a;
    B[i * D + i] = c / a;
  }
  for (size_t l = 0; l < 2; ++l)
    assert_ok(iclgd_linear_construct(&w.model, w.theta, l, A, B, &err), err);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "preconditioner", &err), err);
  const double *residual = column(&p, "preconditioner/residual");
  const double *curvature = column(&p, "preconditioner/residual_curvature");
  const double *difference = column(&p, "preconditioner/difference");
  const double *noise = column(&p, "preconditioner/difference_noise");
  assert_close(residual[0], 0, 1e-20, 0);
  assert_close(residual[1], gdpp_residual(&w, a, c), 0, 1e-9);
  assert_true(residual[1] > 0.01);
  assert_true(curvature[1] < residual[1] / 4);
  assert_true(difference[1] > 3 * noise[1]);
  probing_close(&p);
  world_free(&w);
}

/* The jackknife error of the scale beside its spread over 24 sets of prompts:
 * the mean of z^2 is 1 up to a standard deviation of 0.3, more for errors that
 * are themselves noisy. */
static void errors_match_the_spread(void **state) {
  (void)state;
  enum { SETS = 24 };
  double scale[SETS], error[SETS], mean = 0, z2 = 0;
  for (size_t k = 0; k < SETS; ++k) {
    world w;
    probing p;
    iclgd_error err;
    world_create(&w,
                 (const char *[]){"model.weights=gdpp", "model.layers=2",
                                  "prompt.d=2", NULL},
                 k + 1, 600);
    double A[4] = {0.5, 0, 0, 0.5}, B[4] = {0.6, 0, 0, 0.6};
    for (size_t l = 0; l < 2; ++l)
      assert_ok(iclgd_linear_construct(&w.model, w.theta, l, A, B, &err), err);
    probing_open(&p, &w, 2);
    assert_ok(probing_run(&p, "preconditioner", &err), err);
    scale[k] = column(&p, "preconditioner/scale")[1];
    error[k] = column(&p, "preconditioner/scale_errors")[1];
    mean += scale[k] / SETS;
    probing_close(&p);
    world_free(&w);
  }
  for (size_t k = 0; k < SETS; ++k) {
    const double z = (scale[k] - mean) / error[k];
    z2 += z * z / (SETS - 1);
  }
  assert_close(z2, 1, 0.9, 0);
}

/* An iterate that overflows is counted and left out; the first is fine. */
static void diverging_updates_are_counted(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"model.loops=2", "model.weights=scalar",
                                "prompt.d=3", NULL},
               1, 400);
  w.theta[0] = 1e60;
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "preconditioner", &err), err);
  const double *excluded = column(&p, "preconditioner/excluded");
  for (size_t l = 0; l < 2; ++l) assert_int_equal(excluded[l], 400);
  assert_true(isnan(column(&p, "preconditioner/residual")[0]));
  probing_close(&p);
  world_free(&w);
}

static void few_prompts_are_not_enough(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"prompt.d=3", NULL}, 1, 80);
  probing_open(&p, &w, 2);
  assert_int_equal(probing_run(&p, "preconditioner", &err), ICLGD_ERANGE);
  assert_non_null(strstr(err.text, "40 prompts to fit on, 56 needed"));
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fixed_matrix_is_found),
      cmocka_unit_test(what_depends_on_the_prompt_is_seen),
      cmocka_unit_test(errors_match_the_spread),
      cmocka_unit_test(diverging_updates_are_counted),
      cmocka_unit_test(few_prompts_are_not_enough),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
