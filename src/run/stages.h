/* The stages of a run and what they pass on. Each stage is one file, writes
 * its own groups and declares them in a schema of its own. */
#ifndef ICLGD_RUN_STAGES_H
#define ICLGD_RUN_STAGES_H

#include <iclgd/algorithm.h>
#include <iclgd/comparisons.h>
#include <iclgd/linear.h>
#include <iclgd/parallel.h>
#include <iclgd/path.h>
#include <iclgd/probe.h>
#include <iclgd/program.h>
#include <iclgd/prompt.h>
#include <iclgd/record.h>
#include <iclgd/run.h>
#include <iclgd/schemas.h>
#include <iclgd/table.h>
#include <iclgd/train.h>

/* What a table is told by: the names of its columns, and its numbers. */
typedef struct iclgd_table_identity {
  size_t d;
  const char *const *names; /* (d) of the features; NULL: not known */
  const char *target;
  int64_t rows;
  const char *hash;
} iclgd_table_identity;

/* What is known of the law that the model was trained on. */
typedef struct iclgd_trained_law {
  const char *text;    /* the keys prompt.* as INI text, or NULL */
  const char *prompts; /* the file of prompts it was trained on, or NULL */
  iclgd_table_identity table;
} iclgd_trained_law;

/* Where a model came from that was trained elsewhere (iclgd/import.h). */
typedef struct iclgd_origin {
  const char *file, *names; /* NULL: it was trained here, or nobody knows */
  int64_t check_prompts;    /* 0: its predictions were not checked */
  double check_difference;
} iclgd_origin;

/* What /entry/prompts says of the law of its prompts, as the keys would. */
typedef struct iclgd_stated_law {
  const char *x, *w, *task; /* NULL: nothing */
  double w_scale, noise;
} iclgd_stated_law;

/* The prompts of a file: none is both trained on and probed. */
typedef struct iclgd_given {
  bool there;    /* else prompts are drawn */
  bool are_ours; /* the file says what law they were drawn from */
  iclgd_prompts all, to_train, to_probe; /* and parts of them */
} iclgd_given;

/* What the loss over training is measured on. */
typedef struct iclgd_held_out {
  iclgd_prompt_source source;
  iclgd_prompts part; /* of given prompts, behind the source */
  size_t count;
} iclgd_held_out;

/* One run: everything is owned by the arena but the pool and the record. */
typedef struct iclgd_job {
  const iclgd_settings *settings;
  const iclgd_run_options *options;
  iclgd_arena arena;
  iclgd_pool *pool;
  iclgd_record *record;
  iclgd_schema schemas[ICLGD_SCHEMAS_MAX]; /* of the record, and outlive it */
  size_t n_schemas;
  iclgd_distribution law;
  const iclgd_distribution *dist; /* &law; of a file's prompts as far as it is
                                     known (`given`), or NULL */
  iclgd_stated_law stated;
  iclgd_trained_law trained;
  iclgd_given given;
  iclgd_held_out
      held_out; /* of a training; a count of 0: nothing was trained */
  struct iclgd_outside *outside; /* a model that ran elsewhere, or NULL */
  double *Sigma; /* (d, d) where it is known, for the risk; else NULL */
  size_t n, d;
  iclgd_model model;
  iclgd_program *program; /* that is the model; or NULL */
  double *theta;          /* (size) of the model */
  iclgd_origin origin;
  iclgd_history history;    /* of the training that led to the model */
  const double *final_loss; /* (runs) of a file's training runs, or NULL */
  bool diverged;            /* any of the training runs */
  bool is_shown;            /* a file of a watchable run stands at the output */
  iclgd_source *checkpoint; /* to go on from (run/checkpoint.h); or NULL */
  bool goes_on_old;         /* that is the older one, the newer is damaged */
  bool is_complete;         /* nothing is left to do: the output is there */
  bool is_kept;             /* a checkpoint of this training stands */
  const struct iclgd_standing *to_keep; /* of a training that is over and has no
                                           checkpoint, or NULL */
  size_t n_kept,
      n_unkept;       /* checkpoints that were, and could not be, written */
  iclgd_error unkept; /* why the last of these was not */
} iclgd_job;

/* Squared errors (yhat - y_query)^2 of one path over the probed prompts. Pairs
 * are of risks where these are known: the same mean with less noise. */
typedef struct iclgd_path_errors {
  const char *name, *title;
  size_t steps;
  iclgd_moments_row moments; /* (steps + 1), over all prompts */
  iclgd_moments_row risk;    /* the same of the exact means over queries */
  double *kept;              /* (steps + 1, kept), of the first prompts */
  double *risks;             /* (steps + 1, kept_risks), their exact means */
  double *row;               /* (steps + 1), scratch */
  size_t paired;             /* the step beside the model's last layer */
  double *last;              /* (block), the errors of that step, */
  double *last_risk;         /* and their exact means over queries */
  bool has_weights;          /* the path implies weights */
  bool has_risk;             /* last_risk is known */
  bool pairs_risks;          /* the model's, too: they make the pairs */
  iclgd_pairs pairs;         /* of the model's last layer (a) and that step */
} iclgd_path_errors;

typedef struct iclgd_outcome {
  size_t n_paths, prompts, kept, kept_risks;
  iclgd_path_errors *paths; /* 0 is the model */
} iclgd_outcome;

extern const iclgd_schema iclgd_config_schema;
extern const iclgd_schema iclgd_prompts_schema;
extern const iclgd_schema iclgd_model_schema;
extern const iclgd_schema iclgd_training_schema;
extern const iclgd_schema iclgd_held_out_schema;
extern const iclgd_schema iclgd_trajectories_schema;
extern const iclgd_schema iclgd_theory_schema;
extern const iclgd_schema iclgd_causality_schema;
extern const iclgd_schema iclgd_brought_schema;

/* /entry/config and /entry/code. */
iclgd_status iclgd_write_config(iclgd_job *job, iclgd_error *err);

/* The settings as they turned out; to be freed by the caller, on failure too.
 */
iclgd_status iclgd_resolve_settings(const iclgd_job *job, iclgd_settings **out,
                                    iclgd_error *err);

/* The law that the model is trained on, from the settings; or that of the model
 * of a file, which a table must match. */
iclgd_status iclgd_keep_law(iclgd_job *job, iclgd_error *err);
iclgd_status iclgd_read_law(iclgd_job *job, const char *path, iclgd_error *err);
iclgd_status iclgd_match_table(iclgd_job *job, iclgd_error *err);

/* model/law and its table. */
iclgd_status iclgd_write_law(iclgd_job *job, iclgd_error *err);

/* What differs between that law and the law of the prompts that are probed: the
 * attribute law_changes of /entry/prompts. */
iclgd_status iclgd_write_law_changes(iclgd_job *job, iclgd_error *err);

/* The names of a table, and GROUP/feature_name with its attributes. */
iclgd_status iclgd_identify_table(const iclgd_table *table, iclgd_arena *arena,
                                  iclgd_table_identity *out, iclgd_error *err);
iclgd_status iclgd_write_identity(iclgd_record *record, const char *group,
                                  const iclgd_table_identity *table,
                                  iclgd_error *err);

/* Take prompts from a file: fills job->given, n, d and, where the file has it,
 * Sigma. Non-finite numbers are refused. */
iclgd_status iclgd_read_prompts(iclgd_job *job, const char *path,
                                iclgd_error *err);

/* A whole dataset, as iclgd_source_reals, of finite numbers. */
iclgd_status iclgd_read_finite(const iclgd_source *source, const char *path,
                               size_t rank, size_t *extents, iclgd_arena *arena,
                               double **out, iclgd_error *err);

/* What is known of the law of these prompts: job->dist. */
iclgd_status iclgd_read_given_law(iclgd_job *job, const iclgd_source *source,
                                  iclgd_error *err);

/* The law of the settings, to be stated; attributes of /entry/prompts. */
void iclgd_state_law(iclgd_job *job);
iclgd_status iclgd_write_stated_law(iclgd_record *record,
                                    const iclgd_stated_law *law,
                                    iclgd_error *err);

/* /entry/prompts for `count` prompts, the `stored` first of them in blocks of
 * like->count; parts are written as they are drawn. */
iclgd_status iclgd_begin_prompts(iclgd_job *job, const iclgd_prompts *like,
                                 size_t count, size_t stored, iclgd_error *err);
iclgd_status iclgd_write_prompts(iclgd_job *job, const iclgd_prompts *part,
                                 size_t first, iclgd_error *err);

/* What tells prompts from others, "fnv1a64:..." of iclgd_prompts_hash. */
enum { ICLGD_IDENTITY_SIZE = 32 };
void iclgd_identity_text(uint64_t hash, char out[ICLGD_IDENTITY_SIZE]);

/* The generate stage: prompts of options->stream. */
iclgd_status iclgd_stage_generate(iclgd_job *job, iclgd_error *err);

/* Every array of `count` parameter vectors theta (count, size) of the model as
 * GROUP/NAME (count, ...); without the first dim where `count` is 0. */
iclgd_status iclgd_write_parameters(iclgd_job *job, const char *group,
                                    const iclgd_model *model,
                                    const double *theta, size_t count,
                                    iclgd_error *err);

/* /entry/model; and the model of a file, with the conventions its attributes
 * name, for prompts of d features and n context points. */
iclgd_status iclgd_write_model(iclgd_job *job, iclgd_error *err);
iclgd_status iclgd_read_model(iclgd_job *job, const char *path,
                              iclgd_error *err);

/* theta (size) of the model in the file that model.init names; untouched where
 * it names none. */
iclgd_status iclgd_read_initial(const iclgd_job *job, const iclgd_model *model,
                                double *theta, iclgd_error *err);

/* Whether a program is to be the model. */
bool iclgd_has_program(const iclgd_settings *settings);

/* Whether it can be with these stages and options. */
iclgd_status iclgd_check_program(const iclgd_settings *settings,
                                 unsigned stages,
                                 const iclgd_run_options *options,
                                 iclgd_error *err);

/* Settings of a program, where they were set elsewhere than it was, as those of
 * a preset: model.architecture and model.loops. */
iclgd_status iclgd_settle_program(iclgd_settings *settings, iclgd_error *err);

/* What the settings turn out to be with it. */
iclgd_status iclgd_resolve_program(const iclgd_job *job, iclgd_settings *out,
                                   iclgd_error *err);

/* Whether a key was set where another was: in the same file, or both on the
 * command line. */
bool iclgd_is_set_with(const iclgd_settings *settings, const char *name,
                       const char *key);

/* The title of a run with its settings filled in; and as a setting, where it is
 * another than was asked for. */
void iclgd_run_title(const iclgd_settings *settings, char *out, size_t size);
iclgd_status iclgd_resolve_title(const iclgd_job *job, iclgd_settings *out,
                                 iclgd_error *err);

/* R^2 of its predictions over the model's further queries on these prompts, to
 * the file. */
iclgd_status iclgd_write_linearity(iclgd_job *job, const iclgd_prompts *prompts,
                                   iclgd_error *err);

/* Start it: job->program, which the caller closes, and job->model. */
iclgd_status iclgd_open_program(iclgd_job *job, iclgd_error *err);

/* Attributes of /entry/model; nothing where the origin is not known. */
iclgd_status iclgd_write_origin(iclgd_job *job, iclgd_error *err);
iclgd_status iclgd_read_origin(iclgd_job *job, const iclgd_source *source,
                               iclgd_error *err);

/* Commit a file of its own to `path` while the run goes on: configuration and
 * what `write` adds to the record of a copy of the job. */
iclgd_status iclgd_write_aside(iclgd_job *job, const char *path, bool replace,
                               iclgd_status (*write)(iclgd_job *job,
                                                     void *context,
                                                     iclgd_error *err),
                               void *context, iclgd_error *err);

/* The same to the output of a watchable run. The final file replaces it. */
iclgd_status iclgd_show_live_file(iclgd_job *job,
                                  iclgd_status (*write)(iclgd_job *job,
                                                        void *context,
                                                        iclgd_error *err),
                                  void *context, iclgd_error *err);

/* The record of a file of this run at `path`; the caller commits or discards
 * it. */
iclgd_status iclgd_open_record(const iclgd_job *job, const char *path,
                               bool replace, iclgd_record **out,
                               iclgd_error *err);

/* The train stage: /entry/training, snapshots, seeds. A team is at its end
 * then. */
iclgd_status iclgd_stage_train(iclgd_job *job, iclgd_error *err);

/* The same in a follower of a team: its share of the work, until the leader
 * calls the end; it writes nothing. */
iclgd_status iclgd_stage_follow(iclgd_job *job, iclgd_error *err);

/* Of the paths gradient descent and its kin, after as many steps as the model
 * has layers, on the held-out prompts of the training: /entry/held_out. Nothing
 * where nothing was trained. */
iclgd_status iclgd_write_held_out(iclgd_job *job, const iclgd_path *paths,
                                  size_t n_paths, iclgd_error *err);

/* With probe.readout = ridge, of a model of ours: job->model.readouts, fitted
 * on these prompts; and what the file says of it. ICLGD_EUSAGE where the model
 * has none, or the prompts are too few. */
iclgd_status iclgd_fit_readouts(iclgd_job *job, const iclgd_prompts *tune,
                                iclgd_error *err);
iclgd_status iclgd_write_readouts(iclgd_job *job, iclgd_error *err);

/* The probe stage: prompts, trajectories, all probes. */
iclgd_status iclgd_stage_probe(iclgd_job *job, iclgd_error *err);

typedef struct iclgd_expected iclgd_expected; /* run/expected.h */

/* /entry/oracle: theory beside what was measured. */
iclgd_status iclgd_write_theory(iclgd_job *job, const iclgd_outcome *outcome,
                                const iclgd_expected *expected,
                                iclgd_error *err);

/* Whether `name` is in a comma-separated list ("all" has every name). */
bool iclgd_listed(const char *list, const char *name);

/* Report progress; ICLGD_STOPPED when the run is to end, another failure where
 * the program that is the model has failed. */
iclgd_status iclgd_report_progress(const iclgd_job *job,
                                   iclgd_progress progress, iclgd_error *err);
/* The same outside of training, `prompts` behind one of `done`. */
iclgd_status iclgd_report_done(const iclgd_job *job, const char *phase,
                               size_t prompts, size_t done, size_t total,
                               iclgd_error *err);

#endif /* ICLGD_RUN_STAGES_H */
