/* Tables of the cells of a sweep that fit into 80 columns. */
#include "summary/sweep_sheet.h"

#include <jansson.h>
#include <string.h>

#include "summary/views.h"
#include "view/blocks.h"
#include "view/text.h"

enum { WIDTH = 78, COLUMNS_MAX = 12, BESIDE_MAX = 6 };

static size_t count_of(const json_t *object, const char *key) {
  return (size_t)iclgd_json_whole(object, key);
}

/* What became of points that give no number: "diverged" of all of them, else "1
 * unknown, 2 diverged". Layers that are not there are not named. */
static const char *failure_of(iclgd_blocks *out, const json_t *cell) {
  const size_t points = count_of(cell, "points"), done = count_of(cell, "done");
  const size_t diverged = count_of(cell, "diverged");
  const size_t failed = count_of(cell, "failed");
  const bool beyond = json_is_true(json_object_get(cell, "beyond"));
  const struct {
    size_t count;
    const char *word;
  } kinds[] = {{beyond ? 0 : done, "unknown"},
               {diverged, "diverged"},
               {failed, "failed"},
               {points - done - diverged - failed, "waiting"}};
  const char *text = "";
  for (size_t i = 0; text && i < sizeof kinds / sizeof *kinds; ++i) {
    if (kinds[i].count == 0) continue;
    if (kinds[i].count == points) return kinds[i].word;
    text = iclgd_blocks_format(out, "%s%s%zu %s", text, *text ? ", " : "",
                               kinds[i].count, kinds[i].word);
  }
  return text;
}

/* "0.95 +- 0.01", of fewer than all points "0.95 +- 0.02 (2 of 3)". */
static const char *text_of(iclgd_blocks *out, const json_t *cell) {
  char scratch[ICLGD_NUMBER_MAX];
  const bool names = json_object_get(cell, "most") != NULL;
  const size_t points = count_of(cell, "points");
  const size_t count = count_of(cell, names ? "votes" : "count");
  const char *what = iclgd_json_text(cell, "most");
  if (count_of(cell, "count") == 0) return failure_of(out, cell);
  if (!names)
    what = iclgd_text_estimate(scratch, 4, iclgd_json_real(cell, "mean"),
                               iclgd_json_real(cell, "half_width"));
  if (count == points) return iclgd_blocks_format(out, "%s", what);
  return iclgd_blocks_format(out, "%s (%zu of %zu)", what, count, points);
}

/* A cell of row and column of a part. */
static const char *cell_at(iclgd_blocks *out, const json_t *part, size_t row,
                           size_t column) {
  const json_t *cells = json_array_get(json_object_get(part, "cells"), row);
  const char *text = text_of(out, json_array_get(cells, column));
  return text ? text : "";
}

static const char *word_at(const json_t *object, const char *list, size_t i) {
  const char *word =
      json_string_value(json_array_get(json_object_get(object, list), i));
  return word ? word : "";
}

/* Columns of a table: those of one pivot with a group, or several pivots with
 * one column each. */
typedef struct sheet {
  const json_t *sweep;
  const json_t *pivots[COLUMNS_MAX];
  size_t column[COLUMNS_MAX], n;
  size_t part;
} sheet;

static const json_t *part_of(const sheet *s, size_t c) {
  return json_array_get(json_object_get(s->pivots[c], "parts"), s->part);
}

/* "prompt.d = 5, prompt.n = 20", where n follows from d. */
static const char *title_of(iclgd_blocks *out, const sheet *s, size_t c) {
  const char *group = iclgd_json_text(s->sweep, "group");
  const json_t *with = json_object_get(s->pivots[c], "with_columns");
  if (!*group) return iclgd_json_text(s->pivots[c], "y");
  const char *title = iclgd_blocks_format(
      out, "%s = %s", group, word_at(s->pivots[c], "columns", s->column[c]));
  for (size_t i = 0; title && i < json_array_size(with); ++i)
    title = iclgd_blocks_format(
        out, "%s, %s = %s", title,
        iclgd_json_text(json_array_get(with, i), "name"),
        word_at(json_array_get(with, i), "words", s->column[c]));
  return title ? title : "";
}

static size_t row_count(const sheet *s) {
  return iclgd_json_length(s->pivots[0], "rows");
}

static size_t widest(size_t a, size_t b) {
  return a > b ? a : b;
}

/* How many characters a column takes; a title is set in two lines. */
static size_t width_of(iclgd_blocks *out, const sheet *s, size_t c) {
  size_t width = widest(8, strlen(title_of(out, s, c)) / 2);
  for (size_t row = 0; row < row_count(s); ++row)
    width =
        widest(width, strlen(cell_at(out, part_of(s, c), row, s->column[c])));
  return width;
}

static size_t head_width(const sheet *s) {
  size_t width = strlen(iclgd_json_text(s->sweep, "x"));
  for (size_t row = 0; row < row_count(s); ++row)
    width = widest(width, strlen(word_at(s->pivots[0], "rows", row)));
  return width + 12 * iclgd_json_length(s->pivots[0], "beside");
}

/* How many of the first columns fit. */
static size_t fit(iclgd_blocks *out, const sheet *s) {
  size_t used = 2 + head_width(s), n = 0;
  while (n < s->n) {
    used += 2 + width_of(out, s, n);
    if (n > 0 && used > WIDTH) break;
    ++n;
  }
  return n;
}

static void put_sheet(iclgd_blocks *out, const sheet *s) {
  const json_t *beside = json_object_get(s->pivots[0], "beside");
  const size_t n_beside = json_array_size(beside) < BESIDE_MAX
                              ? json_array_size(beside)
                              : BESIDE_MAX;
  iclgd_column columns[1 + BESIDE_MAX + COLUMNS_MAX] = {
      {.title = iclgd_json_text(s->sweep, "x"), .format = ICLGD_AS_TEXT}};
  for (size_t i = 0; i < n_beside; ++i)
    columns[1 + i] = (iclgd_column){
        .title = iclgd_json_text(json_array_get(beside, i), "name")};
  for (size_t c = 0; c < s->n; ++c)
    columns[1 + n_beside + c] = (iclgd_column){.title = title_of(out, s, c)};
  iclgd_put_table(out, columns, 1 + n_beside + s->n, "%s%s%s",
                  s->n > 1 && !*iclgd_json_text(s->sweep, "group")
                      ? ""
                      : iclgd_json_text(s->pivots[0], "label"),
                  *iclgd_json_text(part_of(s, 0), "name") ? ", " : "",
                  iclgd_json_text(part_of(s, 0), "name"));
  for (size_t row = 0; row < row_count(s); ++row) {
    iclgd_put_row(out, "%s", word_at(s->pivots[0], "rows", row));
    for (size_t i = 0; i < n_beside; ++i)
      iclgd_put_text(out, "%s",
                     word_at(json_array_get(beside, i), "words", row));
    for (size_t c = 0; c < s->n; ++c)
      iclgd_put_text(out, "%s", cell_at(out, part_of(s, c), row, s->column[c]));
  }
}

/* The columns from `first` on. */
static sheet rest_of(const sheet *s, size_t first) {
  sheet rest = {.sweep = s->sweep, .part = s->part};
  for (size_t c = first; c < s->n; ++c) {
    rest.pivots[rest.n] = s->pivots[c];
    rest.column[rest.n++] = s->column[c];
  }
  return rest;
}

/* Columns that do not fit beside each other make tables of about equal width.
 */
static void put_part(iclgd_blocks *out, const sheet *s) {
  size_t tables = 0;
  for (size_t first = 0; first < s->n; ++tables) {
    const sheet rest = rest_of(s, first);
    first += fit(out, &rest);
  }
  for (size_t first = 0; first < s->n;) {
    sheet rest = rest_of(s, first);
    const size_t most = (s->n + tables - 1) / tables, room = fit(out, &rest);
    rest.n = room < most ? room : most;
    first += rest.n;
    put_sheet(out, &rest);
  }
}

static void put_parts(iclgd_blocks *out, sheet *s) {
  const json_t *parts = json_object_get(s->pivots[0], "parts");
  for (s->part = 0; s->part < json_array_size(parts); ++s->part) {
    const char *name = iclgd_json_text(json_array_get(parts, s->part), "name");
    if (*name) iclgd_put_heading(out, "%s", name);
    put_part(out, s);
  }
}

void iclgd_sweep_put_pivot(iclgd_blocks *out, const json_t *sweep,
                           const json_t *pivot) {
  const size_t columns = iclgd_json_length(pivot, "columns");
  for (size_t first = 0; first < columns; first += COLUMNS_MAX) {
    sheet s = {.sweep = sweep};
    for (size_t c = first; c < columns && s.n < COLUMNS_MAX; ++c) {
      s.pivots[s.n] = pivot;
      s.column[s.n++] = c;
    }
    put_parts(out, &s);
  }
}

void iclgd_sweep_put_columns(iclgd_blocks *out, const json_t *sweep,
                             const json_t *first, bool brief) {
  const json_t *more = json_object_get(sweep, "more");
  sheet s = {.sweep = sweep, .pivots = {first}, .n = first ? 1 : 0};
  for (size_t i = 0; i < json_array_size(more); ++i) {
    const json_t *pivot = json_array_get(more, i);
    if (json_is_true(json_object_get(pivot, "brief")) != brief) continue;
    s.pivots[s.n++] = pivot;
    if (s.n < COLUMNS_MAX) continue;
    put_parts(out, &s);
    s.n = 0;
  }
  if (s.n > 0) put_parts(out, &s);
}
