/* What is wrong with a file, one line for each fault, and the texts that all
 * looks at it need. */
#include <stdarg.h>
#include <stdio.h>

#include "base/line.h"
#include "check.h"

enum { FAULTS_SHOWN = 50 };

static void add_fault(iclgd_check *check, const char *line) {
  if (check->faults++ == 0) iclgd_fail(&check->first, ICLGD_EINPUT, "%s", line);
  if (check->report && check->faults <= FAULTS_SHOWN)
    check->report(check->context, line);
}

void iclgd_fault_of(iclgd_check *check, iclgd_status status,
                    const iclgd_error *err) {
  if (status == ICLGD_EINPUT) {
    add_fault(check, err->text);
  } else if (!check->failed) {
    check->failed = status;
    check->why = *err;
  }
}

void iclgd_fault(iclgd_check *check, const char *format, ...) {
  char line[1024];
  const int used =
      snprintf(line, sizeof line, "%.300s: ", iclgd_source_path(check->source));
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
  va_end(arguments);
  iclgd_one_line(line);
  add_fault(check, line);
}

char **iclgd_check_list(iclgd_check *check, const char *path, const char *name,
                        size_t rank, iclgd_arena *arena, size_t *count) {
  SCOPED_OBJECT object;
  iclgd_error err;
  size_t extent = 0;
  iclgd_status status =
      iclgd_object_attribute(check->source, path, name, &object, &err);
  if (!status)
    status = iclgd_object_expect(&object, ICLGD_KIND_TEXT, rank, &extent, &err);
  char **texts = status ? NULL
                        : iclgd_object_values(&object, ICLGD_KIND_TEXT, arena,
                                              &status, &err);
  *count = texts ? object.count : 0;
  if (status) iclgd_fault_of(check, status, &err);
  return texts;
}

const char *iclgd_check_text(iclgd_check *check, const char *path,
                             const char *name, iclgd_arena *arena) {
  size_t count;
  char **text = iclgd_check_list(check, path, name, 0, arena, &count);
  return text ? text[0] : NULL;
}

iclgd_status iclgd_check_outcome(const iclgd_check *check, iclgd_error *err) {
  if (check->failed)
    return iclgd_fail(err, check->failed, "%s", check->why.text);
  if (check->faults == 0) return ICLGD_OK;
  if (check->faults > FAULTS_SHOWN && check->report) {
    char line[64];
    snprintf(line, sizeof line, "and %zu more faults",
             check->faults - FAULTS_SHOWN);
    check->report(check->context, line);
  }
  if (check->faults == 1)
    return iclgd_fail(err, ICLGD_EINPUT, "%s", check->first.text);
  return iclgd_fail(err, ICLGD_EINPUT, "%.900s (the first of %zu faults)",
                    check->first.text, check->faults);
}
