/* Layers of the model against steps of one algorithm: a metric of
 * /entry/alignment as a heat map, the best step of each layer marked (Fu et al.
 * 2023, figure 2; von Oswald et al. 2023). Layer 0 and step 0, the zero
 * predictor on both sides, are left out. */
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
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
  char who[64];
  const struct metric *metric;
  size_t layers, steps; /* of the dataset */
  const double *mean;   /* (layers, steps) */
} builder;

static iclgd_status refuse_algorithm(builder *b) {
  char **name;
  size_t count = 0;
  iclgd_nearest near = iclgd_nearest_to(b->who);
  TRY(iclgd_source_children(b->source, "alignment", b->arena, &name, &count,
                            b->err));
  for (size_t i = 0; i < count; ++i) iclgd_nearest_try(&near, name[i]);
  return iclgd_fail(b->err, ICLGD_EINPUT, "%s: no /entry/alignment/%s%s",
                    iclgd_source_path(b->source), b->who,
                    iclgd_nearest_phrase(&near));
}

/* A metric by its name, or by a part of it that no other has: "cosine". */
static iclgd_status choose_metric(builder *b, const char *name) {
  iclgd_nearest near = iclgd_nearest_to(name);
  size_t fits = 0;
  for (size_t i = 0; i < METRICS; ++i) {
    iclgd_nearest_try(&near, metrics[i].name);
    if (!*name || !strstr(metrics[i].name, name)) continue;
    b->metric = &metrics[i];
    ++fits;
    if (strcmp(metrics[i].name, name) == 0) return ICLGD_OK;
  }
  if (fits == 1) return ICLGD_OK;
  return iclgd_fail(b->err, ICLGD_EUSAGE, "no metric '%s' of alignment%s", name,
                    iclgd_nearest_phrase(&near));
}

static iclgd_status choose(builder *b, const char *choice) {
  const char *slash = choice ? strchr(choice, '/') : NULL;
  snprintf(b->who, sizeof b->who, "%.*s",
           slash ? (int)(slash - choice) : (int)sizeof b->who - 1,
           choice ? choice : "gd");
  const iclgd_status status =
      choose_metric(b, slash ? slash + 1 : metrics[0].name);
  if (status) return status;
  const char *group = iclgd_figure_words(b->arena, "alignment/%s/%s/mean",
                                         b->who, b->metric->name);
  return *b->who && iclgd_source_has(b->source, group) ? ICLGD_OK
                                                       : refuse_algorithm(b);
}

/* A cosine up to 1, a distance from 0 or, where it spans much, in logarithms;
 * what is not finite does not count. */
static void set_bar(builder *b, const double *values, size_t count) {
  iclgd_figure *f = b->figure;
  double low = INFINITY, high = -INFINITY;
  const bool cosine = strstr(b->metric->label, "cosine") != NULL;
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
static iclgd_status add_marks(builder *b, size_t first_layer,
                              size_t first_step) {
  size_t count[] = {b->layers};
  double *best;
  const char *path = iclgd_figure_words(b->arena, "alignment/%s/best_match/%s",
                                        b->who, b->metric->name);
  if (!iclgd_source_has(b->source, path)) return ICLGD_OK;
  const iclgd_status status =
      iclgd_source_reals(b->source, path, 1, count, b->arena, &best, b->err);
  if (status) return status;
  for (size_t l = first_layer; l < b->layers; ++l)
    best[l] = best[l] >= (double)first_step ? best[l] - (double)first_step : -1;
  b->figure->mark = best + first_layer;
  b->figure->mark_label = "best step of each layer";
  return ICLGD_OK;
}

static iclgd_status read_axis(const builder *b, const char *axis, size_t count,
                              double **out) {
  size_t extents[] = {count};
  const char *path = iclgd_figure_words(b->arena, "alignment/%s/%s/%s", b->who,
                                        b->metric->name, axis);
  return iclgd_source_reals(b->source, path, 1, extents, b->arena, out, b->err);
}

static iclgd_status add_panel(builder *b) {
  iclgd_figure *f = b->figure;
  const size_t layer = b->layers > 1, step = b->steps > 1;
  double *layers, *steps;
  f->rows = b->layers - layer;
  f->columns = b->steps - step;
  double *values = iclgd_arena_reals(b->arena, f->rows, f->columns, 1);
  if (!values) return iclgd_fail_memory(b->err, "the alignment");
  for (size_t l = 0; l < f->rows; ++l)
    memcpy(values + l * f->columns, b->mean + (l + layer) * b->steps + step,
           f->columns * sizeof *values);
  TRY(read_axis(b, "layer", b->layers, &layers));
  TRY(read_axis(b, "step", b->steps, &steps));
  TRY(add_marks(b, layer, step));
  f->row_at = layers + layer;
  f->column_at = steps + step;
  f->n_panels = f->panel_columns = 1;
  f->panel[0] = (iclgd_panel){.label = "", .side = "", .value = values};
  set_bar(b, values, f->rows * f->columns);
  return ICLGD_OK;
}

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  builder b = {source, arena, f, err, .metric = NULL};
  size_t extents[2] = {0};
  double *mean;
  TRY(choose(&b, f->choice));
  const char *path =
      iclgd_figure_words(arena, "alignment/%s/%s/mean", b.who, b.metric->name);
  TRY(iclgd_source_reals(source, path, 2, extents, arena, &mean, err));
  if (extents[0] == 0 || extents[1] == 0)
    return iclgd_figure_small(source, path, err);
  b.mean = mean;
  b.layers = extents[0];
  b.steps = extents[1];
  f->kind = ICLGD_FIGURE_MAP;
  f->x_label = iclgd_figure_words(arena, "step of %s",
                                  iclgd_figure_label(source, b.who, arena));
  f->y_label = "layer of the model";
  f->value_label = b.metric->label;
  return add_panel(&b);
}

const iclgd_figure_row iclgd_figure_alignment = {
    .name = "alignment",
    .shows = "layers against steps, alignment[/ALGORITHM[/METRIC]]",
    .takes = ICLGD_FIGURE_CHOOSES,
    .needs = "alignment",
    .maker = "`iclgd run` with the probe alignment",
    .build = draw,
    .page =
        {.needs = "alignment/gd/prediction_difference",
         .title = "Layers against steps of gradient descent",
         .caption =
             "The absolute difference between the predictions of every layer "
             "and those after every step, mean over prompts. If layers were "
             "steps, the lightest cells would stand on the diagonal."},
};
