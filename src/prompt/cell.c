/* Cells: a number, nothing, or text. */
#include "prompt/cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

iclgd_cell iclgd_cell_read(const char *text, size_t length, double *value) {
  static const char *const missing[] = {"", "NA", "N/A", "NaN", "null", "?"};
  if (strlen(text) != length) return ICLGD_CELL_TEXT; /* a zero byte */
  for (size_t i = 0; i < sizeof missing / sizeof *missing; ++i)
    if (strcasecmp(text, missing[i]) == 0) return ICLGD_CELL_MISSING;
  char *end;
  *value = strtod(text, &end);
  if (end == text || *end != '\0') return ICLGD_CELL_TEXT;
  return isfinite(*value) ? ICLGD_CELL_NUMBER : ICLGD_CELL_INFINITE;
}

bool iclgd_cell_is_plain(const char *text, size_t length) {
  for (size_t i = 0; i < length; ++i)
    if ((unsigned char)text[i] < ' ' || text[i] == '\x7f') return false;
  return true;
}

bool iclgd_cell_has_decimal_comma(const char *text, size_t length) {
  char copy[64];
  double value;
  if (length >= sizeof copy || !strchr(text, ',')) return false;
  memcpy(copy, text, length + 1);
  for (char *c = copy; *c; ++c)
    if (*c == ',') *c = '.';
  return iclgd_cell_read(copy, length, &value) == ICLGD_CELL_NUMBER;
}
