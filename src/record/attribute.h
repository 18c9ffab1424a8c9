/* Attributes as every tool reads them: scalar dataspaces for single values,
 * variable-length UTF-8 strings, 64-bit little-endian numbers. All replace an
 * attribute of that name; a negative value means that HDF5 failed. */
#ifndef ICLGD_RECORD_ATTRIBUTE_H
#define ICLGD_RECORD_ATTRIBUTE_H

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

herr_t iclgd_attribute_text(hid_t object, const char *name, const char *value);
herr_t iclgd_attribute_texts(hid_t object, const char *name,
                             const char *const *values, size_t count);
herr_t iclgd_attribute_int(hid_t object, const char *name, int64_t value);
herr_t iclgd_attribute_real(hid_t object, const char *name, double value);
herr_t iclgd_attribute_reals(hid_t object, const char *name,
                             const double *values, size_t count);

#endif /* ICLGD_RECORD_ATTRIBUTE_H */
