/* What the probe `alignment` says: which algorithm explains each layer best, by
 * the mean difference of predictions, at the step of the layer's number and at
 * any step. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "matrix_view.h"
#include "views.h"

/* One of the algorithms, as far as this table is concerned. */
typedef struct candidate {
  const char *name;
  const json_t *same;                   /* difference at step = layer */
  const double *step, *value;           /* (layers) of the best match */
  const double *value_low, *value_high; /* NULL where the file has them not */
} candidate;

enum { CANDIDATES_MAX = 64 };

/* All arrays of all candidates have as many layers. */
static candidate read_candidate(iclgd_reader *r, const json_t *path,
                                size_t *layers) {
  const char *name = iclgd_json_text(path, "name");
  char group[128];
  snprintf(group, sizeof group, "alignment/%s/best_match", name);
  return (candidate){
      .name = name,
      .same = json_object_get(path, "prediction_difference"),
      .step = iclgd_reader_reals(r, group, "best_step", 1, layers),
      .value = iclgd_reader_reals(r, group, "value", 1, layers),
      .value_low = iclgd_reader_reals(r, group, "value_low", 1, layers),
      .value_high = iclgd_reader_reals(r, group, "value_high", 1, layers)};
}

/* Closer by more than rounding: of equals the first of the table is kept. */
static bool closer(double value, double best) {
  return !isnan(value) && (isnan(best) || value < best * (1 - 1e-9));
}

static json_t *same_step(const candidate *all, size_t count, size_t l) {
  double best = NAN;
  size_t at = 0;
  for (size_t i = 0; i < count; ++i) {
    const double value = iclgd_json_element(all[i].same, l);
    if (!closer(value, best)) continue;
    best = value;
    at = i;
  }
  if (isnan(best)) return json_null();
  return json_pack("{s:s, s:f}", "name", all[at].name, "difference", best);
}

/* Element l of an array that the file may not have. */
static json_t *element(const double *values, size_t l) {
  return values ? iclgd_json_number(values[l]) : json_null();
}

static json_t *any_step(const candidate *all, size_t count, size_t l) {
  double best = NAN;
  size_t at = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!closer(all[i].value[l], best)) continue;
    best = all[i].value[l];
    at = i;
  }
  if (isnan(best)) return json_null();
  return json_pack("{s:s, s:o, s:f, s:o, s:o}", "name", all[at].name, "step",
                   iclgd_json_count(all[at].step[l]), "difference", best, "low",
                   element(all[at].value_low, l), "high",
                   element(all[at].value_high, l));
}

static void read(iclgd_reader *r, json_t *summary) {
  candidate all[CANDIDATES_MAX];
  size_t count = 0, layers = 0, i;
  json_t *path;
  json_array_foreach(json_object_get(summary, "algorithms"), i, path) {
    if (count == CANDIDATES_MAX) break;
    all[count] = read_candidate(r, path, &layers);
    if (all[count].step && all[count].value) ++count;
  }
  if (count == 0 || r->status) return;
  json_t *rows = iclgd_reader_set(r, summary, "explains", json_array());
  for (size_t l = 1; l < layers; ++l)
    iclgd_reader_append(r, rows,
                        json_pack("{s:I, s:o, s:o}", "layer", (json_int_t)l,
                                  "same_step", same_step(all, count, l),
                                  "any_step", any_step(all, count, l)));
}

static void put_interval(iclgd_blocks *out, double low, double high) {
  if (isfinite(low) && isfinite(high))
    iclgd_put_text(out, "%.3g to %.3g", low, high);
  else
    iclgd_put_text(out, "%s", "");
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
  put_interval(out, iclgd_json_real(any, "low"), iclgd_json_real(any, "high"));
}

static void put_claim(iclgd_blocks *out, const json_t *last) {
  const json_t *same = json_object_get(last, "same_step");
  const json_t *any = json_object_get(last, "any_step");
  if (!json_is_object(same) || !json_is_object(any))
    iclgd_put_claim(out, "The last layer can be compared with no algorithm.");
  else
    iclgd_put_claim(out,
                    "Last layer closest to %.20s; at any step, %.20s (%ld).",
                    iclgd_json_text(same, "name"), iclgd_json_text(any, "name"),
                    iclgd_json_whole(any, "step"));
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
  put_claim(out, json_array_get(rows, layers - 1));
  iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                  "The algorithm whose predictions are closest to those of "
                  "each layer, by the mean |difference of predictions|: among "
                  "steps of the layer's number, and among all steps.");
  json_array_foreach(rows, i, row) put_layer(out, summary, row);
  iclgd_put_figure(out, "best-step");
  iclgd_put_figure(out, "alignment");
  iclgd_put_figure(out, "cosine");
  iclgd_put_fold(out, "Every algorithm at the layer's own step");
  iclgd_put_matrix(out, json_object_get(summary, "algorithms"),
                   "prediction_difference", iclgd_summary_depth(summary),
                   "Mean |difference of predictions| of layer k and step k; "
                   "the smallest of each layer is marked.");
  iclgd_put_fold_end(out);
}

const iclgd_view iclgd_view_alignment = {
    .title = "The step that each layer matches", .read = read, .tell = tell};
