/* The learned A over training: of a looped layer its scale tr(A) / d, how far
 * it is from a multiple of I and how much of it is antisymmetric, beside the
 * cosine of the last layer's weights with gradient descent; of distinct layers
 * the scale of each, of many those that are spread evenly. */
#include <iclgd/algorithm.h>
#include <math.h>

#include "figures/figure.h"

static const char group[] = "structure_training";

typedef struct builder {
  iclgd_figure_builder *b;
  size_t updates, layers;
  double *update;
} builder;

static void add(const builder *s, const double *y, const char *label) {
  const bool looped = s->layers == 1;
  iclgd_figure_add(
      s->b->figure,
      (iclgd_series){.kind = looped ? ICLGD_SERIES_LINE : ICLGD_SERIES_POINTS,
                     .label = label,
                     .ordered = !looped,
                     .count = s->updates,
                     .x = s->update,
                     .y = y});
}

/* Layer l of a dataset (update, layer). */
static void add_layer(const builder *s, const char *leaf, size_t l,
                      const char *label) {
  size_t extents[] = {s->updates, s->layers};
  const double *values =
      iclgd_figure_reals(s->b, 2, extents, "%s/%s", group, leaf);
  double *y = iclgd_figure_take(s->b, s->updates, 1);
  if (!y) return;
  for (size_t i = 0; i < s->updates; ++i) y[i] = values[i * s->layers + l];
  add(s, y, label);
}

/* The last layer beside the step of its number of gradient descent, at fewer
 * updates. */
static void add_cosine(const builder *s) {
  const char *gd = iclgd_algorithm_descent()->name;
  static const char path[] = "alignment_training/%s/%s";
  builder few = *s;
  size_t extents[3] = {0};
  few.updates = 0;
  if (!iclgd_figure_has(s->b, path, gd, "sensitivity_cosine")) return;
  const double *values =
      iclgd_figure_reals(s->b, 3, extents, path, gd, "sensitivity_cosine");
  few.update = iclgd_figure_reals(s->b, 1, &few.updates, path, gd, "update");
  if (s->b->status || few.updates != extents[0] || extents[2] < extents[1])
    return;
  double *y = iclgd_figure_take(s->b, few.updates, 1);
  if (!y) return;
  const size_t last = extents[1] - 1;
  for (size_t i = 0; i < few.updates; ++i)
    y[i] = values[(i * extents[1] + last) * extents[2] + last];
  add(&few, y, "cosine with gradient descent, last layer");
}

static void add_all(const builder *s) {
  if (s->layers == 1) {
    add_layer(s, "antisymmetric_share", 0, "antisymmetric share of A");
    add_layer(s, "scale", 0, "scale tr(A) / d");
    add_layer(s, "distance_to_identity", 0, "distance to a multiple of I");
    add_cosine(s);
    return;
  }
  const size_t drawn = s->layers < ICLGD_RAMP ? s->layers : ICLGD_RAMP;
  for (size_t i = 0; i < drawn; ++i) {
    const size_t l = iclgd_figure_spread(i, drawn, s->layers);
    add_layer(s, "scale", l,
              iclgd_figure_words(s->b->arena, "layer %zu", l + 1));
  }
}

/* From 0, or below it, to what is there; what has run away leaves it. */
static void set_window(iclgd_figure *f) {
  static const double far = 1e4;
  double low = 0, high = 0;
  for (size_t k = 0; k < f->n_series; ++k)
    for (size_t i = 0; i < f->series[k].count; ++i)
      if (fabs(f->series[k].y[i]) < far)
        iclgd_figure_range(&f->series[k].y[i], 1, false, &low, &high);
  if (!(low < high)) high = low + 1;
  f->linear_y = true;
  f->y_min = low < 0 ? low - 0.05 * (high - low) : 0;
  f->y_max = high + 0.05 * (high - low);
}

static void draw(iclgd_figure_builder *b) {
  builder s = {.b = b};
  iclgd_figure *f = b->figure;
  s.update = iclgd_figure_reals(b, 1, &s.updates, "%s/update", group);
  iclgd_figure_reals(b, 1, &s.layers, "%s/layer", group);
  if (b->status) return;
  f->x_label = "training step";
  f->y_label = s.layers == 1 ? "learned A, and cosine" : "scale tr(A) / d";
  f->log_x = true;
  f->x_min = 1;
  f->x_max = fmax(10, s.update[s.updates - 1]);
  add_all(&s);
  if (!b->status) set_window(f);
}

const iclgd_figure_row iclgd_figure_structure = {
    .name = "structure",
    .shows = "how the learned A is built, over training",
    .needs = "structure_training",
    .maker = "`iclgd run` with the probe structure",
    .probe = "structure",
    .build = draw,
    .page =
        {.title = "The learned matrix over training",
         .caption =
             "How the preconditioner A forms: a multiple of the identity is "
             "plain gradient descent; what is antisymmetric turns its steps."},
};
