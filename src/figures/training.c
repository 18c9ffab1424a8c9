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

static void add_range(iclgd_figure_builder *b, const double *loss, size_t seeds,
                      size_t rows, const double *step) {
  double *y = iclgd_figure_take(b, 3, rows);
  double *work = iclgd_figure_take(b, seeds, 1);
  if (b->status) return;
  for (size_t i = 0; i < rows; ++i) {
    double of_step[3];
    describe(loss, seeds, rows, i, work, of_step);
    for (size_t k = 0; k < 3; ++k) y[k * rows + i] = of_step[k];
  }
  iclgd_figure_add(
      b->figure,
      (iclgd_series){.kind = ICLGD_SERIES_THIN,
                     .label = iclgd_figure_words(
                         b->arena, "%zu seeds: median and range", seeds),
                     .count = rows,
                     .x = step,
                     .y = y,
                     .band = y + rows});
}

static void add_seeds(iclgd_figure_builder *b, size_t rows,
                      const double *step) {
  size_t extents[] = {0, rows};
  if (!iclgd_figure_has(b, "seeds/loss")) return;
  const double *loss = iclgd_figure_reals(b, 2, extents, "seeds/loss");
  if (!loss || extents[0] < 2) return;
  if (extents[0] > 2)
    add_range(b, loss, extents[0], rows, step);
  else
    iclgd_figure_add(b->figure, (iclgd_series){.kind = ICLGD_SERIES_THIN,
                                               .label = "the other seed",
                                               .count = rows,
                                               .x = step,
                                               .y = loss + rows});
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

static void add_algorithms(iclgd_figure_builder *b) {
  size_t count = 0;
  if (!iclgd_figure_has(b, "held_out/algorithm")) return;
  char **name = iclgd_figure_texts(b, &count, "held_out/algorithm");
  const double *steps = iclgd_figure_reals(b, 1, &count, "held_out/steps");
  const double *loss = iclgd_figure_reals(b, 1, &count, "held_out/loss");
  const char *theory = name_of_theory(b->source, b->arena);
  for (size_t k = 0; !b->status && k < count; ++k) {
    if (!iclgd_figure_is_descent(name[k]) && strcmp(name[k], theory) != 0)
      continue;
    iclgd_figure_add(
        b->figure, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                  .label = iclgd_figure_words(
                                      b->arena, "%s, %.0f step%s",
                                      iclgd_figure_label(b, name[k]), steps[k],
                                      steps[k] == 1 ? "" : "s"),
                                  .who = name[k],
                                  .count = 1,
                                  .y = &loss[k]});
  }
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
  f->x_min = isfinite(first) ? first : 1;
  f->x_max = last > f->x_min ? last : 10 * f->x_min;
  iclgd_figure_frame(f, low, high);
}

static void draw(iclgd_figure_builder *b) {
  iclgd_figure *f = b->figure;
  size_t rows = 0;
  f->x_label = "training step";
  f->y_label = "loss on held-out prompts";
  f->log_x = true;
  const double *step = iclgd_figure_reals(b, 1, &rows, "training/step");
  const double *loss = iclgd_figure_reals(b, 1, &rows, "training/loss_eval");
  iclgd_figure_add(
      f, (iclgd_series){
             .label = "trained model", .count = rows, .x = step, .y = loss});
  add_seeds(b, rows, step);
  add_algorithms(b);
  if (!b->status) set_window(f);
}

const iclgd_figure_row iclgd_figure_training = {
    .name = "training",
    .shows = "the held-out loss over training, all seeds",
    .needs = "training",
    .maker = "`iclgd run` or `iclgd train`",
    .build = draw,
    .page = {.needs = "training/loss_eval",
             .title = "The loss over training",
             .caption = "The loss on held-out prompts after each training "
                        "step, beside gradient descent, with as many steps as "
                        "the model has layers, on the same prompts."},
};
