/* The closed form of one layer's Hessian beside differences of its loss. */
#include <iclgd/attention_hessian.h>
#include <iclgd/rng.h>
#include <stdbool.h>
#include <string.h>

#include "support/close.h"

enum { L = 5, D = 3, K = 2, E = 2, MOST = D * E + D * D + 2 * D * K };

typedef struct drawn {
  iclgd_attention_layer of;
  double X[L * D], Y[L * E], c[L], theta[MOST];
} drawn;

static void draw(drawn *s, bool softmax, bool merged, uint64_t seed) {
  iclgd_stream stream;
  iclgd_stream_seed(&stream, seed, ICLGD_STREAM_PROBE, 0);
  iclgd_stream_normals(s->X, &stream, L * D);
  iclgd_stream_normals(s->Y, &stream, L * E);
  iclgd_stream_normals(s->theta, &stream, MOST);
  for (size_t i = 0; i < L; ++i) s->c[i] = 2. / (L * E);
  s->of = (iclgd_attention_layer){.L = L,
                                  .d = D,
                                  .key = K,
                                  .value = E,
                                  .softmax = softmax,
                                  .merged = merged,
                                  .tau = 0.5,
                                  .X = s->X,
                                  .Y = s->Y,
                                  .c = s->c,
                                  .V = s->theta,
                                  .Q = s->theta + D * E,
                                  .K = s->theta + D * E + D * K};
}

/* With X = I and no scores every token sees the mean of V's rows. */
static void the_loss_is_the_definition(void **state) {
  (void)state;
  const double X[] = {1, 0, 0, 1}, Y[] = {0, 1}, c[] = {2, 2};
  const double V[] = {1, 3}, zero[4] = {0};
  double work[2];
  iclgd_attention_layer layer = {.L = 2,
                                 .d = 2,
                                 .key = 1,
                                 .value = 1,
                                 .softmax = true,
                                 .tau = 1,
                                 .X = X,
                                 .Y = Y,
                                 .c = c,
                                 .V = V,
                                 .Q = zero,
                                 .K = zero};
  assert_close(iclgd_attention_loss(&layer, work), 4 + 1, 1e-14, 0);
  layer.softmax = false; /* scores are 0, and so is the output */
  assert_close(iclgd_attention_loss(&layer, work), 0 + 1, 1e-14, 0);
  const double G[] = {0, 2, 0, 0}; /* token 1 sees token 2 twice */
  layer.merged = true;
  layer.Q = G;
  assert_close(iclgd_attention_loss(&layer, work), 36 + 1, 1e-14, 0);
}

static double difference(drawn *s, size_t i, size_t j) {
  static const double at[] = {-2, -1, 1, 2};
  static const double weight[] = {1. / 12, -2. / 3, 2. / 3, -1. / 12};
  const double a = s->theta[i], b = s->theta[j], h = 4e-3;
  double sum = 0, work[L];
  for (size_t k = 0; k < 4; ++k)
    for (size_t l = 0; l < 4; ++l) {
      s->theta[i] += at[k] * h;
      s->theta[j] += at[l] * h;
      sum += weight[k] * weight[l] * iclgd_attention_loss(&s->of, work);
      s->theta[i] = a;
      s->theta[j] = b;
    }
  return sum / (h * h);
}

static void check_blocks(drawn *s) {
  double Ho[MOST * MOST], Hf[MOST * MOST], most = 0;
  iclgd_error err;
  const size_t P = iclgd_attention_parameters(&s->of);
  assert_int_equal(P, s->of.merged ? D * E + D * D : D * E + 2 * D * K);
  assert_ok(iclgd_attention_hessian(&s->of, Ho, Hf, &err), err);
  for (size_t i = 0; i < P * P; ++i) most = fmax(most, fabs(Ho[i] + Hf[i]));
  assert_true(most > 0);
  for (size_t i = 0; i < P; ++i)
    for (size_t j = 0; j < P; ++j)
      assert_close(Ho[i * P + j] + Hf[i * P + j], difference(s, i, j),
                   1e-6 * most, 0);
  for (size_t i = 0; i < D * E; ++i)
    for (size_t j = 0; j < D * E; ++j)
      assert_true(Hf[i * P + j] == 0); /* linear in V */
}

static void blocks_are_second_derivatives(void **state) {
  (void)state;
  for (int kind = 0; kind < 4; ++kind) {
    drawn s;
    draw(&s, kind & 1, kind & 2, 7);
    check_blocks(&s);
  }
}

/* A prompt: tokens (x, y) and the query's (x, 0), of which alone the output
 * counts. */
static void so_they_are_on_prompts(void **state) {
  (void)state;
  for (int kind = 0; kind < 2; ++kind) {
    drawn s;
    draw(&s, kind, false, 11);
    memset(s.c, 0, sizeof s.c);
    s.c[L - 1] = 2;
    s.X[L * D - 1] = 0;
    check_blocks(&s);
  }
}

/* Where the loss is that of a fitted model, H is Ho: r = 0. */
static void without_residual_there_is_no_functional_part(void **state) {
  (void)state;
  drawn s;
  double Ho[MOST * MOST], Hf[MOST * MOST];
  iclgd_error err;
  draw(&s, false, false, 3);
  memset(s.theta, 0, D * E * sizeof *s.theta); /* V = 0: outputs are 0 */
  memset(s.Y, 0, sizeof s.Y);
  assert_ok(iclgd_attention_hessian(&s.of, Ho, Hf, &err), err);
  double outer = 0;
  for (size_t i = 0; i < MOST; ++i) outer += Ho[i];
  const size_t P = iclgd_attention_parameters(&s.of);
  for (size_t i = 0; i < P * P; ++i) assert_true(Hf[i] == 0);
  assert_true(outer != 0);
}

/* One layer of the stack has the norm of the closed form. */
static void a_stack_of_one_is_a_layer(void **state) {
  (void)state;
  enum { P = D * D + 2 * D * K };
  drawn s;
  double theta[P], Y[L * D] = {0}, c[L], Ho[P * P], Hf[P * P];
  double squares = 0, found;
  iclgd_stream stream;
  iclgd_error err;
  draw(&s, false, false, 5);
  iclgd_stream_seed(&stream, 6, ICLGD_STREAM_PROBE, 0);
  iclgd_stream_normals(theta, &stream, P);
  for (size_t i = 0; i < L; ++i) c[i] = 2. / (L * D);
  const iclgd_attention_layer layer = {.L = L,
                                       .d = D,
                                       .key = K,
                                       .value = D,
                                       .tau = 1 / sqrt((double)K),
                                       .X = s.X,
                                       .Y = Y,
                                       .c = c,
                                       .V = theta,
                                       .Q = theta + D * D,
                                       .K = theta + D * D + D * K};
  assert_ok(iclgd_attention_hessian(&layer, Ho, Hf, &err), err);
  for (size_t i = 0; i < P * P; ++i) squares += Ho[i] * Ho[i];
  assert_ok(iclgd_attention_stack_outer(1, L, D, K, s.X, layer.V, layer.Q,
                                        layer.K, &found, &err),
            err);
  assert_close(found, log10(squares) / 2, 1e-12, 0);
}

/* Doubling the tokens of D homogeneous layers multiplies Ho by 2^(2 3^D),
 * exactly. */
static void a_stack_is_homogeneous(void **state) {
  (void)state;
  enum { DEEP = 3 };
  double X[2][L * D], theta[DEEP * (D * D + 2 * D * K)], found[2];
  iclgd_stream stream;
  iclgd_error err;
  iclgd_stream_seed(&stream, 8, ICLGD_STREAM_PROBE, 0);
  iclgd_stream_normals(X[0], &stream, L * D);
  iclgd_stream_normals(theta, &stream, sizeof theta / sizeof *theta);
  for (size_t i = 0; i < L * D; ++i) X[1][i] = 2 * X[0][i];
  double power = 2;
  for (size_t deep = 1; deep <= DEEP; ++deep) {
    power *= 3;
    for (size_t k = 0; k < 2; ++k)
      assert_ok(iclgd_attention_stack_outer(
                    deep, L, D, K, X[k], theta, theta + DEEP * D * D,
                    theta + DEEP * (D * D + D * K), &found[k], &err),
                err);
    assert_close(found[1] - found[0], power * log10(2), 1e-9, 0);
  }
}

static void norms_grow_by_the_exponents(void **state) {
  (void)state;
  static const double sigma[] = {1e-3, 1e-2, 1e-1};
  size_t count;
  const iclgd_attention_row *rows = iclgd_attention_rows(&count);
  assert_true(count >= 20);
  for (size_t i = 0; i < count; ++i) {
    double norm[3];
    iclgd_error err;
    assert_ok(iclgd_attention_sweep(&rows[i], 1, 10, sigma, 3, norm, &err),
              err);
    assert_close(iclgd_attention_slope(sigma, norm, 3, 1), rows[i].exponent,
                 0.1, 0);
    assert_ptr_equal(iclgd_attention_row_named(rows[i].name), &rows[i]);
  }
  assert_null(iclgd_attention_row_named("softmax"));
}

static void a_slope_needs_two_points(void **state) {
  (void)state;
  const double sigma[] = {0.01, 0.1, 1}, norm[] = {-4, -2, 7};
  assert_close(iclgd_attention_slope(sigma, norm, 3, 0.1), 2, 1e-12, 0);
  assert_true(isnan(iclgd_attention_slope(sigma, norm, 3, 0.01)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_loss_is_the_definition),
      cmocka_unit_test(blocks_are_second_derivatives),
      cmocka_unit_test(so_they_are_on_prompts),
      cmocka_unit_test(without_residual_there_is_no_functional_part),
      cmocka_unit_test(a_stack_of_one_is_a_layer),
      cmocka_unit_test(a_stack_is_homogeneous),
      cmocka_unit_test(norms_grow_by_the_exponents),
      cmocka_unit_test(a_slope_needs_two_points),
  };
  return cmocka_run_group_tests_name("oracle/attention_hessian", tests, NULL,
                                     NULL);
}
