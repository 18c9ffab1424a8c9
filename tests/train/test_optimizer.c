/* Update rules and schedules against values worked out by hand. */
#include "train/optimizer.h"

#include "support/close.h"

/* Step t (from 1) of Adam on gradients g_1.. in closed form:
 *   m = (1 - b1) sum b1^(t-i) g_i / (1 - b1^t), v likewise with g^2. */
static double adam_move(const double *g, int t, double b1, double b2,
                        double epsilon) {
  double m = 0, v = 0;
  for (int i = 1; i <= t; ++i) {
    m += (1 - b1) * pow(b1, t - i) * g[i - 1];
    v += (1 - b2) * pow(b2, t - i) * g[i - 1] * g[i - 1];
  }
  return m / (1 - pow(b1, t)) / (sqrt(v / (1 - pow(b2, t))) + epsilon);
}

static void adam_by_its_closed_form(void **state) {
  (void)state;
  const double gradients[] = {0.5, -2, 3e-3, 7, 0};
  const iclgd_train_options o = {
      .optimizer = ICLGD_ADAM, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-8};
  double m = 0, v = 0, theta = 1, expected = 1;
  iclgd_optimizer_state s = {&m, &v, 1, 1};
  for (int t = 1; t <= 5; ++t) {
    iclgd_optimizer_step(&o, 0.1, &s, &gradients[t - 1], &theta, 1);
    expected -= 0.1 * adam_move(gradients, t, 0.9, 0.99, 1e-8);
    assert_close(theta, expected, 0, 1e-14);
  }
}

/* The first step has the size of the rate, whatever the gradient: by hand
 * theta = (1 - .1, 1 + .1, 1); m = (.05, -300, 0), v = (.0025, 90000, 0). */
static void adams_first_step(void **state) {
  (void)state;
  const double gradient[] = {0.5, -3000, 0};
  const iclgd_train_options o = {
      .optimizer = ICLGD_ADAM, .beta1 = 0.9, .beta2 = 0.99, .epsilon = 1e-12};
  double m[3] = {0}, v[3] = {0}, theta[] = {1, 1, 1};
  iclgd_optimizer_state s = {m, v, 1, 1};
  iclgd_optimizer_step(&o, 0.1, &s, gradient, theta, 3);
  const double moved[] = {0.9, 1.1, 1}, first[] = {0.05, -300, 0};
  const double second[] = {0.0025, 90000, 0};
  for (size_t i = 0; i < 3; ++i) {
    assert_close(theta[i], moved[i], 0, 1e-11);
    assert_close(m[i], first[i], 0, 1e-14);
    assert_close(v[i], second[i], 0, 1e-14);
  }
  assert_close(s.power1, 0.9, 0, 0);
  assert_close(s.power2, 0.99, 0, 0);
}

/* A gradient that has always been zero moves nothing, at the least epsilon that
 * the key takes; zero, which would divide zero by zero, it refuses. */
static void no_gradient_no_move(void **state) {
  (void)state;
  iclgd_settings *settings;
  iclgd_error err;
  assert_ok(iclgd_settings_create(&iclgd_train_keys, 1, &settings, &err), err);
  assert_int_equal(iclgd_settings_override(settings, "train.epsilon=0", &err),
                   ICLGD_EUSAGE);
  assert_ok(iclgd_settings_override(settings, "train.epsilon=1e-300", &err),
            err);
  const iclgd_train_options o = iclgd_train_options_from(settings);
  double m = 0, v = 0, theta = 3;
  const double gradient = 0;
  iclgd_optimizer_state s = {&m, &v, 1, 1};
  iclgd_optimizer_step(&o, 0.1, &s, &gradient, &theta, 1);
  assert_true(theta == 3);
  iclgd_settings_free(settings);
}

/* At theta = 2, gradient 1, decay 1/2 and rate 0.1: Adam adds the decay to the
 * gradient and moves by the rate; AdamW moves by the rate and by 0.1 / 2 * 2.
 */
static void decay_is_coupled_or_not(void **state) {
  (void)state;
  const double expected[] = {1.9, 1.8}, mean[] = {0.2, 0.1};
  const iclgd_optimizer kinds[] = {ICLGD_ADAM, ICLGD_ADAMW};
  for (size_t k = 0; k < 2; ++k) {
    const iclgd_train_options o = {.optimizer = kinds[k],
                                   .beta1 = 0.9,
                                   .beta2 = 0.99,
                                   .epsilon = 1e-12,
                                   .weight_decay = 0.5};
    double m = 0, v = 0, theta = 2;
    const double gradient = 1;
    iclgd_optimizer_state s = {&m, &v, 1, 1};
    iclgd_optimizer_step(&o, 0.1, &s, &gradient, &theta, 1);
    assert_close(theta, expected[k], 0, 1e-11);
    assert_close(m, mean[k], 0, 1e-14);
  }
}

/* Momentum 1/2, gradients 1, 1: moves 0.1 and 0.15; then with decay 1 at
 * theta = 0.75 and gradient 0 the move is 0.1 (0.75 + 0.75). */
static void sgd_with_momentum(void **state) {
  (void)state;
  iclgd_train_options o = {.optimizer = ICLGD_SGD, .beta1 = 0.5};
  double m = 0, v = 0, theta = 1, gradient = 1;
  iclgd_optimizer_state s = {&m, &v, 1, 1};
  iclgd_optimizer_step(&o, 0.1, &s, &gradient, &theta, 1);
  assert_close(theta, 0.9, 0, 1e-15);
  iclgd_optimizer_step(&o, 0.1, &s, &gradient, &theta, 1);
  assert_close(theta, 0.75, 0, 1e-15);
  o.weight_decay = 1;
  gradient = 0;
  iclgd_optimizer_step(&o, 0.1, &s, &gradient, &theta, 1);
  assert_close(theta, 0.6, 0, 1e-15);
}

static void clipping_keeps_the_direction(void **state) {
  (void)state;
  double g[] = {3, 4}, small[] = {3, 4}, free_of[] = {3, 4}, zero[] = {0, 0};
  assert_close(iclgd_clip_norm(g, 2, 1), 5, 0, 1e-15);
  assert_close(g[0], 0.6, 0, 1e-15);
  assert_close(g[1], 0.8, 0, 1e-15);
  assert_close(iclgd_clip_norm(small, 2, 5), 5, 0, 1e-15);
  assert_true(small[0] == 3 && small[1] == 4);
  assert_close(iclgd_clip_norm(free_of, 2, 0), 5, 0, 1e-15);
  assert_true(free_of[0] == 3 && free_of[1] == 4);
  assert_true(iclgd_clip_norm(zero, 2, 1) == 0 && zero[0] == 0);
}

static void schedules_by_their_formulas(void **state) {
  (void)state;
  const size_t lengths[] = {1, 7, 1000, 123457};
  for (size_t l = 0; l < 4; ++l) {
    const size_t steps = lengths[l];
    iclgd_train_options o = {.steps = steps, .lr = 0.3, .halve_every = 3};
    for (size_t s = 0; s <= steps; s += 1 + steps / 97) {
      const double t = (double)s / (double)steps;
      o.schedule = ICLGD_CONSTANT;
      assert_true(iclgd_learning_rate(&o, s) == 0.3);
      o.schedule = ICLGD_LINEAR;
      assert_close(iclgd_learning_rate(&o, s), 0.3 * (1 - t), 1e-16, 1e-15);
      o.schedule = ICLGD_COSINE;
      assert_close(iclgd_learning_rate(&o, s),
                   0.3 * (1 + cos(acos(-1) * t)) / 2, 0.3e-15, 0);
      o.schedule = ICLGD_HALVE;
      assert_close(iclgd_learning_rate(&o, s),
                   ldexp(0.3, s / 3 < 5000 ? -(int)(s / 3) : -5000), 0, 1e-15);
    }
  }
}

static void schedules_start_at_the_rate_and_end_at_zero(void **state) {
  (void)state;
  const iclgd_schedule falling[] = {ICLGD_LINEAR, ICLGD_COSINE};
  for (size_t k = 0; k < 2; ++k) {
    const iclgd_train_options o = {
        .steps = 500, .lr = 2, .schedule = falling[k]};
    assert_close(iclgd_learning_rate(&o, 0), 2, 1e-15, 0);
    assert_close(iclgd_learning_rate(&o, 250), 1, 1e-15, 0);
    assert_close(iclgd_learning_rate(&o, 500), 0, 1e-15, 0);
    for (size_t s = 0; s < 500; ++s)
      assert_true(iclgd_learning_rate(&o, s + 1) < iclgd_learning_rate(&o, s));
  }
}

static void warm_up_is_a_ramp(void **state) {
  (void)state;
  const iclgd_train_options o = {.steps = 100, .lr = 0.5, .warmup = 4};
  const double expected[] = {0.125, 0.25, 0.375, 0.5, 0.5, 0.5};
  for (size_t s = 0; s < 6; ++s)
    assert_close(iclgd_learning_rate(&o, s), expected[s], 0, 1e-15);
  iclgd_train_options falling = o;
  falling.schedule = ICLGD_LINEAR;
  assert_close(iclgd_learning_rate(&falling, 1), 0.25 * 0.99, 0, 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(adam_by_its_closed_form),
      cmocka_unit_test(adams_first_step),
      cmocka_unit_test(no_gradient_no_move),
      cmocka_unit_test(decay_is_coupled_or_not),
      cmocka_unit_test(sgd_with_momentum),
      cmocka_unit_test(clipping_keeps_the_direction),
      cmocka_unit_test(schedules_by_their_formulas),
      cmocka_unit_test(schedules_start_at_the_rate_and_end_at_zero),
      cmocka_unit_test(warm_up_is_a_ramp),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
