/* What all figures share: series, windows, ticks. */
#include "figures/figure.h"

#include <math.h>
#include <string.h>

bool iclgd_figure_shows(const iclgd_figure *figure, double x, double y) {
  return isfinite(x) && isfinite(y) && (figure->linear_y || y > 0) &&
         (!figure->log_x || x > 0);
}

void iclgd_figure_add(iclgd_figure *figure, iclgd_series series) {
  if (series.kind == ICLGD_SERIES_LINE)
    series.kind =
        figure->n_series == 0 ? ICLGD_SERIES_MAIN : ICLGD_SERIES_POINTS;
  if (figure->n_series < ICLGD_SERIES_MAX)
    figure->series[figure->n_series++] = series;
}

void iclgd_figure_range(const double *values, size_t count, bool positive,
                        double *low, double *high) {
  for (size_t i = 0; i < count; ++i) {
    if (!isfinite(values[i]) || (positive && values[i] <= 0)) continue;
    *low = fmin(*low, values[i]);
    *high = fmax(*high, values[i]);
  }
}

/* What differs in its last digits only has no room for ticks in between. */
static bool is_wide(double low, double high) {
  return high - low > 1e-9 * fmax(fabs(low), fabs(high));
}

void iclgd_figure_fit(iclgd_figure *f, bool bands) {
  double low = INFINITY, high = -INFINITY;
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    iclgd_figure_range(s->y, s->count, !f->linear_y, &low, &high);
    if (bands && s->band)
      iclgd_figure_range(s->band, 2 * s->count, !f->linear_y, &low, &high);
  }
  if (!(low <= high)) low = high = 1;
  if (f->linear_y) {
    const double margin = is_wide(low, high) ? 0.06 * (high - low) : 0.5;
    f->y_min = low - margin;
    f->y_max = high + margin;
    return;
  }
  const double margin = is_wide(low, high) ? pow(high / low, 0.06) : 2;
  f->y_min = low / margin;
  f->y_max = high * margin;
}

void iclgd_figure_span(iclgd_figure *f, const double *x, size_t count) {
  f->x_min = x[0];
  f->x_max = x[count - 1];
  if (!(f->x_min < f->x_max)) f->x_max = f->x_min + 1;
}

void iclgd_figure_frame(iclgd_figure *f, double low, double high) {
  if (!(high > low * (1 + 1e-9))) {
    low = high > 0 ? high / 2 : 1;
    high = 2 * low;
  }
  const double margin = pow(high / low, 0.06);
  f->y_min = low / margin;
  f->y_max = high * margin;
}

/* Multiples of 1, 2 or 5 times a power of ten. */
static size_t even_ticks(double low, double high, double *out) {
  double step = pow(10, floor(log10((high - low) / 10)));
  for (size_t i = 0; (high - low) / step > 10; ++i)
    step *= i % 3 == 1 ? 2.5 : 2;
  const double first = ceil(low / step);
  size_t count = 0;
  while (count < ICLGD_TICKS_MAX &&
         (first + (double)count) * step <= high + 1e-9 * step) {
    out[count] = (first + (double)count) * step + 0; /* no -0 */
    ++count;
  }
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

bool iclgd_tick_is_power(double tick, bool log_axis, int *mantissa,
                         int *power) {
  *power = tick == 0 ? 0 : (int)floor(log10(fabs(tick)) + 1e-9);
  const double digit = fabs(tick) / pow(10, *power);
  *mantissa = (int)lround(digit);
  return log_axis && (*power < -3 || *power > 4) &&
         fabs(digit - *mantissa) < 1e-6;
}

double iclgd_figure_place(double value, double low, double high,
                          bool log_axis) {
  return log_axis ? log(value / low) / log(high / low)
                  : (value - low) / (high - low);
}

size_t iclgd_figure_spread(size_t i, size_t drawn, size_t count) {
  return drawn < 2 ? count - 1
                   : (i * (count - 1) + (drawn - 1) / 2) / (drawn - 1);
}

size_t iclgd_figure_ticks(const iclgd_figure *f, char axis,
                          double out[ICLGD_TICKS_MAX]) {
  const size_t count = axis == 'x'
                           ? iclgd_ticks(f->x_min, f->x_max, f->log_x, out)
                           : iclgd_ticks(f->y_min, f->y_max, !f->linear_y, out);
  const bool whole = axis == 'x' ? f->whole_x : f->whole_y;
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i)
    if (!whole || fabs(out[i] - round(out[i])) < 1e-9) out[kept++] = out[i];
  return kept;
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

bool iclgd_figure_wants(const iclgd_figure *figure, const char *who) {
  const size_t length = strlen(who);
  const char *list = figure->algorithms;
  if (!list) return true;
  for (list += strspn(list, ", "); *list; list += strspn(list, ", ")) {
    const size_t word = strcspn(list, ", ");
    if (word == length && strncmp(list, who, length) == 0) return true;
    list += word;
  }
  return false;
}
