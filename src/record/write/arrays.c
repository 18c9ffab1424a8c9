/* Datasets: created as declared, written whole or in parts. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attribute.h"
#include "layout.h"
#include "record/handle.h"
#include "record/hdf5_error.h"
#include "writer.h"

iclgd_status iclgd_record_close_array(iclgd_record *record,
                                      iclgd_made_array *array) {
  const hid_t open = array->open;
  array->open = H5I_INVALID_HID;
  if (open >= 0 && H5Dclose(open) < 0)
    return iclgd_record_fail(record, array->path);
  return ICLGD_OK;
}

iclgd_status iclgd_record_settle_array(iclgd_record *record,
                                       iclgd_made_array *array) {
  enum { FEW = ICLGD_CHUNK_BYTES / 16 };
  size_t elements = 1;
  for (size_t i = 0; i < array->rank; ++i) elements *= array->extents[i];
  if (array->missing > 0 || elements <= FEW) return ICLGD_OK;
  return iclgd_record_close_array(record, array);
}

/* Set rank, dims, extents and the number of elements from the row. */
static iclgd_status shape(iclgd_record *record, iclgd_made_array *array,
                          const iclgd_dataset *row, const size_t *extents,
                          const size_t *block) {
  array->rank = iclgd_schema_words(row->dims, array->dims, ICLGD_RANK_MAX);
  if (array->rank > ICLGD_RANK_MAX)
    return iclgd_record_refuse(record, array->path,
                               "declared with too many dims");
  array->missing = 1;
  for (size_t i = 0; i < array->rank; ++i) {
    if (extents[i] == 0)
      return iclgd_record_refuse(record, array->path, "has an extent of 0");
    if (array->missing > SIZE_MAX / 64 / extents[i])
      return iclgd_record_refuse(record, array->path, "has too many elements");
    array->extents[i] = extents[i];
    array->block[i] = block[i] < extents[i] ? block[i] : extents[i];
    array->missing *= extents[i];
  }
  return ICLGD_OK;
}

/* Whether two arrays of one group give a dim of one name two extents. */
static bool disagree(const iclgd_made_array *a, const iclgd_made_array *b) {
  for (size_t i = 0; i < a->rank; ++i)
    for (size_t j = 0; j < b->rank; ++j)
      if (strcmp(a->dims[i], b->dims[j]) == 0 && a->extents[i] != b->extents[j])
        return true;
  return false;
}

static iclgd_status agree_with_group(iclgd_record *record,
                                     const iclgd_made_array *array) {
  const size_t folder = (size_t)(iclgd_path_leaf(array->path) - array->path);
  const iclgd_made_array *a = iclgd_record_neighbours(record, array->path);
  for (; a; a = a->neighbour) {
    const size_t other = (size_t)(iclgd_path_leaf(a->path) - a->path);
    if (other != folder || memcmp(a->path, array->path, folder) != 0) continue;
    if (disagree(a, array))
      return iclgd_fail(&record->why, ICLGD_EUSAGE,
                        "%s: /entry/%s: differs in a shared dim from %s",
                        record->path, array->path, iclgd_path_leaf(a->path));
  }
  return ICLGD_OK;
}

static herr_t describe(hid_t set, const iclgd_dataset *row) {
  if (*row->units && iclgd_attribute_text(set, "units", row->units) < 0)
    return -1;
  if (iclgd_attribute_text(set, "long_name", row->long_name) < 0) return -1;
  if (*row->description == '\0') return 0;
  return iclgd_attribute_text(set, "description", row->description);
}

static hid_t create(iclgd_record *record, iclgd_made_array *array, hid_t type) {
  hsize_t extents[ICLGD_RANK_MAX];
  for (size_t i = 0; i < array->rank; ++i) extents[i] = array->extents[i];
  HANDLE space = array->rank == 0
                     ? H5Screate(H5S_SCALAR)
                     : H5Screate_simple((int)array->rank, extents, NULL);
  const iclgd_layout layout = {H5Tget_size(type), array->rank, array->extents,
                               array->block};
  HANDLE creation = iclgd_layout_creation(&layout, type);
  HANDLE access = iclgd_layout_access(&layout);
  if (space < 0 || creation < 0 || access < 0) return H5I_INVALID_HID;
  const H5D_layout_t layout_kind = H5Pget_layout(creation);
  if (layout_kind == H5D_LAYOUT_ERROR ||
      (layout_kind == H5D_CHUNKED &&
       H5Pget_chunk(creation, (int)array->rank, array->chunk) < 0))
    return H5I_INVALID_HID;
  return H5Dcreate2(record->entry, array->path, type, space, H5P_DEFAULT,
                    creation, access);
}

iclgd_status iclgd_record_array(iclgd_record *record, const char *path,
                                const iclgd_dataset *row, hid_t type,
                                const size_t *extents, const size_t *block,
                                iclgd_made_array **out) {
  if (strlen(path) >= ICLGD_PATH_MAX)
    return iclgd_fail(&record->why, ICLGD_EUSAGE, "%s: a path is too long",
                      record->path);
  if (iclgd_record_find_array(record, path))
    return iclgd_record_refuse(record, path, "is created a second time");
  iclgd_made_array *array = iclgd_arena_take(&record->arena, 1, sizeof *array);
  if (!array) return iclgd_record_fail_memory(record);
  array->path = iclgd_arena_text(&record->arena, path);
  if (!array->path) return iclgd_record_fail_memory(record);
  array->type = row->type;
  TRY(shape(record, array, row, extents, block));
  TRY(agree_with_group(record, array));
  char parent[ICLGD_PATH_MAX];
  iclgd_path_parent(path, parent, sizeof parent);
  TRY(iclgd_record_group(record, parent));
  array->open = create(record, array, type);
  if (array->open < 0) return iclgd_record_fail(record, path);
  iclgd_record_keep_array(record, array);
  if (describe(array->open, row) < 0 ||
      H5Rcreate(&array->reference, array->open, ".", H5R_OBJECT, -1) < 0)
    return iclgd_record_fail(record, path);
  *out = array;
  return ICLGD_OK;
}

static iclgd_status find_row(iclgd_record *record, const char *path,
                             const iclgd_dataset **row) {
  *row = iclgd_schema_dataset(record->set, path);
  if (*row) return ICLGD_OK;
  return iclgd_record_refuse(record, path, "is declared by no schema");
}

static iclgd_status begin(iclgd_record *record, const char *path,
                          const size_t *extents, const size_t *block) {
  const iclgd_dataset *row;
  iclgd_made_array *array;
  TRY(find_row(record, path, &row));
  if (row->type == ICLGD_TEXT)
    return iclgd_record_refuse(record, path, "is text, which is written whole");
  const hid_t type = row->type == ICLGD_F64 ? H5T_IEEE_F64LE : H5T_STD_I64LE;
  return iclgd_record_array(record, path, row, type, extents, block, &array);
}

/* Select start, count in the dataset and write the data there. */
static herr_t write_block(const iclgd_made_array *array, const size_t *start,
                          const size_t *count, const void *data) {
  const hid_t type =
      array->type == ICLGD_F64 ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64;
  hsize_t from[ICLGD_RANK_MAX], extents[ICLGD_RANK_MAX];
  for (size_t i = 0; i < array->rank; ++i) {
    from[i] = start[i];
    extents[i] = count[i];
  }
  if (array->rank == 0)
    return H5Dwrite(array->open, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
  HANDLE memory = H5Screate_simple((int)array->rank, extents, NULL);
  HANDLE space = H5Dget_space(array->open);
  if (memory < 0 || space < 0 ||
      H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, extents, NULL) < 0)
    return -1;
  return H5Dwrite(array->open, type, memory, space, H5P_DEFAULT, data);
}

hid_t iclgd_record_open_array(const iclgd_record *record,
                              iclgd_made_array *array) {
  if (array->open >= 0) return array->open;
  const iclgd_layout layout = {sizeof(double), array->rank, array->extents,
                               array->block};
  HANDLE access = iclgd_layout_access(&layout);
  if (access >= 0) array->open = H5Dopen2(record->entry, array->path, access);
  return array->open;
}

iclgd_status iclgd_record_array_part(iclgd_record *record, const char *path,
                                     const size_t *start, const size_t *count,
                                     const void *data) {
  iclgd_made_array *array = iclgd_record_find_array(record, path);
  if (!array || array->type == ICLGD_TEXT)
    return iclgd_record_refuse(record, path, "was not begun");
  size_t elements = 1;
  for (size_t i = 0; i < array->rank; ++i) {
    if (count[i] > array->extents[i] || start[i] > array->extents[i] - count[i])
      return iclgd_record_refuse(record, path,
                                 "a part lies outside its extents");
    elements *= count[i];
  }
  if (elements == 0) return ICLGD_OK;
  if (iclgd_record_open_array(record, array) < 0 ||
      write_block(array, start, count, data) < 0)
    return iclgd_record_fail(record, path);
  array->missing -= elements < array->missing ? elements : array->missing;
  return iclgd_record_settle_array(record, array);
}

/* One text has a fixed length, as every tool reads it; a list has texts of any
 * length, because netCDF before 4.9.1 crashes on lists of fixed length
 * (Unidata/netcdf-c issue 2159). */
static hid_t text_type(size_t rank, const char *first) {
  const size_t size = rank == 0 ? strlen(first) + 1 : H5T_VARIABLE;
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, size) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
    return type;
  H5Tclose(type);
  return H5I_INVALID_HID;
}

static iclgd_status write_texts(iclgd_record *record, const char *path,
                                const iclgd_dataset *row, const size_t *extents,
                                const void *data) {
  const char *const *texts = data;
  iclgd_word dims[ICLGD_RANK_MAX];
  iclgd_made_array *array;
  const size_t rank = iclgd_schema_words(row->dims, dims, ICLGD_RANK_MAX);
  HANDLE type = text_type(rank, texts[0]);
  if (type < 0) return iclgd_record_fail(record, path);
  const iclgd_status status =
      iclgd_record_array(record, path, row, type, extents, extents, &array);
  if (status) return status;
  if (H5Dwrite(array->open, type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
               rank == 0 ? (const void *)texts[0] : data) < 0)
    return iclgd_record_fail(record, path);
  array->missing = 0;
  return iclgd_record_settle_array(record, array);
}

iclgd_status iclgd_record_array_whole(iclgd_record *record, const char *path,
                                      const size_t *extents, const void *data) {
  static const size_t origin[ICLGD_RANK_MAX];
  const iclgd_dataset *row;
  TRY(find_row(record, path, &row));
  if (row->type == ICLGD_TEXT)
    return write_texts(record, path, row, extents, data);
  TRY(begin(record, path, extents, extents));
  return iclgd_record_array_part(record, path, origin, extents, data);
}

iclgd_status iclgd_record_begin(iclgd_record *record, const char *path,
                                const size_t *extents, iclgd_error *err) {
  return iclgd_record_begin_blocks(record, path, extents, extents, err);
}

iclgd_status iclgd_record_begin_blocks(iclgd_record *record, const char *path,
                                       const size_t *extents,
                                       const size_t *block, iclgd_error *err) {
  QUIET;
  if (!record->failed) record->failed = begin(record, path, extents, block);
  return iclgd_record_status(record, err);
}

iclgd_status iclgd_record_part(iclgd_record *record, const char *path,
                               const size_t *start, const size_t *count,
                               const void *data, iclgd_error *err) {
  QUIET;
  if (!record->failed)
    record->failed = iclgd_record_array_part(record, path, start, count, data);
  return iclgd_record_status(record, err);
}

iclgd_status iclgd_record_write(iclgd_record *record, const char *path,
                                const size_t *extents, const void *data,
                                iclgd_error *err) {
  QUIET;
  if (!record->failed)
    record->failed = iclgd_record_array_whole(record, path, extents, data);
  return iclgd_record_status(record, err);
}

iclgd_status iclgd_record_put(iclgd_record *record, const char *group,
                              const char *leaf, const size_t *extents,
                              const void *data, iclgd_error *err) {
  char path[ICLGD_PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  return iclgd_record_write(record, path, extents, data, err);
}

iclgd_status iclgd_record_put_axis(iclgd_record *record, const char *group,
                                   const char *leaf, int64_t first,
                                   size_t count, iclgd_error *err) {
  int64_t *values = malloc((count ? count : 1) * sizeof *values);
  if (!values && !record->failed)
    record->failed = iclgd_record_fail_memory(record);
  for (size_t i = 0; values && i < count; ++i) values[i] = first + (int64_t)i;
  const iclgd_status status =
      iclgd_record_put(record, group, leaf, &count, values, err);
  free(values);
  return status;
}

iclgd_status iclgd_record_put_all(iclgd_record *record, const char *group,
                                  const iclgd_member *members, size_t count,
                                  iclgd_error *err) {
  for (size_t i = 0; i < count; ++i)
    if (members[i].data)
      iclgd_record_put(record, group, members[i].leaf, members[i].extents,
                       members[i].data, err);
  return iclgd_record_status(record, err);
}
