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

#include "iclgd/arena.h"
#include "iclgd/rng.h"
#include "iclgd/status.h"

typedef struct iclgd_table {
  size_t rows, d;
  const double *x;       /* (rows, d) */
  const double *y;       /* (rows) the target column */
  const uint32_t *order; /* (rows) shuffled; the first n_train are training */
  size_t n_train;
  const char *const *names; /* (d) of the feature columns */
  const char *target;       /* the name of the label column */
} iclgd_table;

/* Read a CSV file with one line of column names and numbers below. `target`
 * names the label ("" is the last column); `share` in (0, 1) of the rows is for
 * training. ICLGD_EINPUT names the file, and line and column where it can. */
iclgd_status iclgd_table_load(const char *path, const char *target,
                              double share, uint64_t seed, iclgd_arena *arena,
                              iclgd_table *out, iclgd_error *err);

/* The number of rows a stream samples from: training rows for TRAIN and TUNE,
 * probing rows for the others. */
size_t iclgd_table_side(const iclgd_table *table, iclgd_stream_id stream);

/* One prompt: n context rows and a query; n < iclgd_table_side. */
void iclgd_table_prompt(const iclgd_table *table, iclgd_stream_id side,
                        iclgd_stream *stream, size_t n, double *x, double *y,
                        double *x_query, double *y_query);

#endif /* ICLGD_TABLE_H */
