/* Writing HTML that is well-formed XML too: escaped text, numbers, tables.
 *
 * A table:
 *   iclgd_html_table(out, "What it shows and how to read it.");
 *   iclgd_html_columns(out, names, count);
 *   for each row: iclgd_html_row(out, "name"); cells; iclgd_html_row_end(out);
 *   iclgd_html_table_end(out); */
#ifndef ICLGD_REPORT_HTML_WRITE_H
#define ICLGD_REPORT_HTML_WRITE_H

#include <stddef.h>
#include <stdio.h>

/* Text of a file, for content and attributes: <, >, & and quotes as entities;
 * bytes that are no UTF-8, control characters and what XML forbids as U+FFFD.
 */
void iclgd_html_text(FILE *out, const char *text);

/* The same, "+-" as a sign. */
void iclgd_html_prose(FILE *out, const char *text);

/* A number with so many significant digits, in the form 1.2 x 10^-7 where it is
 * far from 1; a dash for NaN. */
void iclgd_html_number(FILE *out, int digits, double value);

/* value +- error, to two digits of the error; without one (NaN, rounding)
 * four digits of the value. */
void iclgd_html_estimate(FILE *out, double value, double error);

void iclgd_html_table(FILE *out, const char *caption);

/* A name that begins with < is that of a column of text, set to the left. */
void iclgd_html_columns(FILE *out, const char *const *names, size_t count);
void iclgd_html_row(FILE *out, const char *name);
void iclgd_html_row_of(FILE *out, size_t number);
void iclgd_html_cell(FILE *out, int digits, double value);
void iclgd_html_cell_of(FILE *out, double value, double error);
void iclgd_html_cell_whole(FILE *out, double value);
void iclgd_html_cell_text(FILE *out, const char *text);
void iclgd_html_row_end(FILE *out);
void iclgd_html_table_end(FILE *out);

#endif /* ICLGD_REPORT_HTML_WRITE_H */
