/* Which step of which algorithm does each layer match, and how closely?
 *
 * For the model's layer l and step k of an algorithm, over prompts:
 *   prediction_difference  mean |yhat_l - yhat_k|      von Oswald et al. 2023
 *   spd                    mean (yhat_l - yhat_k)^2    Akyurek et al. 2023
 *   sensitivity_cosine     mean cos(w_l, w_k)          von Oswald et al. 2023
 *   ilwd                   mean |w_l - w_k|^2          Akyurek et al. 2023
 *   sime                   mean cos(e_l, e_k)          Fu et al. 2023
 * with w the gradient of the prediction in x_query and e = y - X w the
 * residuals on the context. A zero vector gives NaN, which is counted and left
 * out. Quantiles come from the first `probe.quantile_prompts` prompts. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "alignment_tiles.h"

static const struct {
  const char *name;
  bool distance; /* the best match is the smallest, else the largest */
} metrics[METRICS] = {
    {"prediction_difference", true},
    {"spd", true},
    {"sensitivity_cosine", false},
    {"ilwd", true},
    {"sime", false},
};

enum { CHOSEN_BY = 0 }; /* the metric behind best_step */

static const iclgd_key keys[] = {
    {"probe.quantile_prompts", ICLGD_KEY_INT, "1000", NULL, 1, 1e6, "",
     "prompts behind the quantiles of the alignment metrics", false},
};
static const iclgd_key_set key_set = {keys, sizeof keys / sizeof *keys};

static const iclgd_group groups[] = {
    {"alignment/<who>/<metric>", "NXdata", "mean", "layer,step", "",
     "alignment of layers with steps",
     "one metric between the model's layers and the steps of one algorithm"},
    {"alignment/<who>/best_match", "NXdata", "best_step", "layer", "",
     "step that matches each layer best",
     "over steps k >= 1; the attribute `metric` says by which metric best_step "
     "was chosen, the other datasets give the choice by each metric"},
};

static const iclgd_dataset datasets[] = {
    {"alignment/<who>/<metric>/layer", ICLGD_I64, "layer", "1", "layer",
     "layer l of the model, 0 is the zero predictor"},
    {"alignment/<who>/<metric>/step", ICLGD_I64, "step", "1", "step",
     "step k of the algorithm, 0 is the zero predictor"},
    {"alignment/<who>/<metric>/mean", ICLGD_F64, "layer,step", "1",
     "mean over prompts", "the metric's mean over prompts"},
    {"alignment/<who>/<metric>/standard_error", ICLGD_F64, "layer,step", "1",
     "standard error of the mean", "from the spread over prompts"},
    {"alignment/<who>/<metric>/excluded", ICLGD_I64, "layer,step", "1",
     "prompts left out", "prompts where the metric is not defined (NaN)"},
    {"alignment/<who>/<metric>/quantile", ICLGD_F64, "quantile", "1",
     "quantile level", "the levels of `quantiles`"},
    {"alignment/<who>/<metric>/quantiles", ICLGD_F64, "quantile,layer,step",
     "1", "quantiles over prompts", "the metric's quantiles over prompts"},
    {"alignment/<who>/best_match/layer", ICLGD_I64, "layer", "1", "layer",
     "layer l of the model"},
    {"alignment/<who>/best_match/best_step", ICLGD_I64, "layer", "1",
     "best-matching step",
     "the step that matches best by the metric named in the attribute "
     "`metric`; -1 where the metric is not defined"},
    {"alignment/<who>/best_match/<metric>", ICLGD_I64, "layer", "1",
     "best-matching step by this metric",
     "argmin of a distance, argmax of a cosine, over k >= 1; -1: undefined"},
};

static const iclgd_schema schema = {groups, sizeof groups / sizeof *groups,
                                    datasets,
                                    sizeof datasets / sizeof *datasets};

static iclgd_status begin(const iclgd_probe_setup *setup, void **state,
                          iclgd_error *err) {
  const size_t wanted =
      iclgd_get_size(setup->settings, "probe.quantile_prompts");
  iclgd_alignment *a = calloc(1, sizeof *a);
  if (!a) return iclgd_fail_memory(err, "alignment");
  const iclgd_status status = iclgd_alignment_open(
      a, setup, wanted < setup->prompts ? wanted : setup->prompts, err);
  if (status) {
    iclgd_arena_free(&a->arena);
    free(a);
    return status;
  }
  *state = a;
  return ICLGD_OK;
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  return iclgd_alignment_feed(state, block, err);
}

/* Arrays of one metric, ready to be written. */
typedef struct sheet {
  double *mean, *standard_error, *quantiles;
  double *scratch; /* (threads, n_samples) */
  int64_t *excluded, *index;
} sheet;

static void fill_sheet(const iclgd_alignment *a, size_t p, size_t m,
                       sheet *out) {
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

/* Write dataset `leaf` of a group. */
static iclgd_status put(iclgd_record *record, const char *group,
                        const char *leaf, const size_t *extents,
                        const void *data, iclgd_error *err) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  return iclgd_record_write(record, path, extents, data, err);
}

static iclgd_status write_metric(const iclgd_alignment *a, size_t p, size_t m,
                                 sheet *s, iclgd_record *record,
                                 iclgd_error *err) {
  const size_t rows = a->setup->depth + 1,
               columns = a->setup->paths[p].steps + 1;
  const size_t pair[] = {rows, columns}, levels[] = {ICLGD_QUANTILES};
  const size_t triple[] = {ICLGD_QUANTILES, rows, columns};
  char group[128];
  snprintf(group, sizeof group, "alignment/%s/%s", a->setup->paths[p].name,
           metrics[m].name);
  fill_sheet(a, p, m, s);
  iclgd_status status = put(record, group, "layer", &rows, s->index, err);
  if (!status) status = put(record, group, "step", &columns, s->index, err);
  if (!status) status = put(record, group, "mean", pair, s->mean, err);
  if (!status)
    status = put(record, group, "standard_error", pair, s->standard_error, err);
  if (!status) status = put(record, group, "excluded", pair, s->excluded, err);
  if (!status)
    status = put(record, group, "quantile", levels, iclgd_quantile_levels, err);
  if (!status)
    status = put(record, group, "quantiles", triple, s->quantiles, err);
  if (!status)
    status = iclgd_record_attr_int(record, group, "quantile_prompts",
                                   (int64_t)a->n_samples, err);
  return status;
}

/* The best step >= 1 of each layer by metric m. */
static void best_steps(const iclgd_alignment *a, size_t p, size_t m,
                       int64_t *best) {
  const size_t columns = a->setup->paths[p].steps + 1;
  for (size_t l = 0; l <= a->setup->depth; ++l) {
    double best_value = 0;
    best[l] = -1;
    for (size_t k = 1; k < columns; ++k) {
      const iclgd_moments moments = iclgd_alignment_moments(a, p, m, l, k);
      double value = iclgd_moments_mean(&moments);
      if (metrics[m].distance) value = -value;
      if (isnan(value) || (best[l] >= 0 && value <= best_value)) continue;
      best[l] = (int64_t)k;
      best_value = value;
    }
  }
}

static iclgd_status write_best_match(const iclgd_alignment *a, size_t p,
                                     sheet *s, iclgd_record *record,
                                     iclgd_error *err) {
  const size_t rows = a->setup->depth + 1;
  char group[128];
  snprintf(group, sizeof group, "alignment/%s/best_match",
           a->setup->paths[p].name);
  iclgd_status status = put(record, group, "layer", &rows, s->index, err);
  best_steps(a, p, CHOSEN_BY, s->excluded);
  if (!status)
    status = put(record, group, "best_step", &rows, s->excluded, err);
  if (!status)
    status = iclgd_record_attr_text(record, group, "metric",
                                    metrics[CHOSEN_BY].name, err);
  for (size_t m = 0; !status && m < METRICS; ++m) {
    best_steps(a, p, m, s->excluded);
    status = put(record, group, metrics[m].name, &rows, s->excluded, err);
  }
  return status;
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  iclgd_alignment *a = state;
  size_t longest = a->setup->depth;
  for (size_t p = 1; p < a->setup->n_paths; ++p)
    if (a->setup->paths[p].steps > longest) longest = a->setup->paths[p].steps;
  const size_t count = (a->setup->depth + 1) * (longest + 1);
  sheet s = {
      .mean = iclgd_arena_reals(&a->arena, count, 1, 1),
      .standard_error = iclgd_arena_reals(&a->arena, count, 1, 1),
      .quantiles = iclgd_arena_reals(&a->arena, count, ICLGD_QUANTILES, 1),
      .scratch = iclgd_arena_reals(
          &a->arena, iclgd_pool_threads(a->setup->pool), a->n_samples, 1),
      .excluded = iclgd_arena_take(&a->arena, count, sizeof *s.excluded),
      .index = iclgd_arena_take(&a->arena, longest + 1, sizeof *s.index),
  };
  if (!s.mean || !s.standard_error || !s.quantiles || !s.scratch ||
      !s.excluded || !s.index)
    return iclgd_fail_memory(err, "alignment");
  for (size_t i = 0; i <= longest; ++i) s.index[i] = (int64_t)i;
  iclgd_status status = ICLGD_OK;
  for (size_t p = 1; !status && p < a->setup->n_paths; ++p) {
    for (size_t m = 0; !status && m < METRICS; ++m)
      status = write_metric(a, p, m, &s, record, err);
    if (!status) status = write_best_match(a, p, &s, record, err);
  }
  return status;
}

static void end(void *state) {
  iclgd_alignment *a = state;
  iclgd_arena_free(&a->arena);
  free(a);
}

const iclgd_probe iclgd_probe_alignment = {
    .name = "alignment",
    .question = "which step of which algorithm does each layer match?",
    .keys = &key_set,
    .schema = &schema,
    .begin = begin,
    .feed = feed,
    .finish = finish,
    .end = end,
};
