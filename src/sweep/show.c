/* The table of a sweep on the terminal: one row per setting, seeds together:
 *   mean over seeds +- spread / sqrt(number of seeds); of one seed its own
 *   standard error, over prompts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "sweep/sweep.h"
#include "view/text.h"

enum { CELL = 48, MEASURED = 3, COLUMNS_MAX = 24 };

typedef char cell[CELL];

typedef struct sheet {
  iclgd_source *source;
  iclgd_arena arena;
  size_t count; /* of points */
  char **keys;  /* (n_keys) but for seed */
  size_t n_keys;
  cell *setting; /* (count, n_keys) */
  char **state, **reason, **match, **id;
  double *value[MEASURED], *error[MEASURED];
  size_t *row; /* (count) of the table, by point */
  size_t rows;
} sheet;

static const struct measured {
  const char *name, *title;
} measured[MEASURED] = {{"loss", "loss"},
                        {"ratio_to_gd", "ratio to GD"},
                        {"gd_loss", "loss of GD"}};

static iclgd_status read_texts(sheet *s, const char *leaf, char ***out,
                               iclgd_error *err) {
  char path[160];
  snprintf(path, sizeof path, "points/%s", leaf);
  TRY(iclgd_source_texts(s->source, path, 1, &s->count, &s->arena, out, err));
  for (size_t k = 0; k < s->count; ++k) iclgd_one_line((*out)[k]);
  return ICLGD_OK;
}

static iclgd_status read_reals(sheet *s, const char *leaf, double **out,
                               iclgd_error *err) {
  char path[160];
  snprintf(path, sizeof path, "points/%s", leaf);
  return iclgd_source_reals(s->source, path, 1, &s->count, &s->arena, out, err);
}

static iclgd_status read_setting(sheet *s, size_t j, iclgd_error *err) {
  char path[160];
  iclgd_shape shape;
  char **texts = NULL;
  double *reals = NULL;
  snprintf(path, sizeof path, "points/%s", s->keys[j]);
  TRY(iclgd_source_shape(s->source, path, &shape, err));
  TRY(shape.type == ICLGD_TEXT ? read_texts(s, s->keys[j], &texts, err)
                               : read_reals(s, s->keys[j], &reals, err));
  for (size_t k = 0; k < s->count; ++k) {
    char *to = s->setting[k * s->n_keys + j];
    if (texts)
      snprintf(to, CELL, "%s", texts[k]);
    else
      snprintf(to, CELL, "%.6g", reals[k]);
  }
  return ICLGD_OK;
}

static iclgd_status read_settings(sheet *s, iclgd_error *err) {
  char **all = NULL;
  size_t n = 0;
  if (iclgd_source_has_attr(s->source, "points", "swept"))
    TRY(iclgd_source_attr_texts(s->source, "points", "swept", &s->arena, &all,
                                &n, err));
  s->keys = iclgd_arena_take(&s->arena, n, sizeof *s->keys);
  TRY(iclgd_arena_status(&s->arena, err, "the table"));
  for (size_t j = 0; j < n; ++j)
    if (strcmp(all[j], "seed") != 0) s->keys[s->n_keys++] = all[j];
  s->setting =
      iclgd_arena_take(&s->arena, s->count * s->n_keys, sizeof *s->setting);
  TRY(iclgd_arena_status(&s->arena, err, "the table"));
  for (size_t j = 0; j < s->n_keys; ++j) TRY(read_setting(s, j, err));
  return ICLGD_OK;
}

/* Points of equal settings share a row, the first of them gives its place. */
static iclgd_status find_rows(sheet *s, iclgd_error *err) {
  const size_t size = s->n_keys * sizeof *s->setting;
  size_t *first = iclgd_arena_take(&s->arena, s->count, sizeof *first);
  s->row = iclgd_arena_take(&s->arena, s->count, sizeof *s->row);
  TRY(iclgd_arena_status(&s->arena, err, "the table"));
  for (size_t k = 0; k < s->count; ++k) {
    size_t r = 0;
    while (r < s->rows && memcmp(s->setting[first[r] * s->n_keys],
                                 s->setting[k * s->n_keys], size) != 0)
      ++r;
    if (r == s->rows) first[s->rows++] = k;
    s->row[k] = r;
  }
  return ICLGD_OK;
}

/* Numbers in their order, before texts. */
static int compare_cells(const char *a, const char *b) {
  char *end_a, *end_b;
  const double p = strtod(a, &end_a), q = strtod(b, &end_b);
  const bool is_p = end_a != a && *end_a == '\0' && !isnan(p);
  const bool is_q = end_b != b && *end_b == '\0' && !isnan(q);
  if (is_p != is_q) return is_p ? -1 : 1;
  if (is_p && p != q) return p < q ? -1 : 1;
  return strcmp(a, b);
}

/* A row and the first of its points. */
typedef struct placed {
  const sheet *s;
  size_t row, point;
} placed;

static int by_settings(const void *a, const void *b) {
  const placed *p = a, *q = b;
  const sheet *s = p->s;
  for (size_t i = 0; i < s->n_keys; ++i) {
    const int order = compare_cells(s->setting[p->point * s->n_keys + i],
                                    s->setting[q->point * s->n_keys + i]);
    if (order != 0) return order;
  }
  return (p->row > q->row) - (p->row < q->row);
}

/* Rows by their settings. */
static iclgd_status sort_rows(sheet *s, iclgd_error *err) {
  placed *order = iclgd_arena_take(&s->arena, s->rows, sizeof *order);
  size_t *place = iclgd_arena_take(&s->arena, s->rows, sizeof *place);
  TRY(iclgd_arena_status(&s->arena, err, "the table"));
  for (size_t k = s->count; k-- > 0;)
    order[s->row[k]] = (placed){s, s->row[k], k};
  qsort(order, s->rows, sizeof *order, by_settings);
  for (size_t r = 0; r < s->rows; ++r) place[order[r].row] = r;
  for (size_t k = 0; k < s->count; ++k) s->row[k] = place[s->row[k]];
  return ICLGD_OK;
}

static iclgd_status read_sheet(sheet *s, iclgd_error *err) {
  TRY(read_texts(s, "id", &s->id, err));
  TRY(read_texts(s, "state", &s->state, err));
  TRY(read_texts(s, "reason", &s->reason, err));
  TRY(read_texts(s, "best_match", &s->match, err));
  for (size_t c = 0; c < MEASURED; ++c) {
    char errors[64];
    snprintf(errors, sizeof errors, "%s_error", measured[c].name);
    TRY(read_reals(s, measured[c].name, &s->value[c], err));
    TRY(read_reals(s, errors, &s->error[c], err));
  }
  TRY(read_settings(s, err));
  TRY(find_rows(s, err));
  return sort_rows(s, err);
}

/* A measured number of a row, over its seeds. */
static void write_mean(const sheet *s, size_t row, size_t c, char *out) {
  char scratch[ICLGD_NUMBER_MAX];
  double sum = 0, squares = 0, error = NAN;
  size_t n = 0;
  for (size_t k = 0; k < s->count; ++k) {
    if (s->row[k] != row || !isfinite(s->value[c][k])) continue;
    sum += s->value[c][k];
    error = s->error[c][k];
    ++n;
  }
  const double mean = n > 0 ? sum / (double)n : NAN;
  for (size_t k = 0; k < s->count; ++k)
    if (s->row[k] == row && isfinite(s->value[c][k]))
      squares += pow(s->value[c][k] - mean, 2);
  if (n > 1) error = sqrt(squares / (double)(n - 1) / (double)n);
  snprintf(out, CELL, "%s", iclgd_text_estimate(scratch, 4, mean, error));
}

/* The match of the row, and in how many of its points. */
static void write_match(const sheet *s, size_t row, char *out) {
  const char *most = "-";
  size_t best = 0, all = 0;
  for (size_t k = 0; k < s->count; ++k) {
    size_t same = 0;
    if (s->row[k] != row || !*s->match[k]) continue;
    ++all;
    for (size_t j = 0; j < s->count; ++j)
      same += s->row[j] == row && strcmp(s->match[j], s->match[k]) == 0;
    if (same > best) {
      best = same;
      most = s->match[k];
    }
  }
  if (best < all)
    snprintf(out, CELL, "%.20s (%.0f of %.0f)", most, (double)best,
             (double)all);
  else
    snprintf(out, CELL, "%.40s", most);
}

/* "5", or of those that ended otherwise, "3 of 5". */
static void write_count(const sheet *s, size_t row, char *out) {
  size_t all = 0, done = 0;
  for (size_t k = 0; k < s->count; ++k) {
    if (s->row[k] != row) continue;
    ++all;
    done += strcmp(s->state[k], "done") == 0;
  }
  if (done == all)
    snprintf(out, CELL, "%zu", all);
  else
    snprintf(out, CELL, "%zu of %zu", done, all);
}

/* Behind the settings stand the count, what is of most interest, the match, and
 * what may be left out. */
enum { MATCH = 3 };
static size_t place_of(size_t c) {
  return c + 1 < MATCH ? c + 1 : c + 2;
}

/* Cells (rows + 1, columns), row 0 the titles. */
static void fill(const sheet *s, size_t columns, cell *cells) {
  for (size_t j = 0; j < s->n_keys; ++j)
    snprintf(cells[j], CELL, "%s", s->keys[j]);
  cell *title = cells + s->n_keys;
  snprintf(title[0], CELL, "done");
  for (size_t c = 0; c < MEASURED; ++c)
    snprintf(title[place_of(c)], CELL, "%s", measured[c].title);
  snprintf(title[MATCH], CELL, "best match");
  for (size_t k = s->count; k-- > 0;) {
    cell *row = cells + (s->row[k] + 1) * columns;
    memcpy(row, s->setting[k * s->n_keys], s->n_keys * sizeof *row);
  }
  for (size_t r = 0; r < s->rows; ++r) {
    cell *rest = cells + (r + 1) * columns + s->n_keys;
    write_count(s, r, rest[0]);
    for (size_t c = 0; c < MEASURED; ++c)
      write_mean(s, r, c, rest[place_of(c)]);
    write_match(s, r, rest[MATCH]);
  }
}

/* Columns from the left as far as there is room: how many. */
static size_t fit(cell *const cells, size_t rows, size_t columns, size_t width,
                  size_t *widths) {
  size_t used = 0;
  for (size_t j = 0; j < columns; ++j) {
    widths[j] = 0;
    for (size_t r = 0; r < rows; ++r) {
      const size_t length = strlen(cells[r * columns + j]);
      if (length > widths[j]) widths[j] = length;
    }
    used += widths[j] + (j > 0 ? 2 : 0);
    if (used > width) return j;
  }
  return columns;
}

static void print_cells(cell *const cells, size_t rows, size_t columns,
                        size_t width, FILE *out) {
  size_t widths[COLUMNS_MAX];
  const size_t shown = fit(cells, rows, columns, width, widths);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t j = 0; j < shown; ++j)
      fprintf(out, "%s%*s", j > 0 ? "  " : "", (int)widths[j],
              cells[r * columns + j]);
    fputc('\n', out);
  }
  if (shown == columns) return;
  fputs("No room for:", out);
  for (size_t j = shown; j < columns; ++j)
    fprintf(out, "%s %s", j > shown ? "," : "", cells[j]);
  fputs(" (--width)\n", out);
}

/* How many ended how, and why. */
static void print_states(const sheet *s, FILE *out) {
  enum { LISTED = 10 };
  size_t done = 0, listed = 0;
  for (size_t k = 0; k < s->count; ++k) done += !strcmp(s->state[k], "done");
  fprintf(out, "%zu points, %zu done\n\n", s->count, done);
  for (size_t k = 0; k < s->count; ++k) {
    char line[400];
    if (strcmp(s->state[k], "done") == 0 || ++listed > LISTED) continue;
    snprintf(line, sizeof line, "%.20s %.20s%s%.300s", s->id[k], s->state[k],
             *s->reason[k] ? ": " : "", s->reason[k]);
    iclgd_text_wrap(out, line, 0);
  }
  if (listed > LISTED) fprintf(out, "and %zu more\n", listed - LISTED);
  if (listed > 0) fputc('\n', out);
}

static iclgd_status print_sheet(sheet *s, size_t width, FILE *out,
                                iclgd_error *err) {
  const size_t columns = s->n_keys + MEASURED + 2;
  if (columns > COLUMNS_MAX)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "%zu settings differ, more than a table can show: see "
                      "`iclgd export`",
                      s->n_keys);
  cell *cells =
      iclgd_arena_take(&s->arena, (s->rows + 1) * columns, sizeof *cells);
  if (!cells) return iclgd_fail_memory(err, "the table");
  print_states(s, out);
  fill(s, columns, cells);
  print_cells(cells, s->rows + 1, columns, width, out);
  if (s->rows < s->count)
    fputs(
        "\nMeans over points of equal settings but for the seed +- their "
        "standard error.\n",
        out);
  return ICLGD_OK;
}

bool iclgd_sweep_is(const char *path) {
  iclgd_source *source;
  iclgd_error unused;
  if (iclgd_source_open(path, &source, &unused)) return false;
  const bool is = iclgd_source_has(source, "points/id") &&
                  iclgd_source_has(source, "points/state");
  iclgd_source_close(source);
  return is;
}

iclgd_status iclgd_sweep_show(const char *path, size_t width, FILE *out,
                              iclgd_error *err) {
  sheet s = {.count = 0};
  TRY(iclgd_source_open(path, &s.source, err));
  iclgd_status status = read_sheet(&s, err);
  if (!status) status = print_sheet(&s, width, out, err);
  iclgd_source_close(s.source);
  iclgd_arena_free(&s.arena);
  return status;
}
