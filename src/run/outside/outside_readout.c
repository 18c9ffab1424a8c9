/* Predictions after each layer, read from the query's token by ridge (Fu et al.
 * 2023; Akyurek et al. 2023): y_query from the token of layer l, fitted on
 * three quarters of the tuning prompts, the penalty chosen on the last quarter.
 */
#include <math.h>
#include <string.h>

#include "probes/decoding/readout.h"
#include "run/outside/outside.h"

static iclgd_status check(const iclgd_outside *o, size_t fit,
                          iclgd_error *err) {
  if (fit > o->path.units) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "probe.readout = ridge: expected more prompts to fit on "
                    "than a token has units, %zu, found %zu (three quarters of "
                    "the first fifth of the prompts)",
                    o->path.units, fit);
}

/* Row l of prediction (prompts) from the tokens of layer l; false where no
 * readout could be fitted. */
static bool read_layer(const iclgd_outside *o, readout_data *data, size_t l,
                       double *work, double *prediction) {
  const size_t count = o->path.prompts;
  readout_score score;
  data->f = o->path.tokens + l * count * o->path.units;
  data->read = prediction + l * count;
  readout_run(data, work, &score);
  return isfinite(score.penalty);
}

static iclgd_status read_layers(iclgd_job *job, size_t tune, double *prediction,
                                iclgd_error *err) {
  const iclgd_outside *o = job->outside;
  const size_t count = o->path.prompts, m = o->path.units;
  double *work =
      iclgd_arena_reals(&job->arena, readout_work(m, 1, count), 1, 1);
  if (!work) return iclgd_fail_memory(err, "the readouts");
  readout_data data = {.fit = tune * 3 / 4,
                       .choose = tune - tune * 3 / 4,
                       .test = count - tune,
                       .m = m,
                       .d = 1,
                       .n_targets = 1,
                       .t = job->given.all.y_query};
  for (size_t l = 1; l < o->rows; ++l)
    if (!read_layer(o, &data, l, work, prediction))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/trajectories/model/tokens: expected tokens "
                        "from which labels can be read, found none at layer "
                        "%zu",
                        job->options->trajectories, l);
  return ICLGD_OK;
}

iclgd_status iclgd_outside_read_out(iclgd_job *job, size_t tune,
                                    iclgd_error *err) {
  iclgd_outside *o = job->outside;
  if (!o->reads_tokens) return ICLGD_OK;
  TRY(check(o, tune * 3 / 4, err));
  double *prediction =
      iclgd_arena_reals(&job->arena, o->rows, o->path.prompts, 1);
  if (!prediction) return iclgd_fail_memory(err, "the readouts");
  TRY(read_layers(job, tune, prediction, err));
  o->path.prediction = prediction;
  o->path.weight = NULL; /* those of another readout */
  o->path.linearity = NULL;
  o->path.is_linear = o->is_fitted = false;
  return ICLGD_OK;
}
