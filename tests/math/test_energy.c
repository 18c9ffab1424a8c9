/* Energies of tokens and their steps beside sums that are written out, and what
 * theory gives of them. */
#include <iclgd/energy.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/close.h"

/* Two tokens in the plane, by hand. */
static void two_tokens(void **state) {
  (void)state;
  const double Y[] = {1, 0, 0, 2}, k = exp(-2.5);
  const double W[] = {2, 1, 1, 3}, B[] = {0, 0, 1, 1};
  double slope[4], score[2], out[4];
  assert_close(iclgd_energy_interaction(Y, 2, 2), -k, 0, 1e-15);
  assert_close(iclgd_energy_one(Y, 2, 2), 2.5 - k, 0, 1e-15);
  /* (2 + 12) / 2 + (1 + 0 + 1 + 1) / 2 */
  assert_close(iclgd_energy_two(Y, W, B, 2, 2), 8.5, 0, 1e-15);
  iclgd_energy_interaction_slope(Y, 2, 2, slope);
  assert_close(slope[0], k, 0, 1e-15);
  assert_close(slope[1], -2 * k, 0, 1e-15);
  assert_close(slope[2], -k, 0, 1e-15);
  iclgd_attention_step_take(ICLGD_STEP_BETA, 1, Y, 2, 2, score, out);
  assert_close(out[0], 1 / (1 + k), 0, 1e-15);
  assert_close(out[1], 2 * k / (1 + k), 0, 1e-15);
  iclgd_attention_step_take(ICLGD_STEP_OTHERS, 1, Y, 2, 2, score, out);
  assert_close(out[0], 0, 1e-16, 0);
  assert_close(out[3], 0, 1e-16, 0);
  assert_close(out[2], k / (1 + k), 0, 1e-15);
  iclgd_attention_step_take(ICLGD_STEP_SOFTMAX, 0.5, Y, 2, 2, score, out);
  assert_close(out[0], 0.5 + 0.5 * exp(1) / (exp(1) + 1), 0, 1e-15);
  iclgd_linear_step_take(1, Y, W, B, 2, 2, out); /* -Y W + B */
  assert_close(out[0], -2, 0, 1e-15);
  assert_close(out[3], -5, 0, 1e-15);
}

/* Tokens of one length: beta cancels, and softmax is softmax with beta. */
static void equal_lengths(void **state) {
  (void)state;
  enum { N = 7 };
  double Y[2 * N], score[N], beta[2 * N], plain[2 * N];
  for (size_t i = 0; i < N; ++i) {
    Y[2 * i] = 3 * cos((double)(i * i));
    Y[2 * i + 1] = 3 * sin((double)(i * i));
  }
  iclgd_attention_step_take(ICLGD_STEP_BETA, 1, Y, N, 2, score, beta);
  iclgd_attention_step_take(ICLGD_STEP_SOFTMAX, 1, Y, N, 2, score, plain);
  for (size_t i = 0; i < 2 * N; ++i)
    assert_close(plain[i], beta[i], 1e-14, 1e-14);
}

/* Softmax with beta is proved for E_int alone: three numbers for which it
 * raises E_1, and the step without the own token does not. */
static void beta_may_raise_one(void **state) {
  (void)state;
  const double Y[] = {5.73, 8.06, 8.40};
  double score[3], next[3];
  iclgd_attention_step_take(ICLGD_STEP_BETA, 1, Y, 3, 1, score, next);
  assert_close(iclgd_energy_one(next, 3, 1) - iclgd_energy_one(Y, 3, 1), 0.1021,
               5e-5, 0);
  assert_true(iclgd_energy_interaction(next, 3, 1) <
              iclgd_energy_interaction(Y, 3, 1));
  iclgd_attention_step_take(ICLGD_STEP_OTHERS, 1, Y, 3, 1, score, next);
  assert_true(iclgd_energy_one(next, 3, 1) < iclgd_energy_one(Y, 3, 1));
}

enum { N = 9, D = 3, LAYERS = 10, RUNS = 200 };

/* How many of the runs rise in one energy (both of E_1 + E_2 for 3). */
static size_t rising(const iclgd_energy_walk *walk, double scale,
                     size_t which) {
  double Y[N * D], B[N * D], W[D * D], work[N * D + N + 2 * D * D + D];
  double energy[(LAYERS + 1) * ICLGD_ENERGIES];
  size_t count = 0;
  for (uint64_t i = 0; i < RUNS; ++i) {
    bool rises = false;
    iclgd_energy_draw(walk, 5, i, scale, Y, B, W, work);
    iclgd_energy_walk_run(walk, W, B, Y, work, energy);
    for (size_t l = 1; l <= LAYERS; ++l) {
      const double *e = energy + l * ICLGD_ENERGIES, *before = e - 3;
      const double now = which == 3 ? e[1] + e[2] : e[which];
      const double was = which == 3 ? before[1] + before[2] : before[which];
      rises |= now > was + 1e-12 * (fabs(was) + fabs(energy[which % 3]));
    }
    count += rises;
  }
  return count;
}

static void what_is_proved_never_rises(void **state) {
  (void)state;
  static const double scales[] = {0.1, 0.5, 1, 2, 4};
  for (size_t s = 0; s < 5; ++s)
    for (int projects = 0; projects <= 1; ++projects) {
      iclgd_energy_walk walk = {.n = N, .d = D, .layers = LAYERS, .a1 = 1};
      walk.step = ICLGD_STEP_BETA;
      assert_int_equal(rising(&walk, scales[s], 0), 0);
      walk.a1 = 0.3;
      walk.step = ICLGD_STEP_OTHERS;
      assert_int_equal(rising(&walk, scales[s], 1), 0);
      walk.a1 = 0;
      walk.a2 = 1;
      walk.projects = projects;
      assert_int_equal(rising(&walk, scales[s], 2), 0);
    }
}

/* Softmax as it is used has no such energy, and beyond the range of a2 the
 * linear step has none, either. */
static void what_is_not_does(void **state) {
  (void)state;
  iclgd_energy_walk walk = {.n = N, .d = D, .layers = LAYERS, .a1 = 1};
  walk.step = ICLGD_STEP_SOFTMAX;
  assert_true(rising(&walk, 1, 1) > RUNS / 10);
  walk.a1 = 0;
  walk.a2 = 2.2; /* 2 / (1 + lambda) <= 2 */
  assert_true(rising(&walk, 1, 2) > RUNS / 2);
}

/* A draw is a function of seed and index; W is symmetric, 0 <= W <= 0.95. */
static void draws(void **state) {
  (void)state;
  iclgd_energy_walk walk = {.n = N, .d = D, .projects = true};
  double Y[2][N * D], B[N * D], W[2][D * D], work[2 * D * D + D + N * D];
  for (size_t k = 0; k < 2; ++k)
    iclgd_energy_draw(&walk, 3, 8, 2, Y[k], B, W[k], work);
  assert_memory_equal(Y[0], Y[1], sizeof Y[0]);
  assert_memory_equal(W[0], W[1], sizeof W[0]);
  for (size_t i = 0; i < N * D; ++i) assert_true(Y[0][i] >= 0);
  for (size_t i = 0; i < D * D; ++i)
    assert_close(W[0][i], W[0][i % D * D + i / D], 1e-15, 0);
  for (size_t k = 0; k < RUNS; ++k) {
    const double v[] = {cos((double)k), sin((double)k), cos(3.0 * (double)k)};
    double form = 0, square = 0;
    for (size_t i = 0; i < D; ++i) {
      square += v[i] * v[i];
      for (size_t j = 0; j < D; ++j) form += v[i] * W[0][i * D + j] * v[j];
    }
    assert_true(form >= -1e-14 && form <= 0.95 * square + 1e-14);
  }
}

/* nearest - log n <= energy <= nearest, its gradient beside differences. */
static void memory(void **state) {
  (void)state;
  const double stored[] = {0, 0, 3, 1, -1, 2, 0.5, 0.5};
  double x[] = {0.7, 1.1}, nearest, other, slope[2];
  const double energy = iclgd_energy_memory(x, stored, 4, 2, &nearest);
  assert_close(nearest, sqrt(0.04 + 0.36), 0, 1e-15);
  assert_true(energy <= nearest && energy >= nearest - log(4));
  assert_close(iclgd_energy_memory(x, stored, 1, 2, &other), sqrt(0.49 + 1.21),
               0, 1e-15);
  iclgd_energy_memory_slope(x, stored, 4, 2, slope);
  for (size_t c = 0; c < 2; ++c) {
    const double h = 1e-5, at = x[c];
    x[c] = at + h;
    double difference = iclgd_energy_memory(x, stored, 4, 2, &other);
    x[c] = at - h;
    difference -= iclgd_energy_memory(x, stored, 4, 2, &other);
    x[c] = at;
    assert_close(slope[c], difference / (2 * h), 1e-9, 0);
  }
  iclgd_energy_memory_slope(stored, stored, 1, 2, slope);
  assert_true(slope[0] == 0 && slope[1] == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_tokens),
      cmocka_unit_test(equal_lengths),
      cmocka_unit_test(beta_may_raise_one),
      cmocka_unit_test(what_is_proved_never_rises),
      cmocka_unit_test(what_is_not_does),
      cmocka_unit_test(draws),
      cmocka_unit_test(memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
