/* A numeric CSV table as a source of prompts; parsed by libcsv. */
#include <iclgd/table.h>

#include <csv.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The state of one pass over the file. In the first pass the arrays are NULL
 * and rows and columns are counted; the second fills them. */
typedef struct parse {
  const char *path;
  iclgd_arena *arena;
  iclgd_error *err;
  iclgd_status status;
  size_t line, row, rows, column, columns; /* row 0 holds the names */
  char **names;
  double *cells; /* (rows, columns) */
} parse;

static void bad_cell(parse *p, const char *found, int length) {
  p->status = iclgd_fail(p->err, ICLGD_EINPUT,
                         "%s, line %zu, column %zu: expected a finite number, "
                         "found '%.*s'",
                         p->path, p->line + 1, p->column + 1, length, found);
}

static void on_field(void *text, size_t length, void *context) {
  parse *p = context;
  if (p->status) return;
  const char *field = text ? text : "";
  if (p->row == 0) {
    if (p->names) p->names[p->column] = iclgd_arena_text(p->arena, field);
  } else if (p->cells && p->column < p->columns) {
    char *end;
    const double value = strtod(field, &end);
    if (end == field || end != field + length || !isfinite(value)) {
      bad_cell(p, field, length > 40 ? 40 : (int)length);
      return;
    }
    p->cells[(p->row - 1) * p->columns + p->column] = value;
  }
  ++p->column;
}

static void end_row(parse *p) {
  if (p->row == 0) p->columns = p->column;
  if (p->column != p->columns)
    p->status = iclgd_fail(p->err, ICLGD_EINPUT,
                           "%s, line %zu: expected %zu columns, found %zu",
                           p->path, p->line + 1, p->columns, p->column);
  p->rows = p->row++;
  p->column = 0;
}

/* Called at the end of every line, so that lines are counted as an editor
 * does; blank ones, and the second half of CR LF, are no rows. */
static void on_row(int ending, void *context) {
  parse *p = context;
  if (p->status) return;
  if (p->column > 0) end_row(p);
  p->line += ending == '\n';
}

static iclgd_status run_pass(parse *p) {
  FILE *file = fopen(p->path, "r");
  if (!file)
    return iclgd_fail(p->err, ICLGD_EINPUT, "%s: cannot open: %s", p->path,
                      strerror(errno));
  struct csv_parser parser;
  csv_init(&parser, CSV_APPEND_NULL | CSV_REPALL_NL);
  p->line = p->row = p->column = 0;
  char buffer[65536];
  size_t got;
  while (!p->status && (got = fread(buffer, 1, sizeof buffer, file)) > 0)
    if (csv_parse(&parser, buffer, got, on_field, on_row, p) != got)
      p->status = iclgd_fail(p->err, ICLGD_EINPUT, "%s: %s", p->path,
                             csv_strerror(csv_error(&parser)));
  if (!p->status && ferror(file))
    p->status = iclgd_fail(p->err, ICLGD_EINPUT, "%s: cannot read: %s", p->path,
                           strerror(errno));
  if (!p->status) csv_fini(&parser, on_field, on_row, p);
  csv_free(&parser);
  fclose(file);
  return p->status;
}

/* The index of the target column; the last one for "". */
static iclgd_status find_target(const parse *p, const char *target,
                                size_t *out) {
  *out = p->columns - 1;
  if (*target == '\0') return ICLGD_OK;
  for (size_t j = 0; j < p->columns; ++j)
    if (strcmp(p->names[j], target) == 0) {
      *out = j;
      return ICLGD_OK;
    }
  return iclgd_fail(p->err, ICLGD_EINPUT,
                    "%s: no column '%s' (prompt.target); the last one is '%s'",
                    p->path, target, p->names[p->columns - 1]);
}

/* Features and target apart. */
static iclgd_status split_columns(const parse *p, size_t target,
                                  iclgd_table *out) {
  const size_t rows = p->rows, d = p->columns - 1;
  double *x = iclgd_arena_reals(p->arena, rows, d, 1);
  double *y = iclgd_arena_reals(p->arena, rows, 1, 1);
  const char **names = iclgd_arena_take(p->arena, d, sizeof *names);
  if (!x || !y || !names) return iclgd_fail_memory(p->err, p->path);
  for (size_t j = 0, k = 0; j < p->columns; ++j) {
    for (size_t i = 0; i < rows; ++i) {
      const double cell = p->cells[i * p->columns + j];
      if (j == target)
        y[i] = cell;
      else
        x[i * d + k] = cell;
    }
    if (j != target) names[k++] = p->names[j];
  }
  *out = (iclgd_table){.rows = rows,
                       .d = d,
                       .x = x,
                       .y = y,
                       .names = names,
                       .target = p->names[target]};
  return ICLGD_OK;
}

static uint32_t *shuffled(size_t rows, uint64_t seed, iclgd_arena *arena) {
  uint32_t *order = iclgd_arena_take(arena, rows, sizeof *order);
  if (!order) return NULL;
  iclgd_stream stream;
  iclgd_stream_seed(&stream, seed, ICLGD_STREAM_SPLIT, 0);
  for (uint32_t i = 0; i < rows; ++i) { /* inside-out Fisher-Yates */
    const uint32_t j = iclgd_stream_below(&stream, i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

iclgd_status iclgd_table_load(const char *path, const char *target,
                              double share, uint64_t seed, iclgd_arena *arena,
                              iclgd_table *out, iclgd_error *err) {
  parse p = {.path = path, .arena = arena, .err = err};
  iclgd_status status = run_pass(&p);
  if (status) return status;
  if (p.columns < 2 || p.columns > 513 || p.rows < 4 || p.rows > 100000000)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected a line of 2 to 513 column names and at "
                      "least 4 rows, found %zu columns and %zu rows",
                      path, p.columns, p.rows);
  p.names = iclgd_arena_take(arena, p.columns, sizeof *p.names);
  p.cells = iclgd_arena_reals(arena, p.rows, p.columns, 1);
  if (!p.names || !p.cells) return iclgd_fail_memory(err, path);
  status = run_pass(&p);
  if (status) return status;
  for (size_t j = 0; j < p.columns; ++j)
    if (!p.names[j]) return iclgd_fail_memory(err, path);
  size_t column;
  status = find_target(&p, target, &column);
  if (!status) status = split_columns(&p, column, out);
  if (status) return status;
  out->order = shuffled(p.rows, seed, arena);
  if (!out->order) return iclgd_fail_memory(err, path);
  out->n_train = (size_t)(share * (double)p.rows);
  return ICLGD_OK;
}

static bool is_training(iclgd_stream_id id) {
  return id == ICLGD_STREAM_TRAIN || id == ICLGD_STREAM_TUNE;
}

size_t iclgd_table_side(const iclgd_table *table, iclgd_stream_id id) {
  return is_training(id) ? table->n_train : table->rows - table->n_train;
}

/* Column j of all n + 1 rows standardised by its n context values. */
static void standardise(double *x, double *x_query, size_t n, size_t d,
                        size_t j) {
  double mean = 0, variance = 0;
  for (size_t i = 0; i < n; ++i) mean += x[i * d + j] / (double)n;
  for (size_t i = 0; i < n; ++i) {
    const double off = x[i * d + j] - mean;
    variance += off * off / (double)n;
  }
  /* Rounding leaves a constant column a variance of about (eps * mean)^2. */
  const bool varies = variance > 1e-24 * mean * mean;
  const double factor = varies ? 1 / sqrt(variance) : 0;
  for (size_t i = 0; i < n; ++i) x[i * d + j] = (x[i * d + j] - mean) * factor;
  x_query[j] = (x_query[j] - mean) * factor;
}

/* n + 1 distinct rows by selection sampling over the side, whose order is
 * random already; which of them is the query is drawn as well. */
void iclgd_table_prompt(const iclgd_table *table, iclgd_stream_id id,
                        iclgd_stream *stream, size_t n, double *x, double *y,
                        double *x_query, double *y_query) {
  const size_t d = table->d, side = iclgd_table_side(table, id);
  const uint32_t *order = table->order + (is_training(id) ? 0 : table->n_train);
  size_t query = iclgd_stream_below(stream, (uint32_t)(n + 1));
  size_t row = 0;
  for (size_t i = 0, left = n + 1; left > 0; ++i) {
    if (iclgd_stream_below(stream, (uint32_t)(side - i)) >= left) continue;
    --left;
    const double *features = table->x + order[i] * d;
    const bool is_query = left == query;
    memcpy(is_query ? x_query : x + row * d, features, d * sizeof *x);
    *(is_query ? y_query : y + row) = table->y[order[i]];
    row += !is_query;
  }
  for (size_t j = 0; j < d; ++j) standardise(x, x_query, n, d, j);
  double mean = 0;
  for (size_t i = 0; i < n; ++i) mean += y[i] / (double)n;
  for (size_t i = 0; i < n; ++i) y[i] -= mean;
  *y_query -= mean;
}
