/* How each series looks. An algorithm has the same colour and dashes in every
 * figure, those of its row: six colours that all kinds of colour vision tell
 * apart, four kinds of dashes. Black is the model, blue gradient descent; the
 * layers of a model go through a ramp. */
#include <iclgd/algorithm.h>

#include "figures/figure.h"

enum { DASHES = ICLGD_DASHES };

typedef struct easel {
  iclgd_figure *figure;
  bool taken[ICLGD_COLOURS + 1][DASHES];
  bool named; /* a series has the name of an algorithm */
} easel;

/* The look of the row of an algorithm; colour 0: none of its own. */
static iclgd_look look_of(const iclgd_series *s) {
  const iclgd_algorithm *row = s->who ? iclgd_algorithm_named(s->who) : NULL;
  return row ? row->look : (iclgd_look){0};
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
    if (is_ordered(&f->series[k])) {
      f->series[k].marker = at;
      f->series[k].colour = ICLGD_COLOUR_RAMP + at++ * (ICLGD_RAMP - 1) /
                                                    (count > 1 ? count - 1 : 1);
    }
}

void iclgd_figure_paint(iclgd_figure *f) {
  easel e = {.figure = f};
  for (size_t k = 0; k < f->n_series; ++k) {
    iclgd_series *s = &f->series[k];
    const iclgd_look look = look_of(s);
    e.named |= s->who != NULL;
    s->colour = s->kind == ICLGD_SERIES_THIN ? ICLGD_COLOUR_GREY : 0;
    s->dash = 0;
    if (look.colour > 0 && s->kind != ICLGD_SERIES_THIN)
      take(&e, s, look.colour, look.dash);
  }
  paint_ordered(f);
  for (size_t k = 0; k < f->n_series; ++k) {
    iclgd_series *s = &f->series[k];
    if (s->kind != ICLGD_SERIES_MAIN && s->colour == 0)
      take(&e, s, free_colour(&e), 0);
  }
}
