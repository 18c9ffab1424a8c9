/* Metrics between layers and steps, and best steps, of two files. */
#include <math.h>
#include <stdio.h>

#include "diff/diff.h"

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
  TRY(iclgd_diff_shared(pair, "alignment", &names, &count));
  for (size_t i = 0; i < count; ++i) {
    snprintf(group, sizeof group, "alignment/%.100s", names[i]);
    TRY(iclgd_diff_shared(pair, group, &metrics, &n_metrics));
    for (size_t k = 0; k < n_metrics; ++k)
      TRY(diff_metric(pair, names[i], metrics[k], list, &compared));
    TRY(diff_best(pair, names[i], best));
  }
  iclgd_reader_set(&pair->a, to, "alignment_compared",
                   json_integer((json_int_t)compared));
  return ICLGD_OK;
}
