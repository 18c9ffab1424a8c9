/* Searches over several hyperparameters: every trial is kept with its loss, the
 * best is taken; and what does not apply. */
#include "support/reference.h"

enum { TUNE = 100 };

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
  const size_t d = w->prompts.d;
  double sum = 0;
  for (size_t i = 0; i < w->prompts.count; ++i) {
    const double *at = iterates(w, name, hyper, i, steps) + steps * d;
    double off = -w->prompts.y_query[i];
    for (size_t j = 0; j < d; ++j) off += at[j] * w->prompts.x_query[i * d + j];
    sum += off * off;
  }
  return sum / (double)w->prompts.count;
}

/* A hyper that reads the trial's values: eta's first, then others. */
static void expect_trials(world *w, const char *name, const iclgd_hyper *found,
                          size_t n_eta, size_t steps) {
  const size_t count = found->n_parameters;
  double least = INFINITY;
  assert_true(found->n_trials > 20);
  for (size_t t = 0; t < found->n_trials; ++t)
    least = fmin(least, found->trial_loss[t]);
  assert_close(loss(w, name, found, steps), least, 0, 1e-10);
  for (size_t t = 0; t < found->n_trials; t += found->n_trials / 7) {
    double values[16] = {0};
    memcpy(values, found->trials + t * count, count * sizeof *values);
    iclgd_hyper other = *found;
    other.eta = values;
    if (found->n_gamma > 0) other.gamma = values + n_eta;
    if (found->n_beta > 0) other.beta = values + n_eta;
    if (found->trial_loss[t] < 1e6)
      assert_close(found->trial_loss[t], loss(w, name, &other, steps), 0, 1e-9);
  }
}

static void every_trial_is_kept(void **state) {
  (void)state;
  const char *const overrides[] = {"model.layers=1",   "model.loops=3",
                                   "prompt.x=uniform", "prompt.x_scale=3",
                                   "prompt.noise=.5",  NULL};
  world w;
  world_create(&w, overrides, 1, TUNE);
  const iclgd_hyper ball = chosen(&w, "heavy_ball", "held-out");
  const iclgd_hyper nesterov = chosen(&w, "nesterov", "held-out");
  const iclgd_hyper gdpp = chosen(&w, "gdpp", "held-out");
  const iclgd_hyper each = chosen(&w, "gdpp_per_step", "held-out");
  const iclgd_hyper steps = chosen(&w, "gd_per_step", "held-out");
  expect_trials(&w, "heavy_ball", &ball, 1, 3);
  expect_trials(&w, "nesterov", &nesterov, 1, 3);
  expect_trials(&w, "gdpp", &gdpp, 1, 3);
  expect_trials(&w, "gdpp_per_step", &each, 3, 3);
  assert_string_equal(ball.parameters[0], "eta");
  assert_string_equal(ball.parameters[1], "beta");
  assert_int_equal(each.n_parameters, 5);
  assert_string_equal(each.parameters[2], "eta_3");
  assert_string_equal(each.parameters[4], "gamma_2");
  assert_int_equal(steps.n_parameters, 3);
  assert_string_equal(steps.parameters[0], "eta_1");
  assert_true(steps.n_trials > 20);
  world_free(&w);
}

/* No nearby point is better, where no closed form holds. */
static void searched_momentum_is_a_minimum(void **state) {
  (void)state;
  const char *const overrides[] = {"model.layers=1", "model.loops=4",
                                   "prompt.covariance=power:1",
                                   "prompt.x_scale=3", NULL};
  const char *const names[] = {"heavy_ball", "nesterov"};
  world w;
  world_create(&w, overrides, 1, TUNE);
  for (size_t a = 0; a < 2; ++a) {
    const iclgd_hyper found = chosen(&w, names[a], "held-out");
    const double best = loss(&w, names[a], &found, 4);
    for (int turn = 0; turn < 8; ++turn) {
      double eta[] = {found.eta[0] * (1 + 0.02 * cos(turn * 0.785))};
      double beta[] = {found.beta[0] + 0.02 * sin(turn * 0.785)};
      const iclgd_hyper other = {
          .eta = eta, .n_eta = 1, .beta = beta, .n_beta = 1};
      if (beta[0] >= 0 && beta[0] <= 0.99)
        assert_true(best < loss(&w, names[a], &other, 4));
    }
  }
  world_free(&w);
}

/* docs/theory.md, O9: d = 5, n = 20, L = 2; with steps of its own GD++ is at
 * least as good as with shared ones. */
static void gdpp_per_step_is_O9(void **state) {
  (void)state;
  const char *const two[] = {"model.layers=1", "model.loops=2",
                             "prompt.x_scale=2", NULL};
  const char *const five[] = {"model.layers=1", "model.loops=5", NULL};
  world w;
  world_create(&w, two, 1, 2);
  const iclgd_hyper found = chosen(&w, "gdpp_per_step", "O9");
  assert_close(found.eta[0] * 4, .5168, 5e-5, 0);
  assert_close(found.eta[1] * 4, 3.4747, 5e-5, 0);
  assert_close(found.gamma[0] * 4, .4488, 5e-5, 0);
  assert_int_equal(found.n_trials, 0);
  world_free(&w);
  world_create(&w, five, 1, TUNE);
  const iclgd_hyper shared = chosen(&w, "gdpp", "held-out");
  const iclgd_hyper each = chosen(&w, "gdpp_per_step", "held-out");
  assert_true(loss(&w, "gdpp_per_step", &each, 5) <
              0.5 * loss(&w, "gdpp", &shared, 5));
  world_free(&w);
}

/* Plain GD is among what is searched: on the tuning prompts GD++ is never
 * worse, with heavy noise too. And no other prompt is far off: gamma stays
 * where the inputs do not grow (3e29 and 1e39 at noise 10 and 3 once). */
static void gdpp_holds_on_other_prompts(void **state) {
  (void)state;
  static const char *const noises[] = {"prompt.noise=3", "prompt.noise=10"};
  static const char *const names[] = {"gdpp", "gdpp_per_step"};
  for (size_t i = 0; i < 2; ++i) {
    const char *const law[] = {"model.layers=1", "model.loops=5", noises[i],
                               "reference.eta=search", NULL};
    world w, other;
    world_create(&w, law, 1, 500);
    world_create(&other, law, 2, 4000);
    const iclgd_hyper gd = chosen(&w, "gd", "line search");
    const double own = loss(&w, "gd", &gd, 5);
    const double elsewhere = loss(&other, "gd", &gd, 5);
    for (size_t a = 0; a < 2; ++a) {
      const iclgd_hyper found = chosen(&w, names[a], "search");
      assert_true(loss(&w, names[a], &found, 5) <= own * 1.001);
      assert_true(loss(&other, names[a], &found, 5) < elsewhere * 1.1);
    }
    world_free(&w);
    world_free(&other);
  }
}

/* reference.eta=search looks even where the closed form holds. */
static void a_search_can_be_asked_for(void **state) {
  (void)state;
  const char *const overrides[] = {"reference.eta=search", "model.layers=1",
                                   "model.loops=2", NULL};
  const char *const one[] = {"reference.eta=search", "model.layers=1",
                             "model.loops=1", "prompt.x=uniform", NULL};
  world w;
  world_create(&w, overrides, 1, TUNE);
  const iclgd_hyper found = chosen(&w, "gd", "line search");
  const double best = loss(&w, "gd", &found, 2);
  double closed[] = {0.742518}; /* O5 */
  const iclgd_hyper exact = {.eta = closed, .n_eta = 1};
  assert_int_equal(found.n_search, 61);
  assert_true(best < loss(&w, "gd", &exact, 2));
  world_free(&w);
  world_create(&w, one, 1, TUNE);
  assert_int_equal(chosen(&w, "gd", "line search").n_search, 61);
  world_free(&w);
}

static void what_does_not_apply_says_why(void **state) {
  (void)state;
  const struct {
    const char *name, *overrides[4], *reason;
  } cases[] = {
      {"heavy_ball", {"model.layers=1", "model.loops=1"}, "one layer"},
      {"nesterov", {"model.layers=1", "model.loops=1"}, "one layer"},
      {"gdpp_per_step", {"model.layers=1", "model.loops=1"}, "one layer"},
      {"gdpp_per_step", {"model.layers=1", "model.loops=9"}, "9 steps"},
      {"pgd_learned", {"model.weights=gd"}, "is the model itself"},
      {"pgd_learned",
       {"model.weights=gdpp", "model.layers=1", "model.loops=1"},
       "is the model itself"},
      {"dmmse", {"prompt.w=normal"}, "finite pool"},
      {"dmmse",
       {"prompt.source=table:" ICLGD_SOURCE_DIR "/data/tables/diabetes.csv"},
       "finite pool"},
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

/* Real rows and prompts whose law is not known: everything that needs no law
 * is chosen. */
static void no_law_is_needed(void **state) {
  (void)state;
  const char *const rows[] = {"prompt.source=table:" ICLGD_SOURCE_DIR
                              "/data/tables/diabetes.csv",
                              "prompt.n=30", "model.loops=2", NULL};
  const char *const names[] = {
      "line_search",   "heavy_ball", "nesterov",  "chebyshev",
      "gdpp_per_step", "newton",     "online_gd", "conjugate_gradient",
      "ridge_fixed",   "lasso",      "knn",       "averaging",
      "zero"};
  world w;
  world_create(&w, rows, 1, TUNE);
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    const iclgd_choice choice = {.settings = w.settings,
                                 .model = &w.model,
                                 .theta = w.theta,
                                 .tune = &w.prompts,
                                 .arena = &w.arena};
    iclgd_hyper hyper = {0};
    iclgd_error err;
    assert_ok(
        iclgd_algorithm_choose(algorithm_of(names[i]), &choice, &hyper, &err),
        err);
    const double *at = iterates(&w, names[i], &hyper, 0, 1);
    for (size_t j = 0; j < w.prompts.d; ++j)
      assert_true(isfinite(at[w.prompts.d + j]) ==
                  (strcmp(names[i], "knn") != 0));
  }
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_trial_is_kept),
      cmocka_unit_test(searched_momentum_is_a_minimum),
      cmocka_unit_test(gdpp_per_step_is_O9),
      cmocka_unit_test(gdpp_holds_on_other_prompts),
      cmocka_unit_test(a_search_can_be_asked_for),
      cmocka_unit_test(what_does_not_apply_says_why),
      cmocka_unit_test(no_law_is_needed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
