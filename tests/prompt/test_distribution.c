/* Samples of every law against its stated moments. */
#include <stdio.h>

#include "support/file.h"
#include "support/samples.h"
#include "support/world.h"

enum { D = 5, COUNT = 20000 };

/* `overrides` beside a context of one point. */
static void draw(world *w, const char *const *overrides) {
  const char *all[16] = {"prompt.n=1"};
  size_t k = 1;
  for (; *overrides; ++overrides) all[k++] = *overrides;
  assert_true(k < 16);
  world_create(w, all, 7, COUNT);
}

static void expect_covariance(const world *w, const double *Sigma) {
  const iclgd_prompts *p = &w->prompts;
  double stated[D * D];
  iclgd_distribution_covariance(&w->dist, stated);
  for (size_t i = 0; i < D * D; ++i)
    assert_close(stated[i], Sigma[i], 1e-14 * Sigma[0], 1e-14);
  assert_second_moments(p->x, p->x, COUNT, D, Sigma);
  assert_second_moments(p->x_query, p->x_query, COUNT, D, Sigma);
  assert_second_moments(p->x, p->x_query, COUNT, D, NULL);
  assert_second_moments(p->w_star, p->x, COUNT, D, NULL);
  assert_centred(p->x, COUNT, D);
}

static void eigenvalues_are_as_listed(void **state) {
  (void)state;
  const struct {
    const char *covariance;
    double lambda[D];
  } cases[] = {
      {"prompt.covariance=identity", {1, 1, 1, 1, 1}},
      {"prompt.covariance=diag:4,1,0.25,2,9", {4, 1, 0.25, 2, 9}},
      {"prompt.covariance=power:2", {1, 1. / 4, 1. / 9, 1. / 16, 1. / 25}},
      {"prompt.covariance=condition:16", {1, 1. / 2, 1. / 4, 1. / 8, 1. / 16}},
  };
  const struct {
    const char *x;
    double v; /* at x_scale = 3 */
  } laws[] = {{"prompt.x=normal", 9},  {"prompt.x=uniform", 3},
              {"prompt.x=sphere", 9},  {"prompt.x=exponential", 9},
              {"prompt.x=laplace", 9}, {"prompt.x=student-t:12", 9}};
  for (size_t c = 0; c < 4; ++c)
    for (size_t l = 0; l < sizeof laws / sizeof *laws; ++l) {
      const char *const overrides[] = {cases[c].covariance, laws[l].x,
                                       "prompt.x_scale=3", NULL};
      double Sigma[D * D] = {0};
      for (size_t i = 0; i < D; ++i)
        Sigma[i * D + i] = laws[l].v * cases[c].lambda[i];
      world w;
      draw(&w, overrides);
      expect_covariance(&w, Sigma);
      assert_int_equal(w.dist.isotropic, c == 0);
      world_free(&w);
    }
}

/* A fixed rotation: tr Sigma^k is that of the eigenvalues, Sigma is not
 * diagonal, and the samples obey it. */
static void fixed_rotation_keeps_eigenvalues(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.covariance=diag:4,1,0.25,2,9",
                                   "prompt.rotate=fixed", NULL};
  const double lambda[] = {4, 1, 0.25, 2, 9};
  world w;
  draw(&w, overrides);
  double Sigma[D * D], power[D * D], off = 0;
  iclgd_distribution_covariance(&w.dist, Sigma);
  memcpy(power, Sigma, sizeof power);
  for (int k = 1; k <= D; ++k) {
    double trace = 0, expected = 0, next[D * D] = {0};
    for (size_t i = 0; i < D; ++i) trace += power[i * D + i];
    for (size_t i = 0; i < D; ++i) expected += pow(lambda[i], k);
    assert_close(trace, expected, 0, 1e-13);
    for (size_t i = 0; i < D * D; ++i)
      for (size_t m = 0; m < D; ++m)
        next[i] += power[i / D * D + m] * Sigma[m * D + i % D];
    memcpy(power, next, sizeof power);
  }
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < i; ++j) off += fabs(Sigma[i * D + j]);
  assert_true(off > 1);
  expect_covariance(&w, Sigma);
  world_free(&w);
}

/* out (COUNT, D) = U^T v of each prompt. */
static void rotate_back(const double *U, const double *v, double *out) {
  for (size_t p = 0; p < COUNT; ++p)
    for (size_t j = 0; j < D; ++j) {
      out[p * D + j] = 0;
      for (size_t i = 0; i < D; ++i)
        out[p * D + j] += U[p * D * D + i * D + j] * v[p * D + i];
    }
}

static void assert_orthogonal(const double *U) {
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j) {
      double overlap = 0;
      for (size_t k = 0; k < D; ++k) overlap += U[i * D + k] * U[j * D + k];
      assert_close(overlap, i == j, 1e-14, 0);
    }
}

/* Rotated back, x has the stated covariance and w its inverse; as drawn, any
 * direction is as good as another. */
static void each_prompt_has_its_rotation(void **state) {
  (void)state;
  const char *const overrides[] = {
      "prompt.covariance=diag:4,1,0.25,2,9", "prompt.rotate=per-prompt",
      "prompt.w=inverse-covariance", "prompt.x_scale=2", NULL};
  const double lambda[] = {4, 1, 0.25, 2, 9};
  world w;
  draw(&w, overrides);
  const iclgd_prompts *p = &w.prompts;
  double Sigma[D * D] = {0}, inverse[D * D] = {0}, mean[D * D] = {0};
  double mean_task[D * D] = {0};
  for (size_t i = 0; i < D; ++i) {
    Sigma[i * D + i] = 4 * lambda[i];
    inverse[i * D + i] = 1 / Sigma[i * D + i];
    for (size_t j = 0; j < D; ++j) {
      mean[j * D + j] += Sigma[i * D + i] / D;
      mean_task[j * D + j] += inverse[i * D + i] / D;
    }
  }
  for (size_t i = 0; i < COUNT; ++i) assert_orthogonal(p->U + i * D * D);
  assert_centred(p->U, COUNT, D * D);
  assert_second_moments(p->x, p->x, COUNT, D, mean);
  assert_second_moments(p->w_star, p->w_star, COUNT, D, mean_task);
  double *back = iclgd_arena_reals(&w.arena, COUNT, D, 1);
  assert_non_null(back);
  rotate_back(p->U, p->x, back);
  assert_second_moments(back, back, COUNT, D, Sigma);
  rotate_back(p->U, p->x_query, back);
  assert_second_moments(back, back, COUNT, D, Sigma);
  rotate_back(p->U, p->w_star, back);
  assert_second_moments(back, back, COUNT, D, inverse);
  double stated[D * D];
  iclgd_distribution_covariance(&w.dist, stated);
  for (size_t i = 0; i < D * D; ++i)
    assert_close(stated[i], Sigma[i], 0, 1e-14);
  world_free(&w);
}

static void a_file_gives_the_covariance(void **state) {
  (void)state;
  const double Sigma[] = {2,   0.5, -1, 0,   0, /* diagonally dominant */
                          0.5, 3,   1,  0.1, 0, /**/
                          -1,  1,   4,  0,   1, /**/
                          0,   0.1, 0,  1,   0, /**/
                          0,   0,   1,  0,   5};
  const file f = file_with(
      "2, 0.5,-1,0,0\r\n.5,3,1,1e-1,0\n-1 1 4 0 1\n0,0.1,0,1,0\n\n0,0,1,0,5");
  char covariance[128];
  snprintf(covariance, sizeof covariance, "prompt.covariance=file:%s", f.path);
  const char *const overrides[] = {covariance, "prompt.w=inverse-covariance",
                                   NULL};
  world w;
  draw(&w, overrides);
  expect_covariance(&w, Sigma);
  double Omega[D * D];
  iclgd_distribution_task_covariance(&w.dist, Omega);
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j) {
      double product = 0;
      for (size_t k = 0; k < D; ++k)
        product += Sigma[i * D + k] * Omega[k * D + j];
      assert_close(product, i == j, 1e-14, 0);
    }
  assert_second_moments(w.prompts.w_star, w.prompts.w_star, COUNT, D, Omega);
  world_free(&w);
  unlink(f.path);
}

/* The kurtosis of Student's t is 3 + 6 / (nu - 4); nu = 12, so that the fourth
 * moment has a standard error. */
static void entries_keep_their_shape(void **state) {
  (void)state;
  const char *const laws[] = {"prompt.x=normal",  "prompt.x=uniform",
                              "prompt.x=sphere",  "prompt.x=exponential",
                              "prompt.x=laplace", "prompt.x=student-t:12"};
  const double kappa[] = {(5 + 2) * 16.,     (5 - 1 + 1.8) * 16. / 9,
                          5 * 16.,           (5 - 1 + 9) * 16.,
                          (5 - 1 + 6) * 16., (5 - 1 + 3.75) * 16.};
  for (size_t l = 0; l < 6; ++l) {
    const char *const overrides[] = {laws[l], "prompt.x_scale=2", NULL};
    world w;
    draw(&w, overrides);
    assert_close(iclgd_distribution_kappa(&w.dist), kappa[l], 0, 1e-14);
    normal_mean trace = {0}; /* E|x|^4 = d kappa */
    double most = 0;
    for (size_t p = 0; p < COUNT; ++p) {
      double square = 0;
      for (size_t i = 0; i < D; ++i) {
        const double x = w.prompts.x[p * D + i];
        square += x * x;
        most = fmax(most, fabs(x));
      }
      if (l == 2) assert_close(square, 4 * D, 0, 1e-14);
      if (l != 2) normal_add(&trace, square * square);
    }
    if (l != 2) assert_mean(&trace, D * kappa[l]);
    if (l == 1) assert_true(most < 2 && most > 1.99);
    world_free(&w);
  }
}

/* P(x > q) of the standardised laws, whose tails are elementary. */
static void tails_are_those_of_the_law(void **state) {
  (void)state;
  const struct {
    const char *law;
    double q, above, below; /* P(x > q), P(x < -q) */
  } cases[] = {
      {"prompt.x=exponential", 0.5, exp(-1.5), 1 - exp(-0.5)},
      {"prompt.x=exponential", 3, exp(-4), 0},
      {"prompt.x=laplace", 1, exp(-sqrt(2)) / 2, exp(-sqrt(2)) / 2},
      {"prompt.x=laplace", 3, exp(-3 * sqrt(2)) / 2, exp(-3 * sqrt(2)) / 2},
      /* t = 2.570582 of 5 degrees of freedom: 2.5% on either side */
      {"prompt.x=student-t:5", 2.570582 * sqrt(3. / 5), 0.025, 0.025},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    const char *const overrides[] = {cases[c].law, NULL};
    world w;
    draw(&w, overrides);
    normal_mean above = {0}, below = {0};
    for (size_t i = 0; i < (size_t)COUNT * D; ++i) {
      normal_add(&above, w.prompts.x[i] > cases[c].q);
      normal_add(&below, w.prompts.x[i] < -cases[c].q);
    }
    assert_mean(&above, cases[c].above);
    if (cases[c].below > 0)
      assert_mean(&below, cases[c].below);
    else
      assert_true(below.sum == 0);
    world_free(&w);
  }
}

static void expect_tasks(const world *w, const double *Omega) {
  double stated[D * D];
  iclgd_distribution_task_covariance(&w->dist, stated);
  for (size_t i = 0; i < D * D; ++i)
    assert_close(stated[i], Omega[i], 1e-14, 1e-14);
  assert_second_moments(w->prompts.w_star, w->prompts.w_star, COUNT, D, Omega);
  assert_centred(w->prompts.w_star, COUNT, D);
}

static void tasks_have_their_covariance(void **state) {
  (void)state;
  const double lambda[] = {4, 1, 0.25, 2, 9};
  const char *const laws[] = {"prompt.w=normal", "prompt.w=inverse-covariance",
                              "prompt.w=sparse:2"};
  for (size_t l = 0; l < 3; ++l) {
    const char *const overrides[] = {
        laws[l], "prompt.w_scale=3", "prompt.x_scale=0.5",
        "prompt.covariance=diag:4,1,0.25,2,9", NULL};
    double Omega[D * D] = {0};
    for (size_t i = 0; i < D; ++i) {
      const double each[] = {9, 9 / (0.25 * lambda[i]), 9 * 2. / 5};
      Omega[i * D + i] = each[l];
    }
    world w;
    draw(&w, overrides);
    expect_tasks(&w, Omega);
    world_free(&w);
  }
}

static void sparse_tasks_have_k_entries(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.w=sparse:2", NULL};
  world w;
  draw(&w, overrides);
  normal_mean chosen[D] = {{0}};
  for (size_t p = 0; p < COUNT; ++p) {
    size_t count = 0;
    for (size_t i = 0; i < D; ++i) {
      const bool is = w.prompts.w_star[p * D + i] != 0;
      count += is;
      normal_add(&chosen[i], is);
    }
    assert_int_equal(count, 2);
  }
  for (size_t i = 0; i < D; ++i) assert_mean(&chosen[i], 0.4);
  world_free(&w);
}

static void pooled_tasks_are_members(void **state) {
  (void)state;
  enum { K = 7 };
  const char *const overrides[] = {"prompt.w=pool:7", "prompt.w_scale=3", NULL};
  world w;
  draw(&w, overrides);
  normal_mean drawn[K] = {{0}};
  for (size_t p = 0; p < COUNT; ++p) {
    size_t members = 0;
    for (size_t k = 0; k < K; ++k) {
      const bool is = memcmp(w.prompts.w_star + p * D, w.dist.pool + k * D,
                             D * sizeof(double)) == 0;
      members += is;
      normal_add(&drawn[k], is);
    }
    assert_int_equal(members, 1);
  }
  for (size_t k = 0; k < K; ++k) assert_mean(&drawn[k], 1. / K);
  double Omega[D * D];
  iclgd_distribution_task_covariance(&w.dist, Omega);
  assert_second_moments(w.prompts.w_star, w.prompts.w_star, COUNT, D, Omega);
  world_free(&w);
}

static void a_pool_is_drawn_from_the_normal_law(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.w=pool:20000", "prompt.w_scale=3",
                                   NULL};
  world w;
  draw(&w, overrides);
  double Omega[D * D] = {0};
  for (size_t i = 0; i < D; ++i) Omega[i * D + i] = 9;
  assert_second_moments(w.dist.pool, w.dist.pool, 20000, D, Omega);
  world_free(&w);
}

static void noise_is_on_the_context_alone(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.noise=0.5", NULL};
  world w;
  draw(&w, overrides);
  normal_mean noise = {0}, square = {0}, with_x = {0};
  for (size_t p = 0; p < COUNT; ++p) {
    const iclgd_prompt one = iclgd_prompts_at(&w.prompts, p);
    double clean = 0, query = 0;
    for (size_t i = 0; i < D; ++i) {
      clean += one.w_star[i] * one.x[i];
      query += one.w_star[i] * one.x_query[i];
    }
    assert_close(one.y_query, query, 1e-14, 1e-14);
    const double off = one.y[0] - clean;
    normal_add(&noise, off);
    normal_add(&square, off * off);
    normal_add(&with_x, off * one.x[0]);
  }
  assert_mean(&noise, 0);
  assert_mean(&square, 0.25);
  assert_mean(&with_x, 0);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(eigenvalues_are_as_listed),
      cmocka_unit_test(fixed_rotation_keeps_eigenvalues),
      cmocka_unit_test(each_prompt_has_its_rotation),
      cmocka_unit_test(a_file_gives_the_covariance),
      cmocka_unit_test(entries_keep_their_shape),
      cmocka_unit_test(tails_are_those_of_the_law),
      cmocka_unit_test(tasks_have_their_covariance),
      cmocka_unit_test(sparse_tasks_have_k_entries),
      cmocka_unit_test(pooled_tasks_are_members),
      cmocka_unit_test(a_pool_is_drawn_from_the_normal_law),
      cmocka_unit_test(noise_is_on_the_context_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
