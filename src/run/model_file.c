/* /entry/model: trained weights, of ours or from elsewhere.
 *
 * Conventions of the weights are attributes of the group:
 *   loops            how often the layers are repeated (default 1)
 *   prediction_sign  of P and Q: prediction = sign * Z[d, n] (default -1)
 *   scaling          "mean": (1/n) sum over the context (default), "sum"
 *   masking          "query": the query is not among the keys (default) */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "run/stages.h"

static const iclgd_group groups[] = {
    {"model", "NXcollection", "", "", "", "trained weights",
     "A (and B), or P and Q, of each distinct layer; conventions in the "
     "attributes; what no prediction of the trained model sees (of the last "
     "layer of a single loop B or the first rows of P, of a single layer the "
     "last column of Q) is zero unless it was given"},
};

static const iclgd_dataset datasets[] = {
    {"model/A", ICLGD_F64, "layer,row,column", "1", "preconditioner A",
     "w <- w + A (b - S w), b - S w the mean negative gradient"},
    {"model/B", ICLGD_F64, "layer,row,column", "1", "input transform B",
     "x <- (I - B S A^T) x"},
    {"model/P", ICLGD_F64, "layer,row,column", "1", "value projection P",
     "Z <- Z + (1/n) P Z M (Z^T Q Z), last row and column: y"},
    {"model/Q", ICLGD_F64, "layer,row,column", "1", "key-query product Q",
     "Z <- Z + (1/n) P Z M (Z^T Q Z), last row and column: y"},
    {"model/layer", ICLGD_I64, "layer", "1", "layer", "distinct layer, from 1"},
    {"model/law", ICLGD_TEXT, "", "", "law of the prompts it was trained on",
     "the keys prompt.* as INI text, prompt.seed that of the pool, the fixed "
     "rotation or the split; attribute `prompts_file` for the prompts of a "
     "file"},
    {"model/feature_name", ICLGD_TEXT, "feature", "1", "features",
     "columns of the table it was trained on, in the order of the weights; "
     "attributes: `target`, `table_rows` and `table_hash`, 64-bit FNV-1a of "
     "the numbers row by row, features first"},
};

const iclgd_schema iclgd_model_schema = {groups, sizeof groups / sizeof *groups,
                                         datasets,
                                         sizeof datasets / sizeof *datasets};

iclgd_export iclgd_model_export(const iclgd_model *model) {
  if (model->family == ICLGD_FULL)
    return (iclgd_export){2, model->d + 1, {"P", "Q"}};
  if (model->family == ICLGD_GDPP)
    return (iclgd_export){2, model->d, {"A", "B"}};
  return (iclgd_export){1, model->d, {"A", NULL}};
}

void iclgd_model_export_array(const iclgd_model *model, double *theta, size_t k,
                              size_t l, double *out) {
  iclgd_model at = *model;
  at.theta = theta;
  if (model->family == ICLGD_FULL || k == 1) {
    const iclgd_block *block = &model->blocks[k];
    memcpy(out, iclgd_model_layer(&at, l) + block->offset,
           block->rows * block->columns * sizeof *out);
    return;
  }
  iclgd_model_preconditioner(&at, l, out, NULL);
}

static iclgd_status write_attributes(iclgd_job *job, iclgd_error *err) {
  const iclgd_model *model = &job->model;
  iclgd_record *r = job->record;
  iclgd_record_attr_text(r, "model", "weights",
                         iclgd_family_name(model->family), err);
  iclgd_record_attr_int(r, "model", "loops", (int64_t)model->loops, err);
  iclgd_record_attr_int(r, "model", "prediction_sign", (int64_t)model->sign,
                        err);
  iclgd_record_attr_text(r, "model", "scaling", "mean", err);
  return iclgd_record_attr_text(r, "model", "masking", "query", err);
}

iclgd_status iclgd_write_model(iclgd_job *job, iclgd_error *err) {
  const iclgd_model *model = &job->model;
  const iclgd_export arrays = iclgd_model_export(model);
  const size_t area = arrays.side * arrays.side, layers = model->layers;
  const size_t extents[] = {layers, arrays.side, arrays.side};
  double *out = iclgd_arena_reals(&job->arena, layers, area, 1);
  int64_t *index = iclgd_arena_take(&job->arena, layers, sizeof *index);
  if (!out || !index) return iclgd_fail_memory(err, "the weights");
  for (size_t l = 0; l < layers; ++l) index[l] = (int64_t)l + 1;
  iclgd_record_write(job->record, "model/layer", &layers, index, err);
  for (size_t k = 0; k < arrays.count; ++k) {
    char path[32];
    snprintf(path, sizeof path, "model/%s", arrays.names[k]);
    for (size_t l = 0; l < layers; ++l)
      iclgd_model_export_array(model, model->theta, k, l, out + l * area);
    iclgd_record_write(job->record, path, extents, out, err);
  }
  iclgd_write_law(job, err);
  return write_attributes(job, err);
}

typedef struct conventions {
  int64_t loops, sign;
  bool sum;
} conventions;

static iclgd_status read_conventions(iclgd_job *job, const iclgd_source *s,
                                     conventions *out, iclgd_error *err) {
  const char *file = iclgd_source_path(s);
  char *text;
  *out = (conventions){.loops = 1, .sign = -1};
  iclgd_status status = ICLGD_OK;
  if (iclgd_source_has_attr(s, "model", "loops"))
    status = iclgd_source_attr_int(s, "model", "loops", &out->loops, err);
  if (!status && iclgd_source_has_attr(s, "model", "prediction_sign"))
    status =
        iclgd_source_attr_int(s, "model", "prediction_sign", &out->sign, err);
  if (status) return status;
  if (out->loops < 1 || out->loops > 4096)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/model, attribute loops: expected 1 to 4096, "
                      "found %lld",
                      file, (long long)out->loops);
  if (out->sign != -1 && out->sign != 1)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/model, attribute prediction_sign: expected "
                      "-1 or 1, found %lld",
                      file, (long long)out->sign);
  if (iclgd_source_has_attr(s, "model", "scaling")) {
    status =
        iclgd_source_attr_text(s, "model", "scaling", &job->arena, &text, err);
    if (status) return status;
    out->sum = strcmp(text, "sum") == 0;
    if (!out->sum && strcmp(text, "mean") != 0)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/model, attribute scaling: expected mean "
                        "or sum, found '%s'",
                        file, text);
  }
  if (!iclgd_source_has_attr(s, "model", "masking")) return ICLGD_OK;
  status =
      iclgd_source_attr_text(s, "model", "masking", &job->arena, &text, err);
  if (!status && strcmp(text, "query") != 0)
    status = iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/model, attribute masking: expected query "
                        "(the query is not among the keys), found '%s'",
                        file, text);
  return status;
}

/* The family: named by a file of ours, else by the arrays that are there. */
static iclgd_status read_family(iclgd_job *job, const iclgd_source *s,
                                iclgd_family *out, iclgd_error *err) {
  if (iclgd_source_has_attr(s, "model", "weights")) {
    char *text;
    const iclgd_status status =
        iclgd_source_attr_text(s, "model", "weights", &job->arena, &text, err);
    if (status) return status;
    if (iclgd_family_find(text, out)) return ICLGD_OK;
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/model, attribute weights: expected scalar, "
                      "diagonal, gd, gdpp or full, found '%s'",
                      iclgd_source_path(s), text);
  }
  if (iclgd_source_has(s, "model/A")) {
    *out = iclgd_source_has(s, "model/B") ? ICLGD_GDPP : ICLGD_GD;
    return ICLGD_OK;
  }
  *out = ICLGD_FULL;
  if (iclgd_source_has(s, "model/P")) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/model: expected A (layer, row, column), or P "
                    "and Q, found neither",
                    iclgd_source_path(s));
}

/* What the group may say about itself: conventions that are read, and labels
 * of NeXus, of netCDF and of PyTables. A misspelt convention would be taken for
 * its default. */
static const char *const attributes[] = {
    "weights", "loops",     "prediction_sign", "scaling",
    "masking", "title",     "NX_class",        "description",
    "comment", "long_name", "default",         "auxiliary_signals",
    "signal",  "axes",      "CLASS",           "TITLE",
    "VERSION"};

enum { CONVENTIONS = 5 }; /* the first of them */

static bool is_known(const char *name) {
  for (size_t k = 0; k < sizeof attributes / sizeof *attributes; ++k)
    if (strcmp(attributes[k], name) == 0) return true;
  return false;
}

static iclgd_status check_attributes(iclgd_job *job, const iclgd_source *s,
                                     iclgd_error *err) {
  char **names;
  size_t count;
  const iclgd_status status =
      iclgd_source_attributes(s, "model", &job->arena, &names, &count, err);
  for (size_t i = 0; !status && i < count; ++i) {
    if (is_known(names[i])) continue;
    iclgd_nearest near = iclgd_nearest_to(names[i]);
    for (size_t k = 0; k < CONVENTIONS; ++k)
      iclgd_nearest_try(&near, attributes[k]);
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/model: unknown attribute '%.64s'%s (remarks "
                      "go into `comment`)",
                      iclgd_source_path(s), names[i],
                      iclgd_nearest_phrase(&near));
  }
  return status;
}

/* Arrays beside those of the family would be passed over in silence. */
static iclgd_status check_arrays(const iclgd_source *s, iclgd_family family,
                                 const iclgd_export *arrays, iclgd_error *err) {
  static const char *const names[] = {"A", "B", "P", "Q"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    char path[32];
    bool belongs = false;
    for (size_t k = 0; k < arrays->count; ++k)
      belongs |= strcmp(arrays->names[k], names[i]) == 0;
    snprintf(path, sizeof path, "model/%s", names[i]);
    if (!belongs && iclgd_source_has(s, path))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/%s: expected %s%s%s alone (weights %s), "
                        "found %s beside it",
                        iclgd_source_path(s), path, arrays->names[0],
                        arrays->count > 1 ? " and " : "",
                        arrays->count > 1 ? arrays->names[1] : "",
                        iclgd_family_name(family), names[i]);
  }
  return ICLGD_OK;
}

/* Keys model.* that were set: loops may differ from the file (a model looped
 * longer than it was trained), what the weights say may not. */
static iclgd_status apply_keys(const iclgd_job *job, const iclgd_source *s,
                               iclgd_family family, size_t layers,
                               conventions *how, iclgd_error *err) {
  const iclgd_settings *set = job->settings;
  if (iclgd_settings_is_set(set, "model.loops"))
    how->loops = iclgd_get_int(set, "model.loops");
  if (iclgd_settings_is_set(set, "model.layers") &&
      iclgd_get_size(set, "model.layers") != layers)
    return iclgd_settings_reject(set, "model.layers", err, "%s has %zu",
                                 iclgd_source_path(s), layers);
  if (iclgd_settings_is_set(set, "model.weights") &&
      strcmp(iclgd_get_form(set, "model.weights").text,
             iclgd_family_name(family)) != 0)
    return iclgd_settings_reject(set, "model.weights", err, "%s has %s",
                                 iclgd_source_path(s),
                                 iclgd_family_name(family));
  return ICLGD_OK;
}

/* Arrays into the parameters; factor scales the first one (A or P). */
static iclgd_status import(iclgd_model *model, const iclgd_source *s,
                           double *const arrays[], double factor,
                           iclgd_error *err) {
  const iclgd_export export = iclgd_model_export(model);
  const size_t area = export.side * export.side;
  iclgd_status status = ICLGD_OK;
  for (size_t l = 0; !status && l < model->layers; ++l) {
    double *first = arrays[0] + l * area;
    for (size_t i = 0; i < area; ++i) first[i] *= factor;
    if (model->family == ICLGD_FULL) {
      double *theta = iclgd_model_layer(model, l);
      memcpy(theta, first, area * sizeof *theta);
      memcpy(theta + area, arrays[1] + l * area, area * sizeof *theta);
      continue;
    }
    status = iclgd_model_construct(
        model, l, first, export.count > 1 ? arrays[1] + l * area : NULL, err);
  }
  if (status)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/model/A: not of the form %s",
                      iclgd_source_path(s), iclgd_family_name(model->family));
  return ICLGD_OK;
}

static iclgd_status read_arrays(iclgd_job *job, const iclgd_source *s,
                                iclgd_error *err) {
  conventions how;
  iclgd_family family;
  iclgd_status status = check_attributes(job, s, err);
  if (!status) status = read_conventions(job, s, &how, err);
  if (!status) status = read_family(job, s, &family, err);
  if (status) return status;
  const iclgd_export export =
      iclgd_model_export(&(iclgd_model){.family = family, .d = job->d});
  double *arrays[ICLGD_BLOCKS_MAX] = {NULL};
  size_t extents[] = {0, export.side, export.side};
  for (size_t k = 0; k < export.count; ++k) {
    char path[32];
    snprintf(path, sizeof path, "model/%s", export.names[k]);
    status =
        iclgd_source_reals(s, path, 3, extents, &job->arena, &arrays[k], err);
    if (status) return status;
    for (size_t i = 0; i < extents[0] * extents[1] * extents[2]; ++i)
      if (!isfinite(arrays[k][i]))
        return iclgd_fail(err, ICLGD_EINPUT,
                          "%s: /entry/%s: expected finite numbers, found %g "
                          "at element %zu",
                          iclgd_source_path(s), path, arrays[k][i], i);
  }
  status = check_arrays(s, family, &export, err);
  if (!status) status = apply_keys(job, s, family, extents[0], &how, err);
  if (status) return status;
  status = iclgd_model_create(family, job->d, extents[0], (size_t)how.loops,
                              &job->arena, &job->model, err);
  if (status) return status;
  if (family == ICLGD_FULL) job->model.sign = (double)how.sign;
  return import(&job->model, s, arrays, how.sum ? (double)job->n : 1, err);
}

/* GROUP/INDEX and the weights (count, layer, row, column) beside it, where the
 * file has them, as parameters theta (count, size). */
static iclgd_status read_series(iclgd_job *job, const iclgd_source *s,
                                const char *group, const char *index_name,
                                size_t *count, const int64_t **index,
                                const double **theta, iclgd_error *err) {
  const iclgd_export export = iclgd_model_export(&job->model);
  const size_t area = job->model.layers * export.side * export.side;
  const size_t size = iclgd_model_size(&job->model);
  size_t extents[] = {0, job->model.layers, export.side, export.side};
  double *arrays[ICLGD_BLOCKS_MAX] = {NULL};
  char path[64];
  int64_t *values;
  for (size_t k = 0; k < export.count; ++k) {
    snprintf(path, sizeof path, "%s/%s", group, export.names[k]);
    if (!iclgd_source_has(s, path)) return ICLGD_OK;
    const iclgd_status status =
        iclgd_source_reals(s, path, 4, extents, &job->arena, &arrays[k], err);
    if (status) return status;
  }
  snprintf(path, sizeof path, "%s/%s", group, index_name);
  iclgd_status status =
      iclgd_source_ints(s, path, 1, extents, &job->arena, &values, err);
  if (status) return status;
  double *out = iclgd_arena_reals(&job->arena, extents[0], size, 1);
  if (!out) return iclgd_fail_memory(err, group);
  for (size_t i = 0; !status && i < extents[0]; ++i) {
    double *at[ICLGD_BLOCKS_MAX] = {NULL};
    iclgd_model model = job->model;
    model.theta = out + i * size;
    for (size_t k = 0; k < export.count; ++k) at[k] = arrays[k] + i * area;
    status = import(&model, s, at, 1, err);
  }
  *count = extents[0];
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

iclgd_status iclgd_read_model(iclgd_job *job, const char *path,
                              iclgd_error *err) {
  iclgd_source *source;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = read_arrays(job, source, err);
  if (!status) status = read_history(job, source, err);
  iclgd_source_close(source);
  return status;
}
