/* Layers of the model against steps of one algorithm: a metric of
 * /entry/alignment as a heat map, the best step of each layer marked (Fu et al.
 * 2023, figure 2; von Oswald et al. 2023). Layer 0 and step 0, the zero
 * predictor on both sides, are left out. */
#include <iclgd/algorithm.h>
#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "figures/figure.h"

/* The first is the one that best steps are chosen by, in tables and words. */
static const struct metric {
  const char *name, *label;
} metrics[] = {
    {"prediction_difference", "difference of predictions"},
    {"sensitivity_cosine", "cosine of weights"},
    {"sensitivity_difference", "distance of weights"},
    {"spd", "squared difference of predictions"},
    {"ilwd", "squared distance of weights"},
    {"sime", "cosine of residuals"},
};
enum { METRICS = sizeof metrics / sizeof *metrics };

/* A distance spans a logarithmic bar from this ratio on. */
static const double wide = 20;

typedef struct builder {
  iclgd_figure_builder *b;
  char who[64];
  const struct metric *metric;
  size_t layers, steps; /* of the dataset */
  const double *mean;   /* (layers, steps) */
} builder;

static void refuse_algorithm(builder *a) {
  size_t count;
  iclgd_nearest near = iclgd_nearest_to(a->who);
  char **name = iclgd_figure_children(a->b, "alignment", &count);
  if (a->b->status) return;
  for (size_t i = 0; i < count; ++i) iclgd_nearest_try(&near, name[i]);
  a->b->status = iclgd_fail(
      a->b->err, ICLGD_EINPUT, "%s: no /entry/alignment/%s%s",
      iclgd_source_path(a->b->source), a->who, iclgd_nearest_phrase(&near));
}

/* A metric by its name, or by a part of it that no other has: "cosine". */
static void choose_metric(builder *a, const char *name) {
  iclgd_nearest near = iclgd_nearest_to(name);
  size_t fits = 0;
  for (size_t i = 0; i < METRICS; ++i) {
    iclgd_nearest_try(&near, metrics[i].name);
    if (!*name || !strstr(metrics[i].name, name)) continue;
    a->metric = &metrics[i];
    ++fits;
    if (strcmp(metrics[i].name, name) == 0) return;
  }
  if (fits != 1)
    a->b->status =
        iclgd_fail(a->b->err, ICLGD_EUSAGE, "no metric '%s' of alignment%s",
                   name, iclgd_nearest_phrase(&near));
}

static void choose(builder *a, const char *choice) {
  const char *slash = choice ? strchr(choice, '/') : NULL;
  snprintf(a->who, sizeof a->who, "%.*s",
           slash ? (int)(slash - choice) : (int)sizeof a->who - 1,
           choice ? choice : iclgd_algorithm_descent()->name);
  choose_metric(a, slash ? slash + 1 : metrics[0].name);
  if (!a->b->status &&
      (!*a->who || !iclgd_figure_has(a->b, "alignment/%s/%s/mean", a->who,
                                     a->metric->name)))
    refuse_algorithm(a);
}

/* A cosine up to 1, a distance from 0 or, where it spans much, in logarithms;
 * what is not finite does not count. */
static void set_bar(const builder *a, const double *values, size_t count) {
  iclgd_figure *f = a->b->figure;
  double low = INFINITY, high = -INFINITY;
  const bool cosine = strstr(a->metric->label, "cosine") != NULL;
  iclgd_figure_range(values, count, !cosine, &low, &high);
  if (!(low <= high)) low = high = 1;
  if (cosine) {
    f->value_min = low < 0 ? fmax(low, -1) : 0.1 * floor(10 * low);
    f->value_max = 1;
    if (f->value_min > 0.9) f->value_min = 0.9;
    return;
  }
  f->log_value = high > wide * low;
  f->value_min = f->log_value ? low : 0;
  f->value_max = high;
}

/* The best step of each layer by the metric, as a column. */
static void add_marks(builder *a, size_t first_layer, size_t first_step) {
  static const char path[] = "alignment/%s/best_match/%s";
  if (!iclgd_figure_has(a->b, path, a->who, a->metric->name)) return;
  double *best =
      iclgd_figure_reals(a->b, 1, &a->layers, path, a->who, a->metric->name);
  if (!best) return;
  for (size_t l = first_layer; l < a->layers; ++l)
    best[l] = best[l] >= (double)first_step ? best[l] - (double)first_step : -1;
  a->b->figure->mark = best + first_layer;
  a->b->figure->mark_label = "best step of each layer";
}

static const double *read_axis(const builder *a, const char *axis,
                               size_t count) {
  return iclgd_figure_reals(a->b, 1, &count, "alignment/%s/%s/%s", a->who,
                            a->metric->name, axis);
}

static void add_panel(builder *a) {
  iclgd_figure *f = a->b->figure;
  const size_t layer = a->layers > 1, step = a->steps > 1;
  f->rows = a->layers - layer;
  f->columns = a->steps - step;
  double *values = iclgd_figure_take(a->b, f->rows, f->columns);
  const double *layers = read_axis(a, "layer", a->layers);
  const double *steps = read_axis(a, "step", a->steps);
  add_marks(a, layer, step);
  if (a->b->status) return;
  for (size_t l = 0; l < f->rows; ++l)
    memcpy(values + l * f->columns, a->mean + (l + layer) * a->steps + step,
           f->columns * sizeof *values);
  f->row_at = layers + layer;
  f->column_at = steps + step;
  f->n_panels = f->panel_columns = 1;
  f->panel[0] = (iclgd_panel){.label = "", .side = "", .value = values};
  set_bar(a, values, f->rows * f->columns);
}

static void draw(iclgd_figure_builder *b) {
  builder a = {.b = b};
  iclgd_figure *f = b->figure;
  size_t extents[2] = {0};
  choose(&a, f->choice);
  if (b->status) return;
  const char *path = iclgd_figure_words(b->arena, "alignment/%s/%s/mean", a.who,
                                        a.metric->name);
  a.mean = iclgd_figure_reals(b, 2, extents, "%s", path);
  if (!b->status && (extents[0] == 0 || extents[1] == 0))
    iclgd_figure_small(b, path);
  if (b->status) return;
  a.layers = extents[0];
  a.steps = extents[1];
  f->kind = ICLGD_FIGURE_MAP;
  f->x_label =
      iclgd_figure_words(b->arena, "step of %s", iclgd_figure_label(b, a.who));
  f->y_label = "layer of the model";
  f->value_label = a.metric->label;
  add_panel(&a);
}

const iclgd_figure_row iclgd_figure_alignment = {
    .name = "alignment",
    .shows = "layers against steps, alignment[/ALGORITHM[/METRIC]]",
    .takes = ICLGD_FIGURE_CHOOSES,
    .needs = "alignment",
    .maker = "`iclgd run` with the probe alignment",
    .probe = "alignment",
    .build = draw,
    .page =
        {.needs = "alignment/gd/prediction_difference",
         .title = "Layers against steps of gradient descent",
         .caption =
             "The absolute difference between the predictions of every layer "
             "and those after every step, mean over prompts. If layers were "
             "steps, the lightest cells would stand on the diagonal."},
};
