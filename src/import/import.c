/* From a file of arrays to a model file. */
#include <iclgd/import.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "import/check.h"
#include "import/infer.h"
#include "import/tensors.h"
#include "math/dense.h"
#include "record/output/lock.h"
#include "record/output/target.h"
#include "run/stages.h"

enum { MAP_LIMIT = 1 << 20 };

const char *iclgd_import_dialect(size_t i, const char **description,
                                 const char **map) {
  if (i >= iclgd_n_dialects) return NULL;
  *description = iclgd_dialects[i].description;
  *map = iclgd_dialects[i].text;
  return iclgd_dialects[i].name;
}

/* The map that was asked for, or that of what the arrays look like. */
static iclgd_status read_map(const iclgd_import_options *options,
                             const iclgd_tensors *tensors, iclgd_arena *arena,
                             iclgd_name_map *out, iclgd_error *err) {
  iclgd_input input;
  const iclgd_dialect *dialect = iclgd_dialect_of(tensors);
  if (options->map && options->names)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "names %s: expected either these or the map %s",
                      options->names, options->map);
  if (options->map) {
    TRY(iclgd_input_read(options->map, MAP_LIMIT, arena, &input, err));
    return iclgd_name_map_parse(input.text, options->map, arena, out, err);
  }
  if (options->names) TRY(iclgd_dialect_named(options->names, &dialect, err));
  return iclgd_name_map_parse(dialect->text, dialect->name, arena, out, err);
}

/* What a remark of a file of linear attention says of its numbers, where our
 * files have attributes. */
static iclgd_status apply_conventions(const iclgd_tensors *t, size_t n,
                                      iclgd_model *model, double *theta,
                                      iclgd_error *err) {
  const char *sign = iclgd_tensors_remark(t, "prediction_sign");
  const char *scaling = iclgd_tensors_remark(t, "scaling");
  const char *masking = iclgd_tensors_remark(t, "masking");
  const bool negative = !sign || strcmp(sign, "-1") == 0;
  const bool sum = scaling && strcmp(scaling, "sum") == 0;
  if (!negative && strcmp(sign, "1") != 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: prediction_sign: expected -1 or 1, found %.32s",
                      t->path, sign);
  if (scaling && !sum && strcmp(scaling, "mean") != 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: scaling: expected mean or sum, found %.32s", t->path,
                      scaling);
  if (masking && strcmp(masking, "query") != 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: masking: expected query, found %.32s", t->path,
                      masking);
  if (model->linear->whole) model->sign = negative ? -1 : 1;
  const iclgd_array *first = &model->arrays[0];
  for (size_t l = 0; sum && l < model->layers; ++l)
    for (size_t i = 0; i < iclgd_array_size(first); ++i)
      theta[first->offset + l * first->stride + i] *= (double)n;
  return ICLGD_OK;
}

static iclgd_status build(iclgd_job *job, const iclgd_claims *claims,
                          iclgd_import_report *report, iclgd_arena *arena,
                          iclgd_error *err) {
  const iclgd_settings *s = job->settings;
  const char **zero = iclgd_arena_take(arena, ICLGD_ARRAYS_MAX, sizeof *zero);
  if (!zero) return iclgd_fail_memory(err, "the import");
  job->d = iclgd_get_size(s, "prompt.d");
  job->n = iclgd_get_size(s, "prompt.n");
  TRY(iclgd_model_from_settings(s, NULL, job->d, &job->model, err));
  TRY(iclgd_claims_load(claims, &job->model, arena, &job->theta, zero,
                        &report->n_zero, err));
  if (job->model.linear)
    TRY(apply_conventions(claims->tensors, job->n, &job->model, job->theta,
                          err));
  report->zero = zero;
  report->architecture = job->model.architecture->name;
  report->arrays = claims->tensors->count;
  report->parameters = job->model.size;
  return iclgd_check_predictions(claims->tensors, &job->model, job->theta,
                                 arena, report, err);
}

/* The keys that were set, with where they are from. */
static iclgd_status report_words(const iclgd_settings *s, iclgd_arena *arena,
                                 iclgd_import_report *report,
                                 iclgd_error *err) {
  const size_t count = iclgd_settings_count(s);
  iclgd_import_word *words = iclgd_arena_take(arena, count, sizeof *words);
  if (!words) return iclgd_fail_memory(err, "the import");
  for (size_t i = 0; i < count; ++i) {
    const char *key = iclgd_settings_key(s, i)->name;
    if (!iclgd_settings_is_set(s, key)) continue;
    words[report->n_words++] = (iclgd_import_word){
        key, iclgd_arena_text(arena, iclgd_settings_value(s, i)),
        iclgd_arena_text(arena, iclgd_settings_source(s, key))};
  }
  report->words = words;
  return iclgd_arena_status(arena, err, "the import");
}

/* The law it was trained on is known as far as someone says it. */
static bool knows_law(const iclgd_settings *s) {
  for (size_t i = 0; i < iclgd_settings_count(s); ++i) {
    const char *key = iclgd_settings_key(s, i)->name;
    if (strncmp(key, "prompt.", 7) == 0 && strcmp(key, "prompt.d") != 0 &&
        iclgd_settings_is_set(s, key))
      return true;
  }
  return false;
}

static iclgd_status write_file(iclgd_job *job, iclgd_error *err) {
  TRY(iclgd_pool_create(1, &job->pool, err));
  TRY(iclgd_open_record(job, job->options->output, job->options->force,
                        &job->record, err));
  iclgd_status status = iclgd_write_config(job, err);
  if (!status && knows_law(job->settings)) status = iclgd_keep_law(job, err);
  if (!status) status = iclgd_write_model(job, err);
  if (!status) return iclgd_record_commit(job->record, err);
  iclgd_record_discard(job->record);
  return status;
}

/* Everything between opening and closing the file of arrays. */
static iclgd_status import(iclgd_settings *settings, iclgd_job *job,
                           const iclgd_import_options *options,
                           const iclgd_tensors *tensors, iclgd_arena *arena,
                           iclgd_import_report *report, iclgd_error *err) {
  iclgd_claims claims;
  iclgd_name_map *map = iclgd_arena_take(arena, 1, sizeof *map);
  if (!map) return iclgd_fail_memory(err, "the import");
  TRY(read_map(options, tensors, arena, map, err));
  TRY(iclgd_claims_create(tensors, map, arena, &claims, err));
  TRY(iclgd_infer_keys(settings, &claims, err));
  report->names = map->name;
  report->left_out = claims.left_out;
  report->n_left_out = claims.n_left_out;
  TRY(build(job, &claims, report, arena, err));
  TRY(report_words(settings, arena, report, err));
  job->origin = (iclgd_origin){.file = options->weights,
                               .names = map->name,
                               .check_prompts = (int64_t)report->check_prompts,
                               .check_difference = report->check_difference};
  return write_file(job, err);
}

iclgd_status iclgd_import(iclgd_settings *settings,
                          const iclgd_import_options *options,
                          iclgd_arena *arena, iclgd_import_report *report,
                          iclgd_error *err) {
  const iclgd_run_options run = {.output = options->output,
                                 .force = options->force,
                                 .reproducible = options->reproducible};
  iclgd_job job = {.settings = settings, .options = &run};
  iclgd_output_lock lock = {.file = -1};
  iclgd_tensors tensors = {.file = -1};
  *report = (iclgd_import_report){0};
  job.n_schemas = iclgd_schemas(job.schemas);
  iclgd_status status = iclgd_target_check(run.output, run.force, err);
  if (!status)
    status = iclgd_target_check_source(run.output, options->weights, err);
  if (!status)
    status = iclgd_output_lock_take(run.output, &job.arena, &lock, err);
  if (!status) status = iclgd_dense_prepare(err);
  if (!status)
    status = iclgd_tensors_open(options->weights, arena, &tensors, err);
  if (!status)
    status = import(settings, &job, options, &tensors, arena, report, err);
  iclgd_tensors_close(&tensors);
  iclgd_pool_free(job.pool);
  iclgd_output_lock_release(&lock);
  iclgd_arena_free(&job.arena);
  return status;
}
