/* iclgd/run.h - the pipeline: prompts -> training -> probes -> one file.
 *
 * Each stage reads what stands left of it and writes its own groups; a stage
 * can also take its input from a file, ours or one made elsewhere with the same
 * groups (docs/data-from-elsewhere.md).
 */
#ifndef ICLGD_RUN_H
#define ICLGD_RUN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "iclgd/architecture.h"
#include "iclgd/rng.h"
#include "iclgd/settings.h"
#include "iclgd/status.h"
#include "iclgd/team.h"

/* The version of the library, "0.1.0". */
const char *iclgd_version(void);

typedef enum iclgd_stages {
  ICLGD_STAGE_GENERATE = 1, /* write prompts */
  ICLGD_STAGE_TRAIN = 2,
  ICLGD_STAGE_PROBE = 4, /* with the prompts that were probed */
  ICLGD_STAGE_ALL = ICLGD_STAGE_TRAIN | ICLGD_STAGE_PROBE
} iclgd_stages;

/* Where a run stands, for a progress line. */
typedef struct iclgd_progress {
  const char *phase; /* "training", "probing" */
  size_t run, runs;  /* training run of the seeds, from 0 */
  size_t done, total;
  size_t prompts; /* behind one of `done`; 0: it does not count prompts */
  double loss;    /* of the last batch; NaN outside training */
} iclgd_progress;

typedef struct iclgd_run_options {
  const char *output;   /* the file to write */
  bool force;           /* replace an existing file */
  bool resume;          /* go on from a checkpoint of the same settings, where
                           there is one; an output that is whole is left */
  bool reproducible;    /* no date in the file */
  bool watchable;       /* `output` is there from the start of training, whole
                           at any time, with what is known of the first seed:
                           configuration, training, snapshots */
  const char *prompts;  /* file to take prompts from, or NULL */
  bool check_causality; /* with prompts that are generated: labels of which
                           the last is changed */
  const char *model;    /* file to take the model from instead of training, */
  const char *step; /* not its final weights but those after this step, or */
  const char *seed_run; /* those of this of its training runs, from 1; or NULL
                         */
  /* File with what a model elsewhere predicts on the prompts of `prompts`, to
   * be probed in the place of a model (docs/bring-your-own.md); or NULL. */
  const char *trajectories;
  iclgd_stream_id stream; /* of prompts that are generated */
  /* An architecture of the caller's, which model.architecture then names; NULL:
   * one of the table. */
  const iclgd_architecture *architecture;
  /* Processes that share the training, each with its own call of iclgd_run, of
   * the same settings, stages and options. The leader alone writes, probes and
   * heeds `stop`; a follower returns when the leader has trained. The leader
   * calls the end when training is over; where it fails before, that is left to
   * the owner of the team. NULL: this process alone. */
  iclgd_team *team;
  /* Set asynchronously to end at the next step with ICLGD_STOPPED; or NULL. */
  const volatile sig_atomic_t *stop;
  /* Called every step and every block of prompts; or NULL. */
  void (*progress)(void *context, const iclgd_progress *progress);
  void *context;
} iclgd_run_options;

/* Run the stages and write the file. ICLGD_DIVERGED: training diverged; the
 * file is complete and says so. On failure or ICLGD_STOPPED no file is left,
 * but the last of a watchable run and, of a training, OUTPUT.checkpoint
 * (`checkpoint.seconds`), from which the same run goes on with `resume` and
 * ends in the same numbers. ICLGD_EUSAGE: one stands there, and neither
 * `resume` nor `force` was said; or the settings are others. */
iclgd_status iclgd_run(const iclgd_settings *settings, unsigned stages,
                       const iclgd_run_options *options, iclgd_error *err);

/* The settings that a run was made with, so that it can be made again: they
 * count as defaults. ICLGD_EINPUT when the file has none. */
iclgd_status iclgd_settings_of_run(iclgd_settings *settings, const char *path,
                                   iclgd_error *err);

/* The settings a file of ours was made with: its resolved text on top of the
 * defaults. A file without /entry/config leaves the settings alone. Paths in
 * that text are not opened unasked: prompts from such a table or covariance are
 * refused until its key is set again, or accepted. */
iclgd_status iclgd_settings_from_file(iclgd_settings *settings,
                                      const char *path, iclgd_error *err);

/* The same to probe the file's model: the keys prompt.* are those it was
 * trained with, whatever the file was probed with. Where the file says which
 * table that was (its hash), the table is accepted. */
iclgd_status iclgd_settings_from_model(iclgd_settings *settings,
                                       const char *path, iclgd_error *err);

#endif /* ICLGD_RUN_H */
