/* Error / d over the number of context points, on linear axes (the first figure
 * of Garg et al. 2022): the model's last layer, every algorithm after as many
 * steps, one-shot ones as they are. The window goes up to one and a half times
 * the error of predicting zero. Points where rare prompts carry the mean are
 * left out. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/try.h"
#include "figures/figure.h"

static const char group[] = "trajectories_by_context";

typedef struct builder {
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
  size_t rows, width; /* of every dataset: index, context */
  size_t depth;
  double d;
  double *context; /* (width) */
} builder;

/* Row `index` of a dataset. */
static iclgd_status read_row(const builder *b, const char *who,
                             const char *suffix, size_t index, double **out) {
  char path[160];
  size_t extents[] = {b->rows, b->width};
  snprintf(path, sizeof path, "%s/%.80s%s", group, who, suffix);
  TRY(iclgd_source_reals(b->source, path, 2, extents, b->arena, out, b->err));
  *out += index * b->width;
  return ICLGD_OK;
}

static iclgd_status add_path(const builder *b, const char *who) {
  const size_t width = b->width;
  double *error, *low, *high, *measurable;
  double *band = iclgd_arena_reals(b->arena, 2, width, 1);
  if (!band) return iclgd_fail_memory(b->err, "the figure");
  TRY(read_row(b, who, "_per_d", b->depth, &error));
  TRY(read_row(b, who, "_low", b->depth, &low));
  TRY(read_row(b, who, "_high", b->depth, &high));
  TRY(read_row(b, who, "_measurable", b->depth, &measurable));
  for (size_t k = 0; k < width; ++k) {
    if (measurable[k] == 0) error[k] = NAN;
    band[k] = low[k] / b->d;
    band[width + k] = high[k] / b->d;
  }
  const bool main = b->figure->n_series == 0;
  iclgd_figure_add(
      b->figure,
      (iclgd_series){.kind = main ? ICLGD_SERIES_MAIN : ICLGD_SERIES_POINTS,
                     .label = iclgd_figure_label(b->source, who, b->arena),
                     .count = width,
                     .x = b->context,
                     .y = error,
                     .band = band,
                     .who = main ? NULL : who});
  return ICLGD_OK;
}

/* Those of Garg et al., and gradient descent. */
static bool is_wanted(const iclgd_figure *f, const char *who) {
  static const char *const usual[] = {"gd",        "newton", "ridge",
                                      "averaging", "knn",    "least_squares"};
  if (f->algorithms) return iclgd_figure_wants(f, who);
  for (size_t i = 0; i < sizeof usual / sizeof *usual; ++i)
    if (strcmp(usual[i], who) == 0) return true;
  return false;
}

static iclgd_status read_axes(builder *b) {
  static const char index_path[] = "trajectories_by_context/index";
  int64_t depth, d;
  double *index;
  TRY(iclgd_source_attr_int(b->source, group, "depth", &depth, b->err));
  TRY(iclgd_source_attr_int(b->source, group, "d", &d, b->err));
  TRY(iclgd_source_reals(b->source, index_path, 1, &b->rows, b->arena, &index,
                         b->err));
  TRY(iclgd_source_reals(b->source, "trajectories_by_context/context", 1,
                         &b->width, b->arena, &b->context, b->err));
  if (depth < 0 || (size_t)depth >= b->rows || b->width < 2)
    return iclgd_figure_small(b->source, index_path, b->err);
  b->depth = (size_t)depth;
  b->d = (double)d;
  return ICLGD_OK;
}

static iclgd_status add_paths(const builder *b) {
  char **others = NULL;
  size_t count = 0;
  if (iclgd_source_has_attr(b->source, group, "auxiliary_signals"))
    TRY(iclgd_source_attr_texts(b->source, group, "auxiliary_signals", b->arena,
                                &others, &count, b->err));
  TRY(add_path(b, "model"));
  for (size_t i = 0; i < count; ++i)
    if (is_wanted(b->figure, others[i])) TRY(add_path(b, others[i]));
  return ICLGD_OK;
}

static iclgd_status set_window(const builder *b) {
  iclgd_figure *f = b->figure;
  double *zero, low = INFINITY, high = 0;
  TRY(read_row(b, "model", "_per_d", 0, &zero));
  iclgd_figure_range(zero, b->width, true, &low, &high);
  f->x_min = b->context[0];
  f->x_max = b->context[b->width - 1];
  if (!(f->x_min < f->x_max)) f->x_max = f->x_min + 1;
  f->y_min = 0;
  f->y_max = high > 0 ? 1.5 * high : 1;
  return ICLGD_OK;
}

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  builder b = {.source = source, .arena = arena, .figure = f, .err = err};
  f->x_label = "context points";
  f->y_label = "squared error / d";
  f->whole_x = true;
  f->linear_y = true;
  TRY(read_axes(&b));
  TRY(add_paths(&b));
  return set_window(&b);
}

const iclgd_figure_row iclgd_figure_by_context = {
    .name = "by_context",
    .shows = "the error by context length beside algorithms",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "trajectories_by_context",
    .maker = "`iclgd run` with the probe by_context",
    .build = draw,
    .page = {.title = "The error by context length",
             .caption =
                 "Squared error / d at the next point, from the first k points "
                 "alone: the model's last layer (thick), iterative algorithms "
                 "after as many steps, with the hyperparameters for whole "
                 "prompts. Bands are 95% intervals of the bootstrap over "
                 "prompts; where rare prompts carry a mean nothing is drawn. "
                 "What leaves the window errs by more than one and a half "
                 "times what predicting zero does."},
};
