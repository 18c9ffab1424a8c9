/* The summary of a file, section by section. A group that the file has not
 * leaves its section out. */
#include "report/summary.h"
#include <iclgd/comparisons.h>

#include <iclgd/report.h>
#include <math.h>
#include <string.h>

#include "report/section.h"
#include "report/text.h"

/* The settings that a reader asks for first. */
static json_t *build_config(iclgd_reader *r) {
  static const char *const ints[] = {
      "prompt.d",    "prompt.n", "model.layers", "model.loops",  "train.steps",
      "train.batch", "seed",     "seeds",        "probe.prompts"};
  static const char *const texts[] = {
      "prompt.x",      "prompt.covariance", "prompt.rotate", "prompt.w",
      "prompt.source", "model.weights",     "model.init",    "train.optimizer"};
  static const char *const reals[] = {"prompt.x_scale", "prompt.w_scale",
                                      "prompt.noise", "train.lr"};
  json_t *config = json_object();
  for (size_t i = 0; i < sizeof ints / sizeof *ints; ++i)
    iclgd_reader_copy_int(r, "config", ints[i], config, ints[i]);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i)
    iclgd_reader_copy_text(r, "config", texts[i], config, texts[i]);
  for (size_t i = 0; i < sizeof reals / sizeof *reals; ++i)
    iclgd_reader_copy_real(r, "config", reals[i], config, reals[i]);
  iclgd_reader_copy_text(r, "config", "prompts_file", config, "prompts_file");
  iclgd_reader_copy_text(r, "config", "model_file", config, "model_file");
  return config;
}

static json_t *build_model(iclgd_reader *r) {
  json_t *model = json_object();
  size_t extents[3] = {0}, rank;
  iclgd_error unused;
  const char *const arrays[] = {"model/A", "model/P"};
  iclgd_reader_copy_text(r, "model", "weights", model, "weights");
  iclgd_reader_copy_int(r, "model", "loops", model, "loops");
  for (size_t i = 0; i < 2; ++i) {
    size_t all[ICLGD_RANK_MAX];
    if (!iclgd_source_has(r->source, arrays[i]) ||
        iclgd_source_extents(r->source, arrays[i], &rank, all, &unused) ||
        rank != 3)
      continue;
    extents[0] = all[0];
    extents[1] = all[1] - i; /* P has one row more than there are features */
  }
  json_object_set_new(model, "layers", json_integer((json_int_t)extents[0]));
  json_object_set_new(model, "d", json_integer((json_int_t)extents[1]));
  return model;
}

/* The median of `count` >= 1 values, which are sorted. */
static double median(double *values, size_t count) {
  iclgd_sort(values, count);
  return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static iclgd_status build_training(iclgd_reader *r, json_t *summary) {
  size_t steps[1], rows[1], runs[1], diverged[1];
  double *step = NULL, *loss = NULL, *final = NULL, *at = NULL;
  iclgd_status status =
      iclgd_reader_reals(r, "training", "step", 1, steps, &step);
  if (!status)
    status = iclgd_reader_reals(r, "training", "loss_eval", 1, rows, &loss);
  if (!status)
    status = iclgd_reader_reals(r, "seeds", "final_loss", 1, runs, &final);
  if (!status)
    status = iclgd_reader_reals(r, "seeds", "diverged_at", 1, diverged, &at);
  if (status || steps[0] == 0 || rows[0] != steps[0]) return status;
  json_t *training = json_object();
  const size_t last = steps[0] - 1;
  json_object_set_new(training, "steps", json_integer((json_int_t)step[last]));
  json_object_set_new(training, "first_loss", iclgd_json_number(loss[0]));
  json_object_set_new(training, "final_loss", iclgd_json_number(loss[last]));
  json_object_set_new(training, "final_losses",
                      iclgd_json_list(final, runs[0]));
  if (runs[0] > 0)
    json_object_set_new(training, "median_final_loss",
                        iclgd_json_number(median(final, runs[0])));
  size_t count = 0;
  for (size_t i = 0; i < diverged[0]; ++i) count += at[i] >= 0;
  json_object_set_new(training, "diverged", json_integer((json_int_t)count));
  if (diverged[0] > 0 && at[0] >= 0)
    json_object_set_new(training, "diverged_at",
                        json_integer((json_int_t)at[0]));
  json_object_set_new(summary, "training", training);
  return ICLGD_OK;
}

static iclgd_status build_theory(iclgd_reader *r, json_t *summary) {
  static const char *const numbers[] = {"expected", "measured",
                                        "standard_error"};
  static const char *const texts[] = {"name", "statement", "kind"};
  if (!iclgd_source_has(r->source, "oracle/expected")) return ICLGD_OK;
  double *values[3];
  char **words[3];
  size_t count = 0;
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < 3; ++i) {
    char path[64];
    snprintf(path, sizeof path, "oracle/%s", numbers[i]);
    status = iclgd_source_reals(r->source, path, 1, &count, &r->arena,
                                &values[i], r->err);
    snprintf(path, sizeof path, "oracle/%s", texts[i]);
    if (!status)
      status = iclgd_source_texts(r->source, path, 1, &count, &r->arena,
                                  &words[i], r->err);
  }
  if (status) return status;
  json_t *list = json_array();
  for (size_t k = 0; k < count; ++k) {
    json_t *row = json_object();
    for (size_t i = 0; i < 3; ++i)
      json_object_set_new(row, texts[i], json_string(words[i][k]));
    for (size_t i = 0; i < 3; ++i)
      json_object_set_new(row, numbers[i], iclgd_json_number(values[i][k]));
    json_array_append_new(list, row);
  }
  json_object_set_new(summary, "oracle", list);
  if (!iclgd_source_has_attr(r->source, "oracle", "closed_form_of"))
    return ICLGD_OK;
  json_t *best = json_object();
  iclgd_reader_copy_text(r, "oracle", "closed_form_of", best, "of");
  iclgd_reader_copy_real(r, "oracle", "closed_form_loss", best, "loss");
  json_object_set_new(summary, "closed_form", best);
  return ICLGD_OK;
}

/* Mean of one metric for (layer, step = layer), NaN where there is none. */
static iclgd_status add_diagonal(iclgd_reader *r, const char *who,
                                 const char *metric, json_t *to) {
  char group[128];
  size_t extents[2];
  double *mean = NULL;
  snprintf(group, sizeof group, "alignment/%s/%s", who, metric);
  const iclgd_status status =
      iclgd_reader_reals(r, group, "mean", 2, extents, &mean);
  if (status || extents[0] == 0) return status;
  json_t *list = json_array();
  for (size_t l = 0; l < extents[0]; ++l)
    json_array_append_new(
        list,
        iclgd_json_number(l < extents[1] ? mean[l * extents[1] + l] : NAN));
  json_object_set_new(to, metric, list);
  return ICLGD_OK;
}

static iclgd_status add_best_steps(iclgd_reader *r, const char *who,
                                   json_t *to) {
  char group[128];
  size_t count[1];
  double *best = NULL;
  snprintf(group, sizeof group, "alignment/%s/best_match", who);
  const iclgd_status status =
      iclgd_reader_reals(r, group, "best_step", 1, count, &best);
  if (status || count[0] == 0) return status;
  json_t *list = json_array();
  for (size_t l = 0; l < count[0]; ++l)
    json_array_append_new(list, json_integer((json_int_t)best[l]));
  json_object_set_new(to, "best_step", list);
  return ICLGD_OK;
}

static void add_eta(iclgd_reader *r, const char *group, json_t *to) {
  double *eta;
  size_t count;
  iclgd_error unused;
  if (!iclgd_source_has_attr(r->source, group, "eta")) return;
  if (iclgd_source_attr_reals(r->source, group, "eta", &r->arena, &eta, &count,
                              &unused))
    return;
  json_object_set_new(
      to, "eta",
      count == 1 ? iclgd_json_number(eta[0]) : iclgd_json_list(eta, count));
}

/* One path: the model or an algorithm. */
static iclgd_status build_path(iclgd_reader *r, const char *who, json_t **out) {
  char group[96], leaf[96];
  size_t rows[1];
  double *values = NULL;
  json_t *path = json_object();
  *out = path;
  snprintf(group, sizeof group, "trajectories/%s", who);
  json_object_set_new(path, "name", json_string(who));
  iclgd_reader_copy_text(r, group, "label", path, "title");
  iclgd_reader_copy_text(r, group, "how_chosen", path, "how_chosen");
  iclgd_reader_copy_real(r, group, "gamma", path, "gamma");
  iclgd_reader_copy_real(r, group, "lambda", path, "lambda");
  add_eta(r, group, path);
  static const char *const suffixes[] = {
      "",          "_errors",          "_median",    "_risk", "_risk_errors",
      "_expected", "_expected_errors", "_measurable"};
  static const char *const names[] = {"loss",
                                      "standard_error",
                                      "median",
                                      "risk",
                                      "risk_standard_error",
                                      "expected",
                                      "expected_standard_error",
                                      "measurable"};
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < sizeof names / sizeof *names; ++i) {
    snprintf(leaf, sizeof leaf, "%s%s", who, suffixes[i]);
    status = iclgd_reader_reals(r, "trajectories_loss", leaf, 1, rows, &values);
    if (!status && rows[0])
      json_object_set_new(path, names[i], iclgd_json_list(values, rows[0]));
  }
  static const char *const metrics[] = {"prediction_difference", "spd",
                                        "sensitivity_cosine", "ilwd", "sime"};
  for (size_t i = 0; !status && i < 5; ++i)
    status = add_diagonal(r, who, metrics[i], path);
  return status ? status : add_best_steps(r, who, path);
}

static iclgd_status build_paths(iclgd_reader *r, json_t *summary) {
  char **names;
  size_t count;
  if (!iclgd_source_has(r->source, "trajectories")) return ICLGD_OK;
  iclgd_status status = iclgd_source_children(
      r->source, "trajectories", &r->arena, &names, &count, r->err);
  json_t *algorithms = json_array();
  json_object_set_new(summary, "algorithms", algorithms);
  for (size_t i = 0; !status && i < count; ++i) {
    json_t *path;
    status = build_path(r, names[i], &path);
    if (strcmp(names[i], "model") == 0)
      json_object_set_new(summary, "trajectory", path);
    else
      json_array_append_new(algorithms, path);
  }
  if (status || !iclgd_source_has_attr(r->source, "trajectories", "not_run"))
    return status;
  char **notes;
  status = iclgd_source_attr_texts(r->source, "trajectories", "not_run",
                                   &r->arena, &notes, &count, r->err);
  json_t *list = json_array();
  for (size_t i = 0; !status && i < count; ++i)
    json_array_append_new(list, json_string(notes[i]));
  json_object_set_new(summary, "not_run", list);
  return status;
}

size_t iclgd_summary_depth(const json_t *summary) {
  const json_t *model = json_object_get(summary, "model");
  const json_t *losses =
      json_object_get(json_object_get(summary, "trajectory"), "loss");
  const double depth =
      iclgd_json_real(model, "layers") * iclgd_json_real(model, "loops");
  const double rows = (double)json_array_size(losses);
  if (!(depth >= 1)) return 0;
  return (size_t)(losses && depth > rows - 1 ? fmax(rows - 1, 0)
                                             : fmin(depth, 1e6));
}

const json_t *iclgd_mean_losses(const json_t *path) {
  const json_t *risk = json_object_get(path, "risk");
  return risk ? risk : json_object_get(path, "loss");
}

const json_t *iclgd_mean_errors(const json_t *path) {
  const json_t *error = json_object_get(path, "risk_standard_error");
  return error ? error : json_object_get(path, "standard_error");
}

bool iclgd_is_cut(const json_t *path, size_t l) {
  const json_t *losses = json_object_get(path, "loss");
  const double best = iclgd_json_element(json_object_get(path, "best_step"), l);
  size_t last = json_array_size(losses);
  if (json_is_array(json_object_get(path, "eta"))) return false; /* no more */
  while (last > 0 && isnan(iclgd_json_element(losses, last - 1))) --last;
  return last > 2 && best == (double)(last - 1) && best != (double)l;
}

static json_t *build_prompts(iclgd_reader *r) {
  static const char *const counts[] = {"count", "n", "d"};
  const char *const names = "prompts/feature_name";
  json_t *prompts = json_object();
  for (size_t i = 0; i < 3; ++i)
    iclgd_reader_copy_int(r, "prompts", counts[i], prompts, counts[i]);
  iclgd_reader_copy_texts(r, names, prompts, "features");
  iclgd_reader_copy_text(r, names, "target", prompts, "target");
  iclgd_reader_copy_int(r, names, "table_rows", prompts, "table_rows");
  iclgd_reader_copy_text(r, names, "table_hash", prompts, "table_hash");
  iclgd_reader_copy_attr_texts(r, "prompts", "law_changes", prompts,
                               "law_changes");
  return prompts;
}

/* A file of an older version does not say what its tails are. */
bool iclgd_loss_is_hidden(const json_t *path, size_t k) {
  return iclgd_json_element(json_object_get(path, "measurable"), k) == 0;
}

iclgd_shown_loss iclgd_loss_to_show(const json_t *path, size_t k, bool hidden) {
  const double expected =
      iclgd_json_element(json_object_get(path, "expected"), k);
  const double error =
      iclgd_json_element(json_object_get(path, "expected_standard_error"), k);
  if (hidden && isfinite(expected))
    return (iclgd_shown_loss){expected, error, error == 0 ? "exact" : NULL};
  return (iclgd_shown_loss){iclgd_json_element(iclgd_mean_losses(path), k),
                            iclgd_json_element(iclgd_mean_errors(path), k),
                            iclgd_loss_is_hidden(path, k) ? "unknown" : NULL};
}

static void build_head(iclgd_reader *r, json_t *summary) {
  char **title;
  size_t count = 1;
  iclgd_error unused;
  json_object_set_new(summary, "file",
                      json_string(iclgd_source_path(r->source)));
  if (iclgd_source_has(r->source, "title") &&
      !iclgd_source_texts(r->source, "title", 0, &count, &r->arena, &title,
                          &unused))
    json_object_set_new(summary, "title", json_string(title[0]));
  iclgd_reader_copy_text(r, "code", "version", summary, "version");
  json_object_set_new(summary, "config", build_config(r));
  if (iclgd_source_has(r->source, "model"))
    json_object_set_new(summary, "model", build_model(r));
  if (iclgd_source_has_attr(r->source, "prompts", "count"))
    json_object_set_new(summary, "prompts", build_prompts(r));
}

iclgd_status iclgd_summary_build(const iclgd_source *source, json_t **out,
                                 iclgd_error *err) {
  iclgd_reader r = {.source = source, .err = err};
  json_t *summary = json_object();
  if (!summary) return iclgd_fail_memory(err, "the summary");
  build_head(&r, summary);
  iclgd_status status = build_training(&r, summary);
  if (!status) status = build_theory(&r, summary);
  if (!status) status = build_paths(&r, summary);
  size_t sections;
  const iclgd_section *const *rows = iclgd_sections(&sections);
  for (size_t i = 0; !status && i < sections; ++i)
    status = rows[i]->build(&r, summary);
  iclgd_arena_free(&r.arena);
  if (status) {
    json_decref(summary);
    return status;
  }
  json_t *verdict = iclgd_summary_verdict(summary);
  if (verdict) json_object_set_new(summary, "verdict", verdict);
  *out = summary;
  return ICLGD_OK;
}

iclgd_status iclgd_report_summary(const char *path, bool json, FILE *out,
                                  iclgd_error *err) {
  iclgd_source *source;
  json_t *summary;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = iclgd_summary_build(source, &summary, err);
  iclgd_source_close(source);
  if (status) return status;
  if (json) {
    json_dumpf(summary, out, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    fputc('\n', out);
  } else {
    iclgd_summary_print(summary, out);
  }
  json_decref(summary);
  if (fflush(out) != 0)
    return iclgd_fail(err, ICLGD_EIO, "cannot write the summary");
  return ICLGD_OK;
}
