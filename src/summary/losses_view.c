/* The loss of the model beside every algorithm: layer by layer beside gradient
 * descent and the closest algorithm, and at the end beside all. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "summary/views.h"
#include "view/shown_loss.h"

/* What all paths of a file have in common. */
typedef struct sizes {
  size_t rows;   /* of losses by index */
  size_t layers; /* of alignments, layer 0 among them */
} sizes;

/* A leaf of one metric for (layer, step = layer), NaN where there is none, as
 * a member METRIC or METRIC_LEAF. */
static void read_diagonal(iclgd_reader *r, const char *who, const char *metric,
                          const char *leaf, size_t *layers, json_t *to) {
  char group[128], key[64];
  size_t steps = 0;
  const bool mean = strcmp(leaf, "mean") == 0;
  snprintf(group, sizeof group, "alignment/%s/%s", who, metric);
  snprintf(key, sizeof key, "%s%s%s", metric, mean ? "" : "_",
           mean ? "" : leaf);
  iclgd_reader_reals(r, group, "step", 1, &steps);
  size_t extents[2] = {*layers, steps};
  const double *all = iclgd_reader_reals(r, group, leaf, 2, extents);
  if (!all) return;
  *layers = extents[0];
  json_t *list = iclgd_reader_set(r, to, key, json_array());
  for (size_t l = 0; l < extents[0]; ++l)
    iclgd_reader_append(
        r, list,
        iclgd_json_number(l < extents[1] ? all[l * extents[1] + l] : NAN));
}

/* The mean losses of a path by index, and what stands beside them. */
static void read_losses(iclgd_reader *r, const char *who, size_t *rows,
                        json_t *path) {
  static const struct {
    const char *suffix, *name;
  } lists[] = {{"", "loss"},
               {"_errors", "standard_error"},
               {"_median", "median"},
               {"_risk", "risk"},
               {"_risk_errors", "risk_standard_error"},
               {"_expected", "expected"},
               {"_expected_errors", "expected_standard_error"},
               {"_measurable", "measurable"}};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; ++i) {
    char leaf[96];
    snprintf(leaf, sizeof leaf, "%.80s%s", who, lists[i].suffix);
    const double *values =
        iclgd_reader_reals(r, "trajectories_loss", leaf, 1, rows);
    if (values)
      iclgd_reader_set(r, path, lists[i].name, iclgd_json_list(values, *rows));
  }
}

/* One path: the model or an algorithm. */
static void read_path(iclgd_reader *r, const char *who, sizes *common,
                      json_t *path) {
  static const char *const metrics[] = {"prediction_difference", "spd",
                                        "sensitivity_cosine", "ilwd", "sime"};
  char group[128];
  snprintf(group, sizeof group, "trajectories/%.80s", who);
  iclgd_reader_set(r, path, "name", iclgd_json_line(who));
  size_t own = 0;
  iclgd_reader_members(
      r, group,
      "@label=title @how_chosen @gamma @lambda @eta @weights @linear "
      "@readout",
      NULL, path);
  iclgd_reader_members(r, group, "linearity", &own, path);
  read_losses(r, who, &common->rows, path);
  for (size_t i = 0; i < sizeof metrics / sizeof *metrics; ++i)
    read_diagonal(r, who, metrics[i], "mean", &common->layers, path);
  for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i += 2)
    read_diagonal(r, who, metrics[i], "excluded", &common->layers, path);
  read_diagonal(r, who, metrics[0], "standard_error", &common->layers, path);
  snprintf(group, sizeof group, "alignment/%.80s/best_match", who);
  iclgd_reader_members(r, group, "#best_step", &common->layers, path);
}

static void read(iclgd_reader *r, json_t *summary) {
  char **names;
  size_t count;
  sizes common = {0};
  if (!iclgd_reader_has(r, "trajectories")) return;
  r->status = iclgd_source_children(r->source, "trajectories", &r->arena,
                                    &names, &count, r->err);
  iclgd_reader_reals(r, "trajectories_loss", "index", 1, &common.rows);
  if (r->status) return;
  json_t *algorithms = iclgd_reader_set(r, summary, "algorithms", json_array());
  for (size_t i = 0; i < count; ++i)
    read_path(r, names[i], &common,
              strcmp(names[i], "model") == 0
                  ? iclgd_reader_set(r, summary, "trajectory", json_object())
                  : iclgd_reader_append(r, algorithms, json_object()));
  iclgd_reader_members(r, "trajectories", "%not_run", NULL, summary);
}

/* --- layer by layer ------------------------------------------------------ */

static size_t append_number(char *text, size_t size, size_t used,
                            const char *lead, int digits, double value) {
  if (isnan(value) || used >= size) return used;
  return used + (size_t)snprintf(text + used, size - used, "%s%.*g", lead,
                                 digits, value);
}

/* "eta = 0.1, 0.2, gamma = 0.3 (how they were chosen)" */
static void put_hyper(iclgd_blocks *out, const json_t *path) {
  enum { SIZE = 1024 };
  char text[SIZE] = "";
  const json_t *eta = json_object_get(path, "eta");
  const char *how = iclgd_json_text(path, "how_chosen");
  size_t used =
      append_number(text, SIZE, 0, "eta = ", 6, iclgd_json_real(path, "eta"));
  for (size_t k = 0; k < json_array_size(eta); ++k)
    used = append_number(text, SIZE, used, k ? ", " : "eta = ", 4,
                         iclgd_json_element(eta, k));
  used = append_number(text, SIZE, used, used ? ", gamma = " : "gamma = ", 4,
                       iclgd_json_real(path, "gamma"));
  used = append_number(text, SIZE, used, "lambda = ", 4,
                       iclgd_json_real(path, "lambda"));
  if (used > 0 && *how)
    iclgd_put_sentence(out, "%s (%s)", text, how);
  else if (used > 0 || *how)
    iclgd_put_sentence(out, "%s%s", text, how);
}

/* Whether the step that matches layer l best is the last one that was computed,
 * so that a later one may match better. */
static bool is_cut(const json_t *path, size_t l) {
  const double best = iclgd_json_at(path, "best_step", l);
  size_t last = iclgd_json_length(path, "loss");
  if (json_is_array(json_object_get(path, "eta"))) return false; /* no more */
  while (last > 0 && isnan(iclgd_json_at(path, "loss", last - 1))) --last;
  return last > 2 && best == (double)(last - 1) && best != (double)l;
}

static void put_best_step(iclgd_blocks *out, const json_t *path, size_t l) {
  const double best = iclgd_json_at(path, "best_step", l);
  if (l > 0 && best > 0 && is_cut(path, l))
    iclgd_put_text(out, ">=%.0f", best);
  else
    iclgd_put_number(out, l > 0 && best > 0 ? best : NAN);
}

/* Without the alignment probe the losses alone. */
static void put_layers(iclgd_blocks *out, const json_t *summary,
                       const json_t *path, size_t depth) {
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"model's loss", .digits = 4},
      {"its loss", .digits = 4},
      {"difference of predictions", .digits = 3},
      {"cosine of weights", .digits = 5},
      {"best step", .format = ICLGD_AS_WHOLE}};
  enum { IN_SHORT = 12 };
  size_t key = 0;
  const json_t *model = json_object_get(summary, "trajectory");
  iclgd_put_heading(out, "Layer by layer beside %s (%s)",
                    iclgd_json_text(path, "title"),
                    iclgd_json_text(path, "name"));
  put_hyper(out, path);
  iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                  "Layer k of the model beside step k: difference is the mean "
                  "|difference of predictions|, cosine that of the implied "
                  "weights, and best step the one, from 1 on, whose "
                  "predictions are closest to those of the layer.");
  for (size_t l = 0; l <= depth; ++l) {
    iclgd_put_row_of(out, (double)l);
    if (l == iclgd_evenly(key, depth + 1, IN_SHORT)) {
      iclgd_put_key(out);
      ++key;
    }
    iclgd_put_loss(out, iclgd_loss_to_show(model, path, l));
    iclgd_put_loss(out, iclgd_loss_to_show(path, model, l));
    iclgd_put_number(out, iclgd_json_at(path, "prediction_difference", l));
    iclgd_put_number(out, iclgd_json_at(path, "sensitivity_cosine", l));
    put_best_step(out, path, l);
  }
  iclgd_put_comparison_caution(out, summary, path, depth);
}

/* --- final losses -------------------------------------------------------- */

/* The row of the loss ratio (`what`) to an algorithm, or NULL. */
static const json_t *ratio_to(const json_t *summary, const char *what,
                              const json_t *path) {
  char name[128];
  snprintf(name, sizeof name, "%s_%.100s", what, iclgd_json_text(path, "name"));
  return iclgd_json_named(json_object_get(summary, "oracle"), name);
}

static bool is_kind(const json_t *row, const char *kind) {
  return strcmp(iclgd_json_text(row, "kind"), kind) == 0;
}

/* An exact ratio has no error; where no mean can be measured the medians still
 * can. */
static void put_ratio(iclgd_blocks *out, const json_t *summary,
                      const json_t *path) {
  const json_t *row = ratio_to(summary, "ratio", path);
  const json_t *medians = ratio_to(summary, "median_ratio", path);
  const double ratio = iclgd_json_real(row, "measured");
  if (!row)
    return;
  else if (is_kind(row, "exact"))
    iclgd_put_noted(out, ratio, "exact");
  else if (!is_kind(row, "unmeasurable"))
    iclgd_put_estimate(out, ratio, iclgd_json_real(row, "standard_error"));
  else if (medians)
    iclgd_put_text(
        out, "medians %s",
        iclgd_number_text(out, 3, iclgd_json_real(medians, "measured")));
  else
    iclgd_put_text(out, "not measurable");
}

/* How far the final loss of a path is from the model's, as a factor. */
static double distance(const json_t *summary, const json_t *path,
                       size_t depth) {
  const json_t *model = json_object_get(summary, "trajectory");
  return fabs(log(iclgd_loss_to_show(path, model, depth).value /
                  iclgd_loss_to_show(model, path, depth).value));
}

/* Whether no algorithm has a smaller final loss. */
static bool is_best(const json_t *summary, const json_t *path, size_t depth) {
  const json_t *model = json_object_get(summary, "trajectory");
  const double own = iclgd_loss_to_show(path, model, depth).value;
  size_t i;
  json_t *other;
  json_array_foreach(json_object_get(summary, "algorithms"), i, other)
    if (iclgd_loss_to_show(other, model, depth).value < own) return false;
  return isfinite(own);
}

/* Rows of the short summary: the model, gradient descent, what the model is
 * held to be, the few that lose nearly as much and, where the task is not
 * linear, so that gradient descent is no way to solve it, the best. */
static bool is_key(const json_t *summary, const json_t *path, size_t depth) {
  enum { FEW = 4 };
  const json_t *algorithms = json_object_get(summary, "algorithms");
  const double own = distance(summary, path, depth);
  size_t nearer = 0, i;
  json_t *other;
  json_array_foreach(algorithms, i, other)
    nearer += distance(summary, other, depth) < own;
  return path == json_object_get(summary, "trajectory") ||
         path == json_array_get(algorithms, 0) ||
         strcmp(iclgd_json_text(path, "name"),
                iclgd_json_text(summary, "closest")) == 0 ||
         (isfinite(own) && nearer < FEW) ||
         (!iclgd_has_linear_task(summary) && is_best(summary, path, depth));
}

static void put_final(iclgd_blocks *out, const json_t *summary,
                      const json_t *path, size_t depth) {
  const json_t *model = json_object_get(summary, "trajectory");
  const json_t *losses = iclgd_mean_losses(path);
  const double own = iclgd_json_element(losses, depth);
  iclgd_put_row(out, "%s", iclgd_json_text(path, "title"));
  if (is_key(summary, path, depth)) iclgd_put_key(out);
  if (own < 1e-20 * iclgd_json_element(losses, 0)) {
    iclgd_put_noted(out, 0, "up to rounding");
    return;
  }
  iclgd_put_loss(out, iclgd_loss_to_show(path, model, depth));
  iclgd_put_number(out, iclgd_json_at(path, "median", depth));
  put_ratio(out, summary, path);
}

static bool is_unknown(const json_t *path, size_t depth) {
  const char *note = iclgd_loss_to_show(path, path, depth).note;
  return note && strcmp(note, "unknown") == 0;
}

/* Whether an error or a ratio of the table is called unknown. */
static bool any_unknown(const json_t *summary, size_t depth) {
  bool any = is_unknown(json_object_get(summary, "trajectory"), depth);
  size_t i;
  json_t *item;
  json_array_foreach(json_object_get(summary, "algorithms"), i, item)
    any |= is_unknown(item, depth);
  json_array_foreach(json_object_get(summary, "oracle"), i, item)
    any |= is_kind(item, "unmeasurable");
  return any;
}

/* The model's final loss beside every algorithm's; the closed form, which is
 * of no sample, below. */
static void put_finals(iclgd_blocks *out, const json_t *summary, size_t depth) {
  static const iclgd_column columns[] = {{"", .format = ICLGD_AS_TEXT},
                                         {"loss", .digits = 5},
                                         {"median", .digits = 4},
                                         {"model's loss over it", .digits = 5}};
  const json_t *best = json_object_get(summary, "closed_form");
  size_t i;
  json_t *path;
  iclgd_put_heading(out,
                    "Final loss, and loss of the algorithms after %zu step%s",
                    depth, depth == 1 ? "" : "s");
  iclgd_put_table(out, columns, 4,
                  "Means over all prompts of the law where they are known of "
                  "the model, too, else over these prompts, on which the last "
                  "column is then taken; it is below 1 where the model is "
                  "better. Means of heavy-tailed losses: the medians, of these "
                  "prompts, can be ordered otherwise, and where rare prompts "
                  "carry a mean its error is called unknown.");
  put_final(out, summary, json_object_get(summary, "trajectory"), depth);
  json_array_foreach(json_object_get(summary, "algorithms"), i, path)
    put_final(out, summary, path, depth);
  iclgd_put_in_short(out, false);
  if (best)
    iclgd_put_sentence(
        out, "Over all prompts, not this sample: %s, exactly %s.",
        iclgd_json_text(best, "of"),
        iclgd_number_text(out, 5, iclgd_json_real(best, "loss")));
  if (any_unknown(summary, depth))
    iclgd_put_sentence(out,
                       "unknown: rare prompts carry this mean, so it is not "
                       "measurable with these prompts; the ratio of the "
                       "medians stands for that of the means.");
}

/* Gradient descent, the first, and the algorithm that is closest. */
static void tell(const json_t *summary, iclgd_blocks *out) {
  const size_t depth = iclgd_summary_depth(summary);
  const char *closest = iclgd_json_text(summary, "closest");
  size_t i;
  json_t *path;
  iclgd_put_figure(out, "loss");
  if (!json_object_get(summary, "trajectory")) return;
  iclgd_put_in_short(out, true);
  json_array_foreach(json_object_get(summary, "algorithms"), i, path) {
    if (depth > 0 &&
        (i == 0 || strcmp(iclgd_json_text(path, "name"), closest) == 0))
      put_layers(out, summary, path, depth);
  }
  iclgd_put_linearity(out, json_object_get(summary, "trajectory"), depth);
  if (depth > 0) put_finals(out, summary, depth);
  iclgd_put_in_short(out, false);
  iclgd_put_not_run(out, json_object_get(summary, "not_run"));
}

const iclgd_view iclgd_view_losses = {
    .title = "The loss, layer by layer", .read = read, .tell = tell};
