/* Text of up to 80 columns: numbers, cells, wrapped sentences. */
#ifndef ICLGD_VIEW_TEXT_H
#define ICLGD_VIEW_TEXT_H

#include <stdio.h>

/* A blank and a number in `width` columns, "-" for NaN. */
void iclgd_text_cell(FILE *out, int width, int digits, double value);

/* A number in a sentence, written to scratch; "undefined" where it is not
 * finite (a mean of nothing, a quotient of zeros, a loss that overflowed). */
enum { ICLGD_NUMBER_MAX = 64 };
const char *iclgd_text_number(char scratch[ICLGD_NUMBER_MAX], int digits,
                              double value);

/* "0.859 +- 0.015": as many decimals as the error has in two digits; without an
 * error (NaN, rounding) so many digits of the value, "-" for NaN. */
const char *iclgd_text_estimate(char scratch[ICLGD_NUMBER_MAX], int digits,
                                double value, double error);

/* Decimals that show two digits of a standard error, for "%.*f". */
int iclgd_decimals(double error);

/* Words wrapped at 78 columns with an indent; alternatives (a|b|c) longer than
 * a line go on in the next, another longer word is cut. */
void iclgd_text_wrap(FILE *out, const char *text, int indent);

/* The same on a line that has `column` columns already, as the name in the
 * first column of a table. */
void iclgd_text_hang(FILE *out, const char *text, int column, int indent);

#endif /* ICLGD_VIEW_TEXT_H */
