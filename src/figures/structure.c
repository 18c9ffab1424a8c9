/* The learned A over training: of a looped layer its scale tr(A) / d, how far
 * it is from a multiple of I and how much of it is antisymmetric, beside the
 * cosine of the last layer's weights with gradient descent; of distinct layers
 * the scale of each, of many those that are spread evenly. */
#include <math.h>
#include <stdio.h>

#include "figures/figure.h"

static const char group[] = "structure_training";

typedef struct builder {
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
  size_t updates, layers;
  double *update;
} builder;

static iclgd_status add(const builder *b, const double *y, const char *label) {
  const bool looped = b->layers == 1;
  const iclgd_series_kind kind = looped && b->figure->n_series == 0
                                     ? ICLGD_SERIES_MAIN
                                     : ICLGD_SERIES_POINTS;
  if (!y) return iclgd_fail_memory(b->err, "the structure");
  iclgd_figure_add(b->figure, (iclgd_series){.kind = kind,
                                             .label = label,
                                             .ordered = !looped,
                                             .count = b->updates,
                                             .x = b->update,
                                             .y = y});
  return ICLGD_OK;
}

/* Layer l of a dataset (update, layer). */
static iclgd_status add_layer(const builder *b, const char *leaf, size_t l,
                              const char *label) {
  char path[64];
  size_t extents[] = {b->updates, b->layers};
  double *values;
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  TRY(iclgd_source_reals(b->source, path, 2, extents, b->arena, &values,
                         b->err));
  double *y = iclgd_arena_reals(b->arena, b->updates, 1, 1);
  for (size_t i = 0; y && i < b->updates; ++i) y[i] = values[i * b->layers + l];
  return add(b, y, label);
}

/* The last layer beside the step of its number of gd, at fewer updates. */
static iclgd_status add_cosine(const builder *b) {
  static const char at[] = "alignment_training/gd";
  char path[64];
  size_t count[1] = {0}, extents[3] = {0};
  double *update, *values;
  snprintf(path, sizeof path, "%s/sensitivity_cosine", at);
  if (!iclgd_source_has(b->source, path)) return ICLGD_OK;
  iclgd_status status = iclgd_source_reals(b->source, path, 3, extents,
                                           b->arena, &values, b->err);
  snprintf(path, sizeof path, "%s/update", at);
  if (!status)
    status = iclgd_source_reals(b->source, path, 1, count, b->arena, &update,
                                b->err);
  if (status || count[0] != extents[0] || extents[2] < extents[1])
    return status;
  builder few = *b;
  few.updates = count[0];
  few.update = update;
  double *y = iclgd_arena_reals(b->arena, count[0], 1, 1);
  const size_t last = extents[1] - 1;
  for (size_t i = 0; y && i < count[0]; ++i)
    y[i] = values[(i * extents[1] + last) * extents[2] + last];
  return add(&few, y, "cosine with gradient descent, last layer");
}

static iclgd_status add_all(const builder *b) {
  iclgd_status status = ICLGD_OK;
  if (b->layers == 1) {
    status = add_layer(b, "antisymmetric_share", 0, "antisymmetric share of A");
    if (!status) status = add_layer(b, "scale", 0, "scale tr(A) / d");
    if (!status)
      status = add_layer(b, "distance_to_identity", 0,
                         "distance to a multiple of I");
    return status ? status : add_cosine(b);
  }
  const size_t drawn = b->layers < ICLGD_RAMP ? b->layers : ICLGD_RAMP;
  for (size_t i = 0; !status && i < drawn; ++i) {
    const size_t l = iclgd_figure_spread(i, drawn, b->layers);
    status = add_layer(b, "scale", l,
                       iclgd_figure_words(b->arena, "layer %zu", l + 1));
  }
  return status;
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

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  builder b = {.source = source, .arena = arena, .figure = f, .err = err};
  size_t count[1] = {0}, layers[1] = {0};
  double *ignored;
  TRY(iclgd_source_reals(source, "structure_training/update", 1, count, arena,
                         &b.update, err));
  TRY(iclgd_source_reals(source, "structure_training/layer", 1, layers, arena,
                         &ignored, err));
  b.updates = count[0];
  b.layers = layers[0];
  f->x_label = "training step";
  f->y_label = b.layers == 1 ? "learned A, and cosine" : "scale tr(A) / d";
  f->log_x = true;
  f->x_min = 1;
  f->x_max = fmax(10, b.update[b.updates - 1]);
  iclgd_status status = add_all(&b);
  if (!status) set_window(f);
  return status;
}

const iclgd_figure_row iclgd_figure_structure = {
    .name = "structure",
    .shows = "how the learned A is built, over training",
    .needs = "structure_training",
    .maker = "`iclgd run` with the probe structure",
    .build = draw,
    .page =
        {.title = "The learned matrix over training",
         .caption =
             "How the preconditioner A forms: a multiple of the identity is "
             "plain gradient descent; what is antisymmetric turns its steps."},
};
