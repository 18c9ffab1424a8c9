/* The median squared error over more loops than trained: the model as it is,
 * with its quartiles, and damped, beside the algorithms continued. Means
 * explode with rare prompts, so they are not drawn. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures/figure.h"

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
  if (!(high > low * (1 + 1e-9))) {
    low = high > 0 ? high / 2 : 1;
    high = 2 * low;
  }
  const double margin = pow(high / low, 0.06);
  f->y_min = low / margin;
  f->y_max = high * margin;
}

/* The quartiles of path 0, levels 1 and 3 of (5, paths, loops). */
static iclgd_status add_quartiles(const iclgd_source *source,
                                  iclgd_arena *arena, size_t paths,
                                  iclgd_series *model, iclgd_error *err) {
  size_t extents[] = {5, paths, model->count};
  double *quantiles;
  const iclgd_status status =
      iclgd_source_reals(source, "extrapolation/loops/quantiles", 3, extents,
                         arena, &quantiles, err);
  if (status) return status;
  double *band = iclgd_arena_reals(arena, 2, model->count, 1);
  if (!band) return iclgd_fail_memory(err, "the quartiles");
  const size_t plane = paths * model->count, size = model->count * sizeof *band;
  memcpy(band, quantiles + plane, size);
  memcpy(band + model->count, quantiles + 3 * plane, size);
  model->band = band;
  model->label =
      iclgd_figure_words(arena, "%s, quartiles shaded", model->label);
  return ICLGD_OK;
}

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  size_t columns[1] = {0}, extents[2] = {0}, count = 0;
  double *loops, *median;
  char **names;
  f->x_label = "loops of the trained stack";
  f->whole_x = true;
  f->y_label = "median squared error";
  iclgd_status status = iclgd_source_reals(source, "extrapolation/loops/loops",
                                           1, columns, arena, &loops, err);
  if (!status)
    status = iclgd_source_texts(source, "extrapolation/loops/path_name", 1,
                                &count, arena, &names, err);
  extents[0] = count;
  extents[1] = columns[0];
  if (!status)
    status = iclgd_source_reals(source, "extrapolation/loops/median", 2,
                                extents, arena, &median, err);
  if (status) return status;
  for (size_t i = 0; i < count; ++i)
    if (i == 0 || iclgd_figure_wants(f, names[i]))
      iclgd_figure_add(
          f, (iclgd_series){
                 .who = names[i],
                 .kind = i == 0 ? ICLGD_SERIES_MAIN : ICLGD_SERIES_POINTS,
                 .label = iclgd_figure_label(source, names[i], arena),
                 .count = columns[0],
                 .x = loops,
                 .y = median + i * columns[0]});
  TRY(add_quartiles(source, arena, count, &f->series[0], err));
  f->x_min = loops[0];
  f->x_max = loops[columns[0] - 1];
  if (!(f->x_min < f->x_max)) f->x_max = f->x_min + 1;
  if (!f->algorithms) iclgd_figure_keep_closest(f, 3);
  set_window(f);
  return ICLGD_OK;
}

const iclgd_figure_row iclgd_figure_loops = {
    .name = "loops",
    .shows = "the median with more loops than trained",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "extrapolation/loops",
    .maker = "`iclgd run` with the probe extrapolation",
    .build = draw,
    .page =
        {.title = "More loops than trained",
         .caption =
             "The median squared error when the trained stack is applied more "
             "often than it was trained for, as it is and damped, beside "
             "algorithms that go on. Lines that keep falling extrapolate."},
};
