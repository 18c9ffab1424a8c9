/* From a file under way to a file: finish, close, look again, publish. */
#include <stdlib.h>

#include "record/handle.h"
#include "record/hdf5_error.h"
#include "writer.h"

static iclgd_status close_file(iclgd_record *record) {
  const hid_t entry = record->entry, file = record->file;
  if (H5Fflush(file, H5F_SCOPE_GLOBAL) < 0)
    return iclgd_record_fail(record, "");
  record->entry = record->file = H5I_INVALID_HID;
  const herr_t entry_result = H5Gclose(entry);
  if (H5Fclose(file) < 0 || entry_result < 0)
    return iclgd_record_fail(record, "");
  return ICLGD_OK;
}

static bool is_as_written(hid_t entry, const iclgd_made_array *array) {
  hsize_t extents[H5S_MAX_RANK];
  HANDLE set = H5Dopen2(entry, array->path, H5P_DEFAULT);
  if (set < 0) return false;
  HANDLE space = H5Dget_space(set);
  if (space < 0) return false;
  const int rank = H5Sget_simple_extent_dims(space, extents, NULL);
  if (rank < 0 || (size_t)rank != array->rank) return false;
  for (size_t i = 0; i < array->rank; ++i)
    if (extents[i] != array->extents[i]) return false;
  return true;
}

/* Open the closed file as a reader would. */
static iclgd_status look_again(iclgd_record *record) {
  HANDLE file = H5Fopen(record->temporary.name, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) return iclgd_record_fail(record, "");
  HANDLE entry = H5Gopen2(file, "entry", H5P_DEFAULT);
  if (entry < 0) return iclgd_record_fail(record, "");
  for (const iclgd_made_array *a = record->arrays; a; a = a->next)
    if (!is_as_written(entry, a))
      return iclgd_fail_hdf5(&record->why, ICLGD_EIO,
                             "%s: /entry/%s is not as it was written",
                             record->path, a->path);
  return ICLGD_OK;
}

static iclgd_status finish(iclgd_record *record) {
  iclgd_status status = iclgd_record_attach_scales(record);
  for (iclgd_made_array *a = record->arrays; a && !status; a = a->next)
    status = iclgd_record_close_array(record, a);
  if (!status) status = iclgd_record_finish_groups(record);
  if (!status) status = close_file(record);
  if (!status) status = look_again(record);
  return status;
}

iclgd_status iclgd_record_commit(iclgd_record *record, iclgd_error *err) {
  QUIET;
  if (!record->failed) record->failed = finish(record);
  iclgd_status status = iclgd_record_status(record, err);
  if (!status)
    status =
        iclgd_temporary_publish(&record->temporary, record->options.force, err);
  iclgd_record_discard(record);
  return status;
}
