/* Reading datasets. */
#include <string.h>

#include "object.h"
#include "record/handle.h"
#include "record/hdf5_error.h"

iclgd_status iclgd_source_extents(const iclgd_source *source, const char *path,
                                  size_t *rank, size_t extents[ICLGD_RANK_MAX],
                                  iclgd_error *err) {
  QUIET;
  SCOPED_OBJECT object;
  TRY(iclgd_object_dataset(source, path, &object, err));
  if (object.rank > ICLGD_RANK_MAX)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected rank up to %d, found %zu", object.name,
                      ICLGD_RANK_MAX, object.rank);
  *rank = object.rank;
  memcpy(extents, object.extents, object.rank * sizeof *extents);
  return ICLGD_OK;
}

static void *read_whole(const iclgd_source *source, const char *path,
                        iclgd_kind kind, size_t rank, size_t *extents,
                        iclgd_arena *arena, iclgd_status *status,
                        iclgd_error *err) {
  QUIET;
  SCOPED_OBJECT object;
  *status = iclgd_object_dataset(source, path, &object, err);
  if (!*status)
    *status = iclgd_object_expect(&object, kind, rank, extents, err);
  return *status ? NULL
                 : iclgd_object_values(&object, kind, arena, status, err);
}

iclgd_status iclgd_source_reals(const iclgd_source *source, const char *path,
                                size_t rank, size_t *expected,
                                iclgd_arena *arena, double **out,
                                iclgd_error *err) {
  iclgd_status status;
  *out = read_whole(source, path, ICLGD_KIND_NUMBER, rank, expected, arena,
                    &status, err);
  return status;
}

iclgd_status iclgd_source_ints(const iclgd_source *source, const char *path,
                               size_t rank, size_t *expected,
                               iclgd_arena *arena, int64_t **out,
                               iclgd_error *err) {
  iclgd_status status;
  *out = read_whole(source, path, ICLGD_KIND_INT, rank, expected, arena,
                    &status, err);
  return status;
}

iclgd_status iclgd_source_texts(const iclgd_source *source, const char *path,
                                size_t rank, size_t *count, iclgd_arena *arena,
                                char ***out, iclgd_error *err) {
  iclgd_status status;
  size_t extent = *count;
  *out = read_whole(source, path, ICLGD_KIND_TEXT, rank, &extent, arena,
                    &status, err);
  if (!status) *count = rank == 0 ? 1 : extent;
  return status;
}

static herr_t read_block(const iclgd_object *object, hid_t type,
                         const hsize_t *start, const hsize_t *count,
                         void *out) {
  if (object->rank == 0)
    return H5Dread(object->id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out);
  HANDLE memory = H5Screate_simple((int)object->rank, count, NULL);
  if (memory < 0 || H5Sselect_hyperslab(object->space, H5S_SELECT_SET, start,
                                        NULL, count, NULL) < 0)
    return -1;
  return H5Dread(object->id, type, memory, object->space, H5P_DEFAULT, out);
}

static iclgd_status read_part(const iclgd_source *source, const char *path,
                              iclgd_kind kind, size_t rank, const size_t *start,
                              const size_t *count, void *out,
                              iclgd_error *err) {
  QUIET;
  SCOPED_OBJECT object;
  size_t extents[ICLGD_RANK_MAX] = {0};
  hsize_t from[ICLGD_RANK_MAX], length[ICLGD_RANK_MAX];
  TRY(iclgd_object_dataset(source, path, &object, err));
  TRY(iclgd_object_expect_shape(&object, kind, rank, extents, err));
  for (size_t i = 0; i < rank; ++i) {
    from[i] = start[i];
    length[i] = count[i];
    if (count[i] > extents[i] || start[i] > extents[i] - count[i])
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: expected at least %zu along dim %zu, found %zu",
                        object.name, start[i] + count[i], i + 1, extents[i]);
  }
  const hid_t type =
      kind == ICLGD_KIND_INT ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
  if (read_block(&object, type, from, length, out) < 0)
    return iclgd_source_lose(source, err, "%s: cannot be read", object.name);
  return ICLGD_OK;
}

iclgd_status iclgd_source_part(const iclgd_source *source, const char *path,
                               size_t rank, const size_t *start,
                               const size_t *count, double *out,
                               iclgd_error *err) {
  return read_part(source, path, ICLGD_KIND_NUMBER, rank, start, count, out,
                   err);
}

iclgd_status iclgd_source_part_ints(const iclgd_source *source,
                                    const char *path, size_t rank,
                                    const size_t *start, const size_t *count,
                                    int64_t *out, iclgd_error *err) {
  return read_part(source, path, ICLGD_KIND_INT, rank, start, count, out, err);
}
