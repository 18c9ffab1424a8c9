/* Error / d, of a task that is not linear the error itself, over the number of
 * context points, on linear axes (the first figure of Garg et al. 2022): the
 * model's last layer, every algorithm after as many steps, one-shot ones as
 * they are. The window goes up to one and a half times the error of predicting
 * zero. Where rare prompts carry the mean there is no band. */
#include <iclgd/algorithm.h>
#include <math.h>

#include "figures/figure.h"

static const char group[] = "trajectories_by_context";

typedef struct builder {
  iclgd_figure_builder *b;
  size_t rows, width; /* of every dataset: index, context */
  size_t depth;
  double unit;     /* what errors are divided by */
  double *context; /* (width) */
} builder;

/* Row `index` of a dataset; NULL: it failed. */
static double *read_row(const builder *p, const char *who, const char *suffix,
                        size_t index) {
  size_t extents[] = {p->rows, p->width};
  double *rows =
      iclgd_figure_reals(p->b, 2, extents, "%s/%s%s", group, who, suffix);
  return rows ? rows + index * p->width : NULL;
}

static void add_path(const builder *p, const char *who) {
  double *error = read_row(p, who, "", p->depth);
  double *low = read_row(p, who, "_low", p->depth);
  double *high = read_row(p, who, "_high", p->depth);
  const double *measurable = read_row(p, who, "_measurable", p->depth);
  for (size_t k = 0; !p->b->status && k < p->width; ++k) {
    const bool known = measurable[k] != 0;
    error[k] /= p->unit;
    low[k] = known ? low[k] / p->unit : NAN;
    high[k] = known ? high[k] / p->unit : NAN;
  }
  if (p->b->status) return;
  const bool main = p->b->figure->n_series == 0;
  iclgd_figure_add(
      p->b->figure,
      (iclgd_series){.kind = main ? ICLGD_SERIES_MAIN : ICLGD_SERIES_POINTS,
                     .label = iclgd_figure_label(p->b, who),
                     .count = p->width,
                     .x = p->context,
                     .y = error,
                     .band = iclgd_figure_edges(p->b, p->width, low, high),
                     .who = main ? NULL : who});
}

static bool is_wanted(const iclgd_figure *f, const char *who) {
  const iclgd_algorithm *algorithm = iclgd_algorithm_named(who);
  if (f->algorithms) return iclgd_figure_wants(f, who);
  return algorithm && algorithm->by_context;
}

static void read_axes(builder *p) {
  iclgd_figure_builder *b = p->b;
  const double *depth = iclgd_figure_attribute(b, group, "depth");
  const double *unit = iclgd_figure_attribute(
      b, group, iclgd_source_has_attr(b->source, group, "unit") ? "unit" : "d");
  iclgd_figure_reals(b, 1, &p->rows, "%s/index", group);
  p->context = iclgd_figure_reals(b, 1, &p->width, "%s/context", group);
  if (b->status) return;
  if (!(*depth >= 0 && *depth < (double)p->rows) || p->width < 2) {
    iclgd_figure_small(b, "trajectories_by_context/index");
    return;
  }
  p->depth = (size_t)*depth;
  p->unit = *unit;
  if (*unit > 1) b->figure->y_label = "squared error / d";
}

static void add_paths(const builder *p) {
  iclgd_figure_builder *b = p->b;
  size_t count;
  char **others = iclgd_figure_beside(b, group, &count);
  if (!b->status) add_path(p, "model");
  for (size_t i = 0; !b->status && i < count; ++i)
    if (is_wanted(b->figure, others[i])) add_path(p, others[i]);
}

static void set_window(const builder *p) {
  iclgd_figure *f = p->b->figure;
  double low = INFINITY, high = 0;
  double *zero = read_row(p, "model", "", 0);
  if (!zero) return;
  for (size_t k = 0; k < p->width; ++k) zero[k] /= p->unit;
  iclgd_figure_range(zero, p->width, true, &low, &high);
  f->x_min = p->context[0];
  f->x_max = p->context[p->width - 1];
  if (!(f->x_min < f->x_max)) f->x_max = f->x_min + 1;
  f->y_min = 0;
  f->y_max = high > 0 ? 1.5 * high : 1;
}

static void draw(iclgd_figure_builder *b) {
  builder p = {.b = b};
  b->figure->x_label = "context points";
  b->figure->y_label = "squared error";
  b->figure->whole_x = true;
  b->figure->linear_y = true;
  read_axes(&p);
  add_paths(&p);
  if (!b->status) set_window(&p);
}

const iclgd_figure_row iclgd_figure_by_context = {
    .name = "by_context",
    .shows = "the error by context length beside algorithms",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "trajectories_by_context",
    .maker = "`iclgd run` with the probe by_context",
    .probe = "by_context",
    .build = draw,
    .page = {.title = "The error by context length",
             .caption =
                 "Squared error, over d where the task is linear, at the next "
                 "point, from the first k points alone: the model's last layer "
                 "(thick), iterative algorithms "
                 "after as many steps, with the hyperparameters for whole "
                 "prompts. Bands are 95% intervals of the bootstrap over "
                 "prompts; where rare prompts carry a mean there is none, and "
                 "the mean is rather too low. "
                 "What leaves the window errs by more than one and a half "
                 "times what predicting zero does."},
};
