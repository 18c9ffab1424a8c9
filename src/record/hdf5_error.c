/* The reason on HDF5's error stack: the innermost entry is the cause, and the
 * file driver quotes strerror() in the middle of a long description. */
#include "hdf5_error.h"

#include <errno.h>
#include <hdf5.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct reason {
  iclgd_reason kind;
  bool system; /* the text came from the operating system */
  char text[ICLGD_REASON_MAX];
} reason;

/* Locks are refused with these two, which may be one; other errors of locking
 * are not about other programs. */
static iclgd_reason kind_of(const H5E_error2_t *entry) {
  char locked[32];
  const int again[] = {EAGAIN, EWOULDBLOCK};
  for (size_t i = 0; i < 2; ++i) {
    snprintf(locked, sizeof locked, "errno = %d,", again[i]);
    if (strstr(entry->desc, "unable to lock file") &&
        strstr(entry->desc, locked))
      return ICLGD_REASON_LOCKED;
  }
  if (strstr(entry->desc, "file is already open for"))
    return ICLGD_REASON_MARKED;
  if (strstr(entry->desc, "truncated file")) return ICLGD_REASON_CUT;
  return ICLGD_REASON_OTHER;
}

static herr_t keep_innermost(unsigned depth, const H5E_error2_t *entry,
                             void *context) {
  static const char mark[] = "error message = '";
  reason *r = context;
  (void)depth;
  if (r->system || !entry->desc) return 0;
  const iclgd_reason kind = kind_of(entry);
  if (kind != ICLGD_REASON_OTHER) r->kind = kind;
  const char *quoted = strstr(entry->desc, mark);
  const char *text = quoted ? quoted + sizeof mark - 1 : entry->desc;
  const size_t length = strcspn(text, quoted ? "'\n" : "\n");
  if (length == 0) return 0;
  r->system = quoted != NULL;
  snprintf(r->text, sizeof r->text, "%.*s", (int)length, text);
  return 0;
}

static reason last_reason(void) {
  reason r = {.kind = ICLGD_REASON_OTHER};
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_innermost, &r);
  H5Eclear2(H5E_DEFAULT);
  return r;
}

iclgd_reason iclgd_hdf5_reason(char why[ICLGD_REASON_MAX]) {
  const reason r = last_reason();
  memcpy(why, r.text, ICLGD_REASON_MAX);
  return r.kind;
}

iclgd_status iclgd_fail_hdf5(iclgd_error *err, iclgd_status status,
                             const char *format, ...) {
  const reason r = last_reason();
  char message[sizeof err->text];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  if (r.text[0] == '\0') return iclgd_fail(err, status, "%s", message);
  if (r.system) return iclgd_fail(err, status, "%.800s: %s", message, r.text);
  return iclgd_fail(err, status, "%.800s (HDF5: %s)", message, r.text);
}
