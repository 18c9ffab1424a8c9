/* The held-out loss over training: the first seed; of all seeds, where there
 * are three or more, the median and the range, else the other as a thin line;
 * and as levels, on the same held-out prompts, gradient descent and what the
 * closed form of /entry/oracle speaks of. The closed form itself has no place
 * here: the mean of a sample may be far from the exact one. */
#include <iclgd/comparisons.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures/figure.h"

/* Median, smallest and largest of the losses of one step that are numbers;
 * `work` (seeds). */
static void describe(const double *loss, size_t seeds, size_t rows, size_t at,
                     double *work, double out[3]) {
  size_t count = 0;
  for (size_t k = 0; k < seeds; ++k)
    if (!isnan(loss[k * rows + at])) work[count++] = loss[k * rows + at];
  out[0] = out[1] = out[2] = NAN;
  if (count == 0) return;
  iclgd_sort(work, count);
  out[0] = (work[(count - 1) / 2] + work[count / 2]) / 2;
  out[1] = work[0];
  out[2] = work[count - 1];
}

static iclgd_status add_range(const double *loss, size_t seeds, size_t rows,
                              const double *step, iclgd_arena *arena,
                              iclgd_figure *f, iclgd_error *err) {
  double *y = iclgd_arena_reals(arena, 3, rows, 1);
  double *work = iclgd_arena_reals(arena, seeds, 1, 1);
  if (!y || !work) return iclgd_fail_memory(err, "the seeds");
  for (size_t i = 0; i < rows; ++i) {
    double of_step[3];
    describe(loss, seeds, rows, i, work, of_step);
    for (size_t k = 0; k < 3; ++k) y[k * rows + i] = of_step[k];
  }
  iclgd_figure_add(
      f, (iclgd_series){.kind = ICLGD_SERIES_THIN,
                        .label = iclgd_figure_words(
                            arena, "%zu seeds: median and range", seeds),
                        .count = rows,
                        .x = step,
                        .y = y,
                        .band = y + rows});
  return ICLGD_OK;
}

static iclgd_status add_seeds(const iclgd_source *source, iclgd_arena *arena,
                              size_t rows, const double *step, iclgd_figure *f,
                              iclgd_error *err) {
  size_t extents[] = {0, rows};
  double *loss;
  if (!iclgd_source_has(source, "seeds/loss")) return ICLGD_OK;
  const iclgd_status status =
      iclgd_source_reals(source, "seeds/loss", 2, extents, arena, &loss, err);
  if (status || extents[0] < 2) return status;
  if (extents[0] > 2)
    return add_range(loss, extents[0], rows, step, arena, f, err);
  iclgd_figure_add(f, (iclgd_series){.kind = ICLGD_SERIES_THIN,
                                     .label = "the other seed",
                                     .count = rows,
                                     .x = step,
                                     .y = loss + rows});
  return ICLGD_OK;
}

typedef struct algorithms {
  size_t count;
  char **name;
  double *steps, *loss;
} algorithms;

static iclgd_status read_algorithms(const iclgd_source *source,
                                    iclgd_arena *arena, algorithms *a,
                                    iclgd_error *err) {
  a->count = 0;
  if (!iclgd_source_has(source, "held_out/algorithm")) return ICLGD_OK;
  iclgd_status status = iclgd_source_texts(source, "held_out/algorithm", 1,
                                           &a->count, arena, &a->name, err);
  if (!status)
    status = iclgd_source_reals(source, "held_out/steps", 1, &a->count, arena,
                                &a->steps, err);
  return status ? status
                : iclgd_source_reals(source, "held_out/loss", 1, &a->count,
                                     arena, &a->loss, err);
}

/* The algorithm that the closed form speaks of, "" for none. */
static const char *name_of_theory(const iclgd_source *source,
                                  iclgd_arena *arena) {
  static const char attribute[] = "closed_form_algorithm";
  char *name;
  iclgd_error unused;
  return iclgd_source_has_attr(source, "oracle", attribute) &&
                 !iclgd_source_attr_text(source, "oracle", attribute, arena,
                                         &name, &unused)
             ? name
             : "";
}

static iclgd_status add_algorithms(const iclgd_source *source,
                                   iclgd_arena *arena, iclgd_figure *f,
                                   iclgd_error *err) {
  algorithms a;
  const char *theory = name_of_theory(source, arena);
  const iclgd_status status = read_algorithms(source, arena, &a, err);
  for (size_t k = 0; !status && k < a.count; ++k) {
    if (strcmp(a.name[k], "gd") != 0 && strcmp(a.name[k], theory) != 0)
      continue;
    iclgd_figure_add(
        f, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                          .label = iclgd_figure_words(
                              arena, "%s, %.0f step%s",
                              iclgd_figure_label(source, a.name[k], arena),
                              a.steps[k], a.steps[k] == 1 ? "" : "s"),
                          .who = a.name[k],
                          .count = 1,
                          .y = &a.loss[k]});
  }
  return status;
}

static void set_window(iclgd_figure *f) {
  double low = INFINITY, high = 0, first = INFINITY, last = 0;
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    const bool level = s->kind == ICLGD_SERIES_LEVEL;
    for (size_t i = 0; i < s->count; ++i) {
      if (!iclgd_figure_shows(f, level ? 1 : s->x[i], s->y[i])) continue;
      low = fmin(low, s->y[i]);
      high = fmax(high, s->y[i]);
      if (level) continue;
      first = fmin(first, s->x[i]);
      last = fmax(last, s->x[i]);
    }
  }
  if (!(high > low * (1 + 1e-9))) {
    low = high > 0 ? high / 2 : 1;
    high = 2 * low;
  }
  const double margin = pow(high / low, 0.06);
  f->x_min = isfinite(first) ? first : 1;
  f->x_max = last > f->x_min ? last : 10 * f->x_min;
  f->y_min = low / margin;
  f->y_max = high * margin;
}

iclgd_status iclgd_figure_training(const iclgd_source *source,
                                   iclgd_arena *arena, iclgd_figure *f,
                                   iclgd_error *err) {
  size_t rows[1] = {0};
  double *step, *loss;
  if (!iclgd_source_has(source, "training"))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: no /entry/training to plot: expected a file of "
                      "`iclgd run` or `iclgd train`",
                      iclgd_source_path(source));
  f->x_label = "training step";
  f->y_label = "loss on held-out prompts";
  f->log_x = true;
  iclgd_status status = iclgd_figure_title(source, arena, f, err);
  if (!status)
    status =
        iclgd_source_reals(source, "training/step", 1, rows, arena, &step, err);
  if (!status)
    status = iclgd_source_reals(source, "training/loss_eval", 1, rows, arena,
                                &loss, err);
  if (status) return status;
  iclgd_figure_add(f, (iclgd_series){.kind = ICLGD_SERIES_MAIN,
                                     .label = "trained model",
                                     .count = rows[0],
                                     .x = step,
                                     .y = loss});
  status = add_seeds(source, arena, rows[0], step, f, err);
  if (!status) status = add_algorithms(source, arena, f, err);
  if (!status) set_window(f);
  return status;
}
