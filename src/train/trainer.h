/* The trainer from inside: for train.c and descend.c. */
#ifndef ICLGD_TRAIN_TRAINER_H
#define ICLGD_TRAIN_TRAINER_H

#include <iclgd/train.h>

#include "train/gradient.h"
#include "train/optimizer.h"

struct iclgd_trainer {
  iclgd_arena arena;
  iclgd_train_options options;
  const iclgd_model *model;
  iclgd_pool *pool;
  double *theta; /* (size) */
  iclgd_prompt_source source;
  iclgd_distribution law; /* of the source, where points grow, */
  size_t whole;           /* up to these */
  iclgd_batch *batch;
  iclgd_arena batch_arena;
  size_t step, huge_steps; /* and how many of these went before the last */
  size_t huge_before;      /* batch that was examined */
  uint64_t stride;  /* from the first prompt of a batch to that of the next */
  double *c;        /* (depth + 1) */
  double *gradient; /* (size) */
  double *mean;     /* (size), of the parameters after late steps */
  iclgd_optimizer_state state;
};

/* --- what grows (curriculum.c) ------------------------------------------- */

/* ICLGD_EUSAGE: it cannot grow, or the keys are no numbers. */
iclgd_status iclgd_curriculum_check(const iclgd_train_options *o,
                                    const iclgd_prompt_source *source,
                                    iclgd_error *err);
void iclgd_curriculum_begin(iclgd_trainer *t,
                            const iclgd_prompt_source *source);
/* Source and batch of the step that is next. ICLGD_ENOMEM. */
iclgd_status iclgd_curriculum_fit(iclgd_trainer *t, iclgd_error *err);

/* Measure before an update; ICLGD_DIVERGED as iclgd_trainer_step. */
iclgd_status iclgd_trainer_examine(iclgd_trainer *t,
                                   iclgd_train_report *report);
void iclgd_trainer_update(iclgd_trainer *t, double learning_rate);

/* L-BFGS on the first batch (descend.c): the search behind iclgd_trainer_run,
 * of up to options.steps evaluations. The parameters of the lowest loss stay;
 * t->step counts the evaluations. */
iclgd_status iclgd_trainer_descend(iclgd_trainer *t, iclgd_train_watch watch,
                                   void *context, iclgd_error *err);

#endif /* ICLGD_TRAIN_TRAINER_H */
