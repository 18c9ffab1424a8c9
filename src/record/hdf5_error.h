/* What HDF5 says about its last failure, as one line. */
#ifndef ICLGD_RECORD_HDF5_ERROR_H
#define ICLGD_RECORD_HDF5_ERROR_H

#include <iclgd/status.h>

/* iclgd_fail with the reason behind the message: "...: No space left on
 * device" where the system gave one, else "... (HDF5: inflate() failed)". To
 * be called before any other HDF5 function, since each clears the stack. */
iclgd_status iclgd_fail_hdf5(iclgd_error *err, iclgd_status status,
                             const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif /* ICLGD_RECORD_HDF5_ERROR_H */
