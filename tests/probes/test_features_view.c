/* What the summary says of the probe `features`, on tokens that are known. */
#include "support/says.h"

/* Weights near 0 write nothing: with shortcuts tokens stay what they are,
 * without them all are the mean. */
static void nothing_is_written(void **state) {
  (void)state;
  json_t *m = run_and_show(
      "features",
      "prompt.d=3 prompt.n=8 model.architecture=transformer model.layers=2 "
      "model.bias=false model.init_scale=1e-4 train.steps=0 probe.prompts=60");
  const double first = item(m, "diversity", 0);
  assert_close(item(m, "diversity", 2), first, 0, 1e-6);
  assert_says("Tokens are off their mean by ", first, 0.006);
  assert_says(" of their length, ", first, 0.006);
  assert_close(said(" at first; "), 0, 1e-3, 0);
  assert_words(" without shortcuts.", true);
  assert_words("on 60 prompts", true);
  assert_words("of width 4.", true);
  assert_says(" 0 ", first, 0.0006);
  json_decref(m);
}

/* Gradient descent brings labels down to residuals and leaves inputs: the claim
 * has the ends of the table; nothing is said of shortcuts, which it cannot be
 * without. */
static void gradient_descent(void **state) {
  (void)state;
  json_t *m =
      run_and_show("features",
                   "prompt.d=3 prompt.n=40 prompt.w_scale=10 model.init=gd:0.5 "
                   "model.loops=8 train.steps=0 probe.prompts=60");
  assert_true(item(m, "spread", 8) < 0.5 * item(m, "spread", 0));
  assert_says("Tokens are off their mean by ", item(m, "diversity", 8), 0.006);
  assert_says(" of their length, ", item(m, "diversity", 0), 0.006);
  assert_words("shortcuts", false);
  assert_words("bare", false);
  json_decref(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_written),
      cmocka_unit_test(gradient_descent),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
