/* What linear readouts of the hidden tokens find by layer: the R^2 of the
 * typical prompt of every target of /entry/decoding, and of the control. */
#include <math.h>

#include "figures/figure.h"

static const char maker[] = "`iclgd run` with the probe decoding";

static const struct target {
  const char *name, *label;
} targets[] = {
    {"least_squares", "least-squares weight"},
    {"w_star", "true weight"},
    {"xty", "X\u1D40y / n"},
    {"control", "control: of another prompt"},
};
enum { TARGETS = sizeof targets / sizeof *targets };

static void add_target(iclgd_figure_builder *b, const struct target *target) {
  iclgd_figure *f = b->figure;
  size_t count = 0;
  if (!iclgd_figure_has(b, "decoding/%s/r2_median", target->name)) return;
  const double *r2 =
      iclgd_figure_reals(b, 1, &count, "decoding/%s/r2_median", target->name);
  const double *layer =
      iclgd_figure_reals(b, 1, &count, "decoding/%s/layer", target->name);
  if (!b->status && count == 0)
    iclgd_figure_small(
        b, iclgd_figure_words(b->arena, "decoding/%s/layer", target->name));
  if (b->status) return;
  iclgd_figure_span(f, layer, count);
  iclgd_figure_add(
      f, (iclgd_series){
             .label = target->label, .count = count, .x = layer, .y = r2});
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  f->x_label = "layers passed";
  f->y_label = "R^2 of the typical prompt (medians)";
  f->linear_y = f->whole_x = true;
  for (size_t k = 0; k < TARGETS; ++k) add_target(b, &targets[k]);
  if (!b->status && f->n_series == 0)
    iclgd_figure_lacks(b, "decoding/*/r2_median", maker);
  iclgd_figure_fit(f, false);
  if (f->y_min < -1) f->y_min = -1; /* a readout that is worse than the mean */
}

const iclgd_figure_row iclgd_figure_decoding = {
    .name = "decoding",
    .shows = "what can be read from hidden tokens, by layer",
    .needs = "decoding",
    .maker = maker,
    .probe = "decoding",
    .build = draw,
    .page = {.needs = "decoding/xty/r2_median",
             .title = "What the tokens still hold",
             .caption = "How well weights can be read, linearly, from the "
                        "second moments of the tokens (of tokens from "
                        "elsewhere: from the query's own) after each layer, on "
                        "other prompts: 1 is read perfectly, 0 not at all."},
};
