/* Parameters as arrays of the file: one vector theta, or one per snapshot or
 * training run. */
#include "run/model/model_file.h"

#include <iclgd/linear.h>

#include <stdio.h>

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

iclgd_status iclgd_read_arrays(iclgd_job *job, const iclgd_source *s,
                               double *arrays[ICLGD_ARRAYS_MAX],
                               iclgd_error *err) {
  iclgd_model *model = &job->model;
  iclgd_array stored[ICLGD_ARRAYS_MAX];
  const size_t count = iclgd_model_stored(model, stored);
  for (size_t k = 0; k < count; ++k) {
    char path[64];
    size_t extents[ICLGD_RANK_MAX];
    const size_t rank = iclgd_stored_extents(model, &stored[k], extents);
    snprintf(path, sizeof path, "model/%s", stored[k].name);
    TRY(iclgd_read_finite(s, path, rank, extents, &job->arena, &arrays[k],
                          err));
    if (stored[k].by_layer) model->layers = extents[0];
  }
  return ICLGD_OK;
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

iclgd_status iclgd_read_series(iclgd_job *job, const iclgd_source *s,
                               iclgd_series *series, iclgd_error *err) {
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
    snprintf(path, sizeof path, "%s/%s", series->group, stored[k].name);
    if (!iclgd_source_has(s, path)) return ICLGD_OK;
    TRY(iclgd_source_reals(s, path, rank + 1, extents, &job->arena, &arrays[k],
                           err));
    rows = extents[0];
    sizes[k] = 1;
    for (size_t i = 1; i <= rank; ++i) sizes[k] *= extents[i];
  }
  snprintf(path, sizeof path, "%s/%s", series->group, series->label);
  TRY(iclgd_source_ints(s, path, 1, &rows, &job->arena, &values, err));
  double *out = iclgd_arena_reals(&job->arena, rows, model->size, 1);
  if (!out) return iclgd_fail_memory(err, series->group);
  for (size_t i = 0; i < rows; ++i) {
    double *at[ICLGD_ARRAYS_MAX];
    for (size_t k = 0; k < n_arrays; ++k) at[k] = arrays[k] + i * sizes[k];
    TRY(load(model, s, at, out + i * model->size, err));
  }
  series->count = rows;
  series->index = values;
  series->theta = out;
  return ICLGD_OK;
}
