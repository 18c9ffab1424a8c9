/* Losses on fresh and on training prompts over the noise of labels, for every
 * number of training prompts, of one variant. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figures/figure.h"

typedef struct builder {
  iclgd_figure_builder *b;
  size_t extents[3]; /* noise, pool, variant */
  const double *noise, *pool;
  size_t variant;
} builder;

/* What one pool has by noise. */
static void add_line(const builder *p, const char *name, size_t pool) {
  iclgd_figure_builder *b = p->b;
  const size_t count = p->extents[0];
  size_t extents[] = {p->extents[0], p->extents[1], p->extents[2]};
  const double *cells = iclgd_figure_reals(b, 3, extents, "benign/%s", name);
  double *y = iclgd_figure_take(b, count, 1);
  if (b->status) return;
  for (size_t i = 0; i < count; ++i)
    y[i] = cells[(i * extents[1] + pool) * extents[2] + p->variant];
  const char *prompts =
      p->pool[pool] > 0
          ? iclgd_figure_words(b->arena, "%.0f prompts", p->pool[pool])
          : "endless prompts";
  iclgd_figure_add(
      b->figure,
      (iclgd_series){.label = iclgd_figure_words(
                         b->arena, "%s, %s", prompts,
                         strcmp(name, "fresh") == 0 ? "fresh" : "on these"),
                     .count = count,
                     .x = p->noise,
                     .y = y});
}

/* benign/2 is the second variant; the last one without. */
static void choose(builder *p) {
  iclgd_figure_builder *b = p->b;
  char *end = NULL;
  const char *choice = b->figure->choice;
  const unsigned long number = choice ? strtoul(choice, &end, 10) : 0;
  p->variant = p->extents[2] - 1;
  if (!choice) return;
  if (*end == '\0' && number >= 1 && number <= p->extents[2])
    p->variant = number - 1;
  else
    b->status = iclgd_fail(b->err, ICLGD_EUSAGE,
                           "benign/%s: expected the number of a variant, 1 to "
                           "%zu",
                           choice, p->extents[2]);
}

/* What was learned by heart to the last bit lies below the window. */
static void set_window(const builder *p) {
  iclgd_figure *f = p->b->figure;
  double low = INFINITY, high = -INFINITY, least = INFINITY, most = 0;
  iclgd_figure_range(p->noise, p->extents[0], false, &low, &high);
  f->x_min = low;
  f->x_max = low < high ? high : low + 1;
  for (size_t k = 0; k < f->n_series; ++k)
    iclgd_figure_range(f->series[k].y, f->series[k].count, true, &least, &most);
  iclgd_figure_frame(f, fmax(least, 1e-4 * most), most);
}

static void draw(iclgd_figure_builder *b) {
  builder p = {.b = b};
  b->figure->x_label = "noise of labels";
  p.noise = iclgd_figure_reals(b, 1, &p.extents[0], "benign/noise");
  p.pool = iclgd_figure_reals(b, 1, &p.extents[1], "benign/pool");
  char **words = iclgd_figure_texts(b, &p.extents[2], "benign/words");
  if (!b->status) choose(&p);
  if (b->status) return;
  b->figure->y_label = iclgd_figure_words(
      b->arena, "squared error, noisy labels (%s)", words[p.variant]);
  for (size_t i = 0; !b->status && i < p.extents[1]; ++i) {
    add_line(&p, "fresh", i);
    if (!b->status && p.pool[i] > 0) add_line(&p, "train", i);
  }
  if (!b->status) set_window(&p);
}

const iclgd_figure_row iclgd_figure_benign = {
    .name = "benign",
    .shows = "the loss on training and fresh prompts by the noise of labels",
    .takes = ICLGD_FIGURE_CHOOSES,
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
