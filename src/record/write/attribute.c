/* Writing attributes. */
#include "attribute.h"

#include "record/handle.h"

static hid_t text_type(void) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, H5T_VARIABLE) >= 0 &&
      H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
    return type;
  H5Tclose(type);
  return H5I_INVALID_HID;
}

/* `stored` in the file, `given` in memory. */
static herr_t put(hid_t object, const char *name, hid_t stored, hid_t given,
                  const size_t *count, const void *data) {
  const hsize_t extent = count ? *count : 1;
  HANDLE space =
      count ? H5Screate_simple(1, &extent, NULL) : H5Screate(H5S_SCALAR);
  const htri_t old = H5Aexists(object, name);
  if (stored < 0 || space < 0 || old < 0 ||
      (old > 0 && H5Adelete(object, name) < 0))
    return -1;
  HANDLE attribute =
      H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0) return -1;
  return H5Awrite(attribute, given, data);
}

herr_t iclgd_attribute_put(hid_t object, const char *name, iclgd_type type,
                           const size_t *count, const void *data) {
  if (type == ICLGD_F64)
    return put(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, count, data);
  if (type == ICLGD_I64)
    return put(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, count, data);
  HANDLE text = text_type();
  return put(object, name, text, text, count, data);
}

herr_t iclgd_attribute_text(hid_t object, const char *name, const char *value) {
  return iclgd_attribute_put(object, name, ICLGD_TEXT, NULL, &value);
}

herr_t iclgd_attribute_int(hid_t object, const char *name, int64_t value) {
  return iclgd_attribute_put(object, name, ICLGD_I64, NULL, &value);
}
