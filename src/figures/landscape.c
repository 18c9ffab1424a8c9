/* Gradient dominance over training (Gatmiry et al. 2024): |grad loss|^2 /
 * loss^((2L-1)/L) with two standard errors, beside the bound of the theorem. */
#include <math.h>

#include "figures/figure.h"

static void add_bound(iclgd_figure_builder *b) {
  const double *bound = iclgd_figure_attribute(b, "landscape", "bound");
  if (bound && *bound > 0 && isfinite(1 / *bound) && isfinite(*bound))
    iclgd_figure_add(b->figure,
                     (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                    .label = iclgd_figure_words(
                                        b->arena, "bound 1/%.0f", 1 / *bound),
                                    .count = 1,
                                    .y = bound});
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t count = 0;
  double high = -INFINITY;
  const double *step = iclgd_figure_reals(b, 1, &count, "landscape/step");
  const double *ratio = iclgd_figure_reals(b, 1, &count, "landscape/ratio");
  const double *error =
      iclgd_figure_reals(b, 1, &count, "landscape/ratio_errors");
  if (b->status) return;
  bool gaps = false;
  for (size_t i = 0; i < count; ++i) gaps |= ratio[i] <= 0;
  f->x_label = "training step";
  f->y_label = "|gradient|^2 / loss^{(2L-1)/L}";
  f->log_x = true;
  f->x_min = INFINITY;
  iclgd_figure_range(step, count, true, &f->x_min, &high);
  if (!isfinite(f->x_min)) f->x_min = 1;
  f->x_max = high > f->x_min ? high : 10 * f->x_min;
  iclgd_figure_add(
      f, (iclgd_series){
             .label = gaps ? "trained model, +- 2 errors (gaps: below 0)"
                           : "trained model, +- 2 errors",
             .count = count,
             .x = step,
             .y = ratio,
             .band = iclgd_figure_errors(b, count, ratio, error, 2)});
  add_bound(b);
  iclgd_figure_fit(f, false);
}

const iclgd_figure_row iclgd_figure_landscape = {
    .name = "landscape",
    .shows = "gradient dominance of the looped loss over training",
    .needs = "landscape/ratio",
    .maker = "`iclgd run` with the probe landscape",
    .probe = "landscape",
    .build = draw,
    .page =
        {.title = "Gradient dominance over training",
         .caption =
             "The ratio that Gatmiry et al. (2024) bound from below by 1/16 "
             "while the loss is not tiny: above the level, the gradient is too "
             "large for training to stall. The band is two standard errors."},
};
