/* iclgd/table.h - a numeric CSV table as a source of prompts.
 *
 * The rows are split once, by a shuffle with the seed, into training rows and
 * probing rows, so that nothing leaks. A prompt samples n + 1 distinct rows of
 * its side; columns are standardised with the mean and standard deviation of
 * the context, a column without variance there becomes 0, and y is centred on
 * the mean of the context. The label of the query is y_query.
 */
#ifndef ICLGD_TABLE_H
#define ICLGD_TABLE_H

#include <stdbool.h>

#include "iclgd/arena.h"
#include "iclgd/rng.h"
#include "iclgd/status.h"

/* How a file is to be read: the keys prompt.* of the same names. Lists are
 * names of columns separated by commas, as on a line of CSV. */
typedef struct iclgd_table_form {
  const char *target;   /* the label; "" for the last column that is left */
  const char *features; /* in this order; "" for all that are left */
  const char *drop;     /* what is left out */
  bool headless;     /* the first line has numbers; columns are column1, ... */
  bool drop_missing; /* leave rows out that lack a value; else refuse them */
  bool one_hot;      /* a 0/1 feature of each text of a column of texts */
} iclgd_table_form;

typedef struct iclgd_table {
  size_t rows, d;
  const double *x;       /* (rows, d), in the order of the file */
  const double *y;       /* (rows) the target column */
  const uint32_t *order; /* (rows) shuffled; the first n_train are training */
  size_t n_train;
  size_t dropped;           /* rows of the file that lack a value */
  const char *const *names; /* (d) of the features: column, or column=text */
  const char *target;       /* the name of the label column */
} iclgd_table;

/* Read a regular file of up to 128 MiB: CSV in UTF-8, or separated by
 * semicolons or tabs; one line of different names and numbers below. What is
 * missing is empty, NA, N/A, NaN, null or ?. `share` in (0, 1) of the rows is
 * for training. ICLGD_EINPUT names the file, and line and column where it can,
 * and what to do about it. */
iclgd_status iclgd_table_load(const char *path, const iclgd_table_form *form,
                              double share, uint64_t seed, iclgd_arena *arena,
                              iclgd_table *out, iclgd_error *err);

/* A hash of all numbers, row by row, features in order, then the target: 64-bit
 * FNV-1a (Fowler, Noll and Vo) of their IEEE 754 doubles, least significant
 * byte first, -0 as 0. */
uint64_t iclgd_table_hash(const iclgd_table *table);

/* The table with the feature columns `names` (d), in that order, and no others.
 * ICLGD_EINPUT names the columns that `path` lacks. */
iclgd_status iclgd_table_select(const iclgd_table *table, const char *path,
                                const char *const *names, size_t d,
                                iclgd_arena *arena, iclgd_table *out,
                                iclgd_error *err);

/* The number of rows a stream samples from: training rows for TRAIN and TUNE,
 * probing rows for the others. */
size_t iclgd_table_side(const iclgd_table *table, iclgd_stream_id stream);

/* One prompt: n context rows and a query; n < iclgd_table_side. */
void iclgd_table_prompt(const iclgd_table *table, iclgd_stream_id side,
                        iclgd_stream *stream, size_t n, double *x, double *y,
                        double *x_query, double *y_query);

#endif /* ICLGD_TABLE_H */
