/* Reading attributes; a single value may come as an array of one, as h5py and
 * others write it. */
#include "object.h"
#include "record/handle.h"
#include "record/hdf5_error.h"

enum { NAME_LENGTH_MAX = 255, ATTRIBUTES_MAX = 100000 };

bool iclgd_source_has_attr(const iclgd_source *source, const char *path,
                           const char *name) {
  QUIET;
  HANDLE owner = iclgd_source_object(source, path);
  const htri_t exists = owner >= 0 ? H5Aexists(owner, name) : 0;
  if (exists < 0)
    iclgd_source_lose(source, NULL, "%s: %s, attribute %s: damaged",
                      source->path, path, name);
  return exists > 0;
}

static iclgd_status read_one(const iclgd_source *source, const char *path,
                             const char *name, iclgd_kind kind,
                             iclgd_arena *arena, void *out, iclgd_error *err) {
  QUIET;
  SCOPED_OBJECT object;
  iclgd_status status =
      iclgd_object_attribute(source, path, name, &object, err);
  if (!status) status = iclgd_object_expect_one(&object, kind, err);
  return status ? status : iclgd_object_read(&object, kind, arena, out, err);
}

static void *read_list(const iclgd_source *source, const char *path,
                       const char *name, iclgd_kind kind, iclgd_arena *arena,
                       size_t *count, iclgd_status *status, iclgd_error *err) {
  QUIET;
  SCOPED_OBJECT object;
  *status = iclgd_object_attribute(source, path, name, &object, err);
  if (!*status) *status = iclgd_object_expect_list(&object, kind, err);
  *count = *status ? 0 : object.count;
  return *status ? NULL
                 : iclgd_object_values(&object, kind, arena, status, err);
}

iclgd_status iclgd_source_attr_text(const iclgd_source *source,
                                    const char *path, const char *name,
                                    iclgd_arena *arena, char **out,
                                    iclgd_error *err) {
  return read_one(source, path, name, ICLGD_KIND_TEXT, arena, out, err);
}

iclgd_status iclgd_source_attr_int(const iclgd_source *source, const char *path,
                                   const char *name, int64_t *out,
                                   iclgd_error *err) {
  return read_one(source, path, name, ICLGD_KIND_INT, NULL, out, err);
}

iclgd_status iclgd_source_attr_real(const iclgd_source *source,
                                    const char *path, const char *name,
                                    double *out, iclgd_error *err) {
  return read_one(source, path, name, ICLGD_KIND_NUMBER, NULL, out, err);
}

iclgd_status iclgd_source_attr_texts(const iclgd_source *source,
                                     const char *path, const char *name,
                                     iclgd_arena *arena, char ***out,
                                     size_t *count, iclgd_error *err) {
  iclgd_status status;
  *out = read_list(source, path, name, ICLGD_KIND_TEXT, arena, count, &status,
                   err);
  return status;
}

iclgd_status iclgd_source_attr_reals(const iclgd_source *source,
                                     const char *path, const char *name,
                                     iclgd_arena *arena, double **out,
                                     size_t *count, iclgd_error *err) {
  iclgd_status status;
  *out = read_list(source, path, name, ICLGD_KIND_NUMBER, arena, count, &status,
                   err);
  return status;
}

/* In the order of creation where the object tracks it: asking for an order
 * that is not there fails at once. */
static ssize_t name_at(hid_t owner, hsize_t i, char *name) {
  const size_t size = NAME_LENGTH_MAX + 1;
  const ssize_t length = H5Aget_name_by_idx(
      owner, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, name, size, H5P_DEFAULT);
  if (length >= 0) return length;
  return H5Aget_name_by_idx(owner, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
                            size, H5P_DEFAULT);
}

iclgd_status iclgd_source_attributes(const iclgd_source *source,
                                     const char *path, iclgd_arena *arena,
                                     char ***names, size_t *count,
                                     iclgd_error *err) {
  QUIET;
  char full[ICLGD_FULL_PATH_MAX], name[NAME_LENGTH_MAX + 1];
  hid_t found;
  H5O_info_t info;
  const iclgd_status status =
      iclgd_source_locate(source, path, full, &found, err);
  if (status) return status;
  HANDLE owner = found;
  if (H5Oget_info2(owner, &info, H5O_INFO_NUM_ATTRS) < 0 ||
      info.num_attrs > ATTRIBUTES_MAX)
    return iclgd_source_lose(source, err, "%s: %s: damaged", source->path,
                             full);
  *count = (size_t)info.num_attrs;
  *names = iclgd_arena_take(arena, *count, sizeof **names);
  if (!*names) return iclgd_source_lose_memory(source, err, full);
  for (size_t i = 0; i < *count; ++i) {
    const ssize_t length = name_at(owner, i, name);
    if (length < 0 || length > NAME_LENGTH_MAX)
      return iclgd_source_lose(
          source, err, "%s: %s: the name of an attribute cannot be read",
          source->path, full);
    (*names)[i] = iclgd_arena_text(arena, name);
    if (!(*names)[i]) return iclgd_source_lose_memory(source, err, full);
  }
  return ICLGD_OK;
}
