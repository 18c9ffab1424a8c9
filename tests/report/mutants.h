/* A run file of which one dataset is missing, shorter, or of another rank or
 * type, before everything that reads run files. Nothing crashes: a part is left
 * out, or the file is refused by name (ICLGD_EINPUT). A file with a shorter
 * dataset says what it says as it is, or what it says without the dataset: no
 * number is taken from the wrong place. */
#ifndef ICLGD_TESTS_MUTANTS_H
#define ICLGD_TESTS_MUTANTS_H

#include <hdf5.h>
#include <iclgd/record.h>
#include <iclgd/report.h>
#include <iclgd/schemas.h>
#include <jansson.h>
#include <string.h>

#include "support/shell.h"

typedef enum mutation { DELETE, SHORTEN, NARROW, FLATTEN, RETYPE } mutation;
enum { MUTATIONS = 5, DATASETS_MAX = 2000 };
static const char *const mutation_names[] = {"delete", "shorten", "narrow",
                                             "flatten", "retype"};

static const char *const figures[] = {
    "loss",      "median", "by_context",    "training",  "alignment",
    "best-step", "cosine", "weights",       "structure", "filter",
    "loops",     "shifts", "interpolation", "landscape", "decoding",
    "diversity", "energy"};

static const char settings[] =
    "model.loops=2 prompt.d=3 prompt.n=6 train.steps=20 train.batch=16 "
    "train.eval_prompts=32 probe.prompts=40 reference.tune_prompts=20 "
    "reference.list=gd,newton extrapolation.shifts=n=2 diversity.pools=1,2 "
    "seeds=2 probe.steps=3 train.threads=1";

static char *names[DATASETS_MAX];
static size_t n_names;
static char original_path[64], mutant_path[64];
static FILE *nowhere;
static json_t *original; /* its summary */

static herr_t collect(hid_t file, const char *name, const H5O_info_t *info,
                      void *context) {
  (void)file;
  (void)context;
  if (info->type != H5O_TYPE_DATASET) return 0;
  assert_true(n_names < DATASETS_MAX);
  names[n_names++] = strdup(name);
  return 0;
}

static void copy_file(const char *from, const char *to) {
  static char buffer[1 << 16];
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  assert_true(in && out);
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, in)) > 0;)
    assert_int_equal(fwrite(buffer, 1, n, out), n);
  fclose(in);
  assert_int_equal(fclose(out), 0);
}

/* The values of a dataset as they lie in memory. */
typedef struct values {
  hid_t type, space;
  int rank;
  hsize_t extents[ICLGD_RANK_MAX];
  void *data;
} values;

static values take(hid_t file, const char *name) {
  values v;
  const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
  const hid_t space = H5Dget_space(set);
  v.type = H5Dget_type(set);
  v.rank = H5Sget_simple_extent_dims(space, v.extents, NULL);
  v.data =
      calloc((size_t)H5Sget_simple_extent_npoints(space), H5Tget_size(v.type));
  assert_true(v.data &&
              H5Dread(set, v.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, v.data) >= 0);
  v.space = space;
  H5Dclose(set);
  assert_true(H5Ldelete(file, name, H5P_DEFAULT) >= 0);
  return v;
}

/* The first rows and columns stay where they were. */
static void put(hid_t file, const char *name, const values *v,
                const hsize_t *extents, int rank) {
  const hid_t whole = H5Screate_simple(v->rank, v->extents, NULL);
  const hid_t space = H5Screate_simple(rank, extents, NULL);
  const hsize_t start[ICLGD_RANK_MAX] = {0};
  if (rank == v->rank && rank > 0)
    H5Sselect_hyperslab(whole, H5S_SELECT_SET, start, NULL, extents, NULL);
  const hid_t set = H5Dcreate2(file, name, v->type, space, H5P_DEFAULT,
                               H5P_DEFAULT, H5P_DEFAULT);
  assert_true(set >= 0);
  assert_true(H5Dwrite(set, v->type, whole, space, H5P_DEFAULT, v->data) >= 0);
  H5Dclose(set);
  H5Sclose(space);
  H5Sclose(whole);
}

static void put_other_type(hid_t file, const char *name, const values *v) {
  const bool text = H5Tget_class(v->type) == H5T_STRING;
  const hid_t word = H5Tcopy(H5T_C_S1);
  const hid_t space = H5Screate_simple(v->rank, v->extents, NULL);
  H5Tset_size(word, 4);
  H5Dclose(H5Dcreate2(file, name, text ? H5T_IEEE_F64LE : word, space,
                      H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  H5Tclose(word);
}

/* False where the dataset cannot be changed so. */
static bool mutate(const char *name, mutation how) {
  copy_file(original_path, mutant_path);
  const hid_t file = H5Fopen(mutant_path, H5F_ACC_RDWR, H5P_DEFAULT);
  assert_true(file >= 0);
  values v = take(file, name);
  hsize_t extents[ICLGD_RANK_MAX], count = 1;
  bool done = how == DELETE;
  memcpy(extents, v.extents, sizeof extents);
  for (int i = 0; i < v.rank; ++i) count *= extents[i];
  const int dim = how == SHORTEN ? 0 : v.rank - 1;
  if ((how == SHORTEN && v.rank > 0) || (how == NARROW && v.rank > 1)) {
    if ((done = extents[dim] > 1)) --extents[dim];
    if (done) put(file, name, &v, extents, v.rank);
  } else if (how == FLATTEN && (done = v.rank > 1)) {
    put(file, name, &v, &count, 1);
  } else if (how == RETYPE && (done = v.rank > 0)) {
    put_other_type(file, name, &v);
  }
  if (H5Tis_variable_str(v.type) > 0)
    H5Dvlen_reclaim(v.type, v.space, H5P_DEFAULT, v.data);
  H5Sclose(v.space);
  H5Tclose(v.type);
  free(v.data);
  assert_true(H5Fclose(file) >= 0);
  return done;
}

static void expect(iclgd_status status, const iclgd_error *err,
                   const char *reader) {
  if (status && (status != ICLGD_EINPUT || !*err->text))
    fail_msg("%s: status %d, \"%s\"", reader, (int)status, err->text);
}

/* The summary of the mutant; NULL when the file is refused. */
static json_t *summary_of(const char *path) {
  char *text = NULL;
  size_t length;
  iclgd_error err = {""};
  FILE *stream = open_memstream(&text, &length);
  const iclgd_status status = iclgd_report_summary(path, true, stream, &err);
  fclose(stream);
  expect(status, &err, "show --json");
  json_t *summary = status ? NULL : json_loads(text, 0, NULL);
  assert_true(status || summary);
  if (summary) json_object_del(summary, "file");
  free(text);
  return summary;
}

/* The summary as text, and every figure. */
static void read_all(void) {
  iclgd_error err = {""};
  expect(iclgd_report_summary(mutant_path, false, nowhere, &err), &err, "show");
  expect(iclgd_report_sections(mutant_path, NULL, 0, nowhere, &err), &err,
         "show --all");
  for (size_t i = 0; i < sizeof figures / sizeof *figures; ++i) {
    const iclgd_plot_options options = {
        .what = figures[i], .columns = 80, .rows = 24};
    expect(iclgd_report_plot(mutant_path, &options, nowhere, &err), &err,
           figures[i]);
  }
}

static void ignore(void *context, const char *line) {
  (void)context;
  (void)line;
}

static void read_the_rest(void) {
  iclgd_error err = {""};
  iclgd_schema schemas[ICLGD_SCHEMAS_MAX];
  const size_t count = iclgd_schemas(schemas);
  const iclgd_export_options list = {.list = true};
  bool equal;
  expect(iclgd_report_page(mutant_path, NULL, nowhere, &err), &err, "report");
  expect(iclgd_report_diff(original_path, mutant_path, false, &equal, nowhere,
                           &err),
         &err, "diff");
  expect(iclgd_report_export(mutant_path, &list, nowhere, &err), &err,
         "export --list");
  expect(iclgd_validate(mutant_path, schemas, count, ignore, NULL, &err), &err,
         "validate");
}

static void expect_known(const char *name, mutation how, const json_t *found) {
  if (!found || json_equal(found, original)) return;
  assert_true(mutate(name, DELETE));
  json_t *without = summary_of(mutant_path);
  if (!json_equal(found, without))
    fail_msg("%s %s: the summary says something else", mutation_names[how],
             name);
  json_decref(without);
}

static void try_one(size_t i, mutation how, bool all) {
  if (!mutate(names[i], how)) return;
  json_t *summary = summary_of(mutant_path);
  read_all();
  if (all) read_the_rest();
  if (how == SHORTEN || how == NARROW) expect_known(names[i], how, summary);
  json_decref(summary);
}

static int make_original(void **state) {
  char command[1024], out[4096];
  if (make_folder(state)) return -1;
  snprintf(original_path, sizeof original_path, "%s/original.h5", folder);
  snprintf(mutant_path, sizeof mutant_path, "%s/mutant.h5", folder);
  snprintf(command, sizeof command, "$I run quickstart %s -q -o original.h5",
           settings);
  if (shell(command, out, sizeof out) != 0) fail_msg("%s", out);
  const hid_t file = H5Fopen(original_path, H5F_ACC_RDONLY, H5P_DEFAULT);
  H5Ovisit(file, H5_INDEX_NAME, H5_ITER_INC, collect, NULL);
  H5Fclose(file);
  nowhere = fopen("/dev/null", "w");
  original = summary_of(original_path);
  return nowhere && original && n_names > 100 ? 0 : -1;
}

static int remove_original(void **state) {
  for (size_t i = 0; i < n_names; ++i) free(names[i]);
  json_decref(original);
  fclose(nowhere);
  return remove_folder(state);
}

#endif /* ICLGD_TESTS_MUTANTS_H */
