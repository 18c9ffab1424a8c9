/* The first look at a table: the names of its columns, and its size. */
#include <stdio.h>
#include <string.h>

#include "prompt/cell.h"
#include "prompt/columns.h"

enum { COLUMNS_MAX = 4096 };

typedef struct head {
  iclgd_columns *columns;
  iclgd_arena *arena;
  bool headless;
  size_t numbers, texts; /* cells of the first line */
  size_t rows;           /* the first line is one */
} head;

static bool is_unnamed(const char *name) {
  size_t number;
  char rest;
  return *name == '\0' || /* or as pandas calls such a column: */
         sscanf(name, "Unnamed: %zu%c", &number, &rest) == 1;
}

static iclgd_status keep_name(head *h, const iclgd_csv_place *at,
                              const char *text, iclgd_error *err) {
  char ours[32];
  snprintf(ours, sizeof ours, "column%zu", at->column + 1);
  const bool unnamed = is_unnamed(text);
  const char *name =
      iclgd_arena_text(h->arena, unnamed || h->headless ? ours : text);
  if (!name) return iclgd_fail_memory(err, at->path);
  h->columns->names[at->column] = name;
  h->columns->unnamed[at->column] = unnamed && !h->headless;
  return ICLGD_OK;
}

static iclgd_status on_field(void *context, const iclgd_csv_place *at,
                             const char *text, size_t length,
                             iclgd_error *err) {
  head *h = context;
  double value;
  if (at->row > 0) return ICLGD_OK;
  if (at->column == COLUMNS_MAX)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s, line %zu: expected up to %d columns, found more",
                      at->path, at->line, COLUMNS_MAX);
  if (!iclgd_cell_is_plain(text, length))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s, line %zu, column %zu: expected a name, found a "
                      "control character",
                      at->path, at->line, at->column + 1);
  const iclgd_cell cell = iclgd_cell_read(text, length, &value);
  h->numbers += cell == ICLGD_CELL_NUMBER;
  h->texts += cell == ICLGD_CELL_TEXT;
  return keep_name(h, at, text, err);
}

static iclgd_status end_names(head *h, const iclgd_csv_place *at,
                              iclgd_error *err) {
  h->columns->count = at->column;
  h->columns->header = at->line;
  if (h->headless || h->texts > 0 || h->numbers == 0) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s, line %zu: expected the names of the columns, found "
                    "numbers only: write names above them, or "
                    "say prompt.header=none",
                    at->path, at->line);
}

static iclgd_status on_row(void *context, const iclgd_csv_place *at,
                           iclgd_error *err) {
  head *h = context;
  const size_t expected = h->columns->count;
  h->rows = at->row + 1;
  if (at->row == 0) return end_names(h, at, err);
  if (at->column == expected) return ICLGD_OK;
  const bool index = at->row == 1 && at->column == expected + 1;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s, line %zu: expected %zu columns, found %zu%s", at->path,
                    at->line, expected, at->column,
                    index ? " (an index of the rows needs a name, too)" : "");
}

iclgd_status iclgd_columns_read(const iclgd_csv *csv, bool headless,
                                iclgd_arena *arena, iclgd_columns *out,
                                size_t *rows, iclgd_error *err) {
  static const iclgd_csv_visitor visitor = {on_field, on_row};
  head h = {.columns = out, .arena = arena, .headless = headless};
  *out = (iclgd_columns){
      .path = csv->path,
      .names = iclgd_arena_take(arena, COLUMNS_MAX, sizeof *out->names),
      .unnamed = iclgd_arena_take(arena, COLUMNS_MAX, sizeof *out->unnamed)};
  if (iclgd_arena_status(arena, err, csv->path)) return ICLGD_ENOMEM;
  const iclgd_status status = iclgd_csv_walk(csv, &visitor, &h, err);
  *rows = h.rows > 0 && !headless ? h.rows - 1 : h.rows;
  return status;
}
