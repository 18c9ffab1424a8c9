/* The median squared error over more loops than trained: the model as it is,
 * with its quartiles, and damped, beside the algorithms continued. Means
 * explode with rare prompts, so they are not drawn. */
#include <math.h>

#include "figures/figure.h"

static const char group[] = "extrapolation/loops";

/* From what the model has at its trained loops down to its best, and up to the
 * largest at zero loops. */
static void set_window(iclgd_figure *f) {
  double low = INFINITY, high = 0;
  for (size_t k = 0; k < f->n_series && k < 2; ++k)
    for (size_t i = 0; i < f->series[k].count; ++i) {
      const double y = f->series[k].y[i];
      if (!iclgd_figure_shows(f, f->series[k].x[i], y)) continue;
      low = fmin(low, y);
      high = fmax(high, fmin(y, 100 * f->series[k].y[0]));
    }
  const double wider = 10; /* how far the quartiles may widen the window */
  double edge_low = low, edge_high = high;
  iclgd_figure_range(f->series[0].band, 2 * f->series[0].count, true, &edge_low,
                     &edge_high);
  low = fmax(edge_low, low / wider);
  high = fmin(edge_high, high * wider);
  iclgd_figure_frame(f, low, high);
}

/* The quartiles of path 0, levels 1 and 3 of (5, paths, loops). */
static void add_quartiles(iclgd_figure_builder *b, size_t paths,
                          iclgd_series *model) {
  const size_t plane = paths * model->count;
  size_t extents[] = {5, paths, model->count};
  const double *quantiles =
      iclgd_figure_reals(b, 3, extents, "%s/quantiles", group);
  if (!quantiles) return;
  model->band = iclgd_figure_edges(b, model->count, quantiles + plane,
                                   quantiles + 3 * plane);
  model->label =
      iclgd_figure_words(b->arena, "%s, quartiles shaded", model->label);
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t extents[2] = {0};
  f->x_label = "loops of the trained stack";
  f->whole_x = true;
  f->y_label = "median squared error";
  const double *loops =
      iclgd_figure_reals(b, 1, &extents[1], "%s/loops", group);
  char **names =
      iclgd_figure_texts(b, &extents[0], "extrapolation/loops/path_name");
  const double *median = iclgd_figure_reals(b, 2, extents, "%s/median", group);
  if (b->status) return;
  for (size_t i = 0; i < extents[0]; ++i)
    if (i == 0 || iclgd_figure_wants(f, names[i]))
      iclgd_figure_add(f,
                       (iclgd_series){.who = names[i],
                                      .label = iclgd_figure_label(b, names[i]),
                                      .count = extents[1],
                                      .x = loops,
                                      .y = median + i * extents[1]});
  add_quartiles(b, extents[0], &f->series[0]);
  if (b->status) return;
  iclgd_figure_span(f, loops, extents[1]);
  if (!f->algorithms) iclgd_figure_keep_closest(f, 3);
  set_window(f);
}

const iclgd_figure_row iclgd_figure_loops = {
    .name = "loops",
    .shows = "the median with more loops than trained",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "extrapolation/loops",
    .maker = "`iclgd run` with the probe extrapolation",
    .probe = "extrapolation",
    .build = draw,
    .page =
        {.title = "More loops than trained",
         .caption =
             "The median squared error when the trained stack is applied more "
             "often than it was trained for, as it is and damped, beside "
             "algorithms that go on. Lines that keep falling extrapolate."},
};
