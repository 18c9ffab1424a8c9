/* A table in the terminal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "view/terminal.h"
#include "view/text.h"

enum { WIDTH = 80, INDENT = 2, COLUMNS_MAX = 64 };
enum { CELL_MAX = 512 };

/* The columns that are shown, and how wide. */
typedef struct layout {
  const iclgd_block *table;
  const iclgd_column *columns[COLUMNS_MAX];
  int width[COLUMNS_MAX];
  size_t count;
  int gap;   /* between columns */
  bool keys; /* only rows of the short summary */
} layout;

/* The rows that are shown. */
static const iclgd_row *shown_from(const layout *l, const iclgd_row *row) {
  while (row && l->keys && !row->key) row = row->next;
  return row;
}

static const iclgd_row *first_row(const layout *l) {
  return shown_from(l, l->table->rows);
}

static const iclgd_row *next_row(const layout *l, const iclgd_row *row) {
  return shown_from(l, row->next);
}

/* Places on the screen of the first `bytes` of a text in UTF-8. */
static int places(const char *text, int bytes) {
  int count = 0;
  for (int i = 0; i < bytes && text[i]; ++i)
    count += ((unsigned char)text[i] & 0xC0) != 0x80;
  return count;
}

static const char *number_text(const iclgd_column *column,
                               const iclgd_cell *cell,
                               char scratch[ICLGD_NUMBER_MAX]) {
  const bool real = isfinite(cell->value);
  if (!real) return "-";
  const double tiny = 0.5 * pow(10, -column->digits);
  switch (column->format) {
    case ICLGD_AS_WHOLE:
      snprintf(scratch, ICLGD_NUMBER_MAX, "%.15g", cell->value);
      break;
    case ICLGD_AS_FIXED: /* no minus before a zero */
      snprintf(scratch, ICLGD_NUMBER_MAX, "%.*f", column->digits,
               fabs(cell->value) < tiny ? 0 : cell->value);
      break;
    case ICLGD_AS_PERCENT:
      snprintf(scratch, ICLGD_NUMBER_MAX, "%.1f%%", 100 * cell->value);
      break;
    default:
      return iclgd_text_estimate(scratch, column->digits, cell->value,
                                 cell->error);
  }
  return scratch;
}

/* The words of a cell, marked and with its note. */
static void write_cell(const iclgd_column *column, const iclgd_cell *cell,
                       char text[CELL_MAX]) {
  char scratch[ICLGD_NUMBER_MAX];
  const bool empty = cell->text && !*cell->text;
  snprintf(text, CELL_MAX, "%s%.480s%s%s",
           !cell->mark  ? ""
           : cell->text ? "> "
                        : ">",
           empty        ? "-"
           : cell->text ? cell->text
                        : number_text(column, cell, scratch),
           cell->note ? " " : "", cell->note ? cell->note : "");
}

/* The next line of a text in so many places, and what is left of it. */
static int take_line(const char **rest, int width) {
  const char *text = *rest;
  size_t line = 0, word = strcspn(text, " ");
  while (word > line && places(text, (int)word) <= width) {
    line = word;
    word += strspn(text + word, " ");
    word += strcspn(text + word, " ");
  }
  if (line == 0) /* a word that is too long is cut */
    for (; text[line] && (places(text, (int)line + 1) <= width); ++line) {
    }
  *rest = text + line + strspn(text + line, " ");
  return (int)line;
}

static int lines_of(const char *text, int width) {
  int lines = 0;
  for (; *text; ++lines) take_line(&text, width);
  return lines;
}

static int longest_word(const char *text) {
  int longest = 0;
  while (*text) {
    const int word = (int)strcspn(text, " ");
    if (places(text, word) > longest) longest = places(text, word);
    text += word;
    text += strspn(text, " ");
  }
  return longest;
}

static const iclgd_cell *cell_of(const layout *l, const iclgd_row *row,
                                 size_t c) {
  return &row->cells[l->columns[c] - l->table->columns];
}

/* As wide as every cell, and a title of at most so many lines. */
static int natural_width(const layout *l, size_t c, int lines) {
  char text[CELL_MAX];
  const char *title = l->columns[c]->title;
  int width = longest_word(title);
  for (const iclgd_row *row = first_row(l); row; row = next_row(l, row)) {
    write_cell(l->columns[c], cell_of(l, row, c), text);
    const int own = places(text, CELL_MAX);
    if (own > width) width = own;
  }
  while (lines_of(title, width) > lines) ++width;
  return width;
}

static int total_width(const layout *l) {
  int total = INDENT;
  for (size_t c = 0; c < l->count; ++c) total += l->width[c] + (c ? l->gap : 0);
  return total;
}

/* All columns, of a series `most`. */
static void choose_columns(layout *l, size_t most, int lines) {
  const iclgd_block *table = l->table;
  size_t alike = 0, seen = 0, shown = 0;
  l->count = 0;
  for (size_t c = 0; c < table->n_columns; ++c)
    alike += table->columns[c].alike;
  for (size_t c = 0; c < table->n_columns && l->count < COLUMNS_MAX; ++c) {
    const iclgd_column *column = &table->columns[c];
    if (column->alike && seen++ != iclgd_evenly(shown, alike, most)) continue;
    shown += column->alike;
    l->columns[l->count++] = column;
  }
  for (size_t c = 0; c < l->count; ++c)
    l->width[c] = natural_width(l, c, lines);
}

/* The widest column of text, unless it is narrow already. */
static int *widest_text(layout *l, int narrow) {
  int *widest = NULL;
  for (size_t c = 0; c < l->count; ++c)
    if (l->columns[c]->format == ICLGD_AS_TEXT && l->width[c] > narrow &&
        (!widest || l->width[c] > *widest))
      widest = &l->width[c];
  return widest;
}

static void narrow_texts(layout *l, int narrow) {
  int *widest;
  while (total_width(l) > WIDTH && (widest = widest_text(l, narrow))) --*widest;
}

/* First titles get more lines, then a series loses columns, then texts get
 * narrower, columns stand closer, and texts get narrower still. */
static layout lay_out(const iclgd_block *table, bool keys) {
  enum { FEW = 2, MANY = 6, NARROW = 12, NARROWEST = 6 };
  layout l = {.table = table, .gap = 2, .keys = keys};
  size_t most = COLUMNS_MAX;
  for (int lines = FEW; lines <= MANY; ++lines) {
    choose_columns(&l, most, lines);
    if (total_width(&l) <= WIDTH) return l;
  }
  for (most = l.count; most > 2 && total_width(&l) > WIDTH; --most)
    choose_columns(&l, most - 1, MANY);
  narrow_texts(&l, NARROW);
  if (total_width(&l) > WIDTH) l.gap = 1;
  narrow_texts(&l, NARROWEST);
  return l;
}

/* One line of every cell; numbers stand to the right. False when all cells had
 * been printed. */
static bool print_line(const layout *l, const char **rest, const int *skip,
                       int line, FILE *out) {
  int at = 0, start = INDENT;
  bool any = false;
  for (size_t c = 0; c < l->count; start += l->width[c++] + l->gap) {
    if (!*rest[c]) continue;
    any = true;
    if (skip && line < skip[c]) continue;
    const char *text = rest[c];
    const int length = take_line(&rest[c], l->width[c]);
    const int room = l->width[c] - places(text, length);
    const int indent =
        start + (l->columns[c]->format == ICLGD_AS_TEXT ? 0 : room);
    fprintf(out, "%*s%.*s", indent - at, "", length, text);
    at = indent + places(text, length);
  }
  if (any) fputc('\n', out);
  return any;
}

/* Titles end on one line. */
static void print_head(const layout *l, FILE *out) {
  const char *rest[COLUMNS_MAX];
  int skip[COLUMNS_MAX], most = 0;
  for (size_t c = 0; c < l->count; ++c) {
    rest[c] = l->columns[c]->title;
    skip[c] = lines_of(rest[c], l->width[c]);
    if (skip[c] > most) most = skip[c];
  }
  for (size_t c = 0; c < l->count; ++c) skip[c] = most - skip[c];
  for (int line = 0; print_line(l, rest, skip, line, out); ++line) {
  }
}

static void print_row(const layout *l, const iclgd_row *row, FILE *out) {
  char text[COLUMNS_MAX][CELL_MAX];
  const char *rest[COLUMNS_MAX];
  for (size_t c = 0; c < l->count; ++c) {
    write_cell(l->columns[c], cell_of(l, row, c), text[c]);
    rest[c] = text[c];
  }
  while (print_line(l, rest, NULL, 0, out)) {
  }
}

void iclgd_terminal_table(const iclgd_block *table, bool in_short, FILE *out) {
  size_t keys = 0, rows = 0;
  for (const iclgd_row *row = table->rows; row; row = row->next, ++rows)
    keys += row->key;
  const layout l = lay_out(table, in_short && keys > 0);
  print_head(&l, out);
  for (const iclgd_row *row = first_row(&l); row; row = next_row(&l, row))
    print_row(&l, row, out);
  if (l.keys && keys < rows)
    fprintf(out, "%*sand %zu more\n", INDENT, "", rows - keys);
}
