/* Dimension scales: every dim of every array gets one, since a single array
 * without makes xarray refuse the whole group. */
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

static herr_t attach(iclgd_record *record, iclgd_made_array *array, size_t dim,
                     iclgd_made_array *scale) {
  if (iclgd_record_open_array(record, scale) < 0) return -1;
  if (!scale->is_scale && H5DSset_scale(scale->open, array->dims[dim]) < 0)
    return -1;
  scale->is_scale = true;
  if (scale == array) return 0;
  if (iclgd_record_open_array(record, array) < 0) return -1;
  return H5DSattach_scale(array->open, scale->open, (unsigned)dim);
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
      if (attach(record, a, i, scale) < 0)
        return iclgd_record_fail(record, a->path);
    }
  return ICLGD_OK;
}
