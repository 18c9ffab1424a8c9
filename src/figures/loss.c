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
  iclgd_figure_builder *b;
  const char *suffix; /* of the datasets: "" or "_median" */
  size_t rows;
  double *index;
} builder;

static double *read_column(const builder *p, const char *who,
                           const char *suffix) {
  size_t extents[] = {p->rows};
  return iclgd_figure_reals(p->b, 1, extents, "%s/%s%s", group, who, suffix);
}

/* A result that has one iterate but is repeated to the end of the index. */
static bool is_level(const builder *p, const char *who, const double *loss) {
  char path[160];
  size_t rank, extents[ICLGD_RANK_MAX];
  iclgd_error unused;
  const iclgd_source *source = p->b->source;
  snprintf(path, sizeof path, "trajectories/%s/index", who);
  return p->rows > 2 && isfinite(loss[p->rows - 1]) &&
         iclgd_source_has(source, path) &&
         !iclgd_source_extents(source, path, &rank, extents, &unused) &&
         rank == 1 && extents[0] == 2;
}

/* The means over prompts: exact over queries where the file has them. */
static const char *mean_of(const builder *p, const char *who) {
  return iclgd_figure_has(p->b, "%s/%s_risk", group, who) ? "_risk" : "";
}

/* Where rare prompts carry the mean, which the sample does not see, the mean
 * over the law takes its place, if it is known; else its error is unknown. */
static void take_expected(const builder *p, const char *who, double *loss,
                          double *error) {
  if (!iclgd_figure_has(p->b, "%s/%s_expected", group, who)) return;
  const double *measurable = read_column(p, who, "_measurable");
  const double *expected = read_column(p, who, "_expected");
  const double *expected_error = read_column(p, who, "_expected_errors");
  for (size_t i = 0; !p->b->status && i < p->rows; ++i) {
    if (measurable[i] != 0) continue;
    if (isfinite(expected[i])) loss[i] = expected[i];
    error[i] = isfinite(expected[i]) ? expected_error[i] : NAN;
  }
}

/* One standard error about the loss; none where there is no error. */
static double *band_of(const builder *p, const char *who, double *loss) {
  double *error =
      read_column(p, who, *mean_of(p, who) ? "_risk_errors" : "_errors");
  if (!error) return NULL;
  take_expected(p, who, loss, error);
  return iclgd_figure_errors(p->b, p->rows, loss, error, 1);
}

static void add_path(const builder *p, const char *who) {
  iclgd_series s = {.label = iclgd_figure_label(p->b, who),
                    .count = p->rows,
                    .x = p->index,
                    .who = who};
  double *loss = read_column(p, who, *p->suffix ? p->suffix : mean_of(p, who));
  if (!loss) return;
  s.y = loss;
  if (*p->suffix == '\0') s.band = band_of(p, who, loss);
  if (p->b->status) return;
  if (is_level(p, who, loss)) {
    s.kind = ICLGD_SERIES_LEVEL;
    s.count = 1;
    s.y = loss + 1;
    s.band = NULL;
  }
  iclgd_figure_add(p->b->figure, s);
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

static void add_paths(builder *p) {
  iclgd_figure_builder *b = p->b;
  size_t count;
  p->index = iclgd_figure_reals(b, 1, &p->rows, "%s/index", group);
  char **others = iclgd_figure_beside(b, group, &count);
  if (!b->status) add_path(p, "model");
  for (size_t i = 0; !b->status && i < count; ++i)
    if (iclgd_figure_wants(b->figure, others[i])) add_path(p, others[i]);
}

static void build(iclgd_figure_builder *b, const char *y, const char *suffix) {
  builder p = {.b = b, .suffix = suffix};
  iclgd_figure *f = b->figure;
  f->x_label = "layer of the model, step";
  f->y_label = y;
  f->whole_x = true;
  add_paths(&p);
  if (b->status) return;
  if (!f->algorithms) iclgd_figure_keep_closest(f, 2);
  iclgd_figure_span(f, p.index, p.rows);
  set_window(f);
}

static void draw_loss(iclgd_figure_builder *b) {
  build(b, "in-context loss", "");
}

static void draw_median(iclgd_figure_builder *b) {
  build(b, "median squared error", "_median");
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
