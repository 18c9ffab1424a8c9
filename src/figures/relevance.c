/* Which points the prediction uses: the share |R_i| / sum |R| of a point by the
 * rank of x_i . x_query, mean over prompts with two standard errors, of the
 * model (conservative, left out) beside gradient descent and the algorithm that
 * is nearest to the model. */
#include <math.h>

#include "figures/figure.h"

static const char group[] = "relevance/by_similarity";

static const struct answer {
  const char *name, *label;
} answers[] = {
    {"conservative", "model, conservative"},
    {"left_out", "model, point left out"},
    {"gd", NULL},
    {"best", NULL},
};
enum { ANSWERS = sizeof answers / sizeof *answers };

/* The algorithm an answer is of; NULL: of the model. */
static const char *who_of(iclgd_figure_builder *b, const struct answer *of) {
  char *name = NULL;
  if (of->label) return NULL;
  if (of->name[0] == 'g') return of->name;
  if (!b->status)
    b->status = iclgd_source_attr_text(b->source, "relevance", "best", b->arena,
                                       &name, b->err);
  return b->status ? "" : name;
}

static void add_answer(iclgd_figure_builder *b, const struct answer *of,
                       const double *rank, size_t count) {
  if (!iclgd_figure_has(b, "%s/%s", group, of->name)) return;
  const char *who = who_of(b, of);
  const double *y = iclgd_figure_reals(b, 1, &count, "%s/%s", group, of->name);
  const double *error =
      iclgd_figure_reals(b, 1, &count, "%s/%s_errors", group, of->name);
  if (b->status) return;
  iclgd_figure_add(
      b->figure,
      (iclgd_series){.label = who ? iclgd_figure_label(b, who) : of->label,
                     .who = who,
                     .count = count,
                     .x = rank,
                     .y = y,
                     .band = iclgd_figure_errors(b, count, y, error, 2)});
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t count = 0;
  const double *rank = iclgd_figure_reals(b, 1, &count, "%s/rank", group);
  if (b->status) return;
  if (count < 2) {
    iclgd_figure_small(b, group);
    return;
  }
  f->x_label = "rank of the point by x_i . x_query";
  f->y_label = "share |R_i| / sum |R|, mean";
  f->linear_y = f->whole_x = true;
  for (size_t k = 0; k < ANSWERS; ++k) add_answer(b, &answers[k], rank, count);
  iclgd_figure_span(f, rank, count);
  iclgd_figure_fit(f, false);
  f->y_min = 0;
}

const iclgd_figure_row iclgd_figure_relevance = {
    .name = "relevance",
    .shows = "which context points the prediction uses",
    .needs = group,
    .maker = "`iclgd run` with the probe relevance",
    .build = draw,
    .page = {.title = "Which points the prediction uses",
             .caption =
                 "The share of each point in what all points are worth to the "
                 "prediction, by its similarity to the query: the most similar "
                 "on the left, the most opposite on the right. Bands are two "
                 "standard errors."},
};
