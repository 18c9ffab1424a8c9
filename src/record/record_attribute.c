/* Attributes that callers add to the groups and datasets of a file under
 * way. */
#include <string.h>

#include "attribute.h"
#include "handle.h"
#include "writer.h"

/* Open what stands at the path; a declared group is created on the way. */
static iclgd_status open_object(iclgd_record *record, const char *path,
                                hid_t *out, iclgd_error *err) {
  const bool is_root = strcmp(path, "/") == 0;
  if (!is_root && !iclgd_record_find_array(record, path)) {
    if (!iclgd_schema_group(record->set, path) &&
        !iclgd_record_find_group(record, path))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: /entry/%s: neither written nor declared",
                        record->path, path);
    const iclgd_status status = iclgd_record_group(record, path, err);
    if (status) return status;
  }
  *out = H5Oopen(record->entry, *path ? path : ".", H5P_DEFAULT);
  return *out < 0 ? iclgd_record_fail(record, path, err) : ICLGD_OK;
}

static iclgd_status close_object(iclgd_record *record, const char *path,
                                 hid_t object, herr_t result,
                                 iclgd_error *err) {
  const iclgd_status status =
      result < 0 ? iclgd_record_fail(record, path, err) : ICLGD_OK;
  if (H5Oclose(object) < 0 && !status)
    return iclgd_record_fail(record, path, err);
  return status;
}

iclgd_status iclgd_record_attr_text(iclgd_record *record, const char *path,
                                    const char *name, const char *value,
                                    iclgd_error *err) {
  QUIET;
  hid_t object = H5I_INVALID_HID;
  const iclgd_status status = open_object(record, path, &object, err);
  if (status) return status;
  return close_object(record, path, object,
                      iclgd_attribute_text(object, name, value), err);
}

iclgd_status iclgd_record_attr_texts(iclgd_record *record, const char *path,
                                     const char *name,
                                     const char *const *values, size_t count,
                                     iclgd_error *err) {
  QUIET;
  hid_t object = H5I_INVALID_HID;
  const iclgd_status status = open_object(record, path, &object, err);
  if (status) return status;
  return close_object(record, path, object,
                      iclgd_attribute_texts(object, name, values, count), err);
}

iclgd_status iclgd_record_attr_int(iclgd_record *record, const char *path,
                                   const char *name, int64_t value,
                                   iclgd_error *err) {
  QUIET;
  hid_t object = H5I_INVALID_HID;
  const iclgd_status status = open_object(record, path, &object, err);
  if (status) return status;
  return close_object(record, path, object,
                      iclgd_attribute_int(object, name, value), err);
}

iclgd_status iclgd_record_attr_real(iclgd_record *record, const char *path,
                                    const char *name, double value,
                                    iclgd_error *err) {
  QUIET;
  hid_t object = H5I_INVALID_HID;
  const iclgd_status status = open_object(record, path, &object, err);
  if (status) return status;
  return close_object(record, path, object,
                      iclgd_attribute_real(object, name, value), err);
}

iclgd_status iclgd_record_attr_reals(iclgd_record *record, const char *path,
                                     const char *name, const double *values,
                                     size_t count, iclgd_error *err) {
  QUIET;
  hid_t object = H5I_INVALID_HID;
  const iclgd_status status = open_object(record, path, &object, err);
  if (status) return status;
  return close_object(record, path, object,
                      iclgd_attribute_reals(object, name, values, count), err);
}
