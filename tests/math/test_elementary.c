/* Our elementary functions beside the library's. */
#include "math/elementary.h"

#include "support/close.h"

static void the_exponential_is_exact(void **state) {
  (void)state;
  for (double x = -700; x <= 700; x += 0.37)
    assert_close(iclgd_exp(x), exp(x), 0, 2e-15);
  for (double x = -1; x <= 1; x += 0.0013)
    assert_close(iclgd_exp(x), exp(x), 0, 1e-15);
  assert_true(iclgd_exp(0) == 1);
}

/* Beyond the range of a double's square it ends at the bounds. */
static void the_exponential_is_bounded(void **state) {
  (void)state;
  assert_close(iclgd_exp(INFINITY), exp(700), 0, 1e-14);
  assert_close(iclgd_exp(-INFINITY), exp(-700), 0, 1e-14);
  assert_true(isnan(iclgd_exp(NAN)));
}

static void the_sine_is_exact(void **state) {
  (void)state;
  for (double x = -100; x <= 100; x += 0.0317)
    assert_close(iclgd_sin(x), sin(x), 1e-15, 1e-15);
  for (double x = -1e4; x <= 1e4; x += 7.7)
    assert_close(iclgd_sin(x), sin(x), 1e-15, 1e-15);
  for (double x = -1e9; x <= 1e9; x += 1234567)
    assert_close(iclgd_sin(x), sin(x), 1e-20 * x * x, 1e-15);
}

static void the_angle_is_exact(void **state) {
  (void)state;
  for (double theta = 1e-9; theta < 3.14159; theta += 0.00123)
    for (double r = 1e-3; r < 1e4; r *= 100)
      assert_close(iclgd_angle(r * sin(theta), r * cos(theta)), theta, 0,
                   2e-15);
  assert_true(iclgd_angle(0, 2) == 0);
  assert_close(iclgd_angle(0, -2), acos(-1), 0, 1e-15);
  assert_close(iclgd_angle(3, 0), acos(0), 0, 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_exponential_is_exact),
      cmocka_unit_test(the_exponential_is_bounded),
      cmocka_unit_test(the_sine_is_exact),
      cmocka_unit_test(the_angle_is_exact),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
