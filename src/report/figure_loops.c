/* The median squared error over more loops than trained: the model as it is and
 * damped, beside the algorithms continued. Means explode with rare prompts, so
 * they are not drawn. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/figure.h"

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
  if (!(low < high)) {
    low = high > 0 ? high / 2 : 1;
    high = 2 * low;
  }
  const double margin = pow(high / low, 0.06);
  f->y_min = low / margin;
  f->y_max = high * margin;
}

iclgd_status iclgd_figure_loops(const iclgd_source *source, iclgd_arena *arena,
                                iclgd_figure *f, iclgd_error *err) {
  size_t columns[1] = {0}, extents[2] = {0}, count = 0;
  double *loops, *median;
  char **names;
  if (!iclgd_source_has(source, group))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: no /entry/extrapolation/loops to plot: expected a "
                      "file of `iclgd run` with the probe extrapolation",
                      iclgd_source_path(source));
  f->x_label = "loops of the trained stack";
  f->y_label = "median squared error";
  iclgd_status status = iclgd_figure_title(source, arena, f, err);
  if (!status)
    status = iclgd_source_reals(source, "extrapolation/loops/loops", 1, columns,
                                arena, &loops, err);
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
    iclgd_figure_add(
        f,
        (iclgd_series){.kind = i == 0 ? ICLGD_SERIES_MAIN : ICLGD_SERIES_POINTS,
                       .label = iclgd_figure_label(source, names[i], arena),
                       .count = columns[0],
                       .x = loops,
                       .y = median + i * columns[0]});
  f->x_min = loops[0];
  f->x_max = loops[columns[0] - 1];
  if (!(f->x_min < f->x_max)) f->x_max = f->x_min + 1;
  iclgd_figure_keep_closest(f, 3);
  set_window(f);
  return ICLGD_OK;
}
