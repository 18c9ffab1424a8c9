/* INI files into settings, through inih.
 *
 * Debian's inih gives handlers no line number and cuts lines at 200 bytes. So
 * the reader here counts lines; hands over an assignment that is too long with
 * a stand-in for its value, which the handler then puts back; refuses what is
 * longer still, and what is not text; and strips leading blanks (to inih an
 * indented line continues the value above).
 */
#include <errno.h>
#include <iclgd/settings.h>
#include <ini.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "key.h"

enum { LINE_SIZE = ICLGD_VALUE_MAX + 200 };

typedef struct reader {
  FILE *file;
  const char *path;
  iclgd_settings *settings;
  int line;
  char text[LINE_SIZE];
  const char *value;   /* the long value of this line; NULL: inih has it */
  iclgd_status status; /* of the first failure */
  iclgd_error *err;
} reader;

static char *refuse(reader *r, const char *reason) {
  r->status = iclgd_fail(r->err, ICLGD_EINPUT, "%s, line %d: %s", r->path,
                         r->line, reason);
  return NULL;
}

/* The next line into r->text, without its end; NULL at the end of the file. */
static char *read_line(reader *r) {
  int c = fgetc(r->file);
  if (c == EOF) return NULL;
  ++r->line;
  size_t length = 0;
  for (; c != EOF && c != '\n'; c = fgetc(r->file)) {
    if (c == '\r') {
      const int next = fgetc(r->file);
      ungetc(next, r->file);
      if (next == '\n' || next == EOF) continue;
    }
    if ((c < ' ' && c != '\t') || c == 0x7f)
      return refuse(r, "expected text, found a control character");
    if (length + 1 == LINE_SIZE) return refuse(r, "the line is too long");
    r->text[length++] = (char)c;
  }
  r->text[length] = '\0';
  return r->text + strspn(r->text, " \t");
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

/* Cut an inline comment as inih does, and the blanks at both ends. */
static char *trim(char *value) {
  value += strspn(value, " \t");
  char *end = value;
  while (*end && !(*end == ';' && end > value && is_blank(end[-1]))) ++end;
  while (end > value && is_blank(end[-1])) --end;
  *end = '\0';
  return value;
}

static char *next_line(char *buffer, int size, void *context) {
  reader *r = context;
  r->value = NULL;
  if (r->status) return NULL;
  char *line = read_line(r);
  if (!line) return NULL;
  const size_t room = (size_t)size - sizeof " = x\n";
  size_t kept = strlen(line);
  if (*line == ';' || *line == '#') kept = 0;
  if (kept > room) {
    kept = strcspn(line, "=:");
    if (*line == '[' || !line[kept] || kept > room)
      return refuse(r, "the line is too long");
    r->value = trim(line + kept + 1);
  }
  snprintf(buffer, (size_t)size, "%.*s%s\n", (int)kept, line,
           r->value ? " = x" : "");
  return buffer;
}

static int handle(void *context, const char *section, const char *name,
                  const char *value) {
  reader *r = context;
  char key[256], source[512];
  snprintf(key, sizeof key, "%s%s%s", section, *section ? "." : "", name);
  snprintf(source, sizeof source, "%s, line %d", r->path, r->line);
  const iclgd_status status = iclgd_settings_set(
      r->settings, key, r->value ? r->value : value, source, r->err);
  if (!status) return 1;
  r->status = status == ICLGD_EUSAGE ? ICLGD_EINPUT : status;
  return 0;
}

static iclgd_status load(iclgd_settings *settings, FILE *file, const char *path,
                         iclgd_error *err) {
  reader r = {.file = file, .path = path, .settings = settings, .err = err};
  const int fault = ini_parse_stream(next_line, &r, handle, &r);
  const int unreadable = ferror(file);
  const int reason = errno;
  if (fault > 0 && (!r.status || fault < r.line)) /* inih reads on after it */
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s, line %d: expected [section] or key = value", path,
                      fault);
  if (r.status) return r.status;
  if (unreadable)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot read: %s", path,
                      strerror(reason));
  if (fault < 0) return iclgd_fail_memory(err, path);
  return ICLGD_OK;
}

iclgd_status iclgd_settings_load(iclgd_settings *settings, const char *path,
                                 iclgd_error *err) {
  FILE *file = fopen(path, "r");
  if (!file)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot open: %s", path,
                      strerror(errno));
  const iclgd_status status = load(settings, file, path, err);
  fclose(file);
  return status;
}

iclgd_status iclgd_settings_load_text(iclgd_settings *settings,
                                      const char *text, const char *name,
                                      iclgd_error *err) {
  if (*text == '\0') return ICLGD_OK; /* which fmemopen does not open */
  FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
  if (!file) return iclgd_fail_memory(err, name);
  const iclgd_status status = load(settings, file, name, err);
  fclose(file);
  return status;
}
