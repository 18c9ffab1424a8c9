/* What the summary says of the probe `filter`, on a model that is gradient
 * descent and on one that is not trained to be anything. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/shell.h"

/* Words with one blank between them. */
static void unwrap(char *text) {
  char *to = text;
  for (const char *from = text; *from; ++from)
    if ((*from != ' ' && *from != '\n') || (to > text && to[-1] != ' '))
      *to++ = *from == '\n' ? ' ' : *from;
  *to = '\0';
}

/* The member `filter` of the summary of a run with these settings; its text is
 * left in `out`. */
static json_t *filter_of(const char *settings, char *out, size_t size) {
  char arguments[512];
  snprintf(arguments, sizeof arguments,
           "\"$I\" run prompt.d=4 prompt.n=12 model.weights=gd model.loops=3 "
           "train.steps=1 train.lr=1e-9 probe.prompts=60 "
           "reference.tune_prompts=60 reference.eta=0.7 %s --force -q -o a.h5",
           settings);
  shell_succeed(arguments, out, size);
  shell_succeed("\"$I\" show a.h5 --json", out, size);
  json_t *summary = json_loads(out, 0, NULL);
  assert_non_null(summary);
  json_t *filter = json_incref(json_object_get(summary, "filter"));
  assert_non_null(filter);
  json_decref(summary);
  shell_succeed("\"$I\" show a.h5 filter", out, size);
  unwrap(out);
  return filter;
}

static void test_gradient_descent(void **state) {
  (void)state;
  static char out[1 << 20];
  json_t *filter = filter_of("model.init=gd:0.7", out, sizeof out);
  assert_string_equal(json_string_value(json_object_get(filter, "closest")),
                      "gd");
  assert_int_equal(json_integer_value(json_object_get(filter, "prompts")), 60);
  const json_t *gd = json_array_get(json_object_get(filter, "paths"), 0);
  assert_string_equal(json_string_value(json_object_get(gd, "name")), "gd");
  assert_int_equal(json_integer_value(json_object_get(gd, "parameters")), 0);
  assert_close(json_number_value(json_object_get(gd, "overall")), 0, 1e-6, 0);
  /* It stood there before training. */
  assert_close(json_number_value(json_object_get(gd, "untrained")), 0, 1e-6, 0);
  const json_t *layers = json_object_get(filter, "layers");
  assert_int_equal(json_array_size(layers), 3);
  assert_int_equal(
      json_integer_value(json_object_get(json_array_get(layers, 2), "step")),
      3);
  assert_non_null(strstr(out, "spectral filter, 1 - lambda"));
  assert_non_null(strstr(out, "model is gradient descent with step size 0.7"));
  json_decref(filter);
}

static void test_nothing(void **state) {
  (void)state;
  static char out[1 << 20];
  json_t *filter = filter_of("model.init=normal", out, sizeof out);
  const json_t *gd = json_array_get(json_object_get(filter, "paths"), 0);
  const double overall = json_number_value(json_object_get(gd, "overall"));
  assert_true(overall > 0.3);
  assert_close(json_number_value(json_object_get(gd, "untrained")), overall,
               1e-6, 0);
  json_decref(filter);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_gradient_descent),
                                     cmocka_unit_test(test_nothing)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
