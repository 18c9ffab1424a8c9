/* A column of the table of a sweep over one of its settings: for every value x
 * of the setting, and of another one that groups,
 *   mean y over the points with these values +- spread / sqrt(their number),
 * of one point its own standard error. The figure is sweep/X/Y/GROUP. */
#include <iclgd/comparisons.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "base/nearest.h"
#include "figures/figure.h"

enum { NAME = 64 };

typedef struct table {
  iclgd_figure_builder *b;
  size_t count, n_swept;
  char **swept;
  char x_name[NAME], y_name[NAME], group_name[NAME]; /* group: "" for none */
  double *x, *y, *error;
  const char **group; /* (count) as text, "" without one */
} table;

static void unknown_column(table *t, const char *name) {
  iclgd_nearest near = iclgd_nearest_to(name);
  size_t count;
  char **names = iclgd_figure_children(t->b, "points", &count);
  for (size_t i = 0; names && i < count; ++i)
    iclgd_nearest_try(&near, names[i]);
  if (!t->b->status)
    t->b->status = iclgd_fail(
        t->b->err, ICLGD_EUSAGE, "%s: the sweep has no column '%s'%s",
        iclgd_source_path(t->b->source), name, iclgd_nearest_phrase(&near));
}

/* A column of numbers or of texts that are numbers. */
static double *read_numbers(table *t, const char *name) {
  char path[NAME + 16];
  iclgd_shape shape;
  iclgd_figure_builder *b = t->b;
  snprintf(path, sizeof path, "points/%s", name);
  if (!iclgd_figure_has(b, "%s", path)) {
    unknown_column(t, name);
    return NULL;
  }
  b->status = iclgd_source_shape(b->source, path, &shape, b->err);
  if (b->status) return NULL;
  if (shape.type != ICLGD_TEXT)
    return iclgd_figure_reals(b, 1, &t->count, "%s", path);
  char **texts = iclgd_figure_texts(b, &t->count, path);
  double *out = iclgd_figure_take(b, t->count, 1);
  for (size_t k = 0; out && k < t->count; ++k) {
    char *end;
    out[k] = strtod(texts[k], &end);
    if (end != texts[k] && *end == '\0') continue;
    iclgd_one_line(texts[k]);
    b->status = iclgd_fail(b->err, ICLGD_EUSAGE,
                           "%s: column %s: expected numbers to draw, found "
                           "'%.60s'",
                           iclgd_source_path(b->source), name, texts[k]);
    return NULL;
  }
  return out;
}

/* A column as texts. */
static const char **read_words(table *t, const char *name) {
  char path[NAME + 16];
  iclgd_shape shape;
  iclgd_figure_builder *b = t->b;
  snprintf(path, sizeof path, "points/%s", name);
  if (!iclgd_figure_has(b, "%s", path)) {
    unknown_column(t, name);
    return NULL;
  }
  const char **out = iclgd_arena_take(b->arena, t->count, sizeof *out);
  b->status = out ? iclgd_source_shape(b->source, path, &shape, b->err)
                  : iclgd_fail_memory(b->err, "the figure");
  if (b->status) return NULL;
  const bool text = shape.type == ICLGD_TEXT;
  char **texts = text ? iclgd_figure_texts(b, &t->count, path) : NULL;
  double *reals = text ? NULL : iclgd_figure_reals(b, 1, &t->count, "%s", path);
  for (size_t k = 0; !b->status && k < t->count; ++k)
    out[k] = text ? texts[k] : iclgd_figure_words(b->arena, "%.6g", reals[k]);
  return b->status ? NULL : out;
}

static void read_group(table *t) {
  iclgd_figure_builder *b = t->b;
  if (*t->group_name) {
    t->group = read_words(t, t->group_name);
    return;
  }
  t->group = iclgd_arena_take(b->arena, t->count, sizeof *t->group);
  if (!t->group) b->status = iclgd_fail_memory(b->err, "the figure");
  for (size_t k = 0; t->group && k < t->count; ++k) t->group[k] = "";
}

/* The next part of a choice "X/Y/GROUP"; what is not said stays. */
static const char *next_part(const char *from, char out[NAME]) {
  if (!from || !*from) return NULL;
  const size_t length = strcspn(from, "/");
  if (length > 0) snprintf(out, NAME, "%.*s", (int)length, from);
  return from[length] ? from + length + 1 : NULL;
}

/* By default the first setting, its ratio to gradient descent, and a group by
 * the second; whether a group was asked for. */
static bool choose(table *t) {
  size_t place = 0;
  iclgd_figure_builder *b = t->b;
  if (iclgd_source_has_attr(b->source, "points", "swept"))
    b->status = iclgd_source_attr_texts(b->source, "points", "swept", b->arena,
                                        &t->swept, &t->n_swept, b->err);
  if (b->status) return false;
  const char *rest = next_part(b->figure->choice, t->x_name);
  rest = next_part(rest, t->y_name);
  next_part(rest, t->group_name);
  const bool grouped = *t->group_name, has_x = *t->x_name;
  for (size_t i = 0; i < t->n_swept && place < 2; ++i) {
    const char *name = t->swept[i];
    if (strcmp(name, "seed") == 0 || strcmp(name, t->group_name) == 0 ||
        (has_x && strcmp(name, t->x_name) == 0))
      continue;
    if (!*t->x_name)
      snprintf(t->x_name, NAME, "%s", name);
    else if (!grouped && !*t->group_name)
      snprintf(t->group_name, NAME, "%s", name);
    ++place;
  }
  if (!*t->x_name) snprintf(t->x_name, NAME, "seed");
  if (!*t->y_name) snprintf(t->y_name, NAME, "ratio_to_gd");
  return grouped;
}

/* The mean of y, and its error, of the points of a group at an x. */
static bool mean_at(const table *t, const char *group, double x, double *mean,
                    double *error) {
  double sum = 0, squares = 0;
  size_t n = 0;
  for (size_t k = 0; k < t->count; ++k) {
    if (t->x[k] != x || strcmp(t->group[k], group) != 0 || !isfinite(t->y[k]))
      continue;
    sum += t->y[k];
    *error = t->error ? t->error[k] : NAN;
    ++n;
  }
  if (n == 0) return false;
  *mean = sum / (double)n;
  for (size_t k = 0; k < t->count; ++k)
    if (t->x[k] == x && strcmp(t->group[k], group) == 0 && isfinite(t->y[k]))
      squares += pow(t->y[k] - *mean, 2);
  if (n > 1) *error = sqrt(squares / (double)(n - 1) / (double)n);
  return true;
}

/* The values of x, ascending, each once; how many. */
static size_t find_places(table *t, double *places) {
  size_t count = 0;
  for (size_t k = 0; k < t->count; ++k)
    if (isfinite(t->x[k])) places[count++] = t->x[k];
  iclgd_sort(places, count);
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i)
    if (kept == 0 || places[i] != places[kept - 1]) places[kept++] = places[i];
  return kept;
}

static void add_group(table *t, const char *group, const double *places,
                      size_t n_places) {
  iclgd_figure_builder *b = t->b;
  double *x = iclgd_figure_take(b, n_places, 1);
  double *y = iclgd_figure_take(b, n_places, 1);
  double *error = iclgd_figure_take(b, n_places, 1);
  size_t count = 0;
  if (b->status) return;
  for (size_t i = 0; i < n_places; ++i)
    if (mean_at(t, group, places[i], &y[count], &error[count]))
      x[count++] = places[i];
  if (count == 0) return;
  const double *band = iclgd_figure_errors(b, count, y, error, 1);
  if (b->status) return;
  iclgd_figure_add(
      b->figure,
      (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                     .label = *group ? iclgd_figure_words(b->arena, "%s = %s",
                                                          t->group_name, group)
                                     : "",
                     .count = count,
                     .x = x,
                     .y = y,
                     .band = band,
                     .ordered = *group != '\0'});
}

static bool is_first_of_group(const table *t, size_t k) {
  for (size_t j = 0; j < k; ++j)
    if (strcmp(t->group[j], t->group[k]) == 0) return false;
  return true;
}

/* Wide ranges of positive numbers are drawn on a log axis. */
static void scale(iclgd_figure *f, const double *places, size_t n_places) {
  double low = INFINITY, high = 0;
  bool positive = true;
  for (size_t s = 0; s < f->n_series; ++s)
    for (size_t i = 0; i < f->series[s].count; ++i) {
      positive &= f->series[s].y[i] > 0;
      low = fmin(low, f->series[s].y[i]);
      high = fmax(high, f->series[s].y[i]);
    }
  f->linear_y = !positive || high < 20 * low;
  f->log_x = places[0] > 0 && places[n_places - 1] > 30 * places[0];
  f->whole_x = !f->log_x;
  for (size_t i = 0; i < n_places; ++i)
    f->whole_x &= places[i] == floor(places[i]);
}

/* Whether a setting differs where x and the group are the same. */
static bool is_averaged(table *t, const char *name) {
  const char **words = read_words(t, name);
  for (size_t k = 0; words && k < t->count; ++k)
    for (size_t j = 0; j < k; ++j)
      if (t->x[j] == t->x[k] && strcmp(t->group[j], t->group[k]) == 0 &&
          strcmp(words[j], words[k]) != 0)
        return true;
  return false;
}

/* "mean over seed, prompt.n": what points of one mean differ in. */
static const char *label_of_y(table *t) {
  char path[NAME + 16], over[160] = "", *label = NULL;
  iclgd_figure_builder *b = t->b;
  iclgd_error unused;
  snprintf(path, sizeof path, "points/%s", t->y_name);
  if (iclgd_source_attr_text(b->source, path, "long_name", b->arena, &label,
                             &unused))
    label = t->y_name;
  iclgd_one_line(label);
  for (size_t i = 0; i < t->n_swept; ++i) {
    const size_t used = strlen(over);
    if (is_averaged(t, t->swept[i]))
      snprintf(over + used, sizeof over - used, "%s%s",
               used ? ", " : "; mean over ", t->swept[i]);
  }
  return iclgd_figure_words(b->arena, "%s%s", label, over);
}

static void draw_table(table *t) {
  iclgd_figure_builder *b = t->b;
  char error[NAME + 8];
  double *places = iclgd_figure_take(b, t->count, 1);
  snprintf(error, sizeof error, "%s_error", t->y_name);
  if (iclgd_figure_has(b, "points/%s", error))
    t->error = read_numbers(t, error);
  if (b->status) return;
  const size_t n_places = find_places(t, places);
  for (size_t k = 0; k < t->count && !b->status; ++k)
    if (is_first_of_group(t, k)) add_group(t, t->group[k], places, n_places);
  if (b->status) return;
  if (b->figure->n_series == 0) {
    b->status = iclgd_fail(b->err, ICLGD_EINPUT,
                           "%s: no point has a value of %s to draw over %s",
                           iclgd_source_path(b->source), t->y_name, t->x_name);
    return;
  }
  scale(b->figure, places, n_places);
  iclgd_figure_span(b->figure, places, n_places);
  iclgd_figure_fit(b->figure, b->figure->linear_y);
}

/* Whether the group follows from x, as with zip:, so that it would leave one
 * point for each line. */
static bool group_follows(const table *t) {
  for (size_t k = 0; k < t->count; ++k)
    for (size_t j = 0; j < k; ++j)
      if (t->x[j] == t->x[k] && strcmp(t->group[j], t->group[k]) != 0)
        return false;
  return true;
}

static void draw(iclgd_figure_builder *b) {
  table t = {.b = b};
  const bool grouped = choose(&t);
  if (b->status) return;
  t.x = read_numbers(&t, t.x_name);
  if (!b->status) t.y = read_numbers(&t, t.y_name);
  if (!b->status) read_group(&t);
  if (b->status) return;
  if (!grouped && group_follows(&t)) {
    *t.group_name = '\0';
    for (size_t k = 0; k < t.count; ++k) t.group[k] = "";
  }
  b->figure->x_label = iclgd_figure_words(b->arena, "%s", t.x_name);
  b->figure->y_label = label_of_y(&t);
  draw_table(&t);
}

const iclgd_figure_row iclgd_figure_sweep = {
    .name = "sweep",
    .shows = "a column of a sweep: sweep/X/Y/GROUP (--x, --y, --group)",
    .takes = ICLGD_FIGURE_CHOOSES,
    .needs = "points/state",
    .maker = "`iclgd sweep` or `iclgd collect`",
    .build = draw,
};
