/* The groups of the file that hold trajectories, written block by block. */
#ifndef ICLGD_RUN_TRAJECTORIES_H
#define ICLGD_RUN_TRAJECTORIES_H

#include "run/stages.h"

/* One path of the probe stage: the model (algorithm is NULL) or an algorithm,
 * with the trajectories of the block that is on. */
typedef struct iclgd_probe_path {
  const char *name, *title;
  const iclgd_algorithm *algorithm;
  iclgd_hyper hyper;
  size_t steps;
  double *w;          /* (block, steps + 1, d) */
  double *prediction; /* (block, steps + 1) */
} iclgd_probe_path;

/* Scratch for one block, owned by an arena. */
typedef struct iclgd_trajectory_writer {
  double *out; /* (steps + 1, block, d) of the longest path */
  double *v;   /* (d) */
} iclgd_trajectory_writer;

/* Create the datasets for `prompts` prompts in blocks of up to block->count. */
iclgd_status iclgd_begin_trajectories(
    iclgd_job *job, const iclgd_probe_path *paths, size_t n_paths,
    const iclgd_prompts *block, size_t prompts, iclgd_trajectory_writer *out,
    iclgd_error *err);

/* The block of prompts that starts at `first`. */
iclgd_status iclgd_write_trajectories(iclgd_job *job,
                                      const iclgd_trajectory_writer *writer,
                                      const iclgd_probe_path *path,
                                      const iclgd_prompts *prompts,
                                      size_t first, iclgd_error *err);

/* trajectories_loss from the errors of all prompts. */
iclgd_status iclgd_write_losses(iclgd_job *job, const iclgd_outcome *outcome,
                                const iclgd_probe_path *paths, size_t steps,
                                iclgd_error *err);

#endif /* ICLGD_RUN_TRAJECTORIES_H */
