/* How each series looks. An algorithm has the same colour and dashes in every
 * figure, from one table: six colours that all kinds of colour vision tell
 * apart, four kinds of dashes. Black is the model, blue gradient descent; the
 * layers of a model go through a ramp. */
#include <string.h>

#include "figures/figure.h"

enum { DASHES = ICLGD_DASHES };

/* Those that are often drawn together differ in colour. */
static const struct look {
  const char *who;
  size_t colour, dash;
} looks[] = {
    {"gd", 1, 0},
    {"line_search", 2, 0},
    {"gd_per_step", 3, 0},
    {"nesterov", 4, 0},
    {"heavy_ball", 5, 0},
    {"newton", 6, 0},
    {"pgd_learned", 1, 1},
    {"pgd", 2, 1},
    {"pgd_per_step", 3, 1},
    {"online_gd", 4, 1},
    {"chebyshev", 5, 1},
    {"gdpp", 6, 1},
    {"gdpp_per_step", 2, 2},
    {"dmmse", 3, 2},
    {"conjugate_gradient", 4, 2},
    {"ridge", 5, 2},
    {"averaging", 6, 2},
    {"damped", 2, 3},
    {"lasso", 3, 3},
    {"least_squares", 4, 3},
    {"one_layer", 5, 3},
    {"knn", 6, 3},
};

typedef struct easel {
  iclgd_figure *figure;
  bool taken[ICLGD_COLOURS + 1][DASHES];
  bool named; /* a series has the name of an algorithm */
} easel;

static const struct look *find_look(const iclgd_series *s) {
  for (size_t i = 0; s->who && i < sizeof looks / sizeof *looks; ++i)
    if (strcmp(looks[i].who, s->who) == 0) return &looks[i];
  return NULL;
}

/* The colour with the next dashes that are free, from `dash` on. */
static void take(easel *e, iclgd_series *s, size_t colour, size_t dash) {
  size_t tried = 0;
  while (tried < DASHES && e->taken[colour][(dash + tried) % DASHES]) ++tried;
  s->colour = colour;
  s->dash = (dash + tried) % DASHES;
  e->taken[colour][s->dash] = true;
}

static size_t uses(const easel *e, size_t colour) {
  size_t count = 0;
  for (size_t i = 0; i < DASHES; ++i) count += e->taken[colour][i];
  return count;
}

/* The colour that is used least; where a figure has named algorithms, blue is
 * the last to be taken by another. */
static size_t free_colour(const easel *e) {
  size_t best = 0;
  for (size_t i = 0; i < ICLGD_COLOURS; ++i) {
    const size_t colour = e->named ? (i + 1) % ICLGD_COLOURS + 1 : i + 1;
    if (best == 0 || uses(e, colour) < uses(e, best)) best = colour;
  }
  return best;
}

static bool is_ordered(const iclgd_series *s) {
  return s->kind != ICLGD_SERIES_THIN && s->ordered;
}

/* From the first to the last of the ramp. */
static void paint_ordered(iclgd_figure *f) {
  size_t count = 0, at = 0;
  for (size_t k = 0; k < f->n_series; ++k) count += is_ordered(&f->series[k]);
  for (size_t k = 0; k < f->n_series; ++k)
    if (is_ordered(&f->series[k]))
      f->series[k].colour = ICLGD_COLOUR_RAMP + at++ * (ICLGD_RAMP - 1) /
                                                    (count > 1 ? count - 1 : 1);
}

void iclgd_figure_paint(iclgd_figure *f) {
  easel e = {.figure = f};
  for (size_t k = 0; k < f->n_series; ++k) {
    iclgd_series *s = &f->series[k];
    const struct look *look = find_look(s);
    e.named |= s->who != NULL;
    s->colour = s->kind == ICLGD_SERIES_THIN ? ICLGD_COLOUR_GREY : 0;
    s->dash = 0;
    if (look && s->kind != ICLGD_SERIES_THIN)
      take(&e, s, look->colour, look->dash);
  }
  paint_ordered(f);
  for (size_t k = 0; k < f->n_series; ++k) {
    iclgd_series *s = &f->series[k];
    if (s->kind != ICLGD_SERIES_MAIN && s->colour == 0)
      take(&e, s, free_colour(&e), 0);
  }
}
