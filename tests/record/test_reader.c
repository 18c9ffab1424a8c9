/* Reading what others wrote, well or with bad intent. */
#include <sys/stat.h>

#include "sample.h"
#include "support/close.h"

static iclgd_error err;
static iclgd_arena arena;
static iclgd_source *source;

static int tear_down(void **state) {
  iclgd_source_close(source);
  source = NULL;
  iclgd_arena_free(&arena);
  return sample_tear_down(state);
}

#define READER_TEST(test) \
  cmocka_unit_test_setup_teardown(test, sample_set_up, tear_down)

static void expect_message(iclgd_status status, const char *part) {
  assert_int_equal(status, ICLGD_EINPUT);
  if (!strstr(err.text, part)) fail_msg("%s: no \"%s\"", err.text, part);
  if (strchr(err.text, '\n')) fail_msg("more than one line: %s", err.text);
}

/* A foreign file: default format, no creation order, a group /entry/prompts.
 * The caller adds to the group and calls done(). */
static hid_t foreign, group;

static void begin_foreign(void) {
  foreign =
      H5Fcreate(sample_path("a.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t entry =
      H5Gcreate2(foreign, "entry", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  group = H5Gcreate2(entry, "prompts", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(group >= 0);
  H5Gclose(entry);
}

static void done(void) {
  assert_true(H5Gclose(group) >= 0);
  assert_true(H5Fclose(foreign) >= 0);
  assert_ok(iclgd_source_open(sample_path("a.h5"), &source, &err), err);
}

static void put(const char *name, hid_t stored, hid_t list, size_t rank,
                const hsize_t *extents, hid_t given, const void *data) {
  const hid_t space = rank == 0 ? H5Screate(H5S_SCALAR)
                                : H5Screate_simple((int)rank, extents, NULL);
  const hid_t set =
      H5Dcreate2(group, name, stored, space, H5P_DEFAULT, list, H5P_DEFAULT);
  assert_true(set >= 0);
  if (data)
    assert_true(H5Dwrite(set, given, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
  H5Dclose(set);
  H5Sclose(space);
}

static const hsize_t three_by_four[] = {3, 4};
static const int32_t twelve[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static void put_numbers(const char *name, hid_t stored) {
  put(name, stored, H5P_DEFAULT, 2, three_by_four, H5T_NATIVE_INT32, twelve);
}

static iclgd_status read_reals(const char *path, size_t rank,
                               size_t *expected) {
  double *out;
  return iclgd_source_reals(source, path, rank, expected, &arena, &out, &err);
}

static void test_numbers_of_any_type(void **state) {
  (void)state;
  const hid_t types[] = {H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_STD_I8LE,
                         H5T_STD_U16BE, H5T_STD_I64BE};
  char name[8];
  begin_foreign();
  for (int i = 0; i < 5; ++i) {
    snprintf(name, sizeof name, "x%d", i);
    put_numbers(name, types[i]);
  }
  done();
  for (int i = 0; i < 5; ++i) {
    char path[32];
    size_t expected[] = {0, 4};
    double *reals;
    int64_t *ints;
    snprintf(path, sizeof path, "prompts/x%d", i);
    assert_ok(
        iclgd_source_reals(source, path, 2, expected, &arena, &reals, &err),
        err);
    assert_int_equal(expected[0], 3);
    for (int j = 0; j < 12; ++j) assert_true(reals[j] == j);
    if (i < 2) continue;
    assert_ok(iclgd_source_ints(source, path, 2, expected, &arena, &ints, &err),
              err);
    for (int j = 0; j < 12; ++j) assert_int_equal(ints[j], j);
  }
}

static void test_messages_say_expected_and_found(void **state) {
  (void)state;
  size_t three[] = {0, 0, 5}, five[] = {5, 4}, none[] = {0};
  int64_t *ints;
  char message[512];
  begin_foreign();
  put_numbers("x", H5T_STD_I32LE);
  put_numbers("y", H5T_IEEE_F32LE);
  done();
  assert_int_equal(read_reals("prompts/x", 3, three), ICLGD_EINPUT);
  snprintf(message, sizeof message,
           "%s: /entry/prompts/x: expected float[*x*x5], found int32[3x4]",
           sample_path("a.h5"));
  assert_string_equal(err.text, message);
  expect_message(read_reals("prompts/x", 2, five),
                 "expected float[5x4], found int32[3x4]");
  assert_int_equal(five[0], 5);
  expect_message(read_reals("prompts/x", 0, none), "expected float scalar");
  expect_message(read_reals("prompts", 0, none),
                 "expected a dataset, found a group");
  expect_message(read_reals("prompts/z", 0, none),
                 "/entry/prompts/z: not found");
  expect_message(read_reals("prompts/x/z", 0, none), "not found");
  expect_message(read_reals("/nowhere", 0, none), "/nowhere: not found");
  three[0] = three[1] = 0;
  expect_message(
      iclgd_source_ints(source, "prompts/y", 2, three, &arena, &ints, &err),
      "expected int[*x*], found float32[3x4]");
}

static void test_integers_above_int64_are_refused(void **state) {
  (void)state;
  const uint64_t values[] = {1, UINT64_MAX};
  const hsize_t two = 2, one = 1;
  size_t free_extent = 0;
  int64_t *ints;
  begin_foreign();
  put("large", H5T_STD_U64LE, H5P_DEFAULT, 1, &two, H5T_NATIVE_UINT64, values);
  put("small", H5T_STD_U64LE, H5P_DEFAULT, 1, &one, H5T_NATIVE_UINT64, values);
  done();
  expect_message(iclgd_source_ints(source, "prompts/large", 1, &free_extent,
                                   &arena, &ints, &err),
                 "expected int64");
  free_extent = 0;
  assert_ok(iclgd_source_ints(source, "prompts/small", 1, &free_extent, &arena,
                              &ints, &err),
            err);
  assert_int_equal(ints[0], 1);
}

static hid_t string_type(size_t size, H5T_str_t padding, H5T_cset_t set) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, size);
  H5Tset_strpad(type, padding);
  H5Tset_cset(type, set);
  return type;
}

/* Fixed without room for a zero, padded with blanks, ASCII, and of any
 * length, as NumPy, Fortran and h5py write them. */
static void test_texts_of_any_kind(void **state) {
  (void)state;
  const hsize_t two = 2;
  const char *const texts[] = {"ab", "grün"};
  const hid_t full = string_type(2, H5T_STR_NULLPAD, H5T_CSET_ASCII);
  const hid_t blank = string_type(4, H5T_STR_SPACEPAD, H5T_CSET_ASCII);
  const hid_t any = string_type(H5T_VARIABLE, H5T_STR_NULLTERM, H5T_CSET_UTF8);
  begin_foreign();
  put("full", full, H5P_DEFAULT, 1, &two, full, "abcd");
  put("blank", blank, H5P_DEFAULT, 0, NULL, blank, "ab  ");
  put("any", any, H5P_DEFAULT, 1, &two, any, texts);
  put("unwritten", any, H5P_DEFAULT, 0, NULL, any, NULL);
  done();
  char **out;
  size_t count = 0;
  assert_ok(
      iclgd_source_texts(source, "prompts/full", 1, &count, &arena, &out, &err),
      err);
  assert_int_equal(count, 2);
  assert_string_equal(out[0], "ab");
  assert_string_equal(out[1], "cd");
  assert_ok(
      iclgd_source_texts(source, "prompts/any", 1, &count, &arena, &out, &err),
      err);
  assert_string_equal(out[1], "grün");
  assert_ok(iclgd_source_texts(source, "prompts/blank", 0, &count, &arena, &out,
                               &err),
            err);
  assert_int_equal(count, 1);
  assert_string_equal(out[0], "ab");
  assert_ok(iclgd_source_texts(source, "prompts/unwritten", 0, &count, &arena,
                               &out, &err),
            err);
  assert_string_equal(out[0], "");
  count = 3;
  expect_message(
      iclgd_source_texts(source, "prompts/any", 1, &count, &arena, &out, &err),
      "expected string[3], found string[2]");
  H5Tclose(full);
  H5Tclose(blank);
  H5Tclose(any);
}

static void put_attribute(const char *name, hid_t type, hid_t space,
                          const void *data) {
  const hid_t attribute =
      H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(H5Awrite(attribute, type, data) >= 0);
  H5Aclose(attribute);
}

static void test_attributes(void **state) {
  (void)state;
  const hsize_t one = 1, two = 2;
  const int32_t number = 7;
  const float pair[] = {0.5f, 2};
  const hid_t fixed = string_type(3, H5T_STR_NULLPAD, H5T_CSET_ASCII);
  const hid_t scalar = H5Screate(H5S_SCALAR), null = H5Screate(H5S_NULL);
  const hid_t single = H5Screate_simple(1, &one, NULL);
  const hid_t list = H5Screate_simple(1, &two, NULL);
  begin_foreign();
  put_attribute("n", H5T_NATIVE_INT32, single, &number);
  put_attribute("eta", H5T_NATIVE_FLOAT, list, pair);
  put_attribute("name", fixed, scalar, "abc");
  put_attribute("names", fixed, list, "abcdef");
  put_attribute("null", H5T_NATIVE_FLOAT, null, pair);
  H5Sclose(scalar);
  H5Sclose(null);
  H5Sclose(single);
  H5Sclose(list);
  H5Tclose(fixed);
  done();
  int64_t integer;
  double real, *reals;
  char *text, **texts;
  size_t count;
  assert_ok(iclgd_source_attr_int(source, "prompts", "n", &integer, &err), err);
  assert_int_equal(integer, 7);
  assert_ok(iclgd_source_attr_real(source, "prompts", "n", &real, &err), err);
  assert_true(real == 7);
  assert_ok(iclgd_source_attr_reals(source, "prompts", "eta", &arena, &reals,
                                    &count, &err),
            err);
  assert_true(count == 2 && reals[0] == 0.5 && reals[1] == 2);
  assert_ok(
      iclgd_source_attr_text(source, "prompts", "name", &arena, &text, &err),
      err);
  assert_string_equal(text, "abc");
  assert_ok(iclgd_source_attr_texts(source, "prompts", "names", &arena, &texts,
                                    &count, &err),
            err);
  assert_int_equal(count, 2);
  assert_string_equal(texts[1], "def");
  assert_true(iclgd_source_has_attr(source, "/entry/prompts", "n"));
  assert_false(iclgd_source_has_attr(source, "prompts", "m"));
  expect_message(iclgd_source_attr_int(source, "prompts", "m", &integer, &err),
                 "prompts, attribute m: not found");
  expect_message(
      iclgd_source_attr_int(source, "prompts", "eta", &integer, &err),
      "expected int scalar, found float32[2]");
  expect_message(
      iclgd_source_attr_text(source, "prompts", "n", &arena, &text, &err),
      "expected string scalar, found int32[1]");
  expect_message(iclgd_source_attr_real(source, "prompts", "null", &real, &err),
                 "expected values, found none");
}

static void test_parts(void **state) {
  (void)state;
  const size_t start[] = {1, 1}, count[] = {2, 2}, beyond[] = {2, 3};
  double out[4];
  begin_foreign();
  put_numbers("x", H5T_IEEE_F32LE);
  done();
  assert_ok(iclgd_source_part(source, "prompts/x", 2, start, count, out, &err),
            err);
  assert_true(out[0] == 5 && out[1] == 6 && out[2] == 9 && out[3] == 10);
  expect_message(
      iclgd_source_part(source, "prompts/x", 2, beyond, count, out, &err),
      "expected at least 4 along dim 1, found 3");
  expect_message(
      iclgd_source_part(source, "prompts/x", 1, start, count, out, &err),
      "expected float[*], found float32[3x4]");
}

static void test_walking(void **state) {
  (void)state;
  char **names;
  size_t count, rank, extents[ICLGD_RANK_MAX];
  begin_foreign();
  put_numbers("z", H5T_IEEE_F32LE);
  put_numbers("a", H5T_IEEE_F32LE);
  done();
  assert_true(iclgd_source_has(source, "prompts/z"));
  assert_true(iclgd_source_has(source, "prompts"));
  assert_true(iclgd_source_has(source, ""));
  assert_true(iclgd_source_has(source, "/"));
  assert_false(iclgd_source_has(source, "prompts/y"));
  assert_false(iclgd_source_has(source, "prompts/z/y"));
  assert_ok(
      iclgd_source_children(source, "prompts", &arena, &names, &count, &err),
      err);
  assert_int_equal(count, 2);
  assert_string_equal(names[0], "a");
  assert_ok(iclgd_source_extents(source, "prompts/z", &rank, extents, &err),
            err);
  assert_true(rank == 2 && extents[0] == 3 && extents[1] == 4);
  expect_message(
      iclgd_source_children(source, "prompts/z", &arena, &names, &count, &err),
      "expected a group, found a dataset");
}

static void test_our_files_keep_the_order_of_creation(void **state) {
  (void)state;
  char **names;
  size_t count;
  assert_ok(sample_write(sample_path("a.h5"), false, true, &err), err);
  assert_ok(iclgd_source_open(sample_path("a.h5"), &source, &err), err);
  assert_ok(iclgd_source_children(source, "trajectories_loss", &arena, &names,
                                  &count, &err),
            err);
  assert_int_equal(count, 4);
  assert_string_equal(names[0], "index");
  assert_string_equal(names[1], "model");
  assert_string_equal(names[3], "newton");
}

static void test_links_are_not_followed(void **state) {
  (void)state;
  size_t expected[] = {0, 0};
  begin_foreign();
  put_numbers("x", H5T_IEEE_F32LE);
  H5Lcreate_soft("/entry/prompts/x", group, "soft", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_soft("/entry/prompts", group, "round", H5P_DEFAULT, H5P_DEFAULT);
  H5Lcreate_external("other.h5", "/x", group, "external", H5P_DEFAULT,
                     H5P_DEFAULT);
  done();
  expect_message(read_reals("prompts/soft", 2, expected), "found a soft link");
  expect_message(read_reals("prompts/round/x", 2, expected),
                 "found a soft link");
  expect_message(read_reals("prompts/external", 2, expected),
                 "found an external link");
  assert_false(iclgd_source_has(source, "prompts/soft"));
  assert_false(iclgd_source_has_attr(source, "prompts/soft", "units"));
}

static void test_values_elsewhere_are_not_read(void **state) {
  (void)state;
  const hsize_t extent = 4;
  size_t expected[] = {0};
  const hid_t external = H5Pcreate(H5P_DATASET_CREATE);
  const hid_t virtual = H5Pcreate(H5P_DATASET_CREATE);
  const hid_t space = H5Screate_simple(1, &extent, NULL);
  H5Pset_external(external, "/etc/passwd", 0, 32);
  assert_true(H5Pset_virtual(virtual, space, "other.h5", "/x", space) >= 0);
  begin_foreign();
  put("external", H5T_IEEE_F64LE, external, 1, &extent, 0, NULL);
  put("virtual", H5T_IEEE_F64LE, virtual, 1, &extent, 0, NULL);
  done();
  H5Pclose(external);
  H5Pclose(virtual);
  H5Sclose(space);
  expect_message(read_reals("prompts/external", 1, expected),
                 "lie in another file");
  expect_message(read_reals("prompts/virtual", 1, expected),
                 "a virtual dataset");
}

static void test_other_filters_are_not_read(void **state) {
  (void)state;
  size_t expected[] = {0, 0};
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  const hid_t usual = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(list, 2, three_by_four);
  H5Pset_scaleoffset(list, H5Z_SO_INT, 0);
  H5Pset_chunk(usual, 2, three_by_four);
  H5Pset_shuffle(usual);
  H5Pset_deflate(usual, 9);
  H5Pset_fletcher32(usual);
  begin_foreign();
  put("x", H5T_STD_I32LE, list, 2, three_by_four, H5T_NATIVE_INT32, twelve);
  put("y", H5T_STD_I32LE, usual, 2, three_by_four, H5T_NATIVE_INT32, twelve);
  done();
  H5Pclose(list);
  H5Pclose(usual);
  expect_message(read_reals("prompts/x", 2, expected),
                 "expected gzip, shuffle or fletcher32");
  assert_ok(read_reals("prompts/y", 2, expected), err);
}

/* Headers that promise more than there is, or than anyone has memory for. */
static void test_claims_without_storage(void **state) {
  (void)state;
  const hsize_t many = 400000000, huge[] = {(hsize_t)1 << 31, 1 << 30};
  const hsize_t chunk[] = {1000, 1}, wide = (hsize_t)1 << 28;
  size_t expected[] = {0, 0};
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  const hid_t square = H5Pcreate(H5P_DATASET_CREATE);
  const hid_t coarse = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_chunk(list, 1, chunk);
  H5Pset_chunk(square, 2, chunk);
  H5Pset_chunk(coarse, 1, &wide);
  begin_foreign();
  put("many", H5T_IEEE_F64LE, list, 1, &many, 0, NULL);
  put("late", H5T_IEEE_F64LE, H5P_DEFAULT, 1, &many, 0, NULL);
  put("huge", H5T_IEEE_F64LE, square, 2, huge, 0, NULL);
  put("coarse", H5T_IEEE_F64LE, coarse, 1, &wide, 0, NULL);
  done();
  H5Pclose(list);
  H5Pclose(square);
  H5Pclose(coarse);
  expect_message(read_reals("prompts/many", 1, expected),
                 "claims 3200000000 bytes, but the file holds only 0");
  expect_message(read_reals("prompts/late", 1, expected), "claims");
  expect_message(read_reals("prompts/huge", 2, expected), "found more");
  expect_message(read_reals("prompts/coarse", 1, expected), "expected chunks");
}

static void test_types_that_are_not_numbers(void **state) {
  (void)state;
  const hsize_t two = 2, none = 0;
  size_t expected[] = {0};
  const hid_t compound = H5Tcreate(H5T_COMPOUND, 16);
  H5Tinsert(compound, "r", 0, H5T_NATIVE_DOUBLE);
  H5Tinsert(compound, "i", 8, H5T_NATIVE_DOUBLE);
  begin_foreign();
  put("complex", compound, H5P_DEFAULT, 1, &two, 0, NULL);
  put("long", H5T_NATIVE_LDOUBLE, H5P_DEFAULT, 1, &two, 0, NULL);
  put("empty", H5T_NATIVE_DOUBLE, H5P_DEFAULT, 1, &none, 0, NULL);
  H5Tcommit2(group, "type", compound, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  done();
  H5Tclose(compound);
  expect_message(read_reals("prompts/complex", 1, expected),
                 "found compound[2]");
  expect_message(read_reals("prompts/long", 1, expected), "found float128[2]");
  expect_message(read_reals("prompts/empty", 1, expected),
                 "found empty float64");
  expect_message(read_reals("prompts/type", 1, expected), "found a named type");
  assert_false(iclgd_source_has(source, "prompts/type"));
}

static void put_text_file(const char *path, const char *text) {
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  assert_int_equal(fclose(file), 0);
}

static void test_files_that_are_not_hdf5(void **state) {
  (void)state;
  const char *text = sample_path("text"), *empty = sample_path("empty");
  const char *pipe = sample_path("pipe"), *cut = sample_path("cut.h5");
  put_text_file(text, "step,loss\n0,1\n");
  put_text_file(empty, "");
  assert_int_equal(mkfifo(pipe, 0600), 0);
  assert_ok(sample_write(cut, false, true, &err), err);
  assert_int_equal(truncate(cut, 20000), 0);
  expect_message(iclgd_source_open(text, &source, &err), "another format");
  expect_message(iclgd_source_open(empty, &source, &err), "an empty one");
  expect_message(iclgd_source_open(pipe, &source, &err), "device or pipe");
  expect_message(iclgd_source_open(sample_folder, &source, &err),
                 "found a folder");
  expect_message(iclgd_source_open(sample_path("none"), &source, &err),
                 "No such file or directory");
  expect_message(iclgd_source_open(cut, &source, &err), "is cut short");
}

/* Chunks carry the checksum of zlib: a flipped byte is noticed. */
static void test_damaged_values_are_noticed(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  size_t expected[] = {STEPS, PROMPTS, FEATURES};
  assert_ok(sample_write(path, false, true, &err), err);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set =
      H5Dopen2(file, "/entry/trajectories/gd/weight", H5P_DEFAULT);
  const hid_t space = H5Dget_space(set);
  hsize_t at[3], size;
  unsigned mask;
  haddr_t address;
  assert_true(H5Dget_chunk_info(set, space, 0, at, &mask, &address, &size) >=
              0);
  H5Dclose(set);
  H5Fclose(file);
  FILE *bytes = fopen(path, "r+b");
  assert_non_null(bytes);
  fseek(bytes, (long)(address + size / 2), SEEK_SET);
  const int old = fgetc(bytes);
  fseek(bytes, (long)(address + size / 2), SEEK_SET);
  fputc(old ^ 1, bytes);
  fclose(bytes);
  assert_ok(iclgd_source_open(path, &source, &err), err);
  expect_message(read_reals("trajectories/gd/weight", 3, expected),
                 "cannot be read (HDF5: ");
}

int main(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const struct CMUnitTest tests[] = {
      READER_TEST(test_numbers_of_any_type),
      READER_TEST(test_messages_say_expected_and_found),
      READER_TEST(test_integers_above_int64_are_refused),
      READER_TEST(test_texts_of_any_kind),
      READER_TEST(test_attributes),
      READER_TEST(test_parts),
      READER_TEST(test_walking),
      READER_TEST(test_our_files_keep_the_order_of_creation),
      READER_TEST(test_links_are_not_followed),
      READER_TEST(test_values_elsewhere_are_not_read),
      READER_TEST(test_other_filters_are_not_read),
      READER_TEST(test_claims_without_storage),
      READER_TEST(test_types_that_are_not_numbers),
      READER_TEST(test_files_that_are_not_hdf5),
      READER_TEST(test_damaged_values_are_noticed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
