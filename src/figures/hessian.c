/* The spectrum of the Hessian of the training loss: how many eigenvalues have
 * which magnitude, positive ones, negative ones and those of the outer-product
 * part, in bins of a quarter of a decade. */
#include <math.h>
#include <stdint.h>

#include "figures/figure.h"

/* Values of empty bins are blank; those at the edges are left out. */
static void blank(double *values, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (!(values[i] > 0)) values[i] = NAN;
}

static void add(iclgd_figure_builder *b, iclgd_series_kind kind,
                const char *leaf, const char *label, size_t count,
                const double *x) {
  double *y = iclgd_figure_reals(b, 1, &count, "hessian/%s", leaf);
  bool any = false;
  if (!y) return;
  blank(y, count);
  for (size_t i = 0; i < count; ++i) any |= y[i] > 0;
  if (any)
    iclgd_figure_add(
        b->figure,
        (iclgd_series){
            .kind = kind, .label = label, .count = count, .x = x, .y = y});
}

/* Without the bins that are empty in every series: few points are marked, which
 * shows a value between two empty bins. */
static void trim(iclgd_figure *f) {
  size_t first = SIZE_MAX, last = 0;
  for (size_t k = 0; k < f->n_series; ++k)
    for (size_t i = 0; i < f->series[k].count; ++i) {
      if (!(f->series[k].y[i] > 0)) continue;
      first = i < first ? i : first;
      last = i > last ? i : last;
    }
  for (size_t k = 0; k < f->n_series; ++k) {
    f->series[k].x += first;
    f->series[k].y += first;
    f->series[k].count = last - first + 1;
  }
}

/* From the smallest magnitude that any series has to the largest. */
static void set_window(iclgd_figure *f) {
  double low = INFINITY, high = 0;
  for (size_t k = 0; k < f->n_series; ++k)
    for (size_t i = 0; i < f->series[k].count; ++i)
      if (f->series[k].y[i] > 0) {
        low = fmin(low, f->series[k].x[i]);
        high = fmax(high, f->series[k].x[i]);
      }
  f->x_min = isfinite(low) ? low / 1.5 : 0.1;
  f->x_max = high > f->x_min ? 1.5 * high : 10 * f->x_min;
  iclgd_figure_fit(f, false);
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t count = 0;
  const double *x = iclgd_figure_reals(b, 1, &count, "hessian/magnitude");
  if (b->status) return;
  f->x_label = "|eigenvalue|";
  f->y_label = "eigenvalues in a bin";
  f->log_x = true;
  add(b, ICLGD_SERIES_MAIN, "positive", "positive eigenvalues of H", count, x);
  add(b, ICLGD_SERIES_POINTS, "negative", "negative eigenvalues of H", count,
      x);
  add(b, ICLGD_SERIES_POINTS, "outer", "outer-product part alone", count, x);
  if (b->status) return;
  if (f->n_series > 0) trim(f);
  set_window(f);
}

const iclgd_figure_row iclgd_figure_hessian = {
    .name = "hessian",
    .shows = "the spectrum of the Hessian of the loss",
    .needs = "hessian/magnitude",
    .maker = "`iclgd run` with the probe hessian",
    .build = draw,
    .page = {.title = "The spectrum of the Hessian",
             .caption =
                 "Eigenvalues of the Hessian of the training loss at the "
                 "trained weights, by magnitude, four bins to a decade; "
                 "negative ones apart. Far to the left is flat. Estimated "
                 "spectra have expected numbers."},
};
