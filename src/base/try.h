/* A row of calls of which the first that fails is the answer. */
#ifndef ICLGD_BASE_TRY_H
#define ICLGD_BASE_TRY_H

#include <iclgd/status.h>

/* Return the status of the call from this function unless it is ICLGD_OK; for
 * functions that hold nothing that must be given back. */
#define TRY(call)                        \
  do {                                   \
    const iclgd_status tried = (call);   \
    if (tried != ICLGD_OK) return tried; \
  } while (0)

#endif /* ICLGD_BASE_TRY_H */
