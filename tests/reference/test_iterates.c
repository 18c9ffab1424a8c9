/* Each algorithm against its defining property, by a route of its own. */
#include "support/linear.h"
#include "support/reference.h"

enum { D = 5, N = 20, STEPS = 6, PROMPTS = 10 };

static const char *const plain[] = {"prompt.noise=0.5",
                                    "prompt.covariance=diag:1,1,.25,.0625,1",
                                    "prompt.rotate=fixed", NULL};

/* --- polynomials of S ------------------------------------------------------
 */

/* The residual polynomial of step k at eigenvalue s. */
typedef double (*residual)(double s, size_t k);

/* w_k = S^-1 (I - p_k(S)) b through the eigenvectors of S. */
static void expect_polynomial(const iclgd_prompt *prompt, residual p,
                              const double *w) {
  double S[D * D], b[D], V[D * D];
  iclgd_context_gram(S, b, prompt->x, prompt->y, N, D, N);
  linear_eigen(S, V, D);
  for (size_t k = 0; k <= STEPS; ++k) {
    double expected[D] = {0}, scale = 0;
    for (size_t e = 0; e < D; ++e) {
      const double s = S[e * D + e];
      double along = 0;
      for (size_t j = 0; j < D; ++j) along += V[e * D + j] * b[j];
      along *= (1 - p(s, k)) / s;
      scale += fabs(along);
      for (size_t j = 0; j < D; ++j) expected[j] += V[e * D + j] * along;
    }
    for (size_t j = 0; j < D; ++j)
      assert_close(w[k * D + j], expected[j], 1e-13 * scale, 0);
  }
}

static double eta_of(size_t l) {
  return 0.3 + 0.25 * (double)(l * l % 5);
}

static double gamma_of(size_t l) {
  return 0.05 + 0.1 * (double)(l % 4);
}

static double residual_gd(double s, size_t k) {
  return pow(1 - 0.7 * s, (double)k);
}

static double residual_per_step(double s, size_t k) {
  double p = 1;
  for (size_t l = 0; l < k; ++l) p *= 1 - eta_of(l) * s;
  return p;
}

/* p = prod (1 - eta s_l), s_{l+1} = s_l (1 - gamma s_l)^2. */
static double residual_gdpp(double s, size_t k) {
  double p = 1;
  for (size_t l = 0; l < k; ++l) {
    p *= 1 - 0.7 * s;
    s *= (1 - 0.2 * s) * (1 - 0.2 * s);
  }
  return p;
}

static double residual_gdpp_per_step(double s, size_t k) {
  double p = 1;
  for (size_t l = 0; l < k; ++l) {
    p *= 1 - eta_of(l) * s;
    s *= (1 - gamma_of(l) * s) * (1 - gamma_of(l) * s);
  }
  return p;
}

static void descent_follows_its_polynomial(void **state) {
  (void)state;
  double one[] = {0.7}, gamma[] = {0.2}, each[STEPS], gammas[STEPS];
  for (size_t l = 0; l < STEPS; ++l) {
    each[l] = eta_of(l);
    gammas[l] = gamma_of(l);
  }
  const iclgd_hyper gd = {.eta = one, .n_eta = 1};
  const iclgd_hyper steps = {.eta = each, .n_eta = STEPS};
  const iclgd_hyper gdpp = {
      .eta = one, .n_eta = 1, .gamma = gamma, .n_gamma = 1};
  const iclgd_hyper gdpp_steps = {
      .eta = each, .n_eta = STEPS, .gamma = gammas, .n_gamma = STEPS};
  world w;
  world_create(&w, plain, 2, PROMPTS);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    expect_polynomial(&p, residual_gd, iterates(&w, "gd", &gd, i, STEPS));
    expect_polynomial(&p, residual_per_step,
                      iterates(&w, "gd_per_step", &steps, i, STEPS));
    expect_polynomial(&p, residual_gdpp, iterates(&w, "gdpp", &gdpp, i, STEPS));
    expect_polynomial(&p, residual_gdpp_per_step,
                      iterates(&w, "gdpp_per_step", &gdpp_steps, i, STEPS));
  }
  world_free(&w);
}

static void equal_steps_are_gd(void **state) {
  (void)state;
  double one[] = {0.7}, none[] = {0}, each[STEPS];
  for (size_t l = 0; l < STEPS; ++l) each[l] = 0.7;
  const iclgd_hyper gd = {.eta = one, .n_eta = 1};
  const iclgd_hyper steps = {.eta = each, .n_eta = STEPS};
  const iclgd_hyper gdpp = {
      .eta = one, .n_eta = 1, .gamma = none, .n_gamma = 1};
  const iclgd_hyper momentum = {
      .eta = one, .n_eta = 1, .beta = none, .n_beta = 1};
  world w;
  world_create(&w, plain, 2, PROMPTS);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const double *expected = iterates(&w, "gd", &gd, i, STEPS);
    const double *same = iterates(&w, "gd_per_step", &steps, i, STEPS);
    const double *still = iterates(&w, "gdpp", &gdpp, i, STEPS);
    const double *ball = iterates(&w, "heavy_ball", &momentum, i, STEPS);
    const double *nesterov = iterates(&w, "nesterov", &momentum, i, STEPS);
    for (size_t j = 0; j < (STEPS + 1) * D; ++j) {
      assert_true(same[j] == expected[j]);
      assert_close(still[j], expected[j], 1e-14, 1e-13);
      assert_close(ball[j], expected[j], 1e-14, 1e-13);
      assert_close(nesterov[j], expected[j], 1e-14, 1e-13);
    }
  }
  assert_int_equal(
      iclgd_algorithm_steps(algorithm_of("gd_per_step"), &steps, 50), STEPS);
  assert_int_equal(iclgd_algorithm_steps(algorithm_of("gd"), &gd, 50), 50);
  assert_int_equal(iclgd_algorithm_steps(algorithm_of("ridge"), &gd, 50), 1);
  world_free(&w);
}

/* With x' = F^-1 x / sqrt(v) preconditioned GD is GD, and w = F^-T w' /
 * sqrt(v). */
static void preconditioned_is_whitened_gd(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.covariance=diag:4,1,.25,2,9",
                                   "prompt.rotate=fixed", "prompt.x_scale=2",
                                   "reference.eta=0.6", NULL};
  world w, white;
  world_create(&w, overrides, 2, PROMPTS);
  world_create(&white, overrides, 2, PROMPTS);
  iclgd_hyper hyper;
  iclgd_error err;
  assert_ok(choose(&w, "pgd", &hyper, &err), err);
  assert_true(hyper.eta[0] == 0.6);
  const double *G = w.dist.G;
  for (size_t r = 0; r < PROMPTS * N; ++r)
    for (size_t j = 0; j < D; ++j) {
      double whitened = 0;
      for (size_t k = 0; k < D; ++k)
        whitened += G[k * D + j] * w.prompts.x[r * D + k] / 2;
      white.prompts.x[r * D + j] = whitened;
    }
  double eta[] = {0.6};
  const iclgd_hyper gd = {.eta = eta, .n_eta = 1};
  for (size_t i = 0; i < PROMPTS; ++i) {
    const double *got = iterates(&w, "pgd", &hyper, i, STEPS);
    const double *inside = iterates(&white, "gd", &gd, i, STEPS);
    for (size_t k = 0; k <= STEPS; ++k)
      for (size_t j = 0; j < D; ++j) {
        double expected = 0;
        for (size_t m = 0; m < D; ++m)
          expected += G[j * D + m] * inside[k * D + m] / 2;
        assert_close(got[k * D + j], expected, 1e-12, 1e-12);
      }
  }
  world_free(&w);
  world_free(&white);
}

/* --- one shot --------------------------------------------------------------
 */

/* w = C X^T (X C X^T + sigma2 I)^-1 y: the Bayes posterior mean of w ~ N(0, C),
 * solved over the points; sigma2 = 0 interpolates with the least norm. */
static void posterior(const iclgd_prompt *p, const double *C, double sigma2,
                      double *w) {
  const size_t n = p->n, d = p->d;
  double K[N * N], CX[D * N], y[N];
  assert_true(n <= N && d <= D);
  for (size_t j = 0; j < d; ++j)
    for (size_t i = 0; i < n; ++i) {
      CX[j * n + i] = 0;
      for (size_t k = 0; k < d; ++k)
        CX[j * n + i] += C[j * d + k] * p->x[i * d + k];
    }
  for (size_t i = 0; i < n; ++i) {
    y[i] = p->y[i];
    for (size_t k = 0; k < n; ++k) {
      K[i * n + k] = i == k ? sigma2 : 0;
      for (size_t j = 0; j < d; ++j)
        K[i * n + k] += p->x[i * d + j] * CX[j * n + k];
    }
  }
  linear_solve(K, y, n);
  for (size_t j = 0; j < d; ++j) {
    w[j] = 0;
    for (size_t i = 0; i < n; ++i) w[j] += CX[j * n + i] * y[i];
  }
}

static void least_squares_is_normal(void **state) {
  (void)state;
  world w;
  world_create(&w, plain, 2, PROMPTS);
  const iclgd_hyper none = {0};
  for (size_t i = 0; i < PROMPTS; ++i) {
    const double *w_ls = iterates(&w, "least_squares", &none, i, 1);
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    double S[D * D], b[D];
    iclgd_context_gram(S, b, p.x, p.y, N, D, N);
    for (size_t j = 0; j < D; ++j) {
      assert_true(w_ls[j] == 0);
      double left = 0;
      for (size_t k = 0; k < D; ++k) left += S[j * D + k] * w_ls[D + k];
      assert_close(left, b[j], 1e-13, 1e-13);
    }
  }
  world_free(&w);
}

static void short_contexts_are_interpolated(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.n=3", "prompt.noise=0.5", NULL};
  world w;
  world_create(&w, overrides, 2, PROMPTS);
  const iclgd_hyper none = {0};
  double I[D * D] = {0};
  for (size_t j = 0; j < D; ++j) I[j * D + j] = 1;
  for (size_t i = 0; i < PROMPTS; ++i) {
    const double *w_ls = iterates(&w, "least_squares", &none, i, 1) + D;
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    double expected[D];
    posterior(&p, I, 0, expected);
    for (size_t j = 0; j < D; ++j)
      assert_close(w_ls[j], expected[j], 1e-11, 1e-11);
    for (size_t k = 0; k < 3; ++k) {
      double yhat = 0;
      for (size_t j = 0; j < D; ++j) yhat += w_ls[j] * p.x[k * D + j];
      assert_close(yhat, p.y[k], 1e-12, 1e-12);
    }
  }
  world_free(&w);
}

/* Context points that repeat add no rank and no norm. */
static void repeated_points_add_nothing(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.n=6", NULL};
  world w;
  world_create(&w, overrides, 2, 1);
  const iclgd_hyper none = {0};
  memcpy(w.prompts.x + 3 * D, w.prompts.x, 3 * D * sizeof(double));
  memcpy(w.prompts.y + 3, w.prompts.y, 3 * sizeof(double));
  const double *got = iterates(&w, "least_squares", &none, 0, 1) + D;
  iclgd_prompt half = iclgd_prompts_at(&w.prompts, 0);
  double I[D * D] = {0}, expected[D];
  for (size_t j = 0; j < D; ++j) I[j * D + j] = 1;
  half.n = 3;
  posterior(&half, I, 0, expected);
  for (size_t j = 0; j < D; ++j)
    assert_close(got[j], expected[j], 1e-11, 1e-11);
  world_free(&w);
}

static void ridge_is_the_posterior_mean(void **state) {
  (void)state;
  const char *const laws[] = {"prompt.w=normal", "prompt.w=inverse-covariance"};
  for (size_t l = 0; l < 2; ++l) {
    const char *const overrides[] = {laws[l],
                                     "prompt.covariance=diag:4,1,.25,2,9",
                                     "prompt.noise=.7",
                                     "prompt.rotate=fixed",
                                     "prompt.w_scale=3",
                                     "prompt.x_scale=2",
                                     NULL};
    world w;
    world_create(&w, overrides, 2, PROMPTS);
    iclgd_hyper hyper;
    iclgd_error err;
    assert_ok(choose(&w, "ridge", &hyper, &err), err);
    assert_non_null(strstr(hyper.how, "Bayes"));
    double C[D * D];
    iclgd_distribution_task_covariance(&w.dist, C);
    for (size_t i = 0; i < PROMPTS; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const double *got = iterates(&w, "ridge", &hyper, i, 1) + D;
      double expected[D];
      posterior(&p, C, 0.7 * 0.7, expected);
      for (size_t j = 0; j < D; ++j)
        assert_close(got[j], expected[j], 1e-11, 1e-11);
    }
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(descent_follows_its_polynomial),
      cmocka_unit_test(equal_steps_are_gd),
      cmocka_unit_test(preconditioned_is_whitened_gd),
      cmocka_unit_test(least_squares_is_normal),
      cmocka_unit_test(short_contexts_are_interpolated),
      cmocka_unit_test(repeated_points_add_nothing),
      cmocka_unit_test(ridge_is_the_posterior_mean),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
