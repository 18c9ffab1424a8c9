/* The values of a dataset or attribute whose type and size were checked. */
#include <stdlib.h>

#include "heap.h"
#include "object.h"
#include "record/handle.h"
#include "record/hdf5_error.h"

static herr_t read_all(const iclgd_item *item, hid_t type, void *out) {
  if (H5Iget_type(item->id) == H5I_ATTR) return H5Aread(item->id, type, out);
  return H5Dread(item->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
}

static iclgd_status damaged(const iclgd_item *item, iclgd_error *err) {
  return iclgd_fail_hdf5(err, ICLGD_EINPUT, "%s: cannot be read", item->name);
}

iclgd_status iclgd_item_reals(const iclgd_item *item, double *out,
                              iclgd_error *err) {
  if (read_all(item, H5T_NATIVE_DOUBLE, out) < 0) return damaged(item, err);
  return ICLGD_OK;
}

/* HDF5 clips what does not fit; only an unsigned 64-bit type has such values,
 * and then INT64_MAX stands for all of them. */
iclgd_status iclgd_item_ints(const iclgd_item *item, int64_t *out,
                             iclgd_error *err) {
  if (read_all(item, H5T_NATIVE_INT64, out) < 0) return damaged(item, err);
  if (H5Tget_sign(item->type) != H5T_SGN_NONE) return ICLGD_OK;
  for (size_t i = 0; i < item->count; ++i)
    if (out[i] == INT64_MAX)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: expected int64, found a value above it",
                        item->name);
  return ICLGD_OK;
}

/* The type of strings in memory: of one length, a zero behind the last
 * character, or of any length, in the character set of the file (which HDF5
 * does not convert). */
static hid_t memory_type(const iclgd_item *item, size_t size) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, size) >= 0 &&
      H5Tset_cset(type, H5Tget_cset(item->type)) >= 0)
    return type;
  H5Tclose(type);
  return H5I_INVALID_HID;
}

static iclgd_status keep(const iclgd_item *item, const char *text,
                         iclgd_arena *arena, char **out, iclgd_error *err) {
  *out = iclgd_arena_text(arena, text ? text : "");
  return *out ? ICLGD_OK : iclgd_fail_memory(err, item->name);
}

static iclgd_status read_variable(const iclgd_item *item, iclgd_arena *arena,
                                  char **out, iclgd_error *err) {
  HANDLE type = memory_type(item, H5T_VARIABLE);
  if (type < 0 || !iclgd_heap_is_sound(item)) return damaged(item, err);
  char **texts = calloc(item->count, sizeof *texts);
  if (!texts) return iclgd_fail_memory(err, item->name);
  iclgd_status status =
      read_all(item, type, texts) < 0 ? damaged(item, err) : ICLGD_OK;
  for (size_t i = 0; i < item->count && !status; ++i)
    status = keep(item, texts[i], arena, &out[i], err);
  H5Dvlen_reclaim(type, item->space, H5P_DEFAULT, texts);
  free(texts);
  return status;
}

static iclgd_status read_fixed(const iclgd_item *item, iclgd_arena *arena,
                               char **out, iclgd_error *err) {
  const size_t width = H5Tget_size(item->type) + 1;
  HANDLE type = memory_type(item, width);
  if (type < 0) return damaged(item, err);
  char *packed = calloc(item->count, width);
  if (!packed) return iclgd_fail_memory(err, item->name);
  iclgd_status status =
      read_all(item, type, packed) < 0 ? damaged(item, err) : ICLGD_OK;
  for (size_t i = 0; i < item->count && !status; ++i)
    status = keep(item, packed + i * width, arena, &out[i], err);
  free(packed);
  return status;
}

iclgd_status iclgd_item_texts(const iclgd_item *item, iclgd_arena *arena,
                              char **out, iclgd_error *err) {
  const htri_t variable = H5Tis_variable_str(item->type);
  if (variable < 0) return damaged(item, err);
  return variable ? read_variable(item, arena, out, err)
                  : read_fixed(item, arena, out, err);
}
