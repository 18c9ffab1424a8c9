/* Text of up to 80 columns from JSON: cells of tables, wrapped sentences. */
#ifndef ICLGD_REPORT_TEXT_H
#define ICLGD_REPORT_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* Element i of a list as a number: NaN when it is null or not there. */
double iclgd_json_element(const json_t *list, size_t i);

/* A member as text, "" when it is not there. */
const char *iclgd_json_text(const json_t *object, const char *key);

/* A member as a whole number, 0 when it is not there. */
long iclgd_json_whole(const json_t *object, const char *key);

/* A blank and a number in `width` columns, "-" for NaN. */
void iclgd_text_cell(FILE *out, int width, int digits, double value);

/* A number in a sentence, written to scratch; "undefined" where it is not
 * finite (a mean of nothing, a quotient of zeros, a loss that overflowed). */
enum { ICLGD_NUMBER_MAX = 32 };
const char *iclgd_text_number(char scratch[ICLGD_NUMBER_MAX], int digits,
                              double value);

/* " +- 0.12" to two digits; nothing where the error is not known. */
void iclgd_text_error(FILE *out, double error);

/* Words wrapped at 78 columns with an indent; a longer word is cut. */
void iclgd_text_wrap(FILE *out, const char *text, int indent);

/* The same on a line that has `column` columns already, as the name in the
 * first column of a table. */
void iclgd_text_hang(FILE *out, const char *text, int column, int indent);

#endif /* ICLGD_REPORT_TEXT_H */
