/* Which algorithm explains which layer: by its predictions and by its spectral
 * filter, the closest ones and all of them. */
#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/json.h"
#include "report/text.h"

enum { LAYERS_SHOWN = 8 };

static double real_of(const json_t *row, const char *key) {
  return iclgd_json_real(row, key);
}

static void write_interval(FILE *out, double low, double high) {
  fputs("<td>", out);
  iclgd_html_number(out, 3, low);
  if (isfinite(low) && isfinite(high)) {
    fputs(" to ", out);
    iclgd_html_number(out, 3, high);
  }
  fputs("</td>", out);
}

static void write_closest(const iclgd_page *page, const json_t *rows) {
  static const char *const columns[] = {
      "layer", "<at the same step", "difference",  "<at any step",
      "step",  "difference",        "95% interval"};
  size_t i;
  json_t *row;
  iclgd_html_table(page->out,
                   "The algorithm whose predictions are closest to those of "
                   "each layer, by the mean |difference of predictions|: among "
                   "steps of the layer\u2019s number, and among all steps.");
  iclgd_html_columns(page->out, columns, 7);
  json_array_foreach(rows, i, row) {
    const json_t *same = json_object_get(row, "same_step");
    const json_t *any = json_object_get(row, "any_step");
    iclgd_html_row_of(
        page->out, (size_t)json_integer_value(json_object_get(row, "layer")));
    iclgd_html_cell_text(
        page->out,
        iclgd_page_title_of(page->summary, iclgd_json_text(same, "name")));
    iclgd_html_cell(page->out, 3, real_of(same, "difference"));
    iclgd_html_cell_text(
        page->out,
        iclgd_page_title_of(page->summary, iclgd_json_text(any, "name")));
    iclgd_html_cell_whole(page->out, real_of(any, "step"));
    iclgd_html_cell(page->out, 3, real_of(any, "difference"));
    write_interval(page->out, real_of(any, "low"), real_of(any, "high"));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
}

/* The smallest of element l of the lists `key` of all paths. */
static double least_of(const json_t *paths, const char *key, size_t l) {
  double least = INFINITY;
  size_t i;
  json_t *path;
  json_array_foreach(paths, i, path)
    least = fmin(least, iclgd_json_element(json_object_get(path, key), l));
  return least;
}

/* Rows of algorithms, columns of layers; the smallest of a column stands out.
 */
static void write_matrix(const iclgd_page *page, const json_t *paths,
                         const char *key, const char *caption) {
  size_t layers[LAYERS_SHOWN], i;
  const size_t shown = iclgd_page_spread(page->depth, LAYERS_SHOWN, layers);
  json_t *path;
  iclgd_html_table(page->out, caption);
  fputs("<thead><tr><th scope=\"col\">layer, step</th>", page->out);
  for (size_t c = 0; c < shown; ++c)
    fprintf(page->out, "<th scope=\"col\">%zu</th>", layers[c] + 1);
  fputs("</tr></thead>\n<tbody>\n", page->out);
  json_array_foreach(paths, i, path) {
    const json_t *values = json_object_get(path, key);
    if (!values) continue;
    iclgd_html_row(page->out, iclgd_json_text(path, "title"));
    for (size_t c = 0; c < shown; ++c) {
      const double value = iclgd_json_element(values, layers[c] + 1);
      const bool best = value <= least_of(paths, key, layers[c] + 1);
      fputs(best ? "<td class=\"best\">" : "<td>", page->out);
      iclgd_html_number(page->out, 3, value);
      fputs("</td>", page->out);
    }
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
}

/* "gradient descent (1)" */
static void write_fitted(const iclgd_page *page, const json_t *layer,
                         const char *name, const char *parameters) {
  char text[300];
  if (*iclgd_json_text(layer, name))
    snprintf(text, sizeof text, "%.250s (%lld)",
             iclgd_page_title_of(page->summary, iclgd_json_text(layer, name)),
             (long long)json_integer_value(json_object_get(layer, parameters)));
  else
    *text = '\0';
  iclgd_html_cell_text(page->out, text);
}

static void write_filter(const iclgd_page *page, const json_t *filter) {
  static const char *const columns[] = {
      "layer",  "<at the same step", "off by", "<at any step", "step",
      "off by", "not a filter"};
  size_t i;
  json_t *layer;
  iclgd_html_table(page->out,
                   "The algorithm whose spectral filter is closest to that of "
                   "each layer, in brackets its fitted parameters; of those "
                   "that are as close (within a standard error or 5%) the one "
                   "with the fewest. Filters are "
                   "1 apart where one has done nothing and the other all. Last "
                   "column: the share of the implied weights that is no "
                   "function of the eigenvalue.");
  iclgd_html_columns(page->out, columns, 7);
  json_array_foreach(json_object_get(filter, "layers"), i, layer) {
    iclgd_html_row_of(
        page->out, (size_t)json_integer_value(json_object_get(layer, "layer")));
    write_fitted(page, layer, "closest", "parameters");
    iclgd_html_cell(page->out, 2, real_of(layer, "distance"));
    write_fitted(page, layer, "closest_at_any_step", "best_parameters");
    iclgd_html_cell_whole(page->out, real_of(layer, "step"));
    iclgd_html_cell(page->out, 2, real_of(layer, "best_distance"));
    iclgd_html_cell(page->out, 2, real_of(layer, "not_a_filter"));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
}

iclgd_status iclgd_page_explains(iclgd_page *page) {
  const json_t *rows = json_object_get(page->summary, "explains");
  const json_t *filter = json_object_get(page->summary, "filter");
  iclgd_status status = ICLGD_OK;
  if (json_array_size(rows) == 0 && !filter) return ICLGD_OK;
  iclgd_page_part(page, "explains", "Which algorithm explains which layer");
  if (json_array_size(rows) > 0) {
    fputs("<h3>By predictions</h3>\n", page->out);
    write_closest(page, rows);
    status = iclgd_page_figure(page, "best-step");
    if (!status) status = iclgd_page_figure(page, "alignment");
    if (status) return status;
    iclgd_page_fold(page->out, "Every algorithm at the layer\u2019s own step");
    write_matrix(page, json_object_get(page->summary, "algorithms"),
                 "prediction_difference",
                 "Mean |difference of predictions| of layer k and step k; the "
                 "smallest of each layer is marked.");
    iclgd_page_fold_end(page->out);
  }
  if (iclgd_source_has(page->source, "alignment_training/gd")) {
    fputs("<h3>By implied weights</h3>\n", page->out);
    status = iclgd_page_figure(page, "cosine");
    if (status) return status;
  }
  if (filter) {
    fputs("<h3>By spectral filters</h3>\n", page->out);
    status = iclgd_page_figure(page, "filter");
    write_filter(page, filter);
    iclgd_page_fold(page->out, "Every algorithm\u2019s filter");
    write_matrix(page, json_object_get(filter, "paths"), "distance",
                 "Distance of the spectral filters of layer k and step k; the "
                 "smallest of each layer is marked.");
    iclgd_page_fold_end(page->out);
  }
  iclgd_page_part_end(page);
  return status;
}
