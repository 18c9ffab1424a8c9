/* Readouts after each layer of a model of ours (probe.readout = ridge; Fu et
 * al. 2023; Akyurek et al. 2023): y_query from the query's token by ridge,
 * fitted on three quarters of the tuning prompts, the penalty chosen on the
 * last quarter. From then on they are the model's (iclgd_model.readouts). */
#include <iclgd/architecture.h>
#include <iclgd/follow.h>
#include <math.h>
#include <string.h>

#include "probes/decoding/readout.h"
#include "run/stages.h"

typedef struct fit {
  iclgd_job *job;
  const iclgd_prompts *tune;
  size_t rows, width;
  iclgd_follower **followers; /* by thread */
  double *tokens;             /* (threads, ICLGD_FOLLOW_MAX) of a prompt */
  double *f;                  /* (rows, prompts, width) the query's */
  double *readouts;           /* (depth, width + 1) */
  double *work;               /* (threads) of a readout */
  size_t most;
  bool *is_read; /* (depth) */
} fit;

static size_t token_numbers(const fit *q) {
  return q->rows * (q->tune->n + 1) * q->width;
}

static void run_group(void *context, size_t group, size_t thread) {
  const fit *q = context;
  const iclgd_job *job = q->job;
  const size_t first = group * ICLGD_FOLLOW_MAX, n = q->tune->n;
  const size_t left = q->tune->count - first, size = token_numbers(q);
  const size_t count = left < ICLGD_FOLLOW_MAX ? left : ICLGD_FOLLOW_MAX;
  double *tokens = q->tokens + thread * ICLGD_FOLLOW_MAX * size;
  iclgd_follow_tokens(q->followers[thread], &job->model, job->theta, q->tune,
                      first, count, tokens);
  for (size_t i = 0; i < count; ++i)
    for (size_t l = 0; l < q->rows; ++l)
      memcpy(q->f + (l * q->tune->count + first + i) * q->width,
             tokens + i * size + (l * (n + 1) + n) * q->width,
             q->width * sizeof *tokens);
}

static void fit_layer(void *context, size_t l, size_t thread) {
  const fit *q = context;
  const size_t count = q->tune->count, used = count * 3 / 4;
  readout_score score;
  const readout_data data = {.fit = used,
                             .choose = count - used,
                             .m = q->width,
                             .d = 1,
                             .f = q->f + (l + 1) * count * q->width,
                             .n_targets = 1,
                             .t = q->tune->y_query,
                             .map = q->readouts + l * (q->width + 1)};
  readout_run(&data, q->work + thread * q->most, &score);
  q->is_read[l] = isfinite(score.penalty);
}

static iclgd_status take_memory(fit *q, iclgd_error *err) {
  iclgd_job *job = q->job;
  iclgd_arena *arena = &job->arena;
  const size_t threads = iclgd_pool_threads(job->pool), count = q->tune->count;
  q->tokens =
      iclgd_arena_reals(arena, threads * ICLGD_FOLLOW_MAX, token_numbers(q), 1);
  q->f = iclgd_arena_reals(arena, q->rows, count, q->width);
  q->readouts = iclgd_arena_reals(arena, q->rows - 1, q->width + 1, 1);
  q->most = readout_work(q->width, 1, count);
  q->work = iclgd_arena_reals(arena, threads, q->most, 1);
  q->is_read = iclgd_arena_take(arena, q->rows, sizeof *q->is_read);
  q->followers = iclgd_arena_take(arena, threads, sizeof(iclgd_follower *));
  for (size_t t = 0; q->followers && t < threads; ++t)
    TRY(iclgd_follower_create(&job->model, q->tune->n, false, arena,
                              &q->followers[t], err));
  return iclgd_arena_status(arena, err, "the readouts");
}

static iclgd_status check(const iclgd_job *job, const iclgd_prompts *tune,
                          iclgd_error *err) {
  const iclgd_architecture *a = job->model.architecture;
  const size_t used = tune->count * 3 / 4;
  const size_t width = iclgd_model_token_width(&job->model);
  if (!a->takes_readouts)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "probe.readout = ridge: expected a model whose tokens "
                      "can be read after each layer, found architecture %s",
                      a->name);
  if (used > width) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "probe.readout = ridge: expected more prompts to fit on "
                    "than a token has units, %zu, found %zu (three quarters of "
                    "reference.tune_prompts)",
                    width, used);
}

iclgd_status iclgd_fit_readouts(iclgd_job *job, const iclgd_prompts *tune,
                                iclgd_error *err) {
  const iclgd_form form = iclgd_get_form(job->settings, "probe.readout");
  if (form.choice == 0 || job->outside) return ICLGD_OK;
  TRY(check(job, tune, err));
  fit q = {.job = job,
           .tune = tune,
           .rows = iclgd_model_depth(&job->model) + 1,
           .width = iclgd_model_token_width(&job->model)};
  TRY(take_memory(&q, err));
  iclgd_pool_for(job->pool,
                 (tune->count + ICLGD_FOLLOW_MAX - 1) / ICLGD_FOLLOW_MAX,
                 run_group, &q);
  iclgd_pool_for(job->pool, q.rows - 1, fit_layer, &q);
  for (size_t l = 0; l + 1 < q.rows; ++l)
    if (!q.is_read[l])
      return iclgd_fail(err, ICLGD_EINPUT,
                        "probe.readout = ridge: expected tokens from which "
                        "labels can be read, found none at layer %zu",
                        l + 1);
  job->model.readouts = q.readouts;
  return ICLGD_OK;
}

iclgd_status iclgd_write_readouts(iclgd_job *job, iclgd_error *err) {
  if (!job->model.readouts) return ICLGD_OK;
  return iclgd_record_attr_text(job->record, "trajectories/model", "readout",
                                "ridge readouts of the query's token, fitted "
                                "on the tuning prompts",
                                err);
}
