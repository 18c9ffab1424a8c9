/* Rows of separated values (RFC 4180), one field after the other. */
#ifndef ICLGD_PROMPT_CSV_H
#define ICLGD_PROMPT_CSV_H

#include <iclgd/status.h>
#include <stddef.h>

typedef struct iclgd_csv {
  const char *path; /* for messages */
  const char *text;
  size_t size;
  char separator; /* see iclgd_csv_separator */
} iclgd_csv;

/* Where a field stands. */
typedef struct iclgd_csv_place {
  const char *path;
  size_t line;        /* from 1, as an editor counts */
  size_t row, column; /* from 0; blank lines are no rows */
} iclgd_csv_place;

/* What is done with the fields of a row and, unless that is NULL, at its end,
 * where `column` is the number of its fields. A negative status ends the walk.
 */
typedef struct iclgd_csv_visitor {
  iclgd_status (*field)(void *context, const iclgd_csv_place *at,
                        const char *text, size_t length, iclgd_error *err);
  iclgd_status (*row)(void *context, const iclgd_csv_place *at,
                      iclgd_error *err);
} iclgd_csv_visitor;

/* Comma, semicolon or tab: the only one that the first line has outside of
 * quotes; a comma where it has none. ICLGD_EINPUT when it has two of them. */
iclgd_status iclgd_csv_separator(iclgd_csv *csv, iclgd_error *err);

/* Visit every field in order. Quoted fields may hold separators, line ends and
 * doubled quotes; blanks around fields are left out. */
iclgd_status iclgd_csv_walk(const iclgd_csv *csv,
                            const iclgd_csv_visitor *visitor, void *context,
                            iclgd_error *err);

#endif /* ICLGD_PROMPT_CSV_H */
