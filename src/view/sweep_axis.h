/* A column of the table of a sweep as an axis: its values, each once. */
#ifndef ICLGD_VIEW_SWEEP_AXIS_H
#define ICLGD_VIEW_SWEEP_AXIS_H

#include "view/sweep_table.h"

/* points/NAME. ICLGD_EUSAGE: there is no such column. */
iclgd_status iclgd_sweep_axis_read(const iclgd_source *source, const char *name,
                                   size_t points, iclgd_arena *arena,
                                   iclgd_sweep_axis *out, iclgd_error *err);

/* The axis that has one level; the layers 0, 1, .., count - 1. */
iclgd_status iclgd_sweep_axis_none(size_t points, iclgd_arena *arena,
                                   iclgd_sweep_axis *out, iclgd_error *err);
iclgd_status iclgd_sweep_axis_layers(size_t count, iclgd_arena *arena,
                                     iclgd_sweep_axis *out, iclgd_error *err);

/* Several (count >= 1) as one, with a level for each combination that points
 * have: "prompt.d = 5, prompt.noise = 0.1". */
iclgd_status iclgd_sweep_axis_join(const iclgd_sweep_axis *const *axes,
                                   size_t count, size_t points,
                                   iclgd_arena *arena, iclgd_sweep_axis *out,
                                   iclgd_error *err);

/* Whether the level of `axis` follows from those of a and b. */
bool iclgd_sweep_axis_follows(const iclgd_sweep_axis *axis,
                              const iclgd_sweep_axis *a,
                              const iclgd_sweep_axis *b, size_t points,
                              iclgd_arena *arena);

/* ICLGD_EUSAGE: no column of that name in a group; the nearest is suggested. */
iclgd_status iclgd_sweep_no_column(const iclgd_source *source,
                                   const char *group, const char *name,
                                   iclgd_arena *arena, iclgd_error *err);

#endif /* ICLGD_VIEW_SWEEP_AXIS_H */
