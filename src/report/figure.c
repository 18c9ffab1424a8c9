/* What all figures share: series, ticks, the title. */
#include "report/figure.h"

#include <math.h>
#include <string.h>

bool iclgd_figure_shows(const iclgd_figure *figure, double x, double y) {
  return isfinite(x) && isfinite(y) && (figure->linear_y || y > 0) &&
         (!figure->log_x || x > 0);
}

void iclgd_figure_add(iclgd_figure *figure, iclgd_series series) {
  if (figure->n_series < ICLGD_SERIES_MAX)
    figure->series[figure->n_series++] = series;
}

/* Multiples of 1, 2 or 5 times a power of ten. */
static size_t even_ticks(double low, double high, double *out) {
  double step = pow(10, floor(log10((high - low) / 10)));
  for (size_t i = 0; (high - low) / step > 10; ++i)
    step *= i % 3 == 1 ? 2.5 : 2;
  size_t count = 0;
  for (double k = ceil(low / step); k * step <= high + 1e-9 * step; ++k)
    if (count < ICLGD_TICKS_MAX) out[count++] = k * step + 0; /* no -0 */
  return count;
}

/* Powers of ten, every second or third where there are many. */
static size_t decades(double low, double high, const char *mantissas,
                      double *out) {
  const int every = (int)ceil(log10(high / low) / 10);
  size_t count = 0;
  for (int k = (int)floor(log10(low)); k <= (int)ceil(log10(high)); ++k)
    for (const char *m = mantissas; *m && k % every == 0; ++m) {
      const double tick = (*m - '0') * pow(10, k);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9) &&
          count < ICLGD_TICKS_MAX)
        out[count++] = tick;
    }
  return count;
}

size_t iclgd_ticks(double low, double high, bool log_axis,
                   double out[ICLGD_TICKS_MAX]) {
  const double span = log_axis ? log10(high / low) : 0;
  if (span < 0.3) return even_ticks(low, high, out);
  return decades(low, high,
                 span < 1     ? "1234568"
                 : span < 2.5 ? "125"
                              : "1",
                 out);
}

double iclgd_series_end(const iclgd_series *s) {
  double last = 0;
  for (size_t i = 0; i < s->count; ++i)
    if (isfinite(s->y[i])) last = s->x[i];
  return last;
}

/* A level has one value; a series that ends earlier is farthest. */
static double distance_to_first(const iclgd_figure *f, size_t k) {
  const iclgd_series *first = &f->series[0], *s = &f->series[k];
  size_t end = 0;
  for (size_t i = 0; i < first->count; ++i)
    if (isfinite(first->y[i])) end = i;
  const size_t at = s->kind == ICLGD_SERIES_LEVEL ? 0 : end;
  const double distance =
      at < s->count ? fabs(log(s->y[at] / first->y[end])) : INFINITY;
  return isnan(distance) ? INFINITY : distance;
}

void iclgd_figure_keep_closest(iclgd_figure *f, size_t pinned) {
  enum { DRAWN = 7 }; /* the first in black, the others in six colours */
  while (f->n_series > DRAWN && f->n_series > pinned) {
    size_t farthest = pinned;
    for (size_t k = pinned + 1; k < f->n_series; ++k)
      if (distance_to_first(f, k) >= distance_to_first(f, farthest))
        farthest = k;
    --f->n_series;
    for (size_t k = farthest; k < f->n_series; ++k)
      f->series[k] = f->series[k + 1];
  }
}

const char *iclgd_figure_label(const iclgd_source *source, const char *who,
                               iclgd_arena *arena) {
  char path[160], *label;
  iclgd_error unused;
  snprintf(path, sizeof path, "trajectories/%s", who);
  if (iclgd_source_has_attr(source, path, "label") &&
      !iclgd_source_attr_text(source, path, "label", arena, &label, &unused))
    return label;
  label = iclgd_arena_text(arena, who);
  return label ? label : "";
}

iclgd_status iclgd_figure_title(const iclgd_source *source, iclgd_arena *arena,
                                iclgd_figure *figure, iclgd_error *err) {
  char **text;
  size_t count = 1;
  figure->title = "";
  if (!iclgd_source_has(source, "title")) return ICLGD_OK;
  const iclgd_status status =
      iclgd_source_texts(source, "title", 0, &count, arena, &text, err);
  if (status) return status;
  for (char *c = text[0]; *c; ++c)
    if ((unsigned char)*c < ' ') *c = ' ';
  figure->title = text[0];
  return ICLGD_OK;
}
