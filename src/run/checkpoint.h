/* Checkpoints of a training: OUTPUT.checkpoint and, before the last was
 * written, OUTPUT.checkpoint.old. Files of the record, so that each is whole or
 * not there; in a group of their own what the trainer, the journal and the
 * training runs that are over are. */
#ifndef ICLGD_RUN_CHECKPOINT_H
#define ICLGD_RUN_CHECKPOINT_H

#include "run/training_journal.h"

/* Where a training stands. */
typedef struct iclgd_standing {
  iclgd_journal *first;         /* of the first training run */
  iclgd_journal *current;       /* of that under way: first, or another */
  iclgd_training_runs *runs;    /* the `done` first are over */
  size_t done, size;            /* size: of theta */
  size_t row, snapshot;         /* the next ones of `current` */
  size_t state_size;            /* of the trainer under way; 0: none */
  const iclgd_trainer *trainer; /* to write, */
  double *state;                /* (state_size) as read */
} iclgd_standing;

extern const iclgd_schema iclgd_checkpoint_schema;

/* What stands at the output and beside it, as the run begins. With `resume` a
 * checkpoint of the same settings, prompts and version is opened
 * (job->checkpoint), and job->is_complete set where the output itself is what
 * these stages and settings gave. ICLGD_EUSAGE where they differ, which names
 * the keys, and where one is there and neither `resume` nor `force` was said.
 */
iclgd_status iclgd_checkpoint_find(iclgd_job *job, unsigned stages,
                                   iclgd_error *err);

/* Read what was found into arrays that are there; standing->state is made. */
iclgd_status iclgd_checkpoint_read(iclgd_job *job, iclgd_standing *standing,
                                   iclgd_error *err);

/* Whether one was found. */
bool iclgd_checkpoint_is_found(const iclgd_job *job);

/* Write one; the last but one stays. That it cannot be written ends nothing:
 * job->unkept says why. */
void iclgd_checkpoint_keep(iclgd_job *job, const iclgd_standing *standing);

/* How many could not be written, and why, as an attribute of the training in
 * the record; none where all could. */
iclgd_status iclgd_checkpoint_note(iclgd_job *job, iclgd_error *err);

/* Remove them: the run is over, or begins anew. */
void iclgd_checkpoint_remove(const iclgd_job *job);

/* Close what was found. */
void iclgd_checkpoint_close(iclgd_job *job);

#endif /* ICLGD_RUN_CHECKPOINT_H */
