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

/* The layers and the features of A, or of P, which has one row more; left out
 * where the file has neither. */
static iclgd_status build_model(iclgd_reader *r, json_t *summary) {
  static const char *const arrays[] = {"model/A", "model/P"};
  size_t extents[ICLGD_RANK_MAX], rank, layers[1];
  double *ignored;
  size_t i = 0;
  while (i < 2 && !iclgd_source_has(r->source, arrays[i])) ++i;
  if (i == 2) return ICLGD_OK;
  iclgd_status status =
      iclgd_source_extents(r->source, arrays[i], &rank, extents, r->err);
  if (!status)
    status = iclgd_reader_reals(r, "model", "layer", 1, layers, &ignored);
  if (status) return status;
  if (rank != 3 || extents[1] < 1 + i || (ignored && layers[0] != extents[0]))
    return iclgd_fail(r->err, ICLGD_EINPUT,
                      "%s: /entry/%s: expected as many matrices as "
                      "/entry/model/layer has layers, found another shape",
                      iclgd_source_path(r->source), arrays[i]);
  json_t *model = iclgd_reader_set(r, summary, "model", json_object());
  iclgd_reader_copy_text(r, "model", "weights", model, "weights");
  iclgd_reader_copy_int(r, "model", "loops", model, "loops");
  iclgd_reader_set(r, model, "layers", json_integer((json_int_t)extents[0]));
  iclgd_reader_set(r, model, "d", json_integer((json_int_t)(extents[1] - i)));
  return ICLGD_OK;
}

/* The median of `count` >= 1 values, which are sorted. */
static double median(double *values, size_t count) {
  iclgd_sort(values, count);
  return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Final losses of all seeds, and which of them diverged. */
static iclgd_status build_seeds(iclgd_reader *r, json_t *training) {
  size_t runs = 0, diverged = 0;
  double *final, *at;
  iclgd_status status =
      iclgd_reader_column(r, "seeds", "final_loss", 1, &runs, &final);
  if (!status)
    status = iclgd_reader_column(r, "seeds", "diverged_at", 1, &runs, &at);
  if (status) return status;
  if (final) {
    iclgd_reader_set(r, training, "final_losses", iclgd_json_list(final, runs));
    iclgd_reader_set(r, training, "median_final_loss",
                     iclgd_json_number(median(final, runs)));
  }
  for (size_t i = 0; at && i < runs; ++i) diverged += at[i] >= 0;
  if (at)
    iclgd_reader_set(r, training, "diverged",
                     json_integer((json_int_t)diverged));
  if (at && at[0] >= 0)
    iclgd_reader_set(r, training, "diverged_at", iclgd_json_count(at[0]));
  return ICLGD_OK;
}

static iclgd_status build_training(iclgd_reader *r, json_t *summary) {
  size_t rows = 0;
  double *step, *loss;
  iclgd_status status =
      iclgd_reader_column(r, "training", "step", 1, &rows, &step);
  if (!status)
    status = iclgd_reader_column(r, "training", "loss_eval", 1, &rows, &loss);
  if (status || !step || !loss) return status;
  json_t *training = iclgd_reader_set(r, summary, "training", json_object());
  iclgd_reader_set(r, training, "steps", iclgd_json_count(step[rows - 1]));
  iclgd_reader_set(r, training, "first_loss", iclgd_json_number(loss[0]));
  iclgd_reader_set(r, training, "final_loss",
                   iclgd_json_number(loss[rows - 1]));
  return build_seeds(r, training);
}

/* What is exact beside the rows. */
static void build_closed_form(iclgd_reader *r, json_t *summary) {
  if (!iclgd_source_has_attr(r->source, "oracle", "closed_form_of")) return;
  json_t *best = iclgd_reader_set(r, summary, "closed_form", json_object());
  iclgd_reader_copy_text(r, "oracle", "closed_form_of", best, "of");
  iclgd_reader_copy_real(r, "oracle", "closed_form_loss", best, "loss");
}

static iclgd_status build_theory(iclgd_reader *r, json_t *summary) {
  static const char *const numbers[] = {"expected", "measured",
                                        "standard_error"};
  static const char *const texts[] = {"name", "statement", "kind"};
  double *values[3];
  char **words[3];
  size_t count = 0;
  bool whole = true;
  for (size_t i = 0; i < 3; ++i) {
    iclgd_status status =
        iclgd_reader_column(r, "oracle", numbers[i], 1, &count, &values[i]);
    if (!status)
      status = iclgd_reader_texts(r, "oracle", texts[i], &count, &words[i]);
    if (status) return status;
    whole = whole && values[i] && words[i];
  }
  if (!whole) return ICLGD_OK;
  json_t *list = iclgd_reader_set(r, summary, "oracle", json_array());
  for (size_t k = 0; k < count; ++k) {
    json_t *row = iclgd_reader_append(r, list, json_object());
    for (size_t i = 0; i < 3; ++i)
      iclgd_reader_set(r, row, texts[i], iclgd_json_line(words[i][k]));
    for (size_t i = 0; i < 3; ++i)
      iclgd_reader_set(r, row, numbers[i], iclgd_json_number(values[i][k]));
  }
  build_closed_form(r, summary);
  return ICLGD_OK;
}

/* What all paths of a file have in common. */
typedef struct sizes {
  size_t rows;   /* of losses by index */
  size_t layers; /* of alignments, layer 0 among them */
} sizes;

/* Mean of one metric for (layer, step = layer), NaN where there is none. */
static iclgd_status add_diagonal(iclgd_reader *r, const char *who,
                                 const char *metric, size_t *layers,
                                 json_t *to) {
  char group[128];
  size_t extents[2] = {*layers, 0}, steps;
  double *mean, *ignored;
  snprintf(group, sizeof group, "alignment/%s/%s", who, metric);
  iclgd_status status =
      iclgd_reader_reals(r, group, "step", 1, &steps, &ignored);
  extents[1] = steps;
  if (!status)
    status = iclgd_reader_column(r, group, "mean", 2, extents, &mean);
  if (status || !mean) return status;
  *layers = extents[0];
  json_t *list = iclgd_reader_set(r, to, metric, json_array());
  for (size_t l = 0; l < extents[0]; ++l)
    iclgd_reader_append(
        r, list,
        iclgd_json_number(l < extents[1] ? mean[l * extents[1] + l] : NAN));
  return ICLGD_OK;
}

static iclgd_status add_best_steps(iclgd_reader *r, const char *who,
                                   size_t *layers, json_t *to) {
  char group[128];
  double *best;
  snprintf(group, sizeof group, "alignment/%s/best_match", who);
  const iclgd_status status =
      iclgd_reader_column(r, group, "best_step", 1, layers, &best);
  if (status || !best) return status;
  json_t *list = iclgd_reader_set(r, to, "best_step", json_array());
  for (size_t l = 0; l < *layers; ++l)
    iclgd_reader_append(r, list, iclgd_json_count(best[l]));
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
  iclgd_reader_set(
      r, to, "eta",
      count == 1 ? iclgd_json_number(eta[0]) : iclgd_json_list(eta, count));
}

/* The mean losses of a path by index, and what stands beside them. */
static iclgd_status add_losses(iclgd_reader *r, const char *who, size_t *rows,
                               json_t *path) {
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
    char leaf[96];
    double *values;
    snprintf(leaf, sizeof leaf, "%.80s%s", who, suffixes[i]);
    status =
        iclgd_reader_column(r, "trajectories_loss", leaf, 1, rows, &values);
    if (!status && values)
      iclgd_reader_set(r, path, names[i], iclgd_json_list(values, *rows));
  }
  return status;
}

/* One path: the model or an algorithm. */
static iclgd_status build_path(iclgd_reader *r, const char *who, sizes *common,
                               json_t *path) {
  static const char *const metrics[] = {"prediction_difference", "spd",
                                        "sensitivity_cosine", "ilwd", "sime"};
  char group[96];
  snprintf(group, sizeof group, "trajectories/%.80s", who);
  iclgd_reader_set(r, path, "name", iclgd_json_line(who));
  iclgd_reader_copy_text(r, group, "label", path, "title");
  iclgd_reader_copy_text(r, group, "how_chosen", path, "how_chosen");
  iclgd_reader_copy_real(r, group, "gamma", path, "gamma");
  iclgd_reader_copy_real(r, group, "lambda", path, "lambda");
  add_eta(r, group, path);
  iclgd_status status = add_losses(r, who, &common->rows, path);
  for (size_t i = 0; !status && i < 5; ++i)
    status = add_diagonal(r, who, metrics[i], &common->layers, path);
  return status ? status : add_best_steps(r, who, &common->layers, path);
}

static iclgd_status build_notes(iclgd_reader *r, json_t *summary) {
  char **notes;
  size_t count;
  if (!iclgd_source_has_attr(r->source, "trajectories", "not_run"))
    return ICLGD_OK;
  const iclgd_status status = iclgd_source_attr_texts(
      r->source, "trajectories", "not_run", &r->arena, &notes, &count, r->err);
  if (status) return status;
  json_t *list = iclgd_reader_set(r, summary, "not_run", json_array());
  for (size_t i = 0; i < count; ++i)
    iclgd_reader_append(r, list, iclgd_json_line(notes[i]));
  return ICLGD_OK;
}

static iclgd_status build_paths(iclgd_reader *r, json_t *summary) {
  char **names;
  size_t count;
  double *ignored;
  sizes common = {0};
  if (!iclgd_source_has(r->source, "trajectories")) return ICLGD_OK;
  iclgd_status status = iclgd_source_children(
      r->source, "trajectories", &r->arena, &names, &count, r->err);
  if (!status)
    status = iclgd_reader_reals(r, "trajectories_loss", "index", 1,
                                &common.rows, &ignored);
  if (status) return status;
  json_t *algorithms = iclgd_reader_set(r, summary, "algorithms", json_array());
  for (size_t i = 0; !status && i < count; ++i) {
    json_t *path =
        strcmp(names[i], "model") == 0
            ? iclgd_reader_set(r, summary, "trajectory", json_object())
            : iclgd_reader_append(r, algorithms, json_object());
    status = build_path(r, names[i], &common, path);
  }
  return status ? status : build_notes(r, summary);
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

static void build_head(iclgd_reader *r, json_t *summary) {
  char **title;
  size_t count = 1;
  iclgd_error unused;
  iclgd_reader_set(r, summary, "file",
                   iclgd_json_line(iclgd_source_path(r->source)));
  if (iclgd_source_has(r->source, "title") &&
      !iclgd_source_texts(r->source, "title", 0, &count, &r->arena, &title,
                          &unused))
    iclgd_reader_set(r, summary, "title", iclgd_json_line(title[0]));
  iclgd_reader_copy_text(r, "code", "version", summary, "version");
  iclgd_reader_set(r, summary, "config", build_config(r));
  if (iclgd_source_has_attr(r->source, "prompts", "count"))
    iclgd_reader_set(r, summary, "prompts", build_prompts(r));
}

iclgd_status iclgd_summary_build(const iclgd_source *source, json_t **out,
                                 iclgd_error *err) {
  iclgd_reader r = {.source = source, .err = err};
  json_t *summary = json_object();
  if (!summary) return iclgd_fail_memory(err, "the summary");
  build_head(&r, summary);
  iclgd_status status = build_model(&r, summary);
  if (!status) status = build_training(&r, summary);
  if (!status) status = build_theory(&r, summary);
  if (!status) status = build_paths(&r, summary);
  size_t sections;
  const iclgd_section *const *rows = iclgd_sections(&sections);
  for (size_t i = 0; !status && i < sections; ++i)
    status = rows[i]->build(&r, summary);
  if (!status) {
    json_t *verdict = iclgd_summary_verdict(summary);
    if (verdict) iclgd_reader_set(&r, summary, "verdict", verdict);
  }
  status = iclgd_reader_status(&r, status);
  iclgd_arena_free(&r.arena);
  if (status)
    json_decref(summary);
  else
    *out = summary;
  return status;
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
  if (json)
    status = iclgd_json_print(summary, out, err);
  else
    iclgd_summary_print(summary, out);
  json_decref(summary);
  if (!status && fflush(out) != 0)
    return iclgd_fail(err, ICLGD_EIO, "cannot write the summary");
  return status;
}
