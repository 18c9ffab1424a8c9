/* Predictions after each layer, read from the query's token by ridge (Fu et al.
 * 2023; Akyurek et al. 2023): y_query from the token of layer l, fitted on
 * three quarters of the tuning prompts, the penalty chosen on the last quarter;
 * of every snapshot over training anew. */
#include <math.h>
#include <string.h>

#include "probes/decoding/readout.h"
#include "run/outside/outside.h"

static iclgd_status check(const iclgd_given_path *path, size_t fit,
                          iclgd_error *err) {
  if (fit > path->units) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "probe.readout = ridge: expected more prompts to fit on "
                    "than a token has units, %zu, found %zu (three quarters of "
                    "the first fifth of the prompts)",
                    path->units, fit);
}

/* Row l of prediction (prompts) from the tokens of layer l; false where no
 * readout could be fitted. */
static bool read_layer(const iclgd_given_path *path, readout_data *data,
                       size_t l, double *work, double *prediction) {
  const size_t count = path->prompts;
  readout_score score;
  data->f = path->tokens + l * count * path->units;
  data->read = prediction + l * count;
  readout_run(data, work, &score);
  return isfinite(score.penalty);
}

static iclgd_status read_layers(iclgd_job *job, const iclgd_given_path *path,
                                size_t tune, double *prediction,
                                iclgd_error *err) {
  const size_t count = path->prompts, m = path->units;
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
  for (size_t l = 1; l < job->outside->rows; ++l)
    if (!read_layer(path, &data, l, work, prediction))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/trajectories/model/tokens: expected tokens "
                        "from which labels can be read, found none at layer "
                        "%zu%s",
                        job->options->trajectories, l,
                        path == &job->outside->path ? "" : " of a snapshot");
  return ICLGD_OK;
}

/* Its predictions; weights would be those of another readout. */
static iclgd_status read_path(iclgd_job *job, iclgd_given_path *path,
                              size_t tune, iclgd_error *err) {
  TRY(check(path, tune * 3 / 4, err));
  double *prediction =
      iclgd_arena_reals(&job->arena, job->outside->rows, path->prompts, 1);
  if (!prediction) return iclgd_fail_memory(err, "the readouts");
  TRY(read_layers(job, path, tune, prediction, err));
  path->prediction = prediction;
  path->weight = path->linearity = NULL;
  path->is_linear = false;
  return ICLGD_OK;
}

iclgd_status iclgd_outside_read_out(iclgd_job *job, size_t tune,
                                    iclgd_error *err) {
  iclgd_outside *o = job->outside;
  if (!o->reads_tokens) return ICLGD_OK;
  o->is_fitted = false;
  TRY(read_path(job, &o->path, tune, err));
  for (size_t k = 0; k < o->n_snapshots; ++k)
    TRY(read_path(job, &o->snapshots[k], tune, err));
  return ICLGD_OK;
}
