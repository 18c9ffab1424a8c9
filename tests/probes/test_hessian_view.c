/* What the summary says of the probe `hessian` is what the file has. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../probes/views.h"
#include "support/shell.h"
#include "support/told.h"

static char out[1 << 18];

static const char few[] =
    "prompt.d=3 prompt.n=12 train.batch=64 probe.prompts=200 "
    "reference.tune_prompts=200 probe.list=hessian reference.list=gd --force "
    "-q";

static json_t *run(const char *more) {
  char line[1024];
  snprintf(line, sizeof line, "\"$I\" run %s %s -o a.h5", few, more);
  shell_succeed(line, out, sizeof out);
  shell_succeed("\"$I\" show a.h5 --json", out, sizeof out);
  json_t *summary = json_loads(out, 0, NULL);
  assert_non_null(summary);
  shell_succeed("\"$I\" show a.h5 hessian | tr -s '\\n ' ' '", out, sizeof out);
  return summary;
}

static double at(const json_t *summary, const char *part, const char *list,
                 size_t i) {
  const json_t *m = json_object_get(summary, "hessian");
  const json_t *values = json_object_get(json_object_get(m, part), list);
  return json_number_value(json_array_get(values, i));
}

/* The number after some words, within half a unit of its second digit. */
static void assert_says(const char *words, double expected) {
  const char *found = strstr(out, words);
  if (!found) fail_msg("'%s' is not said: %s", words, out);
  assert_close(strtod(found + strlen(words), NULL), expected, 0, 0.051);
}

/* One layer is quadratic: no functional part, nothing negative; and SGD far
 * below its edge. */
static void a_quadratic_loss(void **state) {
  (void)state;
  json_t *s =
      run("model.weights=gd train.optimizer=sgd train.schedule=constant "
          "train.beta1=0 train.lr=0.02 train.steps=60");
  const size_t rows = json_array_size(json_object_get(
      json_object_get(json_object_get(s, "hessian"), "training"), "step"));
  double share = 0;
  for (size_t k = 0; k < rows; ++k)
    share = fmax(share, at(s, "training", "sharpness", k) /
                            at(s, "training", "limit", k));
  assert_true(rows > 1 && share > 0);
  assert_close(at(s, "training", "limit", 0), 2 / 0.02, 0, 1e-12);
  assert_says("Sharpness ", at(s, "parts", "largest", 0));
  assert_says("condition ", at(s, "parts", "condition", 0));
  assert_says("at the snapshots sharpness is at most ", share);
  assert_non_null(strstr(out, "No direction has negative curvature."));
  assert_non_null(strstr(out, "0 of 9 flat"));
  /* of the functional part, which is 0, all is flat, and no condition left */
  assert_close(at(s, "parts", "flat", 2), 9, 0, 0);
  assert_non_null(strstr(out, " functional 0 0 0 0 0 9 - "));
  assert_non_null(strstr(out, "second derivatives: exact"));
  json_decref(s);
}

/* One number: no entry to compare it with, nothing beside it. */
static void one_parameter(void **state) {
  (void)state;
  json_t *s = run("model.weights=scalar model.init=gd:0.5 train.steps=0");
  const double value = at(s, "parts", "largest", 0);
  assert_close(at(s, "parts", "trace", 0), value, 0, 1e-12);
  assert_close(at(s, "parts", "norm", 0), value, 0, 1e-12);
  assert_says("Sharpness ", value);
  assert_non_null(strstr(out, "condition 1, 0 of 1 flat."));
  assert_non_null(strstr(out, "in the one parameter;"));
  assert_null(strstr(out, "max |H_ii|"));
  json_decref(s);
}

/* Loops bend it, and what is negative is said to be. */
static void negative_curvature(void **state) {
  (void)state;
  json_t *s =
      run("model.weights=full model.loops=2 train.optimizer=lbfgs "
          "train.steps=3 model.init_scale=0.4");
  const double negative = at(s, "parts", "negative", 0);
  assert_true(negative > 0);
  assert_says("Curvature is negative in ", negative);
  assert_says("down to ", at(s, "parts", "smallest", 0));
  assert_non_null(strstr(out, "unknown (L-BFGS has no learning rate)"));
  assert_non_null(strstr(out, "blocks 1:"));
  json_decref(s);
}

static void an_estimate_is_called_one(void **state) {
  (void)state;
  json_t *s =
      run("model.weights=full model.loops=2 hessian.exact=0 "
          "hessian.estimate=yes train.steps=60");
  assert_says("Sharpness ", at(s, "parts", "largest", 0));
  assert_says("trace ", at(s, "parts", "trace", 0));
  assert_non_null(strstr(out, "of 32 directions."));
  assert_non_null(strstr(out, "estimated from products with it"));
  assert_null(strstr(out, "condition of the others"));
  json_decref(s);
}

/* A matrix with one negative eigenvalue, that is value +- error on other
 * prompts; its snapshots have these sharpnesses and limits. */
#define PARTS(method, negative)                                       \
  "'method': '" method                                                \
  "', 'parameters': 4, 'prompts': 50, 'parts': {"                     \
  "'name': ['H'], 'trace': [3], 'trace_errors': [0.1], 'norm': [3], " \
  "'largest': [2], 'smallest': [-0.5], 'negative': [" negative        \
  "], 'flat': [1], 'condition': [4]}"
#define TRAINING(value, error, more)                                        \
  "'training': {'step': [0, 10], 'held_out': 30, 'optimizer': 'sgd', "      \
  "'sharpness_held_out': [1, 1], 'sharpness_held_out_errors': [0.1, 0.1], " \
  "'smallest_held_out': [9, " value                                         \
  "], 'smallest_held_out_errors': [9, " error "], " more "}"
#define LIMITS "'sharpness': [40, 20], 'limit': [100, 25]"

static void expect(const char *summary, const char *words) {
  expect_told(&iclgd_view_hessian, summary, words, true);
}

/* The sign of the lowest direction is that on prompts that did not choose it:
 * beyond two errors, or it is not known. */
static void signs_are_of_other_prompts(void **state) {
  (void)state;
#define OTHERS(value, error) \
  "{'hessian': {" PARTS("exact", "1") ", " TRAINING(value, error, LIMITS) "}}"
  expect(OTHERS("-0.5", "0.2"), "(the loss has no minimum here).");
  expect(OTHERS("-0.3", "0.2"), "(within two errors of 0).");
  expect(OTHERS("0.3", "0.2"), "(within two errors of 0).");
  expect(OTHERS("0.5", "0.2"), "(the sample chose the sign).");
  expect(OTHERS("-0.5", "null"),
         "(rare prompts carry it: its sign is unknown)");
  expect(OTHERS("-0.5", "0.2"),
         "Curvature is negative in 1 direction, down to -0.5; along the lowest "
         "it is -0.50 +- 0.2 on 30 other prompts");
  expect(OTHERS("-0.5", "0.2"),
         "Sharpness 2 (1 on others), condition 4, 1 of 4 flat.");
  expect("{'hessian': {" PARTS("estimated", "1.4") ", " TRAINING("-0.5", "0.2",
                                                                 LIMITS) "}}",
         "Curvature is negative in about 1.4 directions of those that Lanczos "
         "tells from 0, down to -0.5 or lower;");
}

/* The snapshot nearest to its own limit; that of Adam where there is one. */
static void the_nearest_edge(void **state) {
  (void)state;
#define EDGE(limits) \
  "{'hessian': {" PARTS("exact", "1") ", " TRAINING("1", "1", limits) "}}"
  expect(EDGE(LIMITS),
         "sharpness is at most 0.8 of (2 + 2 beta1) / lr, where a step of SGD "
         "stops being stable (step 10).");
  expect(EDGE("'sharpness': [40, 20], 'limit': [null, null], "
              "'preconditioned': [5, 2], 'limit_adam': [10, 10]"),
         "preconditioned sharpness is at most 0.5 of Adam's (2 + 2 beta1) / "
         "((1 - beta1) lr) (step 0);");
  expect(
      EDGE("'sharpness': [40, 20]"),
      "Edge of stability: unknown (the snapshots have no learning rate above "
      "0).");
}

/* Blocks by their root mean square entry, those that are flat apart. */
static void blocks_that_differ(void **state) {
  (void)state;
  static const char summary[] =
      "{'hessian': {" PARTS("exact", "0") ", " TRAINING(
          "1", "1",
          LIMITS) ", 'diagonal_ratio': 12.5, 'blocks': {'name': ['a', 'b', "
                  "'c'], 'size': [2, 4, 3], 'norm': [2, 8, 0], 'contrast': 2, "
                  "'cross_share': 0.25}}}";
  expect(summary, "4 flat, blocks 1:2.");
  expect(summary,
         "is largest within b and smallest within a, 2 times less; 25% of "
         "|H|^2 couples different blocks.");
  expect(summary, "Flat as a whole (the loss does not bend): c.");
  expect(summary, "max |H_ii| over median |H_ii|: 12.5.");
  expect(summary, "No direction has negative curvature.");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_quadratic_loss),
      cmocka_unit_test(one_parameter),
      cmocka_unit_test(negative_curvature),
      cmocka_unit_test(an_estimate_is_called_one),
      cmocka_unit_test(signs_are_of_other_prompts),
      cmocka_unit_test(the_nearest_edge),
      cmocka_unit_test(blocks_that_differ),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
