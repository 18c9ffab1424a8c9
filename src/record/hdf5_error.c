/* The reason on HDF5's error stack: the innermost entry is the cause, and the
 * file driver quotes strerror() in the middle of a long description. */
#include "hdf5_error.h"

#include <hdf5.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct reason {
  bool system; /* the text came from the operating system */
  char text[160];
} reason;

static herr_t keep_innermost(unsigned depth, const H5E_error2_t *entry,
                             void *context) {
  static const char mark[] = "error message = '";
  reason *r = context;
  (void)depth;
  if (r->system || !entry->desc) return 0;
  const char *quoted = strstr(entry->desc, mark);
  const char *text = quoted ? quoted + sizeof mark - 1 : entry->desc;
  const size_t length = strcspn(text, quoted ? "'\n" : "\n");
  if (length == 0) return 0;
  r->system = quoted != NULL;
  snprintf(r->text, sizeof r->text, "%.*s", (int)length, text);
  return 0;
}

iclgd_status iclgd_fail_hdf5(iclgd_error *err, iclgd_status status,
                             const char *format, ...) {
  reason r = {.system = false};
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_innermost, &r);
  H5Eclear2(H5E_DEFAULT);
  char message[sizeof err->text];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  if (r.text[0] == '\0') return iclgd_fail(err, status, "%s", message);
  if (r.system) return iclgd_fail(err, status, "%.800s: %s", message, r.text);
  return iclgd_fail(err, status, "%.800s (HDF5: %s)", message, r.text);
}
