/* Cells and wrapped words. */
#include "report/text.h"

#include <math.h>
#include <string.h>

enum { WIDTH = 78 };

double iclgd_json_element(const json_t *list, size_t i) {
  const json_t *value = json_array_get(list, i);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

long iclgd_json_whole(const json_t *object, const char *key) {
  return (long)json_integer_value(json_object_get(object, key));
}

void iclgd_text_cell(FILE *out, int width, int digits, double value) {
  if (isnan(value))
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

void iclgd_text_error(FILE *out, double error) {
  if (isfinite(error)) fprintf(out, " +- %.2g", error);
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

void iclgd_text_hang(FILE *out, const char *text, int column, int indent) {
  while (*text) {
    const size_t word = strcspn(text, " ");
    column = put_word(out, text, (int)word, column, indent);
    text += word;
    text += strspn(text, " ");
  }
  fputc('\n', out);
}

void iclgd_text_wrap(FILE *out, const char *text, int indent) {
  iclgd_text_hang(out, text, 0, indent);
}

const char *iclgd_json_text(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}
