/* Reading attributes; a single value may come as an array of one, as h5py and
 * others write it. */
#include "object.h"
#include "record/handle.h"
#include "record/hdf5_error.h"

enum { NAME_LENGTH_MAX = 255, ATTRIBUTES_MAX = 100000 };

bool iclgd_source_has_attr(const iclgd_source *source, const char *path,
                           const char *name) {
  QUIET;
  char full[ICLGD_FULL_PATH_MAX];
  hid_t found;
  if (!iclgd_source_full_path(path, full)) return false;
  if (iclgd_source_locate(source, full, &found, NULL)) return false;
  HANDLE object = found;
  return H5Aexists(object, name) > 0;
}

iclgd_status iclgd_source_attr_text(const iclgd_source *source,
                                    const char *path, const char *name,
                                    iclgd_arena *arena, char **out,
                                    iclgd_error *err) {
  QUIET;
  ITEM item;
  iclgd_status status = iclgd_item_attribute(source, path, name, &item, err);
  if (!status) status = iclgd_item_expect_one(&item, ICLGD_KIND_TEXT, err);
  if (status) return status;
  return iclgd_item_texts(&item, arena, out, err);
}

iclgd_status iclgd_source_attr_texts(const iclgd_source *source,
                                     const char *path, const char *name,
                                     iclgd_arena *arena, char ***out,
                                     size_t *count, iclgd_error *err) {
  QUIET;
  ITEM item;
  iclgd_status status = iclgd_item_attribute(source, path, name, &item, err);
  if (!status) status = iclgd_item_expect_list(&item, ICLGD_KIND_TEXT, err);
  if (status) return status;
  *out = iclgd_arena_take(arena, item.count, sizeof **out);
  if (!*out) return iclgd_fail_memory(err, item.name);
  *count = item.count;
  return iclgd_item_texts(&item, arena, *out, err);
}

iclgd_status iclgd_source_attr_int(const iclgd_source *source, const char *path,
                                   const char *name, int64_t *out,
                                   iclgd_error *err) {
  QUIET;
  ITEM item;
  iclgd_status status = iclgd_item_attribute(source, path, name, &item, err);
  if (!status) status = iclgd_item_expect_one(&item, ICLGD_KIND_INT, err);
  if (status) return status;
  return iclgd_item_ints(&item, out, err);
}

iclgd_status iclgd_source_attr_real(const iclgd_source *source,
                                    const char *path, const char *name,
                                    double *out, iclgd_error *err) {
  QUIET;
  ITEM item;
  iclgd_status status = iclgd_item_attribute(source, path, name, &item, err);
  if (!status) status = iclgd_item_expect_one(&item, ICLGD_KIND_NUMBER, err);
  if (status) return status;
  return iclgd_item_reals(&item, out, err);
}

iclgd_status iclgd_source_attr_reals(const iclgd_source *source,
                                     const char *path, const char *name,
                                     iclgd_arena *arena, double **out,
                                     size_t *count, iclgd_error *err) {
  QUIET;
  ITEM item;
  iclgd_status status = iclgd_item_attribute(source, path, name, &item, err);
  if (!status) status = iclgd_item_expect_list(&item, ICLGD_KIND_NUMBER, err);
  if (status) return status;
  *out = iclgd_arena_reals(arena, item.count, 1, 1);
  if (!*out) return iclgd_fail_memory(err, item.name);
  *count = item.count;
  return iclgd_item_reals(&item, *out, err);
}

/* In the order of creation where the object tracks it: asking for an order
 * that is not there fails at once. */
static ssize_t name_at(hid_t object, hsize_t i, char *name) {
  const size_t size = NAME_LENGTH_MAX + 1;
  const ssize_t length = H5Aget_name_by_idx(
      object, ".", H5_INDEX_CRT_ORDER, H5_ITER_INC, i, name, size, H5P_DEFAULT);
  if (length >= 0) return length;
  return H5Aget_name_by_idx(object, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
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
  if (!iclgd_source_full_path(path, full))
    return iclgd_fail(err, ICLGD_EINPUT, "%s: a path is too long",
                      source->path);
  const iclgd_status status = iclgd_source_locate(source, full, &found, err);
  if (status) return status;
  HANDLE object = found;
  if (H5Oget_info2(object, &info, H5O_INFO_NUM_ATTRS) < 0 ||
      info.num_attrs > ATTRIBUTES_MAX)
    return iclgd_fail_hdf5(err, ICLGD_EINPUT, "%s: %s: damaged", source->path,
                           full);
  *count = (size_t)info.num_attrs;
  *names = iclgd_arena_take(arena, *count, sizeof **names);
  if (!*names) return iclgd_fail_memory(err, full);
  for (size_t i = 0; i < *count; ++i) {
    const ssize_t length = name_at(object, i, name);
    if (length < 0 || length > NAME_LENGTH_MAX)
      return iclgd_fail_hdf5(err, ICLGD_EINPUT,
                             "%s: %s: the name of an attribute cannot be read",
                             source->path, full);
    (*names)[i] = iclgd_arena_text(arena, name);
    if (!(*names)[i]) return iclgd_fail_memory(err, full);
  }
  return ICLGD_OK;
}
