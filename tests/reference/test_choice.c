/* How hyperparameters are chosen: closed forms where they hold, searches near
 * the optimum elsewhere, and a reason where an algorithm does not apply. */
#include "support/reference.h"

enum { TUNE = 100 };

/* Choose, with a `how` that contains the word. */
static iclgd_hyper chosen(world *w, const char *name, const char *how) {
  iclgd_hyper hyper;
  iclgd_error err;
  assert_ok(choose(w, name, &hyper, &err), err);
  if (!strstr(hyper.how, how))
    fail_msg("%s: '%s' is not '%s'", name, hyper.how, how);
  return hyper;
}

/* Mean squared error of iterate `steps` over the world's prompts. */
static double loss(world *w, const char *name, const iclgd_hyper *hyper,
                   size_t steps) {
  const size_t n = w->prompts.n, d = w->prompts.d;
  iclgd_arena arena = {0};
  double *work = iclgd_arena_reals(&arena, iclgd_algorithm_work(n, d), 1, 1);
  double *at = iclgd_arena_reals(&arena, steps + 1, d, 1), sum = 0;
  assert_true(work && at);
  for (size_t i = 0; i < w->prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w->prompts, i);
    const iclgd_problem problem = problem_of(&p, &arena);
    algorithm_of(name)->iterate(hyper, &problem, steps, work, at);
    double off = -p.y_query;
    for (size_t j = 0; j < d; ++j) off += at[steps * d + j] * p.x_query[j];
    sum += off * off;
  }
  iclgd_arena_free(&arena);
  return sum / (double)w->prompts.count;
}

/* The tables of docs/theory.md, O5, d = 5 and n = 20; x_scale divides by its
 * square. */
static void one_step_size_by_closed_form(void **state) {
  (void)state;
  const struct {
    const char *loops, *noise;
    double eta;
  } table[] = {
      {"model.loops=1", "prompt.noise=0", .769231},
      {"model.loops=2", "prompt.noise=0", .742518},
      {"model.loops=3", "prompt.noise=0", .715587},
      {"model.loops=5", "prompt.noise=0", .663203},
      {"model.loops=2", "prompt.noise=1", .7308},
      {"model.loops=3", "prompt.noise=1", .6943},
  };
  for (size_t t = 0; t < 6; ++t) {
    const char *const unit[] = {"model.layers=1", table[t].loops,
                                table[t].noise, NULL};
    const char *const scaled[] = {"model.layers=1",   table[t].loops,
                                  "prompt.x_scale=2", "prompt.w_scale=.5",
                                  table[t].noise,     NULL};
    const char *const inverse[] = {"model.layers=1",
                                   table[t].loops,
                                   table[t].noise,
                                   "prompt.covariance=power:1",
                                   "prompt.rotate=fixed",
                                   "prompt.w=inverse-covariance",
                                   NULL};
    const double close = t < 4 ? 1e-6 : 1e-4; /* as printed */
    world w;
    world_create(&w, unit, 1, 2);
    assert_close(chosen(&w, "gd", "O5").eta[0], table[t].eta, 0, close);
    world_free(&w);
    world_create(&w, scaled, 1, 2); /* sigma^2 / (v tau^2) is the same */
    assert_close(chosen(&w, "gd", "O5").eta[0], table[t].eta / 4, 0, close);
    world_free(&w);
    world_create(&w, inverse, 1, 2);
    assert_close(chosen(&w, "pgd", "O5").eta[0], table[t].eta, 0, close);
    world_free(&w);
  }
}

/* von Oswald et al. 2023: x ~ U(-1/2, 1/2), n = d = 10 (docs/theory.md, O1). */
static void one_step_of_uniform_inputs(void **state) {
  (void)state;
  const char *const overrides[] = {"model.layers=1",
                                   "model.loops=1",
                                   "prompt.x=uniform",
                                   "prompt.x_scale=.5",
                                   "prompt.d=10",
                                   "prompt.n=10",
                                   NULL};
  world w;
  world_create(&w, overrides, 1, 2);
  assert_close(chosen(&w, "gd", "O1").eta[0], 6.0606, 0, 1e-5);
  world_free(&w);
}

static void given_values_are_taken(void **state) {
  (void)state;
  const char *const overrides[] = {
      "reference.eta=0.123", "reference.lambda=4.5",
      "prompt.covariance=power:1", "prompt.noise=1", NULL};
  world w;
  world_create(&w, overrides, 1, 2);
  assert_true(chosen(&w, "gd", "given").eta[0] == 0.123);
  assert_true(chosen(&w, "pgd", "given").eta[0] == 0.123);
  assert_true(chosen(&w, "ridge", "given").lambda == 4.5);
  world_free(&w);
}

/* No step size of a fine grid is better than the one that was found. */
static void line_searches_reach_the_minimum(void **state) {
  (void)state;
  const char *const laws[][6] = {
      {"prompt.covariance=power:1", "prompt.rotate=fixed", "model.loops=2"},
      {"prompt.x=sphere", "prompt.x_scale=.1", "model.loops=3"},
      {"prompt.x=uniform", "prompt.x_scale=10", "model.loops=2"},
      {"prompt.source=table:" ICLGD_SOURCE_DIR "/data/tables/diabetes.csv",
       "prompt.n=30", "model.loops=2"},
  };
  for (size_t l = 0; l < 4; ++l) {
    const char *overrides[8] = {"model.layers=1"};
    for (size_t k = 0; laws[l][k]; ++k) overrides[k + 1] = laws[l][k];
    world w;
    world_create(&w, overrides, 1, TUNE);
    const size_t depth = iclgd_model_depth(&w.model);
    const iclgd_hyper found = chosen(&w, "gd", "line search");
    const double best = loss(&w, "gd", &found, depth);
    for (int k = -20; k <= 20; ++k) {
      double eta[] = {found.eta[0] * exp(k * 0.04)};
      const iclgd_hyper other = {.eta = eta, .n_eta = 1};
      assert_true(best <= loss(&w, "gd", &other, depth) * (1 + 1e-12));
    }
    assert_int_equal(found.n_search, 61);
    for (size_t k = 0; k < found.n_search; k += 20) {
      double eta[] = {found.search[k]};
      const iclgd_hyper other = {.eta = eta, .n_eta = 1};
      assert_close(found.curve[k], loss(&w, "gd", &other, depth), 0, 1e-12);
      assert_true(found.curve[k] >= best * (1 - 1e-12));
    }
    world_free(&w);
  }
}

/* O4 at d = 5, n = 20, L = 3 (docs/theory.md), in the order of layers
 * whose scales are 0.9, -0.1, 0.5; looped layers have none. */
static void steps_stand_like_the_layers(void **state) {
  (void)state;
  const double steps[] = {.4224, .6891, 1.7142};
  const double like_layers[] = {1.7142, .4224, .6891};
  const char *const untied[] = {"model.layers=3", "model.loops=1",
                                "model.weights=gd", NULL};
  const char *const tied[] = {"model.layers=1", "model.loops=3",
                              "model.weights=gd", NULL};
  const char *const inverse[] = {"model.layers=1",
                                 "model.loops=3",
                                 "prompt.covariance=power:1",
                                 "prompt.rotate=fixed",
                                 "prompt.w=inverse-covariance",
                                 NULL};
  const double scales[] = {0.9, -0.1, 0.5};
  world w;
  world_create(&w, untied, 1, 2);
  for (size_t l = 0; l < 3; ++l) {
    double A[25] = {0};
    iclgd_error err;
    for (size_t j = 0; j < 5; ++j) A[j * 6] = scales[l];
    assert_ok(iclgd_linear_construct(&w.model, w.theta, l, A, NULL, &err), err);
  }
  const iclgd_hyper ordered = chosen(&w, "gd_per_step", "order of");
  assert_int_equal(ordered.n_eta, 3);
  for (size_t l = 0; l < 3; ++l)
    assert_close(ordered.eta[l], like_layers[l], 0, 1e-4);
  world_free(&w);
  world_create(&w, tied, 1, 2);
  const iclgd_hyper ascending = chosen(&w, "gd_per_step", "O4, asc");
  for (size_t l = 0; l < 3; ++l)
    assert_close(ascending.eta[l], steps[l], 0, 1e-4);
  world_free(&w);
  world_create(&w, inverse, 1, 2);
  const iclgd_hyper white = chosen(&w, "pgd_per_step", "O4");
  for (size_t l = 0; l < 3; ++l) assert_close(white.eta[l], steps[l], 0, 1e-4);
  world_free(&w);
}

/* Searched steps beat one step size, and no single one of them can be moved
 * for the better. */
static void searched_steps_are_a_minimum(void **state) {
  (void)state;
  const char *const overrides[] = {"model.layers=1", "model.loops=2",
                                   "prompt.x=uniform", "prompt.x_scale=3",
                                   NULL};
  world w;
  world_create(&w, overrides, 1, 100);
  const iclgd_hyper one = chosen(&w, "gd", "line search");
  const iclgd_hyper each = chosen(&w, "gd_per_step", "search");
  const double best = loss(&w, "gd_per_step", &each, 2);
  assert_true(best < 0.95 * loss(&w, "gd", &one, 2));
  assert_true(each.eta[0] < each.eta[1]);
  for (size_t l = 0; l < 2; ++l)
    for (int sign = -1; sign <= 1; sign += 2) {
      double eta[] = {each.eta[0], each.eta[1]};
      eta[l] *= 1 + 0.01 * sign;
      const iclgd_hyper other = {.eta = eta, .n_eta = 2};
      assert_true(best < loss(&w, "gd_per_step", &other, 2));
    }
  world_free(&w);
}

/* The same of GD++ in eta and gamma; it beats GD, and scales with the data. */
static void gdpp_is_a_minimum(void **state) {
  (void)state;
  const char *const unit[] = {"model.layers=1", "model.loops=2", NULL};
  const char *const twice[] = {"model.layers=1", "model.loops=2",
                               "prompt.x_scale=2", NULL};
  world w, scaled;
  world_create(&w, unit, 1, 100);
  world_create(&scaled, twice, 1, 100);
  const iclgd_hyper found = chosen(&w, "gdpp", "search");
  const iclgd_hyper quarter = chosen(&scaled, "gdpp", "search");
  const iclgd_hyper gd = chosen(&w, "gd", "O5");
  assert_close(quarter.eta[0], found.eta[0] / 4, 0, 1e-12);
  assert_close(quarter.gamma[0], found.gamma[0] / 4, 0, 1e-12);
  const double best = loss(&w, "gdpp", &found, 2);
  assert_true(best < 0.6 * loss(&w, "gd", &gd, 2));
  for (size_t l = 0; l < 2; ++l)
    for (int sign = -1; sign <= 1; sign += 2) {
      double eta[] = {found.eta[0] * (l == 0 ? 1 + 0.02 * sign : 1)};
      double gamma[] = {found.gamma[0] * (l == 1 ? 1 + 0.02 * sign : 1)};
      const iclgd_hyper other = {
          .eta = eta, .n_eta = 1, .gamma = gamma, .n_gamma = 1};
      assert_true(best < loss(&w, "gdpp", &other, 2));
    }
  world_free(&w);
  world_free(&scaled);
}

/* Nearly all of the trace in one of 300 eigenvalues, few points and many steps:
 * the best step is far below 1 / mean eigenvalue, and not the least one tried.
 */
static void the_search_reaches_small_steps(void **state) {
  (void)state;
  const char *const overrides[] = {
      "prompt.d=300",         "prompt.n=4",     "prompt.covariance=power:6",
      "model.weights=scalar", "model.loops=12", NULL};
  world w;
  world_create(&w, overrides, 1, 60);
  const iclgd_hyper found = chosen(&w, "gd", "line search");
  size_t best = 0;
  for (size_t i = 0; i < found.n_search; ++i)
    if (found.curve[i] < found.curve[best]) best = i;
  assert_in_range(best, 1, found.n_search - 2);
  world_free(&w);
}

static void ridge_knows_the_noise_or_searches(void **state) {
  (void)state;
  const char *const sparse[] = {"prompt.noise=2", "prompt.w_scale=4",
                                "prompt.w=sparse:2", NULL};
  const char *const rows[] = {"prompt.source=table:" ICLGD_SOURCE_DIR
                              "/data/tables/diabetes.csv",
                              "prompt.n=30", NULL};
  world w;
  world_create(&w, sparse, 1, 2);
  assert_true(chosen(&w, "ridge", "not N(0").lambda == 0.25);
  world_free(&w);
  const char *const turned[] = {"prompt.noise=2", "prompt.x_scale=3",
                                "prompt.w=inverse-covariance",
                                "prompt.rotate=per-prompt", NULL};
  world_create(&w, turned, 1, 2);
  const iclgd_hyper bayes = chosen(&w, "ridge", "Bayes");
  assert_true(bayes.lambda == 4 && bayes.prior && bayes.prior[0] == 9);
  world_free(&w);
  world_create(&w, rows, 1, TUNE);
  const iclgd_hyper found = chosen(&w, "ridge", "line search");
  const double best = loss(&w, "ridge", &found, 1);
  for (int k = -20; k <= 20; ++k) {
    const iclgd_hyper other = {.lambda = found.lambda * exp(k * 0.1)};
    assert_true(best <= loss(&w, "ridge", &other, 1) * (1 + 1e-12));
  }
  world_free(&w);
}

static void what_does_not_apply_says_why(void **state) {
  (void)state;
  const struct {
    const char *name, *overrides[5], *reason;
  } cases[] = {
      {"gd_per_step", {"model.layers=1", "model.loops=1"}, "one layer"},
      {"gdpp", {"model.layers=1", "model.loops=1"}, "one layer"},
      {"pgd_per_step", {"model.loops=2"}, "Sigma is a multiple of I"},
      {"one_layer", {"model.layers=1", "model.loops=2"}, "more than one layer"},
      {"one_layer",
       {"model.loops=1", "prompt.x=uniform"},
       "no closed form for these inputs"},
      {"one_layer",
       {"model.loops=1", "prompt.covariance=power:1",
        "prompt.rotate=per-prompt"},
       "no closed form for these inputs"},
      {"gd_per_step",
       {"model.layers=1", "model.loops=9", "prompt.x=sphere"},
       "9 steps are too many"},
      {"pgd", {"prompt.covariance=identity"}, "Sigma is a multiple of I"},
      {"pgd", {"prompt.covariance=diag:2,2,2,2,2"}, "Sigma is a multiple of I"},
      {"pgd",
       {"prompt.covariance=power:1", "prompt.rotate=per-prompt"},
       "different in each prompt"},
      {"pgd",
       {"prompt.source=table:" ICLGD_SOURCE_DIR "/data/tables/diabetes.csv"},
       "not known"},
      {"ridge", {"prompt.noise=0"}, "no noise"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    world w;
    iclgd_hyper hyper;
    iclgd_error err;
    world_create(&w, cases[c].overrides, 1, 2);
    assert_int_equal(choose(&w, cases[c].name, &hyper, &err), ICLGD_ERANGE);
    if (!strstr(err.text, cases[c].reason))
      fail_msg("%s: '%s' is not '%s'", cases[c].name, err.text,
               cases[c].reason);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_step_size_by_closed_form),
      cmocka_unit_test(one_step_of_uniform_inputs),
      cmocka_unit_test(given_values_are_taken),
      cmocka_unit_test(line_searches_reach_the_minimum),
      cmocka_unit_test(steps_stand_like_the_layers),
      cmocka_unit_test(searched_steps_are_a_minimum),
      cmocka_unit_test(gdpp_is_a_minimum),
      cmocka_unit_test(the_search_reaches_small_steps),
      cmocka_unit_test(ridge_knows_the_noise_or_searches),
      cmocka_unit_test(what_does_not_apply_says_why),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
