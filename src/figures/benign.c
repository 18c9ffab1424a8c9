/* Losses on fresh and on training prompts over the noise of labels, for every
 * number of training prompts, of the first variants. */
#include <math.h>

#include "figures/figure.h"

typedef struct builder {
  iclgd_figure_builder *b;
  size_t extents[3]; /* noise, pool, variant */
  const double *noise, *pool;
  char **words;
} builder;

/* What one pool and variant have by noise. */
static void add_line(const builder *p, const char *name, size_t pool,
                     size_t variant) {
  iclgd_figure_builder *b = p->b;
  const size_t count = p->extents[0];
  size_t extents[] = {p->extents[0], p->extents[1], p->extents[2]};
  const double *cells = iclgd_figure_reals(b, 3, extents, "benign/%s", name);
  double *y = iclgd_figure_take(b, count, 1);
  if (b->status) return;
  for (size_t i = 0; i < count; ++i)
    y[i] = cells[(i * extents[1] + pool) * extents[2] + variant];
  const char *prompts =
      p->pool[pool] > 0
          ? iclgd_figure_words(b->arena, "%.0f prompts", p->pool[pool])
          : "endless";
  iclgd_figure_add(b->figure,
                   (iclgd_series){.label = iclgd_figure_words(
                                      b->arena, "%s, %s: %s", p->words[variant],
                                      prompts, name),
                                  .count = count,
                                  .x = p->noise,
                                  .y = y});
}

static void draw(iclgd_figure_builder *b) {
  enum { MOST = 3 }; /* variants */
  builder p = {.b = b};
  b->figure->x_label = "noise of labels";
  b->figure->y_label = "squared error, noisy labels";
  p.noise = iclgd_figure_reals(b, 1, &p.extents[0], "benign/noise");
  p.pool = iclgd_figure_reals(b, 1, &p.extents[1], "benign/pool");
  p.words = iclgd_figure_texts(b, &p.extents[2], "benign/words");
  for (size_t v = 0; !b->status && v < p.extents[2] && v < MOST; ++v)
    for (size_t i = 0; !b->status && i < p.extents[1]; ++i) {
      add_line(&p, "fresh", i, v);
      if (!b->status && p.pool[i] > 0) add_line(&p, "train", i, v);
    }
  if (b->status) return;
  double low = INFINITY, high = -INFINITY;
  iclgd_figure_range(p.noise, p.extents[0], false, &low, &high);
  b->figure->x_min = low;
  b->figure->x_max = low < high ? high : low + 1;
  iclgd_figure_fit(b->figure, false);
}

const iclgd_figure_row iclgd_figure_benign = {
    .name = "benign",
    .shows = "the loss on training and fresh prompts by the noise of labels",
    .needs = "benign/fresh",
    .maker = "`iclgd run` with benign.noise",
    .build = draw,
    .page = {.title = "Benign overfitting",
             .caption = "The squared error against noisy labels on prompts "
                        "that the model was trained on, and on fresh ones, "
                        "over the noise. Where train lies far below fresh the "
                        "model has learned labels by heart; it is benign "
                        "where fresh is still near that of endless prompts."},
};
