/* The values of a dataset or attribute whose type and size were checked. */
#include <stdlib.h>

#include "heap.h"
#include "object.h"
#include "record/handle.h"
#include "record/hdf5_error.h"

static herr_t read_all(const iclgd_object *object, hid_t type, void *out) {
  if (H5Iget_type(object->id) == H5I_ATTR)
    return H5Aread(object->id, type, out);
  return H5Dread(object->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
}

static iclgd_status damaged(const iclgd_object *object, iclgd_error *err) {
  return iclgd_source_lose(object->source, err, "%s: cannot be read",
                           object->name);
}

/* HDF5 clips what does not fit; only an unsigned 64-bit type has such values,
 * and then INT64_MAX stands for all of them. */
static iclgd_status read_ints(const iclgd_object *object, int64_t *out,
                              iclgd_error *err) {
  if (read_all(object, H5T_NATIVE_INT64, out) < 0) return damaged(object, err);
  if (H5Tget_sign(object->type) != H5T_SGN_NONE) return ICLGD_OK;
  for (size_t i = 0; i < object->count; ++i)
    if (out[i] == INT64_MAX)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: expected int64, found a value above it",
                        object->name);
  return ICLGD_OK;
}

/* The type of strings in memory: of one length, a zero behind the last
 * character, or of any length, in the character set of the file (which HDF5
 * does not convert). */
static hid_t memory_type(const iclgd_object *object, size_t size) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, size) >= 0 &&
      H5Tset_cset(type, H5Tget_cset(object->type)) >= 0)
    return type;
  H5Tclose(type);
  return H5I_INVALID_HID;
}

static iclgd_status keep(const iclgd_object *object, const char *text,
                         iclgd_arena *arena, char **out, iclgd_error *err) {
  *out = iclgd_arena_text(arena, text ? text : "");
  return *out ? ICLGD_OK
              : iclgd_source_lose_memory(object->source, err, object->name);
}

static iclgd_status read_variable(const iclgd_object *object,
                                  iclgd_arena *arena, char **out,
                                  iclgd_error *err) {
  HANDLE type = memory_type(object, H5T_VARIABLE);
  if (type < 0 || !iclgd_heap_is_sound(object)) return damaged(object, err);
  char **texts = calloc(object->count, sizeof *texts);
  if (!texts)
    return iclgd_source_lose_memory(object->source, err, object->name);
  iclgd_status status =
      read_all(object, type, texts) < 0 ? damaged(object, err) : ICLGD_OK;
  for (size_t i = 0; i < object->count && !status; ++i)
    status = keep(object, texts[i], arena, &out[i], err);
  H5Dvlen_reclaim(type, object->space, H5P_DEFAULT, texts);
  free(texts);
  return status;
}

static iclgd_status read_fixed(const iclgd_object *object, iclgd_arena *arena,
                               char **out, iclgd_error *err) {
  const size_t length = object->type_size, width = length + 1;
  HANDLE type = memory_type(object, width);
  if (type < 0 || length == 0) return damaged(object, err);
  char *packed = calloc(object->count, width);
  if (!packed)
    return iclgd_source_lose_memory(object->source, err, object->name);
  iclgd_status status =
      read_all(object, type, packed) < 0 ? damaged(object, err) : ICLGD_OK;
  for (size_t i = 0; i < object->count && !status; ++i)
    status = keep(object, packed + i * width, arena, &out[i], err);
  free(packed);
  return status;
}

iclgd_status iclgd_object_read(const iclgd_object *object, iclgd_kind kind,
                               iclgd_arena *arena, void *out,
                               iclgd_error *err) {
  if (kind == ICLGD_KIND_INT) return read_ints(object, out, err);
  if (kind == ICLGD_KIND_NUMBER)
    return read_all(object, H5T_NATIVE_DOUBLE, out) < 0 ? damaged(object, err)
                                                        : ICLGD_OK;
  const htri_t variable = H5Tis_variable_str(object->type);
  if (variable < 0) return damaged(object, err);
  return variable ? read_variable(object, arena, out, err)
                  : read_fixed(object, arena, out, err);
}

void *iclgd_object_values(const iclgd_object *object, iclgd_kind kind,
                          iclgd_arena *arena, iclgd_status *status,
                          iclgd_error *err) {
  const size_t size = kind == ICLGD_KIND_TEXT  ? sizeof(char *)
                      : kind == ICLGD_KIND_INT ? sizeof(int64_t)
                                               : sizeof(double);
  void *out = iclgd_arena_take(arena, object->count, size);
  *status = out ? iclgd_object_read(object, kind, arena, out, err)
                : iclgd_source_lose_memory(object->source, err, object->name);
  return *status ? NULL : out;
}
