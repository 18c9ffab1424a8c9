/* The train stage: for every seed a model is trained; the first is kept. */
#include <math.h>
#include <string.h>
#include <time.h>

#include "run/training_journal.h"

/* One training run: its law, its model and where its prompts come from. */
typedef struct session {
  iclgd_job *job;
  iclgd_model model;
  double *theta; /* (size) */
  iclgd_distribution law;
  iclgd_prompt_source prompt_source;
  iclgd_prompts train_part; /* of given prompts */
  iclgd_trainer *trainer;
  iclgd_journal *journal;
  size_t row, snapshot; /* the next of the iclgd_journal */
  size_t last;          /* step that was watched */
  time_t shown;         /* second in which a file was last shown */
  iclgd_progress progress;
  iclgd_error *err;
} session;

/* Of prompts from a file the last tenth is held out. */
static void split_given(session *s) {
  const iclgd_prompts *given = &s->job->given.to_train;
  const size_t held = given->count >= 20 ? given->count / 10 : 1;
  const size_t kept = given->count - held;
  s->train_part = iclgd_prompts_part(given, 0, kept);
  s->prompt_source = (iclgd_prompt_source){.fixed = &s->train_part};
  s->job->held_out.part = iclgd_prompts_part(given, kept, held);
  s->job->held_out.source =
      (iclgd_prompt_source){.fixed = &s->job->held_out.part};
  s->job->held_out.count = held;
}

static iclgd_status open_session(session *s, uint64_t seed, iclgd_error *err) {
  iclgd_job *job = s->job;
  TRY(iclgd_model_from_settings(job->settings, job->options->architecture,
                                job->d, &s->model, err));
  TRY(iclgd_model_initialise(&s->model, job->settings, seed, &job->arena,
                             &s->theta, err));
  if (job->given.there) {
    split_given(s);
  } else {
    s->law = job->law; /* one law for all seeds, prompts of their own */
    s->law.seed = seed;
    s->prompt_source =
        (iclgd_prompt_source){.dist = &s->law, .stream = ICLGD_STREAM_TRAIN};
    job->held_out.source =
        (iclgd_prompt_source){.dist = &job->law, .stream = ICLGD_STREAM_EVAL};
    job->held_out.count = iclgd_get_size(job->settings, "train.eval_prompts");
  }
  const iclgd_train_options options = iclgd_train_options_from(job->settings);
  const bool lengths = options.prefixes || options.points.every > 0;
  TRY(iclgd_model_use_sampler(&s->model, lengths, job->settings, &job->arena,
                              job->given.there ? NULL : &s->law, err));
  return iclgd_trainer_create(&options, &s->model, s->theta, &s->prompt_source,
                              job->pool, &s->trainer, err);
}

/* NaN from the next row on, the last weights as every later snapshot. */
static void fill_after_divergence(session *s) {
  iclgd_journal *j = s->journal;
  const size_t size = s->model.size;
  for (size_t i = s->row; i < j->rows; ++i)
    j->loss[i] = j->loss_eval[i] = j->grad_norm[i] = j->learning_rate[i] = NAN;
  for (size_t i = s->snapshot; i < j->snapshots; ++i)
    memcpy(j->theta + i * size, s->theta, size * sizeof *j->theta);
}

static iclgd_status show_so_far(session *s, iclgd_error *err);

/* A row and a snapshot of the steps that are due, before their update. */
static iclgd_status watch(void *context, const iclgd_train_report *report) {
  session *s = context;
  iclgd_journal *j = s->journal;
  const size_t size = s->model.size;
  if (s->snapshot < j->snapshots &&
      j->snapshot_step[s->snapshot] == report->step)
    memcpy(j->theta + s->snapshot++ * size, s->theta, size * sizeof *j->theta);
  if (s->row < j->rows && j->step[s->row] == report->step) {
    const size_t row = s->row++;
    TRY(iclgd_held_out_loss(&s->model, s->theta, &s->job->held_out.source, 0,
                            s->job->held_out.count, s->job->pool,
                            &j->loss_eval[row], s->err));
    j->loss[row] = report->loss;
    j->grad_norm[row] = report->grad_norm;
    j->learning_rate[row] = report->learning_rate;
    TRY(show_so_far(s, s->err));
  }
  s->last = report->step;
  s->progress.done = report->step;
  s->progress.loss = report->loss;
  return iclgd_report_progress(s->job, s->progress, s->err);
}

static iclgd_status run_session(session *s, iclgd_error *err) {
  iclgd_journal *j = s->journal;
  s->err = err;
  j->diverged_at = -1;
  const iclgd_status status = iclgd_trainer_run(s->trainer, watch, s, err);
  if (status != ICLGD_DIVERGED) return status;
  j->diverged_at = (int64_t)s->last;
  fill_after_divergence(s);
  return ICLGD_OK;
}

static iclgd_status train_one(iclgd_job *job, size_t run, size_t runs,
                              iclgd_journal *j, iclgd_model *out,
                              double **theta, iclgd_error *err) {
  session s = {
      .job = job,
      .journal = j,
      .progress = {.phase = "training",
                   .prompts = iclgd_get_size(job->settings, "train.batch"),
                   .run = run,
                   .runs = runs,
                   .total = iclgd_get_size(job->settings, "train.steps")}};
  const uint64_t seed = (uint64_t)iclgd_get_int(job->settings, "seed") + run;
  iclgd_status status = open_session(&s, seed, err);
  if (status) return status;
  if (!j->theta)
    j->theta = iclgd_arena_reals(&job->arena, j->snapshots, s.model.size, 1);
  status =
      j->theta ? run_session(&s, err) : iclgd_fail_memory(err, "the snapshots");
  iclgd_trainer_free(s.trainer);
  *out = s.model;
  *theta = s.theta;
  return status;
}

/* What is known of a training run that is under way. */
static iclgd_status write_so_far(iclgd_job *job, void *context,
                                 iclgd_error *err) {
  const session *s = context;
  iclgd_journal part = *s->journal;
  part.rows = s->row;
  part.snapshots = s->snapshot;
  iclgd_journal_write(job->record, &part, err);
  iclgd_journal_write_plan(job, err);
  return iclgd_journal_write_snapshots(job, &part, &s->model, err);
}

/* For whoever watches the first seed: at a logged step, once a second at most,
 * and at the end. */
static iclgd_status show_so_far(session *s, iclgd_error *err) {
  struct timespec now;
  if (!s->job->options->watchable || s->progress.run > 0) return ICLGD_OK;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (s->row > 1 && s->row < s->journal->rows && now.tv_sec == s->shown)
    return ICLGD_OK;
  s->shown = now.tv_sec;
  return iclgd_show_live_file(s->job, write_so_far, s, err);
}

/* The first run is over: whoever watches has its model, too. */
static iclgd_status write_trained(iclgd_job *job, void *context,
                                  iclgd_error *err) {
  const iclgd_journal *j = context;
  iclgd_journal_write(job->record, j, err);
  iclgd_journal_write_plan(job, err);
  TRY(iclgd_journal_write_snapshots(job, j, &job->model, err));
  return iclgd_write_model(job, err);
}

/* The journal goes on to the next training run, the probes want the first. */
static iclgd_status keep_snapshots(iclgd_job *job, const iclgd_journal *j,
                                   size_t size, iclgd_error *err) {
  double *theta = iclgd_arena_reals(&job->arena, j->snapshots, size, 1);
  if (!theta) return iclgd_fail_memory(err, "the snapshots");
  memcpy(theta, j->theta, j->snapshots * size * sizeof *theta);
  job->history.snapshots = j->snapshots;
  job->history.step = j->snapshot_out;
  job->history.theta = theta;
  return ICLGD_OK;
}

iclgd_status iclgd_stage_train(iclgd_job *job, iclgd_error *err) {
  iclgd_journal j;
  iclgd_model model;
  double *theta;
  iclgd_training_runs h = {.runs = iclgd_get_size(job->settings, "seeds")};
  TRY(iclgd_journal_create(job->settings, &job->arena, &j, err));
  for (size_t run = 0; run < h.runs; ++run) {
    TRY(train_one(job, run, h.runs, &j, &model, &theta, err));
    const size_t size = model.size;
    if (run == 0) {
      job->model = model;
      job->theta = theta;
      TRY(iclgd_training_runs_create(&job->arena, j.rows, size, &h, err));
      TRY(iclgd_journal_write(job->record, &j, err));
      TRY(iclgd_journal_write_snapshots(job, &j, &model, err));
      TRY(keep_snapshots(job, &j, size, err));
      if (job->options->watchable)
        TRY(iclgd_show_live_file(job, write_trained, &j, err));
    }
    job->diverged |= j.diverged_at >= 0;
    h.seed[run] = iclgd_get_int(job->settings, "seed") + (int64_t)run;
    h.diverged_at[run] = j.diverged_at;
    h.final_loss[run] = j.loss_eval[j.rows - 1];
    memcpy(h.loss + run * j.rows, j.loss_eval, j.rows * sizeof *h.loss);
    memcpy(h.theta + run * size, theta, size * sizeof *h.theta);
  }
  TRY(iclgd_training_runs_write(job, &j, &h, &model, err));
  job->history.runs = h.runs;
  job->history.seed = h.seed;
  job->history.finals = h.theta;
  return iclgd_write_model(job, err);
}
