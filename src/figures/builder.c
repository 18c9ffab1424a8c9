/* What a figure is built from: datasets, texts and memory, of which the first
 * that fails is kept. */
#include <iclgd/algorithm.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/line.h"
#include "figures/figure.h"

enum { PATH_SIZE = 160 };

#define PRINT_PATH(text, format)                     \
  do {                                               \
    va_list arguments;                               \
    va_start(arguments, format);                     \
    vsnprintf(text, sizeof text, format, arguments); \
    va_end(arguments);                               \
  } while (0)

double *iclgd_figure_reals(iclgd_figure_builder *b, size_t rank,
                           size_t *extents, const char *path, ...) {
  char text[PATH_SIZE];
  double *values = NULL;
  PRINT_PATH(text, path);
  if (!b->status)
    b->status = iclgd_source_reals(b->source, text, rank, extents, b->arena,
                                   &values, b->err);
  return b->status ? NULL : values;
}

char **iclgd_figure_texts(iclgd_figure_builder *b, size_t *count,
                          const char *path) {
  char **texts = NULL;
  if (!b->status)
    b->status =
        iclgd_source_texts(b->source, path, 1, count, b->arena, &texts, b->err);
  return b->status ? NULL : texts;
}

double *iclgd_figure_attribute(iclgd_figure_builder *b, const char *group,
                               const char *name) {
  double *value = iclgd_figure_take(b, 1, 1);
  if (value)
    b->status = iclgd_source_attr_real(b->source, group, name, value, b->err);
  return b->status ? NULL : value;
}

char **iclgd_figure_beside(iclgd_figure_builder *b, const char *group,
                           size_t *count) {
  static const char name[] = "auxiliary_signals";
  char **names = NULL;
  *count = 0;
  if (!b->status && iclgd_source_has_attr(b->source, group, name))
    b->status = iclgd_source_attr_texts(b->source, group, name, b->arena,
                                        &names, count, b->err);
  return b->status ? NULL : names;
}

char **iclgd_figure_children(iclgd_figure_builder *b, const char *group,
                             size_t *count) {
  char **names = NULL;
  *count = 0;
  if (!b->status)
    b->status = iclgd_source_children(b->source, group, b->arena, &names, count,
                                      b->err);
  return b->status ? NULL : names;
}

bool iclgd_figure_has(const iclgd_figure_builder *b, const char *path, ...) {
  char text[PATH_SIZE];
  PRINT_PATH(text, path);
  return !b->status && iclgd_source_has(b->source, text);
}

double *iclgd_figure_take(iclgd_figure_builder *b, size_t rows,
                          size_t columns) {
  double *out =
      b->status ? NULL : iclgd_arena_reals(b->arena, rows, columns, 1);
  if (!out && !b->status) b->status = iclgd_fail_memory(b->err, "the figure");
  return out;
}

double *iclgd_figure_edges(iclgd_figure_builder *b, size_t count,
                           const double *low, const double *high) {
  double *band = iclgd_figure_take(b, 2, count);
  if (!band) return NULL;
  memcpy(band, low, count * sizeof *band);
  memcpy(band + count, high, count * sizeof *band);
  return band;
}

double *iclgd_figure_errors(iclgd_figure_builder *b, size_t count,
                            const double *middle, const double *error,
                            double factor) {
  double *band = iclgd_figure_take(b, 2, count);
  for (size_t i = 0; band && i < count; ++i) {
    const double width = isfinite(error[i]) ? factor * error[i] : NAN;
    band[i] = middle[i] - width;
    band[count + i] = middle[i] + width;
  }
  return band;
}

bool iclgd_figure_is_descent(const char *who) {
  return strcmp(who, iclgd_algorithm_descent()->name) == 0;
}

const char *iclgd_figure_label(const iclgd_figure_builder *b, const char *who) {
  char path[PATH_SIZE], *label = NULL;
  iclgd_error unused;
  snprintf(path, sizeof path, "trajectories/%s", who);
  if (iclgd_source_attr_text(b->source, path, "label", b->arena, &label,
                             &unused))
    label = iclgd_arena_text(b->arena, who);
  if (!label) return "";
  iclgd_one_line(label);
  return label;
}

void iclgd_figure_lacks(iclgd_figure_builder *b, const char *path,
                        const char *maker) {
  b->status = iclgd_fail(b->err, ICLGD_EINPUT,
                         "%s: no /entry/%s to plot: expected a file of %s",
                         iclgd_source_path(b->source), path, maker);
}

void iclgd_figure_small(iclgd_figure_builder *b, const char *path) {
  b->status =
      iclgd_fail(b->err, ICLGD_EINPUT,
                 "%s: /entry/%s is too small to plot: expected at least one "
                 "value along every dimension",
                 iclgd_source_path(b->source), path);
}

/* A text that was cut ends with a whole character of UTF-8. */
static void cut_to_characters(char *text) {
  char *last = text + strlen(text);
  while (last > text && ((unsigned char)last[-1] & 0xC0) == 0x80) --last;
  if (last > text && (unsigned char)last[-1] >= 0xC0) --last;
  *last = '\0';
}

const char *iclgd_figure_words(iclgd_arena *arena, const char *format, ...) {
  char text[240];
  va_list values;
  va_start(values, format);
  const int length = vsnprintf(text, sizeof text, format, values);
  va_end(values);
  if (length >= (int)sizeof text) cut_to_characters(text);
  iclgd_one_line(text);
  const char *kept = iclgd_arena_text(arena, text);
  return kept ? kept : "";
}
