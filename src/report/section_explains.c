/* Which algorithm explains each layer best: by the mean difference of
 * predictions, at the step of the layer's number and at any step. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/section.h"
#include "report/text.h"

/* One of the algorithms, as far as this table is concerned. */
typedef struct candidate {
  const char *name;
  const json_t *same;             /* difference at step = layer, by layer */
  double *step, *value;           /* (layers) of the best match */
  double *value_low, *value_high; /* NULL where the file has them not */
} candidate;

enum { CANDIDATES_MAX = 64 };

/* All arrays of all candidates have as many layers. */
static iclgd_status read_candidate(iclgd_reader *r, const json_t *path,
                                   size_t *layers, candidate *out) {
  char group[128];
  *out = (candidate){.name = iclgd_json_text(path, "name"),
                     .same = json_object_get(path, "prediction_difference")};
  snprintf(group, sizeof group, "alignment/%s/best_match", out->name);
  const struct {
    const char *leaf;
    double **to;
  } arrays[] = {{"best_step", &out->step},
                {"value", &out->value},
                {"value_low", &out->value_low},
                {"value_high", &out->value_high}};
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < sizeof arrays / sizeof *arrays; ++i)
    status =
        iclgd_reader_column(r, group, arrays[i].leaf, 1, layers, arrays[i].to);
  return status;
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

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  candidate all[CANDIDATES_MAX];
  size_t count = 0, layers = 0, i;
  json_t *path;
  json_array_foreach(json_object_get(summary, "algorithms"), i, path) {
    if (count == CANDIDATES_MAX) break;
    const iclgd_status status = read_candidate(r, path, &layers, &all[count]);
    if (status) return status;
    if (all[count].step && all[count].value) ++count;
  }
  if (count == 0) return ICLGD_OK;
  json_t *rows = iclgd_reader_set(r, summary, "explains", json_array());
  for (size_t l = 1; l < layers; ++l)
    iclgd_reader_append(r, rows,
                        json_pack("{s:I, s:o, s:o}", "layer", (json_int_t)l,
                                  "same_step", same_step(all, count, l),
                                  "any_step", any_step(all, count, l)));
  return ICLGD_OK;
}

static void print_layer(const json_t *row, FILE *out) {
  const json_t *same = json_object_get(row, "same_step");
  const json_t *any = json_object_get(row, "any_step");
  fprintf(out, "  %5ld  %-18s",
          (long)json_integer_value(json_object_get(row, "layer")),
          iclgd_json_text(same, "name"));
  iclgd_text_cell(out, 9, 3, iclgd_json_real(same, "difference"));
  fprintf(out, "   %-18s", iclgd_json_text(any, "name"));
  iclgd_text_cell(out, 4, 4, iclgd_json_real(any, "step"));
  iclgd_text_cell(out, 9, 3, iclgd_json_real(any, "difference"));
  fputc('\n', out);
}

static void print(const json_t *summary, FILE *out) {
  const json_t *rows = json_object_get(summary, "explains");
  size_t i;
  json_t *row;
  if (json_array_size(rows) == 0) return;
  fprintf(out,
          "\nThe algorithm closest to each layer (mean |difference of "
          "predictions|)\n  %5s  %-18s %9s   %-18s %4s %9s\n",
          "layer", "at the same step", "", "at any step", "step", "");
  json_array_foreach(rows, i, row) print_layer(row, out);
}

const iclgd_section iclgd_section_explains = {build, print};
