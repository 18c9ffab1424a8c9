/* What one cell of a table holds. */
#ifndef ICLGD_PROMPT_CELL_H
#define ICLGD_PROMPT_CELL_H

#include <stdbool.h>
#include <stddef.h>

typedef enum iclgd_cell {
  ICLGD_CELL_NUMBER,
  ICLGD_CELL_MISSING,  /* empty, NA, N/A, NaN, null or ?, in any case */
  ICLGD_CELL_INFINITE, /* or too large for a double */
  ICLGD_CELL_TEXT
} iclgd_cell;

/* `text` has `length` bytes and a zero behind them; *value is the number. */
iclgd_cell iclgd_cell_read(const char *text, size_t length, double *value);

/* Whether the text has no control characters, such as line ends. */
bool iclgd_cell_is_plain(const char *text, size_t length);

/* Whether the text is a number once its commas are points: "3,14". */
bool iclgd_cell_has_decimal_comma(const char *text, size_t length);

#endif /* ICLGD_PROMPT_CELL_H */
