/* Blocks as text of up to 80 columns. */
#ifndef ICLGD_VIEW_TERMINAL_H
#define ICLGD_VIEW_TERMINAL_H

#include <stdio.h>

#include "view/blocks.h"

/* All blocks; in_short: those that stand in the short summary, of their tables
 * the rows that do, without captions. */
void iclgd_terminal_blocks(const iclgd_blocks *blocks, bool in_short,
                           FILE *out);

/* Columns as wide as their cells; where there is no room for all, fewer of a
 * series and narrower texts, whose words are wrapped. */
void iclgd_terminal_table(const iclgd_block *table, bool in_short, FILE *out);

#endif /* ICLGD_VIEW_TERMINAL_H */
