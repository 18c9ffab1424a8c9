/* The values of a table, block by block: rows are counted in the order of the
 * file (row-major), and a block is a box of the array. */
#include <math.h>

#include "base/line.h"
#include "export/format.h"
#include "record/read/source.h"

/* Elements of all columns that are in memory at a time: 8 MB. */
enum { BLOCK = 1 << 20 };

/* A block takes whole inner dims as long as they fit. */
static size_t choose_block(iclgd_frame *frame, size_t room) {
  size_t inner = 1, i = frame->rank;
  frame->split = 0;
  frame->step = 1;
  if (i == 0) return 1;
  for (--i; i > 0 && frame->extents[i] <= room / inner; --i)
    inner *= frame->extents[i];
  const size_t most = room / inner;
  frame->split = i;
  frame->step = most < frame->extents[i] ? most : frame->extents[i];
  return inner * frame->step;
}

static size_t inner_rows(const iclgd_frame *frame) {
  size_t inner = 1;
  for (size_t i = frame->split + 1; i < frame->rank; ++i)
    inner *= frame->extents[i];
  return inner;
}

size_t iclgd_frame_block(const iclgd_frame *frame, size_t first) {
  if (frame->rank == 0) return 1;
  const size_t inner = inner_rows(frame), extent = frame->extents[frame->split];
  const size_t left = extent - first / inner % extent;
  return inner * (left < frame->step ? left : frame->step);
}

static iclgd_status load_texts(const iclgd_frame *frame, iclgd_column *column,
                               iclgd_arena *arena, iclgd_error *err) {
  const size_t rank = column->is_coordinate ? 1 : frame->rank;
  size_t count = 0;
  const iclgd_status status = iclgd_source_texts(
      frame->source, column->path, rank, &count, arena, &column->texts, err);
  for (size_t i = 0; !status && frame->one_line && i < count; ++i)
    iclgd_one_line(column->texts[i]);
  return status;
}

static iclgd_status load_coordinate(const iclgd_frame *frame,
                                    iclgd_column *column, iclgd_arena *arena,
                                    iclgd_error *err) {
  size_t extent = frame->extents[column->dim];
  if (!column->path) return ICLGD_OK;
  if (column->type == ICLGD_F64)
    return iclgd_source_reals(frame->source, column->path, 1, &extent, arena,
                              &column->reals, err);
  return iclgd_source_ints(frame->source, column->path, 1, &extent, arena,
                           &column->ints, err);
}

/* Memory for the values of a block, of an array that can hold them. */
static iclgd_status load_block(const iclgd_frame *frame, iclgd_column *column,
                               size_t rows, iclgd_arena *arena,
                               iclgd_error *err) {
  const iclgd_status status =
      iclgd_source_check_claim(frame->source, column->path, err);
  if (status) return status;
  if (column->type == ICLGD_F64)
    column->reals = iclgd_arena_reals(arena, rows, 1, 1);
  else
    column->ints = iclgd_arena_take(arena, rows, sizeof *column->ints);
  return column->reals || column->ints ? ICLGD_OK
                                       : iclgd_fail_memory(err, frame->path);
}

iclgd_status iclgd_frame_load(iclgd_frame *frame, iclgd_arena *arena,
                              iclgd_error *err) {
  size_t values = 0;
  for (size_t i = 0; i < frame->n_columns; ++i)
    values += !frame->columns[i].is_coordinate;
  const size_t rows = choose_block(frame, BLOCK / (values + 1) + 1);
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < frame->n_columns; ++i) {
    iclgd_column *column = &frame->columns[i];
    if (column->type == ICLGD_TEXT) {
      status = load_texts(frame, column, arena, err);
    } else if (column->is_coordinate) {
      status = load_coordinate(frame, column, arena, err);
    } else {
      status = load_block(frame, column, rows, arena, err);
    }
  }
  return status;
}

iclgd_status iclgd_frame_read(const iclgd_frame *frame, iclgd_column *column,
                              size_t first, iclgd_error *err) {
  size_t start[ICLGD_RANK_MAX] = {0}, count[ICLGD_RANK_MAX] = {0};
  if (column->is_coordinate || column->type == ICLGD_TEXT) return ICLGD_OK;
  size_t row = first;
  for (size_t i = frame->rank; i-- > 0;) {
    start[i] = row % frame->extents[i];
    row /= frame->extents[i];
    count[i] = i > frame->split ? frame->extents[i] : 1;
  }
  if (frame->rank > 0)
    count[frame->split] = iclgd_frame_block(frame, first) / inner_rows(frame);
  if (column->type == ICLGD_F64)
    return iclgd_source_part(frame->source, column->path, frame->rank, start,
                             count, column->reals, err);
  return iclgd_source_part_ints(frame->source, column->path, frame->rank, start,
                                count, column->ints, err);
}

iclgd_cell iclgd_frame_cell(const iclgd_frame *frame,
                            const iclgd_column *column, size_t row) {
  size_t i = column->type == ICLGD_TEXT ? row : row - frame->first;
  if (column->is_coordinate) {
    i = row;
    for (size_t k = frame->rank; k-- > column->dim + 1;) i /= frame->extents[k];
    i %= frame->extents[column->dim];
  }
  iclgd_cell cell = {.type = column->type, .real = NAN};
  if (column->texts)
    cell.text = column->texts[i];
  else if (column->reals)
    cell.real = column->reals[i];
  else
    cell.integer = column->ints ? column->ints[i] : (int64_t)i;
  return cell;
}

iclgd_status iclgd_export_rows(iclgd_frame *frame, FILE *out,
                               iclgd_status (*write)(const iclgd_frame *frame,
                                                     size_t row, FILE *out,
                                                     iclgd_error *err),
                               iclgd_error *err) {
  size_t row = 0, end;
  for (; row < frame->rows && !ferror(out); row = end) {
    frame->first = row;
    end = row + iclgd_frame_block(frame, row);
    for (size_t i = 0; i < frame->n_columns; ++i)
      TRY(iclgd_frame_read(frame, &frame->columns[i], row, err));
    for (size_t i = row; i < end; ++i) TRY(write(frame, i, out, err));
  }
  return ICLGD_OK;
}
