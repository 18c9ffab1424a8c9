/* Maps of names: what a line says, which names it fits. */
#include <string.h>
#include "import/map.h"

#include "support/close.h"

static iclgd_error err;

static void test_lines(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_name_map map;
  assert_ok(
      iclgd_name_map_parse("# names\n"
                           "set model.attention = exp exp exp exp exp exp "
                           "exp exp exp exp exp exp exp exp exp linear\n"
                           "strip net.\n\n"
                           "h.*.W = W_Q transpose rows 1/3 # queries\n"
                           "b = b_in rows 4:9\r\n"
                           "p = position first\n"
                           "mask = -\n"
                           "same",
                           "m.txt", &arena, &map, &err),
      err);
  assert_int_equal(map.n_rules, 4);
  assert_true(map.same);
  assert_int_equal(map.n_words, 1);
  assert_string_equal(map.words[0].key, "model.attention");
  assert_string_equal(map.words[0].value,
                      "exp exp exp exp exp exp exp exp exp exp exp exp exp exp "
                      "exp linear");
  assert_string_equal(map.rules[0].ours, "W_Q");
  assert_true(map.rules[0].transpose);
  assert_int_equal(map.rules[0].part, 1);
  assert_int_equal(map.rules[0].parts, 3);
  assert_false(map.rules[1].transpose);
  assert_int_equal(map.rules[1].from, 4);
  assert_int_equal(map.rules[1].to, 9);
  assert_true(map.rules[2].first);
  assert_string_equal(map.rules[3].ours, "-");
  iclgd_arena_free(&arena);
}

static void test_names(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_name_map map;
  size_t layer;
  assert_ok(iclgd_name_map_parse("strip a.\nstrip b.\nh.*.W = W_Q\nx = b_in\n",
                                 "m", &arena, &map, &err),
            err);
  assert_string_equal(iclgd_name_bare(&map, "b.a.b.h.0.W"), "h.0.W");
  assert_string_equal(iclgd_name_bare(&map, "c.a.x"), "c.a.x");
  assert_true(iclgd_name_fits(&map.rules[0], "h.12.W", &layer));
  assert_int_equal(layer, 12);
  static const char *const others[] = {
      "h..W",    "h.1.WW", "h.1.V", "h.01.W", "h.-1.W",
      "h.1.2.W", "h. 1.W", "g.1.W", "h.1",    "h.99999999999999999999.W"};
  for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
    if (iclgd_name_fits(&map.rules[0], others[i], &layer))
      fail_msg("%s fits", others[i]);
  assert_true(iclgd_name_fits(&map.rules[1], "x", &layer));
  assert_int_equal(layer, 0);
  assert_false(iclgd_name_fits(&map.rules[1], "xx", &layer));
  iclgd_arena_free(&arena);
}

static void test_faults(void **state) {
  (void)state;
  static const char *const texts[] = {"W\n",
                                      "W =\n",
                                      "W = W_Q rows\n",
                                      "W = W_Q rows 0/3\n",
                                      "W = W_Q rows 4/3\n",
                                      "W = W_Q rows 3:3\n",
                                      "W = W_Q rows -1:3\n",
                                      "W = W_Q rows 1/3 first\n",
                                      "*.* = W_Q\n",
                                      "set a b\n",
                                      "W = W_Q turned\n",
                                      "W = W_Q rows 1/3x\n",
                                      "set a = 1 2 3 4 5 6 7 8 9 10 11 12 13 "
                                      "14 15 16 17\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
    iclgd_arena arena = {0};
    iclgd_name_map map;
    if (iclgd_name_map_parse(texts[i], "m.txt", &arena, &map, &err) !=
        ICLGD_EINPUT)
      fail_msg("taken: %s", texts[i]);
    if (strncmp(err.text, "m.txt, line 1: expected", 23) != 0)
      fail_msg("%s", err.text);
    iclgd_arena_free(&arena);
  }
}

/* The dialects can be read, and both of GPT-2 know the same arrays. */
static void test_dialects(void **state) {
  (void)state;
  size_t rules = 0;
  for (size_t i = 0; i < iclgd_n_dialects; ++i) {
    iclgd_arena arena = {0};
    iclgd_name_map map;
    assert_ok(iclgd_name_map_parse(iclgd_dialects[i].text,
                                   iclgd_dialects[i].name, &arena, &map, &err),
              err);
    assert_true(map.same || map.n_rules > 20);
    if (!map.same && rules) assert_int_equal(map.n_rules, rules);
    if (!map.same) rules = map.n_rules;
    iclgd_arena_free(&arena);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lines), cmocka_unit_test(test_names),
      cmocka_unit_test(test_faults), cmocka_unit_test(test_dialects)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
