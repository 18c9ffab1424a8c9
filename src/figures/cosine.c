/* How the layers turn towards the steps of gradient descent in training: one
 * minus the cosine of the weights of layer k and step k over updates, on a
 * logarithmic axis, because what counts is how close to 1 it comes; the last
 * layer beside the step of its number of other algorithms, and of gradient
 * descent the layers before it: /entry/alignment_training. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

enum { OTHERS = 2 };

static const char group[] = "alignment_training";

/* Below it the cosine is 1 to rounding. */
static const double rounding = 1e-15;

typedef struct curve {
  const char *who;
  size_t updates, layers, steps;
  double *update, *cosine; /* (updates), (updates, layers, steps) */
} curve;

typedef struct builder {
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
} builder;

static iclgd_status read_curve(const builder *b, const char *who, curve *c) {
  size_t extents[3] = {0};
  c->who = who;
  const char *path =
      iclgd_figure_words(b->arena, "%s/%s/sensitivity_cosine", group, who);
  TRY(iclgd_source_reals(b->source, path, 3, extents, b->arena, &c->cosine,
                         b->err));
  if (extents[0] == 0 || extents[1] == 0 || extents[2] == 0)
    return iclgd_figure_small(b->source, path, b->err);
  c->updates = extents[0];
  c->layers = extents[1];
  c->steps = extents[2];
  path = iclgd_figure_words(b->arena, "%s/%s/update", group, who);
  return iclgd_source_reals(b->source, path, 1, extents, b->arena, &c->update,
                            b->err);
}

static double away(double cosine) {
  return isnan(cosine) ? NAN : fmax(1 - cosine, rounding);
}

/* Layer and step l over training; update 0 has no place on a logarithmic axis.
 */
static iclgd_status add_layer(const builder *b, const curve *c, size_t l,
                              const char *who, const char *label) {
  double *y = iclgd_arena_reals(b->arena, c->updates, 1, 1);
  if (!y) return iclgd_fail_memory(b->err, "the cosines");
  for (size_t i = 0; i < c->updates; ++i)
    y[i] = away(c->cosine[(i * c->layers + l) * c->steps + l]);
  iclgd_figure_add(b->figure, (iclgd_series){.kind = b->figure->n_series == 0
                                                         ? ICLGD_SERIES_MAIN
                                                         : ICLGD_SERIES_POINTS,
                                             .label = label,
                                             .who = who,
                                             .count = c->updates,
                                             .x = c->update,
                                             .y = y});
  return ICLGD_OK;
}

/* At the last update; those that have no such step come last. */
static double final_cosine(const curve *c, size_t last) {
  if (last >= c->layers || last >= c->steps) return -INFINITY;
  const double value =
      c->cosine[((c->updates - 1) * c->layers + last) * c->steps + last];
  return isnan(value) ? -INFINITY : value;
}

static iclgd_status add_others(const builder *b, size_t last) {
  char **name;
  size_t count = 0;
  iclgd_status status =
      iclgd_source_children(b->source, group, b->arena, &name, &count, b->err);
  if (status) return status;
  curve *curves = iclgd_arena_take(b->arena, count, sizeof *curves);
  if (!curves) return iclgd_fail_memory(b->err, "the cosines");
  for (size_t i = 0; !status && i < count; ++i)
    status = read_curve(b, name[i], &curves[i]);
  for (size_t place = 0; !status && place < OTHERS; ++place) {
    size_t best = count;
    for (size_t i = 0; i < count; ++i) {
      if (!curves[i].who || strcmp(name[i], "gd") == 0) continue;
      const double value = final_cosine(&curves[i], last);
      if (value > (best < count ? final_cosine(&curves[best], last) : -1e300))
        best = i;
    }
    if (best == count) break;
    status =
        add_layer(b, &curves[best], last, name[best],
                  iclgd_figure_words(
                      b->arena, "%s, last",
                      iclgd_figure_label(b->source, name[best], b->arena)));
    curves[best].who = NULL;
  }
  return status;
}

/* Layers 1 to last - 1 beside gd, three of them at most. */
static iclgd_status add_layers(const builder *b, const curve *gd, size_t last) {
  enum { DRAWN = 3 };
  const size_t drawn = last - 1 < DRAWN ? last - 1 : DRAWN;
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < drawn; ++i) {
    const size_t l = drawn < 2 ? 1 : 1 + i * (last - 2) / (drawn - 1);
    status = add_layer(
        b, gd, l, "gd",
        iclgd_figure_words(b->arena, "gradient descent, layer %zu", l));
  }
  return status;
}

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  const builder b = {source, arena, f, err};
  curve gd;
  double high = -INFINITY;
  TRY(read_curve(&b, "gd", &gd));
  const size_t last = (gd.layers < gd.steps ? gd.layers : gd.steps) - 1;
  f->x_label = "training step";
  f->y_label = "1 - cosine of weights, layer k and step k";
  f->log_x = true;
  f->x_min = 1;
  iclgd_figure_range(gd.update, gd.updates, true, &f->x_min, &high);
  f->x_max = fmax(high, 10);
  iclgd_status status =
      add_layer(&b, &gd, last, "gd", "gradient descent, last layer");
  if (!status && last > 1) status = add_layers(&b, &gd, last);
  if (!status) status = add_others(&b, last);
  if (status) return status;
  iclgd_figure_fit(f, false);
  return ICLGD_OK;
}

const iclgd_figure_row iclgd_figure_cosine = {
    .name = "cosine",
    .shows = "the cosine of layers with steps over training",
    .needs = "alignment_training/gd",
    .maker = "`iclgd run` with the probe alignment_training",
    .build = draw,
    .page = {.title = "The turn towards gradient descent",
             .caption = "One minus the cosine between the implied weights of a "
                        "layer and those of the step of the same number, over "
                        "training: lower is closer, 0 the same direction."},
};
