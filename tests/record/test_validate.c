/* A file of ours is valid; each damage to it is found and named. */
#include <hdf5_hl.h>

#include "sample.h"
#include "support/close.h"

static iclgd_error err;

/* What the last validation said. */
static char lines[64][1024];
static size_t n_lines;

static void keep_line(void *context, const char *line) {
  (void)context;
  if (n_lines < 64) snprintf(lines[n_lines], sizeof lines[0], "%s", line);
  ++n_lines;
}

static iclgd_status validate(const char *path) {
  n_lines = 0;
  return iclgd_validate(path, &sample_schema, 1, keep_line, NULL, &err);
}

static void test_sample_is_valid(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  assert_ok(sample_write(path, false, false, &err), err);
  const iclgd_status status = validate(path);
  for (size_t i = 0; i < n_lines; ++i) print_error("%s\n", lines[i]);
  assert_int_equal(status, ICLGD_OK);
  assert_int_equal(n_lines, 0);
}

static void text_attribute(hid_t file, const char *object, const char *name,
                           const char *value) {
  assert_true(H5LTset_attribute_string(file, object, name, value) >= 0);
}

static void no_units(hid_t file) {
  H5Adelete_by_name(file, "/entry/trajectories_loss/gd", "units", H5P_DEFAULT);
}

static void no_long_name(hid_t file) {
  H5Adelete_by_name(file, "/entry/model/eta", "long_name", H5P_DEFAULT);
}

static void units_as_number(hid_t file) {
  const int one = 1;
  no_units(file);
  H5LTset_attribute_int(file, "/entry/trajectories_loss/gd", "units", &one, 1);
}

static void other_class(hid_t file) {
  text_attribute(file, "/entry/prompts", "NX_class", "NXdata");
}

static void other_root(hid_t file) {
  text_attribute(file, "/", "schema", "other");
}

static void later_version(hid_t file) {
  const long long two = 2;
  H5LTset_attribute_long_long(file, "/", "schema_version", &two, 1);
}

static void lost_signal(hid_t file) {
  text_attribute(file, "/entry/trajectories_loss", "signal", "nowhere");
}

static void lost_default(hid_t file) {
  text_attribute(file, "/entry", "default", "nowhere");
}

static void texts_attribute(hid_t file, const char *object, const char *name,
                            const char *const *texts, hsize_t count) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  const hid_t space = H5Screate_simple(1, &count, NULL);
  H5Tset_size(type, H5T_VARIABLE);
  H5Adelete_by_name(file, object, name, H5P_DEFAULT);
  const hid_t attribute = H5Acreate_by_name(
      file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Awrite(attribute, type, texts) >= 0);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

static void too_many_axes(hid_t file) {
  static const char *const axes[] = {"index", "index"};
  texts_attribute(file, "/entry/trajectories_loss", "axes", axes, 2);
}

static void axis_elsewhere(hid_t file) {
  static const char *const axes[] = {"/entry/trajectories/gd/index"};
  texts_attribute(file, "/entry/trajectories_loss", "axes", axes, 1);
}

static void axis_of_other_extent(hid_t file) {
  static const char *const axes[] = {"index", "feature"};
  texts_attribute(file, "/entry/trajectories/gd", "axes", axes, 2);
}

static void lost_auxiliary(hid_t file) {
  static const char *const names[] = {"gd", "ridge"};
  texts_attribute(file, "/entry/trajectories_loss", "auxiliary_signals", names,
                  2);
}

static void latin_title(hid_t file) {
  text_attribute(file, "/entry", "title", "a caf\xe9");
}

static void latin_list(hid_t file) {
  static const char *const names[] = {"gd", "\xc3\xa9", "\xc3"};
  texts_attribute(file, "/entry/trajectories_loss", "auxiliary_signals", names,
                  3);
}

static void latin_settings(hid_t file) {
  H5Ldelete(file, "/entry/config/text", H5P_DEFAULT);
  H5LTmake_dataset_string(file, "/entry/config/text", "a = 1\nb = \xe9\n");
}

static void undeclared_dataset(hid_t file) {
  const double value = 1;
  const hsize_t one = 1;
  H5LTmake_dataset_double(file, "/entry/prompts/stray", 1, &one, &value);
}

static void undeclared_group(hid_t file) {
  H5Gclose(
      H5Gcreate2(file, "/entry/stray", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

/* Replace a dataset, keeping its labels out: the faults of type come first. */
static void other_type(hid_t file) {
  const float value = 1;
  H5Ldelete(file, "/entry/model/eta", H5P_DEFAULT);
  H5LTmake_dataset_float(file, "/entry/model/eta", 0, NULL, &value);
}

static void other_rank(hid_t file) {
  const double values[] = {1, 2};
  const hsize_t two = 2;
  H5Ldelete(file, "/entry/model/eta", H5P_DEFAULT);
  H5LTmake_dataset_double(file, "/entry/model/eta", 1, &two, values);
}

static void shorter_scale(hid_t file) {
  const long long values[] = {0, 1};
  const hsize_t two = 2;
  const char *path = "/entry/trajectories/gd/index";
  H5Ldelete(file, path, H5P_DEFAULT);
  H5LTmake_dataset(file, path, 1, &two, H5T_STD_I64LE, values);
}

static void detached_scale(hid_t file) {
  const hid_t set = H5Dopen2(file, "/entry/trajectories_loss/gd", H5P_DEFAULT);
  const hid_t scale =
      H5Dopen2(file, "/entry/trajectories_loss/index", H5P_DEFAULT);
  assert_true(H5DSdetach_scale(set, scale, 0) >= 0);
  H5Dclose(scale);
  H5Dclose(set);
}

static void lost_scale(hid_t file) {
  H5Ldelete(file, "/entry/model/row", H5P_DEFAULT);
}

static void soft_link(hid_t file) {
  H5Lcreate_soft("/entry/prompts/x", file, "/entry/prompts/y", H5P_DEFAULT,
                 H5P_DEFAULT);
}

/* A group that holds itself: the walk ends. */
static void circle(hid_t file) {
  H5Lcreate_hard(file, "/entry", file, "/entry/model/entry", H5P_DEFAULT,
                 H5P_DEFAULT);
}

static void no_entry(hid_t file) {
  H5Ldelete(file, "/entry", H5P_DEFAULT);
}

static const struct damage {
  void (*body)(hid_t file);
  const char *said;
} damages[] = {
    {no_units, "/entry/trajectories_loss/gd, attribute units: not found"},
    {no_long_name, "/entry/model/eta, attribute long_name: not found"},
    {units_as_number, "attribute units: expected string scalar, found int32"},
    {other_class, "expected \"NXcollection\", found \"NXdata\""},
    {other_root, "attribute schema: expected \"iclgd\", found \"other\""},
    {later_version, "attribute schema_version: expected 1, found 2"},
    {lost_signal, "attribute signal: expected \"model\", found \"nowhere\""},
    {lost_default, "attribute default: names \"nowhere\""},
    {too_many_axes, "attribute axes: expected 1, found 2"},
    {axis_elsewhere, "which is no dataset of the group"},
    {axis_of_other_extent, "\"feature\" does not have the extent"},
    {lost_auxiliary, "attribute auxiliary_signals: names \"ridge\""},
    {latin_title,
     "/entry, attribute title, line 1: expected text in UTF-8, found the byte "
     "0xe9"},
    {latin_list,
     "/entry/trajectories_loss, attribute auxiliary_signals, line 1: expected "
     "text in UTF-8, found the byte 0xc3"},
    {latin_settings,
     "/entry/config/text, line 2: expected text in UTF-8, found the byte 0xe9"},
    {undeclared_dataset, "/entry/prompts/stray: no schema declares"},
    {undeclared_group, "/entry/stray: no schema declares this group"},
    {other_type, "/entry/model/eta: expected little-endian float64"},
    {other_rank,
     "/entry/model/eta: expected little-endian float64 (), found "
     "float64[2]"},
    {shorter_scale, "dim index is 7 long, its scale is not"},
    {detached_scale, "gd: the scale of dim index is not attached"},
    {lost_scale, "/entry/model/A: dim row has no dimension scale"},
    {soft_link, "/entry/prompts/y: expected an object, found a soft link"},
    {circle, "/entry/model/entry: expected one link, found 2"},
    {no_entry, "/entry: expected a group"},
};

static void test_each_damage_is_named(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  for (size_t i = 0; i < sizeof damages / sizeof *damages; ++i) {
    assert_ok(sample_write(path, true, true, &err), err);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    damages[i].body(file);
    assert_true(H5Fclose(file) >= 0);
    assert_int_equal(validate(path), ICLGD_EINPUT);
    bool found = false;
    for (size_t k = 0; k < n_lines && k < 64; ++k)
      found = found || strstr(lines[k], damages[i].said);
    if (!found)
      fail_msg("expected \"%s\" among %zu faults, the first: %s",
               damages[i].said, n_lines, lines[0]);
  }
}

static void test_fifty_faults_are_enough(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  assert_ok(sample_write(path, false, true, &err), err);
  const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  for (int i = 0; i < 80; ++i) {
    char name[64];
    const double value = 1;
    snprintf(name, sizeof name, "/entry/prompts/stray%d", i);
    H5LTmake_dataset_double(file, name, 0, NULL, &value);
  }
  H5Fclose(file);
  assert_int_equal(validate(path), ICLGD_EINPUT);
  assert_int_equal(n_lines, 51);
  assert_string_equal(lines[50], "and 30 more faults");
  assert_non_null(strstr(err.text, "the first of 80 faults"));
}

static void test_files_that_are_not_ours(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  assert_int_equal(validate(path), ICLGD_EINPUT);
  assert_int_equal(n_lines, 1);
  H5Fclose(H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
  assert_int_equal(validate(path), ICLGD_EINPUT);
  assert_int_equal(iclgd_validate(path, NULL, 0, NULL, NULL, NULL),
                   ICLGD_EINPUT);
}

int main(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(test_sample_is_valid),
      SAMPLE_TEST(test_each_damage_is_named),
      SAMPLE_TEST(test_fifty_faults_are_enough),
      SAMPLE_TEST(test_files_that_are_not_ours),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
