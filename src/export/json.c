/* JSON: one object with the columns of the table, each with its attributes and
 * all its values; JSON lines: one object per row. What is not finite is null,
 * because JSON has no word for it. Arrays are written as they are read, so the
 * object never stands in memory; strings go through jansson. */
#include <jansson.h>
#include <math.h>

#include "export/format.h"

/* Text that is not UTF-8 has no JSON. */
static iclgd_status put_text(const iclgd_frame *frame, const char *text,
                             FILE *out, iclgd_error *err) {
  json_t *string = json_string(text);
  if (!string)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: %s: text is not UTF-8",
                      iclgd_source_path(frame->source), frame->path);
  json_dumpf(string, out, JSON_ENCODE_ANY);
  json_decref(string);
  return ICLGD_OK;
}

static iclgd_status put_cell(const iclgd_frame *frame,
                             const iclgd_column *column, size_t row, FILE *out,
                             iclgd_error *err) {
  const iclgd_cell cell = iclgd_frame_cell(frame, column, row);
  if (cell.type == ICLGD_TEXT) return put_text(frame, cell.text, out, err);
  if (cell.type == ICLGD_I64)
    fprintf(out, "%lld", (long long)cell.integer);
  else if (isfinite(cell.real))
    fprintf(out, "%.17g", cell.real);
  else
    fputs("null", out);
  return ICLGD_OK;
}

static iclgd_status put_row(const iclgd_frame *frame, size_t row, FILE *out,
                            iclgd_error *err) {
  for (size_t i = 0; i < frame->n_columns; ++i) {
    fputs(i == 0 ? "{" : ", ", out);
    TRY(put_text(frame, frame->columns[i].name, out, err));
    fputs(": ", out);
    TRY(put_cell(frame, &frame->columns[i], row, out, err));
  }
  fputs("}\n", out);
  return ICLGD_OK;
}

iclgd_status iclgd_export_jsonl(iclgd_frame *frame, FILE *out,
                                iclgd_error *err) {
  return iclgd_export_rows(frame, out, put_row, err);
}

static iclgd_status put_values(iclgd_frame *frame, iclgd_column *column,
                               FILE *out, iclgd_error *err) {
  size_t row = 0, end;
  for (; row < frame->rows && !ferror(out); row = end) {
    frame->first = row;
    end = row + iclgd_frame_block(frame, row);
    TRY(iclgd_frame_read(frame, column, row, err));
    for (size_t i = row; i < end; ++i) {
      if (i > 0) fputs(", ", out);
      TRY(put_cell(frame, column, i, out, err));
    }
  }
  return ICLGD_OK;
}

static iclgd_status put_member(const iclgd_frame *frame, const char *key,
                               const char *text, FILE *out, iclgd_error *err) {
  if (!text) return ICLGD_OK;
  fprintf(out, "\"%s\": ", key);
  TRY(put_text(frame, text, out, err));
  fputs(", ", out);
  return ICLGD_OK;
}

static iclgd_status put_column(iclgd_frame *frame, iclgd_column *column,
                               FILE *out, iclgd_error *err) {
  TRY(put_text(frame, column->name, out, err));
  fputs(": {", out);
  TRY(put_member(frame, "units", column->units, out, err));
  TRY(put_member(frame, "long_name", column->long_name, out, err));
  fprintf(out, "\"coordinate\": %s, \"values\": [",
          column->is_coordinate ? "true" : "false");
  TRY(put_values(frame, column, out, err));
  fputs("]}", out);
  return ICLGD_OK;
}

iclgd_status iclgd_export_json(iclgd_frame *frame, FILE *out,
                               iclgd_error *err) {
  fputs("{", out);
  TRY(put_member(frame, "table", frame->path, out, err));
  fprintf(out, "\"rows\": %zu, \"columns\": {", frame->rows);
  for (size_t i = 0; i < frame->n_columns; ++i) {
    fputs(i == 0 ? "\n  " : ",\n  ", out);
    TRY(put_column(frame, &frame->columns[i], out, err));
  }
  fputs("\n}}\n", out);
  return ICLGD_OK;
}
