/* Settings, files and version of a run against those that a file tells of. */
#include "run/same_run.h"

#include <iclgd/keys.h>
#include <stdio.h>
#include <string.h>

#include "run/training_journal.h"

iclgd_status iclgd_identify_prompts(iclgd_job *job,
                                    char out[ICLGD_PROMPTS_SIZE],
                                    iclgd_error *err) {
  *out = '\0';
  if (job->given.there) {
    iclgd_identity_text(iclgd_prompts_hash(0, &job->given.all), out);
  } else if (job->law.table) {
    iclgd_table_identity table;
    TRY(iclgd_identify_table(job->law.table, &job->arena, &table, err));
    snprintf(out, ICLGD_PROMPTS_SIZE, "%s", table.hash);
  }
  return ICLGD_OK;
}

/* The keys that differ and can change a number, named: "a, b and 3 more". */
static size_t compare(const iclgd_settings *a, const iclgd_settings *b,
                      char *out, size_t size) {
  enum { NAMED = 3 };
  size_t differ = 0, used = 0;
  *out = '\0';
  for (size_t i = 0; i < iclgd_settings_count(a); ++i) {
    const char *found = iclgd_settings_value(b, i);
    if (iclgd_settings_key(a, i)->cosmetic ||
        strcmp(iclgd_settings_value(a, i), found) == 0)
      continue;
    if (differ++ >= NAMED || used >= size) continue;
    used += (size_t)snprintf(out + used, size - used, "%s%s = %.60s",
                             used ? ", " : "", iclgd_settings_key(a, i)->name,
                             found);
  }
  if (differ > NAMED && used < size)
    snprintf(out + used, size - used, " and %zu more", differ - NAMED);
  return differ;
}

static iclgd_status check_settings(const iclgd_job *job,
                                   const iclgd_source *source,
                                   iclgd_error *err) {
  const char *path = iclgd_source_path(source);
  iclgd_settings *ours = NULL, *theirs = NULL;
  char differ[512];
  iclgd_status status = iclgd_resolve_settings(job, &ours, err);
  if (!status) status = iclgd_settings_defaults(&theirs, err);
  if (!status) status = iclgd_settings_of_run(theirs, path, err);
  if (!status && compare(ours, theirs, differ, sizeof differ) > 0)
    status = iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: was made with other settings: %s; --resume goes "
                        "on with the same ones",
                        path, differ);
  iclgd_settings_free(ours);
  iclgd_settings_free(theirs);
  return status;
}

/* An attribute of the checkpoint, or of /entry/code, as it is for this run. */
static iclgd_status check_text(iclgd_job *job, const iclgd_source *source,
                               const char *group, const char *name,
                               const char *ours, const char *what,
                               iclgd_error *err) {
  char *theirs;
  TRY(iclgd_source_attr_text(source, group, name, &job->arena, &theirs, err));
  if (strcmp(theirs, ours) == 0) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: was made with %s: expected %s, "
                    "found %s",
                    iclgd_source_path(source), what, ours, theirs);
}

iclgd_status iclgd_check_checkpoint(iclgd_job *job, const iclgd_source *source,
                                    iclgd_error *err) {
  char prompts[ICLGD_PROMPTS_SIZE];
  TRY(check_text(job, source, "code", "version", iclgd_version(),
                 "another version of the program", err));
  TRY(check_settings(job, source, err));
  TRY(iclgd_identify_prompts(job, prompts, err));
  return check_text(job, source, "checkpoint", "prompts", prompts,
                    "other prompts", err);
}

/* Whether the file names the same file, or none where none is asked for. */
static bool names_same(iclgd_job *job, const iclgd_source *source,
                       const char *name, const char *ours) {
  iclgd_error unused;
  char *theirs;
  if (!iclgd_source_has_attr(source, "config", name)) return !ours;
  return ours &&
         !iclgd_source_attr_text(source, "config", name, &job->arena, &theirs,
                                 &unused) &&
         strcmp(theirs, ours) == 0;
}

/* A file of training alone is not that of a run with all probes. */
static bool is_whole(iclgd_job *job, const iclgd_source *source,
                     unsigned stages) {
  const iclgd_run_options *from = job->options;
  return names_same(job, source, "prompts_file", from->prompts) &&
         names_same(job, source, "trajectories_file", from->trajectories) &&
         names_same(job, source, "model_file", from->model) &&
         names_same(job, source, "model_step", from->step) &&
         names_same(job, source, "model_seed_run", from->seed_run) &&
         (!(stages & ICLGD_STAGE_TRAIN) ||
          iclgd_source_has(source, "training")) &&
         (!(stages & ICLGD_STAGE_PROBE) ||
          iclgd_source_has(source, "trajectories")) &&
         (!(stages & ICLGD_STAGE_GENERATE) ||
          iclgd_source_has(source, "prompts"));
}

iclgd_status iclgd_check_output(iclgd_job *job, unsigned stages,
                                iclgd_error *err) {
  iclgd_source *source;
  TRY(iclgd_source_open(job->options->output, &source, err));
  iclgd_status status = check_settings(job, source, err);
  job->is_shown = iclgd_source_has_attr(source, "training", "writer_process");
  job->is_complete = !status && !job->is_shown && is_whole(job, source, stages);
  job->diverged = job->is_complete && (stages & ICLGD_STAGE_TRAIN) &&
                  iclgd_training_diverged(source);
  if (!status) status = iclgd_source_check_read(source, err);
  iclgd_source_close(source);
  return status;
}
