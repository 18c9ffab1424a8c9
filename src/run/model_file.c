/* /entry/model: trained weights, of ours or from elsewhere, and the weights
 * over training and of every training run beside them. */
#include "run/model_file.h"

#include <iclgd/linear.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

static const iclgd_group groups[] = {
    GROUP("model", "trained weights",
          "A (and B), or P and Q, of each distinct layer; conventions in the "
          "attributes; what no prediction of the trained model sees (of the "
          "last layer of a single loop B or the first rows of P, of a single "
          "layer the last column of Q) is zero unless it was given"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("model/layer", "layer", "layer", "distinct layer, from 1"),
    {"model/law", ICLGD_TEXT, "", "", "law of the prompts it was trained on",
     "the keys prompt.* as INI text, prompt.seed that of the pool, the fixed "
     "rotation or the split; attribute `prompts_file` for the prompts of "
     "a file"},
    DATA_TEXT("model/feature_name", "feature", "features",
              "columns of the table it was trained on, in the order of the "
              "weights; attributes: `target`, `table_rows` and `table_hash`, "
              "64-bit FNV-1a of the numbers row by row, features first"),
};

const iclgd_schema iclgd_model_schema = {groups, sizeof groups / sizeof *groups,
                                         datasets,
                                         sizeof datasets / sizeof *datasets};

iclgd_status iclgd_write_parameters(iclgd_job *job, const char *group,
                                    const iclgd_model *model,
                                    const double *theta, size_t count,
                                    iclgd_error *err) {
  iclgd_array stored[ICLGD_ARRAYS_MAX];
  const size_t arrays = iclgd_model_stored(model, stored);
  const size_t vectors = count > 0 ? count : 1;
  for (size_t k = 0; k < arrays; ++k) {
    char path[64];
    size_t extents[ICLGD_RANK_MAX] = {count}, size = 1;
    size_t *own = extents + (count > 0);
    const size_t rank = iclgd_stored_extents(model, &stored[k], own);
    for (size_t i = 0; i < rank; ++i) size *= own[i];
    double *out = iclgd_arena_reals(&job->arena, vectors, size, 1);
    if (!out) return iclgd_fail_memory(err, group);
    for (size_t i = 0; i < vectors; ++i)
      iclgd_model_store(model, theta + i * model->size, k, out + i * size);
    snprintf(path, sizeof path, "%s/%s", group, stored[k].name);
    iclgd_record_write(job->record, path, extents, out, err);
  }
  return iclgd_record_status(job->record, err);
}

iclgd_status iclgd_write_model(iclgd_job *job, iclgd_error *err) {
  const iclgd_model *model = &job->model;
  iclgd_record *r = job->record;
  int64_t *index = iclgd_arena_take(&job->arena, model->layers, sizeof *index);
  if (!index) return iclgd_fail_memory(err, "the weights");
  for (size_t l = 0; l < model->layers; ++l) index[l] = (int64_t)l + 1;
  iclgd_record_write(r, "model/layer", &model->layers, index, err);
  iclgd_write_parameters(job, "model", model, job->theta, 0, err);
  iclgd_write_law(job, err);
  if (model->linear) iclgd_write_linear_conventions(job, err);
  iclgd_record_attr_text(r, "model", "architecture", model->architecture->name,
                         err);
  return iclgd_record_attr_int(r, "model", "loops", (int64_t)model->loops, err);
}

static iclgd_status check_finite(const iclgd_source *s, const char *path,
                                 const double *values, size_t count,
                                 iclgd_error *err) {
  for (size_t i = 0; i < count; ++i)
    if (!isfinite(values[i]))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/%s: expected finite numbers, found %g at "
                        "element %zu",
                        iclgd_source_path(s), path, values[i], i);
  return ICLGD_OK;
}

iclgd_status iclgd_read_arrays(iclgd_job *job, const iclgd_source *s,
                               double *arrays[ICLGD_ARRAYS_MAX],
                               iclgd_error *err) {
  iclgd_model *model = &job->model;
  iclgd_array stored[ICLGD_ARRAYS_MAX];
  const size_t count = iclgd_model_stored(model, stored);
  iclgd_status status = ICLGD_OK;
  for (size_t k = 0; !status && k < count; ++k) {
    char path[64];
    size_t extents[ICLGD_RANK_MAX], size = 1;
    const size_t rank = iclgd_stored_extents(model, &stored[k], extents);
    snprintf(path, sizeof path, "model/%s", stored[k].name);
    status = iclgd_source_reals(s, path, rank, extents, &job->arena, &arrays[k],
                                err);
    if (status) break;
    for (size_t i = 0; i < rank; ++i) size *= extents[i];
    if (stored[k].by_layer) model->layers = extents[0];
    status = check_finite(s, path, arrays[k], size, err);
  }
  return status;
}

/* theta from arrays; where they are of another form, the file is to blame. */
static iclgd_status load(const iclgd_model *model, const iclgd_source *s,
                         double *const *arrays, double *theta,
                         iclgd_error *err) {
  if (!iclgd_model_load(model, (const double *const *)arrays, theta, err))
    return ICLGD_OK;
  return iclgd_fail(
      err, ICLGD_EINPUT, "%s: /entry/model/%s: not of the form %s",
      iclgd_source_path(s), model->arrays[0].name,
      model->linear ? model->linear->name : model->architecture->name);
}

iclgd_status iclgd_take_arrays(iclgd_job *job, const iclgd_source *source,
                               double *const arrays[ICLGD_ARRAYS_MAX],
                               iclgd_error *err) {
  job->theta = iclgd_arena_reals(&job->arena, job->model.size, 1, 1);
  if (!job->theta) return iclgd_fail_memory(err, "the weights");
  return load(&job->model, source, arrays, job->theta, err);
}

/* GROUP/INDEX and the weights (count, ...) beside it, where the file has them,
 * as parameters theta (count, size). */
static iclgd_status read_series(iclgd_job *job, const iclgd_source *s,
                                const char *group, const char *index_name,
                                size_t *count, const int64_t **index,
                                const double **theta, iclgd_error *err) {
  const iclgd_model *model = &job->model;
  iclgd_array stored[ICLGD_ARRAYS_MAX];
  const size_t n_arrays = iclgd_model_stored(model, stored);
  double *arrays[ICLGD_ARRAYS_MAX];
  size_t sizes[ICLGD_ARRAYS_MAX], rows = 0;
  char path[64];
  int64_t *values;
  for (size_t k = 0; k < n_arrays; ++k) {
    size_t extents[ICLGD_RANK_MAX] = {rows};
    const size_t rank = iclgd_stored_extents(model, &stored[k], extents + 1);
    snprintf(path, sizeof path, "%s/%s", group, stored[k].name);
    if (!iclgd_source_has(s, path)) return ICLGD_OK;
    const iclgd_status status = iclgd_source_reals(
        s, path, rank + 1, extents, &job->arena, &arrays[k], err);
    if (status) return status;
    rows = extents[0];
    sizes[k] = 1;
    for (size_t i = 1; i <= rank; ++i) sizes[k] *= extents[i];
  }
  snprintf(path, sizeof path, "%s/%s", group, index_name);
  iclgd_status status =
      iclgd_source_ints(s, path, 1, &rows, &job->arena, &values, err);
  if (status) return status;
  double *out = iclgd_arena_reals(&job->arena, rows, model->size, 1);
  if (!out) return iclgd_fail_memory(err, group);
  for (size_t i = 0; !status && i < rows; ++i) {
    double *at[ICLGD_ARRAYS_MAX];
    for (size_t k = 0; k < n_arrays; ++k) at[k] = arrays[k] + i * sizes[k];
    status = load(model, s, at, out + i * model->size, err);
  }
  *count = rows;
  *index = values;
  *theta = out;
  return status;
}

/* How a model of ours came to be; a file that does not say leaves it empty. */
static iclgd_status read_history(iclgd_job *job, const iclgd_source *s,
                                 iclgd_error *err) {
  iclgd_history *h = &job->history;
  iclgd_status status = read_series(job, s, "snapshots", "step", &h->snapshots,
                                    &h->step, &h->theta, err);
  if (!status)
    status = read_series(job, s, "seeds", "seed", &h->runs, &h->seed,
                         &h->finals, err);
  if (status || h->runs == 0 || !iclgd_source_has(s, "seeds/final_loss"))
    return status;
  double *losses;
  status = iclgd_source_reals(s, "seeds/final_loss", 1, &h->runs, &job->arena,
                              &losses, err);
  if (!status) job->final_loss = losses;
  return status;
}

/* An architecture of which only our own files tell: the settings that came with
 * them give its shape. */
static iclgd_status read_by_settings(iclgd_job *job, const iclgd_source *s,
                                     const iclgd_architecture *architecture,
                                     iclgd_error *err) {
  double *arrays[ICLGD_ARRAYS_MAX];
  iclgd_status status = iclgd_model_from_settings(job->settings, architecture,
                                                  job->d, &job->model, err);
  if (!status) status = iclgd_read_arrays(job, s, arrays, err);
  return status ? status : iclgd_take_arrays(job, s, arrays, err);
}

static iclgd_status find_architecture(iclgd_job *job, const iclgd_source *s,
                                      const iclgd_architecture **out,
                                      iclgd_error *err) {
  const iclgd_architecture *own = job->options->architecture;
  char *name = "linear";
  iclgd_status status = ICLGD_OK;
  if (iclgd_source_has_attr(s, "model", "architecture"))
    status = iclgd_source_attr_text(s, "model", "architecture", &job->arena,
                                    &name, err);
  if (status) return status;
  const bool is_own = own && strcmp(own->name, name) == 0;
  *out = is_own ? own : iclgd_architecture_named(name);
  if (*out) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/model, attribute architecture: expected one "
                    "that this program has (linear), found '%s'",
                    iclgd_source_path(s), name);
}

iclgd_status iclgd_read_model(iclgd_job *job, const char *path,
                              iclgd_error *err) {
  iclgd_source *source;
  const iclgd_architecture *architecture = NULL;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = iclgd_check_model_attributes(job, source, err);
  if (!status) status = find_architecture(job, source, &architecture, err);
  if (!status)
    status = architecture == &iclgd_linear_architecture
                 ? iclgd_read_linear(job, source, err)
                 : read_by_settings(job, source, architecture, err);
  if (!status) status = read_history(job, source, err);
  iclgd_source_close(source);
  return status;
}
