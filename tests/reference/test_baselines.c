/* Predictors that are not steps of descent on S, each by a route of its own:
 * online GD, ridge with a fixed penalty, dMMSE, the Lasso, neighbours,
 * averaging, zero; and descent with the trained model's own A. */
#include <stdio.h>
#include <stdlib.h>

#include "support/linear.h"
#include "support/normal.h"
#include "support/reference.h"

enum { D = 5, N = 20, PROMPTS = 10 };

static const char *const plain[] = {"prompt.noise=0.5",
                                    "prompt.covariance=diag:1,1,.25,.0625,1",
                                    "prompt.rotate=fixed", NULL};

static double product(const double *a, const double *b) {
  double sum = 0;
  for (size_t j = 0; j < D; ++j) sum += a[j] * b[j];
  return sum;
}

/* A pass is affine, w <- T w + c. Row m of T is e_m (I - eta x_n x_n^T) ...
 * (I - eta x_1 x_1^T), taken from the last point to the first. */
static void online_gd_is_one_affine_map(void **state) {
  (void)state;
  enum { STEPS = 4 };
  double eta[] = {0.13};
  const iclgd_hyper hyper = {.eta = eta, .n_eta = 1};
  world w;
  world_create(&w, plain, 2, PROMPTS);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const double *at = iterates(&w, "online_gd", &hyper, i, STEPS);
    double T[D][D] = {{0}}, c[D] = {0};
    for (size_t m = 0; m < D; ++m) {
      T[m][m] = 1;
      for (size_t t = N; t-- > 0;) {
        const double along = eta[0] * product(T[m], p.x + t * D);
        c[m] += along * p.y[t];
        for (size_t j = 0; j < D; ++j) T[m][j] -= along * p.x[t * D + j];
      }
    }
    for (size_t k = 0; k < STEPS; ++k)
      for (size_t m = 0; m < D; ++m) {
        assert_true(at[m] == 0);
        assert_close(at[(k + 1) * D + m], product(T[m], at + k * D) + c[m],
                     1e-13, 1e-13);
      }
  }
  world_free(&w);
}

/* (X^T X + lambda I) w = X^T y at the lambda of the key, and at its default. */
static void fixed_ridge_solves_its_equations(void **state) {
  (void)state;
  const char *const given[] = {"reference.ridge_fixed=2.5", "prompt.n=3",
                               "prompt.noise=0.5", NULL};
  for (size_t c = 0; c < 2; ++c) {
    world w;
    iclgd_hyper hyper;
    iclgd_error err;
    world_create(&w, c ? given : plain, 2, PROMPTS);
    assert_ok(choose(&w, "ridge_fixed", &hyper, &err), err);
    assert_true(hyper.lambda == (c ? 2.5 : 0.1));
    for (size_t i = 0; i < PROMPTS; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const double *got = iterates(&w, "ridge_fixed", &hyper, i, 1) + D;
      for (size_t j = 0; j < D; ++j) {
        double left = hyper.lambda * got[j];
        for (size_t t = 0; t < p.n; ++t)
          left -= (p.y[t] - product(got, p.x + t * D)) * p.x[t * D + j];
        assert_close(left, 0, 1e-11, 0);
      }
    }
    world_free(&w);
  }
}

/* The sum as it is written, in long double, whose range needs no maximum
 * subtracted at this noise. */
static void dmmse_is_the_sum(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.w=pool:7", "prompt.noise=1.5",
                                   "prompt.n=8", NULL};
  world w;
  iclgd_hyper hyper;
  iclgd_error err;
  world_create(&w, overrides, 2, PROMPTS);
  assert_ok(choose(&w, "dmmse", &hyper, &err), err);
  assert_int_equal(hyper.n_tasks, 7);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const double *got = iterates(&w, "dmmse", &hyper, i, 1);
    long double sum[D] = {0}, mass = 0;
    for (size_t t = 0; t < 7; ++t) {
      const double *task = w.dist.pool + t * D;
      long double squares = 0;
      for (size_t k = 0; k < p.n; ++k) {
        const long double r = p.y[k] - product(task, p.x + k * D);
        squares += r * r;
      }
      const long double e = expl(-squares / (2 * 1.5L * 1.5L));
      mass += e;
      for (size_t j = 0; j < D; ++j) sum[j] += e * task[j];
    }
    for (size_t j = 0; j < D; ++j) {
      assert_true(got[j] == 0);
      assert_close(got[D + j], (double)(sum[j] / mass), 1e-12, 1e-12);
    }
  }
  world_free(&w);
}

/* One task is that task; without noise, or almost, the one behind the labels;
 * tasks that cannot be told apart are averaged. */
static void dmmse_has_its_limits(void **state) {
  (void)state;
  const char *const one[] = {"prompt.w=pool:1", "prompt.noise=2", NULL};
  const char *const clean[] = {"prompt.w=pool:9", "prompt.noise=0", NULL};
  const char *const faint[] = {"prompt.w=pool:9", "prompt.noise=1e-3", NULL};
  const char *const *const laws[] = {one, clean, faint};
  for (size_t l = 0; l < 3; ++l) {
    world w;
    iclgd_hyper hyper;
    iclgd_error err;
    world_create(&w, laws[l], 2, PROMPTS);
    assert_ok(choose(&w, "dmmse", &hyper, &err), err);
    for (size_t i = 0; i < PROMPTS; ++i) {
      const double *got = iterates(&w, "dmmse", &hyper, i, 1) + D;
      for (size_t j = 0; j < D; ++j)
        assert_close(got[j], w.prompts.w_star[i * D + j], 1e-14, 1e-14);
    }
    world_free(&w);
  }
  world w;
  world_create(&w, clean, 2, 1);
  double tasks[3 * D]; /* the right one, and two that differ out of sight */
  for (size_t j = 0; j < D; ++j)
    tasks[j] = tasks[D + j] = tasks[2 * D + j] = w.prompts.w_star[j];
  for (size_t t = 0; t < N; ++t) {
    double *x = w.prompts.x + t * D;
    w.prompts.y[t] -= w.prompts.w_star[D - 1] * x[D - 1];
    x[D - 1] = 0;
  }
  tasks[2 * D - 1] = 5;
  tasks[3 * D - 1] = 7;
  tasks[D] += 1;
  const iclgd_hyper hyper = {.tasks = tasks, .n_tasks = 3};
  const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
  const double *got = iterates(&w, "dmmse", &hyper, 0, 1) + D;
  double squares[3] = {0};
  for (size_t t = 0; t < 3; ++t)
    for (size_t k = 0; k < N; ++k) {
      const double r = p.y[k] - product(tasks + t * D, p.x + k * D);
      squares[t] += r * r;
    }
  assert_true(squares[0] == squares[2] && squares[1] > squares[0] + 1);
  for (size_t j = 0; j < D; ++j)
    assert_close(got[j], (tasks[j] + tasks[2 * D + j]) / 2, 1e-14, 1e-14);
  world_free(&w);
}

/* g = (1/n) X^T (y - X w): lambda sign(w_j) on the support, within lambda
 * elsewhere; many and few points, many and no zeros. */
static void lasso_meets_the_subgradient_conditions(void **state) {
  (void)state;
  const char *const few[] = {"prompt.n=4", "prompt.noise=0.5", NULL};
  const double lambdas[] = {1e-3, 0.05, 0.4, 50};
  size_t zeros[4] = {0};
  for (size_t c = 0; c < 8; ++c) {
    const iclgd_hyper hyper = {.lambda = lambdas[c % 4]};
    world w;
    world_create(&w, c < 4 ? plain : few, 2, PROMPTS);
    for (size_t i = 0; i < PROMPTS; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const double *got = iterates(&w, "lasso", &hyper, i, 1) + D;
      for (size_t j = 0; j < D; ++j) {
        double g = 0;
        for (size_t t = 0; t < p.n; ++t)
          g += (p.y[t] - product(got, p.x + t * D)) * p.x[t * D + j] /
               (double)p.n;
        zeros[c % 4] += got[j] == 0;
        if (got[j] == 0)
          assert_true(fabs(g) <= hyper.lambda + 1e-8);
        else
          assert_close(g, copysign(hyper.lambda, got[j]), 1e-8, 0);
      }
    }
    world_free(&w);
  }
  assert_true(zeros[1] > 0 && zeros[1] < zeros[2]);
  assert_int_equal(zeros[3], 2 * PROMPTS * D); /* all: lambda > |b| */
}

/* Fewer points than features and next to no penalty: the answer is unique, with
 * at most n entries, where descent alone needs many thousand sweeps. */
static void lasso_of_few_points(void **state) {
  (void)state;
  const iclgd_hyper hyper = {.lambda = 1e-5};
  for (size_t n = 1; n < D; ++n) {
    char points[32];
    snprintf(points, sizeof points, "prompt.n=%zu", n);
    const char *const few[] = {points, NULL};
    world w;
    world_create(&w, few, 2, PROMPTS);
    for (size_t i = 0; i < PROMPTS; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const double *got = iterates(&w, "lasso", &hyper, i, 1) + D;
      size_t entries = 0;
      for (size_t j = 0; j < D; ++j) {
        double g = 0;
        for (size_t t = 0; t < n; ++t)
          g +=
              (p.y[t] - product(got, p.x + t * D)) * p.x[t * D + j] / (double)n;
        entries += got[j] != 0;
        assert_close(g, fmax(fmin(g, hyper.lambda), -hyper.lambda), 1e-9, 0);
        if (got[j] != 0)
          assert_close(g, copysign(hyper.lambda, got[j]), 1e-9, 0);
      }
      assert_true(entries > 0 && entries <= n);
    }
    world_free(&w);
  }
}

static void lasso_has_its_limits(void **state) {
  (void)state;
  const iclgd_hyper none = {0}, soft = {.lambda = 0.3};
  world w;
  world_create(&w, plain, 2, PROMPTS);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const double *got = iterates(&w, "lasso", &none, i, 1) + D;
    const double *w_ls = iterates(&w, "least_squares", &none, i, 1) + D;
    for (size_t j = 0; j < D; ++j) assert_close(got[j], w_ls[j], 1e-8, 1e-8);
  }
  double I[D * D] = {0}, b[D] = {1, -0.5, 0.2, -0.1, 0.3}, at[2 * D];
  for (size_t j = 0; j < D; ++j) I[j * D + j] = 1;
  const iclgd_problem p = {.prompt = {.n = N, .d = D}, .S = I, .b = b};
  double *work = iclgd_arena_reals(&w.arena, iclgd_algorithm_work(N, D), 1, 1);
  assert_non_null(work);
  algorithm_of("lasso")->iterate(&soft, &p, 1, work, at);
  const double expected[D] = {0.7, -0.2, 0, 0, 0};
  for (size_t j = 0; j < D; ++j) assert_close(at[D + j], expected[j], 1e-15, 0);
  world_free(&w);
}

/* Entries that leave 0 at one lambda, by symmetry: ties of |g_j|, which spoil
 * the path. w_j = (1 - lambda) / (1 + c (D - 1)) of S = (1 - c) I + c 1 1^T, b
 * = 1; of two equal features either, or both, have the weight of one. */
static void lasso_bears_ties(void **state) {
  (void)state;
  const iclgd_hyper hyper = {.lambda = 0.3};
  const double c = 0.3;
  double S[D * D], b[D], at[2 * D];
  for (size_t j = 0; j < D * D; ++j) S[j] = j % (D + 1) == 0 ? 1 : c;
  for (size_t j = 0; j < D; ++j) b[j] = 1;
  const iclgd_problem p = {.prompt = {.n = N, .d = D}, .S = S, .b = b};
  iclgd_arena arena = {0};
  double *work = iclgd_arena_reals(&arena, iclgd_algorithm_work(N, D), 1, 1);
  assert_non_null(work);
  algorithm_of("lasso")->iterate(&hyper, &p, 1, work, at);
  for (size_t j = 0; j < D; ++j)
    assert_close(at[D + j], 0.7 / (1 + c * (D - 1)), 1e-9, 0);
  for (size_t j = 0; j < D; ++j) S[D + j] = S[j * D + 1] = j < 2 ? 1 : 0;
  for (size_t j = 2; j < D; ++j) S[j] = S[j * D] = 0;
  algorithm_of("lasso")->iterate(&hyper, &p, 1, work, at);
  assert_close(at[D] + at[D + 1], 0.7, 1e-9, 0);
  iclgd_arena_free(&arena);
}

/* Of the penalties that were tried it takes the best; their losses are those of
 * the iterates. */
static void lasso_takes_the_best_penalty(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.w=sparse:1", "prompt.noise=1",
                                   "prompt.n=10", NULL};
  world w;
  iclgd_hyper found;
  iclgd_error err;
  world_create(&w, overrides, 2, 60);
  assert_ok(choose(&w, "lasso", &found, &err), err);
  double least = INFINITY;
  for (size_t k = 0; k < found.n_search; k += 5) {
    const iclgd_hyper other = {.lambda = found.search[k]};
    double sum = 0;
    for (size_t i = 0; i < 60; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const double *got = iterates(&w, "lasso", &other, i, 1) + D;
      const double off = product(got, p.x_query) - p.y_query;
      sum += off * off / 60;
    }
    assert_close(found.curve[k], sum, 1e-8, 1e-8);
  }
  for (size_t k = 0; k < found.n_search; ++k)
    least = fmin(least, found.curve[k]);
  for (size_t k = 0; k < found.n_search; ++k)
    if (found.search[k] == found.lambda) assert_true(found.curve[k] == least);
  /* neither nothing nor all of it is best for one weight in five */
  assert_true(least < 0.97 * found.curve[0]);
  assert_true(least < 0.97 * found.curve[found.n_search - 1]);
  world_free(&w);
}

typedef struct neighbour {
  double distance, y;
} neighbour;

static int nearer(const void *a, const void *b) {
  const double x = ((const neighbour *)a)->distance;
  const double y = ((const neighbour *)b)->distance;
  return (x > y) - (x < y);
}

static void knn_averages_the_nearest(void **state) {
  (void)state;
  const char *const counts[] = {
      "reference.neighbours=3", "reference.neighbours=1",
      "reference.neighbours=20", "reference.neighbours=500"};
  for (size_t c = 0; c < 4; ++c) {
    const char *const overrides[] = {counts[c], "prompt.noise=1", NULL};
    const size_t ks[] = {3, 1, N, N};
    world w;
    iclgd_hyper hyper;
    iclgd_error err;
    world_create(&w, overrides, 2, PROMPTS);
    assert_ok(choose(&w, "knn", &hyper, &err), err);
    assert_true(hyper.own[0] == (double)ks[c]);
    double *work =
        iclgd_arena_reals(&w.arena, iclgd_algorithm_work(N, D), 1, 1);
    assert_non_null(work);
    for (size_t i = 0; i < PROMPTS; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const double *none = iterates(&w, "knn", &hyper, i, 1);
      neighbour all[N];
      for (size_t t = 0; t < N; ++t) {
        double off[D];
        for (size_t j = 0; j < D; ++j) off[j] = p.x[t * D + j] - p.x_query[j];
        all[t] = (neighbour){product(off, off), p.y[t]};
      }
      qsort(all, N, sizeof *all, nearer);
      double mean = 0, prediction[2] = {1, 1};
      for (size_t t = 0; t < ks[c]; ++t) mean += all[t].y / (double)ks[c];
      const iclgd_problem problem = problem_of(&p, &w.arena);
      algorithm_of("knn")->predict(&hyper, &problem, 1, work, prediction);
      assert_true(prediction[0] == 0);
      assert_close(prediction[1], mean, 1e-14, 1e-13);
      for (size_t j = 0; j < D; ++j)
        assert_true(none[j] == 0 && isnan(none[D + j]));
    }
    world_free(&w);
  }
}

static void averaging_and_zero(void **state) {
  (void)state;
  const iclgd_hyper none = {0};
  world w;
  world_create(&w, plain, 2, PROMPTS);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const double *mean = iterates(&w, "averaging", &none, i, 1);
    const double *zero = iterates(&w, "zero", &none, i, 1);
    for (size_t j = 0; j < D; ++j) {
      double sum = 0;
      for (size_t t = 0; t < N; ++t) sum += p.y[t] * p.x[t * D + j];
      assert_close(mean[D + j], sum / N, 1e-14, 1e-13);
      assert_true(mean[j] == 0 && zero[j] == 0 && zero[D + j] == 0);
    }
  }
  world_free(&w);
}

/* GD++ with B = 0 is GD with its own A, none of them symmetric; after the last
 * layer the first comes again. A model of A alone has nothing left to explain.
 */
static void learned_steps_are_the_model_without_B(void **state) {
  (void)state;
  enum { LAYERS = 2, LOOPS = 2, DEPTH = LAYERS * LOOPS };
  const char *const overrides[] = {"model.weights=gdpp", "model.layers=2",
                                   "model.loops=2", "prompt.noise=.5", NULL};
  world w;
  iclgd_hyper hyper;
  iclgd_error err;
  uint64_t seed = 4;
  double A[LAYERS][D * D];
  world_create(&w, overrides, 2, PROMPTS);
  for (size_t l = 0; l < LAYERS; ++l) {
    for (size_t i = 0; i < D * D; ++i)
      A[l][i] = (i % (D + 1) == 0) * 0.5 + 0.1 * normal(&seed);
    assert_ok(iclgd_linear_construct(&w.model, w.theta, l, A[l], NULL, &err),
              err);
  }
  assert_ok(choose(&w, "pgd_learned", &hyper, &err), err);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    double model[(DEPTH + 1) * D], S[D * D], b[D];
    const double *got = iterates(&w, "pgd_learned", &hyper, i, DEPTH + 1);
    iclgd_model_weights(&w.model, w.theta, &p, w.tape, model);
    for (size_t j = 0; j < (DEPTH + 1) * D; ++j)
      assert_close(got[j], model[j], 1e-13, 1e-13);
    iclgd_context_gram(S, b, p.x, p.y, N, D, N);
    for (size_t m = 0; m < D; ++m)
      b[m] -= product(S + m * D, model + DEPTH * D);
    for (size_t j = 0; j < D; ++j)
      assert_close(got[(DEPTH + 1) * D + j],
                   model[DEPTH * D + j] + product(A[0] + j * D, b), 1e-12,
                   1e-12);
  }
  world_free(&w);
  const char *const families[] = {"scalar", "diagonal", "gd"};
  for (size_t f = 0; f < 3; ++f) {
    char weights[32] = "model.weights=";
    strcat(weights, families[f]);
    const char *const descent[] = {weights, NULL};
    world_create(&w, descent, 2, 1);
    assert_int_equal(choose(&w, "pgd_learned", &hyper, &err), ICLGD_ERANGE);
    assert_non_null(strstr(err.text, "is the model itself"));
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(online_gd_is_one_affine_map),
      cmocka_unit_test(fixed_ridge_solves_its_equations),
      cmocka_unit_test(dmmse_is_the_sum),
      cmocka_unit_test(dmmse_has_its_limits),
      cmocka_unit_test(lasso_meets_the_subgradient_conditions),
      cmocka_unit_test(lasso_of_few_points),
      cmocka_unit_test(lasso_has_its_limits),
      cmocka_unit_test(lasso_bears_ties),
      cmocka_unit_test(lasso_takes_the_best_penalty),
      cmocka_unit_test(knn_averages_the_nearest),
      cmocka_unit_test(averaging_and_zero),
      cmocka_unit_test(learned_steps_are_the_model_without_B),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
