/* /entry/config and /entry/code: how the file was made. */
#include <iclgd/keys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "run/build_info.h"
#include "run/stages.h"

static const iclgd_group groups[] = {
    GROUP("config", "configuration",
          "every key that can change a number, as a typed attribute; `text` is "
          "the same as an INI file that iclgd reads"),
    GROUP("code", "program", "version, compiler and libraries, as attributes"),
};

static const iclgd_dataset datasets[] = {
    {"config/text", ICLGD_TEXT, "", "", "resolved configuration",
     "INI text with every key; `iclgd run` reads it"},
};

const iclgd_schema iclgd_config_schema = SCHEMA(groups, datasets);

static void write_key(iclgd_job *job, const iclgd_settings *s,
                      const iclgd_key *key, const char *value,
                      iclgd_error *err) {
  iclgd_record *r = job->record;
  const char *name = key->name;
  size_t count = 0;
  const double *values =
      key->type == ICLGD_KEY_REALS ? iclgd_get_reals(s, name, &count) : NULL;
  if (key->type == ICLGD_KEY_INT)
    iclgd_record_attr_int(r, "config", name, iclgd_get_int(s, name), err);
  else if (key->type == ICLGD_KEY_REAL)
    iclgd_record_attr_real(r, "config", name, iclgd_get_real(s, name), err);
  else if (count > 0)
    iclgd_record_attr_reals(r, "config", name, values, count, err);
  else
    iclgd_record_attr_text(r, "config", name, value, err);
}

static iclgd_status write_code(iclgd_job *job, iclgd_error *err) {
  const iclgd_build_fact *facts;
  char scratch[256];
  const size_t count = iclgd_build_facts(&facts);
  for (size_t i = 0; i < count; ++i)
    iclgd_record_attr_text(
        job->record, "code", facts[i].name,
        facts[i].text ? facts[i].text : facts[i].find(scratch, sizeof scratch),
        err);
  return iclgd_record_attr_int(job->record, "code", "threads",
                               (int64_t)iclgd_pool_threads(job->pool), err);
}

static iclgd_status set_number(iclgd_settings *s, const char *key,
                               unsigned long long value, iclgd_error *err) {
  char number[32];
  snprintf(number, sizeof number, "%llu", value);
  return iclgd_settings_set(s, key, number, "prompts", err);
}

/* A drawn law knows what made the things its prompts share, a table its target.
 */
static iclgd_status resolve_law(const iclgd_job *job, iclgd_settings *out,
                                iclgd_error *err) {
  if (!job->dist || job->dist->given) return ICLGD_OK;
  if (iclgd_law_shares(out))
    TRY(set_number(out, "prompt.seed", job->dist->law_seed, err));
  if (!job->dist->table) return ICLGD_OK;
  /* A name that no INI file can hold stays as it was asked for. */
  iclgd_error unused;
  (void)iclgd_settings_set(out, "prompt.target", job->dist->table->target,
                           "prompts", &unused);
  return ICLGD_OK;
}

/* A model that ran elsewhere has its own depth. */
static iclgd_status resolve_outside(const iclgd_job *job, iclgd_settings *out,
                                    iclgd_error *err) {
  const iclgd_model *model = &job->model;
  TRY(iclgd_settings_set(out, "model.architecture", model->architecture->name,
                         "trajectories", err));
  TRY(set_number(out, "model.layers", model->layers, err));
  return set_number(out, "model.loops", model->loops, err);
}

/* Back to the default. */
static iclgd_status reset(iclgd_settings *s, const char *name,
                          iclgd_error *err) {
  size_t i = 0;
  while (strcmp(iclgd_settings_key(s, i)->name, name) != 0) ++i;
  return iclgd_settings_set(s, name, iclgd_settings_key(s, i)->standard,
                            "default", err);
}

/* The settings as they turned out: a table or a file of prompts has its own d
 * and n; the number of threads stands in /entry/code, as the results do not
 * depend on it, nor on checkpoints. */
iclgd_status iclgd_resolve_settings(const iclgd_job *job, iclgd_settings **out,
                                    iclgd_error *err) {
  char *text = iclgd_settings_ini(job->settings);
  if (!text) return iclgd_fail_memory(err, "the configuration");
  iclgd_status status = iclgd_settings_defaults(out, err);
  if (!status) status = iclgd_settings_load_text(*out, text, "settings", err);
  free(text);
  if (status) return status;
  TRY(set_number(*out, "prompt.d", job->d, err));
  TRY(set_number(*out, "prompt.n", job->n, err));
  TRY(resolve_law(job, *out, err));
  if (job->program) TRY(iclgd_resolve_program(job, *out, err));
  if (job->outside) TRY(resolve_outside(job, *out, err));
  TRY(iclgd_resolve_title(job, *out, err));
  TRY(reset(*out, "checkpoint.seconds", err));
  return reset(*out, "train.threads", err);
}

static iclgd_status write_settings(iclgd_job *job, const iclgd_settings *s,
                                   iclgd_error *err) {
  char *text = iclgd_settings_ini(s);
  if (!text) return iclgd_fail_memory(err, "the configuration");
  iclgd_record_write(job->record, "config/text", NULL, &text, err);
  free(text);
  for (size_t i = 0; i < iclgd_settings_count(s); ++i)
    if (!iclgd_settings_key(s, i)->cosmetic)
      write_key(job, s, iclgd_settings_key(s, i), iclgd_settings_value(s, i),
                err);
  return iclgd_record_status(job->record, err);
}

/* Names of files may be any bytes, texts in the file are UTF-8. */
static iclgd_status write_path(iclgd_job *job, const char *name,
                               const char *path, iclgd_error *err) {
  char *text = iclgd_arena_text(&job->arena, path);
  if (!text) return iclgd_fail_memory(err, path);
  iclgd_one_line(text);
  return iclgd_record_attr_text(job->record, "config", name, text, err);
}

iclgd_status iclgd_write_config(iclgd_job *job, iclgd_error *err) {
  const iclgd_run_options *from = job->options;
  iclgd_settings *resolved = NULL;
  iclgd_status status = iclgd_resolve_settings(job, &resolved, err);
  if (!status) status = write_settings(job, resolved, err);
  iclgd_settings_free(resolved);
  if (status) return status;
  if (from->prompts) TRY(write_path(job, "prompts_file", from->prompts, err));
  if (from->trajectories)
    TRY(write_path(job, "trajectories_file", from->trajectories, err));
  if (from->model) TRY(write_path(job, "model_file", from->model, err));
  if (from->step) TRY(write_path(job, "model_step", from->step, err));
  if (from->seed_run)
    TRY(write_path(job, "model_seed_run", from->seed_run, err));
  return write_code(job, err);
}
