/* What an antisymmetric part of A gains in a looped layer, by theory alone: lim
 * n^L loss at its best over that of the best multiple of I, by d, for L = 2 to
 * 5 loops (iclgd/oracle.h, O8). */
#include <iclgd/oracle.h>
#include <math.h>

#include "figures/figure.h"

enum { L_MIN = 2, L_MAX = 5, D_MIN = 2, D_MAX = 32 };

/* One loop number: its least n at d = 5 stands in the label. */
static void add_loops(iclgd_figure_builder *b, size_t L) {
  const size_t count = D_MAX - D_MIN + 1;
  double *d = iclgd_figure_take(b, 1, count);
  double *ratio = iclgd_figure_take(b, 1, count);
  size_t n = 0;
  if (!b->status)
    b->status = iclgd_oracle_antisymmetric_threshold(5, L, &n, b->err);
  for (size_t i = 0; !b->status && i < count; ++i) {
    iclgd_antisymmetric best;
    b->status = iclgd_oracle_antisymmetric(D_MIN + i, L, &best, b->err);
    d[i] = (double)(D_MIN + i);
    ratio[i] = best.loss / best.scalar;
  }
  iclgd_figure_add(
      b->figure,
      (iclgd_series){
          .kind = ICLGD_SERIES_POINTS,
          .label = iclgd_figure_words(
              b->arena, "%zu loops (at d = 5 from n = %zu on)", L, n),
          .count = count,
          .x = d,
          .y = ratio});
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  f->title = "What an antisymmetric part of A gains, long contexts";
  f->x_label = "features d";
  f->y_label = "loss, over that of the best multiple of I";
  f->log_x = f->linear_y = f->whole_x = true;
  f->x_min = D_MIN;
  f->x_max = D_MAX;
  f->y_min = 0;
  f->y_max = 1.02;
  for (size_t L = L_MIN; L <= L_MAX; ++L) add_loops(b, L);
}

const iclgd_figure_row iclgd_figure_symmetry = {
    .name = "symmetry",
    .shows = "what an antisymmetric part gains: theory, without a file",
    .takes = ICLGD_FIGURE_THEORY,
    .build = draw,
};
