/* What the probe `similarity` says: the step whose errors over context lengths
 * are most like each layer's. */
#include <iclgd/algorithm.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "probes/views.h"

static void read(iclgd_reader *r, json_t *summary) {
  json_t *paths = NULL, *path;
  size_t i, layers = 0;
  json_array_foreach(json_object_get(summary, "algorithms"), i, path) {
    const char *name = iclgd_json_text(path, "name");
    char group[128], leaf[160];
    snprintf(group, sizeof group, "similarity/%s", name);
    snprintf(leaf, sizeof leaf, "%s/best_step", group);
    if (!iclgd_reader_has(r, leaf)) continue;
    if (!paths)
      paths = iclgd_reader_set(r, summary, "similarity", json_array());
    json_t *row =
        iclgd_reader_append(r, paths, json_pack("{s:s}", "name", name));
    iclgd_reader_members(r, group, "#best_step best", &layers, row);
    iclgd_reader_members(r, group, "@prompts", NULL, row);
  }
}

/* The algorithm most like layer l; NULL for none. Of equals, to rounding, the
 * first. */
static const json_t *most_alike(const json_t *paths, size_t l) {
  const json_t *best = NULL;
  json_t *path;
  size_t i;
  json_array_foreach(paths, i, path) {
    const double now = iclgd_json_at(path, "best", l);
    if (isnan(now)) continue;
    if (!best || now > iclgd_json_at(best, "best", l) + 1e-9) best = path;
  }
  return best;
}

static bool is_one_shot(const json_t *path) {
  const iclgd_algorithm *row =
      iclgd_algorithm_named(iclgd_json_text(path, "name"));
  return row && row->one_shot;
}

static void put_claim(const json_t *summary, const json_t *paths, size_t last,
                      iclgd_blocks *out) {
  const json_t *best = most_alike(paths, last);
  if (!best) {
    iclgd_put_claim(out, "The last layer's errors can be compared with none.");
    return;
  }
  const char *title =
      iclgd_summary_title(summary, iclgd_json_text(best, "name"));
  if (is_one_shot(best))
    iclgd_put_claim(out, "Its last layer errs most like %s.", title);
  else
    iclgd_put_claim(out, "Its last layer errs most like step %ld of %s.",
                    (long)iclgd_json_at(best, "best_step", last), title);
}

static void put_path(const json_t *summary, const json_t *path, size_t layers,
                     iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"best step", .format = ICLGD_AS_WHOLE},
      {"SimE", .format = ICLGD_AS_FIXED, .digits = 4}};
  iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                  "%s: its step most like each layer.",
                  iclgd_summary_title(summary, iclgd_json_text(path, "name")));
  for (size_t i = 0, count = layers < 24 ? layers : 24; i < count; ++i) {
    const size_t l = 1 + iclgd_evenly(i, layers, 24);
    iclgd_put_row_of(out, (double)l);
    iclgd_put_number(out, iclgd_json_at(path, "best_step", l));
    iclgd_put_number(out, iclgd_json_at(path, "best", l));
  }
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *paths = json_object_get(summary, "similarity");
  const size_t rows = iclgd_json_length(json_array_get(paths, 0), "best");
  json_t *path;
  size_t i;
  if (rows < 2) return;
  put_claim(summary, paths, rows - 1, out);
  iclgd_put_sentence(
      out,
      "Similarity of errors (SimE, Fu et al. 2023): the cosine of the errors "
      "after 0 to n context points, a mean over %ld prompts.",
      iclgd_json_whole(json_array_get(paths, 0), "prompts"));
  json_array_foreach(paths, i, path) {
    if (!is_one_shot(path)) put_path(summary, path, rows - 1, out);
  }
}

const iclgd_view iclgd_view_similarity = {
    .title = "Errors over contexts", .read = read, .tell = tell};
