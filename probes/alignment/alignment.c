/* Which step of which algorithm does each layer match, and how closely?
 *
 * For the model's layer l and step k of an algorithm, over prompts:
 *   prediction_difference  mean |yhat_l - yhat_k|      von Oswald et al. 2023
 *   spd                    mean (yhat_l - yhat_k)^2    Akyurek et al. 2023
 *   sensitivity_cosine     mean cos(w_l, w_k)          von Oswald et al. 2023;
 *                          where predictions are linear in the query it is
 *                          SimW of Fu et al. 2023, too
 *   sensitivity_difference mean |w_l - w_k|            von Oswald et al. 2023
 *   ilwd                   mean |w_l - w_k|^2          Akyurek et al. 2023
 *   sime                   mean cos(e_l, e_k)          Fu et al. 2023
 * with w the gradient of the prediction in x_query and e = y - X w the
 * residuals on the context. A zero vector, or residuals that are rounding
 * (below 2^-44 of the largest label), gives NaN, which is counted and left out.
 * Quantiles come from the first `probe.quantile_prompts` prompts. */
#include <math.h>
#include <stdio.h>

#include "probes/alignment/bootstrap.h"
#include "probes/views.h"

enum { CHOSEN_BY = 0 }; /* the metric behind best_step */

static const iclgd_key keys[] = {
    KEY_INT("probe.quantile_prompts", "1000", 1, 1e6,
            "prompts behind the quantiles of the alignment metrics"),
    KEY_INT("alignment.resamples", "100", 2, 1e5,
            "bootstrap resamples behind the intervals of best-matching steps"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT(
        "alignment/<who>/<metric>", "mean", "layer,step",
        "alignment of layers with steps",
        "one metric between the model's layers and the steps of one algorithm"),
    GROUP_PLOT("alignment/<who>/best_match", "best_step", "layer",
               "step that matches each layer best",
               "over steps k >= 1; the attribute `metric` says by which metric "
               "best_step was chosen, the datasets named like metrics give the "
               "choice by each; intervals are 95% of bootstrap resamples of "
               "the first `bootstrap_prompts` prompts (an attribute), narrowed "
               "to the number of all; the attribute `slope` is that of "
               "best_step over layers, with its interval"),
    GROUP_PLOT("alignment/<who>/by_overshoot", "prediction_difference_below",
               "layer,step",
               "alignment by the largest eigenvalue of the prompt",
               "apart for prompts with eta lambda_max(S) below and above 2, "
               "eta the step size of gd: above it its steps overshoot"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("alignment/<who>/<metric>/layer", "layer", "layer",
             "layer l of the model, 0 is the zero predictor"),
    DATA_INT("alignment/<who>/<metric>/step", "step", "step",
             "step k of the algorithm, 0 is the zero predictor"),
    DATA_REAL("alignment/<who>/<metric>/mean", "layer,step",
              "mean over prompts", "the metric's mean over prompts"),
    DATA_REAL("alignment/<who>/<metric>/standard_error", "layer,step",
              "standard error of the mean", "from the spread over prompts"),
    DATA_INT("alignment/<who>/<metric>/excluded", "layer,step",
             "prompts left out",
             "prompts where the metric is not defined (NaN)"),
    DATA_REAL("alignment/<who>/<metric>/quantile", "quantile", "quantile level",
              "the levels of `quantiles`"),
    DATA_REAL("alignment/<who>/<metric>/quantiles", "quantile,layer,step",
              "quantiles over prompts", "the metric's quantiles over prompts"),
    DATA_INT("alignment/<who>/best_match/layer", "layer", "layer",
             "layer l of the model"),
    DATA_INT("alignment/<who>/best_match/best_step", "layer",
             "best-matching step",
             "the step >= 1 that matches best by the metric named in the "
             "attribute `metric`; -1 where the metric is not defined"),
    DATA_INT("alignment/<who>/best_match/best_step_low", "layer",
             "lower end of best_step", "2.5% of the bootstrap; -1: undefined"),
    DATA_INT("alignment/<who>/best_match/best_step_high", "layer",
             "upper end of best_step", "97.5% of the bootstrap; -1: undefined"),
    DATA_REAL("alignment/<who>/best_match/value", "layer",
              "metric at best_step", "mean over prompts at the best step"),
    DATA_REAL("alignment/<who>/best_match/value_low", "layer",
              "lower end of value", "2.5% of the bootstrap"),
    DATA_REAL("alignment/<who>/best_match/value_high", "layer",
              "upper end of value", "97.5% of the bootstrap"),
    DATA_INT("alignment/<who>/by_overshoot/layer", "layer", "layer",
             "layer l of the model"),
    DATA_INT("alignment/<who>/by_overshoot/step", "step", "step",
             "step k of the algorithm"),
    DATA_REAL("alignment/<who>/by_overshoot/prediction_difference_below",
              "layer,step", "prediction difference, eta lambda_max < 2",
              "mean over the prompts below"),
    DATA_REAL("alignment/<who>/by_overshoot/prediction_difference_above",
              "layer,step", "prediction difference, eta lambda_max > 2",
              "mean over the prompts above; NaN: there are none"),
    DATA_REAL("alignment/<who>/by_overshoot/sensitivity_cosine_below",
              "layer,step", "sensitivity cosine, eta lambda_max < 2",
              "mean over the prompts below"),
    DATA_REAL("alignment/<who>/by_overshoot/sensitivity_cosine_above",
              "layer,step", "sensitivity cosine, eta lambda_max > 2",
              "mean over the prompts above; NaN: there are none"),
    DATA_INT(
        "alignment/<who>/best_match/<metric>", "layer",
        "best-matching step by this metric",
        "argmin of a distance, argmax of a cosine, over k >= 1; -1: undefined"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  return iclgd_alignment_open(
      state, setup, iclgd_probe_prompts(setup, "probe.quantile_prompts"), err);
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  return iclgd_alignment_feed(state, block, err);
}

/* Arrays of one metric, ready to be written. */
typedef struct metric_arrays {
  double *mean, *standard_error, *quantiles;
  double *scratch; /* (threads, n_samples) */
  int64_t *excluded;
  size_t resamples;
  double *counts; /* (resamples, n_samples) */
  iclgd_match match;
} metric_arrays;

static void fill_metric_arrays(const iclgd_alignment *a, size_t p, size_t m,
                               metric_arrays *out) {
  const size_t rows = a->setup->depth + 1, steps = a->setup->paths[p].steps + 1;
  for (size_t i = 0; i < rows * steps; ++i) {
    const iclgd_moments moments =
        iclgd_alignment_moments(a, p, m, i / steps, i % steps);
    out->mean[i] = iclgd_moments_mean(&moments);
    out->standard_error[i] = iclgd_moments_standard_error(&moments);
    out->excluded[i] = (int64_t)moments.excluded;
  }
  iclgd_alignment_quantiles(a, p, m, out->quantiles, out->scratch);
}

static void write_axes(const iclgd_alignment *a, size_t p, const char *group,
                       iclgd_record *record, iclgd_error *err) {
  iclgd_record_put_axis(record, group, "layer", 0, a->setup->depth + 1, err);
  iclgd_record_put_axis(record, group, "step", 0, a->setup->paths[p].steps + 1,
                        err);
}

static iclgd_status write_metric(const iclgd_alignment *a, size_t p, size_t m,
                                 metric_arrays *s, iclgd_record *record,
                                 iclgd_error *err) {
  const size_t rows = a->setup->depth + 1,
               columns = a->setup->paths[p].steps + 1;
  const size_t pair[] = {rows, columns}, levels[] = {ICLGD_QUANTILES};
  const size_t triple[] = {ICLGD_QUANTILES, rows, columns};
  char group[128];
  snprintf(group, sizeof group, "alignment/%s/%s", a->setup->paths[p].name,
           iclgd_metrics[m].name);
  fill_metric_arrays(a, p, m, s);
  write_axes(a, p, group, record, err);
  const iclgd_member members[] = {
      {"mean", pair, s->mean},
      {"standard_error", pair, s->standard_error},
      {"excluded", pair, s->excluded},
      {"quantile", levels, iclgd_quantile_levels},
      {"quantiles", triple, s->quantiles},
  };
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  return iclgd_record_attr_int(record, group, "quantile_prompts",
                               (int64_t)a->n_samples, err);
}

static void write_intervals(const iclgd_match *match, const char *group,
                            size_t rows, size_t prompts, iclgd_record *record,
                            iclgd_error *err) {
  const iclgd_member members[] = {
      {"best_step", &rows, match->best},
      {"best_step_low", &rows, match->best_low},
      {"best_step_high", &rows, match->best_high},
      {"value", &rows, match->value},
      {"value_low", &rows, match->value_low},
      {"value_high", &rows, match->value_high},
  };
  const double slope[] = {match->slope, match->slope_low, match->slope_high};
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  iclgd_record_attr_text(record, group, "metric", iclgd_metrics[CHOSEN_BY].name,
                         err);
  iclgd_record_attr_int(record, group, "bootstrap_prompts", (int64_t)prompts,
                        err);
  if (!isnan(slope[0]))
    iclgd_record_attr_reals(record, group, "slope", slope, 3, err);
}

static iclgd_status write_best_match(iclgd_alignment *a, size_t p,
                                     metric_arrays *s, iclgd_record *record,
                                     iclgd_error *err) {
  const size_t rows = a->setup->depth + 1;
  char group[128];
  snprintf(group, sizeof group, "alignment/%s/best_match",
           a->setup->paths[p].name);
  TRY(iclgd_match_find(a, p, CHOSEN_BY, s->counts, s->resamples, &s->match,
                       err));
  iclgd_record_put_axis(record, group, "layer", 0, rows, err);
  write_intervals(&s->match, group, rows, a->n_samples, record, err);
  for (size_t m = 0; m < METRICS; ++m) {
    iclgd_match_best(a, p, m, s->mean, s->excluded);
    iclgd_record_put(record, group, iclgd_metrics[m].name, &rows, s->excluded,
                     err);
  }
  return iclgd_record_status(record, err);
}

/* Two metrics apart for prompts on which gd's step overshoots and the rest. */
static iclgd_status write_sides(const iclgd_alignment *a, size_t p,
                                metric_arrays *s, iclgd_record *record,
                                iclgd_error *err) {
  static const struct {
    size_t metric;
    const char *leaves[SIDES];
  } split[] = {
      {0, {"prediction_difference_below", "prediction_difference_above"}},
      {2, {"sensitivity_cosine_below", "sensitivity_cosine_above"}}};
  const size_t rows = a->setup->depth + 1,
               columns = a->setup->paths[p].steps + 1;
  const size_t pair[] = {rows, columns};
  char group[128];
  if (isinf(a->threshold)) return ICLGD_OK;
  snprintf(group, sizeof group, "alignment/%s/by_overshoot",
           a->setup->paths[p].name);
  write_axes(a, p, group, record, err);
  for (size_t i = 0; i < 2; ++i)
    for (size_t side = 0; side < SIDES; ++side) {
      for (size_t j = 0; j < rows * columns; ++j) {
        const iclgd_moments moments = iclgd_alignment_side(
            a, side, p, split[i].metric, j / columns, j % columns);
        s->mean[j] = iclgd_moments_mean(&moments);
      }
      iclgd_record_put(record, group, split[i].leaves[side], pair, s->mean,
                       err);
    }
  iclgd_record_attr_int(record, group, "prompts_below", (int64_t)a->fed[BELOW],
                        err);
  return iclgd_record_attr_int(record, group, "prompts_above",
                               (int64_t)a->fed[ABOVE], err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  iclgd_alignment *a = state;
  size_t longest = a->setup->depth;
  for (size_t p = 1; p < a->setup->n_paths; ++p)
    if (a->setup->paths[p].steps > longest) longest = a->setup->paths[p].steps;
  const size_t count = (a->setup->depth + 1) * (longest + 1);
  const size_t resamples =
      iclgd_get_size(a->setup->settings, "alignment.resamples");
  const size_t threads = iclgd_pool_threads(a->setup->pool);
  iclgd_arena *arena = a->setup->arena;
  metric_arrays s = {
      .mean = iclgd_arena_reals(arena, count, 1, 1),
      .standard_error = iclgd_arena_reals(arena, count, 1, 1),
      .quantiles = iclgd_arena_reals(arena, count, ICLGD_QUANTILES, 1),
      .scratch = iclgd_arena_reals(arena, threads, a->n_samples, 1),
      .excluded = iclgd_arena_take(arena, count, sizeof *s.excluded),
      .resamples = resamples,
      .counts = iclgd_arena_reals(arena, resamples, a->n_samples, 1),
  };
  iclgd_match_create(a, &s.match);
  TRY(iclgd_arena_status(arena, err, "alignment"));
  iclgd_bootstrap_draw((uint64_t)iclgd_get_int(a->setup->settings, "seed"),
                       resamples, a->n_samples, s.counts);
  for (size_t p = 1; p < a->setup->n_paths; ++p) {
    for (size_t m = 0; m < METRICS; ++m)
      TRY(write_metric(a, p, m, &s, record, err));
    TRY(write_best_match(a, p, &s, record, err));
    TRY(write_sides(a, p, &s, record, err));
  }
  return ICLGD_OK;
}

const iclgd_probe iclgd_probe_alignment = {
    .name = "alignment",
    .question = "which step of which algorithm does each layer match?",
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_alignment,
    .state_size = sizeof(iclgd_alignment),
    .begin = begin,
    .feed = feed,
    .finish = finish,
};
