/* The step of each algorithm that matches each layer best, with the intervals
 * of the bootstrap, beside the diagonal step = layer: gradient descent and the
 * algorithms whose predictions come closest to the last layer's. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

enum { ALGORITHMS = 5 };

/* Points of neighbouring algorithms stand this much apart, in layers. */
static const double dodge = 0.06;

typedef struct builder {
  iclgd_figure_builder *b;
  size_t layers; /* with layer 0 */
} builder;

static double *read_leaf(builder *s, const char *who, const char *leaf) {
  static const char path[] = "alignment/%s/best_match/%s";
  double *values = iclgd_figure_reals(s->b, 1, &s->layers, path, who, leaf);
  if (values && s->layers < 2)
    iclgd_figure_small(s->b, iclgd_figure_words(s->b->arena, path, who, leaf));
  return s->b->status ? NULL : values;
}

/* Layers 1.., at x a little beside the layer; undefined steps are -1. */
static void add_algorithm(builder *s, const char *who, size_t place) {
  double *step = read_leaf(s, who, "best_step");
  double *low = read_leaf(s, who, "best_step_low");
  double *high = read_leaf(s, who, "best_step_high");
  const size_t count = s->layers - 1;
  double *x = iclgd_figure_take(s->b, count, 1);
  if (!x) return;
  for (size_t l = 0; l < count; ++l) {
    x[l] = (double)(l + 1) +
           dodge * ((double)place - 0.5 * (double)(ALGORITHMS - 1));
    if (step[l + 1] < 0) step[l + 1] = NAN;
    if (low[l + 1] < 0) low[l + 1] = step[l + 1];
    if (high[l + 1] < 0) high[l + 1] = step[l + 1];
  }
  iclgd_figure_add(s->b->figure,
                   (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                                  .who = who,
                                  .label = iclgd_figure_label(s->b, who),
                                  .count = count,
                                  .x = x,
                                  .y = step + 1,
                                  .band = iclgd_figure_edges(
                                      s->b, count, low + 1, high + 1)});
}

/* How far the last layer is from its best step; infinite for algorithms that
 * have one step only. */
static double distance_of(builder *s, const char *who) {
  size_t rank, extents[ICLGD_RANK_MAX];
  const char *path = iclgd_figure_words(
      s->b->arena, "alignment/%s/prediction_difference/step", who);
  if (s->b->status) return INFINITY;
  s->b->status =
      iclgd_source_extents(s->b->source, path, &rank, extents, s->b->err);
  if (s->b->status || extents[0] <= 2) return INFINITY;
  const double *value = read_leaf(s, who, "value");
  return value && isfinite(value[s->layers - 1]) ? value[s->layers - 1]
                                                 : INFINITY;
}

static void add_algorithms(builder *s) {
  size_t count;
  char **name = iclgd_figure_children(s->b, "alignment", &count);
  double *distance = iclgd_figure_take(s->b, count + 1, 1);
  if (!distance) return;
  for (size_t i = 0; i < count; ++i) {
    distance[i] = distance_of(s, name[i]);
    if (iclgd_figure_is_descent(name[i])) distance[i] = -1; /* comes first */
    if (!iclgd_figure_wants(s->b->figure, name[i])) distance[i] = INFINITY;
  }
  distance[count] = INFINITY;
  for (size_t place = 0; !s->b->status && place < ALGORITHMS; ++place) {
    size_t best = count;
    for (size_t i = 0; i < count; ++i)
      if (distance[i] < distance[best]) best = i;
    if (best == count) break;
    distance[best] = INFINITY;
    add_algorithm(s, name[best], place);
  }
}

static void add_diagonal(iclgd_figure_builder *b) {
  double *ends = iclgd_figure_take(b, 2, 1);
  if (!ends) return;
  ends[0] = b->figure->x_min;
  ends[1] = b->figure->x_max;
  iclgd_figure_add(b->figure, (iclgd_series){.kind = ICLGD_SERIES_THIN,
                                             .label = "step = layer",
                                             .count = 2,
                                             .x = ends,
                                             .y = ends});
}

static void draw(iclgd_figure_builder *b) {
  builder s = {.b = b};
  iclgd_figure *f = b->figure;
  f->x_label = "layer of the model";
  f->y_label = "step of the closest predictions (bars: 95%)";
  f->linear_y = f->bars = f->whole_x = f->whole_y = true;
  add_algorithms(&s);
  if (!b->status && f->n_series == 0)
    b->status = iclgd_fail(b->err, ICLGD_EINPUT,
                           "%s: no best steps to plot: expected an algorithm "
                           "of more than one step in /entry/alignment",
                           iclgd_source_path(b->source));
  f->x_min = 0.5;
  f->x_max = (double)s.layers - 0.5;
  add_diagonal(b);
  if (b->status) return;
  iclgd_figure_fit(f, true);
  f->y_min = 0;
  f->y_max = fmax(f->y_max, fmax(f->x_max, 3));
}

const iclgd_figure_row iclgd_figure_best_step = {
    .name = "best-step",
    .shows = "the step that matches each layer best, per algorithm",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "alignment",
    .maker = "`iclgd run` with the probe alignment",
    .probe = "alignment",
    .build = draw,
    .page =
        {.needs = "alignment/gd/best_match",
         .title = "The step that matches each layer",
         .caption =
             "For every layer the step of an algorithm whose predictions are "
             "closest to those of the layer, with 95% intervals. On the "
             "diagonal one layer does one step; above it, more than one."},
};
