/* INI files into settings, through inih.
 *
 * Debian's inih gives handlers no line number and cuts lines at 200 bytes, so
 * the reader here counts lines, refuses over-long ones, and strips leading
 * blanks (to inih an indented line continues the value above).
 */
#include <iclgd/settings.h>

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

typedef struct reader {
  FILE *file;
  const char *path;
  iclgd_settings *settings;
  int line;
  iclgd_status status; /* of the first failure */
  iclgd_error *err;
} reader;

static char *next_line(char *buffer, int size, void *context) {
  reader *r = context;
  if (r->status) return NULL;
  if (!fgets(buffer, size, r->file)) return NULL;
  ++r->line;
  const size_t length = strlen(buffer);
  if (length + 1 == (size_t)size && buffer[length - 1] != '\n') {
    r->status = iclgd_fail(r->err, ICLGD_EINPUT,
                           "%s, line %d: longer than %d characters", r->path,
                           r->line, size - 2);
    return NULL;
  }
  const size_t blanks = strspn(buffer, " \t");
  memmove(buffer, buffer + blanks, length - blanks + 1);
  return buffer;
}

static int handle(void *context, const char *section, const char *name,
                  const char *value) {
  reader *r = context;
  char key[256], source[512];
  snprintf(key, sizeof key, "%s%s%s", section, *section ? "." : "", name);
  snprintf(source, sizeof source, "%s, line %d", r->path, r->line);
  const iclgd_status status =
      iclgd_settings_set(r->settings, key, value, source, r->err);
  if (!status) return 1;
  r->status = status == ICLGD_EUSAGE ? ICLGD_EINPUT : status;
  return 0;
}

iclgd_status iclgd_settings_load(iclgd_settings *settings, const char *path,
                                 iclgd_error *err) {
  FILE *file = fopen(path, "r");
  if (!file)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot open: %s", path,
                      strerror(errno));
  reader r = {.file = file, .path = path, .settings = settings, .err = err};
  const int fault = ini_parse_stream(next_line, &r, handle, &r);
  const int unreadable = ferror(file);
  const int reason = errno;
  fclose(file);
  if (r.status) return r.status;
  if (unreadable)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot read: %s", path,
                      strerror(reason));
  if (fault > 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s, line %d: expected [section] or key = value", path,
                      fault);
  if (fault < 0) return iclgd_fail_memory(err, path);
  return ICLGD_OK;
}
