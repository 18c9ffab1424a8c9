/* HDF5 files: a valid one after edits that its structure allows, before
 * everything that reads. An input is a list of edits of four bytes:
 *   what is done, to which object, and with what.
 * Bytes that HDF5 itself does not bear are for a child process
 * (tests/report/check_hostile.py). */
#include <hdf5.h>
#include <iclgd/record.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

static const iclgd_group groups[] = {
    GROUP_PLOT("loss", "mean", "step", "loss", "over training"),
    GROUP("model", "weights", "the last ones"),
};
static const iclgd_dataset datasets[] = {
    DATA_INT("loss/step", "step", "step", "updates done"),
    DATA_REAL("loss/mean", "step", "loss", "over prompts"),
    {"loss/name", ICLGD_TEXT, "step", "", "names", "of steps"},
    DATA_REAL("model/A", "row,column", "A", "weights"),
};
static const iclgd_schema schema = SCHEMA(groups, datasets);

enum { EDIT = 4, EDITS_MAX = 24, OBJECTS_MAX = 256, NAME = 128 };

static char objects[OBJECTS_MAX][NAME], base[64], edited[64];
static size_t n_objects;

static herr_t collect(hid_t file, const char *name, const H5O_info_t *info,
                      void *context) {
  (void)file, (void)info, (void)context;
  if (n_objects < OBJECTS_MAX) snprintf(objects[n_objects++], NAME, "%s", name);
  return 0;
}

static void finish(void) {
  unlink(base);
  unlink(edited);
}

static iclgd_status write_base(void) {
  static const char *const names[] = {"one", "two", "three"};
  const iclgd_record_options options = {true, true, "a file"};
  const size_t rows = 3, extents[] = {20, 20};
  static double A[400];
  iclgd_record *record;
  iclgd_error *err = NULL;
  for (size_t i = 0; i < 400; ++i) A[i] = (double)(i * i % 97);
  TRY(iclgd_record_create(base, &schema, 1, &options, &record, err));
  iclgd_record_write(record, "loss/step", &rows, (int64_t[]){0, 1, 2}, err);
  iclgd_record_write(record, "loss/mean", &rows, A, err);
  iclgd_record_write(record, "loss/name", &rows, names, err);
  iclgd_record_write(record, "model/A", extents, A, err);
  iclgd_record_attr_texts(record, "loss", "members", names, 3, err);
  iclgd_record_attr_real(record, "model", "eta", 0.5, err);
  return iclgd_record_commit(record, err);
}

static void prepare(void) {
  if (n_objects) return;
  H5dont_atexit();
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  snprintf(base, sizeof base, "/dev/shm/fuzz-%ld.h5", (long)getpid());
  snprintf(edited, sizeof edited, "/dev/shm/fuzz-%ld-in.h5", (long)getpid());
  if (write_base()) abort();
  const hid_t file = H5Fopen(base, H5F_ACC_RDONLY, H5P_DEFAULT);
  H5Ovisit2(file, H5_INDEX_NAME, H5_ITER_INC, collect, NULL, H5O_INFO_BASIC);
  H5Fclose(file);
  atexit(finish);
}

static void copy_base(void) {
  static char bytes[1 << 20];
  FILE *in = fopen(base, "rb"), *out = fopen(edited, "wb");
  if (!in || !out) abort();
  const size_t size = fread(bytes, 1, sizeof bytes, in);
  if (fwrite(bytes, 1, size, out) != size) abort();
  fclose(in);
  fclose(out);
}

static hid_t type_of(unsigned which) {
  const hid_t types[] = {
      H5T_NATIVE_DOUBLE, H5T_NATIVE_FLOAT, H5T_NATIVE_INT64,
      H5T_NATIVE_UINT64, H5T_NATIVE_SCHAR, H5T_C_S1,
      H5T_STD_REF_OBJ,   H5T_IEEE_F64BE,   H5T_NATIVE_LDOUBLE};
  enum { TYPES = sizeof types / sizeof *types };
  which %= TYPES + 4;
  if (which < TYPES) return H5Tcopy(types[which]);
  hid_t type = H5Tcopy(H5T_C_S1);
  if (which == TYPES) H5Tset_size(type, H5T_VARIABLE);
  if (which == TYPES + 1) H5Tset_size(type, 7);
  if (which == TYPES + 2) H5Tset_strpad(type, H5T_STR_SPACEPAD);
  if (which == TYPES + 3) {
    H5Tclose(type);
    type = H5Tvlen_create(H5T_NATIVE_DOUBLE);
  }
  return type;
}

static hid_t space_of(unsigned which) {
  static const hsize_t extents[][4] = {
      {1, 1, 1, 1},          {3, 4, 2, 5}, {0, 2, 2, 1},
      {1ull << 40, 3, 1, 1}, {7, 1, 1, 1}, {1ull << 33, 1ull << 30, 2, 1}};
  const unsigned rank = which % 5, row = which / 5 % 7;
  if (row == 6) return H5Screate(H5S_NULL);
  if (rank == 0) return H5Screate(H5S_SCALAR);
  return H5Screate_simple((int)rank, extents[row], NULL);
}

/* How a dataset is stored, some as no dataset of ours is. */
static hid_t storage_of(unsigned which, hid_t space) {
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  hsize_t chunk[4] = {2, 2, 2, 2};
  const int rank = H5Sget_simple_extent_ndims(space);
  if (which % 6 == 1 && rank > 0) H5Pset_chunk(list, rank, chunk);
  if (which % 6 == 2 && rank > 0) {
    H5Pset_chunk(list, rank, chunk);
    H5Pset_scaleoffset(list, H5Z_SO_INT, 2);
  }
  if (which % 6 == 3) H5Pset_external(list, "/etc/hostname", 0, 1 << 10);
  if (which % 6 == 4) H5Pset_layout(list, H5D_COMPACT);
  if (which % 6 == 5 && rank > 0) {
    H5Pset_chunk(list, rank, chunk);
    H5Pset_fletcher32(list);
    H5Pset_deflate(list, 1);
  }
  return list;
}

static void fill(hid_t set, hid_t type, hid_t space, unsigned which) {
  static double values[512];
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  const H5T_class_t class = H5Tget_class(type);
  if (count <= 0 || count > 512 || (class != H5T_FLOAT && class != H5T_INTEGER))
    return;
  for (hssize_t i = 0; i < count; ++i)
    values[i] = which % 4 == 0   ? NAN
                : which % 4 == 1 ? INFINITY
                : which % 4 == 2 ? -1e300
                                 : (double)i;
  H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
}

static void replace(hid_t file, const char *name, const uint8_t *edit) {
  const hid_t type = type_of(edit[2] & 15), space = space_of(edit[3]);
  const hid_t storage = storage_of(edit[2] >> 4, space);
  H5Ldelete(file, name, H5P_DEFAULT);
  const hid_t set =
      H5Dcreate2(file, name, type, space, H5P_DEFAULT, storage, H5P_DEFAULT);
  if (set >= 0) fill(set, type, space, edit[3]);
  H5Dclose(set);
  H5Pclose(storage);
  H5Sclose(space);
  H5Tclose(type);
}

static void set_attribute(hid_t file, const char *name, const uint8_t *edit) {
  static const char *const names[] = {
      "signal", "axes",  "NX_class",       "units",          "long_name",
      "eta",    "NAME",  "CLASS",          "DIMENSION_LIST", "default",
      "schema", "title", "REFERENCE_LIST", "schema_version"};
  static char bytes[1 << 12];
  const char *attribute = names[edit[2] % (sizeof names / sizeof *names)];
  const hid_t owner = H5Oopen(file, name, H5P_DEFAULT);
  const hid_t type = type_of(edit[3] & 15), space = space_of(edit[3] >> 4);
  memset(bytes, edit[3], sizeof bytes);
  H5Adelete(owner, attribute);
  const hid_t made =
      H5Acreate2(owner, attribute, type, space, H5P_DEFAULT, H5P_DEFAULT);
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  const H5T_class_t class = H5Tget_class(type);
  if (made >= 0 && count > 0 && count < 256 && class != H5T_VLEN &&
      class != H5T_REFERENCE && H5Tis_variable_str(type) <= 0)
    H5Awrite(made, type, bytes);
  H5Aclose(made);
  H5Sclose(space);
  H5Tclose(type);
  H5Oclose(owner);
}

static void apply(hid_t file, const uint8_t *edit) {
  const char *name = objects[edit[1] % n_objects];
  const char *other = objects[edit[2] % n_objects];
  switch (edit[0] % 7) {
    case 0:
      H5Ldelete(file, name, H5P_DEFAULT);
      return;
    case 1:
      replace(file, name, edit);
      return;
    case 2:
      set_attribute(file, name, edit);
      return;
    case 3: /* cycles, too */
      H5Ldelete(file, name, H5P_DEFAULT);
      H5Lcreate_hard(file, other, file, name, H5P_DEFAULT, H5P_DEFAULT);
      return;
    case 4:
      H5Ldelete(file, name, H5P_DEFAULT);
      H5Lcreate_soft(edit[3] % 2 ? other : "/nowhere", file, name, H5P_DEFAULT,
                     H5P_DEFAULT);
      return;
    case 5:
      H5Ldelete(file, name, H5P_DEFAULT);
      H5Lcreate_external("/etc/passwd", other, file, name, H5P_DEFAULT,
                         H5P_DEFAULT);
      return;
    default:
      H5Lmove(file, name, file, other, H5P_DEFAULT, H5P_DEFAULT);
  }
}

static void read_attributes(const iclgd_source *source, const char *path,
                            iclgd_arena *arena) {
  iclgd_error err = {""};
  char **names, *text, **texts;
  double *reals, real;
  int64_t whole;
  size_t count, n;
  if (iclgd_source_attributes(source, path, arena, &names, &count, &err))
    count = 0;
  fuzz_check_line(err.text);
  for (size_t i = 0; i < count; ++i) {
    iclgd_source_attr_text(source, path, names[i], arena, &text, &err);
    iclgd_source_attr_texts(source, path, names[i], arena, &texts, &n, &err);
    iclgd_source_attr_int(source, path, names[i], &whole, &err);
    iclgd_source_attr_real(source, path, names[i], &real, &err);
    iclgd_source_attr_reals(source, path, names[i], arena, &reals, &n, &err);
    fuzz_check_line(err.text);
  }
}

/* Every value of every kind. */
static void read_values(const iclgd_source *source, const char *path,
                        iclgd_arena *arena) {
  iclgd_error err = {""};
  size_t rank, extents[ICLGD_RANK_MAX], count = 0;
  double *reals;
  int64_t *ints;
  char **texts;
  if (iclgd_source_extents(source, path, &rank, extents, &err)) {
    fuzz_check_line(err.text);
    return;
  }
  iclgd_source_reals(source, path, rank, extents, arena, &reals, &err);
  iclgd_source_ints(source, path, rank, extents, arena, &ints, &err);
  if (rank < 2)
    iclgd_source_texts(source, path, rank, &count, arena, &texts, &err);
  fuzz_check_line(err.text);
}

/* What was edited, and what that was made of. */
static void read_edited(const iclgd_source *source, const uint8_t *edits,
                        size_t n) {
  for (size_t k = 0; k < 2 * n; ++k) {
    const size_t i = edits[k / 2 * EDIT + 1 + k % 2] % n_objects;
    iclgd_error err = {""};
    iclgd_arena arena = {0};
    char path[NAME + 1], **names;
    size_t count;
    snprintf(path, sizeof path, "/%s", objects[i]);
    read_attributes(source, path, &arena);
    if (iclgd_source_is_group(source, path))
      iclgd_source_children(source, path, &arena, &names, &count, &err);
    else if (iclgd_source_has(source, path))
      read_values(source, path, &arena);
    iclgd_arena_free(&arena);
  }
}

/* In a child: HDF5 may not bear what it is asked to write here, and what that
 * leaves in its memory is not what reading finds. */
static bool edit_file(const uint8_t *edits, size_t n) {
  int how;
  const pid_t child = fork();
  if (child == 0) {
    const hid_t file = H5Fopen(edited, H5F_ACC_RDWR, H5P_DEFAULT);
    for (size_t i = 0; i < n; ++i) apply(file, edits + i * EDIT);
    H5Fclose(file);
    _exit(0);
  }
  return child > 0 && waitpid(child, &how, 0) == child && how == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  iclgd_error err = {""};
  iclgd_source *source;
  prepare();
  copy_base();
  const size_t edits = size / EDIT < EDITS_MAX ? size / EDIT : EDITS_MAX;
  if (!edit_file(data, edits)) return 0;
  if (iclgd_source_open(edited, &source, &err)) {
    fuzz_check_line(err.text);
  } else {
    read_edited(source, data, edits);
    iclgd_source_close(source);
  }
  if (iclgd_validate(edited, &schema, 1, NULL, NULL, &err))
    fuzz_check_line(err.text);
  return 0;
}
