/* "did you mean": edits, then length; a word that contains what was typed. */
#include <stdint.h>
#include <string.h>

#include "base/nearest.h"
#include "support/close.h"

static void expect(const char *wanted, const char *meant) {
  static const char *const words[] = {"loss", "median", "training", "alignment",
                                      "loops"};
  iclgd_nearest near = iclgd_nearest_to(wanted);
  for (size_t i = 0; i < 5; ++i) iclgd_nearest_try(&near, words[i]);
  assert_string_equal(near.word, meant);
}

static void test_edits(void **state) {
  (void)state;
  expect("lost", "loss");
  expect("los", "loss");
  expect("looops", "loops");
  expect("trainnig", "training");
  expect("meadian", "median");
}

/* Edits alone would take a short word for the part of a long one. */
static void test_parts(void **state) {
  (void)state;
  expect("align", "alignment");
  expect("rain", "training");
  expect("lo", "loss"); /* the shorter of two */
}

static void test_names(void **state) {
  (void)state;
  iclgd_nearest near = iclgd_nearest_to("lops");
  assert_true(near.distance == SIZE_MAX);
  assert_string_equal(near.word, "");
  iclgd_nearest_try(&near, "seed");
  iclgd_nearest_try_as(&near, "loops", "model.loops");
  assert_string_equal(near.word, "model.loops");
  assert_int_equal(near.distance, 1);
}

/* Longer than any word: no suggestion, no overflow. */
static void test_long(void **state) {
  (void)state;
  char word[1000];
  memset(word, 'x', sizeof word - 1);
  word[sizeof word - 1] = '\0';
  iclgd_nearest near = iclgd_nearest_to("loss");
  iclgd_nearest_try(&near, word);
  assert_string_equal(near.word, "");
  near = iclgd_nearest_to(word);
  iclgd_nearest_try(&near, "loss");
  assert_string_equal(near.word, "loss");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_edits), cmocka_unit_test(test_parts),
      cmocka_unit_test(test_names), cmocka_unit_test(test_long)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
