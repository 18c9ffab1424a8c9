/* Putting blocks: words, tables, and what stands around them. */
#include "view/blocks.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include "view/text.h"

void iclgd_blocks_free(iclgd_blocks *blocks) {
  iclgd_arena_free(&blocks->arena);
  *blocks = (iclgd_blocks){.first = NULL};
}

static void *take(iclgd_blocks *out, size_t count, size_t size) {
  void *memory = iclgd_arena_take(&out->arena, count, size);
  if (!memory) out->lost = true;
  return memory;
}

/* The words of a format, in the arena. */
static const char *words_of(iclgd_blocks *out, const char *format,
                            va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int length = vsnprintf(NULL, 0, format, arguments);
  char *text = length < 0 ? NULL : take(out, (size_t)length + 1, 1);
  if (text) vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  return text;
}

/* The words of the caller's own format. */
#define WORDS(text, out, format)               \
  do {                                         \
    va_list arguments;                         \
    va_start(arguments, format);               \
    (text) = words_of(out, format, arguments); \
    va_end(arguments);                         \
  } while (0)

const char *iclgd_blocks_format(iclgd_blocks *blocks, const char *format, ...) {
  const char *text;
  WORDS(text, blocks, format);
  return text;
}

/* Append a block; one without its text is lost. */
static iclgd_block *put(iclgd_blocks *out, iclgd_block_kind kind,
                        const char *text) {
  iclgd_block *block = text ? take(out, 1, sizeof *block) : NULL;
  if (!block) return NULL;
  *block = (iclgd_block){.kind = kind, .text = text, .in_short = out->in_short};
  *(out->last ? &out->last->next : &out->first) = block;
  out->last = block;
  return block;
}

/* Words that are a block of their own. */
#define PUTS_WORDS(name, kind)                            \
  void name(iclgd_blocks *out, const char *format, ...) { \
    const char *text;                                     \
    WORDS(text, out, format);                             \
    put(out, kind, text);                                 \
  }

PUTS_WORDS(iclgd_put_claim, ICLGD_BLOCK_CLAIM)
PUTS_WORDS(iclgd_put_sentence, ICLGD_BLOCK_SENTENCE)
PUTS_WORDS(iclgd_put_heading, ICLGD_BLOCK_HEADING)

void iclgd_put_term(iclgd_blocks *out, const char *term, const char *format,
                    ...) {
  const char *text;
  WORDS(text, out, format);
  iclgd_block *block = put(out, ICLGD_BLOCK_TERM, text);
  if (block) block->term = term;
}

void iclgd_put_figure(iclgd_blocks *out, const char *name) {
  put(out, ICLGD_BLOCK_FIGURE, name);
}

void iclgd_put_fold(iclgd_blocks *out, const char *title) {
  put(out, ICLGD_BLOCK_FOLD, title);
}

void iclgd_put_fold_end(iclgd_blocks *out) {
  put(out, ICLGD_BLOCK_FOLD_END, "");
}

void iclgd_put_in_short(iclgd_blocks *out, bool wanted) {
  out->in_short = wanted;
}

static void put_table(iclgd_blocks *out, const iclgd_column *columns,
                      size_t count, const char *caption) {
  iclgd_block *block = put(out, ICLGD_BLOCK_TABLE, caption);
  iclgd_column *copy = block ? take(out, count, sizeof *copy) : NULL;
  for (size_t i = 0; copy && i < count; ++i) {
    copy[i] = columns[i];
    copy[i].title = iclgd_blocks_format(out, "%s", columns[i].title);
  }
  if (!copy) return;
  block->columns = copy;
  block->n_columns = count;
}

void iclgd_put_table(iclgd_blocks *out, const iclgd_column *columns,
                     size_t count, const char *caption, ...) {
  const char *text;
  WORDS(text, out, caption);
  put_table(out, columns, count, text);
}

/* The next cell of the last row, as an empty text; a place that nobody reads
 * where there is none. */
static iclgd_cell *next_cell(iclgd_blocks *out, iclgd_cell *nowhere) {
  iclgd_row *row = out->last ? out->last->last_row : NULL;
  if (!row || out->n_cells >= out->last->n_columns) return nowhere;
  return &row->cells[out->n_cells++];
}

static void put_cell(iclgd_blocks *out, iclgd_cell cell) {
  iclgd_cell nowhere;
  *next_cell(out, &nowhere) = cell;
}

/* Begin a row of empty cells. */
static void put_row(iclgd_blocks *out) {
  iclgd_block *table = out->last;
  if (!table || table->kind != ICLGD_BLOCK_TABLE) return;
  iclgd_row *row = take(out, 1, sizeof *row);
  iclgd_cell *cells = row ? take(out, table->n_columns, sizeof *cells) : NULL;
  if (!cells) return;
  for (size_t i = 0; i < table->n_columns; ++i) cells[i].text = "";
  *row = (iclgd_row){.cells = cells};
  *(table->last_row ? &table->last_row->next : &table->rows) = row;
  table->last_row = row;
  out->n_cells = 0;
}

void iclgd_put_row(iclgd_blocks *out, const char *name, ...) {
  const char *text;
  WORDS(text, out, name);
  put_row(out);
  put_cell(out, (iclgd_cell){.text = text});
}

void iclgd_put_row_of(iclgd_blocks *out, double number) {
  put_row(out);
  iclgd_put_number(out, number);
}

void iclgd_put_number(iclgd_blocks *out, double value) {
  put_cell(out, (iclgd_cell){.value = value, .error = NAN});
}

void iclgd_put_estimate(iclgd_blocks *out, double value, double error) {
  put_cell(out, (iclgd_cell){.value = value, .error = error});
}

void iclgd_put_noted(iclgd_blocks *out, double value, const char *note) {
  put_cell(out, (iclgd_cell){.value = value, .error = NAN, .note = note});
}

void iclgd_put_text(iclgd_blocks *out, const char *format, ...) {
  const char *text;
  WORDS(text, out, format);
  put_cell(out, (iclgd_cell){.text = text});
}

void iclgd_put_range(iclgd_blocks *out, double low, double high) {
  if (isfinite(low) && isfinite(high))
    iclgd_put_text(out, "%.3g to %.3g", low, high);
  else
    iclgd_put_text(out, "-");
}

void iclgd_put_mark(iclgd_blocks *out) {
  iclgd_row *row = out->last ? out->last->last_row : NULL;
  if (row && out->n_cells > 0) row->cells[out->n_cells - 1].mark = true;
}

void iclgd_put_key(iclgd_blocks *out) {
  if (out->last && out->last->last_row) out->last->last_row->key = true;
}

static void put_listed(iclgd_blocks *out, const json_t *object,
                       const iclgd_column *column, size_t k, size_t first) {
  if (!column->list)
    iclgd_put_number(out, (double)(k + first));
  else if (column->note)
    iclgd_put_noted(out, iclgd_json_at(object, column->list, k), column->note);
  else if (column->errors)
    iclgd_put_estimate(out, iclgd_json_at(object, column->list, k),
                       iclgd_json_at(object, column->errors, k));
  else
    iclgd_put_number(out, iclgd_json_at(object, column->list, k));
}

void iclgd_put_lists(iclgd_blocks *out, const json_t *object,
                     const iclgd_column *columns, size_t count, size_t first,
                     size_t most, const char *caption, ...) {
  size_t length = 0;
  const char *text;
  WORDS(text, out, caption);
  put_table(out, columns, count, text);
  for (size_t c = 0; c < count && length == 0; ++c)
    if (columns[c].list) length = iclgd_json_length(object, columns[c].list);
  for (size_t i = 0; i < length && i < most; ++i) {
    put_row(out);
    for (size_t c = 0; c < count; ++c)
      put_listed(out, object, &columns[c], iclgd_evenly(i, length, most),
                 first);
  }
}

size_t iclgd_evenly(size_t i, size_t count, size_t most) {
  if (count <= most) return i;
  return most < 2 ? 0 : i * (count - 1) / (most - 1);
}

const char *iclgd_number_text(iclgd_blocks *out, int digits, double value) {
  char scratch[ICLGD_NUMBER_MAX];
  const char *text =
      iclgd_blocks_format(out, "%s", iclgd_text_number(scratch, digits, value));
  return text ? text : "";
}

const char *iclgd_estimate_text(iclgd_blocks *out, double value, double error) {
  enum { DIGITS = 4 };
  char scratch[ICLGD_NUMBER_MAX];
  if (!isfinite(value)) return "undefined";
  const char *text = iclgd_blocks_format(
      out, "%s", iclgd_text_estimate(scratch, DIGITS, value, error));
  return text ? text : "";
}
