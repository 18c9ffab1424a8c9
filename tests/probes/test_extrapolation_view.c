/* What the view of `extrapolation` says of ratios whose error is known, and of
 * those whose error is not. */
#include "../../probes/views.h"
#include "support/told.h"

/* Training's law and two shifts; the error of the second's ratio. */
#define SUMMARY(error)                                                       \
  "{'model': {'layers': 1, 'loops': 2}, 'extrapolation': {'shifts': {"       \
  "'names': ['none', 'n=2', 'x_scale=2'], 'zero': [5, 5, 5000], 'paths': {"  \
  "'model': {'mean': [1, 0.5, 2], 'median': [0.5, 0.25, 1]}, 'gd': {'mean':" \
  " [1, 1, 695.8], 'ratio': [1, 2, 347.909704], 'ratio_error': [0.1, "       \
  "0.1, " error "]}}}}}"

static void expect(const char *error, const char *words, bool wanted) {
  char summary[1024];
  snprintf(summary, sizeof summary, SUMMARY("%s"), error);
  expect_told(&iclgd_view_extrapolation, summary, words, wanted);
}

static void known_errors(void **state) {
  (void)state;
  expect("10", "it is below GD's under n x 2, x_scale x 2.", true);
  expect("10", "348 +- 10", true);
  expect("10", "A few prompts", false);
}

/* Neither digits that an error would vouch for, nor a comparison. */
static void unknown_errors(void **state) {
  (void)state;
  expect("null", "it is below GD's under n x 2.", true);
  expect("null", "347.9 unknown", true);
  expect("null",
         "A few prompts carry its mean and GD's under x_scale x 2: their "
         "ratio has no known error.",
         true);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(known_errors),
                                     cmocka_unit_test(unknown_errors)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
