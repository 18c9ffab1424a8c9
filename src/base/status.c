/* Status codes: their texts, exit codes and messages. */
#include <iclgd/status.h>

#include <stdarg.h>
#include <stdio.h>

#include "base/line.h"

const char *iclgd_status_text(iclgd_status status) {
  switch (status) {
#define ICLGD_STATUS_TEXT(name, value, meaning, exit_code) \
  case name:                                               \
    return meaning;
    ICLGD_STATUS_LIST(ICLGD_STATUS_TEXT)
#undef ICLGD_STATUS_TEXT
  }
  return "unknown status";
}

int iclgd_status_exit_code(iclgd_status status) {
  switch (status) {
#define ICLGD_STATUS_EXIT(name, value, meaning, exit_code) \
  case name:                                               \
    return exit_code;
    ICLGD_STATUS_LIST(ICLGD_STATUS_EXIT)
#undef ICLGD_STATUS_EXIT
  }
  return 1;
}

iclgd_status iclgd_fail(iclgd_error *err, iclgd_status status,
                        const char *format, ...) {
  if (err) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->text, sizeof err->text, format, arguments);
    va_end(arguments);
    /* what a file or an argument put into the message, too */
    iclgd_one_line(err->text);
  }
  return status;
}

iclgd_status iclgd_fail_memory(iclgd_error *err, const char *what) {
  return iclgd_fail(err, ICLGD_ENOMEM, "out of memory for %s", what);
}
