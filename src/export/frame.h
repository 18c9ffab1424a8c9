/* A group or a dataset of a file as a tidy table: one row per element, its
 * coordinates by the names of the dims, then the values. Coordinates and text
 * are in memory whole, values one block of rows at a time. */
#ifndef ICLGD_EXPORT_FRAME_H
#define ICLGD_EXPORT_FRAME_H

#include <iclgd/arena.h>
#include <iclgd/record.h>

typedef struct iclgd_column {
  const char *name, *units, *long_name; /* the last two NULL when not there */
  const char *path; /* of the dataset; NULL: the indices 0, 1, 2, ... */
  iclgd_type type;
  bool is_coordinate;
  size_t dim; /* of a coordinate: the dim it runs along */
  double *reals;
  int64_t *ints;
  char **texts;
} iclgd_column;

typedef struct iclgd_frame {
  const iclgd_source *source;
  const char *path;
  bool one_line; /* texts go to a terminal: each in one line */
  size_t rank, extents[ICLGD_RANK_MAX], rows;
  size_t split, step; /* a block: `step` rows of dim `split`, all inner ones */
  size_t first;       /* the row that the blocks in memory begin with */
  size_t n_columns;
  iclgd_column *columns;
} iclgd_frame;

/* One element; `real` is NaN for a missing one. */
typedef struct iclgd_cell {
  iclgd_type type;
  double real;
  int64_t integer;
  const char *text;
} iclgd_cell;

/* The columns of one table of a file, without values. For a group they are the
 * datasets that share the dims of its signal. ICLGD_EUSAGE when there is no
 * such thing (the nearest name is suggested), or a group has several tables and
 * no signal to tell which. With `one_line` texts are made fit for a terminal
 * (base/line.h). Memory comes from the arena. */
iclgd_status iclgd_frame_describe(const iclgd_source *source, const char *path,
                                  bool one_line, iclgd_arena *arena,
                                  iclgd_frame *out, iclgd_error *err);

/* Read coordinates and text, and take memory for blocks of values. */
iclgd_status iclgd_frame_load(iclgd_frame *frame, iclgd_arena *arena,
                              iclgd_error *err);

/* How many rows the block that begins with this row has. */
size_t iclgd_frame_block(const iclgd_frame *frame, size_t first);

/* Read the values of one column in the block that begins with row `first`. */
iclgd_status iclgd_frame_read(const iclgd_frame *frame, iclgd_column *column,
                              size_t first, iclgd_error *err);

/* The element of a column in a row of the block that was read last. */
iclgd_cell iclgd_frame_cell(const iclgd_frame *frame,
                            const iclgd_column *column, size_t row);

/* Every group or dataset below a group, "" being /entry, with its path; a
 * status other than ICLGD_OK ends the walk and is returned. */
typedef iclgd_status iclgd_visit(void *context, const char *path, bool is_group,
                                 iclgd_error *err);
iclgd_status iclgd_walk_file(const iclgd_source *source, iclgd_visit *visit,
                             void *context, iclgd_error *err);

/* Fails with ICLGD_EUSAGE: `path` is not in the file, the nearest is this. */
iclgd_status iclgd_export_unknown(const iclgd_source *source, const char *path,
                                  iclgd_error *err);

#endif /* ICLGD_EXPORT_FRAME_H */
