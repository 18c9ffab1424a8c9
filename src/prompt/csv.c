/* Separated values, parsed by libcsv. */
#include "prompt/csv.h"

#include <csv.h>
#include <stdbool.h>
#include <string.h>

iclgd_status iclgd_csv_separator(iclgd_csv *csv, iclgd_error *err) {
  static const char separators[] = {',', ';', '\t'};
  bool found[3] = {false}, quoted = false;
  size_t i = 0;
  while (i < csv->size && strchr("\r\n", csv->text[i])) ++i;
  for (; i < csv->size; ++i) {
    const char c = csv->text[i];
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    for (size_t k = 0; k < 3 && !quoted; ++k) found[k] |= c == separators[k];
  }
  if (found[0] + found[1] + found[2] > 1)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected one separator, found %s%s%s in the first "
                      "line: names that hold another go into \"quotes\", and "
                      "numbers have a decimal point",
                      csv->path, found[0] ? "',' and " : "",
                      found[1] ? "';'" : "a tab",
                      found[1] && found[2] ? " and a tab" : "");
  csv->separator = found[1] ? ';' : found[2] ? '\t' : ',';
  return ICLGD_OK;
}

typedef struct walk {
  const iclgd_csv_visitor *visitor;
  void *context;
  iclgd_csv_place at;
  iclgd_status status;
  iclgd_error *err;
} walk;

static void on_field(void *field, size_t length, void *context) {
  walk *w = context;
  if (w->status) return;
  const char *text = field ? field : "";
  w->status = w->visitor->field(w->context, &w->at, text, length, w->err);
  ++w->at.column;
  for (size_t i = 0; i < length; ++i) w->at.line += text[i] == '\n';
}

/* Called at the end of every line, so that lines are counted as an editor
 * does; blank ones, and the second half of CR LF, are no rows. */
static void on_row(int ending, void *context) {
  walk *w = context;
  if (w->status) return;
  if (w->at.column > 0) {
    if (w->visitor->row)
      w->status = w->visitor->row(w->context, &w->at, w->err);
    ++w->at.row;
    w->at.column = 0;
  }
  w->at.line += ending == '\n';
}

iclgd_status iclgd_csv_walk(const iclgd_csv *csv,
                            const iclgd_csv_visitor *visitor, void *context,
                            iclgd_error *err) {
  enum { PIECE = 65536 }; /* so that a fault ends the walk soon */
  walk w = {visitor, context, {csv->path, 1, 0, 0}, ICLGD_OK, err};
  struct csv_parser parser;
  csv_init(&parser, CSV_APPEND_NULL | CSV_REPALL_NL);
  csv_set_delim(&parser, (unsigned char)csv->separator);
  csv_set_blk_size(&parser, PIECE);
  for (size_t done = 0; !w.status && done < csv->size;) {
    const size_t left = csv->size - done, part = left < PIECE ? left : PIECE;
    if (csv_parse(&parser, csv->text + done, part, on_field, on_row, &w) !=
        part)
      w.status = iclgd_fail(err, ICLGD_EINPUT, "%s: %s", csv->path,
                            csv_strerror(csv_error(&parser)));
    done += part;
  }
  if (!w.status) csv_fini(&parser, on_field, on_row, &w);
  csv_free(&parser);
  return w.status;
}
