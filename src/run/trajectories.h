/* The groups of the file that hold trajectories, written block by block. */
#ifndef ICLGD_RUN_TRAJECTORIES_H
#define ICLGD_RUN_TRAJECTORIES_H

#include <iclgd/follow.h>

#include "run/stages.h"

/* A path on the prompts of a block as the file has it, prompts innermost. */
typedef struct iclgd_stored_part {
  double *prediction; /* (steps + 1, prompts) */
  double *weight;     /* (steps + 1, prompts, d) */
  double *risk;       /* (steps + 1, prompts), or NULL where it is not known */
} iclgd_stored_part;

/* The trajectories of one path on the block that is on. */
typedef struct iclgd_track {
  double *w;          /* (block, steps + 1, d) */
  double *prediction; /* (block, steps + 1) */
  iclgd_stored_part stored;
} iclgd_track;

/* What one thread needs to go along paths and to take the risk of iterates. */
typedef struct iclgd_thread {
  iclgd_path_scratch path_scratch;
  double *w, *prediction; /* of the longest path: (steps + 1, d), (steps + 1) */
  double *v;              /* (2, d), for iclgd_risk */
} iclgd_thread;

/* One for each thread of the pool. */
iclgd_status iclgd_threads_create(iclgd_job *job, const iclgd_path *paths,
                                  size_t n_paths, iclgd_thread **out,
                                  iclgd_error *err);

/* Likewise, of job->model; *out NULL: the model was brought, it cannot be run.
 */
iclgd_status iclgd_followers_create(iclgd_job *job, iclgd_follower ***out,
                                    iclgd_error *err);

/* Create the datasets for the `stored` first prompts in blocks of up to
 * block->count, and the trajectories. */
iclgd_status iclgd_begin_trajectories(iclgd_job *job, const iclgd_path *paths,
                                      iclgd_track *tracks, size_t n_paths,
                                      const iclgd_prompts *block, size_t stored,
                                      iclgd_error *err);

/* Whether the exact mean of the squared error over x_query is known. */
bool iclgd_has_risk(const iclgd_job *job, const iclgd_prompts *prompts);

/* The risk v^T Sigma v, v = U^T (w - w_star), U the prompt's rotation or NULL
 * for I; v (2, d) is scratch. */
double iclgd_risk(const double *Sigma, const double *U, const double *w,
                  const double *w_star, size_t d, double *restrict v);

/* Copy `count` prompts of a block, from `first` on, to the path's trajectory,
 * with their risk; v (2, d) is scratch. Different prompts may be filled in
 * parallel.
 */
void iclgd_fill_stored_part(const iclgd_job *job, const iclgd_path *path,
                            const iclgd_track *track,
                            const iclgd_prompts *prompts, size_t first,
                            size_t count, double *v);

/* Write of trajectories of `width` prompts, the first of which is prompt
 * `first`, the first `count`; when these are fewer, the trajectories lose the
 * others. */
iclgd_status iclgd_write_trajectories(iclgd_job *job, const iclgd_path *paths,
                                      const iclgd_track *tracks, size_t n_paths,
                                      size_t width, size_t count, size_t first,
                                      iclgd_error *err);

/* Moments of `size` quantities, for iclgd_moments_row_add; the arena's failure
 * is the caller's to ask. */
iclgd_moments_row iclgd_take_moments(iclgd_arena *arena, size_t size);

/* Room for the errors of `prompts` prompts that come in blocks. */
iclgd_status iclgd_outcome_create(const iclgd_path *paths, size_t n_paths,
                                  size_t prompts, size_t block,
                                  iclgd_arena *arena, iclgd_outcome *out,
                                  iclgd_error *err);
/* The block of prompts that starts at `first`; blocks come in order. */
void iclgd_outcome_add(iclgd_outcome *outcome, const iclgd_track *tracks,
                       const iclgd_prompts *block, size_t first,
                       iclgd_pool *pool);

/* Which prompts hyperparameters were chosen on: attributes of trajectories. Of
 * a file's prompts that are probed the first ones. */
iclgd_status iclgd_write_tuning(iclgd_job *job, size_t count, iclgd_error *err);

/* trajectories_loss from the errors of all prompts. */
iclgd_status iclgd_write_losses(iclgd_job *job, const iclgd_outcome *outcome,
                                const iclgd_expected *expected,
                                const iclgd_path *paths, size_t steps,
                                iclgd_error *err);

#endif /* ICLGD_RUN_TRAJECTORIES_H */
