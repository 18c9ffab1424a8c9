/* Magnitudes of the entries of the Hessian and of its two parts, in the order
 * of theta: blocks of parameter arrays stand out where the landscape is not of
 * one kind. */
#include <math.h>

#include "figures/figure.h"

enum { DECADES = 8 };

static double *add_panel(iclgd_figure_builder *b, const char *leaf,
                         const char *label) {
  iclgd_figure *f = b->figure;
  size_t extents[] = {f->rows, f->columns};
  double low = INFINITY;
  double *value = iclgd_figure_reals(b, 2, extents, "hessian/entries/%s", leaf);
  if (!value) return NULL;
  f->rows = extents[0];
  f->columns = extents[1];
  iclgd_figure_range(value, f->rows * f->columns, true, &low, &f->value_max);
  f->panel[f->n_panels++] =
      (iclgd_panel){.label = label, .side = "", .value = value};
  return value;
}

/* What is below the colour bar has its lowest colour, zero has none. */
static void clamp(const iclgd_figure *f, double *value) {
  for (size_t i = 0; i < f->rows * f->columns; ++i)
    if (value[i] < f->value_min) value[i] = value[i] > 0 ? f->value_min : NAN;
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  f->kind = ICLGD_FIGURE_MAP;
  f->x_label = "";
  f->y_label = "parameters, rows and columns in the order of the file";
  f->value_label = "|entry|";
  f->log_value = true;
  f->panel_columns = 3;
  double *values[] = {add_panel(b, "magnitude", "H"),
                      add_panel(b, "outer", "outer product"),
                      add_panel(b, "functional", "functional")};
  if (b->status) return;
  if (!(f->value_max > 0)) f->value_max = 1;
  f->value_min = f->value_max * pow(10, -DECADES);
  for (size_t k = 0; k < sizeof values / sizeof *values; ++k)
    clamp(f, values[k]);
}

const iclgd_figure_row iclgd_figure_hessian_entries = {
    .name = "hessian_entries",
    .shows = "magnitudes of the entries of the Hessian",
    .needs = "hessian/entries/magnitude",
    .maker = "`iclgd run` with the probe hessian and hessian.map",
    .build = draw,
    .page = {.title = "Entries of the Hessian",
             .caption =
                 "|H_ij| in all pairs of parameters, in the order of the file, "
                 "layer by layer, over eight decades; blank is zero. Beside it "
                 "the outer-product (Gauss-Newton) and the functional part."},
};
