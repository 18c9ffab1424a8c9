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
  double *theta; /* (size) */
  iclgd_batch *batch;
  size_t step, huge_steps;
  uint64_t stride;  /* from the first prompt of a batch to that of the next */
  double *c;        /* (depth + 1) */
  double *gradient; /* (size) */
  double *mean;     /* (size), of the parameters after late steps */
  iclgd_optimizer_state state;
};

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
