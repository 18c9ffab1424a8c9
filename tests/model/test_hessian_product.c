/* Products with the Hessian of one prompt beside differences of its gradient,
 * and, of one layer of attention, beside the closed form. */
#include <iclgd/attention_hessian.h>
#include <iclgd/comparisons.h>
#include <iclgd/hessian.h>
#include <iclgd/rng.h>
#include <stdlib.h>
#include <string.h>

#include "support/world.h"

/* d gradient / d theta . v by a difference of order four. */
static void difference(world *w, const iclgd_prompt *prompt,
                       const iclgd_loss *loss, const double *v, double *out) {
  static const double at[] = {-2, -1, 1, 2};
  static const double weight[] = {1. / 12, -2. / 3, 2. / 3, -1. / 12};
  const size_t size = w->model.size;
  const double h = 1e-3;
  double *theta = calloc(2 * size, sizeof *theta), *gradient = theta + size;
  assert_non_null(theta);
  memset(out, 0, size * sizeof *out);
  for (size_t k = 0; k < 4; ++k) {
    for (size_t i = 0; i < size; ++i) theta[i] = w->theta[i] + at[k] * h * v[i];
    memset(gradient, 0, size * sizeof *gradient);
    iclgd_model_gradient(&w->model, theta, prompt, loss, w->tape, gradient);
    for (size_t i = 0; i < size; ++i) out[i] += weight[k] / h * gradient[i];
  }
  free(theta);
}

/* In a few random directions; the parts must not both be empty. */
static void check_products(const char *const *keys, double guard,
                           size_t window) {
  world w;
  iclgd_error err;
  iclgd_hessian_tape *tape;
  world_create(&w, keys, 3, 4);
  const size_t size = w.model.size;
  double *all = iclgd_arena_reals(&w.arena, 4, size, 1);
  double *c =
      iclgd_arena_reals(&w.arena, iclgd_model_depth(&w.model) + 1, 1, 1);
  assert_ok(
      iclgd_hessian_tape_create(&w.model, w.dist.n, &w.arena, &tape, &err),
      err);
  iclgd_loss_weights(&w.model, w.model.loops, window, c);
  const iclgd_loss loss = {c, guard};
  double *v = all, *outer = v + size, *functional = outer + size,
         *expected = functional + size;
  for (size_t i = 0; i < 4; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    iclgd_stream stream;
    iclgd_stream_seed(&stream, 9, ICLGD_STREAM_PROBE, i);
    iclgd_stream_normals(v, &stream, size);
    memset(outer, 0, 2 * size * sizeof *outer);
    difference(&w, &prompt, &loss, v, expected);
    const double value = iclgd_model_hessian_product(
        &w.model, w.theta, &prompt, &loss, tape, v, outer, functional);
    assert_close(
        value,
        iclgd_model_gradient(&w.model, w.theta, &prompt, &loss, w.tape, NULL),
        0, 1e-12);
    const double scale = sqrt(iclgd_dot(expected, expected, size));
    for (size_t k = 0; k < size; ++k)
      assert_close(outer[k] + functional[k], expected[k], 1e-6 * scale, 0);
    assert_true(iclgd_dot(v, outer, size) >= 0);
    assert_true(scale > 0);
  }
  world_free(&w);
}

static void they_are_derivatives_of_the_gradient(void **state) {
  (void)state;
  static const char *const models[][9] = {
      {"prompt.d=3", "prompt.n=6", "model.weights=gd", "model.loops=4",
       "model.init_scale=0.3"},
      {"prompt.d=3", "prompt.n=6", "model.weights=full", "model.layers=2",
       "model.init_scale=0.3"},
      {"prompt.d=3", "prompt.n=6", "model.weights=gdpp", "model.layers=2",
       "model.init_scale=0.3"},
      {"prompt.d=3", "prompt.n=6", "model.architecture=transformer",
       "model.attention=softmax", "model.layers=2", "model.width=6",
       "model.heads=2", "model.mlp=gelu", "model.init_scale=0.3"}};
  for (size_t k = 0; k < sizeof models / sizeof *models; ++k) {
    const char *keys[10] = {NULL};
    memcpy(keys, models[k], sizeof models[k]);
    check_products(keys, 0, 1);
    check_products(keys, 0.5, 2);
  }
}

/* Beyond the guard the loss is linear in the prediction. */
static void beyond_the_guard_there_is_no_outer_part(void **state) {
  (void)state;
  world w;
  iclgd_error err;
  iclgd_hessian_tape *tape;
  world_create(&w, (const char *[]){"model.weights=gd", NULL}, 1, 1);
  double v[25] = {1}, outer[25] = {0}, functional[25] = {0};
  const double c[] = {0, 1};
  const iclgd_loss loss = {c, 1e-9};
  assert_int_equal(w.model.size, 25);
  assert_ok(
      iclgd_hessian_tape_create(&w.model, w.dist.n, &w.arena, &tape, &err),
      err);
  const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, 0);
  iclgd_model_hessian_product(&w.model, w.theta, &prompt, &loss, tape, v, outer,
                              functional);
  for (size_t i = 0; i < 25; ++i) assert_true(outer[i] == 0);
  world_free(&w);
}

/* A transformer of one softmax layer that replaces its input, every token a
 * key: the closed form on the tokens of the prompt, of which the query's output
 * counts. Only the last row of W_V is seen. */
typedef struct closed {
  size_t C, T, P;
  double X[64], Y[16], c[16], V[16], Q[64], K[64];
  double *Ho, *Hf;
} closed;

static void read_tokens(const iclgd_prompt *prompt, closed *s) {
  s->T = prompt->n + 1;
  s->C = prompt->d + 1;
  memset(s->X, 0, sizeof s->X);
  for (size_t i = 0; i < s->T; ++i)
    for (size_t j = 0; j < prompt->d; ++j)
      s->X[i * s->C + j] =
          i < prompt->n ? prompt->x[i * prompt->d + j] : prompt->x_query[j];
  for (size_t i = 0; i < prompt->n; ++i)
    s->X[i * s->C + prompt->d] = prompt->y[i];
}

/* Weights (out, in) of the model as (in, out) of the closed form. */
static void read_weights(const world *w, closed *s) {
  const iclgd_transformer *t = &w->model.transformer;
  const double *W_Q = iclgd_transformer_at(t, w->theta, ICLGD_W_Q, 0);
  const double *W_K = iclgd_transformer_at(t, w->theta, ICLGD_W_K, 0);
  const double *W_V = iclgd_transformer_at(t, w->theta, ICLGD_W_V, 0);
  for (size_t a = 0; a < s->C; ++a) {
    s->V[a] = w->model.sign * W_V[(s->C - 1) * s->C + a];
    for (size_t k = 0; k < t->key; ++k) {
      s->Q[a * t->key + k] = W_Q[k * s->C + a];
      s->K[a * t->key + k] = W_K[k * s->C + a];
    }
  }
}

/* The place in theta of parameter p of the closed form, and its sign. */
static size_t place_of(const world *w, const closed *s, size_t p,
                       double *sign) {
  const iclgd_transformer *t = &w->model.transformer;
  *sign = p < s->C ? w->model.sign : 1;
  if (p < s->C) return t->offset[ICLGD_W_V] + (s->C - 1) * s->C + p;
  const size_t q = (p - s->C) % (s->C * t->key);
  const iclgd_transformer_array array =
      p - s->C < s->C * t->key ? ICLGD_W_Q : ICLGD_W_K;
  return t->offset[array] + q % t->key * s->C + q / t->key;
}

static void one_layer_has_the_closed_form(void **state) {
  (void)state;
  world w;
  closed s;
  iclgd_error err;
  iclgd_hessian_tape *tape;
  world_create(&w,
               (const char *[]){
                   "prompt.d=3", "prompt.n=5", "model.architecture=transformer",
                   "model.attention=softmax", "model.key=2",
                   "model.output=false", "model.bias=false", "model.mask=none",
                   "model.residual=0", "model.init_scale=0.6", NULL},
               5, 1);
  const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, 0);
  read_tokens(&prompt, &s);
  read_weights(&w, &s);
  memset(s.c, 0, sizeof s.c);
  memset(s.Y, 0, sizeof s.Y);
  s.c[s.T - 1] = 2;
  s.Y[s.T - 1] = prompt.y_query;
  const iclgd_attention_layer layer = {.L = s.T,
                                       .d = s.C,
                                       .key = 2,
                                       .value = 1,
                                       .softmax = true,
                                       .tau = 1 / sqrt(2),
                                       .X = s.X,
                                       .Y = s.Y,
                                       .c = s.c,
                                       .V = s.V,
                                       .Q = s.Q,
                                       .K = s.K};
  const size_t P = iclgd_attention_parameters(&layer), size = w.model.size;
  s.Ho = iclgd_arena_reals(&w.arena, P, P, 1);
  s.Hf = iclgd_arena_reals(&w.arena, P, P, 1);
  double *v = iclgd_arena_reals(&w.arena, 3, size, 1);
  double *outer = v + size, *functional = outer + size, most = 0;
  const double c[] = {0, 1};
  const iclgd_loss loss = {c, 0};
  assert_ok(
      iclgd_hessian_tape_create(&w.model, w.dist.n, &w.arena, &tape, &err),
      err);
  assert_ok(iclgd_attention_hessian(&layer, s.Ho, s.Hf, &err), err);
  for (size_t i = 0; i < P * P; ++i) most = fmax(most, fabs(s.Ho[i] + s.Hf[i]));
  for (size_t p = 0; p < P; ++p) {
    double sign, other;
    const size_t at = place_of(&w, &s, p, &sign);
    memset(v, 0, 3 * size * sizeof *v);
    v[at] = 1;
    iclgd_model_hessian_product(&w.model, w.theta, &prompt, &loss, tape, v,
                                outer, functional);
    for (size_t q = 0; q < P; ++q) {
      const size_t to = place_of(&w, &s, q, &other);
      assert_close(sign * other * outer[to], s.Ho[p * P + q], 1e-8 * most, 0);
      assert_close(sign * other * functional[to], s.Hf[p * P + q], 1e-8 * most,
                   0);
    }
  }
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(they_are_derivatives_of_the_gradient),
      cmocka_unit_test(beyond_the_guard_there_is_no_outer_part),
      cmocka_unit_test(one_layer_has_the_closed_form),
  };
  return cmocka_run_group_tests_name("model/hessian_product", tests, NULL,
                                     NULL);
}
