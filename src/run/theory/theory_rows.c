/* The rows of /entry/oracle while they are collected. */
#include "run/theory/theory_rows.h"

#include <stdarg.h>
#include <stdio.h>

void iclgd_theory_add(iclgd_theory_rows *r, const char *name, const char *kind,
                      double expected, double measured, double standard_error,
                      const char *format, ...) {
  if (r->count == ICLGD_ROWS_MAX) return;
  const size_t i = r->count++;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(r->statement[i], ICLGD_ROW_TEXT, format, arguments);
  va_end(arguments);
  snprintf(r->name[i], sizeof r->name[i], "%s", name);
  r->kind[i] = kind;
  r->expected[i] = expected;
  r->measured[i] = measured;
  r->standard_error[i] = standard_error;
}
