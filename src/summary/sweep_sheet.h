/* Tables of the cells of a sweep (sweep_read.c says what JSON they are of). */
#ifndef ICLGD_SUMMARY_SWEEP_SHEET_H
#define ICLGD_SUMMARY_SWEEP_SHEET_H

#include <iclgd/view.h>
#include <stdbool.h>

/* A column of the sweep by a group, which stands across. */
void iclgd_sweep_put_pivot(iclgd_blocks *out, const json_t *sweep,
                           const json_t *pivot);

/* Without a group: the pivot `first`, unless it is NULL, and beside it those of
 * `more` that are brief, or those that are not. */
void iclgd_sweep_put_columns(iclgd_blocks *out, const json_t *sweep,
                             const json_t *first, bool brief);

#endif /* ICLGD_SUMMARY_SWEEP_SHEET_H */
