/* L-BFGS (Nocedal 1980) by NLopt, whose line search and recurrences use no
 * function of the C library but sqrt and fabs: with gradients summed in fixed
 * trees the search is the same for any number of threads. NLopt calls us, so a
 * step is an evaluation of loss and gradient, nearly always one an iteration.
 */
#include <math.h>
#include <string.h>

#include <nlopt.h>

#include "train/trainer.h"

typedef struct search {
  iclgd_trainer *trainer;
  iclgd_train_watch watch;
  void *context;
  nlopt_opt opt;
  iclgd_status status;
  double *best; /* (size) */
  double least; /* their loss */
} search;

/* A point that overflows is a wall: high, finite, without a slope; so is every
 * point once the search is to end, because a line search is not interrupted. */
static double wall(double *gradient, size_t size) {
  memset(gradient, 0, size * sizeof *gradient);
  return 1e100;
}

static double evaluate(unsigned count, const double *theta, double *gradient,
                       void *data) {
  search *s = data;
  iclgd_trainer *t = s->trainer;
  iclgd_train_report report;
  if (s->status || t->step >= t->options.steps) return wall(gradient, count);
  memcpy(t->theta, theta, count * sizeof *theta);
  iclgd_trainer_measure(t, &report); /* a trial may go anywhere */
  const bool overflow = !isfinite(report.loss) || !isfinite(report.grad_norm);
  s->status = s->watch(s->context, &report);
  if (!s->status && overflow && t->step == 0) s->status = ICLGD_DIVERGED;
  if (!overflow && report.loss < s->least) {
    s->least = report.loss;
    memcpy(s->best, theta, count * sizeof *theta);
  }
  if (++t->step >= t->options.steps || s->status) nlopt_force_stop(s->opt);
  if (overflow) return wall(gradient, count);
  memcpy(gradient, t->gradient, count * sizeof *gradient);
  return report.loss;
}

iclgd_status iclgd_trainer_descend(iclgd_trainer *t, iclgd_train_watch watch,
                                   void *context, iclgd_error *err) {
  const size_t size = t->model->size;
  search s = {.trainer = t,
              .watch = watch,
              .context = context,
              .opt = nlopt_create(NLOPT_LD_LBFGS, (unsigned)size),
              .best = t->mean,
              .least = INFINITY};
  if (!s.opt) return iclgd_fail_memory(err, "the L-BFGS search");
  double value;
  double *start = t->state.m;
  memcpy(start, t->theta, size * sizeof *start);
  nlopt_set_min_objective(s.opt, evaluate, &s);
  nlopt_set_ftol_rel(s.opt, 1e-15);
  const nlopt_result ended = t->options.steps > 0
                                 ? nlopt_optimize(s.opt, start, &value)
                                 : NLOPT_SUCCESS;
  nlopt_destroy(s.opt);
  if (ended == NLOPT_OUT_OF_MEMORY || ended == NLOPT_INVALID_ARGS)
    return iclgd_fail_memory(err, "the L-BFGS search");
  if (s.least < INFINITY) memcpy(t->theta, s.best, size * sizeof *start);
  return s.status;
}
