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

iclgd_status iclgd_figure_diversity(const iclgd_source *source,
                                    iclgd_arena *arena, iclgd_figure *f,
                                    iclgd_error *err) {
  size_t count[1] = {0};
  double *tasks, largest = 0;
  if (!iclgd_source_has(source, "diversity"))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: no /entry/diversity to plot: expected a file of "
                      "`iclgd run` with diversity.pools",
                      iclgd_source_path(source));
  f->x_label = "tasks in the pool";
  f->y_label = "loss (mean risk)";
  f->log_x = true;
  iclgd_status status = iclgd_figure_title(source, arena, f, err);
  if (!status)
    status = iclgd_source_reals(source, "diversity/tasks", 1, count, arena,
                                &tasks, err);
  for (size_t k = 0; !status && k < SERIES; ++k) {
    char path[64];
    double *values;
    snprintf(path, sizeof path, "diversity/%s", series[k].name);
    if (!iclgd_source_has(source, path)) continue;
    status = iclgd_source_reals(source, path, 1, count, arena, &values, err);
    double least = INFINITY, most = 0;
    if (status) break;
    iclgd_figure_range(values, count[0], true, &least, &most);
    if (k == 0) largest = most;
    if (isfinite(values[0]) && most > rounding * largest)
      iclgd_figure_add(f, (iclgd_series){.kind = k == 0 ? ICLGD_SERIES_MAIN
                                                        : ICLGD_SERIES_POINTS,
                                         .label = series[k].label,
                                         .who = series[k].who,
                                         .count = count[0],
                                         .x = tasks,
                                         .y = values});
  }
  if (status) return status;
  f->x_min = tasks[0];
  f->x_max = count[0] > 1 ? tasks[count[0] - 1] : 10 * tasks[0];
  iclgd_figure_fit(f, false);
  return ICLGD_OK;
}
