/* The blocks of a view as HTML. */
#include <math.h>
#include <string.h>

#include "page/page.h"
#include "view/html.h"

static void write_paragraph(FILE *out, const char *text) {
  fputs("<p>", out);
  iclgd_html_typeset(out, text);
  fputs("</p>\n", out);
}

static void write_term(FILE *out, const iclgd_block *block) {
  fputs("<dt>", out);
  iclgd_html_typeset(out, block->term);
  fputs("</dt><dd>", out);
  iclgd_html_typeset(out, block->text);
  fputs("</dd>\n", out);
}

static void write_number(FILE *out, const iclgd_column *column,
                         const iclgd_cell *cell) {
  static const double none = NAN;
  const double value = cell->value;
  if (!isfinite(value))
    iclgd_html_number(out, column->digits, isinf(value) ? value : none);
  else if (column->format == ICLGD_AS_WHOLE)
    fprintf(out, "%.15g", value);
  else if (column->format == ICLGD_AS_PERCENT)
    fprintf(out, "%.1f%%", 100 * value);
  else if (column->format == ICLGD_AS_FIXED) /* no minus before a zero */
    fprintf(out, "%s%.*f",
            value <= -0.5 * pow(10, -column->digits) ? "\u2212" : "",
            column->digits, fabs(value));
  else
    iclgd_html_estimate(out, column->digits, value, cell->error);
  if (cell->note) fprintf(out, " <span class=\"soft\">%s</span>", cell->note);
}

/* The words or the number of a cell; a dash for none. */
static void write_content(FILE *out, const iclgd_column *column,
                          const iclgd_cell *cell) {
  if (!cell->text)
    write_number(out, column, cell);
  else
    iclgd_html_prose(out, *cell->text ? cell->text : "\u2013");
}

/* The first cell is the head of the row; long texts get room. */
static void write_cell(FILE *out, const iclgd_column *column,
                       const iclgd_cell *cell, bool first) {
  enum { LONG = 60 };
  const bool text = column->format == ICLGD_AS_TEXT && !first;
  const bool wrap = text && cell->text && strlen(cell->text) > LONG;
  const char *name = first ? "th" : "td";
  fprintf(out, "<%s%s", name, first ? " scope=\"row\"" : "");
  if (cell->mark || text)
    fprintf(out, " class=\"%s\"", cell->mark ? "best" : wrap ? "t wrap" : "t");
  fputc('>', out);
  write_content(out, column, cell);
  fprintf(out, "</%s>", name);
}

static void write_table(FILE *out, const iclgd_block *table) {
  fputs("<div class=\"scroll\"><table>\n<caption><span>", out);
  iclgd_html_typeset(out, table->text);
  fputs("</span></caption>\n<thead><tr>", out);
  for (size_t c = 0; c < table->n_columns; ++c) {
    const bool text = c > 0 && table->columns[c].format == ICLGD_AS_TEXT;
    fprintf(out, "<th scope=\"col\"%s>", text ? " class=\"t\"" : "");
    iclgd_html_typeset(out, table->columns[c].title);
    fputs("</th>", out);
  }
  fputs("</tr></thead>\n<tbody>\n", out);
  for (const iclgd_row *row = table->rows; row; row = row->next) {
    fputs("<tr>", out);
    for (size_t c = 0; c < table->n_columns; ++c)
      write_cell(out, &table->columns[c], &row->cells[c], c == 0);
    fputs("</tr>\n", out);
  }
  fputs("</tbody>\n</table></div>\n", out);
}

/* Terms that follow each other make one list. */
static void write_list_edge(FILE *out, const iclgd_block *before,
                            const iclgd_block *next) {
  const bool was = before && before->kind == ICLGD_BLOCK_TERM;
  const bool is = next && next->kind == ICLGD_BLOCK_TERM;
  if (was && !is) fputs("</dl>\n", out);
  if (is && !was) fputs("<dl>\n", out);
}

static iclgd_status write_block(const iclgd_page *page,
                                const iclgd_block *block) {
  switch (block->kind) {
    case ICLGD_BLOCK_CLAIM:
    case ICLGD_BLOCK_SENTENCE:
      write_paragraph(page->out, block->text);
      break;
    case ICLGD_BLOCK_HEADING:
      fputs("<h3>", page->out);
      iclgd_html_typeset(page->out, block->text);
      fputs("</h3>\n", page->out);
      break;
    case ICLGD_BLOCK_TERM:
      write_term(page->out, block);
      break;
    case ICLGD_BLOCK_TABLE:
      write_table(page->out, block);
      break;
    case ICLGD_BLOCK_FIGURE:
      return iclgd_page_figure(page, block->text);
    case ICLGD_BLOCK_FOLD:
      iclgd_page_fold(page->out, block->text);
      break;
    case ICLGD_BLOCK_FOLD_END:
      iclgd_page_fold_end(page->out);
      break;
  }
  return ICLGD_OK;
}

iclgd_status iclgd_page_blocks(const iclgd_page *page,
                               const iclgd_blocks *blocks) {
  const iclgd_block *before = NULL;
  for (const iclgd_block *b = blocks->first; b; before = b, b = b->next) {
    write_list_edge(page->out, before, b);
    TRY(write_block(page, b));
  }
  write_list_edge(page->out, before, NULL);
  return ICLGD_OK;
}

bool iclgd_page_shows(const iclgd_page *page, const iclgd_blocks *blocks) {
  for (const iclgd_block *b = blocks->first; b; b = b->next)
    if (b->kind != ICLGD_BLOCK_FIGURE || iclgd_page_has_figure(page, b->text))
      return true;
  return false;
}
