/* The train stage: for every seed a model is trained; the first is kept. It
 * begins at the first step, or where a checkpoint stands. */
#include <assert.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "run/checkpoint.h"

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
  iclgd_standing *standing; /* row, snapshot: the next of the journal */
  size_t last;              /* step that was watched */
  time_t shown;             /* second in which a file was last shown */
  double *kept;             /* when a checkpoint was last written */
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
  TRY(iclgd_read_initial(job, &s->model, s->theta, err));
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
  iclgd_train_options options = iclgd_train_options_from(job->settings);
  options.team = job->options->team;
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
  for (size_t i = s->standing->row; i < j->rows; ++i)
    j->loss[i] = j->loss_eval[i] = j->grad_norm[i] = j->learning_rate[i] = NAN;
  for (size_t i = s->standing->snapshot; i < j->snapshots; ++i)
    memcpy(j->theta + i * size, s->theta, size * sizeof *j->theta);
}

static iclgd_status show_so_far(session *s, iclgd_error *err);

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* A checkpoint where one is due, or the run is to end. A search begins anew, so
 * of it only the runs that are over are kept. That it cannot be written is no
 * reason to lose the training; the file says it, and the message of a run that
 * is stopped. */
static void keep(session *s, bool at_once) {
  const double every = iclgd_get_real(s->job->settings, "checkpoint.seconds");
  const double now = seconds_now();
  if (s->standing->state_size == 0 && s->standing->done == 0) return;
  if (!at_once && (every == 0 || now - *s->kept < every)) return;
  s->standing->trainer = s->trainer;
  iclgd_checkpoint_keep(s->job, s->standing);
  *s->kept = seconds_now();
}

/* A row of the step's losses. */
static iclgd_status add_row(session *s, const iclgd_train_report *report) {
  iclgd_journal *j = s->journal;
  const size_t row = s->standing->row++;
  TRY(iclgd_held_out_loss(&s->model, s->theta, &s->job->held_out.source, 0,
                          s->job->held_out.count, s->job->pool,
                          s->job->options->team, &j->loss_eval[row], s->err));
  j->loss[row] = report->loss;
  j->grad_norm[row] = report->grad_norm;
  j->learning_rate[row] = report->learning_rate;
  return show_so_far(s, s->err);
}

/* A row and a snapshot of the steps that are due, before their update. */
static iclgd_status watch(void *context, const iclgd_train_report *report) {
  session *s = context;
  iclgd_journal *j = s->journal;
  iclgd_standing *at = s->standing;
  const size_t size = s->model.size;
  if (at->snapshot < j->snapshots &&
      j->snapshot_step[at->snapshot] == report->step)
    memcpy(j->theta + at->snapshot++ * size, s->theta, size * sizeof *j->theta);
  if (at->row < j->rows && j->step[at->row] == report->step)
    TRY(add_row(s, report));
  s->last = report->step;
  s->progress.done = report->step;
  s->progress.loss = report->loss;
  const iclgd_status status =
      iclgd_report_progress(s->job, s->progress, s->err);
  if (status && status != ICLGD_STOPPED) return status;
  keep(s, status == ICLGD_STOPPED);
  return status;
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

/* Everything of the training under way that outlives a session. */
typedef struct training {
  iclgd_journal first, other; /* of the first training run, of the others */
  iclgd_training_runs runs;
  iclgd_standing standing;
  bool goes_on; /* the next run begins at `standing` */
  double kept;  /* when a checkpoint was last written */
} training;

/* To the end of the training run, from its first step or where it stood. */
static iclgd_status train_session(training *t, session *s, iclgd_error *err) {
  iclgd_standing *at = &t->standing;
  if (t->goes_on && at->state_size > 0) {
    if (at->state_size != iclgd_trainer_state_size(s->trainer))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/checkpoint/trainer: expected %zu numbers, "
                        "found %zu",
                        iclgd_source_path(s->job->checkpoint),
                        iclgd_trainer_state_size(s->trainer), at->state_size);
    TRY(iclgd_trainer_restore(s->trainer, at->state, err));
  } else {
    at->row = at->snapshot = 0;
  }
  t->goes_on = false;
  at->state_size = iclgd_trainer_state_size(s->trainer);
  return run_session(s, err);
}

/* What a run that is over says of its training run. */
static void conclude(training *t, const session *s, size_t run) {
  const iclgd_journal *j = s->journal;
  const size_t size = s->model.size;
  iclgd_training_runs *runs = &t->runs;
  runs->seed[run] = iclgd_get_int(s->job->settings, "seed") + (int64_t)run;
  runs->diverged_at[run] = j->diverged_at;
  runs->final_loss[run] = j->loss_eval[j->rows - 1];
  memcpy(runs->loss + run * j->rows, j->loss_eval,
         j->rows * sizeof *runs->loss);
  memcpy(runs->theta + run * size, s->theta, size * sizeof *runs->theta);
  t->standing.done = run + 1;
  t->standing.state_size = 0;
}

/* Arrays as large as the model, and what a checkpoint says. */
static iclgd_status make_room(training *t, iclgd_job *job, size_t size,
                              iclgd_error *err) {
  const size_t runs = t->runs.runs;
  iclgd_journal *first = &t->first;
  first->theta = iclgd_arena_reals(&job->arena, first->snapshots, size, 1);
  if (!first->theta) return iclgd_fail_memory(err, "the snapshots");
  TRY(iclgd_training_runs_create(&job->arena, first->rows, size, &t->runs,
                                 err));
  t->standing = (iclgd_standing){
      .first = first, .current = first, .runs = &t->runs, .size = size};
  if (!iclgd_checkpoint_is_found(job)) {
    iclgd_checkpoint_remove(job); /* it begins anew */
    return ICLGD_OK;
  }
  t->standing.current = runs > 1 ? &t->other : first;
  TRY(iclgd_checkpoint_read(job, &t->standing, err));
  t->goes_on = job->is_kept = true;
  return ICLGD_OK;
}

/* One training run: done, unless the checkpoint has its end. */
static iclgd_status train_one(training *t, iclgd_job *job, size_t run,
                              session *s, iclgd_error *err) {
  *s = (session){
      .job = job,
      .standing = &t->standing,
      .kept = &t->kept,
      .journal = run == 0 ? &t->first : &t->other,
      .progress = {.phase = "training",
                   .prompts = iclgd_get_size(job->settings, "train.batch"),
                   .run = run,
                   .runs = t->runs.runs,
                   .total = iclgd_get_size(job->settings, "train.steps")}};
  const uint64_t seed = (uint64_t)iclgd_get_int(job->settings, "seed") + run;
  TRY(open_session(s, seed, err));
  iclgd_status status =
      run == 0 ? make_room(t, job, s->model.size, err) : ICLGD_OK;
  t->standing.current = s->journal;
  if (!status && run < t->standing.done) {
    s->journal->diverged_at = t->runs.diverged_at[run];
    memcpy(s->theta, t->runs.theta + run * s->model.size,
           s->model.size * sizeof *s->theta);
  } else if (!status) {
    iclgd_team_announce(job->options->team, ICLGD_TEAM_RUN, run);
    status = train_session(t, s, err);
    if (!status) conclude(t, s, run);
  }
  iclgd_trainer_free(s->trainer);
  return status;
}

/* What is known of a training run that is under way. */
static iclgd_status write_so_far(iclgd_job *job, void *context,
                                 iclgd_error *err) {
  const session *s = context;
  iclgd_journal part = *s->journal;
  part.rows = s->standing->row;
  part.snapshots = s->standing->snapshot;
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
  const size_t row = s->standing->row;
  if (row > 1 && row < s->journal->rows && now.tv_sec == s->shown)
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

/* The model of the first run, in the file and for the probes. */
static iclgd_status keep_first(training *t, iclgd_job *job, const session *s,
                               iclgd_error *err) {
  const iclgd_journal *j = &t->first;
  job->model = s->model;
  job->theta = s->theta;
  TRY(iclgd_journal_write(job->record, j, err));
  TRY(iclgd_journal_write_snapshots(job, j, &job->model, err));
  job->history.snapshots = j->snapshots;
  job->history.step = j->snapshot_out;
  job->history.theta = j->theta;
  if (!job->options->watchable) return ICLGD_OK;
  return iclgd_show_live_file(job, write_trained, &t->first, err);
}

/* Training that took long is not done again because probing was killed; what
 * was short is kept should the run be stopped (job->to_keep). */
static void keep_trained(training *t, iclgd_job *job, double begun) {
  enum { LONG = 1 }; /* seconds */
  const double every = iclgd_get_real(job->settings, "checkpoint.seconds");
  const double took = seconds_now() - begun;
  job->to_keep = &t->standing;
  if (every == 0 || took < (every < LONG ? every : LONG)) return;
  iclgd_checkpoint_keep(job, &t->standing);
  job->to_keep = NULL;
}

/* What the leader calls for, once there is a training run to do it in. */
static iclgd_status obey(session *s, iclgd_team_call call, iclgd_error *err) {
  iclgd_job *job = s->job;
  double unused;
  if (call.work == ICLGD_TEAM_RUN) {
    iclgd_trainer_free(s->trainer);
    s->trainer = NULL;
    const uint64_t seed = (uint64_t)iclgd_get_int(job->settings, "seed");
    return open_session(s, seed + call.number, err);
  }
  assert(s->trainer);
  if (call.work == ICLGD_TEAM_STEP)
    return iclgd_trainer_follow(s->trainer, call.number, err);
  return iclgd_held_out_loss(&s->model, s->theta, &job->held_out.source, 0,
                             job->held_out.count, job->pool, job->options->team,
                             &unused, err);
}

iclgd_status iclgd_stage_follow(iclgd_job *job, iclgd_error *err) {
  session s = {.job = job};
  iclgd_status status = ICLGD_OK;
  while (!status) {
    const iclgd_team_call call = iclgd_team_await(job->options->team);
    if (call.work == ICLGD_TEAM_END) break;
    status = obey(&s, call, err);
  }
  iclgd_trainer_free(s.trainer);
  return status;
}

/* All training runs. */
static iclgd_status train_all(training *t, iclgd_job *job, session *s,
                              iclgd_error *err) {
  const double begun = seconds_now();
  *t = (training){.kept = begun,
                  .runs = {.runs = iclgd_get_size(job->settings, "seeds")}};
  TRY(iclgd_journal_create(job->settings, &job->arena, &t->first, err));
  TRY(iclgd_journal_create(job->settings, &job->arena, &t->other, err));
  t->other.snapshots = 0; /* the file has those of the first */
  for (size_t run = 0; run < t->runs.runs; ++run) {
    TRY(train_one(t, job, run, s, err));
    if (run == 0) TRY(keep_first(t, job, s, err));
    job->diverged |= t->runs.diverged_at[run] >= 0;
  }
  iclgd_team_announce(job->options->team, ICLGD_TEAM_END, 0);
  keep_trained(t, job, begun);
  return ICLGD_OK;
}

iclgd_status iclgd_stage_train(iclgd_job *job, iclgd_error *err) {
  training *t = iclgd_arena_take(&job->arena, 1, sizeof *t);
  session s;
  if (!t) return iclgd_fail_memory(err, "the training");
  TRY(train_all(t, job, &s, err));
  TRY(iclgd_checkpoint_note(job, err));
  TRY(iclgd_training_runs_write(job, &t->first, &t->runs, &s.model, err));
  job->history.runs = t->runs.runs;
  job->history.seed = t->runs.seed;
  job->history.finals = t->runs.theta;
  return iclgd_write_model(job, err);
}
