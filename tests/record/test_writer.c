/* What a written file looks like, seen through HDF5 itself. */
#include <hdf5_hl.h>
#include <sys/stat.h>

#include "sample.h"
#include "support/close.h"

static iclgd_error err;

static iclgd_record *start(const char *path, bool force) {
  const iclgd_record_options options = {force, true, "a sample"};
  iclgd_record *record = NULL;
  assert_ok(
      iclgd_record_create(path, &sample_schema, 1, &options, &record, &err),
      err);
  return record;
}

static hid_t open_sample(void) {
  const char *path = sample_path("a.h5");
  assert_ok(sample_write(path, false, true, &err), err);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  assert_true(file >= 0);
  return file;
}

/* A scalar variable-length UTF-8 attribute equals `expected`. */
static void expect_text(hid_t file, const char *object, const char *name,
                        const char *expected) {
  const hid_t attribute =
      H5Aopen_by_name(file, object, name, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0) fail_msg("%s has no attribute %s", object, name);
  const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
  assert_int_equal(H5Sget_simple_extent_type(space), H5S_SCALAR);
  assert_true(H5Tis_variable_str(type) > 0);
  assert_int_equal(H5Tget_cset(type), H5T_CSET_UTF8);
  char *text = NULL;
  assert_true(H5Aread(attribute, type, &text) >= 0);
  assert_string_equal(text, expected);
  H5free_memory(text);
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(attribute);
}

static void test_attributes_of_root_and_entry(void **state) {
  (void)state;
  const hid_t file = open_sample();
  H5F_info2_t info;
  assert_true(H5Fget_info2(file, &info) >= 0);
  assert_int_equal(info.super.version, 2);
  expect_text(file, "/", "NX_class", "NXroot");
  expect_text(file, "/", "default", "entry");
  expect_text(file, "/", "schema", "iclgd");
  assert_int_equal(H5Aexists(file, "file_time"), 0);
  expect_text(file, "/entry", "NX_class", "NXentry");
  expect_text(file, "/entry", "default", "trajectories_loss");
  char title[64];
  assert_true(H5LTread_dataset_string(file, "/entry/title", title) >= 0);
  assert_string_equal(title, "a sample");
  H5Fclose(file);
}

static void test_attributes_of_plots(void **state) {
  (void)state;
  const char *plot = "/entry/trajectories_loss";
  const hid_t file = open_sample();
  expect_text(file, plot, "NX_class", "NXdata");
  expect_text(file, plot, "signal", "model");
  expect_text(file, plot, "title", "Loss, layer by layer");
  expect_text(file, plot, "SILX_style",
              "{\"axes_scale_types\": [\"linear\"], \"axes_scale_type\": "
              "[\"linear\"], \"signal_scale_type\": \"log\"}");
  expect_text(file, "/entry/alignment/gd/spd", "SILX_style",
              "{\"axes_scale_types\": [\"linear\", \"linear\"], "
              "\"axes_scale_type\": [\"linear\", \"linear\"], "
              "\"signal_scale_type\": \"log\"}");
  expect_text(file, "/entry/trajectories", "NX_class", "NXcollection");
  expect_text(file, "/entry/trajectories_loss/model", "units", "1");
  expect_text(file, "/entry/trajectories_loss/model", "long_name",
              "loss of the model");
  H5Fclose(file);
}

static void test_every_dim_has_its_scale(void **state) {
  (void)state;
  const hid_t file = open_sample();
  const hid_t weight =
      H5Dopen2(file, "/entry/trajectories/gd/weight", H5P_DEFAULT);
  static const char *const scales[] = {"index", "prompt", "feature"};
  for (unsigned i = 0; i < 3; ++i) {
    char path[128];
    snprintf(path, sizeof path, "/entry/trajectories/gd/%s", scales[i]);
    const hid_t scale = H5Dopen2(file, path, H5P_DEFAULT);
    assert_true(scale >= 0);
    assert_true(H5DSis_scale(scale) > 0);
    assert_true(H5DSis_attached(weight, scale, i) > 0);
    H5Dclose(scale);
  }
  int64_t prompt[PROMPTS];
  assert_true(H5LTread_dataset(file, "/entry/trajectories/gd/prompt",
                               H5T_NATIVE_INT64, prompt) >= 0);
  for (int i = 0; i < PROMPTS; ++i) assert_int_equal(prompt[i], i);
  H5Dclose(weight);
  H5Fclose(file);
}

/* A plot whose signal was not written would be refused by every viewer. */
static void test_plot_without_signal_is_a_collection(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  iclgd_record *record = start(path, false);
  assert_ok(sample_count(record, "trajectories_loss/index", 3, &err), err);
  assert_ok(iclgd_record_commit(record, &err), err);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  expect_text(file, "/entry/trajectories_loss", "NX_class", "NXcollection");
  assert_int_equal(H5Aexists_by_name(file, "/entry", "default", H5P_DEFAULT),
                   0);
  H5Fclose(file);
}

enum { INDICES = 11, MANY = 2000, WIDE = 20, BLOCK = 300 };

static size_t file_size(const char *path) {
  struct stat found;
  assert_int_equal(stat(path, &found), 0);
  return (size_t)found.st_size;
}

static void test_large_arrays_are_chunked_and_compressed(void **state) {
  (void)state;
  const size_t extents[] = {INDICES, MANY, WIDE};
  const char *path = sample_path("a.h5");
  double *weight = calloc(INDICES * MANY * WIDE, sizeof *weight);
  assert_non_null(weight);
  iclgd_record *record = start(path, false);
  assert_ok(iclgd_record_write(record, "trajectories/gd/weight", extents,
                               weight, &err),
            err);
  assert_ok(iclgd_record_commit(record, &err), err);
  free(weight);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set =
      H5Dopen2(file, "/entry/trajectories/gd/weight", H5P_DEFAULT);
  const hid_t list = H5Dget_create_plist(set);
  hsize_t chunk[3];
  assert_int_equal(H5Pget_chunk(list, 3, chunk), 3);
  assert_int_equal(chunk[0], 1);
  assert_int_equal(chunk[2], WIDE);
  assert_in_range(chunk[1] * WIDE * sizeof(double), 1 << 16, 1 << 20);
  assert_int_equal(H5Pget_nfilters(list), 2);
  unsigned flags, level[1], config;
  size_t count = 0;
  assert_int_equal(
      H5Pget_filter2(list, 0, &flags, &count, NULL, 0, NULL, &config),
      H5Z_FILTER_SHUFFLE);
  count = 1;
  assert_int_equal(
      H5Pget_filter2(list, 1, &flags, &count, level, 0, NULL, &config),
      H5Z_FILTER_DEFLATE);
  assert_int_equal(level[0], 4);
  H5Pclose(list);
  H5Dclose(set);
  H5Fclose(file);
}

/* Blocks of prompts that do not fit the chunks: the same values, and no chunk
 * compressed twice, which would leave holes in the file. */
static void test_streaming_equals_writing_whole(void **state) {
  (void)state;
  static const char name[] = "trajectories/gd/weight";
  const size_t extents[] = {INDICES, MANY, WIDE};
  const char *whole = sample_path("whole.h5"), *parts = sample_path("parts.h5");
  double *weight = malloc(INDICES * MANY * WIDE * sizeof *weight);
  double *block = malloc(INDICES * BLOCK * WIDE * sizeof *block);
  assert_true(weight && block);
  sample_fill(weight, INDICES * MANY * WIDE, 1);
  iclgd_record *record = start(whole, false);
  assert_ok(iclgd_record_write(record, name, extents, weight, &err), err);
  assert_ok(iclgd_record_commit(record, &err), err);
  record = start(parts, false);
  assert_ok(iclgd_record_begin(record, name, extents, &err), err);
  for (size_t p = 0; p < MANY; p += BLOCK) {
    const size_t length = MANY - p < BLOCK ? MANY - p : BLOCK;
    const size_t from[] = {0, p, 0}, count[] = {INDICES, length, WIDE};
    for (size_t k = 0; k < INDICES; ++k)
      memcpy(block + k * length * WIDE, weight + (k * MANY + p) * WIDE,
             length * WIDE * sizeof *block);
    assert_ok(iclgd_record_part(record, name, from, count, block, &err), err);
  }
  assert_ok(iclgd_record_commit(record, &err), err);
  iclgd_source *source;
  iclgd_arena arena = {0};
  double *found;
  size_t expected[] = {INDICES, MANY, WIDE};
  assert_ok(iclgd_source_open(parts, &source, &err), err);
  assert_ok(iclgd_source_reals(source, name, 3, expected, &arena, &found, &err),
            err);
  assert_memory_equal(found, weight, INDICES * MANY * WIDE * sizeof *weight);
  assert_int_equal(file_size(parts), file_size(whole));
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
  free(weight);
  free(block);
}

static void test_parts_that_never_come_are_nan(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  const size_t extents[] = {4}, from[] = {1}, count[] = {2};
  const double middle[] = {1, 2};
  iclgd_record *record = start(path, false);
  assert_ok(iclgd_record_begin(record, "trajectories_loss/gd", extents, &err),
            err);
  assert_ok(iclgd_record_part(record, "trajectories_loss/gd", from, count,
                              middle, &err),
            err);
  assert_ok(iclgd_record_commit(record, &err), err);
  iclgd_source *source;
  double out[4];
  const size_t zero[] = {0};
  assert_ok(iclgd_source_open(path, &source, &err), err);
  assert_ok(iclgd_source_part(source, "trajectories_loss/gd", 1, zero, extents,
                              out, &err),
            err);
  iclgd_source_close(source);
  assert_true(isnan(out[0]) && isnan(out[3]));
  assert_true(out[1] == 1 && out[2] == 2);
}

static size_t read_file(const char *path, char **out) {
  const size_t size = file_size(path);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  *out = malloc(size);
  assert_non_null(*out);
  assert_int_equal(fread(*out, 1, size, file), size);
  fclose(file);
  return size;
}

static void test_equal_runs_give_equal_bytes(void **state) {
  (void)state;
  const char *a = sample_path("a.h5"), *b = sample_path("b.h5");
  char *bytes_a, *bytes_b;
  assert_ok(sample_write(a, false, true, &err), err);
  assert_ok(sample_write(b, false, true, &err), err);
  const size_t size = read_file(a, &bytes_a);
  assert_int_equal(read_file(b, &bytes_b), size);
  assert_memory_equal(bytes_a, bytes_b, size);
  free(bytes_a);
  free(bytes_b);
}

static void test_file_time_is_iso_8601(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  assert_ok(sample_write(path, false, false, &err), err);
  iclgd_source *source;
  iclgd_arena arena = {0};
  char *text;
  int year, month, day, hour, minute, second, used = 0;
  assert_ok(iclgd_source_open(path, &source, &err), err);
  assert_ok(
      iclgd_source_attr_text(source, "/", "file_time", &arena, &text, &err),
      err);
  assert_int_equal(sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &year, &month,
                          &day, &hour, &minute, &second, &used),
                   6);
  assert_int_equal(used, 20);
  assert_int_equal(strlen(text), 20);
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
}

/* One wrong call after a good one; a record takes no second. */
typedef iclgd_status call(iclgd_record *record);

static const size_t three[] = {3, 3, 3}, four[] = {4}, none[] = {0}, at[] = {2};
static const double values[27] = {0};

static iclgd_status undeclared(iclgd_record *record) {
  return iclgd_record_write(record, "nowhere", three, values, &err);
}

static iclgd_status empty(iclgd_record *record) {
  return iclgd_record_write(record, "trajectories_loss/newton", none, values,
                            &err);
}

static iclgd_status again(iclgd_record *record) {
  return iclgd_record_write(record, "trajectories_loss/gd", three, values,
                            &err);
}

static iclgd_status longer(iclgd_record *record) {
  return iclgd_record_write(record, "trajectories_loss/newton", four, values,
                            &err);
}

static iclgd_status outside(iclgd_record *record) {
  return iclgd_record_part(record, "trajectories_loss/gd", at, three, values,
                           &err);
}

static iclgd_status not_begun(iclgd_record *record) {
  return iclgd_record_part(record, "trajectories_loss/newton", at, at, values,
                           &err);
}

static iclgd_status attribute_of_nothing(iclgd_record *record) {
  return iclgd_record_attr_int(record, "nowhere", "n", 1, &err);
}

static const struct {
  call *wrong;
  const char *says;
} bugs[] = {
    {undeclared, "declared by no schema"},
    {empty, "extent of 0"},
    {again, "second time"},
    {longer, "shared dim"},
    {outside, "outside its extents"},
    {not_begun, "not begun"},
    {attribute_of_nothing, "neither written nor declared"},
};
enum { BUGS = sizeof bugs / sizeof *bugs };

static void test_bugs_of_callers_are_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < BUGS; ++i) {
    iclgd_record *record = start(sample_path("a.h5"), false);
    assert_ok(
        iclgd_record_write(record, "trajectories_loss/gd", three, values, &err),
        err);
    assert_int_equal(bugs[i].wrong(record), ICLGD_EUSAGE);
    if (!strstr(err.text, bugs[i].says))
      fail_msg("%s: no \"%s\"", err.text, bugs[i].says);
    iclgd_record_discard(record);
    assert_int_equal(sample_files(), 0);
  }
}

/* Whatever comes after, another mistake too, repeats the first message in
 * whatever error it is given; what would have been right is not done. */
static void test_first_failure_is_kept(void **state) {
  (void)state;
  for (size_t i = 0; i < BUGS; ++i) {
    const char *path = sample_path("a.h5");
    iclgd_record *record = start(path, false);
    iclgd_error later = {0};
    assert_ok(iclgd_record_status(record, &err), err);
    assert_ok(
        iclgd_record_write(record, "trajectories_loss/gd", three, values, &err),
        err);
    assert_int_equal(bugs[i].wrong(record), ICLGD_EUSAGE);
    const iclgd_error first = err;
    for (size_t j = 0; j < BUGS; ++j) {
      assert_int_equal(bugs[j].wrong(record), ICLGD_EUSAGE);
      assert_string_equal(err.text, first.text);
    }
    assert_int_equal(iclgd_record_parts(record, NULL, 0, NULL, NULL),
                     ICLGD_EUSAGE);
    assert_int_equal(iclgd_record_begin(record, "model/eta", NULL, NULL),
                     ICLGD_EUSAGE);
    assert_int_equal(
        iclgd_record_attr_text(record, "config", "n", "text", &later),
        ICLGD_EUSAGE);
    assert_string_equal(later.text, first.text);
    assert_int_equal(iclgd_record_status(record, &later), ICLGD_EUSAGE);
    assert_string_equal(later.text, first.text);
    later = (iclgd_error){0};
    assert_int_equal(iclgd_record_commit(record, &later), ICLGD_EUSAGE);
    assert_string_equal(later.text, first.text);
    assert_int_equal(sample_files(), 0);
  }
}

static herr_t count_call(hid_t stack, void *context) {
  (void)stack;
  ++*(int *)context;
  return 0;
}

static void test_hdf5_is_quiet_and_left_as_it_was(void **state) {
  (void)state;
  int calls = 0;
  H5E_auto2_t old, found;
  void *old_context, *found_context;
  assert_true(H5Eget_auto2(H5E_DEFAULT, &old, &old_context) >= 0);
  assert_true(H5Eset_auto2(H5E_DEFAULT, count_call, &calls) >= 0);
  const char *path = sample_path("a.h5");
  assert_ok(sample_write(path, false, true, &err), err);
  iclgd_source *source;
  assert_ok(iclgd_source_open(path, &source, &err), err);
  assert_false(iclgd_source_has(source, "prompts/x/y"));
  assert_false(iclgd_source_has_attr(source, "nowhere", "units"));
  iclgd_source_close(source);
  assert_int_equal(truncate(path, 3000), 0);
  assert_int_equal(iclgd_source_open(path, &source, &err), ICLGD_EINPUT);
  assert_int_equal(calls, 0);
  assert_true(H5Eget_auto2(H5E_DEFAULT, &found, &found_context) >= 0);
  assert_true(found == count_call && found_context == &calls);
  H5Eset_auto2(H5E_DEFAULT, old, old_context);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_attributes_of_root_and_entry),
      SAMPLE_TEST(test_attributes_of_plots),
      SAMPLE_TEST(test_every_dim_has_its_scale),
      SAMPLE_TEST(test_plot_without_signal_is_a_collection),
      SAMPLE_TEST(test_large_arrays_are_chunked_and_compressed),
      SAMPLE_TEST(test_streaming_equals_writing_whole),
      SAMPLE_TEST(test_parts_that_never_come_are_nan),
      SAMPLE_TEST(test_equal_runs_give_equal_bytes),
      SAMPLE_TEST(test_file_time_is_iso_8601),
      SAMPLE_TEST(test_bugs_of_callers_are_refused),
      SAMPLE_TEST(test_first_failure_is_kept),
      SAMPLE_TEST(test_hdf5_is_quiet_and_left_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
