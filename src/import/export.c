/* From /entry/model to safetensors: arrays by our names, as they stand in the
 * file; in __metadata__ the keys model.* and prompt.* as INI text (`model`),
 * and of linear attention its conventions. */
#include <iclgd/import.h>
#include <iclgd/keys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import/export_names.h"
#include "import/safetensors.h"
#include "record/output/target.h"
#include "run/model/model_file.h"

enum { REMARKS = 5 };

typedef struct exported {
  iclgd_tensor_data arrays[ICLGD_ARRAYS_MAX];
  size_t count;
  iclgd_remark remarks[REMARKS];
  size_t n_remarks;
} exported;

/* The law that the model was trained on, unless that is a table or has a file
 * of its own; d in any case. */
static void put_law(const iclgd_job *job, FILE *out) {
  const char *law = job->trained.text;
  if (law && !strstr(law, "table:") && !strstr(law, "file:"))
    fputs(law, out);
  else
    fprintf(out, "[prompt]\nd = %zu\n", job->model.d);
}

/* The keys of the model as they came with the file, and what it has by now. */
static void put_keys(const iclgd_job *job, FILE *out) {
  const iclgd_model *m = &job->model;
  const iclgd_key_set *keys = m->architecture->keys;
  fprintf(out, "[model]\narchitecture = %s\nlayers = %zu\nloops = %zu\n",
          m->architecture->name, m->layers, m->loops);
  for (size_t i = 0; keys && i < keys->count; ++i) {
    const char *name = keys->keys[i].name, *dot = strchr(name, '.');
    for (size_t k = 0; k < iclgd_settings_count(job->settings); ++k) {
      const bool same =
          strcmp(iclgd_settings_key(job->settings, k)->name, name) == 0;
      if (!same || strncmp(name, "model.init", 10) == 0) continue;
      if (strcmp(name, "model.context") == 0)
        fprintf(out, "context = %zu\n", m->transformer.context);
      else
        fprintf(out, "%s = %s\n", dot + 1,
                m->linear ? m->linear->name
                          : iclgd_settings_value(job->settings, k));
    }
  }
  put_law(job, out);
}

static iclgd_status keys_text(const iclgd_job *job, iclgd_arena *arena,
                              const char **text, iclgd_error *err) {
  char *buffer = NULL;
  size_t size;
  FILE *out = open_memstream(&buffer, &size);
  if (!out) return iclgd_fail_memory(err, "the keys of the model");
  put_keys(job, out);
  const bool failed = fclose(out) != 0;
  *text = failed ? NULL : iclgd_arena_text(arena, buffer);
  free(buffer);
  return *text ? ICLGD_OK : iclgd_fail_memory(err, "the keys of the model");
}

static iclgd_status put_remarks(iclgd_job *job, exported *e, iclgd_error *err) {
  const iclgd_linear *linear = job->model.linear;
  iclgd_remark *r = e->remarks;
  r[e->n_remarks++].key = "model";
  TRY(keys_text(job, &job->arena, &r[0].value, err));
  r[e->n_remarks++] = (iclgd_remark){"creator", "iclgd"};
  if (!linear) return ICLGD_OK;
  const bool negative = job->model.sign < 0;
  r[e->n_remarks++] = (iclgd_remark){"prediction_sign", negative ? "-1" : "1"};
  r[e->n_remarks++] = (iclgd_remark){"scaling", "mean"};
  r[e->n_remarks++] = (iclgd_remark){"masking", "query"};
  return ICLGD_OK;
}

static iclgd_status put_arrays(iclgd_job *job, bool single, exported *e,
                               iclgd_error *err) {
  iclgd_array stored[ICLGD_ARRAYS_MAX];
  e->count = iclgd_model_stored(&job->model, stored);
  for (size_t k = 0; k < e->count; ++k) {
    iclgd_tensor *t = &e->arrays[k].tensor;
    *t = (iclgd_tensor){
        .name = stored[k].name, .type = single ? "F32" : "F64", .size = 1};
    t->rank = iclgd_stored_extents(&job->model, &stored[k], t->extents);
    for (size_t i = 0; i < t->rank; ++i) t->size *= t->extents[i];
    double *data = iclgd_arena_reals(&job->arena, t->size, 1, 1);
    if (!data) return iclgd_fail_memory(err, t->name);
    iclgd_model_store(&job->model, job->theta, k, data);
    e->arrays[k].data = data;
  }
  return ICLGD_OK;
}

/* d from the weights of a file without keys. */
static iclgd_status find_d(iclgd_job *job, const char *path, iclgd_error *err) {
  iclgd_source *source;
  size_t rank = 0, extents[ICLGD_RANK_MAX] = {0};
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  const bool whole = iclgd_source_has(source, "model/P");
  const char *name = whole ? "model/P" : "model/A";
  job->d = iclgd_get_size(job->settings, "prompt.d");
  if (iclgd_source_has(source, name)) {
    status = iclgd_source_extents(source, name, &rank, extents, err);
    if (!status && rank == 3 && extents[2] > whole) job->d = extents[2] - whole;
  }
  iclgd_source_close(source);
  return status;
}

/* By the names of other code, which those of linear attention and ours are not.
 */
static iclgd_status write_named(iclgd_job *job, const char *names,
                                const char *output, const exported *e,
                                iclgd_error *err) {
  const iclgd_dialect *dialect;
  iclgd_tensor_data *arrays;
  size_t count;
  TRY(iclgd_dialect_named(names, &dialect, err));
  if (!dialect->prefix)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "names %s: expected gpt2 or nanogpt; without --as the "
                      "arrays have our own",
                      names);
  TRY(iclgd_export_by_names(dialect, job->settings, &job->model, e->arrays,
                            e->count, &job->arena, &arrays, &count, err));
  return iclgd_safetensors_write(output, arrays, count, e->remarks,
                                 e->n_remarks, err);
}

static iclgd_status export(iclgd_job *job, const char *path, const char *output,
                           const char *names, bool single, iclgd_error *err) {
  exported *e = iclgd_arena_take(&job->arena, 1, sizeof *e);
  if (!e) return iclgd_fail_memory(err, "the export");
  TRY(find_d(job, path, err));
  job->n = iclgd_get_size(job->settings, "prompt.n");
  TRY(iclgd_read_model(job, path, err));
  TRY(iclgd_read_law(job, path, err));
  TRY(put_arrays(job, single, e, err));
  TRY(put_remarks(job, e, err));
  if (names) return write_named(job, names, output, e, err);
  return iclgd_safetensors_write(output, e->arrays, e->count, e->remarks,
                                 e->n_remarks, err);
}

iclgd_status iclgd_export_weights(const char *path, const char *output,
                                  const char *names, bool single,
                                  iclgd_error *err) {
  const iclgd_run_options options = {.model = path};
  iclgd_settings *settings = NULL;
  TRY(iclgd_target_check_beside(output, path, err));
  iclgd_status status = iclgd_settings_defaults(&settings, err);
  if (status) return status;
  iclgd_job job = {.settings = settings, .options = &options};
  status = iclgd_settings_from_model(settings, path, err);
  if (!status) status = export(&job, path, output, names, single, err);
  iclgd_arena_free(&job.arena);
  iclgd_settings_free(settings);
  return status;
}
