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
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_figure *figure;
  iclgd_error *err;
  const char *name[MATRICES]; /* A alone or with B, or Q and P */
  size_t matrices;
  bool whitened;
  const double *theta[MATRICES]; /* (snapshots, layers, d, d) */
  size_t snapshots, layers;
  const double *step;
} builder;

static iclgd_status read_matrix(builder *b, const char *name) {
  size_t extents[4] = {b->snapshots, b->layers, b->figure->rows,
                       b->figure->columns}; /* the second is like the first */
  double *theta;
  const char *path = iclgd_figure_words(b->arena, "snapshots/%s", name);
  if (!iclgd_source_has(b->source, path)) return ICLGD_OK;
  const char *white =
      iclgd_figure_words(b->arena, "structure_training/%s", name);
  if (iclgd_source_has(b->source, white)) {
    b->whitened = true;
    path = white;
  }
  const iclgd_status status =
      iclgd_source_reals(b->source, path, 4, extents, b->arena, &theta, b->err);
  if (status) return status;
  if (extents[0] * extents[1] * extents[2] * extents[3] == 0)
    return iclgd_figure_small(b->source, path, b->err);
  b->snapshots = extents[0];
  b->layers = extents[1];
  b->figure->rows = extents[2];
  b->figure->columns = extents[3];
  b->name[b->matrices] = name;
  b->theta[b->matrices++] = theta;
  return ICLGD_OK;
}

/* Snapshots that are not finite stay blank. */
static double largest(const double *values, size_t count) {
  double low = 0, high = 0;
  iclgd_figure_range(values, count, false, &low, &high);
  return fmax(high, -low);
}

static const char *side_of(const builder *b, size_t m, size_t l) {
  if (b->matrices == 1 && b->layers == 1) return "";
  if (b->layers == 1) return b->name[m];
  return b->matrices == 1
             ? iclgd_figure_words(b->arena, "layer %zu", l + 1)
             : iclgd_figure_words(b->arena, "%s, layer %zu", b->name[m], l + 1);
}

/* Two matrices have no common scale: their rows are in parts of their largest
 * entry. */
static iclgd_status add_row(builder *b, size_t m, size_t l, size_t drawn) {
  iclgd_figure *f = b->figure;
  const size_t size = f->rows * f->columns;
  double *values = iclgd_arena_reals(b->arena, drawn, f->rows, f->columns);
  if (!values) return iclgd_fail_memory(b->err, "the weights");
  for (size_t i = 0; i < drawn; ++i) {
    const size_t at = iclgd_figure_spread(i, drawn, b->snapshots);
    memcpy(values + i * size, b->theta[m] + (at * b->layers + l) * size,
           size * sizeof *values);
    const size_t k = f->n_panels++;
    f->panel[k] = (iclgd_panel){
        .label = k < drawn
                     ? iclgd_figure_words(b->arena, "step %.0f", b->step[at])
                     : "",
        .side = i == 0 ? side_of(b, m, l) : "",
        .value = values + i * size};
  }
  const double scale = largest(values, drawn * size);
  if (b->matrices == 1)
    f->value_max = fmax(f->value_max, scale);
  else
    for (size_t i = 0; scale > 0 && i < drawn * size; ++i) values[i] /= scale;
  return ICLGD_OK;
}

static iclgd_status add_rows(builder *b) {
  iclgd_figure *f = b->figure;
  const size_t rows_per_matrix = ROWS / b->matrices;
  const size_t rows = b->layers < rows_per_matrix ? b->layers : rows_per_matrix;
  const size_t most = rows * b->matrices == 1 ? SNAPSHOTS_ALONE : SNAPSHOTS;
  const size_t drawn = b->snapshots < most ? b->snapshots : most;
  iclgd_status status = ICLGD_OK;
  f->panel_columns = drawn;
  for (size_t r = 0; !status && r < rows; ++r)
    for (size_t m = 0; !status && m < b->matrices; ++m)
      status = add_row(b, m, iclgd_figure_spread(r, rows, b->layers), drawn);
  return status;
}

/* Whose weights rows and columns are, of a table: "in order: age, sex, bmi and
 * 7 more". */
static iclgd_status name_features(builder *b) {
  enum { MOST = 10, LENGTH = 60 };
  const char *path = "model/feature_name", *label = "in order: ";
  char **names;
  size_t count = 0, i = 0;
  if (!iclgd_source_has(b->source, path)) return ICLGD_OK;
  const iclgd_status status =
      iclgd_source_texts(b->source, path, 1, &count, b->arena, &names, b->err);
  if (status) return status;
  for (; i < count && i < MOST && strlen(label) < LENGTH; ++i)
    label =
        iclgd_figure_words(b->arena, "%s%s%s", label, i ? ", " : "", names[i]);
  if (i < count)
    label = iclgd_figure_words(b->arena, "%s and %zu more", label, count - i);
  b->figure->x_label = label;
  return ICLGD_OK;
}

static iclgd_status draw(const iclgd_source *source, iclgd_arena *arena,
                         iclgd_figure *f, iclgd_error *err) {
  static const char *const names[] = {"A", "B", "Q", "P"};
  builder b = {source, arena, f, err, .matrices = 0};
  iclgd_status status = ICLGD_OK;
  double *step;
  for (size_t i = 0; !status && i < 4; ++i)
    if (b.matrices < MATRICES) status = read_matrix(&b, names[i]);
  if (status) return status;
  if (b.matrices == 0)
    return iclgd_figure_lacks(source, "snapshots", maker, err);
  TRY(iclgd_source_reals(source, "snapshots/step", 1, &b.snapshots, arena,
                         &step, err));
  b.step = step;
  f->kind = ICLGD_FIGURE_MAP;
  f->diverging = true;
  f->x_label = f->y_label = "";
  f->value_label = iclgd_figure_words(
      arena, "%s%s", b.matrices == 1 ? "entry of A" : "entry / row's largest",
      b.whitened ? ", whitened" : "");
  f->value_max = 0;
  status = add_rows(&b);
  if (b.matrices > 1 || !(f->value_max > 0)) f->value_max = 1;
  f->value_min = -f->value_max;
  return status ? status : name_features(&b);
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
