/* Attention by position alone as a linear memory: the loss written out, cases
 * whose optimum is known, and that no neighbour of an optimum is better. */
#include <iclgd/oracle.h>
#include <math.h>

#include "support/close.h"

enum { T = 100, H_MAX = 16 };

static void power(double *rho) {
  for (size_t s = 0; s < T; ++s) rho[s] = 1 / sqrt(1 + (double)s);
}

static void decay(double *rho) {
  for (size_t s = 0; s < T; ++s) rho[s] = exp(-0.05 * (double)s);
}

/* Two heads of three lags by hand: log positions weigh them 1, 2^-p, 3^-p. */
static void the_loss_is_its_formula(void **state) {
  (void)state;
  const double rho[] = {1, -2, 0.5}, p[] = {1, -1}, c[] = {2, 3};
  const double a = 1 + 1. / 2 + 1. / 3, b = 1 + 2 + 3;
  double expected = 0, loss;
  iclgd_error err;
  for (size_t s = 0; s < 3; ++s) {
    const double k = 1 + (double)s;
    expected += pow(2 / k / a + 3 * k / b - rho[s], 2);
  }
  const iclgd_memory_setting setting = {3, 2, ICLGD_DECAY_LOG, rho};
  assert_ok(iclgd_oracle_memory_loss(setting, p, c, &loss, &err), err);
  assert_close(loss, expected, 0, 1e-14);
}

static double best(iclgd_decay kind, size_t H, const double *rho, double *p,
                   double *c) {
  double loss;
  iclgd_error err;
  for (size_t h = 0; h < H; ++h)
    p[h] = exp(-log(T) * ((double)h + 0.5) / (double)H);
  const iclgd_memory_setting setting = {T, H, kind, rho};
  assert_ok(iclgd_oracle_memory(setting, p, c, &loss, &err), err);
  return loss;
}

/* The kernel is one head: log positions for a power, linear for an exponential.
 */
static void what_one_head_is(void **state) {
  (void)state;
  double rho[T], p[1], c[1];
  power(rho);
  assert_close(best(ICLGD_DECAY_LOG, 1, rho, p, c), 0, 1e-12, 0);
  assert_close(p[0], 0.5, 1e-6, 0);
  decay(rho);
  assert_close(best(ICLGD_DECAY_LINEAR, 1, rho, p, c), 0, 1e-12, 0);
  assert_close(p[0], 0.05, 1e-6, 0);
}

/* Numbers of another program, trained by gradient descent (0.55 and 2.8e-3; 1.4
 * for exp(-0.05 (1 + s))): met, or undercut where a search sees more. */
static void numbers_found_elsewhere(void **state) {
  (void)state;
  double rho[T], p[H_MAX], c[H_MAX];
  power(rho);
  assert_close(best(ICLGD_DECAY_LINEAR, 1, rho, p, c), 0.55, 0.005, 0);
  assert_true(best(ICLGD_DECAY_LINEAR, 4, rho, p, c) < 2.9e-3);
  assert_true(best(ICLGD_DECAY_LINEAR, 4, rho, p, c) > 1e-5);
  decay(rho);
  assert_close(best(ICLGD_DECAY_LOG, 1, rho, p, c), 1.4 * exp(0.1), 0.06, 0);
}

static void no_neighbour_is_better(void **state) {
  (void)state;
  const size_t heads[] = {1, 3};
  double rho[T], p[H_MAX], c[H_MAX], near, other[H_MAX];
  iclgd_error err;
  power(rho);
  for (size_t i = 0; i < 2; ++i) {
    const size_t H = heads[i];
    const double loss = best(ICLGD_DECAY_LINEAR, H, rho, p, c);
    const iclgd_memory_setting setting = {T, H, ICLGD_DECAY_LINEAR, rho};
    for (size_t h = 0; h < H; ++h)
      for (int sign = -1; sign <= 1; sign += 2) {
        double q[H_MAX];
        for (size_t k = 0; k < H; ++k) q[k] = p[k];
        q[h] *= 1 + 0.02 * sign;
        assert_ok(iclgd_oracle_memory_readout(setting, q, other, &near, &err),
                  err);
        assert_true(near > loss);
        for (size_t k = 0; k < H; ++k) other[k] = c[k];
        other[h] += 1e-3 * sign;
        assert_ok(iclgd_oracle_memory_loss(setting, p, other, &near, &err),
                  err);
        assert_true(near > loss);
      }
  }
}

static void what_has_no_answer_is_refused(void **state) {
  (void)state;
  const double rho[] = {1, 2}, bad[] = {1, NAN};
  double p[3] = {1, 1, 1}, c[3], loss;
  iclgd_error err;
  assert_int_equal(
      iclgd_oracle_memory((iclgd_memory_setting){2, 0, ICLGD_DECAY_LOG, rho}, p,
                          c, &loss, &err),
      ICLGD_ERANGE);
  assert_int_equal(
      iclgd_oracle_memory((iclgd_memory_setting){2, 1, ICLGD_DECAY_LOG, bad}, p,
                          c, &loss, &err),
      ICLGD_EUSAGE);
  p[0] = 0;
  assert_int_equal(
      iclgd_oracle_memory((iclgd_memory_setting){2, 1, ICLGD_DECAY_LOG, rho}, p,
                          c, &loss, &err),
      ICLGD_EUSAGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_loss_is_its_formula),
      cmocka_unit_test(what_one_head_is),
      cmocka_unit_test(numbers_found_elsewhere),
      cmocka_unit_test(no_neighbour_is_better),
      cmocka_unit_test(what_has_no_answer_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
