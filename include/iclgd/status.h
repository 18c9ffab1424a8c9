/* iclgd/status.h - how functions report what happened.
 *
 * Three kinds of outcome: a bug asserts; bad input or a failing environment
 * returns a negative status together with a one-line message; a numerical
 * outcome (a run that diverged) is a positive status, and its data are kept.
 */
#ifndef ICLGD_STATUS_H
#define ICLGD_STATUS_H

/* One row per status: name, value, meaning, exit code of the program. */
#define ICLGD_STATUS_LIST(X)                                    \
  X(ICLGD_OK, 0, "success", 0)                                  \
  X(ICLGD_DIVERGED, 1, "the computation diverged", 4)           \
  X(ICLGD_STOPPED, 2, "stopped on request", 1)                  \
  X(ICLGD_EUSAGE, -1, "bad argument or setting", 2)             \
  X(ICLGD_EINPUT, -2, "bad input file", 3)                      \
  X(ICLGD_ERANGE, -3, "outside the range that is supported", 2) \
  X(ICLGD_EIO, -4, "reading or writing failed", 1)              \
  X(ICLGD_ENOMEM, -5, "out of memory", 1)

typedef enum iclgd_status {
#define ICLGD_STATUS_ENUM(name, value, meaning, exit_code) name = value,
  ICLGD_STATUS_LIST(ICLGD_STATUS_ENUM)
#undef ICLGD_STATUS_ENUM
} iclgd_status;

/* The message that goes with a negative status; caller-owned, one line. */
typedef struct iclgd_error {
  char text[1024];
} iclgd_error;

/* The meaning of a status in a few words. */
const char *iclgd_status_text(iclgd_status status);

/* The exit code with which the program reports a status (docs/running.md). */
int iclgd_status_exit_code(iclgd_status status);

/* Write the formatted message to err (which may be NULL) and return status,
 * so that a failing function can say `return iclgd_fail(err, ...)`. A message
 * that does not fit is cut; control characters and bytes that are not UTF-8
 * become '?'. */
iclgd_status iclgd_fail(iclgd_error *err, iclgd_status status,
                        const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a failed allocation of `what`. */
iclgd_status iclgd_fail_memory(iclgd_error *err, const char *what);

/* Return the status of the call from this function unless it is ICLGD_OK; for
 * functions that hold nothing that must be given back. A program that has a TRY
 * of its own defines ICLGD_NO_TRY before it includes this. */
#ifndef ICLGD_NO_TRY
#define TRY(call)                        \
  do {                                   \
    const iclgd_status tried = (call);   \
    if (tried != ICLGD_OK) return tried; \
  } while (0)
#endif

#endif /* ICLGD_STATUS_H */
