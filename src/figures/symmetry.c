/* What an antisymmetric part of A gains in a looped layer, by theory alone: lim
 * n^L loss at its best over that of the best multiple of I, by d, for L = 2 to
 * 5 loops (iclgd/oracle.h, O8). */
#include <iclgd/oracle.h>
#include <math.h>

#include "figures/figure.h"

enum { L_MIN = 2, L_MAX = 5, D_MIN = 2, D_MAX = 32 };

/* One loop number: its least n at d = 5 stands in the label. */
static iclgd_status add_loops(size_t L, double *d, double *ratio,
                              iclgd_arena *arena, iclgd_figure *f,
                              iclgd_error *err) {
  size_t n = 0;
  iclgd_status status = iclgd_oracle_antisymmetric_threshold(5, L, &n, err);
  for (size_t i = 0; !status && i <= D_MAX - D_MIN; ++i) {
    iclgd_antisymmetric best;
    status = iclgd_oracle_antisymmetric(D_MIN + i, L, &best, err);
    d[i] = (double)(D_MIN + i);
    ratio[i] = best.loss / best.scalar;
  }
  if (!status)
    iclgd_figure_add(
        f,
        (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                       .label = iclgd_figure_words(
                           arena, "%zu loops (at d = 5 from n = %zu on)", L, n),
                       .count = D_MAX - D_MIN + 1,
                       .x = d,
                       .y = ratio});
  return status;
}

iclgd_status iclgd_figure_symmetry(const iclgd_source *source,
                                   iclgd_arena *arena, iclgd_figure *f,
                                   iclgd_error *err) {
  const size_t count = D_MAX - D_MIN + 1;
  double *d = iclgd_arena_reals(arena, 2 * (L_MAX - L_MIN + 1), count, 1);
  iclgd_status status = d ? ICLGD_OK : iclgd_fail_memory(err, "the figure");
  (void)source; /* theory needs no file */
  f->title = "What an antisymmetric part of A gains, long contexts";
  f->x_label = "features d";
  f->y_label = "loss, over that of the best multiple of I";
  f->log_x = f->linear_y = f->whole_x = true;
  f->x_min = D_MIN;
  f->x_max = D_MAX;
  f->y_min = 0;
  f->y_max = 1.02;
  for (size_t L = L_MIN; !status && L <= L_MAX; ++L)
    status = add_loops(L, d + 2 * (L - L_MIN) * count,
                       d + (2 * (L - L_MIN) + 1) * count, arena, f, err);
  return status;
}
