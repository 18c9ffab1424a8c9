/* Which function of the eigenvalues of S does each layer apply?
 *
 * An algorithm that acts on every eigendirection of S = (1/n) sum x x^T alone
 * has implied weights w_l = q_l(S) b, b = (1/n) sum y x, and leaves the
 * residual p_l(lambda) = 1 - lambda <v, w_l> / <v, b> in the direction of
 * eigenpair (lambda, v): (1 - eta lambda)^l for gradient descent. Without noise
 * 1 - p_l = <v, w_l> / <v, w_star>. The filter tells algorithms apart whose
 * weights have cosines near 1. (Spectral filtering of iterative regularisation:
 * Engl, Hanke and Neubauer 1996, chapters 4 and 6.)
 *
 * Eigenvalues at rounding level have no filter; pairs with |<v, b>| at most
 * `filter.threshold` |b| are left out, as rounding and small rotations of w are
 * magnified there by |b| / |<v, b>|. Both are counted.
 *
 * The distance of two filters is
 *   D = mean over prompts of mean over pairs of min(|p - p'|, 1):
 * every direction counts alike, small eigenvalues too, which |w - w'|^2 (there
 * is `ilwd` for that) and the loss see little of; in units in which the zero
 * predictor (p = 1) is 1 away from least squares (p = 0); and no prompt and no
 * diverging iterate can dominate the mean. */
#include "probes/filter/bins.h"
#include "probes/filter/match.h"
#include "probes/views.h"

#include <stdio.h>

static const iclgd_key keys[] = {
    KEY_INT("filter.prompts", "1000", 1, 1e6,
            "prompts whose spectral filters are looked at"),
    KEY_INT("filter.bins", "24", 1, 1000,
            "bins of eigenvalues, of equal numbers of eigenpairs"),
    KEY_REAL("filter.threshold", "0.001", 0, 1,
             "eigenpairs with |<v, b>| up to this share of |b| have no filter"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP("filter", "spectral filters",
          "p(lambda) = 1 - lambda <v, w> / <v, b> on eigenpairs (lambda, v) of "
          "S, for the layers of the model and the steps of every algorithm"),
    GROUP_PLOT("filter/<who>", "median", "index,lambda", "spectral filter",
               "quantiles over prompts and eigenpairs in bins of the "
               "eigenvalue; 1: nothing done in this direction, 0: fitted"),
    GROUP_PLOT("filter_distance/<who>", "mean", "layer,step",
               "distance of filters of layers and steps",
               "mean of min(|p - p'|, 1) over eigenpairs and prompts, between "
               "the model's layers and the steps of one algorithm"),
    GROUP_PLOT("filter_match", "distance", "path,layer",
               "distance of filters at the same step",
               "which algorithm explains each layer; in the order of `name`"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("filter/<who>/index", "index", "layer or step",
             "0 is the zero predictor; up to the model's depth"),
    DATA_REAL("filter/<who>/lambda", "lambda", "eigenvalue of S",
              "median eigenvalue of each bin"),
    DATA_REAL("filter/<who>/edge", "edge", "edges of the bins",
              "eigenvalues; the bins hold equal numbers of eigenpairs"),
    DATA_REAL("filter/<who>/median", "index,lambda", "filter p(lambda)",
              "median of the filter in each bin"),
    DATA_REAL("filter/<who>/quantile", "quantile", "quantile level",
              "the levels of `quantiles`"),
    DATA_REAL("filter/<who>/quantiles", "quantile,index,lambda",
              "quantiles of the filter", "in each bin"),
    DATA_REAL(
        "filter/<who>/not_a_filter", "index", "share that is not a filter",
        "median over prompts of |w - f(S) b| / |w|; at an eigenvalue f is a "
        "line through its 8 neighbours on each side among the eigenpairs of "
        "all prompts (the pair itself left out), fitted by least squares to "
        "<v, w> = f <v, b> with weights 1 / |w|^2, or a constant where that is "
        "singular; without eigenvalues of rounding level"),
    DATA_INT("filter/<who>/diverged", "index", "filters not finite",
             "number of eigenpairs; they count as a distance of 1"),
    DATA_INT("filter_distance/<who>/layer", "layer", "layer",
             "layer l of the model, 0 is the zero predictor"),
    DATA_INT("filter_distance/<who>/step", "step", "step",
             "step k of the algorithm, 0 is the zero predictor"),
    DATA_REAL("filter_distance/<who>/mean", "layer,step", "distance of filters",
              "mean over prompts"),
    DATA_REAL("filter_distance/<who>/standard_error", "layer,step",
              "standard error of the mean", "from the spread over prompts"),
    DATA_INT("filter_match/path", "path", "path",
             "0 is the model, then the algorithms, then the untrained model "
             "where it is known"),
    DATA_INT("filter_match/layer", "layer", "layer", "layer l of the model"),
    DATA_TEXT("filter_match/name", "path", "name", "of the path"),
    DATA_TEXT("filter_match/title", "path", "title", "of the path"),
    DATA_INT("filter_match/parameters", "path", "fitted parameters",
             "step sizes, momenta and penalties of an algorithm; trained "
             "weights of the model"),
    DATA_REAL(
        "filter_match/distance", "path,layer",
        "distance of filters at the same step",
        "between the model's layer l and step l; NaN where there is none"),
    DATA_REAL("filter_match/standard_error", "path,layer",
              "standard error of the distance", "from the spread over prompts"),
    DATA_REAL("filter_match/best_distance", "path,layer",
              "smallest distance over steps", "over k >= 1"),
    DATA_INT("filter_match/best_step", "path,layer",
             "step of the smallest distance", "over k >= 1; -1: not defined"),
    DATA_REAL("filter_match/overall", "path", "mean distance over layers",
              "at the same step, layers 1 and up"),
    DATA_REAL("filter_match/overall_error", "path",
              "standard error of `overall`", "from the spread over prompts"),
    DATA_INT("filter_match/closest", "layer",
             "path that explains the layer at the same step",
             "the smallest distance, or fewer fitted parameters within its "
             "standard error or 5%; -1: none"),
    DATA_INT("filter_match/closest_at_any_step", "layer",
             "path that explains the layer at its best step",
             "by the same rule"),
    DATA_REAL("filter_match/untrained", "path,layer",
              "distance of the untrained model",
              "between layer l of the model before training and step l: how "
              "close a model is that has learned nothing"),
    DATA_REAL("filter_match/between", "path,other", "distance between paths",
              "at the model's depth, or the last step of a path that ends "
              "before: how far algorithms are apart"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  return iclgd_filter_open(
      state, setup, iclgd_probe_prompts(setup, "filter.prompts"),
      iclgd_get_real(setup->settings, "filter.threshold"), err);
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  return iclgd_filter_feed(state, block, err);
}

/* The steps of all paths up to the depth, shared out to the threads. */
typedef struct columns {
  iclgd_filters *f;
  filter_bins bins;
  double *quantiles; /* per path from brief on: (quantile, index, lambda) */
  double *rest;      /* (n_brief) */
  int64_t *diverged; /* (n_brief) */
  size_t width;
  double *scratch; /* (threads, room) */
} columns;

static size_t rows_of(const iclgd_filters *f, size_t p) {
  return (p + 1 < f->n_paths ? f->paths[p + 1].brief : f->n_brief) -
         f->paths[p].brief;
}

static double *quantiles_of(const columns *s, size_t p) {
  return s->quantiles + s->f->paths[p].brief * s->bins.count * ICLGD_QUANTILES;
}

static void measure_column(void *context, size_t column, size_t thread) {
  columns *s = context;
  const iclgd_filters *f = s->f;
  size_t p = 0;
  while (p + 1 < f->n_paths && column >= f->paths[p + 1].brief) ++p;
  const double *z = f->z + column * f->limit * f->setup->d;
  double *scratch = s->scratch + thread * s->width;
  const size_t k = column - f->paths[p].brief;
  s->diverged[column] = (int64_t)iclgd_filter_quantiles(
      f, &s->bins, z, rows_of(f, p) * s->bins.count,
      quantiles_of(s, p) + k * s->bins.count, scratch);
  s->rest[column] = iclgd_filter_rest(f, &s->bins, z, scratch);
}

static iclgd_status measure_columns(columns *s, iclgd_error *err) {
  iclgd_filters *f = s->f;
  const size_t pairs = f->offered * f->setup->d;
  iclgd_arena *arena = f->setup->arena;
  TRY(iclgd_filter_bin(f, iclgd_get_size(f->setup->settings, "filter.bins"),
                       &s->bins, err));
  s->width = pairs > 3 * f->limit ? pairs : 3 * f->limit;
  s->quantiles =
      iclgd_arena_reals(arena, ICLGD_QUANTILES, f->n_brief, s->bins.count);
  s->rest = iclgd_arena_reals(arena, f->n_brief, 1, 1);
  s->diverged = iclgd_arena_take(arena, f->n_brief, sizeof *s->diverged);
  s->scratch =
      iclgd_arena_reals(arena, iclgd_pool_threads(f->setup->pool), s->width, 1);
  if (iclgd_arena_status(arena, err, "filter")) return ICLGD_ENOMEM;
  iclgd_pool_for(f->setup->pool, f->n_brief, measure_column, s);
  return ICLGD_OK;
}

static void write_path(const columns *s, size_t p, iclgd_record *record,
                       iclgd_error *err) {
  const iclgd_filters *f = s->f;
  const filter_path *path = &f->paths[p];
  const size_t rows = rows_of(f, p), levels = ICLGD_QUANTILES;
  const size_t edges = s->bins.count + 1;
  const size_t extents[] = {ICLGD_QUANTILES, rows, s->bins.count};
  const double *quantiles = quantiles_of(s, p);
  const double *median = quantiles + ICLGD_QUANTILES / 2 * rows * s->bins.count;
  const iclgd_member members[] = {
      {"lambda", &s->bins.count, s->bins.lambda},
      {"edge", &edges, s->bins.edge},
      {"median", extents + 1, median},
      {"quantile", &levels, iclgd_quantile_levels},
      {"quantiles", extents, quantiles},
      {"not_a_filter", &rows, s->rest + path->brief},
      {"diverged", &rows, s->diverged + path->brief},
  };
  char group[64];
  snprintf(group, sizeof group, "filter/%s", path->name);
  iclgd_record_put_axis(record, group, "index", 0, rows, err);
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  iclgd_record_attr_text(record, group, "label", path->title, err);
}

/* What was looked at, and what was left out. */
static void write_counts(const iclgd_filters *f, iclgd_record *record,
                         iclgd_error *err) {
  static const char *const names[] = {"pairs_kept", "pairs_small",
                                      "pairs_null"};
  int64_t count[3] = {0};
  for (size_t i = 0; i < f->offered * f->setup->d; ++i) ++count[f->fate[i]];
  iclgd_record_attr_int(record, "filter", "prompts", (int64_t)f->offered, err);
  iclgd_record_attr_real(record, "filter", "threshold", f->threshold, err);
  for (size_t i = 0; i < 3; ++i)
    iclgd_record_attr_int(record, "filter", names[i], count[i], err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  columns s = {.f = state};
  TRY(measure_columns(&s, err));
  for (size_t p = 0; p < s.f->n_paths; ++p) write_path(&s, p, record, err);
  write_counts(s.f, record, err);
  return iclgd_filter_write_match(s.f, s.diverged, s.bins.n_kept, record, err);
}

const iclgd_probe iclgd_probe_filter = {
    .name = "filter",
    .question = "which function of the eigenvalues of S does each layer apply?",
    .needs = ICLGD_NEEDS_WEIGHTS,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_filter,
    .state_size = sizeof(iclgd_filters),
    .begin = begin,
    .feed = feed,
    .finish = finish,
};
