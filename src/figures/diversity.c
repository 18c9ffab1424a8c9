/* Losses on seen and on new tasks over the size of the pool that a model was
 * trained on, all on the same prompts. */
#include <math.h>
#include <stdio.h>

#include "figures/figure.h"

static const struct {
  const char *name, *label, *who;
} series[] = {
    {"model_new", "model, new tasks", NULL},
    {"model_seen", "model, seen tasks", NULL},
    {"best_new", "best layer (O1), new", "one_layer"},
    {"best_seen", "best layer, seen", "one_layer"},
    {"dmmse_new", "dMMSE, new tasks", "dmmse"},
    {"ridge_new", "ridge, new tasks", "ridge"},
};
/* What theory has as zero is rounding, in units of the largest loss. */
static const double rounding = 1e-20;

enum { SERIES = sizeof series / sizeof *series };

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t count = 0;
  double largest = 0;
  f->x_label = "tasks in the pool";
  f->y_label = "loss (mean risk)";
  f->log_x = true;
  const double *tasks = iclgd_figure_reals(b, 1, &count, "diversity/tasks");
  for (size_t k = 0; k < SERIES; ++k) {
    double least = INFINITY, most = 0;
    if (!iclgd_figure_has(b, "diversity/%s", series[k].name)) continue;
    const double *values =
        iclgd_figure_reals(b, 1, &count, "diversity/%s", series[k].name);
    if (!values) return;
    iclgd_figure_range(values, count, true, &least, &most);
    if (k == 0) largest = most;
    if (isfinite(values[0]) && most > rounding * largest)
      iclgd_figure_add(f, (iclgd_series){.label = series[k].label,
                                         .who = series[k].who,
                                         .count = count,
                                         .x = tasks,
                                         .y = values});
  }
  if (b->status) return;
  f->x_min = tasks[0];
  f->x_max = count > 1 ? tasks[count - 1] : 10 * tasks[0];
  iclgd_figure_fit(f, false);
}

const iclgd_figure_row iclgd_figure_diversity = {
    .name = "diversity",
    .shows = "the loss on seen and new tasks by the size of the pool",
    .needs = "diversity",
    .maker = "`iclgd run` with diversity.pools",
    .probe = "diversity",
    .build = draw,
    .page = {.needs = "diversity/tasks",
             .title = "Seen and new tasks",
             .caption = "The loss on tasks of the training pool and on new "
                        "ones, over the size of the pool. Where both meet, the "
                        "model has learned regression rather than the pool."},
};
