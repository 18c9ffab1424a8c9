/* Cells and wrapped words. */
#include "view/text.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 78 };

void iclgd_text_cell(FILE *out, int width, int digits, double value) {
  if (!isfinite(value))
    fprintf(out, " %*s", width, "-");
  else
    fprintf(out, " %*.*g", width, digits, value);
}

const char *iclgd_text_number(char scratch[ICLGD_NUMBER_MAX], int digits,
                              double value) {
  if (!isfinite(value)) return "undefined";
  snprintf(scratch, ICLGD_NUMBER_MAX, "%.*g", digits, value);
  return scratch;
}

int iclgd_decimals(double error) {
  const double digits = 1 - floor(log10(error));
  return digits > 0 && digits < 12 ? (int)digits : 0;
}

const char *iclgd_text_estimate(char scratch[ICLGD_NUMBER_MAX], int digits,
                                double value, double error) {
  const double size = fabs(value);
  if (!isfinite(value)) return isnan(value) ? "-" : "undefined";
  if (!isfinite(error) || !(error > 1e-9 * size))
    snprintf(scratch, ICLGD_NUMBER_MAX, "%.*g", digits, value);
  else if (size < 1e4 && error > 1e-5)
    snprintf(scratch, ICLGD_NUMBER_MAX, "%.*f +- %.2g", iclgd_decimals(error),
             value, error);
  else
    snprintf(scratch, ICLGD_NUMBER_MAX, "%.*g +- %.2g",
             error < 1e-5 * size ? 6 : 3, value, error);
  return scratch;
}

/* One word, on the next line where it does not fit; the column behind it. */
static int put_word(FILE *out, const char *word, int length, int column,
                    int indent) {
  const int room = WIDTH - indent;
  if (column > indent && column + 1 + length > WIDTH) {
    fputc('\n', out);
    column = 0;
  }
  const int blanks = column > indent ? 1 : indent - column;
  column += fprintf(out, "%*s", blanks, "");
  return column + (length > room ? fprintf(out, "%.*s...", room - 3, word)
                                 : fprintf(out, "%.*s", length, word));
}

/* Length of the next word; of alternatives longer than a line (a|b|c), as many
 * as fit. */
static size_t next_word(const char *text, size_t room) {
  const size_t word = strcspn(text, " ");
  size_t fits = word <= room ? word : 0;
  for (size_t i = 0; word > room && i < room; ++i)
    if (text[i] == '|') fits = i + 1;
  return fits > 0 ? fits : word;
}

void iclgd_text_hang(FILE *out, const char *text, int column, int indent) {
  while (*text) {
    const size_t word = next_word(text, (size_t)(WIDTH - indent));
    column = put_word(out, text, (int)word, column, indent);
    text += word;
    text += strspn(text, " ");
  }
  fputc('\n', out);
}

void iclgd_text_wrap(FILE *out, const char *text, int indent) {
  iclgd_text_hang(out, text, 0, indent);
}
