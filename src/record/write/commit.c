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

/* Open the closed file as a reader would. Every write was checked; a second
 * look at every array is what `iclgd validate` is for. */
static iclgd_status look_again(iclgd_record *record) {
  HANDLE file = H5Fopen(record->temporary.name, H5F_ACC_RDONLY, H5P_DEFAULT);
  if (file < 0) return iclgd_record_fail(record, "");
  HANDLE entry = H5Gopen2(file, "entry", H5P_DEFAULT);
  return entry < 0 ? iclgd_record_fail(record, "") : ICLGD_OK;
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
