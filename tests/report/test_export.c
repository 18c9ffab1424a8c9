/* iclgd export: what is written is what is stored, in every format. */
#define _DEFAULT_SOURCE /* wait4 */
#include <hdf5.h>
#include <hdf5_hl.h>
#include <iclgd/record.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/shell.h"

static char out[1 << 20];

static int run(const char *command) {
  return shell(command, out, sizeof out);
}

static void succeed(const char *command) {
  shell_succeed(command, out, sizeof out);
}

static void expect_start(const char *text, const char *start) {
  if (strncmp(text, start, strlen(start)) != 0)
    fail_msg("expected %s, found %.200s", start, text);
}

static void expect_failure(const char *command, int code, const char *words) {
  const int found = run(command);
  if (found != code || !strstr(out, words))
    fail_msg("%s: %d: %s", command, found, out);
}

static void put(hid_t group, const char *name, hid_t type, int rank,
                const hsize_t *extents, hid_t memory, const void *data) {
  const hid_t space = H5Screate_simple(rank, extents, NULL);
  const hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  H5Dclose(set);
  H5Sclose(space);
}

static void put_texts(hid_t group) {
  static const char *const texts[] = {"plain", "a,\"b\"\nc", ""};
  const hsize_t count = 3;
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  put(group, "text", type, 1, &count, type, texts);
  H5Tclose(type);
}

enum { OUTER = 5, MIDDLE = 400001, INNER = 3 };

/* Numbered halves, more than are in memory at a time. */
static void put_large(hid_t group) {
  const hsize_t extents[] = {OUTER, MIDDLE, INNER};
  const size_t count = (size_t)OUTER * MIDDLE * INNER;
  double *values = calloc(count, sizeof *values);
  assert_non_null(values);
  for (size_t i = 0; i < count; ++i) values[i] = (double)i / 2;
  put(group, "large", H5T_IEEE_F64LE, 3, extents, H5T_NATIVE_DOUBLE, values);
  free(values);
}

/* Made as others do: other types, no attributes, one scale of another name. */
static void make_foreign(const char *path) {
  static const double v[] = {1, NAN, INFINITY, -INFINITY, 1e-310, .1};
  static const double t[] = {.5, 1.5};
  static const int64_t big[] = {4611686018427387905, INT64_MIN};
  const hsize_t two_by_three[] = {2, 3};
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t entry =
      H5Gcreate2(file, "entry", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  put(entry, "v", H5T_IEEE_F64BE, 2, two_by_three, H5T_NATIVE_DOUBLE, v);
  put(entry, "single", H5T_IEEE_F32LE, 2, two_by_three, H5T_NATIVE_DOUBLE, v);
  put(entry, "t", H5T_IEEE_F64LE, 1, two_by_three, H5T_NATIVE_DOUBLE, t);
  put(entry, "big", H5T_STD_I64LE, 1, two_by_three, H5T_NATIVE_INT64, big);
  put_texts(entry);
  put_large(entry);
  const hid_t set = H5Dopen2(entry, "v", H5P_DEFAULT);
  const hid_t scale = H5Dopen2(entry, "t", H5P_DEFAULT);
  assert_true(H5DSset_scale(scale, "time") >= 0);
  assert_true(H5DSattach_scale(set, scale, 0) >= 0);
  H5Dclose(scale);
  H5Dclose(set);
  H5Lcreate_soft("/entry/v", entry, "soft", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_hard(file, "entry", entry, "loop", H5P_DEFAULT, H5P_DEFAULT);
  H5Gclose(entry);
  assert_true(H5Fclose(file) >= 0);
}

static int make_files(void **state) {
  (void)state;
  char path[128];
  if (make_folder(state) != 0) return -1;
  snprintf(path, sizeof path, "%s/foreign.h5", folder);
  make_foreign(path);
  return run(
      "\"$I\" run prompt.d=3 prompt.n=8 model.weights=gd model.loops=2 "
      "train.steps=20 train.batch=16 probe.prompts=30 "
      "reference.tune_prompts=30 "
      "reference.list=gd,least_squares probe.list=alignment -q -o run.h5");
}

/* The next field of a line of numbers; `*at` is left behind its separator. */
static double field(char **at) {
  char *end;
  const double value = strtod(*at, &end);
  assert_ptr_not_equal(end, *at);
  assert_non_null(strchr(",\r", *end));
  *at = end + (*end == '\r' ? 2 : 1);
  return value;
}

/* Every element of an array, bit for bit, with its indices. */
static void test_round_trip(void **state) {
  (void)state;
  char path[128], *at = out;
  double *w;
  size_t extents[3] = {0};
  iclgd_source *source;
  iclgd_arena arena = {0};
  iclgd_error err;
  succeed("\"$I\" export run.h5 --what trajectories/gd/weight");
  snprintf(path, sizeof path, "%s/run.h5", folder);
  assert_int_equal(iclgd_source_open(path, &source, &err), ICLGD_OK);
  assert_int_equal(iclgd_source_reals(source, "trajectories/gd/weight", 3,
                                      extents, &arena, &w, &err),
                   ICLGD_OK);
  const char header[] = "index,prompt,feature,weight\r\n";
  expect_start(at, header);
  at += strlen(header);
  for (size_t i = 0; i < extents[0] * extents[1] * extents[2]; ++i) {
    assert_true(field(&at) == (double)(i / extents[2] / extents[1]));
    assert_true(field(&at) == (double)(i / extents[2] % extents[1]));
    assert_true(field(&at) == (double)(i % extents[2]));
    const double value = field(&at);
    assert_memory_equal(&value, &w[i], sizeof value);
  }
  assert_int_equal(*at, '\0');
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
}

static void test_groups(void **state) {
  (void)state;
  succeed("\"$I\" export run.h5");
  expect_start(
      out,
      "index,model,model_errors,model_median,model_risk,model_risk_errors,"
      "model_measurable,model_expected,model_expected_errors,gd,gd_errors,gd_"
      "median,gd_risk,gd_risk_errors,gd_measurable,gd_expected,gd_expected_"
      "errors,least_squares,least_squares_errors,least_squares_median,least_"
      "squares_risk,least_squares_risk_errors,least_squares_measurable,least_"
      "squares_expected,least_squares_expected_errors\r\n0,");
  succeed("\"$I\" export run.h5 --what alignment/gd/prediction_difference");
  expect_start(out, "layer,step,mean,standard_error,excluded\r\n0,0,0,0,0\r\n");
  succeed("\"$I\" export run.h5 --what /entry/training/");
  expect_start(out, "step,loss,loss_eval,grad_norm,learning_rate\r\n");
  succeed("\"$I\" export run.h5 --what alignment/gd/spd/quantiles");
  expect_start(out, "quantile,layer,step,quantiles\r\n");
}

static void test_list(void **state) {
  (void)state;
  succeed("\"$I\" export run.h5 --list");
  assert_non_null(strstr(out,
                         "\nalignment/gd/spd  layer=3,step=11: mean "
                         "standard_error excluded\n"));
  assert_non_null(strstr(out,
                         "\nalignment/gd/spd/quantiles  quantile=5,layer=3,"
                         "step=11: quantiles\n"));
  assert_null(strstr(out, "alignment/gd/spd/mean"));
  succeed("\"$I\" export foreign.h5 --list"); /* ends, though it is a circle */
  assert_non_null(strstr(out, "\nloop/v"));
  assert_null(strstr(out, "loop/loop"));
}

static void test_foreign(void **state) {
  (void)state;
  succeed("\"$I\" export foreign.h5 --what v");
  assert_string_equal(out,
                      "t,dim_1,v\r\n0.5,0,1\r\n0.5,1,\r\n0.5,2,inf\r\n"
                      "1.5,0,-inf\r\n1.5,1,9.9999999999999694e-311\r\n"
                      "1.5,2,0.10000000000000001\r\n");
  succeed("\"$I\" export foreign.h5 --what single | tail -1");
  assert_string_equal(out, "1,2,0.10000000149011612\r\n");
  succeed("\"$I\" export foreign.h5 --what big");
  assert_string_equal(out,
                      "dim_0,big\r\n0,4611686018427387905\r\n"
                      "1,-9223372036854775808\r\n");
  succeed("\"$I\" export foreign.h5 --what text");
  assert_string_equal(out,
                      "dim_0,text\r\n0,plain\r\n1,\"a,\"\"b\"\"\nc\"\r\n"
                      "2,\"\"\r\n");
  succeed("\"$I\" export foreign.h5 --what t");
  assert_string_equal(out, "t\r\n0.5\r\n1.5\r\n");
}

static void test_json(void **state) {
  (void)state;
  succeed("\"$I\" export run.h5 --what trajectories_loss --format json");
  json_t *whole = json_loads(out, 0, NULL);
  assert_non_null(whole);
  const json_t *columns = json_object_get(whole, "columns");
  const json_t *gd = json_object_get(columns, "gd");
  assert_string_equal(json_string_value(json_object_get(whole, "table")),
                      "trajectories_loss");
  assert_string_equal(json_string_value(json_object_get(gd, "units")), "1");
  assert_string_equal(json_string_value(json_object_get(gd, "long_name")),
                      "in-context loss, sampled queries");
  assert_true(json_is_true(
      json_object_get(json_object_get(columns, "index"), "coordinate")));
  const size_t rows = json_array_size(json_object_get(gd, "values"));
  assert_int_equal(json_integer_value(json_object_get(whole, "rows")), rows);
  /* There is no layer beyond the model's depth of 2. */
  const json_t *model =
      json_object_get(json_object_get(columns, "model"), "values");
  assert_true(json_is_number(json_array_get(model, 2)));
  assert_true(json_is_null(json_array_get(model, 3)));
  json_decref(whole);
  succeed("\"$I\" export foreign.h5 --what text -o text.json && cat text.json");
  whole = json_loads(out, 0, NULL);
  assert_non_null(whole);
  columns = json_object_get(json_object_get(whole, "columns"), "text");
  assert_string_equal(
      json_string_value(json_array_get(json_object_get(columns, "values"), 1)),
      "a,\"b\"\nc");
  json_decref(whole);
}

static void test_json_lines(void **state) {
  (void)state;
  succeed("\"$I\" export foreign.h5 --what v --format jsonl -o -");
  static const char *const expected[] = {
      "{\"t\": 0.5, \"dim_1\": 0, \"v\": 1}",
      "{\"t\": 0.5, \"dim_1\": 1, \"v\": null}",
      "{\"t\": 0.5, \"dim_1\": 2, \"v\": null}"};
  char *line = strtok(out, "\n");
  size_t count = 0;
  for (; line; line = strtok(NULL, "\n"), ++count) {
    json_t *row = json_loads(line, 0, NULL);
    assert_non_null(row);
    json_decref(row);
    if (count < 3) assert_string_equal(line, expected[count]);
  }
  assert_int_equal(count, 6);
}

/* The largest memory of the program while it exports, in KiB, having compared
 * `rows` numbered halves in its last column. */
static long memory_of(const char *what, size_t rows) {
  char path[128], line[256];
  int ends[2];
  snprintf(path, sizeof path, "%s/foreign.h5", folder);
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    setenv("ASAN_OPTIONS", "quarantine_size_mb=1", 1);
    execl(ICLGD_PROGRAM, ICLGD_PROGRAM, "export", path, "--what", what, NULL);
    _exit(127);
  }
  close(ends[1]);
  FILE *text = fdopen(ends[0], "r");
  assert_non_null(fgets(line, sizeof line, text));
  for (size_t i = 0; i < rows; ++i) {
    assert_non_null(fgets(line, sizeof line, text));
    const double value = strtod(strrchr(line, ',') + 1, NULL);
    if (value != (double)i / 2) fail_msg("row %zu: %s", i, line);
  }
  while (fgets(line, sizeof line, text)) assert_int_equal(rows, 0);
  fclose(text);
  struct rusage usage;
  int status;
  assert_int_equal(wait4(child, &status, 0, &usage), child);
  assert_int_equal(status, 0);
  return usage.ru_maxrss;
}

/* 48 MB of numbers, of which 8 MB are in memory at a time. */
static void test_large(void **state) {
  (void)state;
  const long small = memory_of("t", 0);
  const long large = memory_of("large", (size_t)OUTER * MIDDLE * INNER);
  if (large - small > 20000)
    fail_msg("%ld KiB more than %ld KiB", large - small, small);
}

static void test_closed_pipe(void **state) {
  (void)state;
  succeed("\"$I\" export foreign.h5 --what large | head -1");
  assert_string_equal(out, "dim_0,dim_1,dim_2,large\r\n");
}

static void test_file(void **state) {
  (void)state;
  succeed("\"$I\" export foreign.h5 --what t -o t.jsonl && cat t.jsonl");
  assert_string_equal(out, "{\"t\": 0.5}\n{\"t\": 1.5}\n");
  succeed(
      "\"$I\" export foreign.h5 --what t -o t.csv --format csv && "
      "\"$I\" export foreign.h5 --what big -o t.csv && cat t.csv");
  expect_start(out, "dim_0,big\r\n");
  expect_failure("cp run.h5 same.csv; \"$I\" export same.csv -o same.csv", 2,
                 "is the file that is read");
  succeed("cmp run.h5 same.csv; ls -a | grep -c tmp || true");
  assert_string_equal(out, "0\n");
  expect_failure("\"$I\" export foreign.h5 --what large > /dev/full", 1,
                 "cannot write");
}

static void test_refusals(void **state) {
  (void)state;
  expect_failure("\"$I\" export run.h5 --what trajectories/gd/wieght", 2,
                 "did you mean 'trajectories/gd/weight'?");
  expect_failure("\"$I\" export run.h5 -o loss.tex", 2,
                 "loss.tex: expected a name that ends with .csv");
  expect_failure("\"$I\" export run.h5 --format xml", 2,
                 "expected csv, json or jsonl");
  expect_failure("\"$I\" export run.h5 --what prompts", 2,
                 "x and y have different dims, name one");
  expect_failure("\"$I\" export run.h5 --what alignment/gd", 2,
                 "holds no arrays itself, but has prediction_difference");
  expect_failure("\"$I\" export foreign.h5", 2, "has no default plot");
  expect_failure("\"$I\" export foreign.h5 --what soft", 3,
                 "a soft link, which is not followed");
  expect_failure("echo no > no.h5; \"$I\" export no.h5", 3,
                 "expected an HDF5 file");
  expect_failure("\"$I\" export", 2, "usage: iclgd export");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip), cmocka_unit_test(test_groups),
      cmocka_unit_test(test_list),       cmocka_unit_test(test_foreign),
      cmocka_unit_test(test_json),       cmocka_unit_test(test_json_lines),
      cmocka_unit_test(test_large),      cmocka_unit_test(test_closed_pipe),
      cmocka_unit_test(test_file),       cmocka_unit_test(test_refusals)};
  return cmocka_run_group_tests(tests, make_files, remove_folder);
}
