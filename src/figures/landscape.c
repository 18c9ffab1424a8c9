/* Gradient dominance over training (Gatmiry et al. 2024): |grad loss|^2 /
 * loss^((2L-1)/L) with two standard errors, beside the bound of the theorem. */
#include <math.h>

#include "figures/figure.h"

static iclgd_status add_bound(const iclgd_source *source, iclgd_arena *arena,
                              iclgd_figure *f, iclgd_error *err) {
  double *bound = iclgd_arena_reals(arena, 1, 1, 1);
  if (!bound) return iclgd_fail_memory(err, "the bound");
  const iclgd_status status =
      iclgd_source_attr_real(source, "landscape", "bound", bound, err);
  if (!status && isfinite(1 / *bound))
    iclgd_figure_add(f, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                       .label = iclgd_figure_words(
                                           arena, "bound 1/%.0f", 1 / *bound),
                                       .count = 1,
                                       .y = bound});
  return status;
}

iclgd_status iclgd_figure_landscape(const iclgd_source *source,
                                    iclgd_arena *arena, iclgd_figure *f,
                                    iclgd_error *err) {
  static const char *const paths[] = {"landscape/step", "landscape/ratio",
                                      "landscape/ratio_errors"};
  size_t count[1] = {0};
  double *columns[3], high = -INFINITY;
  if (!iclgd_source_has(source, "landscape/ratio"))
    return iclgd_figure_lacks(source, "landscape", "landscape", err);
  iclgd_status status = iclgd_figure_title(source, arena, f, err);
  for (size_t i = 0; !status && i < 3; ++i)
    status =
        iclgd_source_reals(source, paths[i], 1, count, arena, &columns[i], err);
  if (status) return status;
  double *band = iclgd_arena_reals(arena, 2, count[0], 1);
  if (!band) return iclgd_fail_memory(err, "the landscape");
  bool gaps = false;
  for (size_t i = 0; i < count[0]; ++i) {
    gaps = gaps || columns[1][i] <= 0;
    const double width = isfinite(columns[2][i]) ? 2 * columns[2][i] : 0;
    band[i] = columns[1][i] - width;
    band[count[0] + i] = columns[1][i] + width;
  }
  f->x_label = "training step";
  f->y_label = "|gradient|^2 / loss^{(2L-1)/L}";
  f->log_x = true;
  f->x_min = INFINITY;
  iclgd_figure_range(columns[0], count[0], true, &f->x_min, &high);
  if (!isfinite(f->x_min)) f->x_min = 1;
  f->x_max = high > f->x_min ? high : 10 * f->x_min;
  iclgd_figure_add(
      f, (iclgd_series){
             .kind = ICLGD_SERIES_MAIN,
             .label = gaps ? "trained model, +- 2 errors (gaps: below 0)"
                           : "trained model, +- 2 errors",
             .count = count[0],
             .x = columns[0],
             .y = columns[1],
             .band = band});
  status = add_bound(source, arena, f, err);
  if (!status) iclgd_figure_fit(f, false);
  return status;
}
