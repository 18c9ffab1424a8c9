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

void iclgd_text_wrap(FILE *out, const char *text, int indent) {
  int column = 0;
  while (*text) {
    const size_t word = strcspn(text, " ");
    const int room = WIDTH - indent;
    if (column > 0 && column + 1 + (int)word > WIDTH) {
      fputc('\n', out);
      column = 0;
    }
    column += column == 0 ? fprintf(out, "%*s", indent, "") : fprintf(out, " ");
    if ((int)word > room)
      column += fprintf(out, "%.*s...", room - 3, text);
    else
      column += fprintf(out, "%.*s", (int)word, text);
    text += word;
    text += strspn(text, " ");
  }
  fputc('\n', out);
}

const char *iclgd_json_text(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}
