/* The train stage: for every seed a model is trained; the first is kept.
 * Losses are recorded at log-spaced steps, parameters at fewer of them. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "run/stages.h"

static const iclgd_group groups[] = {
    {"training", "NXdata", "loss", "step", "log log", "training",
     "of the first seed, at log-spaced steps; NaN after a divergence"},
    {"snapshots", "NXcollection", "", "", "", "weights over training",
     "of the first seed, at log-spaced steps"},
    {"seeds", "NXdata", "final_loss", "seed", "", "training runs",
     "held-out loss and final weights of every training run: one law, one set "
     "of "
     "held-out prompts, training prompts and initial weights by seed"},
};

#define SNAPSHOT(name)                                              \
  {                                                                 \
    "snapshots/" name, ICLGD_F64, "snapshot,layer,row,column", "1", \
        name " over training",                                      \
        "as /entry/model/" name ", at the steps of `step`"          \
  }
#define FINAL(name)                                                        \
  {                                                                        \
    "seeds/" name, ICLGD_F64, "seed,layer,row,column", "1", "final " name, \
        "as /entry/model/" name ", for every training run"                 \
  }

static const iclgd_dataset datasets[] = {
    {"training/step", ICLGD_I64, "step", "1", "training step",
     "updates done before the row was taken"},
    {"training/loss", ICLGD_F64, "step", "1", "training loss",
     "loss of the step's batch: mean squared error (no 1/2), averaged over the "
     "last T loops of those that run at the step; linear beyond train.guard"},
    {"training/loss_eval", ICLGD_F64, "step", "1", "held-out loss",
     "mean squared error of the last layer on held-out prompts"},
    {"training/grad_norm", ICLGD_F64, "step", "1", "gradient norm",
     "over all parameters, before clipping"},
    {"training/learning_rate", ICLGD_F64, "step", "1", "learning rate",
     "of the step"},
    {"snapshots/step", ICLGD_I64, "snapshot", "1", "training step",
     "updates done before the snapshot"},
    SNAPSHOT("A"),
    SNAPSHOT("B"),
    SNAPSHOT("P"),
    SNAPSHOT("Q"),
    {"seeds/seed", ICLGD_I64, "seed", "1", "seed", "of the training run"},
    {"seeds/step", ICLGD_I64, "step", "1", "training step",
     "updates done before the column was taken"},
    {"seeds/loss", ICLGD_F64, "seed,step", "1", "held-out loss",
     "mean squared error of the last layer on held-out prompts"},
    {"seeds/final_loss", ICLGD_F64, "seed", "1", "final held-out loss",
     "the last column of `loss`"},
    {"seeds/diverged_at", ICLGD_I64, "seed", "1", "step of divergence",
     "-1 where the training run did not diverge"},
    FINAL("A"),
    FINAL("B"),
    FINAL("P"),
    FINAL("Q"),
};

const iclgd_schema iclgd_training_schema = {
    groups, sizeof groups / sizeof *groups, datasets,
    sizeof datasets / sizeof *datasets};

/* What one training run leaves; arrays of the job's arena. */
typedef struct journal {
  size_t rows, snapshots, layers;
  size_t *step, *snapshot_step;
  int64_t *step_out, *snapshot_out;
  double *loss, *loss_eval, *grad_norm, *learning_rate; /* (rows) */
  double *theta;                                        /* (snapshots, size) */
  int64_t diverged_at;
} journal;

static iclgd_status create_journal(iclgd_job *job, journal *j,
                                   iclgd_error *err) {
  const iclgd_settings *s = job->settings;
  const size_t steps = iclgd_get_size(s, "train.steps");
  const size_t rows = iclgd_get_size(s, "train.log_points");
  const size_t snapshots = iclgd_get_size(s, "train.snapshots");
  iclgd_arena *arena = &job->arena;
  *j = (journal){
      .step = iclgd_arena_take(arena, rows, sizeof *j->step),
      .snapshot_step = iclgd_arena_take(arena, snapshots, sizeof *j->step),
      .step_out = iclgd_arena_take(arena, rows, sizeof *j->step_out),
      .snapshot_out = iclgd_arena_take(arena, snapshots, sizeof *j->step_out),
      .loss = iclgd_arena_reals(arena, rows, 1, 1),
      .loss_eval = iclgd_arena_reals(arena, rows, 1, 1),
      .grad_norm = iclgd_arena_reals(arena, rows, 1, 1),
      .learning_rate = iclgd_arena_reals(arena, rows, 1, 1),
  };
  if (!j->step || !j->snapshot_step || !j->step_out || !j->snapshot_out ||
      !j->loss || !j->loss_eval || !j->grad_norm || !j->learning_rate)
    return iclgd_fail_memory(err, "the training record");
  j->rows = iclgd_log_steps(steps, rows, j->step);
  j->snapshots = iclgd_log_steps(steps, snapshots, j->snapshot_step);
  for (size_t i = 0; i < j->rows; ++i) j->step_out[i] = (int64_t)j->step[i];
  for (size_t i = 0; i < j->snapshots; ++i)
    j->snapshot_out[i] = (int64_t)j->snapshot_step[i];
  return ICLGD_OK;
}

/* One training run: its law, its model and where its prompts come from. */
typedef struct session {
  iclgd_job *job;
  iclgd_model model;
  iclgd_distribution law;
  iclgd_supply supply, eval;
  iclgd_prompts train_part, eval_part; /* of given prompts */
  size_t eval_prompts;
  iclgd_trainer *trainer;
  journal *journal;
  size_t row, snapshot; /* the next of the journal */
  size_t last;          /* step that was watched */
  time_t shown;         /* second in which a file was last shown */
  iclgd_progress progress;
  iclgd_error *err;
} session;

/* Of prompts from a file the last tenth is held out. */
static void split_given(session *s) {
  const iclgd_prompts *given = &s->job->to_train;
  const size_t held = given->count >= 20 ? given->count / 10 : 1;
  const size_t kept = given->count - held;
  s->train_part = iclgd_prompts_part(given, 0, kept);
  s->eval_part = iclgd_prompts_part(given, kept, held);
  s->supply = (iclgd_supply){.fixed = &s->train_part};
  s->eval = (iclgd_supply){.fixed = &s->eval_part};
  s->eval_prompts = held;
}

static iclgd_status open_session(session *s, uint64_t seed, iclgd_error *err) {
  iclgd_job *job = s->job;
  iclgd_status status = iclgd_model_from_settings(job->settings, job->d, seed,
                                                  &job->arena, &s->model, err);
  if (status) return status;
  if (job->has_given) {
    split_given(s);
  } else {
    s->law = job->law; /* one law for all seeds, prompts of their own */
    s->law.seed = seed;
    s->supply = (iclgd_supply){.dist = &s->law, .stream = ICLGD_STREAM_TRAIN};
    s->eval = (iclgd_supply){.dist = &job->law, .stream = ICLGD_STREAM_EVAL};
    s->eval_prompts = iclgd_get_size(job->settings, "train.eval_prompts");
  }
  status = iclgd_distribution_use_sampler(job->settings, &job->arena,
                                          job->has_given ? NULL : &s->law, err);
  if (status) return status;
  const iclgd_train_options options = iclgd_train_options_from(job->settings);
  return iclgd_trainer_create(&options, &s->model, &s->supply, job->pool,
                              &s->trainer, err);
}

/* NaN from `row` on, the last weights as every later snapshot. */
static void fill_after_divergence(session *s, size_t row, size_t snapshot) {
  journal *j = s->journal;
  const size_t size = iclgd_model_size(&s->model);
  for (size_t i = row; i < j->rows; ++i)
    j->loss[i] = j->loss_eval[i] = j->grad_norm[i] = j->learning_rate[i] = NAN;
  for (size_t i = snapshot; i < j->snapshots; ++i)
    memcpy(j->theta + i * size, s->model.theta, size * sizeof *j->theta);
}

static iclgd_status show_so_far(session *s, iclgd_error *err);

/* A row and a snapshot of the steps that are due, before their update. */
static iclgd_status watch(void *context, const iclgd_train_report *report) {
  session *s = context;
  journal *j = s->journal;
  const size_t size = iclgd_model_size(&s->model);
  if (s->snapshot < j->snapshots &&
      j->snapshot_step[s->snapshot] == report->step)
    memcpy(j->theta + s->snapshot++ * size, s->model.theta,
           size * sizeof *j->theta);
  if (s->row < j->rows && j->step[s->row] == report->step) {
    const size_t row = s->row++;
    iclgd_status status =
        iclgd_held_out_loss(&s->model, &s->eval, 0, s->eval_prompts,
                            s->job->pool, &j->loss_eval[row], s->err);
    j->loss[row] = report->loss;
    j->grad_norm[row] = report->grad_norm;
    j->learning_rate[row] = report->learning_rate;
    if (!status) status = show_so_far(s, s->err);
    if (status) return status;
  }
  s->last = report->step;
  s->progress.done = report->step;
  s->progress.loss = report->loss;
  return iclgd_report_progress(s->job, s->progress, s->err);
}

static iclgd_status run_session(session *s, iclgd_error *err) {
  journal *j = s->journal;
  s->err = err;
  j->diverged_at = -1;
  const iclgd_status status = iclgd_trainer_run(s->trainer, watch, s, err);
  if (status != ICLGD_DIVERGED) return status;
  j->diverged_at = (int64_t)s->last;
  fill_after_divergence(s, s->row, s->snapshot);
  return ICLGD_OK;
}

static iclgd_status train_one(iclgd_job *job, size_t run, size_t runs,
                              journal *j, iclgd_model *out, iclgd_error *err) {
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
  const size_t size = iclgd_model_size(&s.model);
  j->layers = s.model.layers;
  if (!j->theta)
    j->theta = iclgd_arena_reals(&job->arena, j->snapshots, size, 1);
  status =
      j->theta ? run_session(&s, err) : iclgd_fail_memory(err, "the snapshots");
  iclgd_trainer_free(s.trainer);
  *out = s.model;
  return status;
}

static iclgd_status write_training(iclgd_job *job, const journal *j,
                                   iclgd_error *err) {
  iclgd_record *r = job->record;
  const size_t rows = j->rows;
  iclgd_status status =
      iclgd_record_write(r, "training/step", &rows, j->step_out, err);
  if (!status)
    status = iclgd_record_write(r, "training/loss", &rows, j->loss, err);
  if (!status)
    status =
        iclgd_record_write(r, "training/loss_eval", &rows, j->loss_eval, err);
  if (!status)
    status =
        iclgd_record_write(r, "training/grad_norm", &rows, j->grad_norm, err);
  if (!status)
    status = iclgd_record_write(r, "training/learning_rate", &rows,
                                j->learning_rate, err);
  static const char *const others[] = {"loss_eval"};
  if (!status)
    status = iclgd_record_attr_texts(r, "training", "auxiliary_signals", others,
                                     1, err);
  if (!status)
    status = iclgd_record_attr_int(r, "training", "diverged_at", j->diverged_at,
                                   err);
  return status;
}

/* Every exported array of `count` parameter vectors theta[i] as
 * GROUP/NAME (count, layer, row, column). */
static iclgd_status write_arrays(iclgd_job *job, const char *group,
                                 const iclgd_model *model, double *theta,
                                 size_t count, iclgd_error *err) {
  const iclgd_export arrays = iclgd_model_export(model);
  const size_t area = arrays.side * arrays.side, layers = model->layers;
  const size_t size = iclgd_model_size(model);
  const size_t extents[] = {count, layers, arrays.side, arrays.side};
  double *out = iclgd_arena_reals(&job->arena, count, layers, area);
  if (!out) return iclgd_fail_memory(err, group);
  iclgd_status status = ICLGD_OK;
  for (size_t k = 0; !status && k < arrays.count; ++k) {
    char path[64];
    snprintf(path, sizeof path, "%s/%s", group, arrays.names[k]);
    for (size_t i = 0; i < count; ++i)
      for (size_t l = 0; l < layers; ++l)
        iclgd_model_export_array(model, theta + i * size, k, l,
                                 out + (i * layers + l) * area);
    status = iclgd_record_write(job->record, path, extents, out, err);
  }
  return status;
}

static iclgd_status write_snapshots(iclgd_job *job, const journal *j,
                                    const iclgd_model *model,
                                    iclgd_error *err) {
  const iclgd_status status = iclgd_record_write(
      job->record, "snapshots/step", &j->snapshots, j->snapshot_out, err);
  if (status) return status;
  return write_arrays(job, "snapshots", model, j->theta, j->snapshots, err);
}

/* What is known of a training run that is under way. */
static iclgd_status write_so_far(iclgd_job *job, void *context,
                                 iclgd_error *err) {
  const session *s = context;
  journal part = *s->journal;
  part.rows = s->row;
  part.snapshots = s->snapshot;
  iclgd_status status = write_training(job, &part, err);
  if (!status)
    status = iclgd_record_attr_int(job->record, "training", "planned_steps",
                                   (int64_t)s->progress.total, err);
  return status ? status : write_snapshots(job, &part, &s->model, err);
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
  return iclgd_show_interim(s->job, write_so_far, s, err);
}

/* Results of all seeds; arrays of the job's arena. */
typedef struct harvest {
  size_t runs;
  int64_t *seed, *diverged_at;
  double *loss, *final_loss, *theta; /* (runs, rows), (runs), (runs, size) */
} harvest;

static iclgd_status write_seeds(iclgd_job *job, const journal *j,
                                const harvest *h, const iclgd_model *model,
                                iclgd_error *err) {
  iclgd_record *r = job->record;
  const size_t loss[] = {h->runs, j->rows};
  iclgd_status status =
      iclgd_record_write(r, "seeds/seed", &h->runs, h->seed, err);
  if (!status)
    status = iclgd_record_write(r, "seeds/step", &j->rows, j->step_out, err);
  if (!status) status = iclgd_record_write(r, "seeds/loss", loss, h->loss, err);
  if (!status)
    status =
        iclgd_record_write(r, "seeds/final_loss", &h->runs, h->final_loss, err);
  if (!status)
    status = iclgd_record_write(r, "seeds/diverged_at", &h->runs,
                                h->diverged_at, err);
  return status ? status
                : write_arrays(job, "seeds", model, h->theta, h->runs, err);
}

static iclgd_status create_harvest(iclgd_job *job, size_t rows, size_t size,
                                   harvest *h, iclgd_error *err) {
  iclgd_arena *arena = &job->arena;
  h->seed = iclgd_arena_take(arena, h->runs, sizeof *h->seed);
  h->diverged_at = iclgd_arena_take(arena, h->runs, sizeof *h->diverged_at);
  h->loss = iclgd_arena_reals(arena, h->runs, rows, 1);
  h->final_loss = iclgd_arena_reals(arena, h->runs, 1, 1);
  h->theta = iclgd_arena_reals(arena, h->runs, size, 1);
  if (h->seed && h->diverged_at && h->loss && h->final_loss && h->theta)
    return ICLGD_OK;
  return iclgd_fail_memory(err, "the training runs");
}

/* The journal goes on to the next training run, the probes want the first. */
static iclgd_status keep_snapshots(iclgd_job *job, const journal *j,
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
  journal j;
  iclgd_model model;
  harvest h = {.runs = iclgd_get_size(job->settings, "seeds")};
  iclgd_status status = create_journal(job, &j, err);
  for (size_t run = 0; !status && run < h.runs; ++run) {
    status = train_one(job, run, h.runs, &j, &model, err);
    if (status) break;
    const size_t size = iclgd_model_size(&model);
    if (run == 0) {
      job->model = model;
      status = create_harvest(job, j.rows, size, &h, err);
      if (!status) status = write_training(job, &j, err);
      if (!status) status = write_snapshots(job, &j, &model, err);
      if (!status) status = keep_snapshots(job, &j, size, err);
      if (status) break;
    }
    job->diverged |= j.diverged_at >= 0;
    h.seed[run] = iclgd_get_int(job->settings, "seed") + (int64_t)run;
    h.diverged_at[run] = j.diverged_at;
    h.final_loss[run] = j.loss_eval[j.rows - 1];
    memcpy(h.loss + run * j.rows, j.loss_eval, j.rows * sizeof *h.loss);
    memcpy(h.theta + run * size, model.theta, size * sizeof *h.theta);
  }
  if (!status) status = write_seeds(job, &j, &h, &model, err);
  job->history.runs = h.runs;
  job->history.seed = h.seed;
  job->history.finals = h.theta;
  return status ? status : iclgd_write_model(job, err);
}
