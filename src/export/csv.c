/* CSV as RFC 4180 has it: a header, lines that end with CR LF, quotes where
 * they are needed. Numbers have 17 significant digits, which is the very same
 * double when read; NaN, a missing value, is an empty field. */
#include <csv.h>
#include <math.h>
#include <string.h>

#include "export/format.h"

/* An empty text is quoted, because an empty field is a missing number. */
static void put_text(const char *text, FILE *out) {
  if (*text && !strpbrk(text, ",\"\r\n"))
    fputs(text, out);
  else
    csv_fwrite(out, text, strlen(text));
}

static iclgd_status put_row(const iclgd_frame *frame, size_t row, FILE *out,
                            iclgd_error *err) {
  (void)err;
  for (size_t i = 0; i < frame->n_columns; ++i) {
    const iclgd_cell cell = iclgd_frame_cell(frame, &frame->columns[i], row);
    if (i > 0) fputc(',', out);
    if (cell.type == ICLGD_TEXT)
      put_text(cell.text, out);
    else if (cell.type == ICLGD_I64)
      fprintf(out, "%lld", (long long)cell.integer);
    else if (!isnan(cell.real))
      fprintf(out, "%.17g", cell.real);
  }
  fputs("\r\n", out);
  return ICLGD_OK;
}

iclgd_status iclgd_export_csv(iclgd_frame *frame, FILE *out, iclgd_error *err) {
  for (size_t i = 0; i < frame->n_columns; ++i) {
    if (i > 0) fputc(',', out);
    put_text(frame->columns[i].name, out);
  }
  fputs("\r\n", out);
  return iclgd_export_rows(frame, out, put_row, err);
}
