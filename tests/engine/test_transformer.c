/* Transformers in lanes equal the reference to rounding in both precisions, for
 * a pairwise design of their keys, and every instruction set gives the same
 * bits. */
#include "support/forms.h"
#include "support/open_transformer.h"
#include "support/transformers.h"

enum { DEPTH_MAX = 16 };

static const double tolerances[] = {
    [ICLGD_SINGLE] = 1e-4, [ICLGD_DOUBLE] = 1e-10};

/* The last readout, and one before it; at every context length, too, where one
 * pass gives it. */
static void check(const char *keys, size_t n, size_t count) {
  for (int k = 0; k < 2; ++k) {
    world w;
    double c[DEPTH_MAX + 1] = {0};
    open_transformer(&w, keys, n);
    const size_t depth = iclgd_model_depth(&w.model);
    const iclgd_loss loss = {c, 0};
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .stream = ICLGD_STREAM_TRAIN};
    c[depth] = 0.7;
    c[depth / 2] += 0.3;
    check_loss(&w, iclgd_model_gradient, &source, &loss, 32, count,
               (iclgd_precision)k, tolerances[k]);
    if (iclgd_engine_runs(&w.model, true))
      check_loss(&w, iclgd_model_gradient_by_context, &source, &loss, 32, count,
                 (iclgd_precision)k, tolerances[k]);
    world_free(&w);
  }
}

static void equal_on_every_pair_of_keys(void **state) {
  (void)state;
  for (size_t k = 0; k < TRANSFORMER_ROWS; ++k)
    check(transformer_rows[k], 7, 21);
}

static void equal_on_every_size(void **state) {
  (void)state;
  const char *const causal =
      "tokens=alternating width=12 attention=softmax heads=3 positions=learned "
      "mlp=gelu-tanh norm=pre";
  const char *const masked =
      "attention=linear scale=none output=false layers=2";
  const size_t lengths[] = {1, 2, 5, 11, 20};
  for (size_t k = 0; k < sizeof lengths / sizeof *lengths; ++k) {
    check(causal, lengths[k], 3);
    check(masked, lengths[k], 16);
  }
  check("width=70 heads=2 mlp=gelu mlp_width=130 norm=post", 3, 2);
}

/* Prompts of a file start anywhere and repeat. */
static void equal_on_given_prompts(void **state) {
  (void)state;
  for (int k = 0; k < 2; ++k) {
    world w;
    iclgd_prompts set;
    iclgd_error err;
    const double c[] = {0, 0, 1};
    const iclgd_loss loss = {c, 0};
    open_transformer(&w, transformer_rows[0], 6);
    assert_ok(iclgd_prompts_create(21, w.prompts.n, w.prompts.d, true, false,
                                   &w.arena, &set, &err),
              err);
    iclgd_prompts_draw(&w.dist, ICLGD_STREAM_PROBE, 3, &set);
    const iclgd_prompt_source source = {.fixed = &set};
    check_loss(&w, iclgd_model_gradient, &source, &loss, 13, 40,
               (iclgd_precision)k, tolerances[k]);
    world_free(&w);
  }
}

/* With weights that are far too large some prompts overflow and others do not;
 * those that are dropped leave no trace. */
static void equal_under_a_guard(void **state) {
  UNTRAPPED;
  (void)state;
  bool some = false;
  for (double size = 4; size < 1e5; size *= 2) {
    world w;
    const double c[] = {0, 0, 0, 1};
    const iclgd_loss loss = {c, 0.5};
    open_transformer(&w, "attention=linear layers=3 mlp=relu", 5);
    for (size_t i = 0; i < w.model.size; ++i) w.theta[i] *= size;
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .stream = ICLGD_STREAM_TRAIN};
    const size_t dropped = check_loss(&w, iclgd_model_gradient, &source, &loss,
                                      16, 24, ICLGD_DOUBLE, 1e-9);
    some |= dropped > 0 && dropped < 24;
    world_free(&w);
  }
  assert_true(some);
}

/* A unit or a score of relu that is no number is not 0: all prompts with it are
 * dropped, here as by the reference. */
static void relu_is_no_number_of_no_number(void **state) {
  UNTRAPPED;
  (void)state;
  const struct {
    const char *keys, *array;
  } rows[] = {{"attention=relu", "W_Q"}, {"width=6 mlp=relu", "W_up"}};
  for (int k = 0; k < 4; ++k) {
    world w;
    const double c[] = {0, 1};
    const iclgd_loss loss = {c, 0.5};
    open_transformer(&w, rows[k / 2].keys, 5);
    const iclgd_array *array = iclgd_model_array(&w.model, rows[k / 2].array);
    assert_non_null(array);
    w.theta[array->offset] = NAN;
    const iclgd_prompt_source source = {.dist = &w.dist,
                                        .stream = ICLGD_STREAM_TRAIN};
    const iclgd_precision precision = (iclgd_precision)(k % 2);
    assert_int_equal(check_loss(&w, iclgd_model_gradient, &source, &loss, 16,
                                24, precision, tolerances[precision]),
                     24);
    world_free(&w);
  }
}

/* Tables of positions end with model.context: no engine reads behind them. */
static void refuses_longer_prompts(void **state) {
  (void)state;
  static const char *const keys[] = {
      "width=6 positions=learned context=4",
      "positions=relative-free context=4 attention=exp"};
  for (size_t k = 0; k < sizeof keys / sizeof *keys; ++k)
    for (size_t n = 4; n <= 5; ++n) {
      world w;
      iclgd_engine *engine;
      iclgd_error err;
      open_world(&w, keys[k], n);
      const iclgd_prompt_source source = {.dist = &w.dist,
                                          .stream = ICLGD_STREAM_TRAIN};
      assert_int_equal(
          iclgd_engine_create(
              &w.model, &source, false,
              iclgd_engine_best(w.model.architecture, ICLGD_SINGLE), &w.arena,
              &engine, &err),
          n <= 4 ? ICLGD_OK : ICLGD_ERANGE);
      world_free(&w);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_on_every_pair_of_keys),
      cmocka_unit_test(equal_on_every_size),
      cmocka_unit_test(equal_on_given_prompts),
      cmocka_unit_test(equal_under_a_guard),
      cmocka_unit_test(relu_is_no_number_of_no_number),
      cmocka_unit_test(refuses_longer_prompts),
  };
  return cmocka_run_group_tests_name("engine/transformer", tests, NULL, NULL);
}
