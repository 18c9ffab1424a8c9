/* The points of a sweep: the product of lists of values. */
#ifndef ICLGD_SWEEP_GRID_H
#define ICLGD_SWEEP_GRID_H

#include <stdint.h>

#include "sweep/values.h"

enum { ICLGD_AXES_MAX = 16, ICLGD_TOGETHER_MAX = 8, ICLGD_ID_SIZE = 17 };

/* Keys that change together, one or those of zip:; all have `count` values. */
typedef struct iclgd_axis {
  size_t n_keys, count;
  const char *keys[ICLGD_TOGETHER_MAX];
  iclgd_values values[ICLGD_TOGETHER_MAX];
} iclgd_axis;

typedef struct iclgd_grid {
  iclgd_settings *settings; /* of the caller; at any time those of one point */
  iclgd_axis axes[ICLGD_AXES_MAX]; /* the last one changes fastest */
  size_t n_axes;
  size_t count;    /* of points */
  uint64_t *drawn; /* (count) places in the product, of random:N; or NULL */
  /* Set by the caller, or NULL: called when the settings are those of a point.
   */
  iclgd_status (*settle)(iclgd_settings *settings, iclgd_error *err);
} iclgd_grid;

/* Read arguments: key=LIST, zip:key=LIST (all of them change together), seeds=N
 * (the keys `seed`, `seed` + 1, ... of the settings) and random:N (N points of
 * the product, the same ones for equal N and the first of them for a larger).
 * A list with one value is set in `settings`, others make an axis; all in the
 * arena. Relative paths start at the working directory. ICLGD_EUSAGE: an
 * unknown key, a bad value, a key twice, more than ICLGD_POINTS_MAX points. */
iclgd_status iclgd_grid_read(iclgd_settings *settings, char **arguments,
                             int count, iclgd_arena *arena, iclgd_grid *out,
                             iclgd_error *err);

/* Let the settings be those of point k, from 0. */
iclgd_status iclgd_grid_set(iclgd_grid *grid, size_t k, iclgd_error *err);

/* The identifier of settings: 64-bit FNV-1a of "key=value" of every key that
 * can change a number and is not at its default, numbers in full precision; 16
 * hexadecimal digits. */
void iclgd_settings_identify(const iclgd_settings *settings,
                             char out[ICLGD_ID_SIZE]);

/* Whether a text, the name of a folder, is one. */
bool iclgd_is_identifier(const char *text);

#endif /* ICLGD_SWEEP_GRID_H */
