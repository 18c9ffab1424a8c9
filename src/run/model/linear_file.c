/* Weights of linear attention from a file, ours or made elsewhere. Attributes
 * of /entry/model say what convention they follow:
 *   weights          "scalar", "diagonal", "gd", "gdpp", "full"; else what the
 *                    arrays that are there make likely
 *   loops            how often the layers are repeated (default 1)
 *   prediction_sign  of P and Q: prediction = sign * Z[d, n] (default -1)
 *   scaling          "mean": (1/n) sum over the context (default), "sum"
 *   masking          "query": the query is not among the keys (default) */
#include <stdio.h>
#include <string.h>

#include <iclgd/linear.h>

#include "base/nearest.h"
#include "run/model/model_file.h"

/* What the group may say about itself: conventions that are read, and labels
 * of NeXus, of netCDF and of PyTables. A misspelt convention would be taken for
 * its default. */
static const char *const conventions[] = {
    "architecture",  "weights",         "loops",       "prediction_sign",
    "scaling",       "masking",         "import_file", "import_names",
    "check_prompts", "check_difference"};
static const char labels[] =
    "title, NX_class, description, comment, long_name, default, "
    "auxiliary_signals, signal, axes, CLASS, TITLE, VERSION";

iclgd_status iclgd_check_model_attributes(const iclgd_source *s,
                                          iclgd_arena *arena,
                                          iclgd_error *err) {
  char **names;
  size_t count;
  TRY(iclgd_source_attributes(s, "model", arena, &names, &count, err));
  for (size_t i = 0; i < count; ++i) {
    iclgd_nearest near = iclgd_nearest_to(names[i]);
    for (size_t k = 0; k < sizeof conventions / sizeof *conventions; ++k)
      iclgd_nearest_try(&near, conventions[k]);
    if (strcmp(near.word, names[i]) == 0 || iclgd_listed(labels, names[i]))
      continue;
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/model: unknown attribute '%.64s'%s (remarks "
                      "go into `comment`)",
                      iclgd_source_path(s), names[i],
                      iclgd_nearest_phrase(&near));
  }
  return ICLGD_OK;
}

typedef struct convention {
  int64_t loops, sign;
  bool sum;
} convention;

static iclgd_status read_conventions(iclgd_job *job, const iclgd_source *s,
                                     convention *out, iclgd_error *err) {
  const char *file = iclgd_source_path(s);
  char *text;
  *out = (convention){.loops = 1, .sign = -1};
  if (iclgd_source_has_attr(s, "model", "loops"))
    TRY(iclgd_source_attr_int(s, "model", "loops", &out->loops, err));
  if (iclgd_source_has_attr(s, "model", "prediction_sign"))
    TRY(iclgd_source_attr_int(s, "model", "prediction_sign", &out->sign, err));
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
    TRY(iclgd_source_attr_text(s, "model", "scaling", &job->arena, &text, err));
    out->sum = strcmp(text, "sum") == 0;
    if (!out->sum && strcmp(text, "mean") != 0)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/model, attribute scaling: expected mean "
                        "or sum, found '%s'",
                        file, text);
  }
  if (!iclgd_source_has_attr(s, "model", "masking")) return ICLGD_OK;
  TRY(iclgd_source_attr_text(s, "model", "masking", &job->arena, &text, err));
  if (strcmp(text, "query") == 0) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/model, attribute masking: expected query "
                    "(the query is not among the keys), found '%s'",
                    file, text);
}

/* The form: named by a file of ours, else by the arrays that are there. */
static iclgd_status read_form(iclgd_job *job, const iclgd_source *s,
                              const iclgd_linear **out, iclgd_error *err) {
  char *text = "full";
  if (iclgd_source_has_attr(s, "model", "weights")) {
    TRY(iclgd_source_attr_text(s, "model", "weights", &job->arena, &text, err));
  } else if (iclgd_source_has(s, "model/A")) {
    text = iclgd_source_has(s, "model/B") ? "gdpp" : "gd";
  } else if (!iclgd_source_has(s, "model/P")) {
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/model: expected A (layer, row, column), or P "
                      "and Q, found neither",
                      iclgd_source_path(s));
  }
  *out = iclgd_linear_named(text);
  if (*out) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/model, attribute weights: expected scalar, "
                    "diagonal, gd, gdpp or full, found '%s'",
                    iclgd_source_path(s), text);
}

/* Arrays beside those of the model would be passed over in silence. */
static iclgd_status check_arrays(const iclgd_source *s,
                                 const iclgd_model *model, iclgd_error *err) {
  static const char *const names[] = {"A", "B", "P", "Q"};
  const iclgd_array *own = model->arrays;
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    char path[32];
    snprintf(path, sizeof path, "model/%s", names[i]);
    if (!iclgd_model_array(model, names[i]) && iclgd_source_has(s, path))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/%s: expected %s%s%s alone (weights %s), "
                        "found %s beside it",
                        iclgd_source_path(s), path, own[0].name,
                        model->n_arrays > 1 ? " and " : "",
                        model->n_arrays > 1 ? own[1].name : "",
                        model->linear->name, names[i]);
  }
  return ICLGD_OK;
}

/* Keys model.* that were set: loops may differ from the file (a model looped
 * longer than it was trained), what the weights say may not. */
static iclgd_status apply_keys(const iclgd_job *job, const iclgd_source *s,
                               const iclgd_linear *form, size_t layers,
                               convention *how, iclgd_error *err) {
  const iclgd_settings *set = job->settings;
  if (iclgd_settings_is_set(set, "model.loops"))
    how->loops = iclgd_get_int(set, "model.loops");
  if (iclgd_settings_is_set(set, "model.layers") &&
      iclgd_get_size(set, "model.layers") != layers)
    return iclgd_settings_reject(set, "model.layers", err, "%s has %zu",
                                 iclgd_source_path(s), layers);
  if (iclgd_settings_is_set(set, "model.weights") &&
      strcmp(iclgd_get_form(set, "model.weights").text, form->name) != 0)
    return iclgd_settings_reject(set, "model.weights", err, "%s has %s",
                                 iclgd_source_path(s), form->name);
  return ICLGD_OK;
}

iclgd_status iclgd_read_linear(iclgd_job *job, const iclgd_source *s,
                               iclgd_error *err) {
  convention how;
  const iclgd_linear *form = NULL;
  iclgd_model *model = &job->model;
  double *arrays[ICLGD_ARRAYS_MAX];
  TRY(read_conventions(job, s, &how, err));
  TRY(read_form(job, s, &form, err));
  iclgd_linear_model(form, job->d, 0, 1, model);
  TRY(iclgd_read_arrays(job, s, arrays, err));
  TRY(check_arrays(s, model, err));
  TRY(apply_keys(job, s, form, model->layers, &how, err));
  iclgd_linear_model(form, job->d, model->layers, (size_t)how.loops, model);
  if (form->whole) model->sign = (double)how.sign;
  const size_t side = job->d + form->whole;
  for (size_t i = 0; how.sum && i < model->layers * side * side; ++i)
    arrays[0][i] *= (double)job->n;
  return iclgd_take_arrays(job, s, arrays, err);
}

iclgd_status iclgd_write_linear_conventions(iclgd_record *r,
                                            const iclgd_model *model,
                                            iclgd_error *err) {
  iclgd_record_attr_text(r, "model", "weights", model->linear->name, err);
  iclgd_record_attr_int(r, "model", "prediction_sign", (int64_t)model->sign,
                        err);
  iclgd_record_attr_text(r, "model", "scaling", "mean", err);
  return iclgd_record_attr_text(r, "model", "masking", "query", err);
}
