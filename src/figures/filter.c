/* The spectral filter of the last layer over the eigenvalue, as quartiles,
 * beside gradient descent, the algorithms whose filters are closest at the same
 * step, and the untrained model: /entry/filter. In brackets the distance of
 * their filters from the model's. */
#include <math.h>
#include <stdio.h>
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
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
  size_t paths, layers;
  char **name, **title;
  double *distance; /* (path, layer) from the model's layers at the same step */
  double *between;  /* (path, path) at the model's depth */
} builder;

static iclgd_status read_paths(builder *b) {
  size_t shape[2] = {0};
  iclgd_status status =
      iclgd_source_reals(b->source, "filter_match/between", 2, shape, b->arena,
                         &b->between, b->err);
  b->paths = shape[0];
  shape[1] = 0;
  if (!status)
    status = iclgd_source_reals(b->source, "filter_match/distance", 2, shape,
                                b->arena, &b->distance, b->err);
  b->layers = shape[1];
  if (!status)
    status = iclgd_source_texts(b->source, "filter_match/name", 1, &b->paths,
                                b->arena, &b->name, b->err);
  if (!status)
    status = iclgd_source_texts(b->source, "filter_match/title", 1, &b->paths,
                                b->arena, &b->title, b->err);
  return status;
}

/* Quantiles of path p at its last index as a series; `all` (5, index, bin)
 * holds them at the levels 0.05, 0.25, 0.5, 0.75, 0.95. */
static iclgd_status read_series(const builder *b, size_t p, iclgd_series *s) {
  char path[128];
  size_t shape[3] = {5}, bins[1];
  double *all, *lambda;
  snprintf(path, sizeof path, "filter/%s/quantiles", b->name[p]);
  iclgd_status status =
      iclgd_source_reals(b->source, path, 3, shape, b->arena, &all, b->err);
  if (status) return status;
  bins[0] = shape[2];
  snprintf(path, sizeof path, "filter/%s/lambda", b->name[p]);
  status =
      iclgd_source_reals(b->source, path, 1, bins, b->arena, &lambda, b->err);
  double *band = iclgd_arena_reals(b->arena, 2, bins[0], 1);
  if (!status && !band) status = iclgd_fail_memory(b->err, "the filter");
  if (status) return status;
  const size_t plane = shape[1] * bins[0], last = plane - bins[0];
  memcpy(band, all + plane + last, bins[0] * sizeof *band);
  memcpy(band + bins[0], all + 3 * plane + last, bins[0] * sizeof *band);
  s->count = bins[0];
  s->x = lambda;
  s->y = all + 2 * plane + last;
  s->band = band;
  return ICLGD_OK;
}

static iclgd_status add_path(const builder *b, size_t p,
                             iclgd_series_kind kind) {
  iclgd_series s = {.kind = kind, .who = b->name[p]};
  char label[200], number[ICLGD_NUMBER_MAX];
  TRY(read_series(b, p, &s));
  if (p == 0)
    snprintf(label, sizeof label, "trained model, quartiles");
  else
    snprintf(label, sizeof label, "%.150s (%s)",
             strlen(b->title[p]) + strlen(" (0.012)") > LABEL_MAX ? b->name[p]
                                                                  : b->title[p],
             iclgd_text_number(number, 2, b->between[p]));
  if (p > 0) s.band = NULL;
  s.label = iclgd_arena_text(b->arena, label);
  if (!s.label) return iclgd_fail_memory(b->err, "a label");
  iclgd_figure_add(b->figure, s);
  return ICLGD_OK;
}

/* Distance of the last layer from the same step; NaN for the untrained model
 * and paths that have no such step. */
static double distance_of(const builder *b, size_t p) {
  if (strcmp(b->name[p], "untrained") == 0) return NAN;
  return b->distance[(p + 1) * b->layers - 1];
}

static bool looks_like_chosen(const builder *b, size_t p, const bool *chosen) {
  double least = INFINITY;
  for (size_t q = 1; q < b->paths; ++q) least = fmin(least, distance_of(b, q));
  for (size_t q = 1; q < b->paths; ++q)
    if (chosen[q] && b->between[p * b->paths + q] <= alike * least) return true;
  return false;
}

/* The path that is drawn next: the smallest distance of those that look like
 * none that was chosen; 0 for none. */
static size_t next_closest(const builder *b, const bool *chosen) {
  size_t best = 0;
  for (size_t p = 1; p < b->paths; ++p)
    if (distance_of(b, p) < (best ? distance_of(b, best) : INFINITY) &&
        !chosen[p] && !looks_like_chosen(b, p, chosen))
      best = p;
  return best;
}

/* The model, gradient descent, then who is closest, in the order of the file,
 * so that colours depend little on the numbers. */
static iclgd_status add_paths(const builder *b) {
  bool *chosen = iclgd_arena_take(b->arena, b->paths, sizeof *chosen);
  if (!chosen) return iclgd_fail_memory(b->err, "the filters");
  size_t count = 0;
  for (size_t p = 1; p < b->paths; ++p)
    if (strcmp(b->name[p], "gd") == 0) chosen[p] = ++count;
  if (b->figure->algorithms)
    for (size_t p = 1; p < b->paths; ++p)
      chosen[p] = iclgd_figure_wants(b->figure, b->name[p]) &&
                  strcmp(b->name[p], "untrained") != 0;
  else
    for (size_t p; count < CURVES && (p = next_closest(b, chosen)); ++count)
      chosen[p] = true;
  iclgd_status status = add_path(b, 0, ICLGD_SERIES_MAIN);
  for (size_t p = 1; !status && p < b->paths; ++p)
    if (chosen[p]) status = add_path(b, p, ICLGD_SERIES_CURVE);
  for (size_t p = 1; !status && p < b->paths; ++p)
    if (strcmp(b->name[p], "untrained") == 0)
      status = add_path(b, p, ICLGD_SERIES_THIN);
  return status;
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

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *figure, iclgd_error *err) {
  builder b = {source, arena, figure, err, .paths = 0};
  figure->x_label = "eigenvalue of S";
  figure->y_label = "spectral filter of the last layer";
  figure->linear_y = figure->main_below = true;
  TRY(read_paths(&b));
  TRY(add_paths(&b));
  set_window(figure);
  return ICLGD_OK;
}

const iclgd_figure_row iclgd_figure_filter = {
    .name = "filter",
    .shows = "what the last layer leaves by eigenvalue, beside algorithms",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "filter_match/between",
    .maker = "`iclgd run` or `iclgd probe` with the probe filter",
    .build = draw,
    .page = {.title = "The spectral filter of the last layer",
             .caption =
                 "What the last layer leaves of the error along an eigenvector "
                 "of S, by its eigenvalue: 1 is nothing done, 0 is solved. "
                 "Thick: the model, median and quartiles. In brackets: how far "
                 "each algorithm\u2019s filter is from it."},
};
