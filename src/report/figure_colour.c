/* Which colour each series has, the same in every figure as far as six colours
 * reach: black is the model, blue gradient descent. */
#include <string.h>

#include "report/figure.h"

/* Those that are drawn most; neighbours here are seldom drawn together. */
static const struct {
  const char *who;
  size_t colour;
} own[] = {
    {"gd", 1},        {"line_search", 2}, {"gd_per_step", 3},
    {"nesterov", 4},  {"heavy_ball", 5},  {"newton", 6},
    {"pgd", 2},       {"pgd_learned", 2}, {"pgd_per_step", 3},
    {"online_gd", 4}, {"chebyshev", 5},   {"conjugate_gradient", 4},
    {"gdpp", 6},      {"damped", 2},      {"gdpp_per_step", 3},
    {"ridge", 5},     {"averaging", 5},
};

static size_t own_colour(const iclgd_series *s) {
  for (size_t i = 0; s->who && i < sizeof own / sizeof *own; ++i)
    if (strcmp(own[i].who, s->who) == 0) return own[i].colour;
  return 0;
}

/* The first free colour; where a figure has named algorithms, blue is the last
 * to be taken by another. All taken: in turn. */
static size_t next_colour(const bool *taken, bool named, size_t k) {
  for (size_t i = 0; i < ICLGD_COLOURS; ++i) {
    const size_t colour = named ? (i + 1) % ICLGD_COLOURS + 1 : i + 1;
    if (!taken[colour]) return colour;
  }
  return 1 + k % ICLGD_COLOURS;
}

void iclgd_figure_paint(iclgd_figure *f) {
  bool taken[ICLGD_COLOURS + 1] = {false}, named = false;
  for (size_t k = 0; k < f->n_series; ++k) {
    iclgd_series *s = &f->series[k];
    const size_t colour = own_colour(s);
    const bool coloured =
        s->kind != ICLGD_SERIES_MAIN && s->kind != ICLGD_SERIES_THIN;
    named |= s->who != NULL;
    s->colour = s->kind == ICLGD_SERIES_THIN ? ICLGD_COLOUR_GREY : 0;
    if (!coloured || taken[colour]) continue;
    s->colour = colour;
    taken[colour] = colour > 0;
  }
  for (size_t k = 0; k < f->n_series; ++k) {
    iclgd_series *s = &f->series[k];
    if (s->kind == ICLGD_SERIES_MAIN || s->colour > 0) continue;
    s->colour = next_colour(taken, named, k);
    taken[s->colour] = true;
  }
}
