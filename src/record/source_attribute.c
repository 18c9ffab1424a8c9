/* Reading attributes; a single value may come as an array of one, as h5py and
 * others write it. */
#include "handle.h"
#include "item.h"

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
