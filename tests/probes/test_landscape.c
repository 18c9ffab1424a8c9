/* The probe `landscape`: its gradient beside differences of the loss, the line
 * A = alpha I beside the closed form, and the parts of a known A. */
#include <iclgd/comparisons.h>
#include <iclgd/oracle.h>
#include <iclgd/probe.h>

#include "support/probing.h"

static double *column(probing *p, const char *path) {
  size_t extents[1];
  return probing_reals(p, path, 1, extents);
}

/* (yhat_L - y)^2 of the world's prompt i, by the tokens. */
static double loss_of(world *w, size_t i) {
  double yhat[16];
  const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
  const size_t depth = iclgd_model_depth(&w->model);
  iclgd_model_predict(&w->model, w->theta, &prompt, w->tape, yhat);
  return (yhat[depth] - prompt.y_query) * (yhat[depth] - prompt.y_query);
}

/* The exact mean of that over the query, by the weights; Sigma = I. */
static double risk_of(world *w, size_t i) {
  double weights[16 * 5];
  const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
  const double *last = weights + iclgd_model_depth(&w->model) * prompt.d;
  iclgd_model_weights(&w->model, w->theta, &prompt, w->tape, weights);
  return iclgd_squared_distance(last, prompt.w_star, prompt.d);
}

/* Central differences of the loss of prompt i when theta moves by h move. */
static double slope_of(world *w, size_t i, const double *move, size_t size) {
  const double h = 1e-5;
  double *theta = w->theta, sides[2];
  for (int side = 0; side < 2; ++side) {
    const double step = side ? h : -h;
    for (size_t j = 0; j < size; ++j) theta[j] += step * move[j];
    sides[side] = loss_of(w, i);
    for (size_t j = 0; j < size; ++j) theta[j] -= step * move[j];
  }
  return (sides[1] - sides[0]) / (2 * h);
}

/* The unbiased square of the mean over the second half of the prompts of the
 * slopes along four moves (4, size), and that of the biased one. */
static void squares_of(world *w, const double *moves, size_t size,
                       double *unbiased, double *biased) {
  const size_t half = w->prompts.count / 2;
  double sum[4] = {0}, squares = 0, length = 0;
  for (size_t i = half; i < 2 * half; ++i)
    for (size_t k = 0; k < 4; ++k) {
      const double slope = slope_of(w, i, moves + k * size, size);
      sum[k] += slope;
      squares += slope * slope;
    }
  for (size_t k = 0; k < 4; ++k) length += sum[k] * sum[k];
  const double N = (double)half;
  *unbiased = (length - squares) / (N * (N - 1));
  *biased = length / (N * N);
}

static void check_gradient(world *w, const double *moves, size_t size,
                           double loss_unit, double step_unit) {
  probing p;
  iclgd_error err;
  double unbiased, biased, loss = 0;
  const size_t half = w->prompts.count / 2;
  const double L = (double)w->model.loops;
  squares_of(w, moves, size, &unbiased, &biased);
  for (size_t i = half; i < 2 * half; ++i) loss += loss_of(w, i) / (double)half;
  probing_open(&p, w, 3);
  assert_ok(probing_run(&p, "landscape", &err), err);
  const double squared = column(&p, "landscape/gradient_squared")[0];
  assert_close(squared, unbiased, 0, 1e-6);
  assert_close(squared + column(&p, "landscape/gradient_noise")[0], biased, 0,
               1e-6);
  assert_close(column(&p, "landscape/loss")[0], loss, 0, 1e-9);
  const double unit = step_unit / loss_unit;
  assert_close(column(&p, "landscape/ratio")[0],
               unbiased * unit * unit / pow(loss / loss_unit, (2 * L - 1) / L),
               0, 1e-6);
  probing_close(&p);
}

static void set(double *theta, const double *values, size_t size) {
  memcpy(theta, values, size * sizeof *theta);
}

/* The four entries of A, whatever was trained. */
static const double entries[] = {1, 0, 0, 0, 0, 1, 0, 0,
                                 0, 0, 1, 0, 0, 0, 0, 1};

static void the_gradient_is_that_of_differences(void **state) {
  (void)state;
  const double A[] = {0.5, 0.2, -0.1, 0.4};
  world w;
  world_create(&w,
               (const char *[]){"model.loops=3", "prompt.d=2",
                                "prompt.w_scale=1.5", NULL},
               1, 100);
  set(w.theta, A, 4);
  check_gradient(&w, entries, 4, 1.5 * 1.5, 1);
  world_free(&w);
}

/* B is held: the moves are those of A alone. */
static void gdpp_moves_A(void **state) {
  (void)state;
  const double theta[] = {0.5, 0.2, -0.1, 0.4, 0.1, 0.05, 0, 0.2};
  double moves[4 * 8] = {0};
  world w;
  world_create(&w,
               (const char *[]){"model.loops=2", "prompt.d=2",
                                "model.weights=gdpp", NULL},
               1, 100);
  set(w.theta, theta, 8);
  for (size_t k = 0; k < 4; ++k) moves[k * 8 + k] = 1;
  check_gradient(&w, moves, 8, 1, 1);
  world_free(&w);
}

/* P is held: A[i, j] = -P[d, d] Q[j, i] moves by 1. */
static void full_weights_move_Q(void **state) {
  (void)state;
  double moves[4 * 18] = {0};
  world w;
  world_create(
      &w,
      (const char *[]){"model.loops=2", "prompt.d=2", "model.weights=full",
                       "model.init_scale=0.1", NULL},
      1, 100);
  const double gauge = w.theta[8] = 0.8;
  for (size_t i = 0; i < 2; ++i)
    for (size_t j = 0; j < 2; ++j) {
      moves[(i * 2 + j) * 18 + 9 + j * 3 + i] = -1 / gauge;
      w.theta[9 + j * 3 + i] += i == j ? -0.5 / gauge : 0;
    }
  check_gradient(&w, moves, 18, 1, 1);
  world_free(&w);
}

/* Anisotropic inputs of variances 2 and 0.5: in whitened coordinates A'[i, j]
 * moves A[i, j] by (s_i s_j)^(-1/2). */
static void anisotropic_inputs_are_whitened(void **state) {
  (void)state;
  const double A[] = {0.25, 0.1, -0.05, 0.8}, s[] = {2, 0.5};
  double moves[16] = {0};
  world w;
  world_create(
      &w,
      (const char *[]){"model.loops=2", "prompt.d=2",
                       "prompt.covariance=diag:2,0.5", "prompt.rotate=none",
                       "prompt.w=inverse-covariance", NULL},
      1, 100);
  set(w.theta, A, 4);
  for (size_t k = 0; k < 4; ++k)
    moves[k * 4 + k] = 1 / sqrt(s[k / 2] * s[k % 2]);
  check_gradient(&w, moves, 4, 1, 1);
  world_free(&w);
}

/* Inputs of variance 4: A = A' / 4, w' = 2 w, so the loss is 4 times that of
 * the unit. */
static void isotropic_inputs_are_scaled(void **state) {
  (void)state;
  const double A[] = {0.12, 0.05, -0.02, 0.1};
  world w;
  world_create(
      &w,
      (const char *[]){"model.loops=2", "prompt.d=2", "prompt.x_scale=2", NULL},
      1, 100);
  set(w.theta, A, 4);
  check_gradient(&w, entries, 4, 4, 0.25);
  world_free(&w);
}

/* n large: the ratio is 4 L^2 d^(1/L - 1) at every alpha, up to O(d / n) with
 * a factor of some L^2 = 9, and the error of 400 prompts, which is small
 * enough to tell it from a third more or less. The history of three snapshots
 * is used, and A has no antisymmetric part. */
static void the_line_agrees_with_the_closed_form(void **state) {
  (void)state;
  const double alphas[] = {0.1, 0.4, 0.7};
  const int64_t steps[] = {0, 10, 50};
  const double expected = 36 * pow(3, 1.0 / 3 - 1);
  double theta[3 * 9] = {0};
  world w;
  probing p;
  iclgd_error err;
  world_create(
      &w,
      (const char *[]){"model.loops=3", "prompt.d=3", "prompt.n=4000", NULL}, 1,
      800);
  for (size_t i = 0; i < 27; ++i) theta[i] = i % 9 % 4 ? 0 : alphas[i / 9];
  set(w.theta, theta + 18, 9);
  probing_open(&p, &w, 3);
  p.history = (iclgd_history){.snapshots = 3, .step = steps, .theta = theta};
  assert_ok(probing_run(&p, "landscape", &err), err);
  const double *ratio = column(&p, "landscape/ratio");
  const double *error = column(&p, "landscape/ratio_errors");
  for (size_t k = 0; k < 3; ++k) {
    assert_true(error[k] < expected / 12);
    assert_close(ratio[k], expected, 4 * error[k], 9 * 3.0 / 4000);
    assert_close(column(&p, "landscape/scale")[k], alphas[k], 1e-15, 0);
    assert_close(column(&p, "landscape/antisymmetric_share")[k], 0, 0, 0);
    assert_int_equal(column(&p, "landscape/step")[k], steps[k]);
  }
  double value;
  assert_ok(iclgd_source_attr_real(p.source, "landscape",
                                   "ratio_on_the_line_alpha_I", &value, &err),
            err);
  assert_close(value, expected, 0, 1e-14);
  probing_close(&p);
  world_free(&w);
}

/* A = 0.6 I + K with K antisymmetric: its symmetric part and mean diagonal are
 * 0.6 I; the best scalar is O5's. Losses beside those of models that have the
 * part as their weights, loops beside predictions. */
static void parts_of_A_are_what_they_say(void **state) {
  (void)state;
  double eta, loss;
  world w;
  probing p;
  iclgd_error err;
  assert_ok(iclgd_oracle_tied((iclgd_setting){3, 20, 0}, 2, &eta, &loss, &err),
            err);
  world_create(&w, (const char *[]){"model.loops=2", "prompt.d=3", NULL}, 1,
               200);
  const double A[] = {0.6, 0.2, 0, -0.2, 0.6, -0.1, 0, 0.1, 0.6};
  const double diagonals[] = {0, 0, 0.6, 0.6, eta};
  double expected[5] = {0};
  for (size_t k = 0; k < 5; ++k) {
    for (size_t i = 0; i < 9; ++i)
      w.theta[i] = k < 2 ? A[i] : i % 4 ? 0 : diagonals[k];
    for (size_t i = 100; i < 200; ++i) expected[k] += risk_of(&w, i) / 100;
  }
  set(w.theta, A, 9);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "landscape", &err), err);
  for (size_t k = 0; k < 5; ++k) {
    assert_close(column(&p, "landscape/parts/loss")[k], expected[k], 0, 1e-12);
    assert_close(column(&p, "landscape/parts/ratio")[k],
                 expected[k] / expected[0], 0, 1e-12);
    const double previous = column(&p, "landscape/parts/ratio_to_previous")[k];
    if (k == 0)
      assert_true(isnan(previous));
    else
      assert_close(previous, expected[k] / expected[k - 1], 0, 1e-12);
  }
  assert_close(column(&p, "landscape/antisymmetric_share")[0],
               sqrt(0.1 / (0.1 + 3 * 0.36)), 0, 1e-14);
  assert_int_equal(column(&p, "landscape/step")[0], -1);
  const double *by_loop = column(&p, "landscape/loops/loss");
  assert_close(by_loop[1], expected[0], 0, 1e-12);
  w.model.loops = 1;
  double once = 0;
  for (size_t i = 100; i < 200; ++i) once += risk_of(&w, i) / 100;
  assert_close(by_loop[0], once, 0, 1e-12);
  probing_close(&p);
  world_free(&w);
}

/* What a model lacks without B is not the doing of the antisymmetric part of A,
 * which is none here: GD++ with symmetric A. */
static void dropping_B_is_not_blamed_on_symmetry(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  double A[4] = {1.4, 0, 0, 1.4}, B[4] = {0.15, 0, 0, 0.15};
  world_create(&w,
               (const char *[]){"model.loops=2", "prompt.d=2",
                                "model.weights=gdpp", NULL},
               1, 200);
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, B, &err), err);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "landscape", &err), err);
  assert_true(column(&p, "landscape/parts/ratio")[2] > 1.5);
  assert_close(column(&p, "landscape/parts/ratio_to_previous")[2], 1, 0, 1e-12);
  assert_close(column(&p, "landscape/parts/ratio_to_previous_errors")[2], 0,
               1e-12, 0);
  probing_close(&p);
  world_free(&w);
}

/* Without a closed form the scalar is searched; uniform inputs have none. */
static void a_scalar_is_searched(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  char *how;
  world_create(&w,
               (const char *[]){"model.loops=2", "prompt.d=2",
                                "prompt.x=uniform", "model.init=gd:0.5", NULL},
               1, 200);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "landscape", &err), err);
  assert_ok(iclgd_source_attr_text(p.source, "landscape/parts", "how_chosen",
                                   &w.arena, &how, &err),
            err);
  assert_string_equal(how, "search on tuning prompts");
  assert_true(column(&p, "landscape/parts/ratio")[4] < 0.9);
  probing_close(&p);
  world_free(&w);
}

static void check_setting(const char *const *settings, const char *expected) {
  world w;
  probing p;
  iclgd_error err;
  char *text;
  world_create(&w, settings, 1, 100);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "landscape", &err), err);
  assert_ok(iclgd_source_attr_text(p.source, "landscape", "setting", &w.arena,
                                   &text, &err),
            err);
  assert_string_equal(text, expected);
  probing_close(&p);
  world_free(&w);
}

/* Noise, another law of w, and B are not in the theorem. */
static void the_setting_is_told(void **state) {
  (void)state;
  const char *const other = "not that of the theorem: the bound need not hold";
  check_setting((const char *[]){"model.loops=2", "prompt.d=2", NULL},
                "that of the theorem");
  check_setting(
      (const char *[]){"model.loops=2", "prompt.d=2", "prompt.noise=1", NULL},
      other);
  check_setting((const char *[]){"model.loops=2", "prompt.d=2",
                                 "prompt.covariance=diag:1,2", NULL},
                other);
  check_setting((const char *[]){"model.loops=2", "prompt.d=2",
                                 "model.weights=gdpp", NULL},
                other);
}

static void refused(const char *const *settings, const char *why) {
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, settings, 1, 100);
  probing_open(&p, &w, 3);
  assert_int_equal(probing_run(&p, "landscape", &err), ICLGD_ERANGE);
  assert_string_equal(err.text, why);
  probing_close(&p);
  world_free(&w);
}

static void others_are_refused(void **state) {
  (void)state;
  refused((const char *[]){"model.layers=2", NULL}, "the layers are not tied");
  refused((const char *[]){"model.loops=1", NULL}, "the layer is not looped");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_gradient_is_that_of_differences),
      cmocka_unit_test(gdpp_moves_A),
      cmocka_unit_test(full_weights_move_Q),
      cmocka_unit_test(anisotropic_inputs_are_whitened),
      cmocka_unit_test(isotropic_inputs_are_scaled),
      cmocka_unit_test(the_line_agrees_with_the_closed_form),
      cmocka_unit_test(parts_of_A_are_what_they_say),
      cmocka_unit_test(dropping_B_is_not_blamed_on_symmetry),
      cmocka_unit_test(a_scalar_is_searched),
      cmocka_unit_test(the_setting_is_told),
      cmocka_unit_test(others_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
