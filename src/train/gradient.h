/* Loss and gradient over a batch, block by block. */
#ifndef ICLGD_TRAIN_GRADIENT_H
#define ICLGD_TRAIN_GRADIENT_H

#include <iclgd/model.h>
#include <iclgd/parallel.h>
#include <iclgd/team.h>

typedef struct iclgd_batch iclgd_batch; /* scratch, owned by an arena */

/* Scratch for batches of `count` prompts; for losses alone when forward_only,
 * and for those at every context length with `prefixes`. With a team each of
 * its processes makes one and asks it for the same; NULL: none. */
iclgd_status iclgd_batch_create(const iclgd_model *model,
                                const iclgd_prompt_source *source, size_t count,
                                bool forward_only, bool prefixes,
                                iclgd_precision precision, iclgd_pool *pool,
                                iclgd_team *team, iclgd_arena *arena,
                                iclgd_batch **out, iclgd_error *err);

/* Means over a batch. */
typedef struct iclgd_batch_loss {
  double loss, zero; /* of the model, of the zero predictor (without guard) */
  size_t dropped; /* prompts that overflow: with a guard they count as zero */
} iclgd_batch_loss;

/* For drawn prompts `first` is a multiple of ICLGD_LANES. Mean loss of prompts
 * first .. first + count - 1 at theta, and its gradient (size) unless that is
 * NULL; in a follower neither of them has a meaning. */
iclgd_batch_loss iclgd_batch_gradient(iclgd_batch *batch, const double *theta,
                                      const iclgd_loss *loss, uint64_t first,
                                      double *gradient);

#endif /* ICLGD_TRAIN_GRADIENT_H */
