/* What the loss is without a component: the ratio to the model's own loss with
 * the component's output replaced by 0, by its mean, by that on another prompt;
 * bars are 95% intervals, none where rare prompts carry a mean. All components,
 * or, of many, layers. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

static const char group[] = "circuits/components";

enum { METHODS = 3, ROWS = 24 };
static const double apart = 0.2; /* rows, between dots of one component */

typedef struct builder {
  iclgd_figure_builder *b;
  size_t count, drawn;
  char **name;
  size_t *at; /* (drawn) of the file's components */
} builder;

/* All components, or whole layers, or some of these. */
static void choose(builder *s) {
  iclgd_figure_builder *b = s->b;
  char **kind = iclgd_figure_texts(b, &s->count, "circuits/components/kind");
  s->name =
      iclgd_figure_texts(b, &s->count, "circuits/components/component_name");
  if (b->status) return;
  const char **names = iclgd_arena_take(b->arena, ROWS, sizeof *names);
  size_t *layers = iclgd_arena_take(b->arena, s->count + 1, sizeof *layers);
  s->at = iclgd_arena_take(b->arena, ROWS, sizeof *s->at);
  if (!names || !layers || !s->at) {
    b->status = iclgd_fail_memory(b->err, "the components");
    return;
  }
  size_t found = 0;
  for (size_t i = 0; i < s->count; ++i)
    if (s->count <= ROWS || strcmp(kind[i], "layer") == 0) layers[found++] = i;
  s->drawn = found < ROWS ? found : ROWS;
  for (size_t i = 0; i < s->drawn; ++i) {
    s->at[i] = layers[iclgd_figure_spread(i, s->drawn, found)];
    names[i] = s->name[s->at[i]];
  }
  b->figure->row_name = names;
  b->figure->n_rows = s->drawn;
}

/* Column `method` of a dataset (component, method), of what is drawn. */
static double *column(const builder *s, const char *leaf, size_t method) {
  size_t extents[] = {s->count, METHODS};
  const double *all =
      iclgd_figure_reals(s->b, 2, extents, "%s/%s", group, leaf);
  double *out = iclgd_figure_take(s->b, s->drawn, 1);
  if (!out) return NULL;
  for (size_t i = 0; i < s->drawn; ++i)
    out[i] = all[s->at[i] * METHODS + method];
  return out;
}

static void add_method(const builder *s, size_t method, const char *label) {
  const double *ratio = column(s, "ratio", method);
  double *low = column(s, "ratio_low", method);
  double *high = column(s, "ratio_high", method);
  const double *known = column(s, "measurable", method);
  double *y = iclgd_figure_take(s->b, s->drawn, 1);
  for (size_t i = 0; y && i < s->drawn; ++i)
    if (known[i] == 0) low[i] = high[i] = NAN;
  double *band = y ? iclgd_figure_edges(s->b, s->drawn, low, high) : NULL;
  if (!band) return;
  for (size_t i = 0; i < s->drawn; ++i)
    y[i] = (double)i + apart * ((double)method - 0.5 * (METHODS - 1));
  iclgd_figure_add(
      s->b->figure,
      (iclgd_series){
          .label = label, .count = s->drawn, .x = ratio, .y = y, .band = band});
}

static void set_window(iclgd_figure *f) {
  double low = 1, high = 1;
  for (size_t k = 0; k < f->n_series; ++k) {
    iclgd_figure_range(f->series[k].x, f->series[k].count, true, &low, &high);
    iclgd_figure_range(f->series[k].band, 2 * f->series[k].count, true, &low,
                       &high);
  }
  f->x_min = low / 1.2;
  f->x_max = high * 1.2;
}

static void draw(iclgd_figure_builder *b) {
  static const char *const labels[METHODS] = {"0 in its place",
                                              "its mean in its place",
                                              "another prompt's in its place"};
  builder s = {.b = b};
  iclgd_figure *f = b->figure;
  f->kind = ICLGD_FIGURE_DOTS;
  f->x_label = "loss without it, over the model's own";
  f->y_label = "";
  f->log_x = f->linear_y = true;
  choose(&s);
  for (size_t method = 0; !b->status && method < METHODS; ++method)
    add_method(&s, method, labels[method]);
  set_window(f);
}

const iclgd_figure_row iclgd_figure_ablation = {
    .name = "ablation",
    .shows = "what the loss is without a head, an mlp or a layer",
    .needs = group,
    .maker = "`iclgd run` with the probe circuits",
    .build = draw,
    .page = {.title = "What the prediction needs",
             .caption =
                 "The loss with the output of one component replaced, over the "
                 "loss of the model as it is: right of 1 the component is "
                 "needed. Bars are 95% intervals of the bootstrap over "
                 "prompts; where rare prompts carry the mean there is none."},
};
