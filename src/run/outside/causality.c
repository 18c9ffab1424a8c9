/* Does a model see what it is to predict? With another last label y_n, what it
 * predicts before that label cannot move: neither y_n itself, from x_n and all
 * points before it, nor any earlier label.
 *   moved[l, k] = sqrt(mean over prompts of (change of prediction k)^2),
 * where prediction k is of y_{k+1} from k points. And a model that predicts y_1
 * from no point at all to a small error sees it, too:
 *   error[l, k] = mean over prompts of (prediction k - y_{k+1})^2. */
#include <math.h>

#include "run/outside/outside.h"

static const iclgd_group groups[] = {
    GROUP_PLOT("causality", "error", "layer,context",
               "error at every context length",
               "and what another last label moves, where that was brought: the "
               "root mean square, over prompts, of how far predictions move "
               "when the last label y_n is changed by `change` (its root mean "
               "square, an attribute); contexts of 0 to n - 1 points come "
               "before that label"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("causality/layer", "layer", "layer", "0 is the zero predictor"),
    DATA_INT("causality/context", "context", "points of the context",
             "before the label that is predicted"),
    DATA_REAL("causality/error", "layer,context", "squared error",
              "mean over prompts of (prediction of y_{k+1} from k points - "
              "y_{k+1})^2; layer 0: that of predicting zero"),
    DATA_REAL("causality/moved", "layer,context", "change of the prediction",
              "root mean square over prompts; 0 of a causal model"),
};

const iclgd_schema iclgd_causality_schema = SCHEMA(groups, datasets);

/* out (layer, context): mean over prompts of (prediction - what is beside
 * it)^2. Beside layer l, prompt i and context k stands other[l * layer + i *
 * prompt + k]. */
static void mean_squares(const iclgd_job *job, const double *other,
                         size_t layer, size_t prompt, double *out) {
  const iclgd_outside *o = job->outside;
  const size_t prompts = o->path.prompts, n = job->n;
  for (size_t l = 0; l < o->rows; ++l)
    for (size_t i = 0; i < prompts; ++i)
      for (size_t k = 0; k < n; ++k) {
        const double off =
            o->path.by_context[(l * prompts + i) * o->path.contexts + k] -
            other[l * layer + i * prompt + k];
        out[l * n + k] += off * off / (double)prompts;
      }
}

static iclgd_status write_moved(iclgd_job *job, double *moved,
                                iclgd_error *err) {
  const iclgd_outside *o = job->outside;
  const size_t extents[] = {o->rows, job->n}, prompts = o->path.prompts;
  double change = 0;
  mean_squares(job, o->by_context_changed, prompts * o->path.contexts,
               o->path.contexts, moved);
  for (size_t i = 0; i < o->rows * job->n; ++i) moved[i] = sqrt(moved[i]);
  for (size_t i = 0; i < prompts; ++i)
    change += o->change[i] * o->change[i] / (double)prompts;
  iclgd_record_put(job->record, "causality", "moved", extents, moved, err);
  return iclgd_record_attr_real(job->record, "causality", "change",
                                sqrt(change), err);
}

iclgd_status iclgd_write_causality(iclgd_job *job, iclgd_error *err) {
  const iclgd_outside *o = job->outside;
  const size_t extents[] = {o->rows, job->n};
  double *error = iclgd_arena_reals(&job->arena, o->rows, job->n, 1);
  double *moved = iclgd_arena_reals(&job->arena, o->rows, job->n, 1);
  TRY(iclgd_arena_status(&job->arena, err, "causality"));
  mean_squares(job, job->given.all.y, 0, job->n, error);
  iclgd_record_put_axis(job->record, "causality", "layer", 0, o->rows, err);
  iclgd_record_put_axis(job->record, "causality", "context", 0, job->n, err);
  TRY(iclgd_record_put(job->record, "causality", "error", extents, error, err));
  return o->by_context_changed ? write_moved(job, moved, err) : ICLGD_OK;
}
