/* A whole training: step by step, or by a search. */
#include "train/trainer.h"

/* The search, and its result at every step that it did not need. */
static iclgd_status run_search(iclgd_trainer *t, iclgd_train_watch watch,
                               void *context, iclgd_error *err) {
  iclgd_train_report report;
  iclgd_status status = iclgd_trainer_descend(t, watch, context, err);
  if (status) return status;
  const iclgd_status judged = iclgd_trainer_measure(t, &report);
  for (; !status && t->step <= t->options.steps; ++t->step) {
    report.step = t->step;
    status = watch(context, &report);
    if (!status) status = judged;
  }
  return status;
}

static iclgd_status look_away(void *context, const iclgd_train_report *report) {
  (void)context, (void)report;
  return ICLGD_OK;
}

iclgd_status iclgd_trainer_run(iclgd_trainer *t, iclgd_train_watch watch,
                               void *context, iclgd_error *err) {
  if (!watch) watch = look_away;
  if (t->options.optimizer == ICLGD_LBFGS)
    return run_search(t, watch, context, err);
  for (;;) {
    iclgd_train_report report;
    const bool last = t->step >= t->options.steps;
    const iclgd_status status = last ? iclgd_trainer_measure(t, &report)
                                     : iclgd_trainer_examine(t, &report);
    if (status < 0) return iclgd_fail(err, status, "%s", t->error.text);
    const iclgd_status watched = watch(context, &report);
    if (watched || status) return watched ? watched : status;
    if (last) return ICLGD_OK;
    iclgd_trainer_update(t, report.learning_rate);
  }
}
