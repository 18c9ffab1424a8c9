/* Weights, metrics and best steps of two files. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diff/diff.h"

json_t *iclgd_diff_numbers(iclgd_pair *pair, double a, double b, double error_a,
                           double error_b, double rounding) {
  const double error = hypot(error_a, error_b);
  if (a == b || (isnan(a) && isnan(b))) return NULL;
  if (fabs(a) <= rounding && fabs(b) <= rounding) return NULL;
  const bool finite = isfinite(a) && isfinite(b);
  const double noise = 1e-12 * fmax(fabs(a), fabs(b)); /* of rounding */
  json_t *row = json_object();
  iclgd_reader_set(&pair->a, row, "a", iclgd_json_number(a));
  iclgd_reader_set(&pair->a, row, "b", iclgd_json_number(b));
  iclgd_reader_set(&pair->a, row, "difference", iclgd_json_number(b - a));
  iclgd_reader_set(&pair->a, row, "standard_error", iclgd_json_number(error));
  iclgd_reader_set(
      &pair->a, row, "beyond",
      json_boolean(!finite || !(fabs(b - a) <= fmax(2 * error, noise))));
  return row;
}

void iclgd_diff_append(iclgd_pair *pair, json_t *list, json_t *row,
                       const char *name, json_t *place) {
  pair->equal = false;
  row = iclgd_reader_append(&pair->a, list, row);
  iclgd_reader_set(&pair->a, row, "name", iclgd_json_line(name));
  if (json_object_update_new(row, place) != 0) pair->a.lost = true;
}

/* Note an array that only one file has, or that has other extents there. */
static void note_shapes(iclgd_pair *pair, const char *group, const char *leaf,
                        bool same) {
  char path[512];
  if (same) return;
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  pair->equal = false;
  iclgd_reader_append(&pair->a, pair->shapes, iclgd_json_line(path));
}

iclgd_status iclgd_diff_read(iclgd_pair *pair, const char *group,
                             const char *leaf, size_t rank, size_t *extents_a,
                             size_t *extents_b, double **a, double **b) {
  iclgd_status status =
      iclgd_reader_reals(&pair->a, group, leaf, rank, extents_a, a);
  if (!status)
    status = iclgd_reader_reals(&pair->b, group, leaf, rank, extents_b, b);
  if (!status)
    note_shapes(pair, group, leaf,
                memcmp(extents_a, extents_b, rank * sizeof *extents_a) == 0);
  return status;
}

iclgd_status iclgd_diff_column(iclgd_pair *pair, const char *group,
                               const char *leaf, size_t rank, size_t *extents_a,
                               size_t *extents_b, double **a, double **b) {
  iclgd_status status =
      iclgd_reader_column(&pair->a, group, leaf, rank, extents_a, a);
  if (!status)
    status = iclgd_reader_column(&pair->b, group, leaf, rank, extents_b, b);
  if (!status) note_shapes(pair, group, leaf, !*a == !*b);
  return status;
}

/* One metric between layer l and step l, where both files have it. */
static iclgd_status diff_metric(iclgd_pair *pair, const char *who,
                                const char *metric, json_t *list,
                                size_t *compared) {
  char group[320];
  size_t a[2], b[2];
  double *mean[2], *error[2];
  snprintf(group, sizeof group, "alignment/%s/%s", who, metric);
  iclgd_status status =
      iclgd_diff_read(pair, group, "mean", 2, a, b, &mean[0], &mean[1]);
  if (!status)
    status = iclgd_diff_column(pair, group, "standard_error", 2, a, b,
                               &error[0], &error[1]);
  if (status || !mean[0] || !mean[1]) return status;
  for (size_t l = 1; l < a[0] && l < a[1] && l < b[0] && l < b[1]; ++l) {
    const size_t i = l * a[1] + l, j = l * b[1] + l;
    ++*compared;
    json_t *row = iclgd_diff_numbers(pair, mean[0][i], mean[1][j],
                                     error[0] ? error[0][i] : NAN,
                                     error[1] ? error[1][j] : NAN, 1e-20);
    if (!row) continue;
    iclgd_diff_append(
        pair, list, row, who,
        json_pack("{s:s,s:I}", "metric", metric, "layer", (json_int_t)l));
  }
  return ICLGD_OK;
}

static iclgd_status diff_best(iclgd_pair *pair, const char *who, json_t *list) {
  char group[160];
  size_t a[1], b[1];
  double *best[2];
  snprintf(group, sizeof group, "alignment/%s/best_match", who);
  const iclgd_status status =
      iclgd_diff_read(pair, group, "best_step", 1, a, b, &best[0], &best[1]);
  for (size_t l = 1; !status && l < a[0] && l < b[0]; ++l) {
    if (best[0][l] == best[1][l]) continue;
    iclgd_diff_append(pair, list, json_object(), who,
                      json_pack("{s:I,s:o,s:o}", "layer", (json_int_t)l, "a",
                                iclgd_json_count(best[0][l]), "b",
                                iclgd_json_count(best[1][l])));
  }
  return status;
}

iclgd_status iclgd_diff_alignment(iclgd_pair *pair, json_t *to) {
  char **names, **metrics, group[160];
  size_t count, n_metrics, compared = 0;
  json_t *list = iclgd_reader_set(&pair->a, to, "alignment", json_array());
  json_t *best = iclgd_reader_set(&pair->a, to, "best_steps", json_array());
  iclgd_status status = iclgd_diff_shared(pair, "alignment", &names, &count);
  for (size_t i = 0; !status && i < count; ++i) {
    snprintf(group, sizeof group, "alignment/%.100s", names[i]);
    status = iclgd_diff_shared(pair, group, &metrics, &n_metrics);
    for (size_t k = 0; !status && k < n_metrics; ++k)
      status = diff_metric(pair, names[i], metrics[k], list, &compared);
    if (!status) status = diff_best(pair, names[i], best);
  }
  iclgd_reader_set(&pair->a, to, "alignment_compared",
                   json_integer((json_int_t)compared));
  return status;
}

/* |A - B| / |A|, infinite when A is zero and B is not. */
static double distance(const double *a, const double *b, size_t count) {
  double apart = 0, length = 0;
  for (size_t i = 0; i < count; ++i) {
    apart += (a[i] - b[i]) * (a[i] - b[i]);
    length += a[i] * a[i];
  }
  return apart == 0 ? 0 : sqrt(apart / length);
}

static json_t *extents_of(iclgd_pair *pair, const size_t *extents,
                          size_t rank) {
  json_t *list = json_array();
  for (size_t i = 0; i < rank; ++i)
    iclgd_reader_append(&pair->a, list, json_integer((json_int_t)extents[i]));
  return list;
}

static iclgd_status diff_array(iclgd_pair *pair, const char *name,
                               json_t *list) {
  char path[320];
  iclgd_shape a, b;
  double *values[2];
  snprintf(path, sizeof path, "model/%s", name);
  iclgd_status status =
      iclgd_source_shape(pair->a.source, path, &a, pair->a.err);
  if (!status)
    status = iclgd_source_shape(pair->b.source, path, &b, pair->b.err);
  if (status || a.is_scale || b.is_scale || a.type == ICLGD_TEXT ||
      b.type == ICLGD_TEXT)
    return status;
  if (a.rank != b.rank || memcmp(a.extents, b.extents, sizeof a.extents) != 0) {
    iclgd_diff_append(
        pair, list, json_object(), name,
        json_pack("{s:o,s:o}", "a", extents_of(pair, a.extents, a.rank), "b",
                  extents_of(pair, b.extents, b.rank)));
    return ICLGD_OK;
  }
  size_t count = 1;
  for (size_t i = 0; i < a.rank; ++i) count *= a.extents[i];
  status = iclgd_diff_read(pair, "model", name, a.rank, a.extents, b.extents,
                           &values[0], &values[1]);
  if (status || memcmp(values[0], values[1], count * sizeof(double)) == 0)
    return status;
  const double apart = distance(values[0], values[1], count);
  if (apart != 0)
    iclgd_diff_append(pair, list, json_object(), name,
                      json_pack("{s:o}", "distance", iclgd_json_number(apart)));
  return ICLGD_OK;
}

iclgd_status iclgd_diff_weights(iclgd_pair *pair, json_t *to) {
  char **names;
  size_t count;
  json_t *list = iclgd_reader_set(&pair->a, to, "weights", json_array());
  iclgd_status status = iclgd_diff_shared(pair, "model", &names, &count);
  for (size_t i = 0; !status && i < count; ++i)
    status = diff_array(pair, names[i], list);
  return status;
}
