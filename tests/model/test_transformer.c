/* Transformers that are known: linear attention with the matrices of a linear
 * model, gradient descent on functions, layers and positions worked out by
 * hand; and choices that are refused. */
#include <stdlib.h>
#include <string.h>

#include "support/world.h"

static void open_transformer(world *w, const char *const *keys) {
  const char *overrides[24] = {"model.architecture=transformer", "prompt.d=3",
                               "prompt.n=6", "prompt.noise=0.2"};
  size_t count = 4;
  for (; *keys; ++keys) overrides[count++] = *keys;
  world_create(w, overrides, 5, 20);
}
#define OPEN(w, ...) \
  open_transformer(w, (const char *const[]){__VA_ARGS__, NULL})

static double *array_of(world *w, iclgd_transformer_array array, size_t l) {
  const double *at =
      iclgd_transformer_at(&w->model.transformer, w->theta, array, l);
  assert_non_null(at);
  return w->theta + (at - w->theta);
}

/* Z <- Z + (1/n) P Z M (Z^T Q Z) is merged attention with W_QK = Q^T and W_V =
 * P, summed without an output matrix. */
static void linear_attention_is_the_linear_model(void **state) {
  (void)state;
  enum { D = 4, LAYERS = 2, LOOPS = 2, DEPTH = LAYERS * LOOPS };
  world w, linear;
  OPEN(&w, "model.layers=2", "model.loops=2", "model.attention=linear",
       "model.merged=true", "model.output=false", "model.bias=false",
       "model.scale=none");
  world_create(
      &linear,
      (const char *const[]){"prompt.d=3", "prompt.n=6", "prompt.noise=0.2",
                            "model.weights=full", "model.layers=2",
                            "model.loops=2", "model.init_scale=0.3", NULL},
      5, 20);
  assert_int_equal(w.model.size, linear.model.size);
  for (size_t l = 0; l < LAYERS; ++l) {
    double P[D * D], Q[D * D];
    iclgd_linear_matrices(&linear.model, linear.theta, l, P, Q);
    memcpy(array_of(&w, ICLGD_W_V, l), P, sizeof P);
    for (size_t i = 0; i < D * D; ++i)
      array_of(&w, ICLGD_W_QK, l)[i] = Q[i % D * D + i / D];
  }
  for (size_t i = 0; i < 20; ++i) {
    double yhat[2][DEPTH + 1], weight[2][(DEPTH + 1) * 3];
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat[0]);
    iclgd_model_predict(&linear.model, linear.theta, &p, linear.tape, yhat[1]);
    iclgd_model_weights(&w.model, w.theta, &p, w.tape, weight[0]);
    iclgd_model_weights(&linear.model, linear.theta, &p, linear.tape,
                        weight[1]);
    for (size_t l = 0; l <= DEPTH; ++l)
      assert_close(yhat[0][l], yhat[1][l], 1e-14, 1e-12);
    for (size_t j = 0; j < (DEPTH + 1) * 3; ++j)
      assert_close(weight[0][j], weight[1][j], 1e-14, 1e-12);
  }
  world_free(&linear);
  world_free(&w);
}

/* The mean of the labels seen so far, which softmax over equal scores writes,
 * and the relative positions that take its place. */
static void equal_scores_are_a_mean(void **state) {
  (void)state;
  world w;
  double yhat[2], mean = 0, weighted = 0, total = 0;
  OPEN(&w, "model.attention=softmax", "model.bias=false", "model.output=false",
       "model.positions=alibi", "model.residual=0", "model.init=zero");
  const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
  array_of(&w, ICLGD_W_V, 0)[15] = -1; /* minus the label */
  iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat);
  for (size_t i = 0; i < p.n; ++i) {
    const double share = exp(-exp2(-8) * (double)(p.n - i)); /* one head */
    mean += p.y[i] / (double)p.n;
    weighted += share * p.y[i];
    total += share;
  }
  assert_close(yhat[1], weighted / total, 1e-14, 1e-13);
  assert_true(fabs(yhat[1] - mean) > 1e-4);
  world_free(&w);
}

/* Functional gradient descent: one block of exp attention whose values are the
 * labels is (1/n) sum y_i exp(x_i . x). */
static void exp_attention_is_a_kernel_step(void **state) {
  (void)state;
  world w;
  double yhat[2], expected = 0;
  OPEN(&w, "model.attention=exp", "model.bias=false", "model.output=false",
       "model.scale=none", "model.merged=true", "model.init=zero");
  for (size_t j = 0; j < 3; ++j) array_of(&w, ICLGD_W_QK, 0)[j * 5] = 1;
  array_of(&w, ICLGD_W_V, 0)[15] = -1;
  const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 3);
  iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat);
  for (size_t i = 0; i < p.n; ++i) {
    double dot = 0;
    for (size_t j = 0; j < 3; ++j) dot += p.x[i * 3 + j] * p.x_query[j];
    expected += p.y[i] * exp(dot) / (double)p.n;
  }
  assert_close(yhat[1], expected, 1e-14, 1e-13);
  world_free(&w);
}

/* What an mlp of one unit and a norm make of a state. */
static void mlps_and_norms_are_their_formulas(void **state) {
  (void)state;
  const struct {
    const char *mlp;
    double at_1, at_minus_2;
  } rows[] = {
      /* Phi(1), Phi(-2) from tables; the rest from the formulas. */
      {"model.mlp=relu", 1, 0},
      {"model.mlp=gelu", 0.84134474606854293, -2 * 0.022750131948179195},
      {"model.mlp=gelu-tanh", 0.84119199060827676, -0.045402305912225},
  };
  for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k)
    for (int sign = 0; sign < 2; ++sign) {
      world w;
      double yhat[2];
      OPEN(&w, rows[k].mlp, "model.width=2", "model.mlp_width=1",
           "model.residual=0", "model.init=zero");
      array_of(&w, ICLGD_B_UP, 0)[0] = sign ? -2 : 1;
      array_of(&w, ICLGD_W_DOWN, 0)[1] = 3;
      array_of(&w, ICLGD_W_OUT, 0)[1] = 1;
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
      iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat);
      assert_close(yhat[1], 3 * (sign ? rows[k].at_minus_2 : rows[k].at_1),
                   1e-14, 1e-12);
      world_free(&w);
    }
}

/* Relu of no number is none, of scores and of units. */
static void relu_keeps_what_is_no_number(void **state) {
  (void)state;
  const struct {
    const char *key;
    iclgd_transformer_array array;
  } rows[] = {{"model.attention=relu", ICLGD_W_Q},
              {"model.mlp=relu", ICLGD_W_UP}};
  for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k) {
    world w;
    double yhat[2];
    OPEN(&w, rows[k].key, "model.width=4");
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat);
    assert_true(isfinite(yhat[1]));
    array_of(&w, rows[k].array, 0)[0] = NAN;
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, yhat);
    assert_true(isnan(yhat[1]));
    world_free(&w);
  }
}

/* Distances have the buckets of T5: exact up to 15, then by their logarithm. */
static void positions_have_buckets(void **state) {
  (void)state;
  const size_t distance[] = {0, 15, 16, 20, 31, 64, 127, 128, 5000};
  const size_t bucket[] = {0, 15, 16, 17, 21, 26, 31, 31, 31};
  const iclgd_transformer t5 = {.positions = ICLGD_POSITION_T5, .heads = 2};
  const iclgd_transformer alibi = {.positions = ICLGD_POSITION_ALIBI,
                                   .heads = 2};
  const iclgd_transformer sine = {.width = 4};
  for (size_t i = 0; i < sizeof bucket / sizeof *bucket; ++i)
    assert_int_equal(iclgd_transformer_relative(&t5, 0, distance[i]).bucket,
                     bucket[i]);
  assert_close(iclgd_transformer_relative(&alibi, 0, 3).weight, -3.0 / 16, 0,
               1e-15);
  assert_close(iclgd_transformer_relative(&alibi, 1, 3).weight, -3.0 / 256, 0,
               1e-15);
  assert_close(iclgd_transformer_sinusoid(&sine, 3, 2), sin(0.03), 0, 1e-14);
  assert_close(iclgd_transformer_sinusoid(&sine, 3, 3), cos(0.03), 0, 1e-14);
}

/* Gains begin as 1, biases as 0, GPT-2's outputs smaller by sqrt(2 layers). */
static void initial_laws_are_theirs(void **state) {
  (void)state;
  world w;
  OPEN(&w, "model.width=64", "model.heads=4", "model.layers=8",
       "model.mlp=gelu", "model.norm=pre");
  const struct {
    iclgd_transformer_array array;
    size_t size;
    double centre, spread;
  } rows[] = {
      {ICLGD_NORM1_GAIN, 64, 1, 0},   {ICLGD_B_UP, 256, 0, 0},
      {ICLGD_W_Q, 64 * 64, 0, 0.02},  {ICLGD_W_UP, 256 * 64, 0, 0.02},
      {ICLGD_W_O, 64 * 64, 0, 0.005}, {ICLGD_W_DOWN, 64 * 256, 0, 0.005},
      {ICLGD_W_OUT, 64, 0, 0.02}};
  for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k) {
    const double *a = array_of(&w, rows[k].array, 0);
    double mean = 0, squares = 0;
    for (size_t i = 0; i < rows[k].size; ++i) {
      const double off = a[i] - rows[k].centre;
      mean += off / (double)rows[k].size;
      squares += off * off / (double)rows[k].size;
    }
    const double error = 5 / sqrt((double)rows[k].size);
    assert_close(mean, 0, error * rows[k].spread, 0);
    assert_close(sqrt(squares), rows[k].spread, 0, error);
  }
  world_free(&w);
}

/* What makes no sense is refused by the name of the key. */
static void refusals_name_the_key(void **state) {
  (void)state;
  const struct {
    const char *key, *keys[4];
  } rows[] = {
      {"model.attention", {"model.attention=sofmax"}},
      {"model.attention", {"model.attention=softmax linear"}},
      {"model.attention", {"model.attention=softmax+linear"}},
      {"model.attention", {"model.attention=,"}},
      {"model.label", {"model.label=own"}},
      {"model.readout", {"model.readout=last", "model.width=8"}},
      {"model.mask", {"model.mask=query", "model.tokens=alternating"}},
      {"model.positions", {"model.positions=learned"}},
      {"model.mlp_width", {"model.mlp_width=8"}},
      {"model.final_norm", {"model.final_norm=true"}},
      {"model.dot_product", {"model.dot_product=false"}},
      {"model.merged",
       {"model.merged=true", "model.dot_product=false",
        "model.positions=alibi"}},
      {"model.scale", {"model.scale=learned", "model.attention=elu1"}},
      {"model.positions", {"model.positions=t5", "model.attention=elu1"}},
      {"model.heads", {"model.heads=3"}},
  };
  for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k) {
    world w;
    iclgd_error err;
    const char *overrides[6] = {"model.architecture=transformer"};
    memcpy(overrides + 1, rows[k].keys, sizeof rows[k].keys);
    world_settings(&w, overrides);
    assert_int_equal(
        iclgd_model_from_settings(w.settings, NULL, 3, &w.model, &err),
        ICLGD_EUSAGE);
    if (!strstr(err.text, rows[k].key)) fail_msg("%s", err.text);
    world_free(&w);
  }
}

/* Learned positions end; the message says where. */
static void learned_positions_end(void **state) {
  (void)state;
  world w;
  iclgd_error err;
  iclgd_tape *tape;
  OPEN(&w, "model.width=4", "model.positions=learned", "model.context=9");
  assert_ok(iclgd_tape_create(&w.model, 9, &w.arena, &tape, &err), err);
  assert_int_equal(iclgd_tape_create(&w.model, 10, &w.arena, &tape, &err),
                   ICLGD_ERANGE);
  assert_non_null(strstr(err.text, "9 points"));
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(linear_attention_is_the_linear_model),
      cmocka_unit_test(equal_scores_are_a_mean),
      cmocka_unit_test(exp_attention_is_a_kernel_step),
      cmocka_unit_test(mlps_and_norms_are_their_formulas),
      cmocka_unit_test(relu_keeps_what_is_no_number),
      cmocka_unit_test(positions_have_buckets),
      cmocka_unit_test(initial_laws_are_theirs),
      cmocka_unit_test(refusals_name_the_key),
      cmocka_unit_test(learned_positions_end),
  };
  return cmocka_run_group_tests_name("model/transformer", tests, NULL, NULL);
}
