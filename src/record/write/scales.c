/* Dimension scales: every dim of every array gets one, since a single array
 * without makes xarray refuse the whole group.
 *
 * As in the HDF5 Dimension Scale Specification, but each list is written once:
 * H5DSattach_scale reads and rewrites that of the scale for every array. */
#include <hdf5_hl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/handle.h"
#include "writer.h"

/* The scale `name` in the group of `array`: the dataset written there, else
 * the indices 0, 1, 2, ... */
static iclgd_status find_or_make(iclgd_record *record,
                                 const iclgd_made_array *array, size_t dim,
                                 iclgd_made_array **out) {
  const char *name = array->dims[dim];
  char path[ICLGD_PATH_MAX + ICLGD_WORD_MAX];
  snprintf(path, sizeof path, "%.*s%s",
           (int)(iclgd_path_leaf(array->path) - array->path), array->path,
           name);
  *out = iclgd_record_find_array(record, path);
  if (*out) return ICLGD_OK;
  const iclgd_dataset row =
      DATA_INT(path, name, name, "index from 0, in the order of the file");
  const size_t count = array->extents[dim];
  int64_t *indices = malloc(count * sizeof *indices);
  if (!indices) return iclgd_record_fail_memory(record);
  for (size_t i = 0; i < count; ++i) indices[i] = (int64_t)i;
  iclgd_status status = iclgd_record_array(record, path, &row, H5T_STD_I64LE,
                                           &count, &count, out);
  const size_t start = 0;
  if (!status)
    status = iclgd_record_array_part(record, path, &start, &count, indices);
  free(indices);
  return status;
}

/* Note that the scale is that of a dim of the array. */
static iclgd_status note(iclgd_record *record, iclgd_made_array *array,
                         size_t dim, iclgd_made_array *scale) {
  array->scales[dim] = scale;
  scale->is_scale = true;
  if (scale == array) return ICLGD_OK;
  iclgd_scale_use *use = iclgd_arena_take(&record->arena, 1, sizeof *use);
  if (!use) return iclgd_record_fail_memory(record);
  *use = (iclgd_scale_use){.array = array, .dim = (int)dim};
  if (scale->uses)
    scale->last_use->next = use;
  else
    scale->uses = use;
  scale->last_use = use;
  ++scale->n_uses;
  return ICLGD_OK;
}

static herr_t put_list(hid_t set, const char *name, hid_t type, size_t count,
                       const void *list) {
  const hsize_t extent = count;
  HANDLE space = H5Screate_simple(1, &extent, NULL);
  if (type < 0 || space < 0) return -1;
  HANDLE attribute =
      H5Acreate2(set, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  return attribute < 0 ? -1 : H5Awrite(attribute, type, list);
}

/* DIMENSION_LIST: for each dim, a list of its scales. */
static herr_t put_scales(const iclgd_made_array *array) {
  hvl_t list[ICLGD_RANK_MAX];
  if (array->rank == 0 || array->scales[0] == array) return 0;
  for (size_t i = 0; i < array->rank; ++i)
    list[i] = (hvl_t){1, &array->scales[i]->reference};
  HANDLE type = H5Tvlen_create(H5T_STD_REF_OBJ);
  return put_list(array->open, "DIMENSION_LIST", type, array->rank, list);
}

/* An element of REFERENCE_LIST. */
typedef struct use {
  hobj_ref_t dataset;
  int dimension;
} use;

static herr_t put_uses(const iclgd_made_array *scale) {
  if (scale->n_uses == 0) return 0;
  use *list = calloc(scale->n_uses, sizeof *list);
  if (!list) return -1;
  size_t i = 0;
  for (const iclgd_scale_use *u = scale->uses; u; u = u->next)
    list[i++] = (use){u->array->reference, u->dim};
  HANDLE type = H5Tcreate(H5T_COMPOUND, sizeof *list);
  herr_t result = -1;
  if (type >= 0 &&
      H5Tinsert(type, "dataset", HOFFSET(use, dataset), H5T_STD_REF_OBJ) >= 0 &&
      H5Tinsert(type, "dimension", HOFFSET(use, dimension), H5T_NATIVE_INT) >=
          0)
    result = put_list(scale->open, "REFERENCE_LIST", type, i, list);
  free(list);
  return result;
}

static iclgd_status write_lists(iclgd_record *record, iclgd_made_array *array) {
  if (array->rank == 0) return ICLGD_OK;
  if (iclgd_record_open_array(record, array) < 0 ||
      (array->is_scale && H5DSset_scale(array->open, array->dims[0]) < 0) ||
      put_scales(array) < 0 || put_uses(array) < 0)
    return iclgd_record_fail(record, array->path);
  return ICLGD_OK;
}

iclgd_status iclgd_record_attach_scales(iclgd_record *record) {
  for (iclgd_made_array *a = record->arrays; a; a = a->next)
    for (size_t i = 0; i < a->rank; ++i) {
      iclgd_made_array *scale;
      TRY(find_or_make(record, a, i, &scale));
      if (scale->rank != 1 || strcmp(scale->dims[0], a->dims[i]) != 0)
        return iclgd_fail(&record->why, ICLGD_EUSAGE,
                          "%s: /entry/%s: named like a dim of %s, so its "
                          "dims must be \"%s\"",
                          record->path, scale->path, iclgd_path_leaf(a->path),
                          a->dims[i]);
      TRY(note(record, a, i, scale));
    }
  for (iclgd_made_array *a = record->arrays; a; a = a->next)
    TRY(write_lists(record, a));
  return ICLGD_OK;
}
