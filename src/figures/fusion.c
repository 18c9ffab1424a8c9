/* The loss on the line from the first training run to the second: weights as
 * they are, aligned by their symmetries, and mixed softly. */
#include <math.h>

#include "figures/figure.h"

static void draw(iclgd_figure_builder *b) {
  static const struct {
    const char *name, *label;
  } series[] = {{"aligned", "aligned by symmetries"},
                {"naive", "as they are"},
                {"soft", "units mixed softly"}};
  iclgd_figure *f = b->figure;
  size_t count = 0, pairs = 0;
  f->x_label = "from one training run (0) to another (1)";
  f->y_label = "loss (squared error)";
  const double *t = iclgd_figure_reals(b, 1, &count, "fusion/t");
  for (size_t k = 0; k < sizeof series / sizeof *series; ++k) {
    size_t extents[] = {pairs, count};
    const double *y =
        iclgd_figure_reals(b, 2, extents, "fusion/%s", series[k].name);
    const double *error =
        iclgd_figure_reals(b, 2, extents, "fusion/%s_errors", series[k].name);
    if (b->status) return;
    pairs = extents[0];
    iclgd_figure_add(
        f, (iclgd_series){.label = series[k].label,
                          .count = count,
                          .x = t,
                          .y = y,
                          .band = iclgd_figure_errors(b, count, y, error, 1)});
  }
  if (b->status) return;
  iclgd_figure_span(f, t, count);
  iclgd_figure_fit(f, false);
}

const iclgd_figure_row iclgd_figure_fusion = {
    .name = "fusion",
    .shows = "the loss from one training run to another, aligned or not",
    .needs = "fusion/naive",
    .maker = "`iclgd run` with seeds=2 and the probe fusion",
    .build = draw,
    .page = {.title = "From one training run to another",
             .caption = "The loss on the straight line between the weights of "
                        "the first two training runs, with one standard "
                        "error: as they are, and after the second was aligned "
                        "with the first by what no prediction sees. No "
                        "barrier means that both are one solution."},
};
