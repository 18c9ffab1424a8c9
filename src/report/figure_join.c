/* Several files in one figure: their main lines beside each other. */
#include <math.h>
#include <string.h>

#include "report/figure.h"

/* "a" of "runs/a.h5" */
static const char *stem_of(const char *path, iclgd_arena *arena) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  const char *end = strstr(name, ".h5");
  const size_t length = strlen(name);
  return iclgd_figure_words(
      arena, "%.*s", (int)(end == name + length - 3 ? length - 3 : length),
      name);
}

static bool has_main(const iclgd_figure *f) {
  return f->kind == ICLGD_FIGURE_LINES && f->n_series > 0 &&
         f->series[0].kind == ICLGD_SERIES_MAIN;
}

iclgd_status iclgd_figure_join(iclgd_figure *f, const char *path,
                               const iclgd_figure *other,
                               const char *other_path, iclgd_arena *arena,
                               iclgd_error *err) {
  if (!has_main(f) || !has_main(other))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: this figure shows one file: expected loss, median, "
                      "training, loops, structure, landscape, filter, "
                      "interpolation or decoding for several",
                      other_path);
  if (f->n_series == ICLGD_SERIES_MAX)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: a figure has up to %d lines: expected fewer files",
                      other_path, ICLGD_SERIES_MAX);
  f->title = "";
  f->series[0].label = stem_of(path, arena);
  iclgd_series line = other->series[0];
  line.kind = line.count > 40 ? ICLGD_SERIES_CURVE : ICLGD_SERIES_POINTS;
  line.label = stem_of(other_path, arena);
  iclgd_figure_add(f, line);
  f->x_min = fmin(f->x_min, other->x_min);
  f->x_max = fmax(f->x_max, other->x_max);
  f->y_min = fmin(f->y_min, other->y_min);
  f->y_max = fmax(f->y_max, other->y_max);
  return ICLGD_OK;
}
