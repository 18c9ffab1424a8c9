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
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
  size_t paths, shifts;
  char **path;
  double *median;    /* (paths, shifts) */
  double *quantiles; /* (5, paths, shifts) */
} builder;

/* The word of a key in plain words; joined words stay as they are. */
static const char *readable(const builder *b, const char *name) {
  for (size_t i = 0; i < WORDS; ++i) {
    const size_t length = strlen(words[i].start);
    if (strncmp(name, words[i].start, length) != 0) continue;
    const char *mark = strstr(words[i].says, "%s");
    return iclgd_figure_words(b->arena, "%.*s%s", (int)(mark - words[i].says),
                              words[i].says, name + length);
  }
  return iclgd_figure_words(b->arena, "%s", name);
}

static iclgd_status read_all(builder *b) {
  size_t extents[3] = {5, 0, 0};
  char **shift;
  iclgd_status status =
      iclgd_source_texts(b->source, "extrapolation/shifts/shift_name", 1,
                         &b->shifts, b->arena, &shift, b->err);
  if (!status)
    status = iclgd_source_texts(b->source, "extrapolation/shifts/path_name", 1,
                                &b->paths, b->arena, &b->path, b->err);
  extents[1] = b->paths;
  extents[2] = b->shifts;
  if (!status)
    status = iclgd_source_reals(b->source, "extrapolation/shifts/median", 2,
                                extents + 1, b->arena, &b->median, b->err);
  if (!status)
    status = iclgd_source_reals(b->source, "extrapolation/shifts/quantiles", 3,
                                extents, b->arena, &b->quantiles, b->err);
  if (status) return status;
  if (b->paths == 0 || b->shifts == 0)
    return iclgd_figure_small(b->source, group, b->err);
  const char **names = iclgd_arena_take(b->arena, b->shifts, sizeof *names);
  if (!names) return iclgd_fail_memory(b->err, "the shifts");
  for (size_t i = 0; i < b->shifts; ++i) names[i] = readable(b, shift[i]);
  b->figure->row_name = names;
  b->figure->n_rows = b->shifts;
  return ICLGD_OK;
}

static iclgd_status add_path(const builder *b, size_t p, size_t place) {
  double *y = iclgd_arena_reals(b->arena, b->shifts, 1, 1);
  double *band = iclgd_arena_reals(b->arena, 2, b->shifts, 1);
  if (!y || !band) return iclgd_fail_memory(b->err, "the shifts");
  const double *median = b->median + p * b->shifts;
  for (size_t i = 0; i < b->shifts; ++i) {
    y[i] = (double)i + apart * ((double)place - 0.5 * (DRAWN - 1));
    band[i] = b->quantiles[(LOW * b->paths + p) * b->shifts + i];
    band[b->shifts + i] = b->quantiles[(HIGH * b->paths + p) * b->shifts + i];
  }
  iclgd_figure_add(
      b->figure,
      (iclgd_series){
          .kind = place == 0 ? ICLGD_SERIES_MAIN : ICLGD_SERIES_POINTS,
          .label = iclgd_figure_label(b->source, b->path[p], b->arena),
          .count = b->shifts,
          .who = b->path[p],
          .x = median,
          .y = y,
          .band = band});
  return ICLGD_OK;
}

/* Mean over shifts of |log of the ratio of medians|; gd comes first. */
static double distance_of(const builder *b, size_t p) {
  double sum = 0;
  if (strcmp(b->path[p], "gd") == 0) return -1;
  for (size_t i = 0; i < b->shifts; ++i) {
    const double ratio = b->median[p * b->shifts + i] / b->median[i];
    const double term = ratio > 0 ? fabs(log(ratio)) : INFINITY;
    sum += fmin(isnan(term) ? 0 : term, 10);
  }
  return sum;
}

static iclgd_status add_paths(const builder *b) {
  bool *chosen = iclgd_arena_take(b->arena, b->paths, sizeof *chosen);
  if (!chosen) return iclgd_fail_memory(b->err, "the shifts");
  iclgd_status status = add_path(b, 0, 0);
  for (size_t place = 1; !status && place < DRAWN; ++place) {
    size_t best = 0;
    for (size_t p = 1; p < b->paths; ++p)
      if (!chosen[p] && iclgd_figure_wants(b->figure, b->path[p]) &&
          (!best || distance_of(b, p) < distance_of(b, best)))
        best = p;
    if (best == 0) break;
    chosen[best] = true;
    status = add_path(b, best, place);
  }
  return status;
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

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  builder b = {source, arena, f, err, .paths = 0};
  f->kind = ICLGD_FIGURE_DOTS;
  f->x_label = "median squared error (bars: quartiles)";
  f->y_label = "";
  f->log_x = f->linear_y = true;
  TRY(read_all(&b));
  TRY(add_paths(&b));
  set_window(f);
  return ICLGD_OK;
}

const iclgd_figure_row iclgd_figure_shifts = {
    .name = "shifts",
    .shows = "the median error under shifted laws of prompts",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "extrapolation/shifts",
    .maker = "`iclgd run` with the probe extrapolation",
    .build = draw,
    .page = {.title = "Other laws than those of training",
             .caption =
                 "The median squared error of the last layer when prompts are "
                 "drawn from another law, beside algorithms with the step "
                 "sizes of the training law; bars are quartiles over prompts."},
};
