/* Writing HTML that is well-formed XML too: escaped text, numbers. */
#ifndef ICLGD_VIEW_HTML_H
#define ICLGD_VIEW_HTML_H

#include <stddef.h>
#include <stdio.h>

/* Text of a file, for content and attributes: <, >, & and quotes as entities;
 * bytes that are no UTF-8, control characters and what XML forbids as U+FFFD.
 */
void iclgd_html_text(FILE *out, const char *text);

/* The same, "+-" as a sign. */
void iclgd_html_prose(FILE *out, const char *text);

/* Words of ours, set as a printer would: "+-", "x^2", "model's", "1.2e-7". */
void iclgd_html_typeset(FILE *out, const char *text);

/* A number with so many significant digits, in the form 1.2 x 10^-7 where it is
 * far from 1; a dash for NaN. */
void iclgd_html_number(FILE *out, int digits, double value);

/* value +- error, to two digits of the error; without one (NaN, rounding) so
 * many digits of the value. */
void iclgd_html_estimate(FILE *out, int digits, double value, double error);

#endif /* ICLGD_VIEW_HTML_H */
