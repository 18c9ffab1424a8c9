/* The probe `energy` where what descends is known: models that are exactly
 * gradient descent, with a step that is short enough or too long. */
#include <iclgd/comparisons.h>
#include <iclgd/energy.h>
#include <iclgd/probe.h>

#include "support/probing.h"

enum { D = 5, N = 20, PROMPTS = 64, LOOPS = 3, FACTOR = 2, ROWS = 7 };

static size_t extents[3];

static double *reals(probing *p, const char *path, size_t rank) {
  return probing_reals(p, path, rank, extents);
}

/* 1/2 |X w - y|^2 / n of gradient descent on prompt i: (ROWS). */
static void descend(const world *w, size_t i, double eta, double *energy) {
  const iclgd_prompt p = iclgd_prompts_at(&w->prompts, i);
  double weight[D] = {0};
  for (size_t k = 0; k < ROWS; ++k) {
    double slope[D] = {0};
    energy[k] = 0;
    for (size_t t = 0; t < N; ++t) {
      double off = -p.y[t];
      for (size_t j = 0; j < D; ++j) off += weight[j] * p.x[t * D + j];
      energy[k] += off * off / (2 * N);
      for (size_t j = 0; j < D; ++j) slope[j] += off * p.x[t * D + j] / N;
    }
    for (size_t j = 0; j < D; ++j) weight[j] -= eta * slope[j];
  }
}

/* Shares and medians of the probed prompts, the second half. */
typedef struct known {
  double descends, on, median[ROWS];
} known;

static known know(const world *w, double eta) {
  known out = {0};
  double energy[PROMPTS][ROWS], column[PROMPTS];
  for (size_t i = 0; i < PROMPTS; ++i) {
    bool falls = true, on = true;
    descend(w, PROMPTS + i, eta, energy[i]);
    for (size_t k = 1; k < ROWS; ++k) {
      const bool rises = energy[i][k] > energy[i][k - 1] * (1 + 1e-9);
      if (k <= LOOPS) falls &= !rises;
      if (k > LOOPS) on &= !rises;
    }
    out.descends += (double)falls / PROMPTS;
    out.on += (double)on / PROMPTS;
  }
  for (size_t k = 0; k < ROWS; ++k) {
    for (size_t i = 0; i < PROMPTS; ++i) column[i] = energy[i][k];
    out.median[k] = iclgd_median(column, PROMPTS);
  }
  return out;
}

static const char *const linear[] = {"model.architecture=linear",
                                     "model.weights=gd"};
static const char *const transformer[] = {"model.architecture=transformer",
                                          "model.attention=linear"};

static void open_world(world *w, probing *p, const char *const architecture[2],
                       double eta) {
  char init[48], step[48];
  snprintf(init, sizeof init, "model.init=gd:%g", eta);
  snprintf(step, sizeof step, "reference.eta=%g", eta);
  world_create(w,
               (const char *[]){architecture[0], architecture[1],
                                "model.loops=3", init, step, "energy.loops=2",
                                "energy.runs=20", "energy.tokens=8",
                                "energy.width=4", "prompt.noise=0.5", NULL},
               1, 2 * PROMPTS);
  probing_open(p, w, FACTOR * LOOPS);
  probing_add(p, "gd");
}

static void check_run(const char *const architecture[2], double eta,
                      known *expected) {
  world w;
  probing p;
  iclgd_error err;
  open_world(&w, &p, architecture, eta);
  assert_ok(probing_run(&p, "energy", &err), err);
  *expected = know(&w, eta);
  const double *median = reals(&p, "energy/loss/median", 2);
  assert_int_equal(extents[0], 2);
  assert_int_equal(extents[1], ROWS);
  for (size_t who = 0; who < 2; ++who)
    for (size_t k = 0; k < ROWS; ++k)
      assert_close(median[who * ROWS + k], expected->median[k], 0, 1e-9);
  const double *descends = reals(&p, "energy/loss/descends", 1);
  const double *on = reals(&p, "energy/loss/descends_on", 1);
  for (size_t who = 0; who < 2; ++who) {
    assert_close(descends[who], expected->descends, 1e-12, 0);
    assert_close(on[who], expected->on, 1e-12, 0);
  }
  const double *kept = reals(&p, "energy/loss/kept", 1);
  const double *certain = reals(&p, "energy/loss/certain", 1);
  assert_true(isnan(certain[0]) && isnan(kept[0])); /* of a model: unknown */
  if (certain[1] > 0) assert_close(kept[1], 1, 0, 0);
  assert_true(certain[1] <= descends[1]);
  probing_close(&p);
  world_free(&w);
}

static void short_steps_descend(void **state) {
  (void)state;
  known k;
  check_run(linear, 0.3, &k);
  assert_close(k.descends, 1, 0, 0);
  check_run(transformer, 0.3, &k);
}

/* Some prompts have an eigenvalue above 2 / eta, and only they may rise. */
static void long_steps_rise(void **state) {
  (void)state;
  known k;
  check_run(linear, 1.2, &k);
  assert_true(k.descends > 0.05 && k.descends < 0.95);
  assert_true(k.on <= k.descends);
  check_run(transformer, 1.2, &k);
}

/* At one step the ridge form is the loss and a multiple of |w|^2; lambda is
 * sigma^2 / (n w_scale^2). */
static void ridge_form(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  double lambda, column[PROMPTS];
  open_world(&w, &p, linear, 0.3);
  assert_ok(probing_run(&p, "energy", &err), err);
  assert_ok(
      iclgd_source_attr_real(p.source, "energy/ridge", "lambda", &lambda, &err),
      err);
  assert_close(lambda, 0.25 / N, 0, 1e-12);
  const double *median = reals(&p, "energy/ridge/median", 2);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, PROMPTS + i);
    double energy[ROWS], square = 0;
    descend(&w, PROMPTS + i, 0.3, energy);
    for (size_t j = 0; j < D; ++j) {
      double b = 0;
      for (size_t t = 0; t < N; ++t) b += prompt.y[t] * prompt.x[t * D + j] / N;
      square += 0.09 * b * b;
    }
    column[i] = energy[1] + lambda / 2 * square;
  }
  assert_close(median[1], iclgd_median(column, PROMPTS), 0, 1e-12);
  probing_close(&p);
  world_free(&w);
}

/* Before the first layer tokens are the prompt itself; what is proved holds on
 * the model's tokens and on random ones. */
static void tokens(void **state) {
  (void)state;
  enum { T = N + 1, C = D + 1 };
  world w;
  probing p;
  iclgd_error err;
  double unit, column[PROMPTS], near[PROMPTS];
  open_world(&w, &p, transformer, 0.3);
  assert_ok(probing_run(&p, "energy", &err), err);
  assert_ok(iclgd_source_attr_real(p.source, "energy/tokens", "bandwidth",
                                   &unit, &err),
            err);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt q = iclgd_prompts_at(&w.prompts, PROMPTS + i);
    double Z[T * C] = {0};
    for (size_t t = 0; t < T; ++t)
      for (size_t j = 0; j < D; ++j)
        Z[t * C + j] = (t < N ? q.x[t * D + j] : q.x_query[j]) / unit;
    for (size_t t = 0; t < N; ++t) Z[t * C + D] = q.y[t] / unit;
    column[i] = iclgd_energy_one(Z, T, C);
    iclgd_energy_memory(Z + N * C, Z, N, C, &near[i]);
  }
  const double *median = reals(&p, "energy/tokens/median", 2);
  assert_int_equal(extents[0], 4);
  assert_int_equal(extents[1], LOOPS + 1);
  assert_close(median[LOOPS + 1], iclgd_median(column, PROMPTS), 0, 1e-12);
  assert_close(median[3 * (LOOPS + 1)], iclgd_median(near, PROMPTS), 0, 1e-12);
  const double *beta = reals(&p, "energy/steps/lowers_interaction", 2);
  const double *others = reals(&p, "energy/steps/lowers_one", 2);
  for (size_t l = 0; l <= LOOPS; ++l) {
    assert_close(beta[ICLGD_STEP_BETA * (LOOPS + 1) + l], 1, 0, 0);
    assert_close(others[ICLGD_STEP_OTHERS * (LOOPS + 1) + l], 1, 0, 0);
  }
  const double *provable = reals(&p, "energy/random/provable", 1);
  const size_t rows = extents[0];
  const double *descends = reals(&p, "energy/random/descends", 2);
  const size_t scales = extents[1];
  size_t proved = 0;
  for (size_t v = 0; v < rows; ++v)
    for (size_t s = 0; provable[v] == 1 && s < scales; ++s, ++proved)
      assert_close(descends[v * scales + s], 1, 0, 0);
  assert_int_equal(proved, 4 * 3);
  probing_close(&p);
  world_free(&w);
}

static char *note(probing *p, const char *group, const char *name) {
  iclgd_error err;
  char *text;
  assert_ok(
      iclgd_source_attr_text(p->source, group, name, &p->w->arena, &text, &err),
      err);
  return text;
}

/* Distinct layers are not repeated, and the file says so. */
static void untied_layers_end(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(
      &w, (const char *[]){"model.layers=3", "model.init=gd:0.3", NULL}, 1, 32);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "energy", &err), err);
  assert_non_null(
      strstr(note(&p, "energy/loss", "more_loops"), "not applicable"));
  assert_non_null(strstr(note(&p, "energy", "ridge"), "not run"));
  assert_string_equal(note(&p, "energy/loss", "model_values"), "w . x");
  reals(&p, "energy/loss/median", 2);
  assert_int_equal(extents[1], 4);
  assert_true(isnan(reals(&p, "energy/loss/descends_on", 1)[0]));
  assert_false(iclgd_source_has(p.source, "energy/ridge"));
  assert_false(iclgd_source_has(p.source, "energy/random"));
  probing_close(&p);
  world_free(&w);
}

/* Gradient descent on functions lowers 1/2 |K alpha - y|^2 / n for eta below 2
 * / lambda_max(K / n): the trace bounds it, k(x, x) = 1 of a normal kernel. */
static void kernel_descent(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"prompt.task=kernel:rbf:1", "model.loops=3",
                                "reference.kernel=rbf:1",
                                "reference.kernel_eta=1.9", NULL},
               1, 32);
  probing_open(&p, &w, FACTOR * LOOPS);
  probing_add(&p, "kernel_gd");
  assert_ok(probing_run(&p, "energy", &err), err);
  const double *descends = reals(&p, "energy/loss/descends", 1);
  assert_close(descends[1], 1, 0, 0);
  const double *median = reals(&p, "energy/loss/median", 2);
  assert_true(median[extents[1] + 3] < 0.9 * median[extents[1]]);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(short_steps_descend), cmocka_unit_test(long_steps_rise),
      cmocka_unit_test(ridge_form),          cmocka_unit_test(tokens),
      cmocka_unit_test(untied_layers_end),   cmocka_unit_test(kernel_descent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
