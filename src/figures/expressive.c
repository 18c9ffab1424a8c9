/* The loss of variants of one transformer over its heads, in shares of the
 * variance of the label: a line for every task and kind of variant, bars from
 * the lowest run to the highest. Below lowest_drawn nothing is told apart. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

static const char group[] = "expressive";

typedef struct builder {
  iclgd_figure_builder *b;
  size_t count; /* variants */
  char **task, **line;
  double *heads, *median, *low, *high;
} builder;

static const double lowest_drawn = 1e-10;

static void lift(double *values, size_t count) {
  for (size_t i = 0; i < count; ++i) values[i] = fmax(values[i], lowest_drawn);
}

/* The end of the line that begins at variant `from`. */
static size_t end_of(const builder *p, size_t from) {
  size_t to = from + 1;
  while (to < p->count && strcmp(p->task[to], p->task[from]) == 0 &&
         strcmp(p->line[to], p->line[from]) == 0)
    ++to;
  return to;
}

static void add_lines(const builder *p) {
  iclgd_figure_builder *b = p->b;
  for (size_t from = 0, to; !b->status && from < p->count; from = to) {
    to = end_of(p, from);
    iclgd_figure_add(
        b->figure,
        (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                       .label = iclgd_figure_words(
                           b->arena, "%s, %s", p->task[from], p->line[from]),
                       .count = to - from,
                       .x = p->heads + from,
                       .y = p->median + from,
                       .band = iclgd_figure_edges(b, to - from, p->low + from,
                                                  p->high + from)});
  }
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  builder p = {.b = b};
  double least = INFINITY, most = 0;
  f->x_label = "heads H";
  f->y_label = "loss / variance of the label (1e-10: or less)";
  f->whole_x = f->log_x = f->bars = true;
  p.task = iclgd_figure_texts(b, &p.count, "expressive/task");
  p.line = iclgd_figure_texts(b, &p.count, "expressive/line");
  p.heads = iclgd_figure_reals(b, 1, &p.count, "%s/heads", group);
  p.median = iclgd_figure_reals(b, 1, &p.count, "%s/median", group);
  p.low = iclgd_figure_reals(b, 1, &p.count, "%s/lowest", group);
  p.high = iclgd_figure_reals(b, 1, &p.count, "%s/highest", group);
  if (b->status) return;
  if (p.count == 0) {
    iclgd_figure_small(b, "expressive/median");
    return;
  }
  lift(p.median, p.count);
  lift(p.low, p.count);
  lift(p.high, p.count);
  add_lines(&p);
  iclgd_figure_range(p.heads, p.count, true, &least, &most);
  f->x_min = least / 1.15;
  f->x_max = most * 1.15;
  iclgd_figure_fit(f, true);
}

const iclgd_figure_row iclgd_figure_expressive = {
    .name = "expressive",
    .shows = "variants of a transformer on memory tasks, by heads",
    .needs = "expressive/median",
    .maker = "`iclgd run` with expressive.table",
    .build = draw,
    .page = {.title = "Which part is needed for what",
             .caption =
                 "Loss over the variance of the label of variants of one "
                 "transformer, by heads: a line for every task and kind of "
                 "variant, the median of its runs, bars from the lowest to the "
                 "highest. 1 is no better than a constant; what is below 1e-10 "
                 "stands there."},
};
