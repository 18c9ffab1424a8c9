/* How far the tokens of a prompt are apart by layer, with and without what
 * passes the layers. */
#include <math.h>

#include "figures/figure.h"

static void draw(iclgd_figure_builder *b) {
  static const struct {
    const char *name, *label;
  } series[] = {{"diversity", "as trained, 2 errors shaded"},
                {"bare_diversity", "the same weights without shortcuts"}};
  iclgd_figure *f = b->figure;
  size_t count = 0;
  f->x_label = "layer";
  f->y_label = "|Z - mean token| / |Z|";
  f->whole_x = f->linear_y = true;
  const double *layer = iclgd_figure_reals(b, 1, &count, "features/layer");
  for (size_t k = 0; k < 2; ++k) {
    if (!iclgd_figure_has(b, "features/%s", series[k].name)) continue;
    const double *y =
        iclgd_figure_reals(b, 1, &count, "features/%s", series[k].name);
    const double *error =
        iclgd_figure_reals(b, 1, &count, "features/%s_errors", series[k].name);
    if (b->status) return;
    iclgd_figure_add(
        f, (iclgd_series){.label = series[k].label,
                          .count = count,
                          .x = layer,
                          .y = y,
                          .band = iclgd_figure_errors(b, count, y, error, 2)});
  }
  if (b->status) return;
  iclgd_figure_span(f, layer, count);
  f->y_min = 0; /* all are alike; 1: their mean is 0 */
  f->y_max = 1.02;
}

const iclgd_figure_row iclgd_figure_features = {
    .name = "features",
    .shows = "how far the tokens of a prompt are apart by layer",
    .needs = "features/diversity",
    .maker = "`iclgd run` with the probe features",
    .build = draw,
    .page = {.title = "Diversity of tokens",
             .caption = "How far the tokens of a prompt are from their mean, "
                        "relative to their length: 0 where all are alike. "
                        "Attention averages, which can bring them together; "
                        "between the lines is what passing by the layers "
                        "changes."},
};
