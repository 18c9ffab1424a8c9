/* What training leaves in the file: losses at log-spaced steps, weights at
 * fewer of them, and the end of every run. */
#ifndef ICLGD_RUN_TRAINING_JOURNAL_H
#define ICLGD_RUN_TRAINING_JOURNAL_H

#include "run/stages.h"

/* What one training run leaves; arrays of the job's arena. */
typedef struct iclgd_journal {
  size_t rows, snapshots;
  size_t *step, *snapshot_step;
  int64_t *step_out, *snapshot_out;
  double *loss, *loss_eval, *grad_norm, *learning_rate; /* (rows) */
  double *theta;                                        /* (snapshots, size) */
  int64_t diverged_at;
} iclgd_journal;

/* With room for what the settings ask for; theta is left to the first model. */
iclgd_status iclgd_journal_create(const iclgd_settings *settings,
                                  iclgd_arena *arena, iclgd_journal *out,
                                  iclgd_error *err);

/* /entry/training and /entry/snapshots. */
iclgd_status iclgd_journal_write(iclgd_record *record,
                                 const iclgd_journal *journal,
                                 iclgd_error *err);
iclgd_status iclgd_journal_write_snapshots(iclgd_job *job,
                                           const iclgd_journal *journal,
                                           const iclgd_model *model,
                                           iclgd_error *err);

/* What tells the file of a run that is under way: the steps that are planned,
 * the process and the machine. */
iclgd_status iclgd_journal_write_plan(iclgd_job *job, iclgd_error *err);

/* Results of all seeds; arrays of the job's arena. */
typedef struct iclgd_training_runs {
  size_t runs;
  int64_t *seed, *diverged_at;
  double *loss, *final_loss, *theta; /* (runs, rows), (runs), (runs, size) */
} iclgd_training_runs;

/* Room for `runs`, which is set, of `rows` losses and `size` weights each. */
iclgd_status iclgd_training_runs_create(iclgd_arena *arena, size_t rows,
                                        size_t size, iclgd_training_runs *runs,
                                        iclgd_error *err);

/* /entry/seeds; the steps of all runs are those of the journal. */
iclgd_status iclgd_training_runs_write(iclgd_job *job,
                                       const iclgd_journal *journal,
                                       const iclgd_training_runs *runs,
                                       const iclgd_model *model,
                                       iclgd_error *err);

/* Whether a training run of a file diverged. */
bool iclgd_training_diverged(const iclgd_source *source);

#endif /* ICLGD_RUN_TRAINING_JOURNAL_H */
