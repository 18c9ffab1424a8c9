/* Attributes that callers add to the groups and datasets of a file under
 * way. */
#include <string.h>

#include "attribute.h"
#include "record/handle.h"
#include "writer.h"

/* Open what stands at the path; a declared group is created on the way. */
static iclgd_status open_object(iclgd_record *record, const char *path,
                                hid_t *out) {
  const bool is_root = strcmp(path, "/") == 0;
  if (!is_root && !iclgd_record_find_array(record, path)) {
    if (!iclgd_schema_group(record->set, path) &&
        !iclgd_record_find_group(record, path))
      return iclgd_record_refuse(record, path, "neither written nor declared");
    TRY(iclgd_record_group(record, path));
  }
  *out = H5Oopen(record->entry, *path ? path : ".", H5P_DEFAULT);
  return *out < 0 ? iclgd_record_fail(record, path) : ICLGD_OK;
}

static iclgd_status put(iclgd_record *record, const char *path,
                        const char *name, iclgd_type type, const size_t *count,
                        const void *data) {
  hid_t object = H5I_INVALID_HID;
  iclgd_status status = open_object(record, path, &object);
  if (status) return status;
  if (iclgd_attribute_put(object, name, type, count, data) < 0)
    status = iclgd_record_fail(record, path);
  if (H5Oclose(object) < 0 && !status) status = iclgd_record_fail(record, path);
  return status;
}

static iclgd_status attach(iclgd_record *record, const char *path,
                           const char *name, iclgd_type type,
                           const size_t *count, const void *data,
                           iclgd_error *err) {
  QUIET;
  if (!record->failed)
    record->failed = put(record, path, name, type, count, data);
  return iclgd_record_status(record, err);
}

iclgd_status iclgd_record_attr_text(iclgd_record *record, const char *path,
                                    const char *name, const char *value,
                                    iclgd_error *err) {
  return attach(record, path, name, ICLGD_TEXT, NULL, &value, err);
}

iclgd_status iclgd_record_attr_texts(iclgd_record *record, const char *path,
                                     const char *name,
                                     const char *const *values, size_t count,
                                     iclgd_error *err) {
  return attach(record, path, name, ICLGD_TEXT, &count, values, err);
}

iclgd_status iclgd_record_attr_int(iclgd_record *record, const char *path,
                                   const char *name, int64_t value,
                                   iclgd_error *err) {
  return attach(record, path, name, ICLGD_I64, NULL, &value, err);
}

iclgd_status iclgd_record_attr_real(iclgd_record *record, const char *path,
                                    const char *name, double value,
                                    iclgd_error *err) {
  return attach(record, path, name, ICLGD_F64, NULL, &value, err);
}

iclgd_status iclgd_record_attr_reals(iclgd_record *record, const char *path,
                                     const char *name, const double *values,
                                     size_t count, iclgd_error *err) {
  return attach(record, path, name, ICLGD_F64, &count, values, err);
}
