/* The table of a sweep in words and tables: a pivot that fits into 80 columns,
 * what its intervals are, how points ended that are not done. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "summary/sweep_view.h"
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

static const char *title_of(iclgd_blocks *out, const sheet *s, size_t c) {
  const char *group = iclgd_json_text(s->sweep, "group");
  const char *title =
      *group
          ? iclgd_blocks_format(out, "%s = %s", group,
                                word_at(s->pivots[c], "columns", s->column[c]))
          : iclgd_json_text(s->pivots[c], "y");
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

/* A pivot by a group, so many columns at a time. */
static void put_pivot(iclgd_blocks *out, const json_t *sweep,
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

static void put_count(iclgd_blocks *out, const json_t *sweep) {
  const size_t points = count_of(sweep, "points");
  const size_t done = count_of(sweep, "done");
  const size_t diverged = count_of(sweep, "diverged");
  const size_t failed = count_of(sweep, "failed");
  if (done == points)
    iclgd_put_sentence(out, "%zu point%s, all done.", points,
                       points == 1 ? "" : "s");
  else
    iclgd_put_sentence(out,
                       "%zu point%s: %zu done, %zu diverged, %zu failed, %zu "
                       "not run.",
                       points, points == 1 ? "" : "s", done, diverged, failed,
                       points - done - diverged - failed);
}

/* What a number of the pivot is, and what its interval. */
static void put_meaning(iclgd_blocks *out, const json_t *sweep) {
  const char *label = iclgd_json_text(sweep, "label");
  const char *y = iclgd_json_text(sweep, "y");
  const char *over = iclgd_json_text(sweep, "over");
  const bool known = json_is_true(json_object_get(sweep, "intervals"));
  if (json_is_true(json_object_get(sweep, "is_text")))
    iclgd_put_sentence(out,
                       "%s: what is said most often in a cell; of what is said "
                       "as often, one.",
                       label);
  else if (!*over)
    iclgd_put_sentence(out,
                       "%s (%s). One seed of each: no interval over seeds is "
                       "known.",
                       label, y);
  else if (json_is_true(json_object_get(sweep, "mixed")))
    iclgd_put_sentence(out,
                       "%s (%s): mean over %s. Where points differ in more "
                       "than the seed there is no interval%s.",
                       label, y, over,
                       known ? "; elsewhere +- is half of the 95% interval "
                               "over seeds (Student's t)"
                             : "");
  else if (known)
    iclgd_put_sentence(out,
                       "%s (%s): mean over seeds +- half of its 95%% interval "
                       "(Student's t); of one seed alone, or where all are "
                       "equal, none.",
                       label, y);
  else
    iclgd_put_sentence(out, "%s (%s): no interval over seeds is known.", label,
                       y);
  if (*over && strcmp(iclgd_json_text(sweep, "x"), "layer") == 0)
    iclgd_put_sentence(out, "A layer's mean is of the points that have it.");
}

static void put_matches(iclgd_blocks *out, const json_t *sweep) {
  const json_t *list = json_object_get(sweep, "matches");
  const char *words = "";
  size_t all = 0;
  for (size_t i = 0; i < json_array_size(list) && words; ++i) {
    const json_t *one = json_array_get(list, i);
    all += count_of(one, "count");
    words = iclgd_blocks_format(out, "%s%s %s %zu", words, i ? "," : "",
                                iclgd_json_text(one, "name"),
                                count_of(one, "count"));
  }
  if (all > 0 && words)
    iclgd_put_sentence(out, "Best match, of %zu point%s:%s.", all,
                       all == 1 ? "" : "s", words);
}

/* Points that are not done, and why. */
static void put_troubled(iclgd_blocks *out, const json_t *sweep) {
  enum { SHOWN = 10 };
  const json_t *list = json_object_get(sweep, "troubled");
  const size_t count = count_of(sweep, "points") - count_of(sweep, "done");
  const iclgd_column columns[] = {{"point", .format = ICLGD_AS_TEXT},
                                  {"state", .format = ICLGD_AS_TEXT},
                                  {"reason", .format = ICLGD_AS_TEXT}};
  if (count == 0) return;
  iclgd_put_table(out, columns, 3,
                  "Points that are not done; a mean is of those that are.");
  for (size_t i = 0; i < json_array_size(list) && i < SHOWN; ++i) {
    const json_t *one = json_array_get(list, i);
    iclgd_put_row(out, "%s", iclgd_json_text(one, "id"));
    iclgd_put_text(out, "%s", iclgd_json_text(one, "state"));
    iclgd_put_text(out, "%s", iclgd_json_text(one, "reason"));
  }
  if (count > SHOWN)
    iclgd_put_sentence(out, "And %zu more that are not done.", count - SHOWN);
}

/* Without a group the other columns stand beside the first one, else below. */
static void put_tables(iclgd_blocks *out, const json_t *sweep) {
  const json_t *first = json_array_get(json_object_get(sweep, "pivots"), 0);
  const json_t *more = json_object_get(sweep, "more");
  sheet s = {.sweep = sweep, .pivots = {first}, .n = 1};
  if (*iclgd_json_text(sweep, "group")) {
    put_pivot(out, sweep, first);
    return;
  }
  for (size_t i = 0; i < json_array_size(more) && s.n < COLUMNS_MAX; ++i)
    s.pivots[s.n++] = json_array_get(more, i);
  put_parts(out, &s);
}

static void put_more(iclgd_blocks *out, const json_t *sweep) {
  const json_t *more = json_object_get(sweep, "more");
  if (!*iclgd_json_text(sweep, "group") || json_array_size(more) == 0) return;
  iclgd_put_in_short(out, false);
  iclgd_put_fold(out, "Other columns");
  for (size_t i = 0; i < json_array_size(more); ++i) {
    const json_t *pivot = json_array_get(more, i);
    iclgd_put_heading(out, "%s", iclgd_json_text(pivot, "y"));
    put_pivot(out, sweep, pivot);
  }
  iclgd_put_fold_end(out);
}

void iclgd_sweep_tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *sweep = json_object_get(summary, "sweep");
  if (!sweep) return;
  iclgd_put_in_short(out, true);
  put_count(out, sweep);
  put_tables(out, sweep);
  put_meaning(out, sweep);
  put_matches(out, sweep);
  put_troubled(out, sweep);
  if (json_is_true(json_object_get(sweep, "is_drawn")))
    iclgd_put_figure(out, "sweep");
  put_more(out, sweep);
}

static void read_default(iclgd_reader *r, json_t *summary) {
  static const iclgd_sweep_choice choice;
  iclgd_sweep_read(r, &choice, summary);
}

const iclgd_view iclgd_view_sweep = {.title = "Points of the sweep",
                                     .read = read_default,
                                     .tell = iclgd_sweep_tell};
