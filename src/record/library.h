/* Which HDF5 library runs. */
#ifndef ICLGD_RECORD_LIBRARY_H
#define ICLGD_RECORD_LIBRARY_H

#include <stddef.h>

/* "1.10.8", written to scratch. */
const char *iclgd_hdf5_version(char *scratch, size_t size);

#endif /* ICLGD_RECORD_LIBRARY_H */
