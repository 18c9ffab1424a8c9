/* A CSV file becomes features and labels. It is in memory as a whole, and is
 * walked several times: names and size (columns_read.c); which cells are
 * numbers, and which rows are complete; the texts of columns that are encoded,
 * one 0/1 feature each; the numbers. */
#include "prompt/table_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "prompt/cell.h"
#include "prompt/columns.h"
#include "prompt/csv.h"

enum {
  BYTES_MAX = 128 << 20,
  FEATURES_MAX = 512, /* the limit of prompt.d */
  LEVELS_MAX = 64,
  ROWS_MIN = 4,
  SHOWN = 40 /* bytes of a cell in a message */
};

/* What is known of a column of the file. */
typedef struct column {
  bool is_used, is_text;
  size_t line; /* of its first text */
  char text[SHOWN + 1];
  size_t levels; /* its different texts, in order */
  const char *level[LEVELS_MAX];
  size_t at; /* its first feature */
} column;

typedef struct reader {
  const iclgd_table_form *form;
  iclgd_csv csv;
  iclgd_arena *arena; /* of the table */
  iclgd_arena *spare; /* for the time of reading */
  iclgd_columns columns;
  column *info;         /* (columns.count) */
  size_t rows, lacking; /* of the file; of these, rows left out */
  bool *is_lacking;     /* (rows) a value is missing */
  size_t d, row;        /* features; the row being filled */
  double *x, *y;        /* (rows - lacking, d), (rows - lacking) */
} reader;

/* The row of the file below its names; false for the names themselves. */
static bool data_row(const reader *r, const iclgd_csv_place *at, size_t *row) {
  *row = at->row - !r->form->headless;
  return at->row > 0 || r->form->headless;
}

static iclgd_status bad_cell(const reader *r, const iclgd_csv_place *at,
                             const char *text, const char *advice,
                             iclgd_error *err) {
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s, line %zu, column %zu (%.60s): expected a finite "
                    "number, found '%.*s'%s",
                    at->path, at->line, at->column + 1,
                    r->columns.names[at->column], SHOWN, text, advice);
}

/* --- which cells are numbers, which rows are complete -------------------- */

static iclgd_status note_text(reader *r, const iclgd_csv_place *at,
                              const char *text, size_t length,
                              iclgd_error *err) {
  column *info = &r->info[at->column];
  if (iclgd_cell_has_decimal_comma(text, length))
    return bad_cell(r, at, text,
                    ": a decimal comma? Write numbers with a point", err);
  if (!iclgd_cell_is_plain(text, length) || at->column == r->columns.target)
    return bad_cell(r, at, text, "", err);
  if (info->is_text) return ICLGD_OK;
  info->is_text = true;
  info->line = at->line;
  snprintf(info->text, sizeof info->text, "%s", text);
  return ICLGD_OK;
}

static iclgd_status survey_field(void *context, const iclgd_csv_place *at,
                                 const char *text, size_t length,
                                 iclgd_error *err) {
  reader *r = context;
  size_t row;
  double value;
  if (!data_row(r, at, &row) || !r->info[at->column].is_used) return ICLGD_OK;
  switch (iclgd_cell_read(text, length, &value)) {
    case ICLGD_CELL_NUMBER:
      break;
    case ICLGD_CELL_MISSING:
      if (!r->form->drop_missing)
        return bad_cell(r, at, text,
                        ": a missing value? prompt.missing=drop-row leaves "
                        "such rows out",
                        err);
      r->lacking += !r->is_lacking[row];
      r->is_lacking[row] = true;
      break;
    case ICLGD_CELL_INFINITE:
      return bad_cell(r, at, text, "", err);
    case ICLGD_CELL_TEXT:
      return note_text(r, at, text, length, err);
  }
  return ICLGD_OK;
}

/* The names of all text columns, as a value of prompt.drop. */
static void list_texts(const reader *r, char *out, size_t size) {
  size_t used = 0;
  for (size_t k = 0; k < r->columns.used; ++k) {
    const size_t j = r->columns.features[k];
    const char *name = r->columns.names[j];
    if (!r->info[j].is_text || used + strlen(name) + 2 > size) continue;
    used += (size_t)snprintf(out + used, size - used, "%s%s", used ? "," : "",
                             name);
  }
}

/* Text is no feature unless it is asked to be encoded. */
static iclgd_status refuse_texts(const reader *r, iclgd_error *err) {
  for (size_t k = 0; k < r->columns.used; ++k) {
    const size_t j = r->columns.features[k];
    const column *info = &r->info[j];
    if (!info->is_text || r->form->one_hot) continue;
    char advice[500], names[300] = "";
    list_texts(r, names, sizeof names);
    snprintf(advice, sizeof advice,
             ": leave columns of text out (prompt.drop=%s) or make a 0/1 "
             "feature of each text (prompt.categorical=onehot)",
             names);
    const iclgd_csv_place at = {r->csv.path, info->line, 0, j};
    return bad_cell(r, &at, info->text, advice, err);
  }
  return ICLGD_OK;
}

static iclgd_status survey(reader *r, iclgd_error *err) {
  static const iclgd_csv_visitor visitor = {survey_field, NULL};
  r->is_lacking = iclgd_arena_take(r->spare, r->rows, sizeof *r->is_lacking);
  if (!r->is_lacking) return iclgd_fail_memory(err, r->csv.path);
  TRY(iclgd_csv_walk(&r->csv, &visitor, r, err));
  return refuse_texts(r, err);
}

/* --- the texts of encoded columns ---------------------------------------- */

static iclgd_status level_field(void *context, const iclgd_csv_place *at,
                                const char *text, size_t length,
                                iclgd_error *err) {
  reader *r = context;
  column *info = &r->info[at->column];
  size_t row;
  (void)length;
  if (!data_row(r, at, &row) || r->is_lacking[row]) return ICLGD_OK;
  if (!info->is_used || !info->is_text) return ICLGD_OK;
  for (size_t l = 0; l < info->levels; ++l)
    if (strcmp(info->level[l], text) == 0) return ICLGD_OK;
  if (info->levels == LEVELS_MAX)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s, column %zu (%.60s): expected up to %d different "
                      "texts for prompt.categorical=onehot, found more (line "
                      "%zu: '%s' is no number)",
                      at->path, at->column + 1, r->columns.names[at->column],
                      LEVELS_MAX, info->line, info->text);
  info->level[info->levels] = iclgd_arena_text(r->spare, text);
  if (!info->level[info->levels++]) return iclgd_fail_memory(err, at->path);
  return ICLGD_OK;
}

static int by_text(const void *a, const void *b) {
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Where each column's features begin, and how many there are in all. */
static iclgd_status place_features(reader *r, iclgd_error *err) {
  static const iclgd_csv_visitor visitor = {level_field, NULL};
  bool any = false;
  for (size_t j = 0; j < r->columns.count; ++j) any |= r->info[j].is_text;
  if (any) TRY(iclgd_csv_walk(&r->csv, &visitor, r, err));
  for (size_t k = 0; k < r->columns.used; ++k) {
    column *info = &r->info[r->columns.features[k]];
    qsort(info->level, info->levels, sizeof *info->level, by_text);
    info->at = r->d;
    r->d += info->is_text ? info->levels : 1;
  }
  if (r->d <= FEATURES_MAX) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: expected up to %d features, found %zu: choose some "
                    "with prompt.features",
                    r->csv.path, FEATURES_MAX, r->d);
}

/* --- the numbers --------------------------------------------------------- */

static iclgd_status fill_field(void *context, const iclgd_csv_place *at,
                               const char *text, size_t length,
                               iclgd_error *err) {
  reader *r = context;
  const column *info = &r->info[at->column];
  size_t row;
  double value = 0;
  (void)err;
  if (!data_row(r, at, &row) || r->is_lacking[row]) return ICLGD_OK;
  if (!info->is_used) return ICLGD_OK;
  double *x = r->x + r->row * r->d + info->at;
  if (!info->is_text) iclgd_cell_read(text, length, &value);
  if (at->column == r->columns.target)
    r->y[r->row] = value;
  else if (!info->is_text)
    *x = value;
  for (size_t l = 0; l < info->levels; ++l)
    x[l] = strcmp(info->level[l], text) == 0;
  return ICLGD_OK;
}

static iclgd_status fill_row(void *context, const iclgd_csv_place *at,
                             iclgd_error *err) {
  reader *r = context;
  size_t row;
  (void)err;
  r->row += data_row(r, at, &row) && !r->is_lacking[row];
  return ICLGD_OK;
}

/* The names of all features; that of an encoded text is "column=text". */
static const char **name_features(const reader *r) {
  const char **names = iclgd_arena_take(r->arena, r->d, sizeof *names);
  for (size_t k = 0; names && k < r->columns.used; ++k) {
    const size_t j = r->columns.features[k];
    const column *info = &r->info[j];
    names[info->at] = r->columns.names[j];
    for (size_t l = 0; l < info->levels; ++l) {
      const char *head = r->columns.names[j], *text = info->level[l];
      const size_t size = strlen(head) + strlen(text) + 2;
      char *name = iclgd_arena_take(r->arena, size, 1);
      if (!name) return NULL;
      snprintf(name, size, "%s=%s", head, text);
      names[info->at + l] = name;
    }
  }
  return names;
}

static iclgd_status fill(reader *r, iclgd_table *out, iclgd_error *err) {
  static const iclgd_csv_visitor visitor = {fill_field, fill_row};
  const size_t kept = r->rows - r->lacking;
  r->x = iclgd_arena_reals(r->arena, kept, r->d, 1);
  r->y = iclgd_arena_reals(r->arena, kept, 1, 1);
  const char **names = name_features(r);
  TRY(iclgd_arena_status(r->arena, err, r->csv.path));
  *out = (iclgd_table){.rows = kept,
                       .dropped = r->lacking,
                       .d = r->d,
                       .x = r->x,
                       .y = r->y,
                       .names = names,
                       .target = r->columns.names[r->columns.target]};
  return iclgd_csv_walk(&r->csv, &visitor, r, err);
}

/* --- all of it ----------------------------------------------------------- */

static iclgd_status check_size(const reader *r, iclgd_error *err) {
  if (r->columns.count >= 2 && r->rows - r->lacking >= ROWS_MIN)
    return ICLGD_OK;
  char without[64] = "";
  if (r->lacking > 0)
    snprintf(without, sizeof without, " (%zu have missing values)", r->lacking);
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: expected at least 2 columns, separated by commas, "
                    "semicolons or tabs, and at least %d rows, found %zu "
                    "columns and %zu rows%s",
                    r->csv.path, ROWS_MIN, r->columns.count, r->rows, without);
}

static iclgd_status choose(reader *r, iclgd_error *err) {
  iclgd_columns *c = &r->columns;
  TRY(check_size(r, err));
  TRY(iclgd_columns_choose(c, r->form, r->spare, err));
  r->info = iclgd_arena_take(r->spare, c->count, sizeof *r->info);
  if (!r->info) return iclgd_fail_memory(err, c->path);
  r->info[c->target].is_used = true;
  for (size_t k = 0; k < c->used; ++k) r->info[c->features[k]].is_used = true;
  return ICLGD_OK;
}

static iclgd_status read_all(reader *r, const char *path, iclgd_table *out,
                             iclgd_error *err) {
  iclgd_input input;
  TRY(iclgd_input_read(path, BYTES_MAX, r->spare, &input, err));
  r->csv = (iclgd_csv){.path = path, .text = input.text, .size = input.size};
  TRY(iclgd_csv_separator(&r->csv, err));
  TRY(iclgd_columns_read(&r->csv, r->form->headless, r->arena, &r->columns,
                         &r->rows, err));
  TRY(choose(r, err));
  TRY(survey(r, err));
  TRY(check_size(r, err));
  TRY(place_features(r, err));
  return fill(r, out, err);
}

iclgd_status iclgd_table_read(const char *path, const iclgd_table_form *form,
                              iclgd_arena *arena, iclgd_table *out,
                              iclgd_error *err) {
  iclgd_arena spare = {0};
  reader r = {.form = form, .arena = arena, .spare = &spare};
  const iclgd_status status = read_all(&r, path, out, err);
  iclgd_arena_free(&spare);
  return status;
}
