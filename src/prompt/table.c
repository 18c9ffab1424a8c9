/* Rows of a table as prompts. */
#include <iclgd/table.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "prompt/rows.h"
#include "prompt/table_read.h"

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

iclgd_status iclgd_table_load(const char *path, const iclgd_table_form *form,
                              double share, uint64_t seed, iclgd_arena *arena,
                              iclgd_table *out, iclgd_error *err) {
  TRY(iclgd_table_read(path, form, arena, out, err));
  out->order = shuffled(out->rows, seed, arena);
  if (!out->order) return iclgd_fail_memory(err, path);
  out->n_train = (size_t)(share * (double)out->rows);
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

/* The labels' room holds the rows until they are looked up. */
void iclgd_table_prompt(const iclgd_table *table, iclgd_stream_id id,
                        iclgd_stream *stream, size_t n, double *x, double *y,
                        double *x_query, double *y_query) {
  const size_t d = table->d, side = iclgd_table_side(table, id);
  const uint32_t *order = table->order + (is_training(id) ? 0 : table->n_train);
  size_t query;
  iclgd_draw_rows(stream, side, n, y, &query);
  memcpy(x_query, table->x + order[query] * d, d * sizeof *x);
  *y_query = table->y[order[query]];
  for (size_t i = 0; i < n; ++i) {
    const size_t row = order[(size_t)y[i]];
    memcpy(x + i * d, table->x + row * d, d * sizeof *x);
    y[i] = table->y[row];
  }
  for (size_t j = 0; j < d; ++j) standardise(x, x_query, n, d, j);
  double mean = 0;
  for (size_t i = 0; i < n; ++i) mean += y[i] / (double)n;
  for (size_t i = 0; i < n; ++i) y[i] -= mean;
  *y_query -= mean;
}
