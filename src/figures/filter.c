/* The spectral filter of the last layer over the eigenvalue, as quartiles,
 * beside gradient descent, the algorithms whose filters are closest at the same
 * step, and the untrained model: /entry/filter. In brackets the distance of
 * their filters from the model's. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"
#include "view/text.h"

enum {
  CURVES = 6,    /* as many as there are colours */
  LABEL_MAX = 34 /* so that the legend has two columns */
};

/* Curves that are less apart than this share of the smallest distance from the
 * model look alike: one of them is drawn. */
static const double alike = 0.25;

static const double window_low = -0.8, window_high = 1.1;

typedef struct builder {
  iclgd_figure_builder *b;
  size_t paths, layers;
  char **name, **title;
  double *distance; /* (path, layer) from the model's layers at the same step */
  double *between;  /* (path, path) at the model's depth */
} builder;

static void read_paths(builder *s) {
  size_t shape[2] = {0};
  s->between = iclgd_figure_reals(s->b, 2, shape, "filter_match/between");
  s->paths = shape[0];
  shape[1] = 0;
  s->distance = iclgd_figure_reals(s->b, 2, shape, "filter_match/distance");
  s->layers = shape[1];
  s->name = iclgd_figure_texts(s->b, &s->paths, "filter_match/name");
  s->title = iclgd_figure_texts(s->b, &s->paths, "filter_match/title");
}

/* Quantiles of path p at its last index as a series; `all` (5, index, bin)
 * holds them at the levels 0.05, 0.25, 0.5, 0.75, 0.95. */
static void read_series(const builder *s, size_t p, iclgd_series *out) {
  size_t shape[3] = {5};
  const double *all =
      iclgd_figure_reals(s->b, 3, shape, "filter/%s/quantiles", s->name[p]);
  out->count = shape[2];
  out->x =
      iclgd_figure_reals(s->b, 1, &out->count, "filter/%s/lambda", s->name[p]);
  if (!out->x) return;
  const size_t plane = shape[1] * shape[2];
  const double *last = all + plane - shape[2];
  out->y = last + 2 * plane;
  out->band =
      iclgd_figure_edges(s->b, shape[2], last + plane, last + 3 * plane);
}

static void add_path(const builder *s, size_t p, iclgd_series_kind kind) {
  iclgd_series series = {.kind = kind, .who = s->name[p]};
  char number[ICLGD_NUMBER_MAX];
  const bool is_long = strlen(s->title[p]) + strlen(" (0.012)") > LABEL_MAX;
  read_series(s, p, &series);
  series.label =
      p == 0 ? "trained model, quartiles"
             : iclgd_figure_words(s->b->arena, "%.150s (%s)",
                                  is_long ? s->name[p] : s->title[p],
                                  iclgd_text_number(number, 2, s->between[p]));
  if (p > 0) series.band = NULL;
  iclgd_figure_add(s->b->figure, series);
}

/* Distance of the last layer from the same step; NaN for the untrained model
 * and paths that have no such step. */
static double distance_of(const builder *s, size_t p) {
  if (strcmp(s->name[p], "untrained") == 0) return NAN;
  return s->distance[(p + 1) * s->layers - 1];
}

static bool looks_like_chosen(const builder *s, size_t p, const bool *chosen) {
  double least = INFINITY;
  for (size_t q = 1; q < s->paths; ++q) least = fmin(least, distance_of(s, q));
  for (size_t q = 1; q < s->paths; ++q)
    if (chosen[q] && s->between[p * s->paths + q] <= alike * least) return true;
  return false;
}

/* The path that is drawn next: the smallest distance of those that look like
 * none that was chosen; 0 for none. */
static size_t next_closest(const builder *s, const bool *chosen) {
  size_t best = 0;
  for (size_t p = 1; p < s->paths; ++p)
    if (distance_of(s, p) < (best ? distance_of(s, best) : INFINITY) &&
        !chosen[p] && !looks_like_chosen(s, p, chosen))
      best = p;
  return best;
}

/* The model, gradient descent, then who is closest, in the order of the file,
 * so that colours depend little on the numbers. */
static void add_paths(const builder *s) {
  const char *algorithms = s->b->figure->algorithms;
  bool *chosen = iclgd_arena_take(s->b->arena, s->paths, sizeof *chosen);
  if (!chosen) s->b->status = iclgd_fail_memory(s->b->err, "the filters");
  if (s->b->status) return;
  size_t count = 0;
  for (size_t p = 1; p < s->paths; ++p)
    if (iclgd_figure_is_descent(s->name[p])) chosen[p] = ++count;
  if (algorithms)
    for (size_t p = 1; p < s->paths; ++p)
      chosen[p] = iclgd_figure_wants(s->b->figure, s->name[p]) &&
                  strcmp(s->name[p], "untrained") != 0;
  else
    for (size_t p; count < CURVES && (p = next_closest(s, chosen)); ++count)
      chosen[p] = true;
  add_path(s, 0, ICLGD_SERIES_MAIN);
  for (size_t p = 1; p < s->paths; ++p)
    if (chosen[p]) add_path(s, p, ICLGD_SERIES_CURVE);
  for (size_t p = 1; p < s->paths; ++p)
    if (strcmp(s->name[p], "untrained") == 0) add_path(s, p, ICLGD_SERIES_THIN);
}

/* What the model and the algorithms need, within limits. From one half up the
 * untrained model, which is near 1, is let in. */
static void set_window(iclgd_figure *f) {
  double low = 0, high = 0;
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    for (size_t i = 0; s->kind != ICLGD_SERIES_THIN && i < s->count; ++i) {
      const double bottom = s->band ? s->band[i] : s->y[i];
      const double top = s->band ? s->band[s->count + i] : s->y[i];
      if (isfinite(bottom)) low = fmin(low, bottom);
      if (isfinite(top)) high = fmax(high, top);
      if (isfinite(s->x[i])) f->x_max = fmax(f->x_max, s->x[i]);
    }
  }
  low = fmax(low, window_low);
  high = fmin(fmax(high, high > 0.5 ? 1.02 : 0.02), window_high);
  const double margin = 0.05 * (high - low);
  f->y_min = fmax(low - margin, window_low);
  f->y_max = fmin(high + margin, window_high);
  if (!(f->x_max > 0)) f->x_max = 1;
}

static void draw(iclgd_figure_builder *b) {
  builder s = {.b = b};
  b->figure->x_label = "eigenvalue of S";
  b->figure->y_label = "spectral filter of the last layer";
  b->figure->linear_y = b->figure->main_below = true;
  read_paths(&s);
  if (!b->status) add_paths(&s);
  if (!b->status) set_window(b->figure);
}

const iclgd_figure_row iclgd_figure_filter = {
    .name = "filter",
    .shows = "what the last layer leaves by eigenvalue, beside algorithms",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "filter_match/between",
    .maker = "`iclgd run` or `iclgd probe` with the probe filter",
    .probe = "filter",
    .build = draw,
    .page = {.title = "The spectral filter of the last layer",
             .caption =
                 "What the last layer leaves of the error along an eigenvector "
                 "of S, by its eigenvalue: 1 is nothing done, 0 is solved. "
                 "Thick: the model, median and quartiles. In brackets: how far "
                 "each algorithm\u2019s filter is from it."},
};
