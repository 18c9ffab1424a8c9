/* The loss along the line from the trained weights to the construction, its
 * mean (with one standard error) and its median, and gradient descent alone,
 * refitted, as a level. */
#include <iclgd/algorithm.h>
#include <math.h>

#include "figures/figure.h"

static void draw(iclgd_figure_builder *b) {
  static const char group[] = "interpolation";
  iclgd_figure *f = b->figure;
  size_t count = 0;
  f->x_label = "from the trained weights (0) to the construction (1)";
  f->y_label = "loss (squared error)";
  const double *t = iclgd_figure_reals(b, 1, &count, "%s/t", group);
  const double *loss = iclgd_figure_reals(b, 1, &count, "%s/loss", group);
  const double *error =
      iclgd_figure_reals(b, 1, &count, "%s/loss_errors", group);
  const double *median =
      iclgd_figure_reals(b, 1, &count, "%s/loss_median", group);
  const double *refit = iclgd_figure_attribute(b, group, "refit_loss");
  if (b->status) return;
  iclgd_figure_add(
      f, (iclgd_series){.label = "mean over prompts",
                        .count = count,
                        .x = t,
                        .y = loss,
                        .band = iclgd_figure_errors(b, count, loss, error, 1)});
  iclgd_figure_add(
      f,
      (iclgd_series){.label = "median", .count = count, .x = t, .y = median});
  iclgd_figure_add(f, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                     .label = "gradient descent, refitted",
                                     .who = iclgd_algorithm_descent()->name,
                                     .count = 1,
                                     .y = refit});
  iclgd_figure_span(f, t, count);
  iclgd_figure_fit(f, true);
}

const iclgd_figure_row iclgd_figure_interpolation = {
    .name = "interpolation",
    .shows = "the loss from trained to constructed weights",
    .needs = "interpolation/loss",
    .maker = "`iclgd run` with the probe interpolation",
    .probe = "interpolation",
    .build = draw,
    .page = {.title = "From trained weights to constructed gradient descent",
             .caption =
                 "The loss on the straight line between the trained weights "
                 "(0) and weights that are exactly gradient descent (1). No "
                 "barrier in between means that both are one solution."},
};
