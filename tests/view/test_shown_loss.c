/* Which mean of a loss is shown: that over the law where it is known of both,
 * so that the numbers of a row agree with their ratio. */
#include "view/shown_loss.h"

#include <jansson.h>

#include "support/close.h"

#define SAMPLE "'loss': [0.3], 'risk': [0.28], 'risk_standard_error': [0.02]"
#define LAW "'expected': [0.31], 'expected_standard_error': [0]"

static iclgd_shown_loss shown(const char *path, const char *beside) {
  char text[2][256];
  const char *const from[] = {path, beside};
  json_t *both[2];
  for (int i = 0; i < 2; ++i) {
    snprintf(text[i], sizeof text[i], "%s", from[i]);
    for (char *c = text[i]; *c; ++c)
      if (*c == '\'') *c = '"';
    both[i] = json_loads(text[i], 0, NULL);
    assert_non_null(both[i]);
  }
  const iclgd_shown_loss loss = iclgd_loss_to_show(both[0], both[1], 0);
  json_decref(both[0]);
  json_decref(both[1]);
  return loss;
}

static void law_of_both(void **state) {
  (void)state;
  const iclgd_shown_loss loss =
      shown("{" SAMPLE ", " LAW "}", "{" SAMPLE ", " LAW "}");
  assert_close(loss.value, 0.31, 0, 0);
  assert_string_equal(loss.note, "exact");
}

static void sample_beside_a_sample(void **state) {
  (void)state;
  const iclgd_shown_loss loss = shown("{" SAMPLE ", " LAW "}", "{" SAMPLE "}");
  assert_close(loss.value, 0.28, 0, 0);
  assert_close(loss.error, 0.02, 0, 0);
  assert_null(loss.note);
}

static void rare_prompts_hide_a_sample(void **state) {
  (void)state;
  iclgd_shown_loss loss =
      shown("{" SAMPLE ", " LAW "}", "{" SAMPLE ", 'measurable': [0]}");
  assert_close(loss.value, 0.31, 0, 0);
  loss = shown("{" SAMPLE ", 'measurable': [0]}", "{" SAMPLE ", " LAW "}");
  assert_close(loss.value, 0.28, 0, 0);
  assert_string_equal(loss.note, "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(law_of_both),
      cmocka_unit_test(sample_beside_a_sample),
      cmocka_unit_test(rare_prompts_hide_a_sample),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
