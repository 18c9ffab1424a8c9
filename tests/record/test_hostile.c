/* Well-formed files that are not what they seem: attributes of dimension scales
 * of another type or extent, links in circles, extents without end, a file that
 * another program is writing. Each is a message within moments. */
#include <fcntl.h>
#include <hdf5_hl.h>
#include <iclgd/report.h>
#include <sys/file.h>

#include "sample.h"
#include "support/close.h"

/* HDF5 loses memory of its own when it gives up on a damaged file. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:libhdf5";
}

static iclgd_error err;
static size_t n_faults;

static void count_fault(void *context, const char *line) {
  (void)context;
  (void)line;
  ++n_faults;
}

static iclgd_status validate(const char *path) {
  n_faults = 0;
  return iclgd_validate(path, &sample_schema, 1, count_fault, NULL, &err);
}

/* The listing of a file, to be freed. */
static iclgd_status list(const char *path, char **text) {
  size_t length;
  const iclgd_export_options options = {.list = true};
  FILE *stream = open_memstream(text, &length);
  const iclgd_status status = iclgd_report_export(path, &options, stream, &err);
  fclose(stream);
  return status;
}

static const char array[] = "/entry/trajectories/gd/weight";
static const char scale[] = "/entry/trajectories/gd/index";

/* Replace an attribute by one of this type and number of elements, all zero;
 * -1 for a scalar. */
static void replace(hid_t file, const char *object, const char *name,
                    hid_t type, int count) {
  const hsize_t extent = (hsize_t)count;
  const hid_t space =
      count < 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &extent, NULL);
  static const char zeros[1 << 12];
  assert_true(H5Adelete_by_name(file, object, name, H5P_DEFAULT) >= 0);
  const hid_t attribute = H5Acreate_by_name(
      file, object, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  assert_true(attribute >= 0);
  assert_true(H5Awrite(attribute, type, zeros) >= 0);
  H5Aclose(attribute);
  H5Sclose(space);
}

/* The attributes of scales in a type each, or a number of elements, that the
 * specification does not know. */
static void test_attributes_of_scales(void **state) {
  const struct {
    const char *object, *name;
  } attributes[] = {{array, "DIMENSION_LIST"},
                    {scale, "CLASS"},
                    {scale, "NAME"},
                    {scale, "REFERENCE_LIST"}};
  const hid_t text = H5Tcopy(H5T_C_S1), word = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, H5T_VARIABLE);
  H5Tset_size(word, 3);
  const hid_t numbers = H5Tvlen_create(H5T_NATIVE_DOUBLE);
  const hid_t references = H5Tvlen_create(H5T_STD_REF_OBJ);
  const hid_t types[] = {text,       word,           numbers,
                         references, H5T_NATIVE_INT, H5T_STD_REF_OBJ};
  const int counts[] = {-1, 1, 2, 3, 64};
  const char *path = sample_path("a.h5");
  (void)state;
  for (size_t a = 0; a < 4; ++a)
    for (size_t t = 0; t < 6; ++t)
      for (size_t c = 0; c < 5; ++c) {
        char *listing;
        assert_ok(sample_write(path, true, true, &err), err);
        const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
        replace(file, attributes[a].object, attributes[a].name, types[t],
                counts[c]);
        H5Fclose(file);
        const iclgd_status status = validate(path);
        if (a != 2) assert_int_equal(status, ICLGD_EINPUT);
        assert_ok(list(path, &listing), err);
        free(listing);
      }
  H5Tclose(references);
  H5Tclose(numbers);
  H5Tclose(word);
  H5Tclose(text);
}

/* A reference to what is no dataset, or is nothing. */
static void test_references_elsewhere(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  const hid_t type = H5Tvlen_create(H5T_STD_REF_OBJ);
  const hsize_t three = 3;
  for (int k = 0; k < 2; ++k) {
    hobj_ref_t reference = 12345;
    char *listing;
    assert_ok(sample_write(path, true, true, &err), err);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    if (k == 0) H5Rcreate(&reference, file, "/entry/model", H5R_OBJECT, -1);
    hvl_t dims[3] = {{1, &reference}, {1, &reference}, {1, &reference}};
    H5Adelete_by_name(file, array, "DIMENSION_LIST", H5P_DEFAULT);
    const hid_t space = H5Screate_simple(1, &three, NULL);
    const hid_t attribute =
        H5Acreate_by_name(file, array, "DIMENSION_LIST", type, space,
                          H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, dims) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Fclose(file);
    assert_int_equal(validate(path), ICLGD_EINPUT);
    assert_int_equal(n_faults, 3); /* no scale of three dims is attached */
    assert_ok(list(path, &listing), err);
    assert_non_null(strstr(listing, "trajectories/gd"));
    free(listing);
  }
  H5Tclose(type);
}

/* Ten links of a group to itself: by names, 10^8 groups within depth 8. */
static void test_links_in_circles(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  char name[16], *listing;
  assert_ok(sample_write(path, true, true, &err), err);
  const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  const hid_t group = H5Gopen2(file, "/entry/trajectories", H5P_DEFAULT);
  for (int i = 0; i < 10; ++i) {
    snprintf(name, sizeof name, "again%d", i);
    H5Lcreate_hard(file, "/entry/trajectories", group, name, H5P_DEFAULT,
                   H5P_DEFAULT);
  }
  H5Gclose(group);
  H5Fclose(file);
  assert_int_equal(validate(path), ICLGD_EINPUT);
  assert_int_equal(n_faults, 1);
  assert_non_null(
      strstr(err.text, "/entry/trajectories: expected one link, found 11"));
  assert_ok(list(path, &listing), err);
  assert_non_null(strstr(listing, "trajectories/gd"));
  assert_null(strstr(listing, "again"));
  free(listing);
}

/* Names are read in one go: one by one, the time grows with their square. */
static void test_a_group_of_many_names(void **state) {
  enum { MANY = 50000 };
  (void)state;
  const char *path = sample_path("a.h5");
  iclgd_source *source;
  iclgd_arena arena = {0};
  char **names, name[16];
  size_t count;
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t group =
      H5Gcreate2(file, "entry", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  for (int i = 0; i < MANY; ++i) {
    snprintf(name, sizeof name, "x%05d", i);
    H5Lcreate_soft("/", group, name, H5P_DEFAULT, H5P_DEFAULT);
  }
  H5Gclose(group);
  H5Fclose(file);
  assert_ok(iclgd_source_open(path, &source, &err), err);
  assert_ok(iclgd_source_children(source, "", &arena, &names, &count, &err),
            err);
  assert_int_equal(count, MANY);
  assert_string_equal(names[0], "x00000");
  assert_string_equal(names[MANY - 1], "x49999");
  iclgd_arena_free(&arena);
  iclgd_source_close(source);
}

/* 2^40 rows of a small file are not written out. */
static void test_extents_without_end(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  const hsize_t extents[] = {(hsize_t)1 << 40, (hsize_t)1 << 60};
  const hsize_t chunk = 1 << 16;
  const char *const messages[] = {"claims 8796093022208 bytes",
                                  "claims 9223372036854775808 bytes"};
  for (size_t i = 0; i < 2; ++i) {
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t group =
        H5Gcreate2(file, "entry", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = H5Screate_simple(1, &extents[i], NULL);
    H5Pset_chunk(creation, 1, &chunk);
    const hid_t set = H5Dcreate2(group, "x", H5T_IEEE_F64LE, space, H5P_DEFAULT,
                                 creation, H5P_DEFAULT);
    assert_true(set >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(creation);
    H5Gclose(group);
    H5Fclose(file);
    const iclgd_export_options options = {.what = "x", .output = "-"};
    FILE *out = fopen("/dev/null", "w");
    assert_int_equal(iclgd_report_export(path, &options, out, &err),
                     ICLGD_EINPUT);
    fclose(out);
    if (!strstr(err.text, messages[i])) fail_msg("%s", err.text);
  }
}

/* A file that another program has open for writing is not a damaged one. */
static void test_a_file_in_use(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  iclgd_source *source;
  assert_ok(sample_write(path, true, true, &err), err);
  const int writer = open(path, O_RDWR);
  assert_int_equal(flock(writer, LOCK_EX | LOCK_NB), 0);
  assert_int_equal(iclgd_source_open(path, &source, &err), ICLGD_EINPUT);
  if (!strstr(err.text, "another program has this file open for writing") ||
      strstr(err.text, "damaged"))
    fail_msg("%s", err.text);
  close(writer);
  assert_ok(iclgd_source_open(path, &source, &err), err);
  iclgd_source_close(source);
}

/* What HDF5 writes into a file that is being written, and takes out when it is
 * closed: a writer that was killed leaves it. */
static void test_a_writer_that_was_killed(void **state) {
  (void)state;
  const char *path = sample_path("a.h5"), *copy = sample_path("copy.h5");
  char bytes[1 << 14];
  iclgd_source *source;
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  H5Gclose(H5Gcreate2(file, "entry", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  assert_true(H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0);
  FILE *from = fopen(path, "rb"), *to = fopen(copy, "wb");
  const size_t count = fread(bytes, 1, sizeof bytes, from);
  assert_int_equal(fwrite(bytes, 1, count, to), count);
  fclose(from);
  fclose(to);
  H5Fclose(file);
  H5Pclose(access);
  assert_int_equal(iclgd_source_open(copy, &source, &err), ICLGD_EINPUT);
  if (!strstr(err.text, "a program is writing this file"))
    fail_msg("%s", err.text);
}

/* Small texts without end: each takes more memory than its one byte. */
static void test_texts_without_end(void **state) {
  (void)state;
  const char *path = sample_path("a.h5");
  const hsize_t extent = 1 << 24;
  iclgd_source *source;
  iclgd_arena arena = {0};
  size_t count = 0;
  char **texts;
  assert_ok(sample_write(path, true, true, &err), err);
  const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
  assert_true(H5Ldelete(file, "/entry/prompts/split", H5P_DEFAULT) >= 0);
  const hid_t space = H5Screate_simple(1, &extent, NULL);
  H5Dclose(H5Dcreate2(file, "/entry/prompts/split", H5T_C_S1, space,
                      H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  H5Fclose(file);
  assert_ok(iclgd_source_open(path, &source, &err), err);
  assert_int_equal(iclgd_source_texts(source, "prompts/split", 1, &count,
                                      &arena, &texts, &err),
                   ICLGD_EINPUT);
  if (!strstr(err.text, "expected texts of up to")) fail_msg("%s", err.text);
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
  assert_int_equal(validate(path), ICLGD_EINPUT);
}

#define HOSTILE_TEST(test) \
  cmocka_unit_test_setup_teardown(test, sample_set_up, sample_tear_down)

int main(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const struct CMUnitTest tests[] = {
      HOSTILE_TEST(test_attributes_of_scales),
      HOSTILE_TEST(test_references_elsewhere),
      HOSTILE_TEST(test_links_in_circles),
      HOSTILE_TEST(test_a_group_of_many_names),
      HOSTILE_TEST(test_extents_without_end),
      HOSTILE_TEST(test_texts_without_end),
      HOSTILE_TEST(test_a_file_in_use),
      HOSTILE_TEST(test_a_writer_that_was_killed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
