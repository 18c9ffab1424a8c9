/* What the summary says of the probe `by_context` is what the file has. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/shell.h"

/* The last element of a list of a path. */
static double last(const json_t *path, const char *list) {
  const json_t *values = json_object_get(path, list);
  return json_number_value(json_array_get(values, json_array_size(values) - 1));
}

static const json_t *named(const json_t *m, const char *name) {
  size_t i;
  json_t *path;
  json_array_foreach(json_object_get(m, "algorithms"), i, path)
    if (strcmp(json_string_value(json_object_get(path, "name")), name) == 0)
      return path;
  fail_msg("no %s", name);
  return NULL;
}

/* The number after a word, within half a unit of the second digit. */
static void assert_says(const char *text, const char *word, double expected) {
  const char *at = strstr(text, word);
  assert_non_null(at);
  assert_close(strtod(at + strlen(word), NULL), expected, 0, 0.05);
}

/* A model that has not learned anything and predicts nothing: its means can be
 * measured. */
static void test_sentence_and_table(void **state) {
  (void)state;
  static char out[1 << 18];
  shell_succeed(
      "\"$I\" run prompt.d=3 prompt.n=6 prompt.noise=0.5 model.loops=2 "
      "model.init=gd:1e-4 train.steps=1 train.lr=1e-9 probe.prompts=400 "
      "reference.eta=1e-4 reference.tune_prompts=60 probe.list=by_context "
      "reference.list=gd,ridge by_context.prompts=400 --force -q -o a.h5",
      out, sizeof out);
  shell_succeed("\"$I\" show a.h5 --json", out, sizeof out);
  json_t *summary = json_loads(out, 0, NULL);
  assert_non_null(summary);
  const json_t *m = json_object_get(summary, "by_context");
  const json_t *model = json_object_get(m, "model");
  assert_int_equal(json_integer_value(json_object_get(m, "prompts")), 400);
  assert_int_equal(last(m, "context"), 6);
  assert_int_equal(last(model, "measurable"), 1);
  assert_close(last(model, "per_d"), last(model, "error") / 3, 0, 1e-12);
  shell_succeed("\"$I\" show a.h5 by_context", out, sizeof out);
  assert_says(out, "k = n = 6: model ", last(model, "per_d"));
  assert_says(out, " GD ", last(named(m, "gd"), "per_d"));
  assert_says(out, "ridge", last(named(m, "ridge"), "per_d"));
  const json_t *risk =
      json_object_get(json_object_get(summary, "trajectory"), "risk");
  assert_close(last(model, "error"), json_number_value(json_array_get(risk, 2)),
               1e-12, 0);
  const char *row = strstr(out, "\n       6 ");
  assert_non_null(row);
  assert_close(strtod(row + 9, NULL), last(model, "per_d"), 0, 0.005);
  json_decref(summary);
}

/* A step that is too long for few points: the mean is carried by few prompts,
 * and not called an estimate, but where the table of losses knows it. */
static void test_unknown(void **state) {
  (void)state;
  static char out[1 << 18];
  static const char *const laws[] = {"laplace", "normal"};
  for (size_t i = 0; i < 2; ++i) {
    char line[512];
    snprintf(line, sizeof line,
             "\"$I\" run prompt.x=%s prompt.d=3 prompt.n=4 model.loops=6 "
             "model.init=gd:1 train.steps=1 train.lr=1e-9 probe.prompts=400 "
             "reference.eta=1 reference.tune_prompts=60 probe.list=by_context "
             "reference.list=gd --force -q -o b.h5",
             laws[i]);
    shell(line, out, sizeof out);
    shell_succeed("\"$I\" show b.h5 by_context", out, sizeof out);
    const char *claim = strstr(out, "k = n = 4: model ");
    assert_non_null(claim);
    if (i == 0)
      assert_non_null(strstr(claim, " +- unknown, GD "));
    else
      assert_non_null(strstr(claim, ", GD 2.05e+06 exact."));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_sentence_and_table),
                                     cmocka_unit_test(test_unknown)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
