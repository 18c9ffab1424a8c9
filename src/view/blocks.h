/* The blocks of views as the renderers see them: lists in the order in which
 * they were put, all in one arena. */
#ifndef ICLGD_VIEW_BLOCKS_H
#define ICLGD_VIEW_BLOCKS_H

#include <iclgd/view.h>

typedef enum iclgd_block_kind {
  ICLGD_BLOCK_CLAIM,
  ICLGD_BLOCK_SENTENCE,
  ICLGD_BLOCK_HEADING,
  ICLGD_BLOCK_TERM,
  ICLGD_BLOCK_TABLE,
  ICLGD_BLOCK_FIGURE,
  ICLGD_BLOCK_FOLD,
  ICLGD_BLOCK_FOLD_END
} iclgd_block_kind;

typedef struct iclgd_cell {
  double value;
  double error;     /* NaN: none */
  const char *text; /* of a text or a name; NULL: a number */
  const char *note; /* in place of an error, or NULL */
  bool mark;
} iclgd_cell;

typedef struct iclgd_row {
  iclgd_cell *cells; /* (columns), those that were not put are empty texts */
  bool key;
  struct iclgd_row *next;
} iclgd_row;

typedef struct iclgd_block {
  iclgd_block_kind kind;
  bool in_short;
  const char *text; /* words, a caption, a name */
  const char *term;
  const iclgd_column *columns; /* (n_columns) */
  size_t n_columns;
  iclgd_row *rows, *last_row;
  struct iclgd_block *next;
} iclgd_block;

struct iclgd_blocks {
  iclgd_arena arena;
  iclgd_block *first, *last;
  size_t n_cells; /* of the last row */
  bool in_short;
  bool lost; /* memory was out for one of them */
};

/* Give back what the blocks hold; they are empty then. */
void iclgd_blocks_free(iclgd_blocks *blocks);

/* A text in the arena; NULL, and lost, when memory is out. */
const char *iclgd_blocks_format(iclgd_blocks *blocks, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* ICLGD_VIEW_BLOCKS_H */
