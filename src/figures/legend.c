/* What the legend says of lines that cannot be seen: those that are equal share
 * an entry, and those that are out of the window say where they are. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

/* Relative differences up to this are rounding; parts of the height that no eye
 * tells apart. */
static const double rounding = 1e-6, thin = 0.003;

typedef enum likeness { DIFFERENT, CLOSE, EQUAL } likeness;

/* 0 at the bottom of the window, 1 at its top, a little beyond outside. */
static double height_of(const iclgd_figure *f, double y) {
  if (isnan(y)) return NAN;
  if (!f->linear_y && y <= 0) return -1;
  return fmin(fmax(iclgd_figure_place(y, f->y_min, f->y_max, !f->linear_y), -1),
              2);
}

static likeness compare(const iclgd_figure *f, double a, double b) {
  if (isnan(a) && isnan(b)) return EQUAL;
  if (a == b || fabs(a - b) <= rounding * fmax(fabs(a), fabs(b))) return EQUAL;
  return fabs(height_of(f, a) - height_of(f, b)) <= thin ? CLOSE : DIFFERENT;
}

/* How alike two lines are; at least one point of them is a number. */
static likeness compare_lines(const iclgd_figure *f, const iclgd_series *a,
                              const iclgd_series *b) {
  const bool level = a->kind == ICLGD_SERIES_LEVEL;
  likeness least = EQUAL;
  bool known = false;
  if (level != (b->kind == ICLGD_SERIES_LEVEL) || a->count != b->count)
    return DIFFERENT;
  for (size_t i = 0; i < a->count && least != DIFFERENT; ++i) {
    if (!level && a->x[i] != b->x[i]) return DIFFERENT;
    const likeness here = compare(f, a->y[i], b->y[i]);
    known |= isfinite(a->y[i]);
    if (here < least) least = here;
  }
  return known ? least : DIFFERENT;
}

static bool takes_part(const iclgd_series *s) {
  return *s->label && s->kind != ICLGD_SERIES_THIN;
}

/* Series b stands for itself, or for an earlier one that looks like it. */
static void merge(iclgd_figure *f, iclgd_arena *arena) {
  size_t kept = 0;
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series s = f->series[k];
    likeness like = DIFFERENT;
    size_t i = 0;
    for (; takes_part(&s) && i < kept && like == DIFFERENT; ++i)
      if (takes_part(&f->series[i])) like = compare_lines(f, &f->series[i], &s);
    if (like == DIFFERENT)
      f->series[kept++] = s;
    else
      f->series[i - 1].label =
          iclgd_figure_words(arena, "%s %c %s", f->series[i - 1].label,
                             like == EQUAL ? '=' : '~', s.label);
  }
  f->n_series = kept;
}

typedef struct sight {
  size_t above, below, within;
  double above_from; /* the x from which on all points are above; NaN */
} sight;

static sight look_at(const iclgd_figure *f, const iclgd_series *s) {
  sight out = {.above_from = NAN};
  const bool level = s->kind == ICLGD_SERIES_LEVEL;
  for (size_t i = 0; i < s->count; ++i) {
    const double x = level ? f->x_min : s->x[i];
    if (isnan(s->y[i]) || x < f->x_min || x > f->x_max) continue;
    const double height = height_of(f, s->y[i]);
    out.above += height > 1;
    out.below += height < 0;
    out.within += height >= 0 && height <= 1;
    if (height <= 1)
      out.above_from = NAN;
    else if (isnan(out.above_from))
      out.above_from = x;
  }
  return out;
}

static const char *describe(const iclgd_figure *f, const iclgd_series *s,
                            iclgd_arena *arena) {
  const sight seen = look_at(f, s);
  const char *side = seen.above > 0 ? "above" : "below";
  if (seen.above + seen.below == 0) return s->label;
  if (seen.within == 0 && s->kind == ICLGD_SERIES_LEVEL && isfinite(s->y[0]))
    return iclgd_figure_words(arena, "%s (%.0e, %s)", s->label, s->y[0], side);
  if (seen.within == 0)
    return iclgd_figure_words(arena, "%s (%s)", s->label, side);
  if (isnan(seen.above_from)) return s->label;
  return iclgd_figure_words(arena, "%s (above from %.4g)", s->label,
                            seen.above_from);
}

void iclgd_figure_finish(iclgd_figure *f, iclgd_arena *arena) {
  if (f->kind == ICLGD_FIGURE_LINES) {
    merge(f, arena);
    for (size_t k = 0; k < f->n_series; ++k)
      if (takes_part(&f->series[k]))
        f->series[k].label = describe(f, &f->series[k], arena);
  }
  iclgd_figure_paint(f);
  for (size_t i = 0; i < f->n_facets; ++i)
    for (size_t k = 0; k < f->n_series; ++k) {
      f->facet[i]->series[k].colour = f->series[k].colour;
      f->facet[i]->series[k].dash = f->series[k].dash;
      f->facet[i]->series[k].marker = f->series[k].marker;
    }
}
