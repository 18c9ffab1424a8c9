/* What the probe `alignment` says: which algorithm explains each layer best, by
 * the mean difference of predictions, at the step of the layer's number and at
 * any step. */
#include <iclgd/algorithm.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "probes/shared/matrix_view.h"
#include "probes/views.h"

/* Closer by more than rounding: of equals the first of the table is kept. */
static bool closer(double value, double best) {
  return !isnan(value) && (isnan(best) || value < best * (1 - 1e-9));
}

/* The path whose list has the smallest element l; NULL for none. */
static const json_t *closest(const json_t *paths, const char *list, size_t l) {
  const json_t *found = NULL;
  size_t i;
  json_t *path;
  json_array_foreach(paths, i, path) {
    if (closer(iclgd_json_at(path, list, l), iclgd_json_at(found, list, l)))
      found = path;
  }
  return found;
}

static json_t *same_step(const json_t *paths, size_t l) {
  const json_t *path = closest(paths, "prediction_difference", l);
  if (!path) return json_null();
  return json_pack("{s:s, s:f}", "name", iclgd_json_text(path, "name"),
                   "difference",
                   iclgd_json_at(path, "prediction_difference", l));
}

static json_t *any_step(const json_t *paths, size_t l) {
  const json_t *path = closest(paths, "value", l);
  if (!path) return json_null();
  return json_pack(
      "{s:s, s:o, s:f, s:o, s:o}", "name", iclgd_json_text(path, "name"),
      "step", iclgd_json_count(iclgd_json_at(path, "best_step", l)),
      "difference", iclgd_json_at(path, "value", l), "low",
      iclgd_json_number(iclgd_json_at(path, "value_low", l)), "high",
      iclgd_json_number(iclgd_json_at(path, "value_high", l)));
}

/* All members of an object; NULL: memory is out (json_copy leaves some out). */
static json_t *copy_of(json_t *path) {
  json_t *copy = json_copy(path);
  if (json_object_size(copy) == json_object_size(path)) return copy;
  json_decref(copy);
  return NULL;
}

/* Algorithms with their best matches, where they have some. */
static json_t *read_matches(iclgd_reader *r, const json_t *algorithms,
                            size_t *layers) {
  json_t *matches = json_array(), *path;
  size_t i;
  json_array_foreach(algorithms, i, path) {
    char group[128], leaf[160];
    snprintf(group, sizeof group, "alignment/%s/best_match",
             iclgd_json_text(path, "name"));
    snprintf(leaf, sizeof leaf, "%s/value", group);
    if (!iclgd_reader_has(r, leaf)) continue;
    iclgd_reader_members(r, group, "best_step value value_low value_high",
                         layers,
                         iclgd_reader_append(r, matches, copy_of(path)));
  }
  return matches;
}

static void read(iclgd_reader *r, json_t *summary) {
  size_t layers = 0;
  json_t *matches =
      read_matches(r, json_object_get(summary, "algorithms"), &layers);
  json_t *rows = json_array_size(matches)
                     ? iclgd_reader_set(r, summary, "explains", json_array())
                     : NULL;
  for (size_t l = 1; rows && l < layers; ++l)
    iclgd_reader_append(
        r, rows,
        json_pack("{s:I, s:o, s:o}", "layer", (json_int_t)l, "same_step",
                  same_step(matches, l), "any_step", any_step(matches, l)));
  json_decref(matches);
}

static void put_layer(iclgd_blocks *out, const json_t *summary,
                      const json_t *row) {
  const json_t *same = json_object_get(row, "same_step");
  const json_t *any = json_object_get(row, "any_step");
  iclgd_put_row_of(out, iclgd_json_real(row, "layer"));
  iclgd_put_text(out, "%s",
                 iclgd_summary_title(summary, iclgd_json_text(same, "name")));
  iclgd_put_number(out, iclgd_json_real(same, "difference"));
  iclgd_put_text(out, "%s",
                 iclgd_summary_title(summary, iclgd_json_text(any, "name")));
  iclgd_put_number(out, iclgd_json_real(any, "step"));
  iclgd_put_number(out, iclgd_json_real(any, "difference"));
  iclgd_put_range(out, iclgd_json_real(any, "low"),
                  iclgd_json_real(any, "high"));
}

/* Its only step is its result. */
static bool is_one_shot(const json_t *match) {
  const iclgd_algorithm *row =
      iclgd_algorithm_named(iclgd_json_text(match, "name"));
  return row && row->one_shot;
}

/* Predictions off by more than labels are large are like nothing that is
 * measured: predicting zero is closer. */
static bool is_far(const json_t *summary, const json_t *match) {
  const json_t *losses =
      json_object_get(json_object_get(summary, "trajectory"), "loss");
  return iclgd_json_real(match, "difference") >
         sqrt(iclgd_json_element(losses, 0));
}

static void put_claim(iclgd_blocks *out, const json_t *summary,
                      const json_t *last) {
  const json_t *any = json_object_get(last, "any_step");
  const bool diverged = json_object_get(json_object_get(summary, "training"),
                                        "diverged_at") != NULL;
  if (!json_is_object(any)) {
    iclgd_put_claim(out, "The last layer can be compared with no algorithm.");
    return;
  }
  const char *title =
      iclgd_summary_title(summary, iclgd_json_text(any, "name"));
  const char *off =
      iclgd_number_text(out, 3, iclgd_json_real(any, "difference"));
  char closest[160];
  if (is_one_shot(any))
    snprintf(closest, sizeof closest, "%s", title);
  else
    snprintf(closest, sizeof closest, "step %ld of %s",
             iclgd_json_whole(any, "step"), title);
  if (is_far(summary, any))
    iclgd_put_claim(
        out, "Like no algorithm: the closest, %s, is off by %s on average.",
        closest, off);
  else if (diverged)
    iclgd_put_claim(out,
                    "Before it diverged: closest to %s, off by %s on average.",
                    closest, off);
  else
    iclgd_put_claim(out, "Its last layer predicts most like %s.", closest);
}

/* Of the algorithm that the last layer is held to be. */
static void put_left_out(iclgd_blocks *out, const json_t *summary,
                         const json_t *last) {
  const char *name = iclgd_json_text(json_object_get(last, "any_step"), "name");
  iclgd_put_left_out(
      out, iclgd_json_named(json_object_get(summary, "algorithms"), name),
      "prediction_difference_excluded",
      iclgd_json_real(json_object_get(summary, "prompts"), "count"),
      "prompts, where a prediction is not finite");
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"at the same step", .format = ICLGD_AS_TEXT},
      {"difference", .digits = 3},
      {"at any step", .format = ICLGD_AS_TEXT},
      {"step", .format = ICLGD_AS_WHOLE},
      {"difference", .digits = 3},
      {"95% interval", .format = ICLGD_AS_TEXT}};
  const json_t *rows = json_object_get(summary, "explains");
  const size_t layers = json_array_size(rows);
  size_t i;
  json_t *row;
  if (layers == 0) return;
  put_claim(out, summary, json_array_get(rows, layers - 1));
  iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                  "The algorithm whose predictions are closest to those of "
                  "each layer, by the mean |difference of predictions|: among "
                  "steps of the layer's number, and among all steps.");
  json_array_foreach(rows, i, row) put_layer(out, summary, row);
  put_left_out(out, summary, json_array_get(rows, layers - 1));
  iclgd_put_figure(out, "best-step");
  iclgd_put_figure(out, "alignment");
  iclgd_put_fold(out, "Every algorithm at the layer's own step");
  iclgd_put_matrix(out, json_object_get(summary, "algorithms"),
                   "prediction_difference", iclgd_summary_depth(summary),
                   "Mean |difference of predictions| of layer k and step k; "
                   "the smallest of each layer is marked.");
  iclgd_put_fold_end(out);
}

const iclgd_view iclgd_view_alignment = {
    .title = "The step that each layer matches", .read = read, .tell = tell};
