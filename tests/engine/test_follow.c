/* A model on many prompts at once is the model on each of them: predictions,
 * their gradients in the query, tokens, and predictions at every context
 * length, of a
 * pairwise design of transformers and of linear attention; every instruction
 * set, and every company, gives the same bits. */
#include <iclgd/follow.h>

#include "support/forms.h"
#include "support/open_transformer.h"
#include "support/transformers.h"

enum { COUNT = 21 };

typedef struct arrays {
  size_t weights, predictions, contexts, states;
  double *w, *prediction, *by_context, *tokens; /* of COUNT prompts */
} arrays;

static arrays arrays_of(world *w, size_t n) {
  const size_t rows = iclgd_model_depth(&w->model) + 1, d = w->dist.d;
  arrays out = {.weights = rows * d,
                .predictions = rows,
                .contexts = (n + 1) * rows,
                .states = (n + 1) * rows * iclgd_model_token_width(&w->model)};
  out.w = iclgd_arena_reals(&w->arena, COUNT, out.weights, 1);
  out.prediction = iclgd_arena_reals(&w->arena, COUNT, rows, 1);
  out.by_context = iclgd_arena_reals(&w->arena, COUNT, out.contexts, 1);
  out.tokens = iclgd_arena_reals(&w->arena, COUNT, out.states, 1);
  assert_true(out.w && out.prediction && out.by_context && out.tokens);
  return out;
}

/* One by one. */
static arrays expect(world *w, const iclgd_prompts *prompts) {
  const arrays out = arrays_of(w, prompts->n);
  for (size_t i = 0; i < COUNT; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(prompts, i);
    iclgd_model_follow(&w->model, w->theta, &p, w->tape,
                       out.w + i * out.weights,
                       out.prediction + i * out.predictions);
    iclgd_model_predict_by_context(&w->model, w->theta, &p, w->tape,
                                   out.by_context + i * out.contexts);
    memcpy(out.tokens + i * out.states,
           iclgd_model_tokens(&w->model, w->theta, &p, w->tape),
           out.states * sizeof *out.tokens);
  }
  return out;
}

static iclgd_follower *follower_of(world *w, size_t n, bool by_context) {
  iclgd_follower *out;
  iclgd_error err;
  assert_ok(
      iclgd_follower_create(&w->model, n, by_context, &w->arena, &out, &err),
      err);
  return out;
}

/* In parts of `part` prompts, by followers made for n points. */
static arrays run(world *w, const iclgd_prompts *prompts, size_t n,
                  size_t part) {
  const arrays out = arrays_of(w, prompts->n);
  iclgd_follower *at_query = follower_of(w, n, false);
  iclgd_follower *by_context = follower_of(w, n, true);
  for (size_t i = 0; i < COUNT; i += part) {
    const size_t count = COUNT - i < part ? COUNT - i : part;
    iclgd_follow(at_query, &w->model, w->theta, prompts, i, count,
                 out.w + i * out.weights, out.prediction + i * out.predictions);
    iclgd_follow_tokens(at_query, &w->model, w->theta, prompts, i, count,
                        out.tokens + i * out.states);
    iclgd_follow_by_context(by_context, &w->model, w->theta, prompts, i, count,
                            out.by_context + i * out.contexts);
  }
  return out;
}

/* Whether there is anything but zeros. */
static bool assert_equal(const double *got, const double *expected,
                         size_t size) {
  const double scale = largest(expected, size);
  for (size_t i = 0; i < size; ++i)
    assert_close(got[i], expected[i], 1e-12 * scale, 1e-11);
  return scale > 0;
}

/* Whether predictions move with the query. */
static bool check(world *w, const iclgd_prompts *prompts, size_t n) {
  const arrays expected = expect(w, prompts), all = run(w, prompts, n, COUNT),
               some = run(w, prompts, n, 5);
  const bool moves = assert_equal(all.w, expected.w, COUNT * all.weights);
  assert_true(assert_equal(all.prediction, expected.prediction,
                           COUNT * all.predictions));
  assert_equal(all.by_context, expected.by_context, COUNT * all.contexts);
  assert_equal(all.tokens, expected.tokens, COUNT * all.states);
  assert_memory_equal(all.tokens, some.tokens,
                      COUNT * all.states * sizeof *all.w);
  assert_memory_equal(all.w, some.w, COUNT * all.weights * sizeof *all.w);
  assert_memory_equal(all.prediction, some.prediction,
                      COUNT * all.predictions * sizeof *all.w);
  assert_memory_equal(all.by_context, some.by_context,
                      COUNT * all.contexts * sizeof *all.w);
  return moves;
}

static void draw(world *w, size_t n, iclgd_prompts *out) {
  iclgd_error err;
  assert_ok(iclgd_prompts_create(COUNT, n, w->dist.d, true, false, &w->arena,
                                 out, &err),
            err);
  iclgd_prompts_draw(&w->dist, ICLGD_STREAM_PROBE, 0, out);
}

static void equal_on_every_pair_of_keys(void **state) {
  (void)state;
  size_t moving = 0;
  for (size_t k = 0; k < TRANSFORMER_ROWS; ++k) {
    world w;
    iclgd_prompts prompts;
    open_transformer(&w, transformer_rows[k], 7);
    draw(&w, 7, &prompts);
    moving += check(&w, &prompts, 7);
    world_free(&w);
  }
  assert_true(moving > TRANSFORMER_ROWS / 2);
}

/* With other readouts predictions are products with tokens, and everything
 * follows from these. */
static void equal_with_other_readouts(void **state) {
  (void)state;
  for (size_t k = 0; k < TRANSFORMER_ROWS; ++k) {
    world w;
    iclgd_prompts prompts;
    open_transformer(&w, transformer_rows[k], 7);
    draw(&w, 7, &prompts);
    const size_t C = iclgd_model_token_width(&w.model);
    const size_t depth = iclgd_model_depth(&w.model);
    double *readouts = iclgd_arena_reals(&w.arena, depth, C + 1, 1);
    assert_non_null(readouts);
    for (size_t i = 0; i < depth * (C + 1); ++i)
      readouts[i] = sin(5.0 * (double)(i + 1));
    w.model.readouts = readouts;
    check(&w, &prompts, 7);
    const arrays got = run(&w, &prompts, 7, COUNT);
    for (size_t i = 0; i < COUNT; ++i)
      for (size_t l = 1; l <= depth; ++l) {
        const double *c = readouts + (l - 1) * (C + 1);
        const double *h = got.tokens + i * got.states + (l * 8 + 7) * C;
        double sum = c[C];
        for (size_t j = 0; j < C; ++j) sum += c[j] * h[j];
        assert_close(got.prediction[i * got.predictions + l], sum, 1e-11,
                     1e-11);
      }
    world_free(&w);
  }
}

/* Rooms for longer contexts serve shorter ones, and none is too wide for a
 * panel. */
static void equal_on_every_size(void **state) {
  (void)state;
  const size_t lengths[] = {1, 2, 5, 11};
  for (size_t k = 0; k < sizeof lengths / sizeof *lengths; ++k) {
    world w;
    iclgd_prompts prompts;
    open_transformer(&w,
                     "tokens=alternating width=70 heads=7 positions=learned "
                     "mlp=gelu-tanh mlp_width=130 norm=pre layers=3",
                     11);
    w.dist.n = lengths[k];
    draw(&w, lengths[k], &prompts);
    assert_true(check(&w, &prompts, 11));
    world_free(&w);
  }
}

/* What has no path in lanes goes one by one, to the same bits. */
static void linear_attention_one_by_one(void **state) {
  (void)state;
  static const char *const overrides[] = {"prompt.d=3", "prompt.n=7",
                                          "model.loops=3", NULL};
  world w;
  iclgd_prompts prompts;
  world_create(&w, overrides, 3, ICLGD_LANES);
  draw(&w, 7, &prompts);
  const arrays expected = expect(&w, &prompts),
               got = run(&w, &prompts, 7, COUNT);
  assert_memory_equal(got.w, expected.w, COUNT * got.weights * sizeof *got.w);
  assert_memory_equal(got.prediction, expected.prediction,
                      COUNT * got.predictions * sizeof *got.w);
  assert_memory_equal(got.tokens, expected.tokens,
                      COUNT * got.states * sizeof *got.w);
  world_free(&w);
}

static void follow_form(world *w, const iclgd_engine_form *form,
                        const iclgd_prompts *prompts, const arrays *out) {
  void *scratch =
      iclgd_arena_take(&w->arena, form->follow_bytes(&w->model, prompts->n), 1);
  assert_non_null(scratch);
  form->follow_open(scratch, &w->model, prompts->n, false);
  form->follow(scratch, w->theta, prompts, out->w, out->prediction, NULL);
}

static void instruction_sets_give_the_same_bits(void **state) {
  (void)state;
  for (size_t k = 0; k < TRANSFORMER_ROWS; ++k) {
    world w;
    const iclgd_engine_form *forms[FORMS_MAX];
    open_transformer(&w, transformer_rows[k], 7);
    const size_t count =
        forms_of(&iclgd_transformer_architecture, ICLGD_DOUBLE, forms);
    const arrays base = arrays_of(&w, 7), other = arrays_of(&w, 7);
    const bool sees = iclgd_transformer_sees_query(&w.model.transformer);
    for (size_t f = 0; f < count && !sees; ++f) {
      follow_form(&w, forms[f], &w.prompts, f ? &other : &base);
      if (f == 0) continue;
      assert_memory_equal(other.w, base.w,
                          ICLGD_LANES * base.weights * sizeof *base.w);
      assert_memory_equal(other.prediction, base.prediction,
                          ICLGD_LANES * base.predictions * sizeof *base.w);
    }
    world_free(&w);
  }
}

/* Tables of positions end with model.context. */
static void refuses_longer_prompts(void **state) {
  (void)state;
  world w;
  iclgd_follower *follower;
  iclgd_error err;
  open_world(&w, "tokens=alternating width=6 positions=learned context=4", 4);
  assert_ok(
      iclgd_follower_create(&w.model, 4, false, &w.arena, &follower, &err),
      err);
  assert_int_equal(
      iclgd_follower_create(&w.model, 5, false, &w.arena, &follower, &err),
      ICLGD_ERANGE);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(equal_on_every_pair_of_keys),
      cmocka_unit_test(equal_with_other_readouts),
      cmocka_unit_test(equal_on_every_size),
      cmocka_unit_test(linear_attention_one_by_one),
      cmocka_unit_test(instruction_sets_give_the_same_bits),
      cmocka_unit_test(refuses_longer_prompts),
  };
  return cmocka_run_group_tests_name("engine/follow", tests, NULL, NULL);
}
