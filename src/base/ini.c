/* INI files into settings, through inih.
 *
 * Debian's inih gives handlers no line number and cuts lines at 200 bytes. So
 * the reader here counts lines; hands over an assignment that is too long with
 * a stand-in for its value, which the handler then puts back; refuses what is
 * longer still, and what is not UTF-8 text; and strips leading blanks (to inih
 * an indented line continues the value above).
 */
#include <errno.h>
#include <iclgd/settings.h>
#include <ini.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "key.h"
#include "utf8.h"

enum { LINES_MAX = 100000, FOLDER_SIZE = 4096 };
enum { LINE_SIZE = ICLGD_VALUE_MAX + 200 };

typedef struct reader {
  FILE *file;
  const char *path;
  const char *folder; /* where relative paths start; NULL: where we are */
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

/* A control character at the end of what is there of the line. */
static char *refuse_control(reader *r, size_t length) {
  const bool marked = r->line == 1 && length >= 2 &&
                      (memcmp(r->text, "\xff\xfe", 2) == 0 ||
                       memcmp(r->text, "\xfe\xff", 2) == 0);
  return refuse(r, marked ? "expected text in UTF-8, found UTF-16: convert it "
                            "with iconv -f UTF-16 -t UTF-8"
                          : "expected text, found a control character");
}

/* Say which byte of the line is not UTF-8. */
static char *refuse_bytes(reader *r) {
  const size_t valid = iclgd_utf8_valid(r->text, strlen(r->text));
  char reason[128];
  snprintf(
      reason, sizeof reason,
      "expected text in UTF-8, found the byte 0x%x (convert it with iconv)",
      (unsigned)(unsigned char)r->text[valid]);
  return refuse(r, reason);
}

/* The next line into r->text, without its end; NULL at the end of the file. */
static char *read_line(reader *r) {
  int c = fgetc(r->file);
  if (c == EOF) return NULL;
  if (++r->line > LINES_MAX) return refuse(r, "expected up to 100000 lines");
  size_t length = 0;
  for (; c != EOF && c != '\n'; c = fgetc(r->file)) {
    if (c == '\r') {
      const int next = fgetc(r->file);
      ungetc(next, r->file);
      if (next == '\n' || next == EOF) continue;
    }
    if ((c < ' ' && c != '\t') || c == 0x7f) return refuse_control(r, length);
    if (length + 1 == LINE_SIZE) return refuse(r, "the line is too long");
    r->text[length++] = (char)c;
  }
  r->text[length] = '\0';
  const size_t mark = r->line == 1 ? iclgd_utf8_mark(r->text, length) : 0;
  if (iclgd_utf8_valid(r->text, length) < length) return refuse_bytes(r);
  return r->text + mark + strspn(r->text + mark, " \t");
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
  const iclgd_status status = iclgd_settings_set_beside(
      r->settings, key, r->value ? r->value : value, source, r->folder, r->err);
  if (!status) return 1;
  r->status = status == ICLGD_EUSAGE ? ICLGD_EINPUT : status;
  return 0;
}

static iclgd_status load(iclgd_settings *settings, FILE *file, const char *path,
                         const char *folder, iclgd_error *err) {
  reader r = {.file = file,
              .path = path,
              .folder = folder,
              .settings = settings,
              .err = err};
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

/* The folder of an open file as part of its path; NULL for the working
 * directory, and for what has no place, such as a pipe at /dev/fd/63. */
static const char *folder_of(FILE *file, const char *path,
                             char out[FOLDER_SIZE]) {
  struct stat s;
  const char *slash = strrchr(path, '/');
  if (!slash || fstat(fileno(file), &s) || !S_ISREG(s.st_mode)) return NULL;
  const int length =
      snprintf(out, FOLDER_SIZE, "%.*s", (int)(slash - path), path);
  return length < FOLDER_SIZE ? out : NULL;
}

iclgd_status iclgd_settings_load(iclgd_settings *settings, const char *path,
                                 iclgd_error *err) {
  char folder[FOLDER_SIZE];
  FILE *file = fopen(path, "r");
  if (!file)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot open: %s", path,
                      strerror(errno));
  const iclgd_status status =
      load(settings, file, path, folder_of(file, path, folder), err);
  fclose(file);
  return status;
}

iclgd_status iclgd_settings_load_text(iclgd_settings *settings,
                                      const char *text, const char *name,
                                      iclgd_error *err) {
  if (*text == '\0') return ICLGD_OK; /* which fmemopen does not open */
  FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
  if (!file) return iclgd_fail_memory(err, name);
  const iclgd_status status = load(settings, file, name, NULL, err);
  fclose(file);
  return status;
}
