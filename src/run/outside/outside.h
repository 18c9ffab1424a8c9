/* A model that ran elsewhere: what was brought of it, in the layout of our own
 * trajectories, /entry/trajectories/model of the file options->trajectories. */
#ifndef ICLGD_RUN_OUTSIDE_H
#define ICLGD_RUN_OUTSIDE_H

#include <iclgd/slope.h>

#include "run/stages.h"

typedef struct iclgd_outside {
  size_t rows; /* depth + 1 */
  iclgd_given_path path;
  bool is_fitted; /* weights come from further queries: none were brought */
  bool reads_tokens;
  size_t n_snapshots; /* what was brought over training, as of the model */
  iclgd_given_path *snapshots;
  /* As path.by_context with labels of which the last is changed by `change`
   * (prompts); NULL: not brought. */
  const double *by_context_changed;
  const double *change;
} iclgd_outside;

/* What is there of a model, or of one of its snapshots; first_layer is that of
 * the first row in the file, 1 or 0. */
typedef struct iclgd_arrival {
  iclgd_job *job;
  const iclgd_source *source;
  const char *group;
  size_t first_layer, rows;
  size_t queries;
  const double *x_more; /* (prompts, queries, d) in pairs; or NULL */
} iclgd_arrival;

/* job->outside and job->model. ICLGD_EINPUT: what is wrong in which dataset. */
iclgd_status iclgd_read_outside(iclgd_job *job, iclgd_error *err);

/* The dataset `leaf` of the arrival (rows, prompts, width), zero at layer 0
 * where the file has none; of rank 2 where width is NULL, else any width where
 * that is 0. NULL where the file has it not. */
iclgd_status iclgd_arrival_read(const iclgd_arrival *a, const char *leaf,
                                size_t *width, double **out, iclgd_error *err);

/* weight, linearity and is_linear of a path that has predictions. */
iclgd_status iclgd_arrival_weights(const iclgd_arrival *a,
                                   iclgd_given_path *path, bool *is_fitted,
                                   iclgd_error *err);

/* With probe.readout = ridge: predictions from the tokens, of which the first
 * `tune` prompts are fitted on. */
iclgd_status iclgd_outside_read_out(iclgd_job *job, size_t tune,
                                    iclgd_error *err);

/* Path 0 of the probe stage. */
iclgd_path iclgd_outside_path(const iclgd_job *job);

/* What is known of it beyond trajectories: linearity, causality. */
iclgd_status iclgd_outside_write(iclgd_job *job, iclgd_error *err);
iclgd_status iclgd_write_causality(iclgd_job *job, iclgd_error *err);

#endif /* ICLGD_RUN_OUTSIDE_H */
