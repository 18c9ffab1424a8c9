/* Which rows of a table a prompt takes. */
#ifndef ICLGD_PROMPT_ROWS_H
#define ICLGD_PROMPT_ROWS_H

#include <iclgd/rng.h>
#include <stddef.h>

/* n + 1 distinct numbers below `side` > n, every choice of them alike: *query
 * and, in ascending order, rows (n), whole numbers in doubles so that the
 * labels' own room can hold them. Time goes with n log n, never with `side`. */
void iclgd_draw_rows(iclgd_stream *stream, size_t side, size_t n, double *rows,
                     size_t *query);

#endif /* ICLGD_PROMPT_ROWS_H */
