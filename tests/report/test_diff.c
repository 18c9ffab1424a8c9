/* iclgd diff: nothing where there is nothing, and what was changed on purpose.
 */
#include <hdf5.h>
#include <iclgd/record.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/shell.h"

static char out[1 << 18];

static int run(const char *command) {
  return shell(command, out, sizeof out);
}

static void expect(const char *command, int code, const char *words) {
  const int found = run(command);
  if (found != code || !strstr(out, words))
    fail_msg("%s: %d: %s", command, found, out);
}

#define TINY                                              \
  "prompt.d=3 prompt.n=8 model.weights=gd model.loops=2 " \
  "train.batch=16 probe.prompts=40 reference.tune_prompts=40 -q "
#define ALIGNED \
  TINY "reference.list=gd,gdpp,least_squares probe.list=alignment "
#define FORTY TINY "train.steps=40 "
#define SMALL ALIGNED "train.steps=40 train.threads=1"
#define LONGER ALIGNED "train.steps=80 train.threads=1"

static int make_files(void **state) {
  if (make_folder(state) != 0) return -1;
  return run("\"$I\" run " SMALL " -o a.h5 && \"$I\" run " ALIGNED
             "train.steps=40 train.threads=2 -o same.h5 && \"$I\" run " SMALL
             " seed=2 -o b.h5 && \"$I\" run " LONGER
             " -o longer.h5 && \"$I\" run " LONGER
             " probe.store=sample:20 -o sample.h5 && \"$I\" run " TINY
             "train.steps=40 reference.list=gd probe.list=alignment,structure "
             "-o other.h5");
}

static json_t *diff(const char *command, int code) {
  assert_int_equal(run(command), code);
  json_t *object = json_loads(out, 0, NULL);
  if (!object) fail_msg("%s: %s", command, out);
  return object;
}

static size_t size_of(const json_t *object, const char *key) {
  const json_t *list = json_object_get(object, key);
  assert_true(json_is_array(list));
  return json_array_size(list);
}

/* Another number of threads is no difference. */
static void test_equal(void **state) {
  (void)state;
  static const char *const lists[] = {"settings",  "hyperparameters",
                                      "losses",    "weights",
                                      "alignment", "best_steps"};
  assert_int_equal(run("\"$I\" diff a.h5 same.h5"), 0);
  assert_string_equal(out, "");
  json_t *object = diff("\"$I\" diff a.h5 same.h5 --json", 0);
  assert_true(json_is_true(json_object_get(object, "equal")));
  assert_true(json_is_true(json_object_get(object, "same_prompts")));
  for (size_t i = 0; i < sizeof lists / sizeof *lists; ++i)
    assert_int_equal(size_of(object, lists[i]), 0);
  assert_int_equal(size_of(object, "code"), 1);
  /* 5 metrics and sensitivity_difference; two layers with gd and gdpp, one
   * with least squares, whose only step is 1. */
  assert_int_equal(
      json_integer_value(json_object_get(object, "alignment_compared")),
      6 * (2 + 2 + 1));
  json_decref(object);
}

/* A whole array of a file; to be freed with the arena. */
static double *array(const char *name, const char *path, size_t rank,
                     size_t *extents, iclgd_arena *arena) {
  char file[128];
  double *values;
  iclgd_source *source;
  iclgd_error err;
  snprintf(file, sizeof file, "%s/%s", folder, name);
  assert_int_equal(iclgd_source_open(file, &source, &err), ICLGD_OK);
  for (size_t i = 0; i < rank; ++i) extents[i] = 0;
  assert_int_equal(
      iclgd_source_reals(source, path, rank, extents, arena, &values, &err),
      ICLGD_OK);
  iclgd_source_close(source);
  return values;
}

static double number(const json_t *row, const char *key) {
  const json_t *value = json_object_get(row, key);
  assert_true(json_is_number(value));
  return json_number_value(value);
}

static void test_two_seeds(void **state) {
  (void)state;
  size_t n[3];
  iclgd_arena arena = {0};
  const double *a = array("a.h5", "trajectories_loss/model_risk", 1, n, &arena);
  const double *b = array("b.h5", "trajectories_loss/model_risk", 1, n, &arena);
  const double *ea =
      array("a.h5", "trajectories_loss/model_risk_errors", 1, n, &arena);
  const double *eb =
      array("b.h5", "trajectories_loss/model_risk_errors", 1, n, &arena);
  const double *A = array("a.h5", "model/A", 3, n, &arena);
  const double *B = array("b.h5", "model/A", 3, n, &arena);
  json_t *object = diff("\"$I\" diff a.h5 b.h5 --json", 1);
  assert_true(json_is_false(json_object_get(object, "equal")));
  assert_true(json_is_false(json_object_get(object, "same_prompts")));
  assert_int_equal(size_of(object, "settings"), 1);
  const json_t *seed = json_array_get(json_object_get(object, "settings"), 0);
  assert_string_equal(json_string_value(json_object_get(seed, "key")), "seed");
  assert_true(number(seed, "a") == 1 && number(seed, "b") == 2);
  const double *law_a =
      array("a.h5", "trajectories_loss/model_expected", 1, n, &arena);
  const double *law_b =
      array("b.h5", "trajectories_loss/model_expected", 1, n, &arena);
  const double *law_ea =
      array("a.h5", "trajectories_loss/model_expected_errors", 1, n, &arena);
  const double *law_eb =
      array("b.h5", "trajectories_loss/model_expected_errors", 1, n, &arena);
  assert_true(law_a[0] == law_b[0]); /* exact: no difference to tell */
  for (size_t l = 1; l < 3; ++l) {
    const json_t *row =
        json_array_get(json_object_get(object, "losses"), l - 1);
    const bool law = isfinite(law_a[l]) && isfinite(law_b[l]);
    const double x = law ? law_a[l] : a[l], y = law ? law_b[l] : b[l];
    const double error =
        law ? hypot(law_ea[l], law_eb[l]) : hypot(ea[l], eb[l]);
    assert_true(number(row, "layer") == (double)l);
    assert_true(number(row, "a") == x && number(row, "b") == y);
    assert_int_equal(json_is_true(json_object_get(row, "law")), law);
    assert_close(number(row, "standard_error"), error, 1e-15, 0);
    assert_true(json_is_false(json_object_get(row, "paired")));
    assert_int_equal(json_is_true(json_object_get(row, "beyond")),
                     fabs(x - y) > 2 * error);
  }
  double apart = 0, length = 0;
  for (size_t i = 0; i < 9; ++i) {
    apart += pow(A[i] - B[i], 2);
    length += pow(A[i], 2);
  }
  const json_t *weights = json_object_get(object, "weights");
  assert_close(number(json_array_get(weights, 0), "distance"),
               sqrt(apart / length), 1e-14, 0);
  json_decref(object);
  iclgd_arena_free(&arena);
}

static void test_text(void **state) {
  (void)state;
  expect("\"$I\" diff a.h5 b.h5", 1, "\n  model, layer 2 ");
  assert_non_null(strstr(out, "\nSettings\n  seed "));
  assert_null(strstr(out, "\n  gd, step 2 ")); /* exact, and the same */
  assert_non_null(strstr(out, "different prompts: losses that"));
  assert_non_null(strstr(out, "\n  gdpp gamma "));
  for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
    if (strlen(line) > 80) fail_msg("wide: %s", line);
}

/* On the same prompts: the error of the mean difference, where both files hold
 * every prompt. */
static void test_paired(void **state) {
  (void)state;
  size_t n[2];
  iclgd_arena arena = {0};
  const double *a = array("a.h5", "trajectories/model/risk", 2, n, &arena);
  const double *b = array("longer.h5", "trajectories/model/risk", 2, n, &arena);
  const size_t count = n[1];
  json_t *object = diff("\"$I\" diff a.h5 longer.h5 --json", 1);
  assert_true(json_is_true(json_object_get(object, "same_prompts")));
  assert_int_equal(size_of(object, "losses"), 2); /* layer 0 is the same */
  for (size_t l = 1; l < 3; ++l) {
    const json_t *row =
        json_array_get(json_object_get(object, "losses"), l - 1);
    double sum = 0, squares = 0;
    for (size_t p = 0; p < count; ++p) {
      const double off = b[l * count + p] - a[l * count + p];
      sum += off;
      squares += off * off;
    }
    const double mean = sum / (double)count;
    const double spread = squares / (double)count - mean * mean;
    assert_true(json_is_true(json_object_get(row, "paired")));
    assert_close(number(row, "difference"), mean, 1e-12, 0);
    assert_close(number(row, "standard_error"),
                 sqrt(spread / (double)(count - 1)), 1e-10, 0);
  }
  json_decref(object);
  object = diff("\"$I\" diff a.h5 sample.h5 --json", 1);
  assert_true(json_is_false(json_object_get(
      json_array_get(json_object_get(object, "losses"), 0), "paired")));
  json_decref(object);
  iclgd_arena_free(&arena);
}

/* Write one number into changed.h5. */
static void poke(const char *path, hsize_t i, double value) {
  char file[128];
  const hsize_t one = 1;
  snprintf(file, sizeof file, "%s/changed.h5", folder);
  const hid_t id = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t set = H5Dopen2(id, path, H5P_DEFAULT);
  const hid_t space = H5Dget_space(set);
  const hid_t memory = H5Screate_simple(1, &one, NULL);
  H5Sselect_elements(space, H5S_SELECT_SET, 1, &i);
  assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT,
                       &value) >= 0);
  H5Sclose(memory);
  H5Sclose(space);
  H5Dclose(set);
  assert_true(H5Fclose(id) >= 0);
}

/* The same in a fresh copy of a.h5. */
static void change(const char *path, hsize_t i, double value) {
  assert_int_equal(run("cp a.h5 changed.h5"), 0);
  poke(path, i, value);
}

#define RIDGE "probe.list=alignment reference.list=gd,ridge_fixed "

/* A one-shot algorithm stands at every step, in pairs, too. */
static void test_one_shot(void **state) {
  (void)state;
  assert_int_equal(
      run("\"$I\" run " FORTY RIDGE
          "reference.ridge_fixed=0.5 -o r.h5 && \"$I\" run " FORTY RIDGE
          "reference.ridge_fixed=5 -o s.h5"),
      0);
  json_t *object = diff("\"$I\" diff r.h5 s.h5 --json", 1);
  assert_int_equal(size_of(object, "losses"), 1);
  const json_t *row = json_array_get(json_object_get(object, "losses"), 0);
  assert_string_equal(json_string_value(json_object_get(row, "name")),
                      "ridge_fixed");
  assert_true(json_is_true(json_object_get(row, "paired")));
  assert_true(number(row, "standard_error") > 0);
  json_decref(object);
}

/* Contexts of another noise are other prompts, equal queries or not. */
static void test_other_contexts(void **state) {
  (void)state;
  assert_int_equal(run("\"$I\" run " SMALL " prompt.noise=0.5 -o noisy.h5"), 0);
  json_t *object = diff("\"$I\" diff a.h5 noisy.h5 --json", 1);
  assert_true(json_is_false(json_object_get(object, "same_prompts")));
  json_decref(object);
}

/* Of other prompts, and not known over the law: errors are combined. */
static void expect_change(double value, bool beyond) {
  change("/entry/trajectories_loss/gd_risk", 2, value);
  poke("/entry/trajectories_loss/gd_expected", 2, NAN);
  poke("/entry/prompts/y_query", 0, 0);
  json_t *object = diff("\"$I\" diff a.h5 changed.h5 --json", 1);
  assert_int_equal(size_of(object, "losses"), 1);
  assert_int_equal(size_of(object, "alignment"), 0);
  const json_t *row = json_array_get(json_object_get(object, "losses"), 0);
  assert_string_equal(json_string_value(json_object_get(row, "name")), "gd");
  assert_int_equal(json_is_true(json_object_get(row, "beyond")), beyond);
  if (isnan(value)) assert_true(json_is_null(json_object_get(row, "b")));
  json_decref(object);
}

/* Two combined standard errors of equal ones are sqrt(8) of one. */
static void test_standard_errors(void **state) {
  (void)state;
  size_t n[1];
  iclgd_arena arena = {0};
  const double loss =
      array("a.h5", "trajectories_loss/gd_risk", 1, n, &arena)[2];
  const double error =
      array("a.h5", "trajectories_loss/gd_risk_errors", 1, n, &arena)[2];
  expect_change(loss + 2.7 * error, false);
  expect_change(loss + 3 * error, true);
  expect_change(loss - 3 * error, true);
  expect_change(NAN, true);
  iclgd_arena_free(&arena);
}

static void test_best_step(void **state) {
  (void)state;
  change("/entry/alignment/gd/best_match/best_step", 1, 9);
  expect("\"$I\" diff a.h5 changed.h5", 1, " 1: ");
  assert_non_null(strstr(out, "Best steps that changed"));
  assert_non_null(strstr(out, "-> 9\n"));
  assert_null(strstr(out, "Losses"));
}

static void test_only_one(void **state) {
  (void)state;
  expect("\"$I\" diff a.h5 other.h5", 1,
         "\nOnly the first has these algorithms\n  gdpp, least_squares\n");
  assert_non_null(strstr(out, "\nOnly the second has these groups\n"));
  assert_null(strstr(out, "Both were measured")); /* no number differs */
}

static void test_other_files(void **state) {
  (void)state;
  expect(
      "\"$I\" train prompt.d=3 prompt.n=8 train.steps=5 train.batch=16 -q "
      "-o model.h5 && \"$I\" diff a.h5 model.h5",
      1, "Only the first has these groups");
  expect("\"$I\" diff a.h5 none.h5", 3, "none.h5: cannot open");
  expect("\"$I\" diff a.h5", 2, "usage: iclgd diff");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_equal),
                                     cmocka_unit_test(test_two_seeds),
                                     cmocka_unit_test(test_paired),
                                     cmocka_unit_test(test_one_shot),
                                     cmocka_unit_test(test_other_contexts),
                                     cmocka_unit_test(test_text),
                                     cmocka_unit_test(test_standard_errors),
                                     cmocka_unit_test(test_best_step),
                                     cmocka_unit_test(test_only_one),
                                     cmocka_unit_test(test_other_files)};
  return cmocka_run_group_tests(tests, make_files, remove_folder);
}
