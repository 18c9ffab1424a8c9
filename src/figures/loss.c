/* The loss layer by layer, beside every algorithm step by step: the model and
 * the algorithms of /entry/trajectories_loss over the index. One-shot
 * algorithms are levels; of many algorithms those that end closest to the model
 * are drawn. The window is the model's, because the mean of an algorithm that
 * goes on may explode (docs/theory.md, O7). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "figures/figure.h"

static const char group[] = "trajectories_loss";

typedef struct builder {
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
  const char *suffix; /* of the datasets: "" or "_median" */
  size_t rows;
  double *index;
} builder;

static iclgd_status read_column(const builder *b, const char *who,
                                const char *suffix, double **out) {
  char path[160];
  size_t extents[] = {b->rows};
  snprintf(path, sizeof path, "%s/%s%s", group, who, suffix);
  return iclgd_source_reals(b->source, path, 1, extents, b->arena, out, b->err);
}

/* A result that has one iterate but is repeated to the end of the index. */
static bool is_level(const builder *b, const char *who, const double *loss) {
  char path[160];
  size_t rank, extents[ICLGD_RANK_MAX];
  iclgd_error unused;
  snprintf(path, sizeof path, "trajectories/%s/index", who);
  return b->rows > 2 && isfinite(loss[b->rows - 1]) &&
         iclgd_source_has(b->source, path) &&
         !iclgd_source_extents(b->source, path, &rank, extents, &unused) &&
         rank == 1 && extents[0] == 2;
}

/* The means over prompts: exact over queries where the file has them. */
static const char *mean_of(const builder *b, const char *who) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s_risk", group, who);
  return iclgd_source_has(b->source, path) ? "_risk" : "";
}

/* Where rare prompts carry the mean, which the sample does not see, the mean
 * over the law takes its place, if it is known. */
static iclgd_status take_expected(const builder *b, const char *who,
                                  double *loss, double *error) {
  double *measurable, *expected, *expected_error;
  char path[160];
  snprintf(path, sizeof path, "%s/%s_expected", group, who);
  if (!iclgd_source_has(b->source, path)) return ICLGD_OK;
  TRY(read_column(b, who, "_measurable", &measurable));
  TRY(read_column(b, who, "_expected", &expected));
  TRY(read_column(b, who, "_expected_errors", &expected_error));
  for (size_t i = 0; i < b->rows; ++i) {
    if (measurable[i] != 0 || !isfinite(expected[i])) continue;
    loss[i] = expected[i];
    error[i] = expected_error[i];
  }
  return ICLGD_OK;
}

/* One standard error about the loss; none where there is no error. */
static iclgd_status add_band(const builder *b, const char *who, double *loss,
                             iclgd_series *s) {
  double *error;
  TRY(read_column(b, who, *mean_of(b, who) ? "_risk_errors" : "_errors",
                  &error));
  TRY(take_expected(b, who, loss, error));
  double *band = iclgd_arena_reals(b->arena, 2, s->count, 1);
  if (!band) return iclgd_fail_memory(b->err, "the errors");
  for (size_t i = 0; i < s->count; ++i) {
    const double width = isfinite(error[i]) ? error[i] : 0;
    band[i] = s->y[i] - width;
    band[s->count + i] = s->y[i] + width;
  }
  s->band = band;
  return ICLGD_OK;
}

static iclgd_status add_path(const builder *b, const char *who) {
  iclgd_series s = {.kind = b->figure->n_series == 0 ? ICLGD_SERIES_MAIN
                                                     : ICLGD_SERIES_POINTS,
                    .label = iclgd_figure_label(b->source, who, b->arena),
                    .count = b->rows,
                    .x = b->index,
                    .who = who};
  double *loss;
  const char *suffix = *b->suffix ? b->suffix : mean_of(b, who);
  iclgd_status status = read_column(b, who, suffix, &loss);
  if (status) return status;
  s.y = loss;
  if (*b->suffix == '\0') status = add_band(b, who, loss, &s);
  if (status) return status;
  if (is_level(b, who, loss)) {
    s.kind = ICLGD_SERIES_LEVEL;
    s.count = 1;
    s.y = loss + 1;
    s.band = NULL;
  }
  iclgd_figure_add(b->figure, s);
  return ICLGD_OK;
}

/* The window: the model, from its first loss down, and twice as many steps as
 * it has layers; below it what algorithms reach, a decade at most. What is
 * above the model's first loss, or diverges, leaves it. */
static void set_window(iclgd_figure *f) {
  enum { STEPS_MIN = 5 };
  const double decade = 10, depth = iclgd_series_end(&f->series[0]);
  double low = INFINITY, high = 0;
  f->x_max = fmin(f->x_max, fmax(2 * depth, f->x_min + STEPS_MIN));
  iclgd_figure_range(f->series[0].y, f->series[0].count, true, &low, &high);
  if (!(low <= high)) low = high = 1;
  const double least = low / decade;
  for (size_t k = 1; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    const bool level = s->kind == ICLGD_SERIES_LEVEL;
    for (size_t i = 0; i < s->count; ++i) {
      const double y = s->y[i];
      if (!(y > 0) || (!level && s->x[i] > f->x_max)) continue;
      if (y >= least || !level) low = fmin(low, fmax(y, least));
    }
  }
  const double margin = fmax(1.01, pow(high / low, 0.06));
  f->y_min = low / margin;
  f->y_max = high * margin;
}

static iclgd_status add_paths(builder *b) {
  size_t extents[1] = {0}, count = 0;
  char **others = NULL;
  iclgd_status status =
      iclgd_source_reals(b->source, "trajectories_loss/index", 1, extents,
                         b->arena, &b->index, b->err);
  if (status) return status;
  b->rows = extents[0];
  if (iclgd_source_has_attr(b->source, group, "auxiliary_signals"))
    status = iclgd_source_attr_texts(b->source, group, "auxiliary_signals",
                                     b->arena, &others, &count, b->err);
  if (!status) status = add_path(b, "model");
  for (size_t i = 0; !status && i < count; ++i)
    if (iclgd_figure_wants(b->figure, others[i]))
      status = add_path(b, others[i]);
  return status;
}

static iclgd_status build(builder *b) {
  iclgd_figure *f = b->figure;
  f->x_label = "layer of the model, step";
  f->whole_x = true;
  TRY(add_paths(b));
  if (!f->algorithms) iclgd_figure_keep_closest(f, 2);
  f->x_min = b->index[0];
  f->x_max = b->index[b->rows - 1];
  if (!(f->x_min < f->x_max)) f->x_max = f->x_min + 1;
  set_window(f);
  return ICLGD_OK;
}

static iclgd_status draw_loss(const iclgd_source *source, iclgd_arena *arena,
                              iclgd_figure *figure, iclgd_error *err) {
  figure->y_label = "in-context loss";
  return build(&(builder){source, arena, figure, err, .suffix = ""});
}

static iclgd_status draw_median(const iclgd_source *source, iclgd_arena *arena,
                                iclgd_figure *figure, iclgd_error *err) {
  figure->y_label = "median squared error";
  return build(&(builder){source, arena, figure, err, .suffix = "_median"});
}

const iclgd_figure_row iclgd_figure_loss = {
    .name = "loss",
    .shows = "the loss by layer beside every algorithm",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "trajectories_loss",
    .maker = "`iclgd run` or `iclgd probe`",
    .build = draw_loss,
    .page = {.title = "The model beside algorithms",
             .caption = "Layer k of the trained model (thick) stands beside "
                        "step k of every algorithm, on the same prompts; lower "
                        "is better. Bands are one standard error; where rare "
                        "prompts carry a mean, that over the law is drawn, if "
                        "it is known. A line that lies on it does, in the "
                        "mean, what the model does."},
};

const iclgd_figure_row iclgd_figure_median = {
    .name = "median",
    .shows = "the same for the median over prompts",
    .takes = ICLGD_FIGURE_COMPARES,
    .needs = "trajectories_loss",
    .maker = "`iclgd run` or `iclgd probe`",
    .build = draw_median,
};
