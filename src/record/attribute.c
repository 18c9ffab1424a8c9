/* Writing attributes. */
#include "attribute.h"

#include "handle.h"

static herr_t put(hid_t object, const char *name, hid_t stored, hid_t given,
                  hid_t space, const void *data) {
  const htri_t old = H5Aexists(object, name);
  if (old < 0 || (old > 0 && H5Adelete(object, name) < 0)) return -1;
  HANDLE attribute =
      H5Acreate2(object, name, stored, space, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0) return -1;
  return H5Awrite(attribute, given, data);
}

static hid_t text_type(void) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (type < 0) return type;
  if (H5Tset_size(type, H5T_VARIABLE) >= 0 &&
      H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
    return type;
  H5Tclose(type);
  return H5I_INVALID_HID;
}

static hid_t list_space(size_t count) {
  const hsize_t extent = count;
  return H5Screate_simple(1, &extent, NULL);
}

herr_t iclgd_attribute_text(hid_t object, const char *name, const char *value) {
  HANDLE type = text_type();
  HANDLE space = H5Screate(H5S_SCALAR);
  if (type < 0 || space < 0) return -1;
  return put(object, name, type, type, space, &value);
}

herr_t iclgd_attribute_texts(hid_t object, const char *name,
                             const char *const *values, size_t count) {
  HANDLE type = text_type();
  HANDLE space = list_space(count);
  if (type < 0 || space < 0) return -1;
  return put(object, name, type, type, space, values);
}

herr_t iclgd_attribute_int(hid_t object, const char *name, int64_t value) {
  HANDLE space = H5Screate(H5S_SCALAR);
  if (space < 0) return -1;
  return put(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, space, &value);
}

herr_t iclgd_attribute_real(hid_t object, const char *name, double value) {
  HANDLE space = H5Screate(H5S_SCALAR);
  if (space < 0) return -1;
  return put(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, space, &value);
}

herr_t iclgd_attribute_reals(hid_t object, const char *name,
                             const double *values, size_t count) {
  HANDLE space = list_space(count);
  if (space < 0) return -1;
  return put(object, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, space, values);
}
