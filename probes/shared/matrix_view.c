/* Rows of algorithms, columns of layers. */
#include "probes/shared/matrix_view.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>

enum { LAYERS_SHOWN = 8 };

/* The smallest of element l of the lists `key` of all paths. */
static double least_of(const json_t *paths, const char *key, size_t l) {
  double least = INFINITY;
  size_t i;
  json_t *path;
  json_array_foreach(paths, i, path)
    least = fmin(least, iclgd_json_at(path, key, l));
  return least;
}

static void put_path(iclgd_blocks *out, const json_t *path, const json_t *paths,
                     const char *key, size_t depth) {
  iclgd_put_row(out, "%s", iclgd_json_text(path, "title"));
  for (size_t c = 0; c < depth && c < LAYERS_SHOWN; ++c) {
    const size_t l = 1 + iclgd_evenly(c, depth, LAYERS_SHOWN);
    const double value = iclgd_json_at(path, key, l);
    iclgd_put_number(out, value);
    if (value <= least_of(paths, key, l)) iclgd_put_mark(out);
  }
}

void iclgd_put_matrix(iclgd_blocks *out, const json_t *paths, const char *key,
                      size_t depth, const char *caption) {
  iclgd_column columns[1 + LAYERS_SHOWN] = {
      {"layer, step", .format = ICLGD_AS_TEXT}};
  char titles[LAYERS_SHOWN][32];
  size_t i, count = 0;
  json_t *path;
  for (; count < depth && count < LAYERS_SHOWN; ++count) {
    snprintf(titles[count], sizeof *titles, "%zu",
             1 + iclgd_evenly(count, depth, LAYERS_SHOWN));
    columns[1 + count] =
        (iclgd_column){titles[count], .digits = 3, .alike = true};
  }
  iclgd_put_table(out, columns, 1 + count, "%s", caption);
  json_array_foreach(paths, i, path) {
    if (json_object_get(path, key)) put_path(out, path, paths, key, depth);
  }
}
