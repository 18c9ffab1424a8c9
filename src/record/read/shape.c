/* What a dataset is: type, extents, and the dims that its scales name
 * (HDF5 Dimension Scale Specification, attributes DIMENSION_LIST and NAME). */
#include <stdio.h>
#include <string.h>

#include "object.h"
#include "record/handle.h"
#include "scale.h"

/* Whether the dataset `name` stands in the group of the one at `path`. */
static bool stands_beside(const iclgd_source *source, const char *path,
                          const char *name) {
  char beside[ICLGD_FULL_PATH_MAX];
  const char *slash = strrchr(path, '/');
  const int length = slash ? (int)(slash + 1 - path) : 0;
  if (snprintf(beside, sizeof beside, "%.*s%s", length, path, name) >=
      ICLGD_FULL_PATH_MAX)
    return false;
  return *name && iclgd_source_has(source, beside);
}

/* The name of the scale of a dim, which is the last part of its path, and HDF5
 * finds that by searching the file; mostly the scale has its NAME from there.
 */
static void name_dim(const iclgd_source *source, const iclgd_object *object,
                     const char *path, size_t dim,
                     char name[ICLGD_DIM_NAME_MAX]) {
  char whole[ICLGD_FULL_PATH_MAX];
  *name = '\0';
  HANDLE scale = iclgd_scale_of(source, object->id, object->rank, dim);
  if (scale < 0) return;
  if (iclgd_scale_name(source, scale, name, ICLGD_DIM_NAME_MAX) &&
      stands_beside(source, path, name))
    return;
  *name = '\0';
  const ssize_t length = H5Iget_name(scale, whole, sizeof whole);
  if (length <= 0 || length >= (ssize_t)sizeof whole) return;
  const char *leaf = strrchr(whole, '/');
  leaf = leaf ? leaf + 1 : whole;
  if (strlen(leaf) < ICLGD_DIM_NAME_MAX) strcpy(name, leaf);
}

static void name_dims(const iclgd_source *source, const iclgd_object *object,
                      const char *path, iclgd_shape *out) {
  const char *slash = strrchr(path, '/'), *leaf = slash ? slash + 1 : path;
  out->is_scale = iclgd_scale_is(source, object->id);
  for (size_t i = 0; i < object->rank; ++i) {
    name_dim(source, object, path, i, out->dims[i]);
    if (out->is_scale && object->rank == 1 && strlen(leaf) < ICLGD_DIM_NAME_MAX)
      strcpy(out->dims[i], leaf);
  }
}

iclgd_status iclgd_source_shape(const iclgd_source *source, const char *path,
                                iclgd_shape *out, iclgd_error *err) {
  QUIET;
  SCOPED_OBJECT object;
  TRY(iclgd_object_dataset(source, path, &object, err));
  *out = (iclgd_shape){.rank = object.rank};
  const H5T_class_t class = object.type_class;
  out->type = class == H5T_INTEGER ? ICLGD_I64
              : class == H5T_FLOAT ? ICLGD_F64
                                   : ICLGD_TEXT;
  char found[256];
  iclgd_object_describe(&object, found, sizeof found);
  if (out->type == ICLGD_TEXT && class != H5T_STRING)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected numbers or text, found %s", object.name,
                      found);
  if (object.rank > ICLGD_RANK_MAX)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected rank up to %d, found %zu", object.name,
                      ICLGD_RANK_MAX, object.rank);
  memcpy(out->extents, object.extents, object.rank * sizeof *out->extents);
  name_dims(source, &object, path, out);
  return ICLGD_OK;
}
