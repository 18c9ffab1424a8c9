/* Several files in one figure: their main lines beside each other. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

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

/* Up to a comma, labels name what is drawn. */
static size_t name_length(const char *label) {
  return strcspn(label, ",");
}

static bool shows_the_same(const char *a, const char *b) {
  const size_t length = name_length(a);
  return length == name_length(b) && strncmp(a, b, length) == 0;
}

/* "a", or "a, antisymmetric share of A" where it is not the model itself. */
static const char *label_of(const char *path, const char *what,
                            iclgd_arena *arena) {
  const char *stem = stem_of(path, arena);
  if (shows_the_same(what, "trained model")) return stem;
  return iclgd_figure_words(arena, "%s, %.*s", stem, (int)name_length(what),
                            what);
}

/* Beside several models only gradient descent is drawn, unless others were
 * asked for. */
static void keep_gradient_descent(iclgd_figure *f) {
  size_t kept = 0;
  for (size_t k = 0; k < f->n_series; ++k) {
    const char *who = f->series[k].who;
    if (k == 0 || !who || iclgd_figure_is_descent(who))
      f->series[kept++] = f->series[k];
  }
  f->n_series = kept;
}

/* The last x that a line has, some space after the window's beginning. */
static double reach(const iclgd_figure *f) {
  double last = f->x_min;
  for (size_t k = 0; k < f->n_series; ++k)
    if (f->series[k].count > 1)
      last = fmax(last, iclgd_series_end(&f->series[k]));
  return last > f->x_min ? last : f->x_max;
}

iclgd_status iclgd_figure_join(iclgd_figure *f, const char *path,
                               const iclgd_figure *other,
                               const char *other_path, iclgd_arena *arena,
                               iclgd_error *err) {
  if (!has_main(f) || !has_main(other))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: this figure shows one file only: it has no line of "
                      "the model that could stand beside another",
                      other_path);
  if (f->n_series == ICLGD_SERIES_MAX)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: a figure has up to %d lines: expected fewer files",
                      other_path, ICLGD_SERIES_MAX);
  if (!f->joined) {
    f->joined = f->series[0].label;
    f->series[0].label = label_of(path, f->joined, arena);
    f->title = "";
    if (!f->algorithms) keep_gradient_descent(f);
  }
  iclgd_series line = other->series[0];
  if (!shows_the_same(f->joined, line.label))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: this figure shows '%s' of it, and '%s' of %s",
                      other_path, line.label, f->joined, path);
  line.kind = line.count > 40 ? ICLGD_SERIES_CURVE : ICLGD_SERIES_POINTS;
  line.label = label_of(other_path, f->joined, arena);
  line.who = NULL;
  iclgd_figure_add(f, line);
  f->x_min = fmin(f->x_min, other->x_min);
  f->x_max = fmin(reach(f), fmax(f->x_max, other->x_max));
  f->y_min = fmin(f->y_min, other->y_min);
  f->y_max = fmax(f->y_max, other->y_max);
  return ICLGD_OK;
}
