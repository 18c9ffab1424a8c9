/* The cells of the table of a sweep, once its axes are chosen. */
#ifndef ICLGD_VIEW_SWEEP_CELLS_H
#define ICLGD_VIEW_SWEEP_CELLS_H

#include "view/sweep_table.h"

/* What a cell is made of: numbers, or names of which most count. */
typedef struct iclgd_sweep_values {
  double *y;     /* (points, layers), or NULL */
  double *error; /* the same, of y over prompts; NULL: not known of any */
  char **words;  /* (points) of a column of names, or NULL, */
  iclgd_sweep_axis names; /* and each of them once */
} iclgd_sweep_values;

/* Make cells, `over` and whether there are intervals; all in the arena. */
iclgd_status iclgd_sweep_cells_fill(iclgd_sweep_table *table,
                                    const iclgd_sweep_values *values,
                                    iclgd_arena *arena, iclgd_error *err);

/* Whether an axis is the seed, over which means are taken. */
bool iclgd_sweep_axis_is_seed(const iclgd_sweep_axis *axis);

#endif /* ICLGD_VIEW_SWEEP_CELLS_H */
