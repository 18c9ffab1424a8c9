/* What each point of the first prompt is worth to the prediction: a row for
 * every answer, points from the most similar to the query to the most opposite,
 * each row in parts of its largest magnitude. */
#include <math.h>

#include "figures/figure.h"

static const char group[] = "relevance/points";

static const struct answer {
  const char *name, *label;
} answers[] = {
    {"conservative", "conservative"}, {"gradient", "gradient x input"},
    {"left_out", "left out"},         {"gd", "GD"},
    {"best", "nearest algorithm"},
};
enum { ANSWERS = sizeof answers / sizeof *answers };

/* Row 0 of a dataset (prompt, context). */
static const double *first_prompt(iclgd_figure_builder *b, const char *leaf,
                                  size_t *n) {
  size_t extents[] = {0, *n};
  const double *all = iclgd_figure_reals(b, 2, extents, "%s/%s", group, leaf);
  if (all && extents[0] * extents[1] == 0) iclgd_figure_small(b, group);
  *n = extents[1];
  return b->status ? NULL : all;
}

/* out (n): the values in the order of similarity, over their largest. */
static void sort_values(const double *values, const double *similarity,
                        size_t n, double *out) {
  double most = 0;
  for (size_t i = 0; i < n; ++i) most = fmax(most, fabs(values[i]));
  for (size_t i = 0; i < n; ++i) {
    size_t rank = 0;
    for (size_t j = 0; j < n; ++j)
      rank += similarity[j] > similarity[i] ||
              (j < i && similarity[j] == similarity[i]);
    out[rank] = most > 0 ? values[i] / most : 0;
  }
}

/* 1 to n. */
static const double *ranks(iclgd_figure_builder *b, size_t n) {
  double *out = iclgd_figure_take(b, n, 1);
  for (size_t i = 0; out && i < n; ++i) out[i] = 1 + (double)i;
  return out;
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t n = 0;
  const double *similarity = first_prompt(b, "similarity", &n);
  if (!similarity) return;
  f->kind = ICLGD_FIGURE_MAP;
  f->rows = 1;
  f->columns = n;
  f->panel_columns = 1;
  f->diverging = true;
  f->value_min = -1;
  f->value_max = 1;
  f->value_label = "worth of a point / largest of the row";
  f->x_label = "point, by x_i . x_query";
  f->y_label = "";
  f->column_at = ranks(b, n);
  for (size_t k = 0; k < ANSWERS; ++k) {
    if (!iclgd_figure_has(b, "%s/%s", group, answers[k].name)) continue;
    const double *values = first_prompt(b, answers[k].name, &n);
    double *out = iclgd_figure_take(b, n, 1);
    if (!out) return;
    sort_values(values, similarity, n, out);
    f->panel[f->n_panels++] =
        (iclgd_panel){.label = "", .side = answers[k].label, .value = out};
  }
}

const iclgd_figure_row iclgd_figure_relevance_map = {
    .name = "relevance_map",
    .shows = "what each point of one prompt is worth",
    .needs = group,
    .maker = "`iclgd run` with the probe relevance",
    .build = draw,
    .page = {.title = "What each point of one prompt is worth",
             .caption =
                 "The first prompt, its points from the most similar to the "
                 "query to the most opposite; each row in parts of its largest "
                 "magnitude. Equal rows use the same points."},
};
