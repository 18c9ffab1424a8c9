/* Task diversity in parts: training on a pool, and risks on tasks that were
 * seen and on new ones. */
#ifndef ICLGD_PROBES_DIVERSITY_H
#define ICLGD_PROBES_DIVERSITY_H

#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

/* Who predicts, and the tasks of the prompts. */
enum {
  ICLGD_WHO_MODEL,
  ICLGD_WHO_DMMSE,
  ICLGD_WHO_RIDGE,
  ICLGD_WHO_BEST, /* O1: the layer that is best for the pool */
  ICLGD_WHOS,
  ICLGD_THEORY = ICLGD_WHOS, /* closed form O1: the best A for the pool, */
  ICLGD_EXACT,               /* the learned A */
  ICLGD_COLUMNS
};
enum { ICLGD_TASKS_SEEN, ICLGD_TASKS_NEW, ICLGD_TASKS };

/* One pool: its laws, its model, what was measured. */
typedef struct iclgd_pool_row {
  size_t k;                             /* tasks */
  iclgd_distribution laws[ICLGD_TASKS]; /* tasks of the pool, of N(0, I) */
  const iclgd_model *model;             /* of the run, with other parameters */
  const double *theta;
  bool own;      /* the model of the run */
  bool diverged; /* in training */
  double mean[ICLGD_COLUMNS][ICLGD_TASKS], error[ICLGD_COLUMNS][ICLGD_TASKS];
} iclgd_pool_row;

/* The laws of a pool of k tasks. */
iclgd_status iclgd_pool_laws(const iclgd_probe_setup *setup, size_t k,
                             iclgd_pool_row *row, iclgd_error *err);

/* Train row->model from the start with the keys of the run. */
iclgd_status iclgd_pool_train(const iclgd_probe_setup *setup,
                              iclgd_pool_row *row, iclgd_error *err);

/* Mean risks (w - w_star)^T Sigma (w - w_star) of everyone on `prompts` prompts
 * of both laws, and the closed forms; NaN where one does not apply. */
iclgd_status iclgd_pool_measure(const iclgd_probe_setup *setup, size_t prompts,
                                iclgd_pool_row *row, iclgd_error *err);

#endif /* ICLGD_PROBES_DIVERSITY_H */
