/* The learned matrices over training, from /entry/snapshots: A of every layer
 * (beside B), or Q and P of a full head, as heat maps around 0. Of anisotropic
 * inputs A and Q are in coordinates in which Sigma = I, as the probe structure
 * has them: gradient descent, preconditioned, is a multiple of I there.
 * Snapshots and layers are spread evenly, the first and the last are always
 * there. */
#include <math.h>
#include <string.h>

#include "figures/figure.h"

static const char maker[] = "`iclgd run` or `iclgd train`";

enum { SNAPSHOTS_ALONE = 8, SNAPSHOTS = 5, ROWS = 5, MATRICES = 2 };

typedef struct builder {
  iclgd_figure_builder *b;
  const char *name[MATRICES]; /* A alone or with B, or Q and P */
  size_t matrices;
  bool whitened;
  const double *theta[MATRICES]; /* (snapshots, layers, d, d) */
  size_t snapshots, layers;
  const double *step;
} builder;

static void read_matrix(builder *w, const char *name) {
  iclgd_figure *f = w->b->figure;
  size_t extents[4] = {w->snapshots, w->layers, f->rows,
                       f->columns}; /* the second is like the first */
  const char *group = "snapshots";
  if (!iclgd_figure_has(w->b, "snapshots/%s", name)) return;
  if (iclgd_figure_has(w->b, "structure_training/%s", name)) {
    w->whitened = true;
    group = "structure_training";
  }
  const double *theta =
      iclgd_figure_reals(w->b, 4, extents, "%s/%s", group, name);
  if (!theta) return;
  if (extents[0] * extents[1] * extents[2] * extents[3] == 0)
    iclgd_figure_small(w->b,
                       iclgd_figure_words(w->b->arena, "%s/%s", group, name));
  w->snapshots = extents[0];
  w->layers = extents[1];
  f->rows = extents[2];
  f->columns = extents[3];
  w->name[w->matrices] = name;
  w->theta[w->matrices++] = theta;
}

/* Snapshots that are not finite stay blank. */
static double largest(const double *values, size_t count) {
  double low = 0, high = 0;
  iclgd_figure_range(values, count, false, &low, &high);
  return fmax(high, -low);
}

static const char *side_of(const builder *w, size_t m, size_t l) {
  iclgd_arena *arena = w->b->arena;
  if (w->matrices == 1 && w->layers == 1) return "";
  if (w->layers == 1) return w->name[m];
  return w->matrices == 1
             ? iclgd_figure_words(arena, "layer %zu", l + 1)
             : iclgd_figure_words(arena, "%s, layer %zu", w->name[m], l + 1);
}

/* Two matrices have no common scale: their rows are in parts of their largest
 * entry. */
static void add_row(builder *w, size_t m, size_t l, size_t drawn) {
  iclgd_figure *f = w->b->figure;
  const size_t size = f->rows * f->columns;
  double *values = iclgd_figure_take(w->b, drawn, size);
  if (!values) return;
  for (size_t i = 0; i < drawn; ++i) {
    const size_t at = iclgd_figure_spread(i, drawn, w->snapshots);
    memcpy(values + i * size, w->theta[m] + (at * w->layers + l) * size,
           size * sizeof *values);
    const size_t k = f->n_panels++;
    f->panel[k] = (iclgd_panel){
        .label = k < drawn
                     ? iclgd_figure_words(w->b->arena, "step %.0f", w->step[at])
                     : "",
        .side = i == 0 ? side_of(w, m, l) : "",
        .value = values + i * size};
  }
  const double scale = largest(values, drawn * size);
  if (w->matrices == 1)
    f->value_max = fmax(f->value_max, scale);
  else
    for (size_t i = 0; scale > 0 && i < drawn * size; ++i) values[i] /= scale;
}

static void add_rows(builder *w) {
  const size_t rows_per_matrix = ROWS / w->matrices;
  const size_t rows = w->layers < rows_per_matrix ? w->layers : rows_per_matrix;
  const size_t most = rows * w->matrices == 1 ? SNAPSHOTS_ALONE : SNAPSHOTS;
  const size_t drawn = w->snapshots < most ? w->snapshots : most;
  w->b->figure->panel_columns = drawn;
  for (size_t r = 0; r < rows; ++r)
    for (size_t m = 0; m < w->matrices; ++m)
      add_row(w, m, iclgd_figure_spread(r, rows, w->layers), drawn);
}

/* Whose weights rows and columns are, of a table: "in order: age, sex, bmi and
 * 7 more". */
static void name_features(iclgd_figure_builder *b) {
  enum { MOST = 10, LENGTH = 60 };
  const char *path = "model/feature_name", *label = "in order: ";
  size_t count = 0, i = 0;
  if (!iclgd_figure_has(b, "%s", path)) return;
  char **names = iclgd_figure_texts(b, &count, path);
  for (; i < count && i < MOST && strlen(label) < LENGTH; ++i)
    label =
        iclgd_figure_words(b->arena, "%s%s%s", label, i ? ", " : "", names[i]);
  if (i < count)
    label = iclgd_figure_words(b->arena, "%s and %zu more", label, count - i);
  b->figure->x_label = label;
}

static void draw(iclgd_figure_builder *b) {
  static const char *const names[] = {"A", "B", "Q", "P"};
  builder w = {.b = b};
  iclgd_figure *f = b->figure;
  for (size_t i = 0; !b->status && i < 4; ++i)
    if (w.matrices < MATRICES) read_matrix(&w, names[i]);
  if (!b->status && w.matrices == 0)
    b->status = iclgd_fail(b->err, ICLGD_EINPUT,
                           "%s: no matrices A, B, P or Q over training to "
                           "plot: expected a model of linear attention",
                           iclgd_source_path(b->source));
  w.step = iclgd_figure_reals(b, 1, &w.snapshots, "snapshots/step");
  if (b->status) return;
  f->kind = ICLGD_FIGURE_MAP;
  f->diverging = true;
  f->x_label = f->y_label = "";
  f->value_label = iclgd_figure_words(
      b->arena, "%s%s",
      w.matrices == 1 ? "entry of A" : "entry / row's largest",
      w.whitened ? ", whitened" : "");
  f->value_max = 0;
  add_rows(&w);
  if (w.matrices > 1 || !(f->value_max > 0)) f->value_max = 1;
  f->value_min = -f->value_max;
  name_features(b);
}

const iclgd_figure_row iclgd_figure_weights = {
    .name = "weights",
    .shows = "the learned matrices over training",
    .needs = "snapshots",
    .maker = maker,
    .build = draw,
    .page = {.needs = "snapshots/step",
             .title = "The learned weights over training",
             .caption = "Entries of the learned matrices after so many "
                        "training steps, where inputs are anisotropic in "
                        "coordinates in which their covariance is I. Gradient "
                        "descent is a diagonal of one colour on white."},
};
