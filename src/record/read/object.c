/* What a dataset or attribute is, checked before memory is spent on it.
 *
 * A dataset is read only when its bytes lie in this file (no external storage,
 * no virtual layout) behind filters that every HDF5 has, and when the size it
 * claims is plausible for what is stored: deflate shrinks 1032 times at most.
 */
#include "object.h"

#include <stdio.h>
#include <string.h>

#include "record/handle.h"
#include "record/hdf5_error.h"

static const size_t bytes_max = (size_t)1 << 32; /* of one dataset */
static const size_t chunk_max = (size_t)1 << 30; /* of one chunk */
static const size_t unstored = (size_t)1 << 24;  /* claimed without storage */
static const size_t shrink_max = 1100;
static const size_t text_max = (size_t)1 << 24;  /* of one string */
static const size_t texts_max = (size_t)1 << 28; /* of all of a list */

void iclgd_object_close(const iclgd_object *object) {
  iclgd_handle_leave(&object->space);
  iclgd_handle_leave(&object->type);
  iclgd_handle_leave(&object->id);
}

static void describe_type(hid_t type, char *out, size_t size) {
  const size_t bits = 8 * H5Tget_size(type);
  const char *name = "unknown type";
  switch (H5Tget_class(type)) {
    case H5T_INTEGER:
      snprintf(out, size, "%sint%zu",
               H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
      return;
    case H5T_FLOAT:
      snprintf(out, size, "float%zu", bits);
      return;
    case H5T_STRING:
      name = "string";
      break;
    case H5T_COMPOUND:
      name = "compound";
      break;
    case H5T_ENUM:
      name = "enum";
      break;
    case H5T_REFERENCE:
      name = "reference";
      break;
    case H5T_VLEN:
      name = "variable-length list";
      break;
    default:
      break;
  }
  snprintf(out, size, "%s", name);
}

/* "[3x4]", "[*x4]" with a star for 0, " scalar". */
static void describe_shape(size_t rank, const size_t *extents, char *out,
                           size_t size) {
  size_t used = 0;
  snprintf(out, size, "%s", rank == 0 ? " scalar" : "");
  for (size_t i = 0; i < rank && used + 24 < size; ++i) {
    const char *before = i == 0 ? "[" : "x", *after = i + 1 == rank ? "]" : "";
    used +=
        (size_t)(extents[i] == 0
                     ? snprintf(out + used, size - used, "%s*%s", before, after)
                     : snprintf(out + used, size - used, "%s%zu%s", before,
                                extents[i], after));
  }
}

static bool has_zero(const iclgd_object *object) {
  for (size_t i = 0; i < object->rank; ++i)
    if (object->extents[i] == 0) return true;
  return false;
}

void iclgd_object_describe(const iclgd_object *object, char *out, size_t size) {
  char type[64], shape[160];
  describe_type(object->type, type, sizeof type);
  describe_shape(object->rank, object->extents, shape, sizeof shape);
  snprintf(out, size, "%s%s%s", has_zero(object) ? "empty " : "", type, shape);
}

/* Type and extents of what is open; a null dataspace has no value at all. */
static iclgd_status inspect(iclgd_object *object, iclgd_error *err) {
  const bool attribute = H5Iget_type(object->id) == H5I_ATTR;
  hsize_t extents[H5S_MAX_RANK];
  object->type = attribute ? H5Aget_type(object->id) : H5Dget_type(object->id);
  object->space =
      attribute ? H5Aget_space(object->id) : H5Dget_space(object->id);
  if (object->type < 0 || object->space < 0)
    return iclgd_source_lose(object->source, err, "%s: damaged", object->name);
  object->type_class = H5Tget_class(object->type);
  object->type_size = H5Tget_size(object->type);
  const int rank = H5Sget_simple_extent_dims(object->space, extents, NULL);
  if (object->type_class == H5T_NO_CLASS || object->type_size == 0 || rank < 0)
    return iclgd_source_lose(object->source, err, "%s: damaged", object->name);
  const H5S_class_t space = H5Sget_simple_extent_type(object->space);
  if (space == H5S_NO_CLASS)
    return iclgd_source_lose(object->source, err, "%s: damaged", object->name);
  if (space == H5S_NULL)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: expected values, found none",
                      object->name);
  object->rank = (size_t)rank;
  for (size_t i = 0; i < object->rank; ++i) object->extents[i] = extents[i];
  return ICLGD_OK;
}

static iclgd_status check_filters(const iclgd_object *object, hid_t creation,
                                  iclgd_error *err) {
  const int count = H5Pget_nfilters(creation);
  for (int i = 0; i < count; ++i) {
    unsigned flags, config;
    size_t values = 0;
    char name[64] = "";
    const H5Z_filter_t filter =
        H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL,
                       sizeof name, name, &config);
    if (filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
        filter == H5Z_FILTER_FLETCHER32)
      continue;
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected gzip, shuffle or fletcher32, found filter "
                      "%d (%.63s)",
                      object->name, (int)filter, name);
  }
  return ICLGD_OK;
}

static iclgd_status check_chunk(const iclgd_object *object, hid_t creation,
                                iclgd_error *err) {
  hsize_t chunk[H5S_MAX_RANK];
  const int rank = H5Pget_chunk(creation, H5S_MAX_RANK, chunk);
  size_t bytes = object->type_size;
  for (int i = 0; i < rank; ++i) {
    if (chunk[i] == 0 || bytes == 0 || chunk[i] > chunk_max / bytes)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: expected chunks of up to %zu bytes, found larger",
                        object->name, chunk_max);
    bytes *= (size_t)chunk[i];
  }
  return check_filters(object, creation, err);
}

static iclgd_status check_storage(const iclgd_object *object,
                                  iclgd_error *err) {
  HANDLE creation = H5Dget_create_plist(object->id);
  if (creation < 0)
    return iclgd_source_lose(object->source, err, "%s: damaged", object->name);
  const int external = H5Pget_external_count(creation);
  if (external < 0)
    return iclgd_source_lose(object->source, err, "%s: damaged", object->name);
  if (external > 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: its values lie in another file, which is not read",
                      object->name);
  switch (H5Pget_layout(creation)) {
    case H5D_COMPACT:
    case H5D_CONTIGUOUS:
      return ICLGD_OK;
    case H5D_CHUNKED:
      return check_chunk(object, creation, err);
    default:
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: a virtual dataset, which is not read",
                        object->name);
  }
}

iclgd_status iclgd_object_dataset(const iclgd_source *source, const char *path,
                                  iclgd_object *object, iclgd_error *err) {
  char full[ICLGD_FULL_PATH_MAX];
  *object = (iclgd_object){.source = source, .id = -1, .type = -1, .space = -1};
  iclgd_status status =
      iclgd_source_locate(source, path, full, &object->id, err);
  if (status) return status;
  snprintf(object->name, sizeof object->name, "%.300s: %s", source->path, full);
  if (H5Iget_type(object->id) != H5I_DATASET)
    return iclgd_fail(
        err, ICLGD_EINPUT, "%s: expected a dataset, found %s", object->name,
        H5Iget_type(object->id) == H5I_GROUP ? "a group" : "a named type");
  TRY(inspect(object, err));
  return check_storage(object, err);
}

iclgd_status iclgd_object_attribute(const iclgd_source *source,
                                    const char *path, const char *name,
                                    iclgd_object *object, iclgd_error *err) {
  char full[ICLGD_FULL_PATH_MAX];
  hid_t found;
  *object = (iclgd_object){.source = source, .id = -1, .type = -1, .space = -1};
  const iclgd_status status =
      iclgd_source_locate(source, path, full, &found, err);
  if (status) return status;
  HANDLE owner = found;
  snprintf(object->name, sizeof object->name, "%.200s: %s, attribute %.64s",
           source->path, full, name);
  const htri_t exists = H5Aexists(owner, name);
  if (exists < 0)
    return iclgd_source_lose(source, err, "%s: damaged", object->name);
  if (exists == 0)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: not found", object->name);
  object->id = H5Aopen(owner, name, H5P_DEFAULT);
  if (object->id < 0)
    return iclgd_source_lose(object->source, err, "%s: damaged", object->name);
  return inspect(object, err);
}

static bool is_kind(const iclgd_object *object, iclgd_kind kind) {
  const size_t size = object->type_size;
  switch (object->type_class) {
    case H5T_INTEGER:
      return kind != ICLGD_KIND_TEXT && size <= sizeof(int64_t);
    case H5T_FLOAT:
      return kind == ICLGD_KIND_NUMBER && size <= sizeof(double);
    case H5T_STRING:
      return kind == ICLGD_KIND_TEXT;
    default:
      return false;
  }
}

static iclgd_status mismatch(const iclgd_object *object, iclgd_kind kind,
                             const char *shape, iclgd_error *err) {
  static const char *const names[] = {"float", "int", "string"};
  char found[256];
  iclgd_object_describe(object, found, sizeof found);
  return iclgd_fail(err, ICLGD_EINPUT, "%s: expected %s%s, found %s",
                    object->name, names[kind], shape, found);
}

/* The bytes in the file, which a header may claim to be more than it has. */
static hsize_t stored_bytes(const iclgd_object *object) {
  const hsize_t stored = H5Dget_storage_size(object->id);
  hsize_t size = 0;
  HANDLE file = H5Iget_file_id(object->id);
  if (file < 0 || H5Fget_filesize(file, &size) < 0) return 0;
  return stored < size ? stored : size;
}

/* Attributes lie in the header of their object and are no larger than it. */
static iclgd_status check_claim(const iclgd_object *object, size_t bytes,
                                iclgd_error *err) {
  if (H5Iget_type(object->id) == H5I_ATTR || bytes <= unstored) return ICLGD_OK;
  const hsize_t stored = stored_bytes(object);
  if (bytes / shrink_max <= stored) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: claims %zu bytes, but the file holds only %llu",
                    object->name, bytes, (unsigned long long)stored);
}

iclgd_status iclgd_source_check_claim(const iclgd_source *source,
                                      const char *path, iclgd_error *err) {
  QUIET;
  SCOPED_OBJECT object;
  TRY(iclgd_object_dataset(source, path, &object, err));
  size_t bytes = object.type_size;
  for (size_t i = 0; i < object.rank; ++i)
    if (__builtin_mul_overflow(bytes, object.extents[i], &bytes))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: claims more bytes than there are", object.name);
  return check_claim(&object, bytes, err);
}

/* Count the elements, within the memory that may be spent, and against what is
 * stored. */
static iclgd_status measure(iclgd_object *object, iclgd_error *err) {
  enum { TEXT_COST = 40 }; /* of one in memory, beside its characters */
  const bool is_text = object->type_class == H5T_STRING;
  size_t bytes = object->type_size;
  if (bytes == 0 || bytes > text_max)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected up to %zu bytes per element, found %zu",
                      object->name, text_max, bytes);
  object->count = 1;
  for (size_t i = 0; i < object->rank; ++i) {
    if (object->extents[i] > bytes_max / 8 / object->count ||
        object->extents[i] > bytes_max / bytes)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: expected up to %zu bytes, found more",
                        object->name, bytes_max);
    object->count *= object->extents[i];
    bytes *= object->extents[i];
  }
  if (is_text && bytes + TEXT_COST * object->count > texts_max)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected texts of up to %zu bytes, found %zu texts",
                      object->name, texts_max, object->count);
  return check_claim(object, bytes, err);
}

static iclgd_status check_shape(const iclgd_object *object, iclgd_kind kind,
                                size_t rank, const size_t *extents,
                                iclgd_error *err) {
  char shape[160];
  describe_shape(rank, extents, shape, sizeof shape);
  bool fits =
      is_kind(object, kind) && object->rank == rank && !has_zero(object);
  for (size_t i = 0; fits && i < rank; ++i)
    fits = extents[i] == 0 || extents[i] == object->extents[i];
  return fits ? ICLGD_OK : mismatch(object, kind, shape, err);
}

iclgd_status iclgd_object_expect_shape(const iclgd_object *object,
                                       iclgd_kind kind, size_t rank,
                                       size_t *extents, iclgd_error *err) {
  const iclgd_status status = check_shape(object, kind, rank, extents, err);
  for (size_t i = 0; !status && i < rank; ++i) extents[i] = object->extents[i];
  return status;
}

iclgd_status iclgd_object_expect(iclgd_object *object, iclgd_kind kind,
                                 size_t rank, size_t *extents,
                                 iclgd_error *err) {
  iclgd_status status = check_shape(object, kind, rank, extents, err);
  if (!status) status = measure(object, err);
  for (size_t i = 0; !status && i < rank; ++i) extents[i] = object->extents[i];
  return status;
}

iclgd_status iclgd_object_expect_one(iclgd_object *object, iclgd_kind kind,
                                     iclgd_error *err) {
  bool fits = is_kind(object, kind);
  for (size_t i = 0; i < object->rank; ++i)
    if (object->extents[i] != 1) fits = false;
  if (!fits) return mismatch(object, kind, " scalar", err);
  return measure(object, err);
}

iclgd_status iclgd_object_expect_list(iclgd_object *object, iclgd_kind kind,
                                      iclgd_error *err) {
  if (!is_kind(object, kind) || object->rank > 1 || has_zero(object))
    return mismatch(object, kind, "[*]", err);
  return measure(object, err);
}
