/* Transformers that are gradient descent on functions by construction: beside
 * the algorithm, beside direct sums for kernels that it has not, and the
 * two-head softmax step, which is linear to first order (von Oswald et al.
 * 2023, appendix). */
#include <iclgd/comparisons.h>
#include <iclgd/kernel.h>
#include <stdio.h>
#include <string.h>

#include "support/reference.h"

enum { D = 3, N = 6, STEPS = 4, PROMPTS = 10 };

/* A list of words "key=value", without "model." before them. */
static void open_shape(world *w, const char *words) {
  char text[256], named[24][64];
  const char *overrides[24] = {"model.architecture=transformer", "prompt.d=3",
                               "prompt.n=6", "prompt.noise=0.2",
                               "prompt.x_scale=0.7"};
  size_t count = 5;
  snprintf(text, sizeof text, "%s", words);
  for (char *at = strtok(text, " "); at; at = strtok(NULL, " ")) {
    snprintf(named[count], sizeof named[count], "model.%s", at);
    overrides[count] = named[count];
    ++count;
  }
  world_create(w, overrides, 5, PROMPTS);
}

/* Step sizes of kernel_gd that are a construction's: eta, and n eta where
 * weights of attention have the sum 1. */
static void compare(world *w, const iclgd_kernel *kernel, double eta) {
  const bool shares = kernel->form == ICLGD_KERNEL_SOFTMAX;
  double step[] = {shares ? eta * N : eta}, yhat[STEPS + 1];
  double weight[(STEPS + 1) * D];
  const iclgd_hyper hyper = {.eta = step, .n_eta = 1, .kernel = kernel};
  assert_int_equal(iclgd_model_depth(&w->model), STEPS);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w->prompts, i);
    const iclgd_problem problem = problem_of(&p, &w->arena);
    double *work =
        iclgd_arena_reals(&w->arena, iclgd_algorithm_work(N, D), 1, 1);
    double expected[STEPS + 1];
    assert_non_null(work);
    algorithm_of("kernel_gd")->predict(&hyper, &problem, STEPS, work, expected);
    const double *slope = iterates(w, "kernel_gd", &hyper, i, STEPS);
    iclgd_model_predict(&w->model, w->theta, &p, w->tape, yhat);
    iclgd_model_weights(&w->model, w->theta, &p, w->tape, weight);
    for (size_t k = 0; k <= STEPS; ++k)
      assert_close(yhat[k], expected[k], 1e-12, 1e-12);
    for (size_t j = 0; j < (STEPS + 1) * D; ++j)
      assert_close(weight[j], slope[j], 1e-12, 1e-12);
  }
}

static void layers_are_steps_of_kernel_gd(void **state) {
  (void)state;
  static const struct {
    iclgd_kernel kernel;
    const char *name;
  } kinds[] = {{{ICLGD_KERNEL_LINEAR, 1}, "linear"},
               {{ICLGD_KERNEL_EXP, 1}, "exp"},
               {{ICLGD_KERNEL_SOFTMAX, 1}, "softmax"}};
  static const char *const shapes[] = {
      "layers=4",
      "loops=4 merged=true output=false scale=none bias=false",
      "layers=2 loops=2 merged=true heads=3 key=2 scale=learned",
      "loops=4 heads=2 key=3 scale=none output=false",
      "layers=4 heads=2 key=5 scale=learned bias=false",
  };
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; ++k)
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; ++s) {
      char words[256];
      world w;
      snprintf(words, sizeof words, "%s attention=%s init=gd:0.4", shapes[s],
               kinds[k].name);
      open_shape(&w, words);
      compare(&w, &kinds[k].kernel, 0.4);
      world_free(&w);
    }
}

/* Gradient descent with the linear kernel is gradient descent. */
static void linear_attention_is_gd(void **state) {
  (void)state;
  double eta[] = {0.4}, yhat[STEPS + 1];
  const iclgd_hyper hyper = {.eta = eta, .n_eta = 1};
  world w;
  open_shape(&w, "loops=4 attention=linear init=gd:0.4");
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const double *gd = iterates(&w, "gd", &hyper, i, STEPS);
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat);
    for (size_t k = 0; k <= STEPS; ++k)
      assert_close(yhat[k], iclgd_dot(gd + k * D, p.x_query, D), 1e-12, 1e-12);
  }
  world_free(&w);
}

typedef double pair_kernel(double dot);

static double relu(double dot) {
  return dot > 0 ? dot : 0;
}
static double sigmoid(double dot) {
  return 1 / (1 + exp(-dot));
}
static double exp_and_linear(double dot) {
  return (exp(dot) + dot) / 2;
}

/* f at x_j and the query, residual by residual. */
static void descend(pair_kernel *kernel, const iclgd_prompt *p, double eta,
                    double *query) {
  double f[N] = {0};
  query[0] = 0;
  for (size_t k = 0; k < STEPS; ++k) {
    double next[N];
    query[k + 1] = query[k];
    memcpy(next, f, sizeof next);
    for (size_t i = 0; i < N; ++i) {
      const double *x = p->x + i * D, r = eta / N * (p->y[i] - f[i]);
      for (size_t j = 0; j < N; ++j)
        next[j] += r * kernel(iclgd_dot(x, p->x + j * D, D));
      query[k + 1] += r * kernel(iclgd_dot(x, p->x_query, D));
    }
    memcpy(f, next, sizeof f);
  }
}

static void other_kinds_have_their_kernels(void **state) {
  (void)state;
  const struct {
    const char *words;
    pair_kernel *kernel;
  } rows[] = {
      {"layers=4 attention=relu init=gd:0.4", relu},
      {"loops=4 attention=sigmoid merged=true init=gd:0.4", sigmoid},
      {"loops=4 attention=exp+linear heads=2 key=3 init=gd:0.4",
       exp_and_linear},
  };
  for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r) {
    world w;
    double yhat[STEPS + 1], expected[STEPS + 1];
    open_shape(&w, rows[r].words);
    for (size_t i = 0; i < PROMPTS; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat);
      descend(rows[r].kernel, &p, 0.4, expected);
      for (size_t k = 0; k <= STEPS; ++k)
        assert_close(yhat[k], expected[k], 1e-12, 1e-12);
    }
    world_free(&w);
  }
}

/* A linear step on centred inputs, (eta / n) sum y_i (x_i - mean x) . x. */
static double centred_step(const iclgd_prompt *p, double eta) {
  double sum = 0;
  for (size_t j = 0; j < D; ++j) {
    double mean = 0;
    for (size_t i = 0; i < N; ++i) mean += p->x[i * D + j] / N;
    for (size_t i = 0; i < N; ++i)
      sum += eta / N * p->y[i] * (p->x[i * D + j] - mean) * p->x_query[j];
  }
  return sum;
}

/* The largest distance of two heads of softmax, scores +-eps x_i.x, values
 * +-1 / (2 eps), from that step. */
static double distance_at(double eps) {
  enum { C = D + 1 };
  const double eta = 0.4;
  double worst = 0;
  world w;
  open_shape(&w,
             "attention=softmax heads=2 merged=true output=false scale=none "
             "bias=false init=zero");
  for (size_t h = 0; h < 2; ++h) {
    const double sign = h ? -1 : 1;
    for (size_t j = 0; j < D; ++j)
      w.theta[w.model.transformer.offset[ICLGD_W_QK] + h * C * C +
              j * (C + 1)] = sign * eps;
    w.theta[w.model.transformer.offset[ICLGD_W_V] + h * C * C + C * C - 1] =
        -sign * eta / (2 * eps);
  }
  for (size_t i = 0; i < PROMPTS; ++i) {
    double yhat[2];
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat);
    worst = fmax(worst, fabs(yhat[1] - centred_step(&p, eta)));
  }
  world_free(&w);
  return worst;
}

/* The even orders of the difference vanish: halving eps leaves a quarter. */
static void two_softmax_heads_are_a_linear_step(void **state) {
  (void)state;
  const double coarse = distance_at(0.02), fine = distance_at(0.01);
  assert_true(coarse < 1e-2);
  assert_true(fine > 1e-9);
  assert_close(coarse / fine, 4, 0.02, 0);
}

static void other_shapes_are_refused(void **state) {
  (void)state;
  static const struct {
    const char *key, *words[3];
  } rows[] = {
      {"model.tokens", {"model.tokens=alternating"}},
      {"model.width", {"model.width=8"}},
      {"model.readout", {"model.readout=linear"}},
      {"model.mask", {"model.mask=causal"}},
      {"model.mask", {"model.mask=none"}},
      {"model.residual", {"model.residual=0.5"}},
      {"model.norm", {"model.norm=rms", "model.final_norm=false"}},
      {"model.mlp", {"model.mlp=gelu"}},
      {"model.positions", {"model.positions=alibi"}},
      {"model.inject", {"model.inject=input"}},
      {"model.attention", {"model.attention=elu1"}},
      {"model.key", {"model.heads=2"}},
  };
  for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k) {
    const char *overrides[6] = {"model.architecture=transformer",
                                "model.init=gd:0.1"};
    world w;
    iclgd_error err;
    memcpy(overrides + 2, rows[k].words, sizeof rows[k].words);
    world_settings(&w, overrides);
    assert_ok(iclgd_model_from_settings(w.settings, NULL, 3, &w.model, &err),
              err);
    assert_int_equal(iclgd_model_initialise(&w.model, w.settings, 1, &w.arena,
                                            &w.theta, &err),
                     ICLGD_EUSAGE);
    if (!strstr(err.text, rows[k].key) || !strstr(err.text, "model.init"))
      fail_msg("%s: %s", rows[k].key, err.text);
    world_free(&w);
  }
}

/* A step of eta damped by a half is one of eta / 2. */
static void damped_steps_are_shorter(void **state) {
  (void)state;
  static const char *const shapes[] = {"layers=4 attention=exp",
                                       "loops=4 heads=2 key=3 output=false"};
  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; ++s) {
    char words[256];
    double yhat[2][STEPS + 1];
    world whole, half;
    snprintf(words, sizeof words, "%s init=gd:0.4", shapes[s]);
    open_shape(&whole, words);
    snprintf(words, sizeof words, "%s init=gd:0.2", shapes[s]);
    open_shape(&half, words);
    assert_true(iclgd_model_damp(&whole.model, 0.5, whole.theta));
    const iclgd_prompt p = iclgd_prompts_at(&whole.prompts, 0);
    iclgd_model_predict(&whole.model, whole.theta, &p, whole.tape, yhat[0]);
    iclgd_model_predict(&half.model, half.theta, &p, half.tape, yhat[1]);
    for (size_t k = 0; k <= STEPS; ++k)
      assert_close(yhat[0][k], yhat[1][k], 1e-14, 1e-14);
    world_free(&half);
    world_free(&whole);
  }
}

/* What parts write, biases too, and nothing else; without skips nothing. */
static void damping_touches_what_is_written(void **state) {
  (void)state;
  static const iclgd_transformer_array all[] = {
      ICLGD_W_Q,  ICLGD_W_V,  ICLGD_B_V,    ICLGD_W_O,   ICLGD_B_O,
      ICLGD_W_UP, ICLGD_B_UP, ICLGD_W_DOWN, ICLGD_B_DOWN};
  static const bool with_output[] = {0, 0, 0, 1, 1, 0, 0, 1, 1};
  static const bool without[] = {0, 1, 1, 0, 0, 0, 0, 1, 1};
  static const struct {
    const char *words;
    const bool *written;
  } rows[] = {{"layers=2 mlp=gelu residual=0.7", with_output},
              {"layers=2 mlp=relu output=false", without},
              {"layers=2 mlp=relu residual=0", NULL}};
  for (size_t r = 0; r < sizeof rows / sizeof *rows; ++r) {
    world w;
    open_shape(&w, rows[r].words);
    const iclgd_transformer *t = &w.model.transformer;
    for (size_t i = 0; i < w.model.size; ++i) w.theta[i] = 1;
    assert_int_equal(iclgd_model_damp(&w.model, 0.5, w.theta),
                     rows[r].written != NULL);
    for (size_t k = 0; k < sizeof all / sizeof *all; ++k)
      for (size_t l = 0; l < 2; ++l) {
        const double *at = iclgd_transformer_at(t, w.theta, all[k], l);
        const bool written = rows[r].written && rows[r].written[k];
        if (at) assert_true(*at == (written ? 0.5 : 1));
      }
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_are_steps_of_kernel_gd),
      cmocka_unit_test(linear_attention_is_gd),
      cmocka_unit_test(other_kinds_have_their_kernels),
      cmocka_unit_test(two_softmax_heads_are_a_linear_step),
      cmocka_unit_test(other_shapes_are_refused),
      cmocka_unit_test(damped_steps_are_shorter),
      cmocka_unit_test(damping_touches_what_is_written),
  };
  return cmocka_run_group_tests_name("model/construct", tests, NULL, NULL);
}
