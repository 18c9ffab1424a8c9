/* /entry/training, /entry/snapshots and /entry/seeds. */
#include "run/training_journal.h"

#include <stdio.h>
#include <unistd.h>

static const iclgd_group groups[] = {
    GROUP_PLOT_ON(
        "training", "loss", "step", "log log", "training",
        "of the first seed, at log-spaced steps; NaN after a divergence; "
        "attribute `checkpoints` where some could not be written: how many, "
        "and why"),
    GROUP("snapshots", "weights over training",
          "of the first seed, at log-spaced steps"),
    GROUP_PLOT("seeds", "final_loss", "seed", "training runs",
               "held-out loss and final weights of every training run: one law "
               "(with its pool, rotation and split), one set of held-out "
               "prompts, training prompts and initial weights by seed; then "
               "every final model on the prompts that are probed"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("training/step", "step", "training step",
             "updates done before the row was taken"),
    DATA_REAL("training/loss", "step", "training loss",
              "loss of the step's batch: mean squared error (no 1/2), averaged "
              "over the last T loops of those that run at the step, and over "
              "all context lengths where train.loss is prefixes; linear "
              "beyond train.guard"),
    DATA_REAL("training/loss_eval", "step", "held-out loss",
              "mean squared error of the last layer on held-out prompts"),
    DATA_REAL("training/grad_norm", "step", "gradient norm",
              "over all parameters, before clipping"),
    DATA_REAL("training/learning_rate", "step", "learning rate", "of the step"),
    DATA_INT("snapshots/step", "snapshot", "training step",
             "updates done before the snapshot"),
    DATA_INT("seeds/seed", "seed", "seed", "of the training run"),
    DATA_INT("seeds/step", "step", "training step",
             "updates done before the column was taken"),
    DATA_REAL("seeds/loss", "seed,step", "held-out loss",
              "mean squared error of the last layer on held-out prompts"),
    DATA_REAL("seeds/final_loss", "seed", "final held-out loss",
              "the last column of `loss`: of prompts that are held out in "
              "training, other ones than those that are probed, so that only "
              "the losses of seeds may be compared; beside algorithms stand "
              "probe_loss and ratio_to_gd"),
    DATA_REAL(
        "seeds/probe_loss", "seed", "loss on the probed prompts",
        "of the last layer of every run's final model: the mean risk where it "
        "is known, else the mean squared error; attributes: `mean` over seeds, "
        "`spread` (their standard deviation), `standard_error` = spread / "
        "sqrt(seeds_counted), without losses that are not finite"),
    DATA_REAL("seeds/probe_loss_errors", "seed", "standard error",
              "of probe_loss over prompts; all seeds share the prompts"),
    DATA_REAL("seeds/ratio_to_gd", "seed", "loss over that of gradient descent",
              "probe_loss over the loss of gradient descent after as many "
              "steps on the same prompts; attributes as of probe_loss"),
    DATA_REAL("seeds/ratio_to_gd_errors", "seed", "standard error",
              "of ratio_to_gd over prompts, which are paired"),
    DATA_INT("seeds/diverged_at", "seed", "step of divergence",
             "-1 where the training run did not diverge"),
};

const iclgd_schema iclgd_training_schema = SCHEMA(groups, datasets);

iclgd_status iclgd_journal_create(const iclgd_settings *s, iclgd_arena *arena,
                                  iclgd_journal *j, iclgd_error *err) {
  const size_t steps = iclgd_get_size(s, "train.steps");
  const size_t rows = iclgd_get_size(s, "train.log_points");
  const size_t snapshots = iclgd_get_size(s, "train.snapshots");
  *j = (iclgd_journal){
      .step = iclgd_arena_take(arena, rows, sizeof *j->step),
      .snapshot_step = iclgd_arena_take(arena, snapshots, sizeof *j->step),
      .step_out = iclgd_arena_take(arena, rows, sizeof *j->step_out),
      .snapshot_out = iclgd_arena_take(arena, snapshots, sizeof *j->step_out),
      .loss = iclgd_arena_reals(arena, rows, 1, 1),
      .loss_eval = iclgd_arena_reals(arena, rows, 1, 1),
      .grad_norm = iclgd_arena_reals(arena, rows, 1, 1),
      .learning_rate = iclgd_arena_reals(arena, rows, 1, 1),
  };
  TRY(iclgd_arena_status(arena, err, "the training record"));
  j->rows = iclgd_log_steps(steps, rows, j->step);
  j->snapshots = iclgd_log_steps(steps, snapshots, j->snapshot_step);
  for (size_t i = 0; i < j->rows; ++i) j->step_out[i] = (int64_t)j->step[i];
  for (size_t i = 0; i < j->snapshots; ++i)
    j->snapshot_out[i] = (int64_t)j->snapshot_step[i];
  return ICLGD_OK;
}

iclgd_status iclgd_journal_write(iclgd_record *r, const iclgd_journal *j,
                                 iclgd_error *err) {
  static const char *const others[] = {"loss_eval"};
  const iclgd_member columns[] = {
      {"step", &j->rows, j->step_out},
      {"loss", &j->rows, j->loss},
      {"loss_eval", &j->rows, j->loss_eval},
      {"grad_norm", &j->rows, j->grad_norm},
      {"learning_rate", &j->rows, j->learning_rate}};
  iclgd_record_put_all(r, "training", columns, 5, err);
  iclgd_record_attr_texts(r, "training", "auxiliary_signals", others, 1, err);
  return iclgd_record_attr_int(r, "training", "diverged_at", j->diverged_at,
                               err);
}

iclgd_status iclgd_journal_write_snapshots(iclgd_job *job,
                                           const iclgd_journal *j,
                                           const iclgd_model *model,
                                           iclgd_error *err) {
  iclgd_record_write(job->record, "snapshots/step", &j->snapshots,
                     j->snapshot_out, err);
  return iclgd_write_parameters(job, "snapshots", model, j->theta, j->snapshots,
                                err);
}

iclgd_status iclgd_journal_write_plan(iclgd_job *job, iclgd_error *err) {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  iclgd_record *r = job->record;
  iclgd_record_attr_int(r, "training", "planned_steps",
                        iclgd_get_int(job->settings, "train.steps"), err);
  iclgd_record_attr_int(r, "training", "writer_process", getpid(), err);
  return iclgd_record_attr_text(r, "training", "writer_host", host, err);
}

iclgd_status iclgd_training_runs_create(iclgd_arena *arena, size_t rows,
                                        size_t size, iclgd_training_runs *h,
                                        iclgd_error *err) {
  h->seed = iclgd_arena_take(arena, h->runs, sizeof *h->seed);
  h->diverged_at = iclgd_arena_take(arena, h->runs, sizeof *h->diverged_at);
  h->loss = iclgd_arena_reals(arena, h->runs, rows, 1);
  h->final_loss = iclgd_arena_reals(arena, h->runs, 1, 1);
  h->theta = iclgd_arena_reals(arena, h->runs, size, 1);
  return iclgd_arena_status(arena, err, "the training runs");
}

iclgd_status iclgd_training_runs_write(iclgd_job *job, const iclgd_journal *j,
                                       const iclgd_training_runs *h,
                                       const iclgd_model *model,
                                       iclgd_error *err) {
  iclgd_record *r = job->record;
  const size_t loss[] = {h->runs, j->rows};
  iclgd_record_write(r, "seeds/seed", &h->runs, h->seed, err);
  iclgd_record_write(r, "seeds/step", &j->rows, j->step_out, err);
  iclgd_record_write(r, "seeds/loss", loss, h->loss, err);
  iclgd_record_write(r, "seeds/final_loss", &h->runs, h->final_loss, err);
  iclgd_record_write(r, "seeds/diverged_at", &h->runs, h->diverged_at, err);
  return iclgd_write_parameters(job, "seeds", model, h->theta, h->runs, err);
}

bool iclgd_training_diverged(const iclgd_source *source) {
  static const char path[] = "seeds/diverged_at";
  iclgd_arena arena = {0};
  iclgd_error unused;
  size_t runs = 0;
  int64_t *at = NULL;
  bool any = false;
  if (iclgd_source_has(source, path) &&
      !iclgd_source_ints(source, path, 1, &runs, &arena, &at, &unused))
    for (size_t i = 0; i < runs; ++i) any |= at[i] >= 0;
  iclgd_arena_free(&arena);
  return any;
}
