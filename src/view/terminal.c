/* Blocks for the terminal: words here, tables in terminal_table.c. Figures are
 * left to `iclgd plot`. */
#include "view/terminal.h"

#include <string.h>

#include "view/text.h"

enum { INDENT = 2, TERM_WIDTH = 11 };

static void print_term(const iclgd_block *block, FILE *out) {
  int column = fprintf(out, "%-*s", TERM_WIDTH - 1, block->term);
  if (column >= TERM_WIDTH) {
    fputc('\n', out);
    column = 0;
  }
  iclgd_text_hang(out, block->text, column, TERM_WIDTH);
}

static void print_table(const iclgd_block *table, bool in_short, FILE *out) {
  if (!in_short && *table->text) {
    fputc('\n', out);
    iclgd_text_wrap(out, table->text, INDENT);
  }
  iclgd_terminal_table(table, in_short, out);
}

static void print_block(const iclgd_block *block, bool in_short, FILE *out) {
  switch (block->kind) {
    case ICLGD_BLOCK_CLAIM:
      if (in_short) break; /* the summary has it */
      iclgd_text_wrap(out, block->text, INDENT);
      break;
    case ICLGD_BLOCK_SENTENCE:
      iclgd_text_wrap(out, block->text, INDENT);
      break;
    case ICLGD_BLOCK_HEADING:
    case ICLGD_BLOCK_FOLD:
      fprintf(out, "\n%s\n", block->text);
      break;
    case ICLGD_BLOCK_TERM:
      print_term(block, out);
      break;
    case ICLGD_BLOCK_TABLE:
      print_table(block, in_short, out);
      break;
    case ICLGD_BLOCK_FIGURE:
    case ICLGD_BLOCK_FOLD_END:
      break;
  }
}

void iclgd_terminal_blocks(const iclgd_blocks *blocks, bool in_short,
                           FILE *out) {
  for (const iclgd_block *b = blocks->first; b; b = b->next)
    if (!in_short || b->in_short) print_block(b, in_short, out);
}
