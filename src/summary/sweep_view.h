/* The table of a sweep as a pivot: what is read of it, and how it is told. */
#ifndef ICLGD_SUMMARY_SWEEP_VIEW_H
#define ICLGD_SUMMARY_SWEEP_VIEW_H

#include <iclgd/view.h>

#include "view/sweep_table.h"

/* Add the member `sweep`; nothing where the file is no such table. */
void iclgd_sweep_read(iclgd_reader *r, const iclgd_sweep_choice *choice,
                      json_t *summary);

/* Its blocks. */
void iclgd_sweep_tell(const json_t *summary, iclgd_blocks *out);

#endif /* ICLGD_SUMMARY_SWEEP_VIEW_H */
