/* What the probe `filter` says: the algorithm whose spectral filter is closest
 * to that of each layer, at the same step and at any. */
#include <math.h>
#include <string.h>

#include "report/section.h"
#include "report/text.h"

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

static iclgd_status read_texts(iclgd_reader *r, const char *path, size_t count,
                               char ***out) {
  return iclgd_source_texts(r->source, path, 1, &count, &r->arena, out, r->err);
}

static iclgd_status read_reals(iclgd_reader *r, const char *leaf, size_t rank,
                               const size_t *expected, double **out) {
  char path[96];
  size_t extents[2];
  memcpy(extents, expected, rank * sizeof *extents);
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  return iclgd_source_reals(r->source, path, rank, extents, &r->arena, out,
                            r->err);
}

static iclgd_status read_match(iclgd_reader *r, match *m) {
  const struct {
    const char *leaf;
    size_t rank, from; /* dims of (path, layer) */
    double **out;
  } parts[] = {
      {"parameters", 1, 0, &m->parameters},
      {"overall", 1, 0, &m->overall},
      {"overall_error", 1, 0, &m->overall_error},
      {"distance", 2, 0, &m->distance},
      {"standard_error", 2, 0, &m->error},
      {"best_step", 2, 0, &m->best_step},
      {"best_distance", 2, 0, &m->best_distance},
      {"closest", 1, 1, &m->closest},
      {"closest_at_any_step", 1, 1, &m->any},
  };
  size_t shape[2] = {0};
  double *unused;
  iclgd_status status = iclgd_source_reals(
      r->source, "filter_match/distance", 2, shape, &r->arena, &unused, r->err);
  m->paths = shape[0];
  m->layers = shape[1];
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; ++i)
    status = read_reals(r, parts[i].leaf, parts[i].rank, shape + parts[i].from,
                        parts[i].out);
  if (!status && iclgd_source_has(r->source, "filter_match/untrained"))
    status = read_reals(r, "untrained", 2, shape, &m->untrained);
  if (!status)
    status = iclgd_source_reals(r->source, "filter/model/not_a_filter", 1,
                                shape + 1, &r->arena, &m->rest, r->err);
  if (!status) status = read_texts(r, "filter_match/name", m->paths, &m->name);
  if (!status)
    status = read_texts(r, "filter_match/title", m->paths, &m->title);
  return status;
}

/* Index p of an algorithm, or 0 for none. */
static size_t path_at(const match *m, double p) {
  return p >= 1 && p < (double)m->paths ? (size_t)p : 0;
}

static json_t *build_layer(iclgd_reader *r, const match *m, size_t l) {
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

static json_t *build_path(iclgd_reader *r, const match *m, size_t p) {
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

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  match m = {0};
  if (!iclgd_source_has(r->source, "filter_match/distance")) return ICLGD_OK;
  const iclgd_status status = read_match(r, &m);
  if (status) return status;
  json_t *filter = iclgd_reader_set(r, summary, "filter", json_object());
  iclgd_reader_copy_int(r, "filter", "prompts", filter, "prompts");
  iclgd_reader_copy_real(r, "filter", "threshold", filter, "threshold");
  iclgd_reader_copy_int(r, "filter", "pairs_kept", filter, "pairs_kept");
  iclgd_reader_copy_int(r, "filter", "pairs_small", filter, "pairs_small");
  iclgd_reader_copy_int(r, "filter", "pairs_null", filter, "pairs_null");
  iclgd_reader_copy_text(r, group, "closest", filter, "closest");
  json_t *paths = iclgd_reader_set(r, filter, "paths", json_array());
  json_t *layers = iclgd_reader_set(r, filter, "layers", json_array());
  for (size_t p = 1; p < m.paths; ++p)
    iclgd_reader_append(r, paths, build_path(r, &m, p));
  for (size_t l = 1; l < m.layers; ++l)
    iclgd_reader_append(r, layers, build_layer(r, &m, l));
  return ICLGD_OK;
}

static void print_layer(const json_t *layer, FILE *out) {
  const char *same = iclgd_json_text(layer, "closest");
  const char *any = iclgd_json_text(layer, "closest_at_any_step");
  char text[64] = "-";
  if (*same)
    snprintf(text, sizeof text, "%.18s (%ld)", same,
             iclgd_json_whole(layer, "parameters"));
  fprintf(out, "  %5ld %-22.22s", iclgd_json_whole(layer, "layer"), text);
  iclgd_text_cell(out, 7, 2, iclgd_json_real(layer, "distance"));
  strcpy(text, "-");
  if (*any)
    snprintf(text, sizeof text, "%.18s (%ld), %ld", any,
             iclgd_json_whole(layer, "best_parameters"),
             iclgd_json_whole(layer, "step"));
  fprintf(out, " %-26.26s", text);
  iclgd_text_cell(out, 7, 2, iclgd_json_real(layer, "best_distance"));
  iclgd_text_cell(out, 6, 2, iclgd_json_real(layer, "not_a_filter"));
  fputc('\n', out);
}

/* Of many layers a few, the first and the last among them. */
static void print(const json_t *summary, FILE *out) {
  enum { SHOWN = 5 };
  const json_t *filter = json_object_get(summary, "filter");
  const json_t *layers = json_object_get(filter, "layers");
  const size_t count = json_array_size(layers);
  if (!filter) return;
  fprintf(out,
          "\nSpectral filter 1 - lambda <v, w> / <v, b> beside algorithms "
          "(fitted parameters)\n");
  fprintf(out, "  %5s %-22s %7s %-26s %7s %6s\n", "layer",
          "closest at its step", "off by", "closest at any step", "off by",
          "rest");
  for (size_t i = 0; i < count && i < SHOWN; ++i)
    print_layer(json_array_get(
                    layers, count <= SHOWN ? i : i * (count - 1) / (SHOWN - 1)),
                out);
  fputs("  rest: share of w that is no function of the eigenvalue\n", out);
}

const iclgd_section iclgd_section_filter = {build, print};
