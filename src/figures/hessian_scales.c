/* How the norms of the blocks of one layer's Hessian grow with the scale of its
 * tokens, in the setting of Ormaniec et al. 2024: of the value and the query
 * block, with softmax, with linear attention, and with a norm first; in
 * brackets slope and exponent of theory. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures/figure.h"

static const char *const drawn[] = {"softmax H(V,V)",  "softmax H(Q,Q)",
                                    "softmax Ho(Q,Q)", "linear H(V,V)",
                                    "linear H(Q,Q)",   "softmax H(V,V), norm"};

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t rows = 0, extents[2] = {0};
  char **name = iclgd_figure_texts(b, &rows, "hessian/scales/name");
  extents[0] = rows;
  const double *sigma =
      iclgd_figure_reals(b, 1, &extents[1], "hessian/scales/sigma");
  const double *norm = iclgd_figure_reals(b, 2, extents, "hessian/scales/norm");
  const double *slope = iclgd_figure_reals(b, 1, &rows, "hessian/scales/slope");
  const double *exponent =
      iclgd_figure_reals(b, 1, &rows, "hessian/scales/exponent");
  if (b->status) return;
  if (extents[1] < 2) {
    iclgd_figure_small(b, "hessian/scales/sigma");
    return;
  }
  f->x_label = "scale sigma of the tokens";
  f->y_label = "norm of the block";
  f->log_x = true;
  for (size_t i = 0; i < sizeof drawn / sizeof *drawn; ++i)
    for (size_t k = 0; k < rows; ++k)
      if (strcmp(name[k], drawn[i]) == 0)
        iclgd_figure_add(
            f, (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                              .label = isfinite(slope[k])
                                           ? iclgd_figure_words(
                                                 b->arena, "%s (%.2f, %.0f)",
                                                 name[k], slope[k], exponent[k])
                                           : name[k],
                              .count = extents[1],
                              .x = sigma,
                              .y = norm + k * extents[1]});
  iclgd_figure_span(f, sigma, extents[1]);
  iclgd_figure_fit(f, false);
}

const iclgd_figure_row iclgd_figure_hessian_scales = {
    .name = "hessian_scales",
    .shows = "norms of one layer's blocks by the scale of its tokens",
    .needs = "hessian/scales/norm",
    .maker = "`iclgd run` with hessian.scales",
    .build = draw,
    .page = {.title = "Blocks by the scale of the tokens",
             .caption =
                 "Frobenius norms of blocks of the Hessian of one layer of "
                 "attention, tokens sigma X (Ormaniec et al. 2024): with "
                 "softmax value and query blocks grow at different rates, with "
                 "linear attention at the same, with layer norm not at all. In "
                 "brackets the slope up to sigma = 0.1 and the exponent of "
                 "theory."},
};
