/* The loss along the line from the trained weights to the construction, its
 * mean (with one standard error) and its median, and gradient descent alone,
 * refitted, as a level. */
#include <math.h>

#include "figures/figure.h"

static iclgd_status add_refit(const iclgd_source *source, iclgd_arena *arena,
                              iclgd_figure *f, iclgd_error *err) {
  double *loss = iclgd_arena_reals(arena, 1, 1, 1);
  if (!loss) return iclgd_fail_memory(err, "the figure");
  const iclgd_status status =
      iclgd_source_attr_real(source, "interpolation", "refit_loss", loss, err);
  if (!status)
    iclgd_figure_add(f, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                       .label = "gradient descent, refitted",
                                       .who = "gd",
                                       .count = 1,
                                       .y = loss});
  return status;
}

iclgd_status iclgd_figure_interpolation(const iclgd_source *source,
                                        iclgd_arena *arena, iclgd_figure *f,
                                        iclgd_error *err) {
  static const char *const paths[] = {"interpolation/t", "interpolation/loss",
                                      "interpolation/loss_errors",
                                      "interpolation/loss_median"};
  size_t points[1] = {0};
  double *columns[4];
  if (!iclgd_source_has(source, "interpolation/loss"))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: no /entry/interpolation to plot: expected a file of "
                      "`iclgd run` with the probe interpolation",
                      iclgd_source_path(source));
  f->x_label = "from the trained weights (0) to the construction (1)";
  f->y_label = "loss (squared error)";
  iclgd_status status = iclgd_figure_title(source, arena, f, err);
  for (size_t i = 0; !status && i < 4; ++i)
    status = iclgd_source_reals(source, paths[i], 1, points, arena, &columns[i],
                                err);
  if (status) return status;
  double *band = iclgd_arena_reals(arena, 2, points[0], 1);
  if (!band) return iclgd_fail_memory(err, "the figure");
  for (size_t i = 0; i < 2 * points[0]; ++i) {
    const size_t k = i % points[0];
    const double width = isfinite(columns[2][k]) ? columns[2][k] : 0;
    band[i] = columns[1][k] + (i < points[0] ? -width : width);
  }
  iclgd_figure_add(f, (iclgd_series){.kind = ICLGD_SERIES_MAIN,
                                     .label = "mean over prompts",
                                     .count = points[0],
                                     .x = columns[0],
                                     .y = columns[1],
                                     .band = band});
  iclgd_figure_add(f, (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                                     .label = "median",
                                     .count = points[0],
                                     .x = columns[0],
                                     .y = columns[3]});
  f->x_min = columns[0][0];
  f->x_max = columns[0][points[0] - 1];
  if (!(f->x_min < f->x_max)) f->x_max = f->x_min + 1;
  status = add_refit(source, arena, f, err);
  if (!status) iclgd_figure_fit(f, true);
  return status;
}
