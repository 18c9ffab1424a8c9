/* Out of distribution: the median squared error of the model's last layer and
 * of algorithms under every shifted law of /entry/extrapolation/shifts, with
 * the quartiles over prompts. Drawn are gradient descent and the algorithms
 * that are closest to the model over all shifts. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

static const char group[] = "extrapolation/shifts";

enum { DRAWN = 4, LOW = 1, HIGH = 3 }; /* of the levels .05 .25 .5 .75 .95 */

static const double apart = 0.18; /* rows, between dots of one shift */

static const struct word {
  const char *start, *says; /* says takes the rest of the word */
} words[] = {
    {"none", "no shift%s"},
    {"n=", "context x %s"},
    {"x_scale=", "inputs x %s"},
    {"w_scale=", "task x %s"},
    {"noise=", "noise %s"},
    {"x=", "inputs %s"},
    {"covariance=", "covariance %s"},
    {"rotate=", "rotation %s"},
    {"corrupted=", "corrupted labels: %s"},
    {"quadrant", "inputs of one orthant%s"},
    {"opposite", "query in the opposite orthant%s"},
    {"subspace", "inputs of a subspace%s"},
    {"orthogonal", "query orthogonal to inputs%s"},
    {"overlapping", "query among the inputs%s"},
};
enum { WORDS = sizeof words / sizeof *words };

typedef struct builder {
  iclgd_figure_builder *b;
  size_t paths, shifts;
  char **path;
  double *median;    /* (paths, shifts) */
  double *quantiles; /* (5, paths, shifts) */
} builder;

/* The word of a key in plain words; joined words stay as they are. */
static const char *readable(iclgd_arena *arena, const char *name) {
  for (size_t i = 0; i < WORDS; ++i) {
    const size_t length = strlen(words[i].start);
    if (strncmp(name, words[i].start, length) != 0) continue;
    const char *mark = strstr(words[i].says, "%s");
    return iclgd_figure_words(arena, "%.*s%s", (int)(mark - words[i].says),
                              words[i].says, name + length);
  }
  return iclgd_figure_words(arena, "%s", name);
}

static void read_all(builder *s) {
  iclgd_figure_builder *b = s->b;
  char **shift =
      iclgd_figure_texts(b, &s->shifts, "extrapolation/shifts/shift_name");
  s->path = iclgd_figure_texts(b, &s->paths, "extrapolation/shifts/path_name");
  size_t extents[3] = {5, s->paths, s->shifts};
  s->median = iclgd_figure_reals(b, 2, extents + 1, "%s/median", group);
  s->quantiles = iclgd_figure_reals(b, 3, extents, "%s/quantiles", group);
  if (b->status) return;
  if (s->paths == 0 || s->shifts == 0) {
    iclgd_figure_small(b, group);
    return;
  }
  const char **names = iclgd_arena_take(b->arena, s->shifts, sizeof *names);
  if (!names) {
    b->status = iclgd_fail_memory(b->err, "the shifts");
    return;
  }
  for (size_t i = 0; i < s->shifts; ++i)
    names[i] = readable(b->arena, shift[i]);
  b->figure->row_name = names;
  b->figure->n_rows = s->shifts;
}

static const double *quantile(const builder *s, size_t level, size_t p) {
  return s->quantiles + (level * s->paths + p) * s->shifts;
}

static void add_path(const builder *s, size_t p, size_t place) {
  double *y = iclgd_figure_take(s->b, s->shifts, 1);
  double *band = iclgd_figure_edges(s->b, s->shifts, quantile(s, LOW, p),
                                    quantile(s, HIGH, p));
  if (!band) return;
  for (size_t i = 0; i < s->shifts; ++i)
    y[i] = (double)i + apart * ((double)place - 0.5 * (DRAWN - 1));
  iclgd_figure_add(s->b->figure,
                   (iclgd_series){.label = iclgd_figure_label(s->b, s->path[p]),
                                  .count = s->shifts,
                                  .who = s->path[p],
                                  .x = s->median + p * s->shifts,
                                  .y = y,
                                  .band = band});
}

/* Mean over shifts of |log of the ratio of medians|; gradient descent comes
 * first.
 */
static double distance_of(const builder *s, size_t p) {
  double sum = 0;
  if (iclgd_figure_is_descent(s->path[p])) return -1;
  for (size_t i = 0; i < s->shifts; ++i) {
    const double ratio = s->median[p * s->shifts + i] / s->median[i];
    const double term = ratio > 0 ? fabs(log(ratio)) : INFINITY;
    sum += fmin(isnan(term) ? 0 : term, 10);
  }
  return sum;
}

static void add_paths(const builder *s) {
  bool *chosen = iclgd_arena_take(s->b->arena, s->paths, sizeof *chosen);
  if (!chosen) s->b->status = iclgd_fail_memory(s->b->err, "the shifts");
  if (chosen) add_path(s, 0, 0);
  for (size_t place = 1; !s->b->status && place < DRAWN; ++place) {
    size_t best = 0;
    for (size_t p = 1; p < s->paths; ++p)
      if (!chosen[p] && iclgd_figure_wants(s->b->figure, s->path[p]) &&
          (!best || distance_of(s, p) < distance_of(s, best)))
        best = p;
    if (best == 0) break;
    chosen[best] = true;
    add_path(s, best, place);
  }
}

/* All medians, and the quartiles that are not far from them. */
static void set_window(iclgd_figure *f) {
  double low = INFINITY, high = 0, edge_low = INFINITY, edge_high = 0;
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    iclgd_figure_range(s->x, s->count, true, &low, &high);
    iclgd_figure_range(s->band, 2 * s->count, true, &edge_low, &edge_high);
  }
  if (!(low <= high)) low = high = 1;
  f->x_min = fmax(fmin(edge_low, low), low / 30) / 1.2;
  f->x_max = fmin(fmax(edge_high, high), high * 30) * 1.2;
}

static void draw(iclgd_figure_builder *b) {
  builder s = {.b = b};
  iclgd_figure *f = b->figure;
  f->kind = ICLGD_FIGURE_DOTS;
  f->x_label = "median squared error (bars: quartiles)";
  f->y_label = "";
  f->log_x = f->linear_y = true;
  read_all(&s);
  if (!b->status) add_paths(&s);
  set_window(f);
}

const iclgd_figure_row iclgd_figure_shifts = {
    .name = "shifts",
    .shows = "the median error under shifted laws of prompts",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "extrapolation/shifts",
    .maker = "`iclgd run` with the probe extrapolation",
    .probe = "extrapolation",
    .build = draw,
    .page = {.title = "Other laws than those of training",
             .caption =
                 "The median squared error of the last layer when prompts are "
                 "drawn from another law, beside algorithms with the step "
                 "sizes of the training law; bars are quartiles over prompts."},
};
