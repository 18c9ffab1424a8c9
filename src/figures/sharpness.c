/* Sharpness over training beside the value at which the optimiser stops being
 * stable: of SGD the largest eigenvalue of H below (2 + 2 beta) / lr, of Adam
 * that of the preconditioned one below (2 + 2 beta1) / ((1 - beta1) lr). */
#include <math.h>

#include "figures/figure.h"

static const char group[] = "hessian/training";

typedef struct builder {
  iclgd_figure_builder *b;
  size_t count;
  double *step;
  size_t known;
} builder;

static double *read_column(const builder *s, const char *leaf) {
  size_t count = s->count;
  return iclgd_figure_reals(s->b, 1, &count, "%s/%s", group, leaf);
}

/* A series, unless nothing of it is known. */
static void add(builder *s, const char *leaf, const char *errors,
                iclgd_series_kind kind, const char *label) {
  double *y = read_column(s, leaf);
  double *error = errors ? read_column(s, errors) : NULL;
  bool any = false;
  if (!y) return;
  for (size_t i = 0; i < s->count; ++i) any |= isfinite(y[i]) && y[i] > 0;
  if (!any) return;
  iclgd_figure_add(
      s->b->figure,
      (iclgd_series){
          .kind = kind,
          .label = label,
          .count = s->count,
          .x = s->step,
          .y = y,
          .band =
              error ? iclgd_figure_errors(s->b, s->count, y, error, 2) : NULL});
}

static void draw(iclgd_figure_builder *b) {
  builder s = {.b = b};
  iclgd_figure *f = b->figure;
  s.step = iclgd_figure_reals(b, 1, &s.count, "%s/step", group);
  if (b->status) return;
  if (s.count < 2) {
    iclgd_figure_small(b, "hessian/training/step");
    return;
  }
  f->x_label = "training step";
  f->y_label = "eigenvalue";
  f->log_x = true;
  for (size_t i = 0; i < s.count; ++i) /* step 0 stands at the left edge */
    if (s.step[i] < 1) s.step[i] = 0.5;
  f->x_min = 0.5;
  f->x_max = fmax(10, s.step[s.count - 1]);
  add(&s, "sharpness", "sharpness_errors", ICLGD_SERIES_MAIN,
      "sharpness (band: 2 errors, where known)");
  add(&s, "limit", NULL, ICLGD_SERIES_CURVE, "stable below (SGD)");
  add(&s, "preconditioned", NULL, ICLGD_SERIES_POINTS, "preconditioned (Adam)");
  add(&s, "limit_adam", NULL, ICLGD_SERIES_CURVE, "stable below (Adam)");
  if (!b->status) iclgd_figure_fit(f, false);
}

const iclgd_figure_row iclgd_figure_sharpness = {
    .name = "sharpness",
    .shows = "sharpness over training beside the edge of stability",
    .needs = "hessian/training/sharpness",
    .maker = "`iclgd run` with the probe hessian and hessian.snapshots",
    .build = draw,
    .page = {.needs = "hessian/training/loss",
             .title = "Sharpness over training",
             .caption =
                 "The largest eigenvalue of the Hessian at snapshots, and the "
                 "value at which the optimiser stops being stable; of Adam it "
                 "is the preconditioned eigenvalue that counts, with second "
                 "moments estimated from gradients at the snapshot. Step 0 "
                 "stands at the left edge."},
};
