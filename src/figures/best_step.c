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
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
  size_t layers; /* with layer 0 */
} builder;

static iclgd_status read_leaf(builder *b, const char *who, const char *leaf,
                              double **out) {
  size_t count[] = {b->layers};
  const char *path =
      iclgd_figure_words(b->arena, "alignment/%s/best_match/%s", who, leaf);
  const iclgd_status status =
      iclgd_source_reals(b->source, path, 1, count, b->arena, out, b->err);
  b->layers = count[0];
  return !status && count[0] < 2 ? iclgd_figure_small(b->source, path, b->err)
                                 : status;
}

/* Layers 1.., at x a little beside the layer; undefined steps are -1. */
static iclgd_status add_algorithm(builder *b, const char *who, size_t place) {
  double *step, *low, *high;
  TRY(read_leaf(b, who, "best_step", &step));
  TRY(read_leaf(b, who, "best_step_low", &low));
  TRY(read_leaf(b, who, "best_step_high", &high));
  const size_t count = b->layers - 1;
  double *x = iclgd_arena_reals(b->arena, count, 1, 1);
  double *band = iclgd_arena_reals(b->arena, 2, count, 1);
  if (!x || !band) return iclgd_fail_memory(b->err, "the best steps");
  for (size_t l = 0; l < count; ++l) {
    x[l] = (double)(l + 1) +
           dodge * ((double)place - 0.5 * (double)(ALGORITHMS - 1));
    if (step[l + 1] < 0) step[l + 1] = NAN;
    band[l] = low[l + 1] < 0 ? step[l + 1] : low[l + 1];
    band[count + l] = high[l + 1] < 0 ? step[l + 1] : high[l + 1];
  }
  iclgd_figure_add(b->figure, (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                                             .who = who,
                                             .label = iclgd_figure_label(
                                                 b->source, who, b->arena),
                                             .count = count,
                                             .x = x,
                                             .y = step + 1,
                                             .band = band});
  return ICLGD_OK;
}

/* How far the last layer is from its best step; infinite for algorithms that
 * have one step only. */
static iclgd_status distance_of(builder *b, const char *who, double *out) {
  double *value;
  size_t rank, extents[ICLGD_RANK_MAX];
  *out = INFINITY;
  const char *path = iclgd_figure_words(
      b->arena, "alignment/%s/prediction_difference/step", who);
  iclgd_status status =
      iclgd_source_extents(b->source, path, &rank, extents, b->err);
  if (!status && extents[0] <= 2) return ICLGD_OK;
  if (!status) status = read_leaf(b, who, "value", &value);
  if (!status && isfinite(value[b->layers - 1])) *out = value[b->layers - 1];
  return status;
}

static iclgd_status add_algorithms(builder *b) {
  char **name;
  size_t count = 0;
  iclgd_status status = iclgd_source_children(b->source, "alignment", b->arena,
                                              &name, &count, b->err);
  if (status) return status;
  double *distance = iclgd_arena_reals(b->arena, count + 1, 1, 1);
  if (!distance) return iclgd_fail_memory(b->err, "the best steps");
  for (size_t i = 0; !status && i < count; ++i) {
    status = distance_of(b, name[i], &distance[i]);
    if (strcmp(name[i], "gd") == 0) distance[i] = -1; /* comes first */
    if (!iclgd_figure_wants(b->figure, name[i])) distance[i] = INFINITY;
  }
  distance[count] = INFINITY;
  for (size_t place = 0; !status && place < ALGORITHMS; ++place) {
    size_t best = count;
    for (size_t i = 0; i < count; ++i)
      if (distance[i] < distance[best]) best = i;
    if (best == count) break;
    distance[best] = INFINITY;
    status = add_algorithm(b, name[best], place);
  }
  return status;
}

static iclgd_status add_diagonal(builder *b) {
  double *ends = iclgd_arena_reals(b->arena, 2, 1, 1);
  if (!ends) return iclgd_fail_memory(b->err, "the diagonal");
  ends[0] = b->figure->x_min;
  ends[1] = b->figure->x_max;
  iclgd_figure_add(b->figure, (iclgd_series){.kind = ICLGD_SERIES_THIN,
                                             .label = "step = layer",
                                             .count = 2,
                                             .x = ends,
                                             .y = ends});
  return ICLGD_OK;
}

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  builder b = {source, arena, f, err, .layers = 0};
  f->x_label = "layer of the model";
  f->y_label = "step of the closest predictions (bars: 95%)";
  f->linear_y = f->bars = f->whole_x = f->whole_y = true;
  TRY(add_algorithms(&b));
  if (f->n_series == 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: no best steps to plot: expected an algorithm of "
                      "more than one step in /entry/alignment",
                      iclgd_source_path(source));
  f->x_min = 0.5;
  f->x_max = (double)b.layers - 0.5;
  iclgd_status status = add_diagonal(&b);
  if (!status) iclgd_figure_fit(f, true);
  f->y_min = 0;
  f->y_max = fmax(f->y_max, fmax(f->x_max, 3));
  return status;
}

const iclgd_figure_row iclgd_figure_best_step = {
    .name = "best-step",
    .shows = "the step that matches each layer best, per algorithm",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "alignment",
    .maker = "`iclgd run` with the probe alignment",
    .build = draw,
    .page =
        {.needs = "alignment/gd/best_match",
         .title = "The step that matches each layer",
         .caption =
             "For every layer the step of an algorithm whose predictions are "
             "closest to those of the layer, with 95% intervals. On the "
             "diagonal one layer does one step; above it, more than one."},
};
