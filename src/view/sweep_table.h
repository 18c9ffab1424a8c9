/* The table of a sweep as cells: of a column y, for every value of a setting
 * along x, of one that groups and of one that splits into parts (facets),
 *   mean over the seeds +- t_{n-1} spread / sqrt(n),  95%,
 * of points that are done. Figures, the terminal and the page show the same
 * cells. */
#ifndef ICLGD_VIEW_SWEEP_TABLE_H
#define ICLGD_VIEW_SWEEP_TABLE_H

#include <iclgd/arena.h>
#include <iclgd/record.h>
#include <stdbool.h>

/* Names of columns; NULL or "": a sensible one. x = "layer" and y =
 * "layers/NAME": the curves over layers. group, facet = "none": without. */
typedef struct iclgd_sweep_choice {
  const char *x, *y, *group, *facet;
  bool numeric;       /* x has to be numbers */
  size_t most_facets; /* more parts are not made unasked; 0: any number */
} iclgd_sweep_choice;

/* The values of a setting, in their order: numbers, then texts. A facet is one
 * or several settings together, whose levels are called "prompt.d = 5". */
typedef struct iclgd_sweep_axis {
  const char *name;   /* "" for none, which has one level, "" */
  size_t count;       /* of levels */
  const char **level; /* (count) */
  double *at;         /* (count) as numbers; NaN */
  size_t *of; /* the level of each point, of x by layer: of each layer */
  bool is_numeric;
} iclgd_sweep_axis;

typedef struct iclgd_sweep_cell {
  size_t points, done, diverged, failed; /* failed or damaged; others wait */
  size_t count;                          /* of those that are done and finite */
  double mean, half_width;               /* NaN: unknown */
  const char *most; /* of a column of names: what most say; NULL */
  size_t votes;
  bool mixed;  /* points differ in more than the seed: no interval */
  bool hidden; /* rare prompts carry the y of one that is done: none either */
} iclgd_sweep_cell;

typedef struct iclgd_sweep_table {
  size_t points, layers;        /* layers: 1, or of every curve */
  size_t n_keys;                /* that differ, seed included */
  const iclgd_sweep_axis *keys; /* (n_keys) in the order of the sweep */
  iclgd_sweep_axis x, group, facet;
  bool *follows;       /* (n_keys) its value follows from that of x, */
  bool *with_group;    /* or from that of the group */
  const char *y;       /* the column, */
  const char *y_label; /* and what it is called */
  bool by_layer, is_text;
  char **state, **reason, **id; /* (points) */
  iclgd_sweep_cell *cells;      /* (facet, group, x) */
  const char *over;   /* what points of one cell differ in: "seed, prompt.n" */
  bool has_intervals; /* some cell has one */
  bool has_hidden;    /* some cell is hidden */
} iclgd_sweep_table;

/* Everything is in the arena. ICLGD_EUSAGE: there is no such column (the
 * nearest is suggested), or one is named twice; ICLGD_EINPUT: the file is no
 * such table. */
iclgd_status iclgd_sweep_table_read(const iclgd_source *source,
                                    const iclgd_sweep_choice *choice,
                                    iclgd_arena *arena, iclgd_sweep_table *out,
                                    iclgd_error *err);

const iclgd_sweep_cell *iclgd_sweep_cell_at(const iclgd_sweep_table *table,
                                            size_t facet, size_t group,
                                            size_t x);

/* The value that a setting which follows from an axis has at one of its levels;
 * "" where no point is there. */
const char *iclgd_sweep_beside(const iclgd_sweep_table *table,
                               const iclgd_sweep_axis *axis, size_t level,
                               size_t key);

/* Whether a file is such a table. */
bool iclgd_sweep_is_table(const iclgd_source *source);

#endif /* ICLGD_VIEW_SWEEP_TABLE_H */
