/* A column of the table of a sweep over one of its settings, a line for every
 * value of another, small figures for what else differs: means over the seeds
 * with their intervals (view/sweep_table.h). The figure is
 * sweep/X/Y/GROUP/FACET. */
#include "view/sweep_table.h"

#include <iclgd/comparisons.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures/figure.h"

enum { NAME = 64, FACETS_MAX = 12 };

typedef struct drawing {
  iclgd_figure_builder *b;
  iclgd_sweep_table t;
} drawing;

/* The next part of a choice "X/Y/GROUP/FACET"; what is not said stays. */
static const char *next_part(const char *from, char out[NAME]) {
  if (!from || !*from) return NULL;
  const size_t length = strcspn(from, "/");
  if (length > 0) snprintf(out, NAME, "%.*s", (int)length, from);
  return from[length] ? from + length + 1 : NULL;
}

static void read_table(drawing *d) {
  char x[NAME] = "", y[NAME] = "", group[NAME] = "", facet[NAME] = "";
  iclgd_figure_builder *b = d->b;
  const char *rest = next_part(b->figure->choice, x);
  rest = next_part(rest, y);
  rest = next_part(rest, group);
  next_part(rest, facet);
  const iclgd_sweep_choice choice = {.x = x,
                                     .y = y,
                                     .group = group,
                                     .facet = facet,
                                     .numeric = true,
                                     .most_facets = FACETS_MAX};
  b->status =
      iclgd_sweep_table_read(b->source, &choice, b->arena, &d->t, b->err);
}

/* Numbers, and not more parts than there is room for. */
static void check(drawing *d) {
  const iclgd_sweep_table *t = &d->t;
  iclgd_figure_builder *b = d->b;
  const char *path = iclgd_source_path(b->source);
  const char *odd = t->is_text ? t->y : t->x.is_numeric ? NULL : t->x.name;
  if (odd)
    b->status = iclgd_fail(b->err, ICLGD_EUSAGE,
                           "%s: column %s: expected numbers to draw, found "
                           "texts (`iclgd show` counts them)",
                           path, odd);
  else if (t->facet.count > ICLGD_PANELS_MAX)
    b->status =
        iclgd_fail(b->err, ICLGD_EUSAGE,
                   "%s: %s has %zu values: expected at most %d small "
                   "figures",
                   path, t->facet.name, t->facet.count, ICLGD_PANELS_MAX);
}

/* "prompt.d = 5, prompt.n = 20", where n follows from d. */
static const char *label_of_group(const drawing *d, size_t group) {
  const iclgd_sweep_table *t = &d->t;
  iclgd_arena *arena = d->b->arena;
  const char *label = iclgd_figure_words(arena, "%s = %s", t->group.name,
                                         t->group.level[group]);
  for (size_t i = 0; i < t->n_keys; ++i)
    if (t->with_group[i])
      label = iclgd_figure_words(arena, "%s, %s = %s", label, t->keys[i].name,
                                 iclgd_sweep_beside(t, &t->group, group, i));
  return label;
}

/* A line of its own: whose number it is. */
static const char *label_alone(const drawing *d) {
  static const char *const others[] = {"gd_loss", "seconds"};
  for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
    if (strcmp(d->t.y, others[i]) == 0) return "";
  for (size_t i = 0; i < d->t.n_keys; ++i)
    if (strcmp(d->t.y, d->t.keys[i].name) == 0) return "";
  return "trained model";
}

/* The line of a group; without points where there are none. */
static iclgd_series line_of(drawing *d, size_t facet, size_t group) {
  const iclgd_sweep_table *t = &d->t;
  iclgd_figure_builder *b = d->b;
  const bool named = *t->group.name != '\0';
  double *x = iclgd_figure_take(b, t->x.count, 1);
  double *y = iclgd_figure_take(b, t->x.count, 1);
  double *half = iclgd_figure_take(b, t->x.count, 1);
  iclgd_series s = {.kind = ICLGD_SERIES_POINTS,
                    .label = named ? "" : label_alone(d),
                    .x = x,
                    .y = y,
                    .ordered = named};
  if (b->status) return s;
  if (named) s.label = label_of_group(d, group);
  for (size_t i = 0; i < t->x.count; ++i) {
    const iclgd_sweep_cell *cell = iclgd_sweep_cell_at(t, facet, group, i);
    if (cell->count == 0 || !isfinite(t->x.at[i])) continue;
    x[s.count] = t->x.at[i];
    y[s.count] = cell->mean;
    half[s.count++] = cell->half_width;
  }
  if (s.count > 0) s.band = iclgd_figure_errors(b, s.count, y, half, 1);
  return s;
}

/* Where the model loses what a ratio is taken to. */
static void add_level(const drawing *d, iclgd_figure *to) {
  static const struct {
    const char *column, *label, *who;
  } ratios[] = {{"ratio_to_gd", "gradient descent", "gd"},
                {"median_ratio_to_gd", "gradient descent", "gd"},
                {"seen_tasks_to_dmmse", "dMMSE", "dmmse"},
                {"new_tasks_to_ridge", "ridge", "ridge"}};
  static const double one = 1;
  for (size_t i = 0; i < sizeof ratios / sizeof *ratios; ++i)
    if (strcmp(d->t.y, ratios[i].column) == 0)
      iclgd_figure_add(to, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                          .label = ratios[i].label,
                                          .who = ratios[i].who,
                                          .count = 1,
                                          .x = &one,
                                          .y = &one});
}

/* Lines of a facet; whether any has a point. */
static bool add_lines(drawing *d, size_t facet, iclgd_figure *to) {
  bool any = false;
  add_level(d, to);
  for (size_t g = 0; g < d->t.group.count && !d->b->status; ++g) {
    const iclgd_series line = line_of(d, facet, g);
    any |= line.count > 0;
    if (line.count > 0 || d->t.facet.count > 1) iclgd_figure_add(to, line);
  }
  return any;
}

/* Wide ranges of positive numbers are drawn on a log axis. */
static void scale_x(const drawing *d, iclgd_figure *f) {
  const iclgd_sweep_axis *x = &d->t.x;
  double *at = iclgd_figure_take(d->b, x->count, 1);
  size_t n = 0;
  if (!at) return;
  for (size_t i = 0; i < x->count; ++i)
    if (isfinite(x->at[i])) at[n++] = x->at[i];
  f->log_x = at[0] > 0 && at[n - 1] > 30 * at[0];
  f->whole_x = !f->log_x;
  for (size_t i = 0; i < n; ++i) f->whole_x &= at[i] == floor(at[i]);
  iclgd_figure_span(f, at, n);
}

/* "model.loops", where the values are a form with numbers "prompt.w = pool:",
 * and "prompt.d, with prompt.n" where n follows from d. */
static const char *label_of_x(const drawing *d) {
  const iclgd_sweep_table *t = &d->t;
  iclgd_arena *arena = d->b->arena;
  const char *first = t->x.level[0], *colon = strchr(first, ':');
  const char *label = t->x.name, *before = ", with";
  if (colon)
    label = iclgd_figure_words(arena, "%s = %.*s", t->x.name,
                               (int)(colon - first) + 1, first);
  for (size_t i = 0; i < t->n_keys; ++i) {
    if (!t->follows[i]) continue;
    label =
        iclgd_figure_words(arena, "%s%s %s", label, before, t->keys[i].name);
    before = " and";
  }
  return label;
}

/* "loss; mean over seeds, 95% interval" */
static const char *label_of_y(const drawing *d) {
  const iclgd_sweep_table *t = &d->t;
  const bool seeds = strcmp(t->over, "seed") == 0;
  return iclgd_figure_words(
      d->b->arena, "%s%s%s%s", t->y_label, *t->over ? "; mean over " : "",
      seeds ? "seeds" : t->over, t->has_intervals ? ", 95% interval" : "");
}

/* ", 3 without a number" */
static const char *part_of_note(const drawing *d, const char *before,
                                size_t count, const char *what) {
  return count == 0 ? before
                    : iclgd_figure_words(d->b->arena, "%s%s %zu %s", before,
                                         *before ? "," : "", count, what);
}

/* Whether a band goes on below the window. */
static bool is_cut(const iclgd_figure *f) {
  bool cut = false;
  for (size_t s = 0; s < f->n_series; ++s)
    for (size_t i = 0; f->series[s].band && i < f->series[s].count; ++i)
      cut |= f->series[s].band[i] < f->y_min;
  for (size_t i = 0; i < f->n_facets; ++i) cut |= is_cut(f->facet[i]);
  return cut;
}

/* How many points are not there, and why; where there is no interval. */
static const char *note_of(const drawing *d) {
  const iclgd_sweep_table *t = &d->t;
  const size_t cells = t->x.count * t->group.count * t->facet.count;
  size_t diverged = 0, done = 0, drawn = 0;
  const char *note = "";
  for (size_t k = 0; k < t->points; ++k) {
    diverged += strcmp(t->state[k], "diverged") == 0;
    done += strcmp(t->state[k], "done") == 0;
  }
  for (size_t c = 0; c < cells; ++c) drawn += t->cells[c].count;
  note = part_of_note(d, note, diverged, "that diverged");
  note = part_of_note(d, note, t->points - done - diverged,
                      "that failed or were not run");
  if (!t->by_layer)
    note = part_of_note(d, note, done - drawn, "that give no such number");
  if (*note)
    note = iclgd_figure_words(d->b->arena, "Not drawn, of %zu points:%s.",
                              t->points, note);
  if (t->has_hidden)
    note = iclgd_figure_words(
        d->b->arena, "%s%sNo interval where rare prompts carry a mean.", note,
        *note ? " " : "");
  if (is_cut(d->b->figure))
    note = iclgd_figure_words(d->b->arena,
                              "%s%sBands that end at the axis go on below it.",
                              note, *note ? " " : "");
  return *note ? note : NULL;
}

/* Whether all that is positive spans little: then axes are linear. */
static bool is_linear(const iclgd_figure *f) {
  double low = INFINITY, high = -INFINITY;
  for (size_t s = 0; s < f->n_series; ++s)
    iclgd_figure_range(f->series[s].y, f->series[s].count, false, &low, &high);
  for (size_t i = 0; i < f->n_facets; ++i)
    for (size_t s = 0; s < f->facet[i]->n_series; ++s)
      iclgd_figure_range(f->facet[i]->series[s].y, f->facet[i]->series[s].count,
                         false, &low, &high);
  return !(low > 0) || high < 20 * low;
}

/* The window holds all bands; on a log axis not more of their lower ends than
 * down to a quarter of what is drawn, since they may come close to zero. */
static void fit(iclgd_figure *f) {
  double low = INFINITY, high = -INFINITY;
  iclgd_figure_fit(f, f->linear_y);
  if (f->linear_y) return;
  for (size_t s = 0; s < f->n_series; ++s) {
    const iclgd_series *one = &f->series[s];
    iclgd_figure_range(one->y, one->count, true, &low, &high);
  }
  const double least = low / 4;
  for (size_t s = 0; s < f->n_series; ++s) {
    const iclgd_series *one = &f->series[s];
    for (size_t i = 0; one->band && i < one->count; ++i) {
      if (isnan(one->band[i])) continue;
      low = fmin(low, fmax(one->band[i], least));
      high = fmax(high, one->band[one->count + i]);
    }
  }
  if (low <= high) iclgd_figure_frame(f, low, high);
}

/* The window of small figures is that of all of them. */
static void join_windows(iclgd_figure *f) {
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < f->n_facets; ++i) {
    iclgd_figure *one = f->facet[i];
    one->linear_y = f->linear_y;
    fit(one);
    low = fmin(low, one->y_min);
    high = fmax(high, one->y_max);
  }
  f->y_min = low;
  f->y_max = high;
  for (size_t i = 0; i < f->n_facets; ++i) {
    iclgd_figure *one = f->facet[i];
    one->y_min = low;
    one->y_max = high;
    one->x_min = f->x_min;
    one->x_max = f->x_max;
    one->log_x = f->log_x;
    one->whole_x = f->whole_x;
  }
}

/* Small figures, and their lines without points in the figure itself, for the
 * legend. */
static bool add_facets(drawing *d) {
  iclgd_figure_builder *b = d->b;
  iclgd_figure *f = b->figure;
  const size_t count = d->t.facet.count;
  bool any = false;
  iclgd_figure **list = iclgd_arena_take(b->arena, count, sizeof *list);
  iclgd_figure *all = iclgd_arena_take(b->arena, count, sizeof *all);
  if (!list || !all) {
    b->status = iclgd_fail_memory(b->err, "the figure");
    return false;
  }
  for (size_t i = 0; i < count && !b->status; ++i) {
    list[i] = &all[i];
    list[i]->title = d->t.facet.level[i];
    list[i]->x_label = f->x_label;
    list[i]->y_label = f->y_label;
    any |= add_lines(d, i, list[i]);
  }
  if (b->status) return false;
  for (size_t k = 0; k < list[0]->n_series; ++k) {
    iclgd_series s = list[0]->series[k];
    if (s.kind != ICLGD_SERIES_LEVEL) s.count = 0;
    iclgd_figure_add(f, s);
  }
  f->kind = ICLGD_FIGURE_FACETS;
  f->facet = list;
  f->n_facets = count;
  return any;
}

static void draw_table(drawing *d) {
  iclgd_figure_builder *b = d->b;
  iclgd_figure *f = b->figure;
  const bool split = d->t.facet.count > 1;
  const bool any = split ? add_facets(d) : add_lines(d, 0, f);
  if (b->status) return;
  if (!any) {
    b->status = iclgd_fail(b->err, ICLGD_EINPUT,
                           "%s: no point has a value of %s to draw over %s",
                           iclgd_source_path(b->source), d->t.y, d->t.x.name);
    return;
  }
  scale_x(d, f);
  f->linear_y = is_linear(f);
  if (split)
    join_windows(f);
  else
    fit(f);
}

static void draw(iclgd_figure_builder *b) {
  drawing d = {.b = b};
  read_table(&d);
  if (!b->status) check(&d);
  if (b->status) return;
  b->figure->x_label = label_of_x(&d);
  b->figure->y_label = label_of_y(&d);
  draw_table(&d);
  b->figure->note = note_of(&d);
}

const iclgd_figure_row iclgd_figure_sweep = {
    .name = "sweep",
    .shows = "a column of a sweep: sweep/X/Y/GROUP/FACET (--x, --y, ..)",
    .takes = ICLGD_FIGURE_CHOOSES,
    .needs = "points/state",
    .maker = "`iclgd sweep` or `iclgd collect`",
    .build = draw,
    .page = {.title = "Over the settings",
             .caption = "Means over what the axis of y names; bands are 95% "
                        "intervals over the seeds (Student's t), where they "
                        "are known."},
};
