/* Where heads attend: the weights of attention on the first prompt, a map by
 * layer and head, rows of tokens that look and columns of tokens looked at. Of
 * many layers and heads some, spread evenly. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

static const char group[] = "circuits/attention";

enum { LAYERS = 4, HEADS = 4, ALONE = 6 };

/* A row of maps, of some of the file's `heads`; of single heads, one map. */
static void add_layer(iclgd_figure_builder *b, const double *map, size_t layer,
                      size_t heads, size_t drawn) {
  iclgd_figure *f = b->figure;
  const size_t size = f->rows * f->columns;
  const bool first = f->n_panels == 0;
  const char *name = iclgd_figure_words(b->arena, "layer %zu", layer + 1);
  for (size_t k = 0; k < drawn; ++k) {
    const size_t head = iclgd_figure_spread(k, drawn, heads);
    const char *label = heads == 1 ? name : "";
    if (heads > 1 && first)
      label = iclgd_figure_words(b->arena, "head %zu", head + 1);
    f->panel[f->n_panels++] =
        (iclgd_panel){.label = label,
                      .side = heads > 1 && k == 0 ? name : "",
                      .value = map + (layer * heads + head) * size};
  }
}

static void set_values(iclgd_figure *f, const double *map, size_t count) {
  double low = 0, high = 0;
  iclgd_figure_range(map, count, false, &low, &high);
  f->diverging = low < 0;
  f->value_max = low < 0 ? fmax(high, -low) : high;
  if (!(f->value_max > 0)) f->value_max = 1;
  f->value_min = low < 0 ? -f->value_max : 0;
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t extents[4] = {0};
  const double *map = iclgd_figure_reals(b, 4, extents, "%s/map", group);
  if (!map) return;
  const size_t layers = extents[0], heads = extents[1];
  if (layers * heads * extents[2] * extents[3] == 0) {
    iclgd_figure_small(b, "circuits/attention/map");
    return;
  }
  const size_t most = heads == 1 ? ALONE : LAYERS;
  const size_t rows = layers < most ? layers : most;
  const size_t drawn = heads < HEADS ? heads : HEADS;
  f->kind = ICLGD_FIGURE_MAP;
  f->rows = extents[2];
  f->columns = extents[3];
  f->panel_columns = heads == 1 ? rows : drawn;
  f->x_label = f->y_label = "";
  f->value_label = "weight of a token (column) for another (row)";
  for (size_t i = 0; i < rows; ++i)
    add_layer(b, map, iclgd_figure_spread(i, rows, layers), heads, drawn);
  set_values(f, map, layers * heads * f->rows * f->columns);
}

const iclgd_figure_row iclgd_figure_attention = {
    .name = "attention",
    .shows = "where heads attend, on one prompt",
    .needs = "circuits/attention/map",
    .maker =
        "`iclgd run` with the probe circuits (of prompts that are not too "
        "long)",
    .build = draw,
    .page = {.title = "Where heads attend",
             .caption =
                 "Weights of attention on the first prompt, by layer and head: "
                 "each row is a token that looks, each column a token it looks "
                 "at, the query's the last. Of linear attention they are the "
                 "scores, which may be negative."},
};
