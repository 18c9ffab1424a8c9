/* The final model of every training run on the prompts that are probed, paired
 * with gradient descent. */
#ifndef ICLGD_RUN_SEED_LOSSES_H
#define ICLGD_RUN_SEED_LOSSES_H

#include "run/trajectories.h"

/* Arrays of an arena; runs is 0 where there is but one training run. */
typedef struct iclgd_seed_losses {
  size_t runs, block;
  double *errors;              /* (runs, block) of the block that is on: risks,
                                  or squared errors where these are not known */
  double *row;                 /* (runs) */
  iclgd_moments_row moments;   /* (runs) of the errors */
  iclgd_pairs *pairs;          /* (runs) with gradient descent */
  const iclgd_path_errors *gd; /* at the model's depth; NULL: not listed */
} iclgd_seed_losses;

/* Room for blocks of `block` prompts; outcome is that of all paths. */
iclgd_status iclgd_seed_losses_create(iclgd_job *job,
                                      const iclgd_outcome *outcome,
                                      size_t block, iclgd_seed_losses *out,
                                      iclgd_error *err);

/* The problem of prompt i of the block. Different prompts may be measured in
 * parallel, each with a thread of its own. */
void iclgd_seed_losses_measure(const iclgd_job *job, iclgd_seed_losses *s,
                               const iclgd_problem *problem, size_t i,
                               const iclgd_thread *own);

/* The block of `count` prompts is done, after iclgd_outcome_add. */
void iclgd_seed_losses_add(iclgd_seed_losses *s, size_t count);

/* seeds/probe_loss and what belongs to it. */
iclgd_status iclgd_seed_losses_write(iclgd_job *job, iclgd_seed_losses *s,
                                     iclgd_error *err);

#endif /* ICLGD_RUN_SEED_LOSSES_H */
