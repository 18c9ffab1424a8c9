/* Datasets: declared, of their type and rank, labelled, scaled. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "record/handle.h"
#include "record/read/scale.h"

static bool is_of_type(const iclgd_object *object, iclgd_type type) {
  switch (type) {
    case ICLGD_F64:
      return H5Tequal(object->type, H5T_IEEE_F64LE) > 0;
    case ICLGD_I64:
      return H5Tequal(object->type, H5T_STD_I64LE) > 0;
    case ICLGD_TEXT:
      return object->type_class == H5T_STRING &&
             H5Tis_variable_str(object->type) == (object->rank > 0) &&
             H5Tget_cset(object->type) == H5T_CSET_UTF8;
  }
  return false;
}

/* The row of a dataset: declared, or that of an index over a dim. */
static bool find_row(const iclgd_check *check, const char *path,
                     iclgd_dataset *row) {
  char group[ICLGD_FULL_PATH_MAX];
  const iclgd_dataset *declared = iclgd_schema_dataset(check->set, path);
  if (declared) {
    *row = *declared;
    return true;
  }
  const char *leaf = iclgd_path_leaf(path);
  iclgd_path_parent(path, group, sizeof group);
  *row = (iclgd_dataset)DATA_INT(path, leaf, leaf, "");
  return iclgd_schema_is_dim(check->set, group, leaf);
}

static void check_shape(iclgd_check *check, const iclgd_object *object,
                        const char *path, const iclgd_dataset *row) {
  static const char *const types[] = {"little-endian float64",
                                      "little-endian int64", "UTF-8 string"};
  iclgd_word dims[ICLGD_RANK_MAX];
  char found[256];
  const size_t rank = iclgd_schema_words(row->dims, dims, ICLGD_RANK_MAX);
  bool fits = is_of_type(object, row->type) && object->rank == rank;
  for (size_t i = 0; i < object->rank; ++i)
    if (object->extents[i] == 0) fits = false;
  if (fits) return;
  iclgd_object_describe(object, found, sizeof found);
  iclgd_fault(check, "/entry/%s: expected %s (%s), found %s%s", path,
              types[row->type], row->dims, found,
              is_of_type(object, row->type) ? "" : " of another type");
}

static void check_labels(iclgd_check *check, const char *path,
                         const iclgd_dataset *row) {
  iclgd_arena arena = {0};
  const char *label = iclgd_check_text(check, path, "long_name", &arena);
  if (label && *label == '\0')
    iclgd_fault(check, "/entry/%s, attribute long_name: is empty", path);
  if (*row->units) {
    const char *units = iclgd_check_text(check, path, "units", &arena);
    if (units && strcmp(units, row->units) != 0)
      iclgd_fault(check,
                  "/entry/%s, attribute units: expected \"%s\", found \"%s\"",
                  path, row->units, units);
  }
  iclgd_arena_free(&arena);
}

/* The scale of dim i stands in the same group under the name of the dim, has
 * its extent and is attached to it. */
static void check_scale(iclgd_check *check, const iclgd_object *object,
                        const char *path, size_t i, const char *dim) {
  char scale_path[ICLGD_FULL_PATH_MAX + ICLGD_WORD_MAX];
  iclgd_error err;
  snprintf(scale_path, sizeof scale_path, "%.*s%s",
           (int)(iclgd_path_leaf(path) - path), path, dim);
  SCOPED_OBJECT scale;
  if (iclgd_object_dataset(check->source, scale_path, &scale, &err)) {
    iclgd_fault(check, "/entry/%s: dim %s has no dimension scale", path, dim);
    return;
  }
  if (scale.rank != 1 || scale.extents[0] != object->extents[i])
    iclgd_fault(check, "/entry/%s: dim %s is %zu long, its scale is not", path,
                dim, object->extents[i]);
  if (!iclgd_scale_is(check->source, scale.id))
    iclgd_fault(check, "/entry/%s: is not marked as a dimension scale",
                scale_path);
  else if (strcmp(scale_path, path) != 0 &&
           !iclgd_scale_is_attached(check->source, object->id, object->rank, i,
                                    scale.id))
    iclgd_fault(check, "/entry/%s: the scale of dim %s is not attached", path,
                dim);
}

void iclgd_check_dataset(iclgd_check *check, const char *path) {
  iclgd_dataset row;
  iclgd_error err;
  SCOPED_OBJECT object;
  const iclgd_status status =
      iclgd_object_dataset(check->source, path, &object, &err);
  if (status) {
    iclgd_fault_of(check, status, &err);
    return;
  }
  if (!find_row(check, path, &row)) {
    iclgd_fault(check, "/entry/%s: no schema declares this dataset", path);
    return;
  }
  check_shape(check, &object, path, &row);
  check_labels(check, path, &row);
  iclgd_word dims[ICLGD_RANK_MAX];
  const size_t rank = iclgd_schema_words(row.dims, dims, ICLGD_RANK_MAX);
  for (size_t i = 0; i < rank && rank == object.rank; ++i)
    check_scale(check, &object, path, i, dims[i]);
}
