/* What the probe `filter` says: the algorithm whose spectral filter is closest
 * to that of each layer, at the same step and at any. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "probes/shared/matrix_view.h"
#include "probes/views.h"

/* What the row of a layer says of the path that is closest to it. */
typedef struct named_as {
  const char *closest, *parameters;
  const char *distance; /* the list of the path, too */
} named_as;
static const named_as at_same_step = {"closest", "parameters", "distance"};
static const named_as at_any_step = {"closest_at_any_step", "best_parameters",
                                     "best_distance"};

/* Path p of the file, in which the model is 0; NULL where there is none. */
static const json_t *put_closest(iclgd_reader *r, const json_t *paths, double p,
                                 size_t l, const named_as *as, json_t *row) {
  const json_t *path = p >= 1 && p < (double)json_array_size(paths)
                           ? json_array_get(paths, (size_t)p)
                           : NULL;
  if (!path) return NULL;
  iclgd_reader_set(r, row, as->closest,
                   json_string(iclgd_json_text(path, "name")));
  iclgd_reader_set(r, row, as->parameters,
                   iclgd_json_count(iclgd_json_real(path, "parameters")));
  iclgd_reader_set(r, row, as->distance,
                   iclgd_json_number(iclgd_json_at(path, as->distance, l)));
  return path;
}

static void read_layers(iclgd_reader *r, const json_t *paths, size_t count,
                        json_t *layers) {
  const double *same =
      iclgd_reader_reals(r, "filter_match", "closest", 1, &count);
  const double *any =
      iclgd_reader_reals(r, "filter_match", "closest_at_any_step", 1, &count);
  const double *rest =
      iclgd_reader_reals(r, "filter/model", "not_a_filter", 1, &count);
  for (size_t l = 1; same && any && rest && l < count; ++l) {
    json_t *row = iclgd_reader_append(r, layers, json_object());
    iclgd_reader_set(r, row, "layer", json_integer((json_int_t)l));
    put_closest(r, paths, same[l], l, &at_same_step, row);
    const json_t *path = put_closest(r, paths, any[l], l, &at_any_step, row);
    if (path)
      iclgd_reader_set(r, row, "step",
                       iclgd_json_count(iclgd_json_at(path, "best_step", l)));
    iclgd_reader_set(r, row, "not_a_filter", iclgd_json_number(rest[l]));
  }
}

/* The mean over layers in place of their list. */
static void average_untrained(iclgd_reader *r, json_t *path) {
  const size_t layers = iclgd_json_length(path, "untrained");
  double sum = 0;
  for (size_t l = 1; l < layers; ++l)
    sum += iclgd_json_at(path, "untrained", l);
  if (layers > 0)
    iclgd_reader_set(r, path, "untrained",
                     iclgd_json_number(sum / (double)(layers - 1)));
}

static void read(iclgd_reader *r, json_t *summary) {
  size_t count = 0, i;
  json_t *path;
  if (!iclgd_reader_has(r, "filter_match/distance")) return;
  json_t *filter = iclgd_reader_set(r, summary, "filter", json_object());
  iclgd_reader_members(
      r, "filter", "@prompts @threshold @pairs_kept @pairs_small @pairs_null",
      &count, filter);
  iclgd_reader_set(r, filter, "pairs_excluded",
                   json_integer(iclgd_json_whole(filter, "pairs_small") +
                                iclgd_json_whole(filter, "pairs_null")));
  iclgd_reader_attribute(r, "filter_match", "closest", filter, "closest");
  json_t *paths = iclgd_reader_set(r, filter, "paths", json_array());
  json_t *layers = iclgd_reader_set(r, filter, "layers", json_array());
  iclgd_reader_rows(r, "filter_match",
                    "$name $title #parameters overall "
                    "overall_error=standard_error *distance *best_distance "
                    "*best_step *untrained",
                    &count, paths);
  read_layers(r, paths, count, layers);
  json_array_foreach(paths, i, path) average_untrained(r, path);
  json_array_remove(paths, 0); /* the model itself */
}

/* "gradient descent (1)" */
static void put_fitted(iclgd_blocks *out, const json_t *summary,
                       const json_t *layer, const char *name,
                       const char *parameters) {
  const char *who = iclgd_json_text(layer, name);
  if (*who)
    iclgd_put_text(out, "%s (%ld)", iclgd_summary_title(summary, who),
                   iclgd_json_whole(layer, parameters));
  else
    iclgd_put_text(out, "%s", "");
}

static void put_layer(iclgd_blocks *out, const json_t *summary,
                      const json_t *layer) {
  iclgd_put_row_of(out, iclgd_json_real(layer, "layer"));
  put_fitted(out, summary, layer, "closest", "parameters");
  iclgd_put_number(out, iclgd_json_real(layer, "distance"));
  put_fitted(out, summary, layer, "closest_at_any_step", "best_parameters");
  iclgd_put_number(out, iclgd_json_real(layer, "step"));
  iclgd_put_number(out, iclgd_json_real(layer, "best_distance"));
  iclgd_put_number(out, iclgd_json_real(layer, "not_a_filter"));
}

static void put_claim(iclgd_blocks *out, const json_t *summary,
                      const json_t *last) {
  const double far = 0.3; /* 1: one has done nothing, the other all */
  const char *closest = iclgd_json_text(last, "closest");
  const double off = iclgd_json_real(last, "distance");
  if (*closest)
    iclgd_put_claim(
        out, "%s is %s, off by %s.",
        off > far ? "No filter is close; the simplest of the closest"
                  : "The simplest of the closest filters",
        iclgd_summary_title(summary, closest), iclgd_number_text(out, 2, off));
  else
    iclgd_put_claim(out, "The last layer can be compared with no algorithm.");
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"at the same step", .format = ICLGD_AS_TEXT},
      {"off by", .digits = 2},
      {"at any step", .format = ICLGD_AS_TEXT},
      {"step", .format = ICLGD_AS_WHOLE},
      {"off by", .digits = 2},
      {"not a filter", .digits = 2}};
  const json_t *filter = json_object_get(summary, "filter");
  const json_t *layers = json_object_get(filter, "layers");
  size_t i;
  json_t *layer;
  if (!filter) return;
  put_claim(out, summary, json_array_get(layers, json_array_size(layers) - 1));
  iclgd_put_figure(out, "filter");
  iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                  "The algorithm whose spectral filter, 1 - lambda <v, w> / "
                  "<v, b>, is closest to that of each layer, in brackets its "
                  "fitted parameters; of those that are as close (within a "
                  "standard error or 5%%) the one with the fewest. Filters are "
                  "1 apart where one has done nothing and the other all. Last "
                  "column: the share of the implied weights that is no "
                  "function of the eigenvalue.");
  json_array_foreach(layers, i, layer) put_layer(out, summary, layer);
  iclgd_put_left_out(out, filter, "pairs_excluded",
                     iclgd_json_real(filter, "pairs_excluded") +
                         iclgd_json_real(filter, "pairs_kept"),
                     "eigenpairs, of rounding level or with next to nothing of "
                     "X^T y in them");
  iclgd_put_fold(out, "Every algorithm's filter");
  iclgd_put_matrix(out, json_object_get(filter, "paths"), "distance",
                   iclgd_summary_depth(summary),
                   "Distance of the spectral filters of layer k and step k; "
                   "the smallest of each layer is marked.");
  iclgd_put_fold_end(out);
}

const iclgd_view iclgd_view_filter = {
    .title = "Spectral filters", .read = read, .tell = tell};
