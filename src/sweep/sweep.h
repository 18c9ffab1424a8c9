/* A sweep: every point of a grid is a run of its own in a folder,
 *   DIR/manifest.json        the points, in the order in which they came
 *   DIR/runs/ID/point.ini    the settings of one, all keys
 *   DIR/runs/ID/run.h5       its file, there when it is whole
 *   DIR/runs/ID/outcome.json how it ended, and in how many seconds
 *   DIR/runs/ID/log          what it said on standard error
 *   DIR/sweep.h5             the table (collect)
 *   DIR/trajectories.h5      those of all runs, on demand
 *   DIR/rows.json            what collect took of each run, to be fast
 * ID is a hash of the settings that are not defaults, so that a point is never
 * run twice, an interrupted sweep goes on, and a grid can grow. */
#ifndef ICLGD_SWEEP_SWEEP_H
#define ICLGD_SWEEP_SWEEP_H

#include <iclgd/json.h>
#include <iclgd/record.h>
#include <signal.h>
#include <stdio.h>

#include "sweep/grid.h"

typedef enum iclgd_point_state {
  ICLGD_POINT_WAITING, /* not run yet, or interrupted */
  ICLGD_POINT_DONE,
  ICLGD_POINT_DIVERGED, /* done: its file says where */
  ICLGD_POINT_FAILED,
  ICLGD_POINT_DAMAGED, /* it has a file that cannot be read */
  ICLGD_POINT_RUNNING
} iclgd_point_state;

/* "done", "diverged", ... */
const char *iclgd_point_state_name(iclgd_point_state state);

enum { ICLGD_REASON_SIZE = 240 };

typedef struct iclgd_point {
  char id[ICLGD_ID_SIZE];
  size_t place; /* in its grid */
  iclgd_point_state state;
  double seconds;                 /* all attempts together; NaN: unknown */
  double prompts;                 /* that it trains on; 0: none, or not known */
  char reason[ICLGD_REASON_SIZE]; /* why it failed; "" */
} iclgd_point;

/* The path FOLDER/runs/ID/NAME, ICLGD_PATH_SIZE bytes; what is longer is cut,
 * and then it is not found. */
enum { ICLGD_PATH_SIZE = 4096 };
void iclgd_point_path(const char *folder, const iclgd_point *point,
                      const char *name, char out[ICLGD_PATH_SIZE]);

/* Set its reason, cut to what fits. */
void iclgd_point_explain(iclgd_point *point, const char *text);

/* How a point stands, by the files of its folder. It forks. */
void iclgd_point_look(const char *folder, iclgd_point *point);

/* The same of one whose file is known to be whole: that is opened only where it
 * was not written down how it ended. */
void iclgd_point_recall(const char *folder, iclgd_point *point);

/* The settings that its point.ini says, to be freed; keys that its release did
 * not have are at their defaults. False: they cannot be read, and it is
 * damaged, or waits where there is no folder of it. */
bool iclgd_point_settings(const char *folder, iclgd_point *point,
                          iclgd_settings **out);

/* Write how it ended. */
iclgd_status iclgd_point_save(const char *folder, const iclgd_point *point,
                              iclgd_error *err);

/* The points of a grid, in its order, each once; in the arena. */
typedef struct iclgd_points {
  iclgd_point *point;
  size_t count;
} iclgd_points;
iclgd_status iclgd_points_of_grid(iclgd_grid *grid, iclgd_arena *arena,
                                  iclgd_points *out, iclgd_error *err);

/* Name points as their folders are named, where there are any: those of another
 * release, whose table of keys or whose defaults differ, keep their names. What
 * counts is what their point.ini says. */
iclgd_status iclgd_points_find(const char *folder, iclgd_points *points,
                               iclgd_error *err);

/* Make the folder itself, unless it is there. */
iclgd_status iclgd_sweep_make(const char *folder, iclgd_error *err);

/* Make the folders of all points with their settings, and join them to the
 * manifest. ICLGD_EIO: something cannot be written. */
iclgd_status iclgd_sweep_plan(const char *folder, iclgd_grid *grid,
                              iclgd_error *err);

/* The points and keys of a manifest. ICLGD_EINPUT: there is none, or it is
 * damaged. */
iclgd_status iclgd_manifest_read(const char *folder, iclgd_arena *arena,
                                 iclgd_points *points, const char ***keys,
                                 size_t *n_keys, iclgd_error *err);

/* ICLGD_EINPUT: it is there, and damaged. */
iclgd_status iclgd_manifest_check(const char *folder, iclgd_error *err);

/* The same as JSON, {"keys": [..], "points": {ID: {key: value}}}, to be
 * released with json_decref. */
iclgd_status iclgd_manifest_load(const char *folder, json_t **out,
                                 iclgd_error *err);

typedef struct iclgd_sweep_progress {
  size_t total, done, failed, running; /* done: also those that diverged */
  double left; /* seconds, from those that ended; NaN: none did */
  double rate; /* prompts/s trained on in those that began and ended here */
} iclgd_sweep_progress;

typedef struct iclgd_sweep_options {
  const char *folder;
  const volatile sig_atomic_t *stop; /* set asynchronously: end */
  void (*progress)(void *context, const iclgd_sweep_progress *progress);
  void *context;
} iclgd_sweep_options;

typedef struct iclgd_hands iclgd_hands; /* sweep/hands.h */

/* Let these hands run the points that are not done; points that failed are run
 * again. Sets the states of all. ICLGD_STOPPED: what ran was asked to end, and
 * has left its checkpoints. That points fail is no failure. The caller holds
 * the lock of the folder. */
iclgd_status iclgd_sweep_run(iclgd_points points, const iclgd_hands *hands,
                             const iclgd_sweep_options *options,
                             iclgd_error *err);

/* What the points that are not done may take with so many at a time, by those
 * that are, of which so many were timed (0: nothing is known). */
iclgd_status iclgd_sweep_left(iclgd_grid *grid, iclgd_points points,
                              size_t at_once, double *seconds, size_t *timed,
                              iclgd_error *err);

/* Keep, of points that are not done, the one that has least to do and the one
 * that has most: two that tell what all may take. */
iclgd_status iclgd_sweep_ends(iclgd_grid *grid, iclgd_points *points,
                              iclgd_error *err);

/* Write the table of a sweep's folder, one row per point of its manifest;
 * replaces an older one. n_bad of them are failed or damaged. */
iclgd_status iclgd_sweep_collect(const char *folder, const char *output,
                                 size_t *n_bad, iclgd_error *err);

/* Write DIR/trajectories.h5: predictions, risks and weights of all points as
 * virtual datasets (point, index, ..) over their runs. ICLGD_EINPUT: no run has
 * any. */
iclgd_status iclgd_sweep_trajectories(const char *folder, iclgd_error *err);

/* The schema of that table; rows and texts are in the arena. Without settings
 * (NULL) one row, points/<key>, stands for all keys. */
iclgd_status iclgd_sweep_schema(const iclgd_settings *settings,
                                iclgd_arena *arena, iclgd_schema *out,
                                iclgd_error *err);

/* Whether a file is such a table. */
bool iclgd_sweep_is(const char *path);

#endif /* ICLGD_SWEEP_SWEEP_H */
