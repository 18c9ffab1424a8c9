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

static iclgd_status add_target(const iclgd_source *source, iclgd_arena *arena,
                               const struct target *target, iclgd_figure *f,
                               iclgd_error *err) {
  size_t count[1] = {0};
  double *layer, *r2;
  const char *path =
      iclgd_figure_words(arena, "decoding/%s/r2_median", target->name);
  if (!iclgd_source_has(source, path)) return ICLGD_OK;
  iclgd_status status =
      iclgd_source_reals(source, path, 1, count, arena, &r2, err);
  path = iclgd_figure_words(arena, "decoding/%s/layer", target->name);
  if (!status)
    status = iclgd_source_reals(source, path, 1, count, arena, &layer, err);
  if (status) return status;
  if (count[0] == 0) return iclgd_figure_small(source, path, err);
  f->x_min = layer[0];
  f->x_max = fmax(layer[count[0] - 1], f->x_min + 1);
  iclgd_figure_add(
      f, (iclgd_series){
             .kind = f->n_series == 0 ? ICLGD_SERIES_MAIN : ICLGD_SERIES_POINTS,
             .label = target->label,
             .count = count[0],
             .x = layer,
             .y = r2});
  return ICLGD_OK;
}

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  f->x_label = "layers passed";
  f->y_label = "R^2 of the typical prompt (medians)";
  f->linear_y = f->whole_x = true;
  iclgd_status status = ICLGD_OK;
  for (size_t k = 0; !status && k < TARGETS; ++k)
    status = add_target(source, arena, &targets[k], f, err);
  if (status) return status;
  if (f->n_series == 0)
    return iclgd_figure_lacks(source, "decoding/*/r2_median", maker, err);
  iclgd_figure_fit(f, false);
  if (f->y_min < -1) f->y_min = -1; /* a readout that is worse than the mean */
  return ICLGD_OK;
}

const iclgd_figure_row iclgd_figure_decoding = {
    .name = "decoding",
    .shows = "what can be read from hidden tokens, by layer",
    .needs = "decoding",
    .maker = maker,
    .build = draw,
    .page = {.needs = "decoding/xty/r2_median",
             .title = "What the tokens still hold",
             .caption = "How well weights can be read, linearly, from the "
                        "second moments of the tokens (of tokens from "
                        "elsewhere: from the query's own) after each layer, on "
                        "other prompts: 1 is read perfectly, 0 not at all."},
};
