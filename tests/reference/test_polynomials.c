/* Momentum, the best polynomial, conjugate gradients and Newton's inversion
 * against their defining properties. On a diagonal problem, S = diag(s) and
 * b = (1, .., 1), entry j of iterate k is q_k(s_j), so that the polynomials of
 * a method can be read off at any s. */
#include <iclgd/oracle.h>
#include <iclgd/theory.h>

#include "oracle/spectrum.h"
#include "support/linear.h"
#include "support/reference.h"
#include "support/samples.h"

enum { D = 5, N = 20, PROMPTS = 10 };

static const char *const plain[] = {"prompt.noise=0.5",
                                    "prompt.covariance=diag:1,1,.25,.0625,1",
                                    "prompt.rotate=fixed", NULL};

/* q (steps + 1, count) at the given s, in the arena. */
static const double *factors(const char *name, const iclgd_hyper *hyper,
                             double *s, size_t count, size_t steps,
                             iclgd_arena *arena) {
  iclgd_problem p = {.prompt = {.n = count, .d = count, .mean_n = count},
                     .lambda = s};
  double *work =
      iclgd_arena_reals(arena, iclgd_algorithm_work(count, count), 1, 1);
  double *q = iclgd_arena_reals(arena, steps + 1, count, 1);
  p.S = iclgd_arena_reals(arena, count, count, 1);
  p.V = iclgd_arena_reals(arena, count, count, 1);
  p.b = iclgd_arena_reals(arena, count, 1, 1);
  assert_true(work && q && p.S && p.V && p.b);
  for (size_t j = 0; j < count; ++j) {
    p.S[j * count + j] = s[j];
    p.V[j * count + j] = 1;
    p.b[j] = 1;
  }
  algorithm_of(name)->iterate(hyper, &p, steps, work, q);
  return q;
}

/* O3 of iterates 0..steps in the units of the setting, by a Gauss rule with
 * nodes of its own: mu(p^2) + (sigma2 / n) mu(s q^2). */
static void exact_losses(const char *name, const iclgd_hyper *hyper,
                         iclgd_theory theory, size_t steps, double *loss) {
  iclgd_arena arena = {0};
  iclgd_spectrum mu;
  iclgd_error err;
  assert_ok(
      iclgd_spectrum_create(theory.setting, 2 * steps + 7, &arena, &mu, &err),
      err);
  double *real = iclgd_arena_reals(&arena, mu.count, 1, 1);
  assert_non_null(real);
  for (size_t i = 0; i < mu.count; ++i) real[i] = mu.s[i] / theory.step_unit;
  const double *q = factors(name, hyper, real, mu.count, steps, &arena);
  for (size_t k = 0; k <= steps; ++k) {
    loss[k] = mu.atom;
    for (size_t i = 0; i < mu.count; ++i) {
      const double gone = real[i] * q[k * mu.count + i];
      loss[k] += mu.weight[i] *
                 ((1 - gone) * (1 - gone) + mu.lambda * gone * gone / mu.s[i]);
    }
  }
  iclgd_arena_free(&arena);
}

static iclgd_hyper chosen(world *w, const char *name, const char *how) {
  iclgd_hyper hyper;
  iclgd_error err;
  assert_ok(choose(w, name, &hyper, &err), err);
  if (!strstr(hyper.how, how))
    fail_msg("%s: '%s' is not '%s'", name, hyper.how, how);
  return hyper;
}

/* --- momentum ---------------------------------- */

/* w_{k+1} = at + eta (b - S at) + carried, in the original coordinates. */
static void momentum_follows_its_recursion(void **state) {
  (void)state;
  enum { STEPS = 9 };
  double eta[] = {0.6}, beta[] = {0.4};
  const iclgd_hyper hyper = {.eta = eta, .n_eta = 1, .beta = beta, .n_beta = 1};
  const char *const names[] = {"heavy_ball", "nesterov"};
  world w;
  world_create(&w, plain, 2, PROMPTS);
  for (size_t i = 0; i < 2 * PROMPTS; ++i) {
    const bool nesterov = i >= PROMPTS;
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i % PROMPTS);
    const double *got =
        iterates(&w, names[nesterov], &hyper, i % PROMPTS, STEPS);
    double S[D * D], b[D], now[D] = {0}, before[D] = {0};
    iclgd_context_gram(S, b, p.x, p.y, N, D, N);
    for (size_t k = 0; k < STEPS; ++k) {
      double at[D], next[D];
      for (size_t j = 0; j < D; ++j)
        at[j] = now[j] + (nesterov ? beta[0] * (now[j] - before[j]) : 0);
      for (size_t j = 0; j < D; ++j) {
        double g = b[j];
        for (size_t m = 0; m < D; ++m) g -= S[j * D + m] * at[m];
        next[j] = at[j] + eta[0] * g +
                  (nesterov ? 0 : beta[0] * (now[j] - before[j]));
      }
      memcpy(before, now, sizeof now);
      memcpy(now, next, sizeof now);
      for (size_t j = 0; j < D; ++j)
        assert_close(got[(k + 1) * D + j], now[j], 1e-12, 1e-12);
    }
  }
  world_free(&w);
}

/* Two heavy-ball steps are any polynomial of degree 2 whose steps are real: the
 * best is O4. Nesterov's and longer paths: no nearby point is better. */
static void momentum_is_at_its_minimum(void **state) {
  (void)state;
  const char *const noises[] = {"prompt.noise=0", "prompt.noise=1"};
  for (size_t t = 0; t < 2; ++t) {
    const char *const two[] = {"model.layers=1",    "model.loops=2",
                               noises[t],           "prompt.x_scale=2",
                               "prompt.w_scale=.5", NULL};
    world w;
    iclgd_theory theory;
    iclgd_error err;
    double loss[3], eta[2], best, bound;
    world_create(&w, two, 1, 2);
    assert_true(iclgd_theory_of(&w.dist, false, &theory));
    const iclgd_hyper found = chosen(&w, "heavy_ball", "exact");
    exact_losses("heavy_ball", &found, theory, 2, loss);
    assert_ok(iclgd_oracle_untied(theory.setting, 2, eta, &best, &bound, &err),
              err);
    /* 1e-4 off in eta and beta is second order in the loss */
    assert_close(loss[2], best, 0, 1e-6);
    world_free(&w);
  }
  const char *const five[] = {"model.layers=1", "model.loops=5", NULL};
  const char *const names[] = {"heavy_ball", "nesterov"};
  world w;
  iclgd_theory theory;
  world_create(&w, five, 1, 2);
  assert_true(iclgd_theory_of(&w.dist, false, &theory));
  for (size_t a = 0; a < 2; ++a) {
    const iclgd_hyper found = chosen(&w, names[a], "exact");
    double best[6], loss[6];
    exact_losses(names[a], &found, theory, 5, best);
    assert_true(best[5] < 0.5 * 0.107897); /* O5, the best GD */
    for (int turn = 0; turn < 8; ++turn) {
      double eta[] = {found.eta[0] + 0.01 * cos(turn * 0.785)};
      double beta[] = {found.beta[0] + 0.01 * sin(turn * 0.785)};
      const iclgd_hyper other = {
          .eta = eta, .n_eta = 1, .beta = beta, .n_beta = 1};
      exact_losses(names[a], &other, theory, 5, loss);
      assert_true(best[5] < loss[5]);
    }
  }
  world_free(&w);
}

/* --- the best polynomial ---------------------------------- */

/* Iterate k has the least loss of all polynomials of its degree, O4, with and
 * without noise and in any units. */
static void the_best_polynomial_is_O4(void **state) {
  (void)state;
  const char *const laws[][4] = {
      {"prompt.noise=0"},
      {"prompt.noise=1.4142135623730951"}, /* complex steps from L = 3 on */
      {"prompt.noise=3", "prompt.x_scale=2", "prompt.w_scale=.5"},
      {"prompt.d=10", "prompt.n=6", "prompt.noise=.5"},
  };
  for (size_t l = 0; l < 4; ++l) {
    const char *overrides[7] = {"model.layers=1", "model.loops=5"};
    for (size_t k = 0; k < 4 && laws[l][k]; ++k) overrides[k + 2] = laws[l][k];
    world w;
    iclgd_theory theory;
    iclgd_error err;
    double loss[6], eta[5], real, bound;
    world_create(&w, overrides, 1, 2);
    assert_true(iclgd_theory_of(&w.dist, false, &theory));
    const iclgd_hyper found = chosen(&w, "chebyshev", "O4");
    assert_int_equal(found.n_eta, 5);
    exact_losses("chebyshev", &found, theory, 5, loss);
    for (size_t k = 1; k <= 5; ++k) {
      assert_ok(
          iclgd_oracle_untied(theory.setting, k, eta, &real, &bound, &err),
          err);
      assert_close(loss[k], bound, 0, 1e-9);
    }
    world_free(&w);
  }
}

/* Elsewhere it is the best at the tuning queries: the errors of iterate k are
 * orthogonal to the predictions of b, S b, .., S^(k-1) b. */
static void other_laws_use_the_tuning_prompts(void **state) {
  (void)state;
  enum { STEPS = 4, COUNT = 40 };
  const char *const overrides[] = {"model.layers=1", "model.loops=4",
                                   "prompt.covariance=power:1",
                                   "prompt.noise=.5", NULL};
  world w;
  world_create(&w, overrides, 1, COUNT);
  const iclgd_hyper found = chosen(&w, "chebyshev", "held-out");
  double sums[STEPS + 1][STEPS] = {{0}}, sizes[STEPS + 1][STEPS] = {{0}};
  for (size_t i = 0; i < COUNT; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    double S[D * D], power[D], next[D];
    iclgd_context_gram(S, power, prompt.x, prompt.y, N, D, N);
    const double *at = iterates(&w, "chebyshev", &found, i, STEPS);
    for (size_t m = 0; m < STEPS; ++m) {
      double seen = 0;
      for (size_t j = 0; j < D; ++j) seen += power[j] * prompt.x_query[j];
      for (size_t k = m + 1; k <= STEPS; ++k) {
        double error = -prompt.y_query;
        for (size_t j = 0; j < D; ++j)
          error += at[k * D + j] * prompt.x_query[j];
        sums[k][m] += error * seen;
        sizes[k][m] += fabs(error * seen);
      }
      for (size_t j = 0; j < D; ++j) {
        next[j] = 0;
        for (size_t l = 0; l < D; ++l) next[j] += S[j * D + l] * power[l];
      }
      memcpy(power, next, sizeof next);
    }
  }
  for (size_t k = 1; k <= STEPS; ++k)
    for (size_t m = 0; m < k; ++m)
      assert_close(sums[k][m], 0, 1e-9 * sizes[k][m], 0);
  world_free(&w);
}

/* No polynomial of the same degree does better on the prompts it was fitted to:
 * not gradient descent with searched steps. */
static void nothing_of_its_degree_beats_it(void **state) {
  (void)state;
  enum { LAYERS = 3, COUNT = 200 };
  const char *const overrides[] = {"model.layers=3", "model.loops=1",
                                   "prompt.covariance=power:1", NULL};
  static const char *const names[] = {"chebyshev", "gd_per_step"};
  double loss[2] = {0};
  world w;
  world_create(&w, overrides, 1, COUNT);
  for (size_t a = 0; a < 2; ++a) {
    const iclgd_hyper found = chosen(&w, names[a], "held-out");
    for (size_t i = 0; i < COUNT; ++i) {
      const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
      const double *at = iterates(&w, names[a], &found, i, LAYERS);
      double error = -prompt.y_query;
      for (size_t j = 0; j < D; ++j)
        error += at[LAYERS * D + j] * prompt.x_query[j];
      loss[a] += error * error / COUNT;
    }
  }
  assert_true(loss[0] > 0 && loss[0] <= loss[1] * (1 + 1e-9));
  world_free(&w);
}

/* Two eigenvalues are solved in two steps: then there are no coefficients, and
 * the iterate, which is right at the one query there is, stays. */
static void it_stays_when_nothing_is_left(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=2",       "prompt.n=3",
                                   "prompt.x=uniform", "model.layers=1",
                                   "model.loops=6",    NULL};
  world w;
  world_create(&w, overrides, 1, 1);
  const iclgd_hyper found = chosen(&w, "chebyshev", "held-out");
  assert_int_equal(found.n_eta, 2);
  const double *at = iterates(&w, "chebyshev", &found, 0, 6);
  const double *q = w.prompts.x_query;
  for (size_t k = 2; k <= 6; ++k) {
    assert_close(at[k * 2] * q[0] + at[k * 2 + 1] * q[1], w.prompts.y_query[0],
                 1e-12, 1e-9);
    for (size_t j = 0; j < 2; ++j) assert_true(at[k * 2 + j] == at[4 + j]);
  }
  world_free(&w);
}

/* --- line search and conjugate gradients ---------------------------------- */

static void gradient(const iclgd_prompt *p, const double *w, double *g) {
  double S[D * D];
  iclgd_context_gram(S, g, p->x, p->y, p->n, D, p->n);
  for (size_t j = 0; j < D; ++j)
    for (size_t m = 0; m < D; ++m) g[j] -= S[j * D + m] * w[m];
}

static double product(const double *a, const double *b) {
  double sum = 0;
  for (size_t j = 0; j < D; ++j) sum += a[j] * b[j];
  return sum;
}

/* Along its direction each step ends where the new gradient is orthogonal to
 * the old, and the direction is the gradient. */
static void line_search_ends_at_right_angles(void **state) {
  (void)state;
  enum { STEPS = 8 };
  const iclgd_hyper none = {0};
  world w;
  world_create(&w, plain, 2, PROMPTS);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const double *at = iterates(&w, "line_search", &none, i, STEPS);
    double g[D], next[D];
    gradient(&p, at, g);
    const double scale = sqrt(product(g, g));
    for (size_t k = 0; k < STEPS; ++k) {
      double moved[D];
      gradient(&p, at + (k + 1) * D, next);
      for (size_t j = 0; j < D; ++j)
        moved[j] = at[(k + 1) * D + j] - at[k * D + j];
      const double size = sqrt(product(g, g));
      assert_close(product(g, next), 0, 1e-13 * scale * size, 0);
      assert_true(product(moved, g) > 0);
      for (size_t j = 0; j < D; ++j)
        assert_close(moved[j], g[j] * product(moved, g) / (size * size),
                     1e-13 * scale, 0);
      memcpy(g, next, sizeof g);
    }
  }
  world_free(&w);
}

/* Residuals are orthogonal to all before; after d steps (n when n < d) it is
 * least squares, and there it stays. */
static void conjugate_gradients_end(void **state) {
  (void)state;
  enum { STEPS = 40 };
  const iclgd_hyper none = {0};
  const char *const few[] = {"prompt.n=3", "prompt.noise=0.5", NULL};
  for (size_t c = 0; c < 2; ++c) {
    world w;
    world_create(&w, c ? few : plain, 2, PROMPTS);
    const size_t last = c ? 3 : D;
    for (size_t i = 0; i < PROMPTS; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const double *at = iterates(&w, "conjugate_gradient", &none, i, STEPS);
      const double *w_ls = iterates(&w, "least_squares", &none, i, 1) + D;
      double g[D + 1][D];
      for (size_t k = 0; k <= last; ++k) gradient(&p, at + k * D, g[k]);
      const double scale = product(g[0], g[0]);
      for (size_t k = 1; k < last; ++k)
        for (size_t m = 0; m < k; ++m)
          assert_close(product(g[k], g[m]), 0, 1e-12 * scale, 0);
      for (size_t k = last; k <= STEPS; ++k)
        for (size_t j = 0; j < D; ++j)
          assert_close(at[k * D + j], w_ls[j], 1e-9, 1e-9);
    }
    world_free(&w);
  }
}

/* --- Newton ---------------------------------- */

/* 1 - s q_k = (1 - alpha s^2)^(2^(k-1)); at scale 2, the trap, the top
 * direction never moves from |1 - s q| = 1, at scale 1 it is exact at once. */
static void newton_squares_its_residual(void **state) {
  (void)state;
  enum { COUNT = 6, STEPS = 7 };
  double s[COUNT] = {1.7, 1.1, .6, .3, .05, 0};
  const double scales[] = {1, 2, 0.3};
  iclgd_arena arena = {0};
  for (size_t c = 0; c < 3; ++c) {
    const iclgd_hyper hyper = {.own = {scales[c]}};
    const double *q = factors("newton", &hyper, s, COUNT, STEPS, &arena);
    for (size_t j = 0; j < COUNT; ++j) {
      double p = 1 - scales[c] * (s[j] / 1.7) * (s[j] / 1.7);
      assert_true(q[j] == 0);
      for (size_t k = 1; k <= STEPS; ++k, p *= p)
        assert_close(1 - s[j] * q[k * COUNT + j], p, 1e-13, 0);
    }
    for (size_t k = 2; k <= STEPS; ++k) {
      const double top = 1 - s[0] * q[k * COUNT];
      assert_close(top, scales[c] == 2 ? 1 : pow(1 - scales[c], 1 << (k - 1)),
                   1e-13, 0);
    }
  }
  iclgd_arena_free(&arena);
}

/* docs/theory.md, O3, Fu et al.: d = 5, n = 20: alpha = 1 / lambda_max^2 has
 * mean loss .0393 at M_6 and .00147 at M_8. */
static void newton_has_the_losses_of_theory(void **state) {
  (void)state;
  enum { STEPS = 9, COUNT = 30000 };
  const char *const overrides[] = {"prompt.d=5", "prompt.n=20", NULL};
  world w;
  world_create(&w, overrides, 5, COUNT);
  const iclgd_hyper hyper = chosen(&w, "newton", "lambda_max");
  assert_true(hyper.own[0] == 1);
  double *work = iclgd_arena_reals(&w.arena, iclgd_algorithm_work(N, D), 1, 1);
  double *room = iclgd_arena_reals(&w.arena, iclgd_problem_work(D), 1, 1);
  assert_true(work && room);
  normal_mean sixth = {0}, eighth = {0};
  for (size_t i = 0; i < COUNT; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    iclgd_problem p;
    double at[(STEPS + 1) * D], off[2][D];
    iclgd_problem_set(&prompt, true, room, &p);
    algorithm_of("newton")->iterate(&hyper, &p, STEPS, work, at);
    for (size_t j = 0; j < D; ++j) {
      off[0][j] = at[7 * D + j] - prompt.w_star[j];
      off[1][j] = at[9 * D + j] - prompt.w_star[j];
    }
    normal_add(&sixth, product(off[0], off[0]));
    normal_add(&eighth, product(off[1], off[1]));
  }
  assert_mean(&sixth, .0393);
  assert_mean(&eighth, .00147);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(momentum_follows_its_recursion),
      cmocka_unit_test(momentum_is_at_its_minimum),
      cmocka_unit_test(the_best_polynomial_is_O4),
      cmocka_unit_test(other_laws_use_the_tuning_prompts),
      cmocka_unit_test(nothing_of_its_degree_beats_it),
      cmocka_unit_test(it_stays_when_nothing_is_left),
      cmocka_unit_test(line_search_ends_at_right_angles),
      cmocka_unit_test(conjugate_gradients_end),
      cmocka_unit_test(newton_squares_its_residual),
      cmocka_unit_test(newton_has_the_losses_of_theory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
