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

/* Why HDF5 failed last, as far as one can do something about it; `why` (may be
 * cut) is what HDF5 or the system says. Clears the stack as well. */
typedef enum iclgd_reason {
  ICLGD_REASON_OTHER,
  ICLGD_REASON_LOCKED, /* another program holds the lock of the file */
  ICLGD_REASON_MARKED, /* the file says that it is being written */
  ICLGD_REASON_CUT     /* the file is shorter than it says */
} iclgd_reason;
enum { ICLGD_REASON_MAX = 160 };
iclgd_reason iclgd_hdf5_reason(char why[ICLGD_REASON_MAX]);

#endif /* ICLGD_RECORD_HDF5_ERROR_H */
