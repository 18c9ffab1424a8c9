/* Attributes as every tool reads them: scalar dataspaces for single values,
 * variable-length UTF-8 strings, 64-bit little-endian numbers. All replace an
 * attribute of that name; a negative value means that HDF5 failed. */
#ifndef ICLGD_RECORD_WRITE_ATTRIBUTE_H
#define ICLGD_RECORD_WRITE_ATTRIBUTE_H

#include <hdf5.h>
#include <iclgd/record.h>
#include <stddef.h>
#include <stdint.h>

/* `data` is an array of double, int64_t or const char * by the type: a list of
 * *count, or one value alone where count is NULL. */
herr_t iclgd_attribute_put(hid_t object, const char *name, iclgd_type type,
                           const size_t *count, const void *data);

herr_t iclgd_attribute_text(hid_t object, const char *name, const char *value);
herr_t iclgd_attribute_int(hid_t object, const char *name, int64_t value);

#endif /* ICLGD_RECORD_WRITE_ATTRIBUTE_H */
