/* The in-context loss by layer: the median of the model with its quartiles,
 * what it does with more loops than trained, and algorithms after as many
 * steps, on the same prompts. Across it the least loss of any weight. */
#include <math.h>

#include "figures/figure.h"

static const char group[] = "energy/loss";

typedef struct builder {
  iclgd_figure_builder *b;
  size_t series, columns, trained;
  char **name;
  double *index, *median, *quantiles; /* (columns), (series, columns), .. */
} builder;

static void read_all(builder *p) {
  iclgd_figure_builder *b = p->b;
  const double *trained = iclgd_figure_attribute(b, group, "trained");
  p->index = iclgd_figure_reals(b, 1, &p->columns, "%s/index", group);
  p->name = iclgd_figure_texts(b, &p->series, "energy/loss/series_name");
  size_t extents[] = {5, p->series, p->columns};
  p->median = iclgd_figure_reals(b, 2, extents + 1, "%s/median", group);
  p->quantiles = iclgd_figure_reals(b, 3, extents, "%s/quantiles", group);
  if (b->status) return;
  p->trained = *trained >= 0 ? (size_t)*trained : 0;
  if (p->columns < 2 || p->trained >= p->columns)
    iclgd_figure_small(b, "energy/loss/index");
}

/* The model as trained, its quartiles, levels 1 and 3, shaded. */
static void add_model(const builder *p) {
  iclgd_figure_builder *b = p->b;
  const size_t plane = p->series * p->columns, count = p->trained + 1;
  iclgd_figure_add(
      b->figure,
      (iclgd_series){
          .kind = ICLGD_SERIES_MAIN,
          .label = iclgd_figure_words(b->arena, "%s, quartiles shaded",
                                      iclgd_figure_label(b, p->name[0])),
          .count = count,
          .x = p->index,
          .y = p->median,
          .band = iclgd_figure_edges(b, count, p->quantiles + plane,
                                     p->quantiles + 3 * plane)});
}

/* From its last trained layer on. */
static void add_beyond(const builder *p) {
  iclgd_figure_builder *b = p->b;
  const size_t plane = p->series * p->columns;
  const size_t count = p->columns - p->trained;
  const double *levels = p->quantiles + p->trained;
  if (count < 2) return;
  iclgd_figure_add(
      b->figure,
      (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                     .label = "more loops than trained, quartiles",
                     .count = count,
                     .x = p->index + p->trained,
                     .y = p->median + p->trained,
                     .band = iclgd_figure_edges(b, count, levels + plane,
                                                levels + 3 * plane)});
}

static void add_algorithms(const builder *p) {
  iclgd_figure *f = p->b->figure;
  for (size_t i = 1; i < p->series; ++i)
    if (f->algorithms ? iclgd_figure_wants(f, p->name[i])
                      : iclgd_figure_is_descent(p->name[i]))
      iclgd_figure_add(
          f, (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                            .who = p->name[i],
                            .label = iclgd_figure_label(p->b, p->name[i]),
                            .count = p->columns,
                            .x = p->index,
                            .y = p->median + i * p->columns});
}

/* Where it can be seen: above what the lines reach. */
static void add_least(const builder *p) {
  size_t levels = 5;
  const double *least = iclgd_figure_reals(p->b, 1, &levels, "%s/least", group);
  double low = INFINITY, high = 0;
  if (!least) return;
  iclgd_figure_range(p->median, p->columns, true, &low, &high);
  if (!(least[2] > low / 100)) return;
  iclgd_figure_add(p->b->figure,
                   (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                  .label = "the least of any weight",
                                  .count = 1,
                                  .x = p->index,
                                  .y = &least[2]});
}

/* From the model's start up, where it blows up a hundred times as far. */
static void set_window(const builder *p) {
  iclgd_figure *f = p->b->figure;
  double low = INFINITY, high = 0;
  for (size_t k = 0; k < f->n_series; ++k)
    for (size_t i = 0; i < f->series[k].count; ++i) {
      const double y = f->series[k].y[i];
      if (!(y > 0) || !isfinite(y)) continue;
      low = fmin(low, y);
      high = fmax(high, fmin(y, 100 * p->median[0]));
    }
  const double reach = 1e14; /* below it all is rounding */
  const double wider = 10;   /* how far the quartiles may widen the window */
  double edge_low = low, edge_high = high;
  for (size_t k = 0; k < f->n_series; ++k)
    if (f->series[k].band)
      iclgd_figure_range(f->series[k].band, 2 * f->series[k].count, true,
                         &edge_low, &edge_high);
  low = fmax(fmax(edge_low, low / wider), high / reach);
  high = fmin(edge_high, high * wider);
  iclgd_figure_span(f, p->index, p->columns);
  iclgd_figure_frame(f, low, high);
}

static void draw(iclgd_figure_builder *b) {
  builder p = {.b = b};
  b->figure->x_label = "layer of the model, step of the algorithms";
  b->figure->y_label = "in-context loss, median";
  b->figure->whole_x = true;
  read_all(&p);
  if (b->status) return;
  add_model(&p);
  add_beyond(&p);
  add_algorithms(&p);
  add_least(&p);
  if (!b->status) set_window(&p);
}

const iclgd_figure_row iclgd_figure_energy = {
    .name = "energy",
    .shows = "the in-context loss by layer, beside gradient descent",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "energy/loss",
    .maker = "`iclgd run` with the probe energy",
    .build = draw,
    .page = {.title = "What the forward pass descends",
             .caption =
                 "The in-context loss, half the mean square of what is left on "
                 "the context points, after each layer: the median over "
                 "prompts and the quartiles, with more loops than trained "
                 "where the model is looped, beside gradient descent after as "
                 "many steps. A line that rises does not descend it."},
};
