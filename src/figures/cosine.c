/* How the layers turn towards the steps of gradient descent in training: one
 * minus the cosine of the weights of layer k and step k over updates, on a
 * logarithmic axis, because what counts is how close to 1 it comes; the last
 * layer beside the step of its number of other algorithms, and of gradient
 * descent the layers before it: /entry/alignment_training. */
#include <iclgd/algorithm.h>
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

static void read_curve(iclgd_figure_builder *b, const char *who, curve *c) {
  size_t extents[3] = {0};
  c->who = who;
  c->cosine =
      iclgd_figure_reals(b, 3, extents, "%s/%s/sensitivity_cosine", group, who);
  if (!b->status && extents[0] * extents[1] * extents[2] == 0)
    iclgd_figure_small(
        b,
        iclgd_figure_words(b->arena, "%s/%s/sensitivity_cosine", group, who));
  c->updates = extents[0];
  c->layers = extents[1];
  c->steps = extents[2];
  c->update = iclgd_figure_reals(b, 1, extents, "%s/%s/update", group, who);
}

static double away(double cosine) {
  return isnan(cosine) ? NAN : fmax(1 - cosine, rounding);
}

/* Layer and step l over training; update 0 has no place on a logarithmic axis.
 */
static void add_layer(iclgd_figure_builder *b, const curve *c, size_t l,
                      const char *label) {
  double *y = iclgd_figure_take(b, c->updates, 1);
  if (!y) return;
  for (size_t i = 0; i < c->updates; ++i)
    y[i] = away(c->cosine[(i * c->layers + l) * c->steps + l]);
  iclgd_figure_add(b->figure, (iclgd_series){.label = label,
                                             .who = c->who,
                                             .count = c->updates,
                                             .x = c->update,
                                             .y = y});
}

/* At the last update; those that have no such step come last. */
static double final_cosine(const curve *c, size_t last) {
  if (last >= c->layers || last >= c->steps) return -INFINITY;
  const double value =
      c->cosine[((c->updates - 1) * c->layers + last) * c->steps + last];
  return isnan(value) ? -INFINITY : value;
}

static void add_others(iclgd_figure_builder *b, size_t last) {
  size_t count;
  char **name = iclgd_figure_children(b, group, &count);
  curve *curves = iclgd_arena_take(b->arena, count, sizeof *curves);
  if (!curves && !b->status) b->status = iclgd_fail_memory(b->err, group);
  for (size_t i = 0; !b->status && i < count; ++i)
    read_curve(b, name[i], &curves[i]);
  for (size_t place = 0; !b->status && place < OTHERS; ++place) {
    size_t best = count;
    for (size_t i = 0; i < count; ++i) {
      if (!curves[i].who || iclgd_figure_is_descent(name[i])) continue;
      const double value = final_cosine(&curves[i], last);
      if (value > (best < count ? final_cosine(&curves[best], last) : -1e300))
        best = i;
    }
    if (best == count) break;
    add_layer(b, &curves[best], last,
              iclgd_figure_words(b->arena, "%s, last",
                                 iclgd_figure_label(b, name[best])));
    curves[best].who = NULL;
  }
}

/* Layers 1 to last - 1 beside gradient descent, three of them at most. */
static void add_layers(iclgd_figure_builder *b, const curve *gd, size_t last) {
  enum { DRAWN = 3 };
  const size_t drawn = last - 1 < DRAWN ? last - 1 : DRAWN;
  for (size_t i = 0; i < drawn; ++i) {
    const size_t l = drawn < 2 ? 1 : 1 + i * (last - 2) / (drawn - 1);
    add_layer(b, gd, l,
              iclgd_figure_words(b->arena, "gradient descent, layer %zu", l));
  }
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  curve gd;
  double high = -INFINITY;
  read_curve(b, iclgd_algorithm_descent()->name, &gd);
  if (b->status) return;
  const size_t last = (gd.layers < gd.steps ? gd.layers : gd.steps) - 1;
  f->x_label = "training step";
  f->y_label = "1 - cosine of weights, layer k and step k";
  f->log_x = true;
  f->x_min = 1;
  iclgd_figure_range(gd.update, gd.updates, true, &f->x_min, &high);
  f->x_max = fmax(high, 10);
  add_layer(b, &gd, last, "gradient descent, last layer");
  if (last > 1) add_layers(b, &gd, last);
  add_others(b, last);
  iclgd_figure_fit(f, false);
}

const iclgd_figure_row iclgd_figure_cosine = {
    .name = "cosine",
    .shows = "the cosine of layers with steps over training",
    .needs = "alignment_training/gd",
    .maker = "`iclgd run` with the probe alignment_training",
    .probe = "alignment_training",
    .build = draw,
    .page = {.title = "Layers beside steps over training",
             .caption = "One minus the cosine between the implied weights of a "
                        "layer and those of the step of the same number, over "
                        "training: lower is closer, 0 the same direction."},
};
