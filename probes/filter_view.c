/* What the probe `filter` says: the algorithm whose spectral filter is closest
 * to that of each layer, at the same step and at any. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "matrix_view.h"
#include "views.h"

static const char group[] = "filter_match";

/* filter_match as it stands in the file. */
typedef struct match {
  size_t paths, layers;
  char **name, **title;                                 /* (path) */
  double *parameters, *overall, *overall_error;         /* (path) */
  double *distance, *error, *best_step, *best_distance; /* (path, layer) */
  double *untrained;                                    /* the same, or NULL */
  double *closest, *any;                                /* (layer) */
  double *rest; /* (layer) of the model, not_a_filter */
} match;

/* False where the file has not all of it. */
static bool read_match(iclgd_reader *r, match *m) {
  size_t shape[2] = {0};
  *m = (match){.distance = iclgd_reader_reals(r, group, "distance", 2, shape)};
  size_t *paths = &m->paths, *layers = &m->layers;
  *paths = shape[0];
  *layers = shape[1];
  m->parameters = iclgd_reader_reals(r, group, "parameters", 1, paths);
  m->overall = iclgd_reader_reals(r, group, "overall", 1, paths);
  m->overall_error = iclgd_reader_reals(r, group, "overall_error", 1, paths);
  m->error = iclgd_reader_reals(r, group, "standard_error", 2, shape);
  m->best_step = iclgd_reader_reals(r, group, "best_step", 2, shape);
  m->best_distance = iclgd_reader_reals(r, group, "best_distance", 2, shape);
  m->untrained = iclgd_reader_reals(r, group, "untrained", 2, shape);
  m->closest = iclgd_reader_reals(r, group, "closest", 1, layers);
  m->any = iclgd_reader_reals(r, group, "closest_at_any_step", 1, layers);
  m->rest = iclgd_reader_reals(r, "filter/model", "not_a_filter", 1, layers);
  m->name = iclgd_reader_texts(r, group, "name", paths);
  m->title = iclgd_reader_texts(r, group, "title", paths);
  return m->distance && m->parameters && m->overall && m->overall_error &&
         m->error && m->best_step && m->best_distance && m->closest && m->any &&
         m->rest && m->name && m->title && !r->status;
}

/* Index p of an algorithm, or 0 for none. */
static size_t path_at(const match *m, double p) {
  return p >= 1 && p < (double)m->paths ? (size_t)p : 0;
}

static json_t *layer_of(iclgd_reader *r, const match *m, size_t l) {
  json_t *layer = json_object();
  const size_t same = path_at(m, m->closest[l]), any = path_at(m, m->any[l]);
  iclgd_reader_set(r, layer, "layer", json_integer((json_int_t)l));
  if (same) {
    iclgd_reader_set(r, layer, "closest", iclgd_json_line(m->name[same]));
    iclgd_reader_set(r, layer, "parameters",
                     iclgd_json_count(m->parameters[same]));
    iclgd_reader_set(r, layer, "distance",
                     iclgd_json_number(m->distance[same * m->layers + l]));
  }
  if (any) {
    const size_t at = any * m->layers + l;
    iclgd_reader_set(r, layer, "closest_at_any_step",
                     iclgd_json_line(m->name[any]));
    iclgd_reader_set(r, layer, "best_parameters",
                     iclgd_json_count(m->parameters[any]));
    iclgd_reader_set(r, layer, "step", iclgd_json_count(m->best_step[at]));
    iclgd_reader_set(r, layer, "best_distance",
                     iclgd_json_number(m->best_distance[at]));
  }
  iclgd_reader_set(r, layer, "not_a_filter", iclgd_json_number(m->rest[l]));
  return layer;
}

static json_t *path_of(iclgd_reader *r, const match *m, size_t p) {
  const size_t at = p * m->layers;
  json_t *path = json_object();
  iclgd_reader_set(r, path, "name", iclgd_json_line(m->name[p]));
  iclgd_reader_set(r, path, "title", iclgd_json_line(m->title[p]));
  iclgd_reader_set(r, path, "parameters", iclgd_json_count(m->parameters[p]));
  iclgd_reader_set(r, path, "overall", iclgd_json_number(m->overall[p]));
  iclgd_reader_set(r, path, "standard_error",
                   iclgd_json_number(m->overall_error[p]));
  iclgd_reader_set(r, path, "distance",
                   iclgd_json_list(m->distance + at, m->layers));
  iclgd_reader_set(r, path, "best_distance",
                   iclgd_json_list(m->best_distance + at, m->layers));
  iclgd_reader_set(r, path, "best_step",
                   iclgd_json_list(m->best_step + at, m->layers));
  if (m->untrained) {
    double sum = 0;
    for (size_t l = 1; l < m->layers; ++l) sum += m->untrained[at + l];
    iclgd_reader_set(r, path, "untrained",
                     iclgd_json_number(sum / (double)(m->layers - 1)));
  }
  return path;
}

static void read(iclgd_reader *r, json_t *summary) {
  static const char *const names[] = {"prompts",     "threshold",  "pairs_kept",
                                      "pairs_small", "pairs_null", NULL};
  match m;
  if (!iclgd_reader_has(r, "filter_match/distance") || !read_match(r, &m))
    return;
  json_t *filter = iclgd_reader_set(r, summary, "filter", json_object());
  iclgd_reader_attributes(r, "filter", names, filter);
  iclgd_reader_attribute(r, group, "closest", filter, "closest");
  json_t *paths = iclgd_reader_set(r, filter, "paths", json_array());
  json_t *layers = iclgd_reader_set(r, filter, "layers", json_array());
  for (size_t p = 1; p < m.paths; ++p)
    iclgd_reader_append(r, paths, path_of(r, &m, p));
  for (size_t l = 1; l < m.layers; ++l)
    iclgd_reader_append(r, layers, layer_of(r, &m, l));
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

static void put_claim(iclgd_blocks *out, const json_t *last) {
  const char *closest = iclgd_json_text(last, "closest");
  if (*closest)
    iclgd_put_claim(
        out, "Last layer closest to %.20s, off by %s.", closest,
        iclgd_number_text(out, 2, iclgd_json_real(last, "distance")));
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
  put_claim(out, json_array_get(layers, json_array_size(layers) - 1));
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
  iclgd_put_fold(out, "Every algorithm's filter");
  iclgd_put_matrix(out, json_object_get(filter, "paths"), "distance",
                   iclgd_summary_depth(summary),
                   "Distance of the spectral filters of layer k and step k; "
                   "the smallest of each layer is marked.");
  iclgd_put_fold_end(out);
}

const iclgd_view iclgd_view_filter = {
    .title = "Spectral filters", .read = read, .tell = tell};
