/* Declared paths with <placeholders>, dims, parents. */
#include "record/schema.h"
#include "sample.h"
#include "support/close.h"

static const iclgd_schema_set set = {&sample_schema, 1};

static const char *declared(const char *path) {
  const iclgd_dataset *row = iclgd_schema_dataset(set, path);
  return row ? row->path : "none";
}

static void test_placeholders_stand_for_one_name(void **state) {
  (void)state;
  assert_string_equal(declared("trajectories/gd/weight"),
                      "trajectories/<who>/weight");
  assert_string_equal(declared("trajectories/gd/extra/weight"), "none");
  assert_string_equal(declared("trajectories/weight"), "none");
  assert_string_equal(declared("trajectories/gd"), "none");
  assert_string_equal(declared("trajectories//weight"), "none");
  assert_string_equal(declared("trajectories/gd/weight/"), "none");
  assert_string_equal(declared("trajectories/gd/weights"), "none");
  assert_string_equal(declared(""), "none");
}

static void test_the_most_literal_path_wins(void **state) {
  (void)state;
  assert_string_equal(declared("trajectories_loss/model"),
                      "trajectories_loss/model");
  assert_string_equal(declared("trajectories_loss/ridge"),
                      "trajectories_loss/<who>");
  assert_string_equal(declared("alignment/gd/best_match/layer"),
                      "alignment/<who>/best_match/layer");
  assert_string_equal(iclgd_schema_group(set, "alignment/gd/best_match")->path,
                      "alignment/<who>/best_match");
  assert_string_equal(iclgd_schema_group(set, "alignment/gd/spd")->path,
                      "alignment/<who>/<metric>");
}

/* A placeholder with an ending: the longest ending that fits. */
static void test_endings(void **state) {
  (void)state;
  static const iclgd_dataset rows[] = {
      DATA_REAL("loss/<who>", "index", "loss", ""),
      DATA_REAL("loss/<who>_errors", "index", "errors", ""),
      DATA_REAL("loss/<who>_risk_errors", "index", "of risk", ""),
      DATA_INT("loss/index", "index", "index", ""),
  };
  static const iclgd_schema schema = {NULL, 0, rows, 4};
  const iclgd_schema_set endings = {&schema, 1};
  static const char *const expected[][2] = {{"loss/gd", "loss"},
                                            {"loss/gd_errors", "errors"},
                                            {"loss/gd_risk_errors", "of risk"},
                                            {"loss/_errors", "loss"},
                                            {"loss/gd_error", "loss"},
                                            {"loss/index", "index"}};
  for (size_t i = 0; i < 6; ++i)
    assert_string_equal(
        iclgd_schema_dataset(endings, expected[i][0])->long_name,
        expected[i][1]);
}

static void test_entry_and_title_need_no_declaration(void **state) {
  (void)state;
  assert_string_equal(iclgd_schema_group(set, "")->nx_class, "NXentry");
  assert_int_equal(iclgd_schema_dataset(set, "title")->type, ICLGD_TEXT);
  assert_null(iclgd_schema_group(set, "model"));
}

static void test_parents_and_dims(void **state) {
  (void)state;
  assert_true(iclgd_schema_is_parent(set, ""));
  assert_true(iclgd_schema_is_parent(set, "model"));
  assert_true(iclgd_schema_is_parent(set, "alignment/newton"));
  assert_false(iclgd_schema_is_parent(set, "model/A"));
  assert_false(iclgd_schema_is_parent(set, "models"));
  assert_true(iclgd_schema_is_dim(set, "model", "column"));
  assert_true(iclgd_schema_is_dim(set, "trajectories/gd", "prompt"));
  assert_false(iclgd_schema_is_dim(set, "trajectories", "prompt"));
  assert_false(iclgd_schema_is_dim(set, "model", "prompt"));
  assert_false(iclgd_schema_is_dim(set, "model", "row,column"));
}

static void test_words(void **state) {
  (void)state;
  iclgd_word words[2];
  assert_int_equal(iclgd_schema_words("", words, 2), 0);
  assert_int_equal(iclgd_schema_words("lin log", words, 2), 2);
  assert_string_equal(words[1], "log");
  assert_int_equal(iclgd_schema_words("a,b, c", words, 2), 3);
  assert_string_equal(words[0], "a");
  assert_string_equal(words[1], "b");
}

static void test_paths(void **state) {
  (void)state;
  char parent[16];
  assert_string_equal(iclgd_path_leaf("a/b/c"), "c");
  assert_string_equal(iclgd_path_leaf("c"), "c");
  iclgd_path_parent("a/b/c", parent, sizeof parent);
  assert_string_equal(parent, "a/b");
  iclgd_path_parent("c", parent, sizeof parent);
  assert_string_equal(parent, "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_placeholders_stand_for_one_name),
      cmocka_unit_test(test_the_most_literal_path_wins),
      cmocka_unit_test(test_endings),
      cmocka_unit_test(test_entry_and_title_need_no_declaration),
      cmocka_unit_test(test_parents_and_dims),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_paths),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
