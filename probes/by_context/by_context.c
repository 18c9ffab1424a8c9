/* What is the error after k = 0..n points? (The first figure of Garg et al.
 * 2022; Akyurek et al. 2023; Raventos et al. 2023; Yang et al. 2024.)
 *
 *   error[path, index, k] = mean over prompts of (yhat(x_{k+1}; x_1, y_1, ..,
 *                           x_k, y_k) - target)^2,  x_{n+1} = x_query,
 *
 * for every layer of the model and as many steps of every algorithm, which see
 * the first k points alone. The target is w_star . x_{k+1}, without the label's
 * noise, where w_star is known, else the label. Algorithms have the
 * hyperparameters that were chosen for whole prompts, and the model was trained
 * on them: what either does with fewer points is extrapolation. Where an
 * algorithm needs more points than there are, its error is NaN.
 *
 * error / d is Garg's normalisation; it is the share of the zero predictor's
 * error for w ~ N(0, I) and inputs of unit variance only, since that has E
 * y^2 = d there.
 *
 * Intervals are percentiles of the bootstrap over prompts; where rare prompts
 * carry the mean (iclgd/tail.h), neither it nor they can be trusted. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/tail.h>

#include "probes/shared/bootstrap.h"
#include "probes/shared/losses.h"
#include "probes/views.h"

enum { RESAMPLES = 200 };

static const iclgd_key keys[] = {
    KEY_INT("by_context.prompts", "300", 2, 100000,
            "prompts on which errors by context length are measured"),
    KEY_INT("by_context.lengths", "101", 2, 100000,
            "context lengths, spread evenly from 0 to n where there are more"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT("trajectories_by_context", "model", "index,context",
               "error by context length",
               "mean over prompts of the squared error at x_{k+1} after the "
               "first k points alone, k = n at x_query; attributes say on how "
               "many prompts, and `target`, what errors are from. Algorithms "
               "have the hyperparameters chosen for whole prompts. NaN where "
               "there is no such layer, or too few points; a one-shot "
               "algorithm is repeated from index 1 on"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("trajectories_by_context/index", "index", "layer or step",
             "layer of the model and step of the algorithms"),
    DATA_INT("trajectories_by_context/context", "context", "context points",
             "k, how many of the prompt's points are seen"),
    DATA_REAL("trajectories_by_context/<who>", "index,context",
              "squared error, mean over prompts",
              "mean over prompts of (prediction - target)^2"),
    DATA_REAL("trajectories_by_context/<who>_errors", "index,context",
              "standard error", "of the mean over prompts"),
    DATA_REAL("trajectories_by_context/<who>_low", "index,context",
              "lower end of the 95% interval of the mean",
              "2.5th percentile of the bootstrap over prompts"),
    DATA_REAL("trajectories_by_context/<who>_high", "index,context",
              "upper end of the 95% interval of the mean",
              "97.5th percentile of the bootstrap over prompts"),
    DATA_REAL("trajectories_by_context/<who>_per_d", "index,context",
              "squared error / d",
              "the mean divided by d, as Garg et al. 2022 do: 1 is the zero "
              "predictor for w ~ N(0, I) and inputs of unit variance only"),
    DATA_INT(
        "trajectories_by_context/<who>_measurable", "index,context",
        "whether the mean can be trusted",
        "1 where the tail of the prompts' squared errors is light enough "
        "for the mean and its interval, 0 where rare prompts carry the "
        "mean; the rule is Hill's index, include/iclgd/tail.h, in doubt over "
        "five neighbouring lengths"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

/* What is known of a mean, as reals. */
enum { MEAN, ERROR, LOW, HIGH, PER_D, REALS };

typedef struct by_context {
  const iclgd_probe_setup *setup;
  iclgd_prompts prompts;
  iclgd_path *paths; /* (n_paths), no longer than the model's */
  size_t lengths;
  size_t rows, columns;               /* of a path at most; of all together */
  iclgd_path_scratch *path_scratches; /* (threads) */
  double *counts;     /* (RESAMPLES, prompts) of the bootstrap */
  double *at_all;     /* (threads, n + 1, depth + 1) of the model */
  double *of_model;   /* (lengths, prompts, depth + 1) predictions */
  double *squares;    /* (threads, prompts, columns) squared errors */
  double *sums;       /* (threads, RESAMPLES, columns) */
  double *values;     /* (threads, prompts or RESAMPLES) of one column */
  double *out[REALS]; /* (columns, lengths) */
  double *alpha;      /* likewise, Hill's index */
} by_context;

/* The i-th context length. */
static size_t length_at(const by_context *s, size_t i) {
  return i * s->setup->n / (s->lengths - 1);
}

static size_t values_size(const by_context *s) {
  return s->prompts.count > RESAMPLES ? s->prompts.count : RESAMPLES;
}

static iclgd_status set_sizes(by_context *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t wanted = iclgd_get_size(setup->settings, "by_context.lengths");
  s->lengths = wanted < setup->n + 1 ? wanted : setup->n + 1;
  s->paths = iclgd_arena_take(setup->arena, setup->n_paths, sizeof *s->paths);
  if (!s->paths) return iclgd_fail_memory(err, "by_context");
  for (size_t p = 0; p < setup->n_paths; ++p) {
    s->paths[p] = setup->paths[p];
    if (s->paths[p].steps > setup->depth) s->paths[p].steps = setup->depth;
    s->columns += s->paths[p].steps + 1;
  }
  s->rows = setup->depth + 1;
  return ICLGD_OK;
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(setup->pool);
  const size_t layers = setup->depth + 1;
  iclgd_arena *arena = setup->arena;
  by_context *s = state;
  s->setup = setup;
  iclgd_status status = set_sizes(s, err);
  if (!status)
    status =
        iclgd_losses_prompts(setup, "by_context.prompts", &s->prompts, err);
  if (status) return status;
  const size_t count = s->prompts.count;
  s->counts = iclgd_arena_reals(arena, RESAMPLES, count, 1);
  s->at_all = iclgd_arena_reals(arena, threads, setup->n + 1, layers);
  s->of_model = iclgd_arena_reals(arena, s->lengths, count, layers);
  s->squares = iclgd_arena_reals(arena, threads, count, s->columns);
  s->sums = iclgd_arena_reals(arena, threads, RESAMPLES, s->columns);
  s->values = iclgd_arena_reals(arena, threads, values_size(s), 1);
  for (size_t k = 0; k < REALS; ++k)
    s->out[k] = iclgd_arena_reals(arena, s->columns, s->lengths, 1);
  s->alpha = iclgd_arena_reals(arena, s->columns, s->lengths, 1);
  return iclgd_path_scratches_create(threads, setup->model, setup->n,
                                     s->rows - 1, arena, &s->path_scratches,
                                     err);
}

/* What was brought of a model elsewhere, out (n + 1, layers); the whole context
 * is that of its prediction at the query, where it stands nowhere else. */
static void copy_given(const iclgd_given_path *given,
                       const iclgd_prompt *prompt, size_t layers, double *out) {
  for (size_t l = 0; l < layers; ++l) {
    const size_t at = l * given->prompts + prompt->place;
    for (size_t k = 0; k < given->contexts; ++k)
      out[k * layers + l] = given->by_context[at * given->contexts + k];
    if (given->contexts == prompt->n)
      out[prompt->n * layers + l] = given->prediction[at];
  }
}

/* The model on prompt i, at every context length at once. */
static void run_model(void *context, size_t i, size_t thread) {
  const by_context *s = context;
  const iclgd_given_path *given = s->setup->paths[0].given;
  const size_t layers = s->setup->depth + 1;
  const iclgd_prompt prompt = iclgd_prompts_at(&s->prompts, i);
  double *all = s->at_all + thread * (s->setup->n + 1) * layers;
  if (given)
    copy_given(given, &prompt, layers, all);
  else
    iclgd_model_predict_by_context(s->setup->model, s->setup->theta, &prompt,
                                   s->path_scratches[thread].tape, all);
  for (size_t k = 0; k < s->lengths; ++k)
    memcpy(s->of_model + (k * s->prompts.count + i) * layers,
           all + length_at(s, k) * layers, layers * sizeof *all);
}

/* --- one context length -------------------------------------------------- */

/* squares (columns) of prompt i, all paths. */
static void measure_prompt(const by_context *s, size_t length, size_t i,
                           const iclgd_path_scratch *path_scratch,
                           double *squares) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t layers = setup->depth + 1, k = length_at(s, length);
  const iclgd_prompt prompt = iclgd_prompts_at(&s->prompts, i);
  const iclgd_prompt first = iclgd_prompt_first(&prompt, k);
  memcpy(squares, s->of_model + (length * s->prompts.count + i) * layers,
         layers * sizeof *squares);
  iclgd_paths_predict_by_context(s->paths + 1, setup->n_paths - 1, &prompt, k,
                                 path_scratch, squares + layers);
  const double target = prompt.w_star
                            ? iclgd_dot(prompt.w_star, first.x_query, first.d)
                            : first.y_query;
  for (size_t c = 0; c < s->columns; ++c)
    squares[c] = (squares[c] - target) * (squares[c] - target);
}

/* sums (RESAMPLES, columns) over the prompts of each resample. */
static void resample(const by_context *s, const double *squares,
                     double *restrict sums) {
  const size_t count = s->prompts.count, columns = s->columns;
  memset(sums, 0, RESAMPLES * columns * sizeof *sums);
  for (size_t r = 0; r < RESAMPLES; ++r)
    for (size_t i = 0; i < count; ++i) {
      const double times = s->counts[r * count + i];
      if (times == 0) continue;
      for (size_t c = 0; c < columns; ++c)
        sums[r * columns + c] += times * squares[i * columns + c];
    }
}

/* Hill's index of one column. Squared errors below 1e-20 of the zero
 * predictor's are rounding, whose tail says nothing. */
static double tail_of(const by_context *s, const double *squares, size_t c,
                      double zero, double *values) {
  for (size_t i = 0; i < s->prompts.count; ++i) {
    const double value = squares[i * s->columns + c];
    values[i] = value < 1e-20 * zero ? 0 : value;
  }
  return iclgd_tail_index(values, s->prompts.count);
}

static void judge_column(const by_context *s, size_t length, size_t c,
                         const double *squares, const double *sums,
                         double *values) {
  const size_t count = s->prompts.count, at = c * s->lengths + length;
  iclgd_moments moments = {0};
  double *low = &s->out[LOW][at], *high = &s->out[HIGH][at];
  for (size_t i = 0; i < count; ++i)
    iclgd_moments_add(&moments, squares[i * s->columns + c]);
  const bool whole = moments.excluded == 0;
  s->out[MEAN][at] = whole ? iclgd_moments_mean(&moments) : NAN;
  s->out[ERROR][at] = whole ? iclgd_moments_standard_error(&moments) : NAN;
  s->out[PER_D][at] = s->out[MEAN][at] / (double)s->setup->d;
  for (size_t r = 0; r < RESAMPLES; ++r)
    values[r] = sums[r * s->columns + c] / (double)count;
  iclgd_bootstrap_interval(values, RESAMPLES, low, high);
  const double zero = s->out[MEAN][length]; /* column 0: the model's layer 0 */
  s->alpha[at] = tail_of(s, squares, c, zero, values);
}

static void measure_length(void *context, size_t length, size_t thread) {
  const by_context *s = context;
  const size_t count = s->prompts.count;
  double *squares = s->squares + thread * count * s->columns;
  double *sums = s->sums + thread * RESAMPLES * s->columns;
  double *values = s->values + thread * values_size(s);
  for (size_t i = 0; i < count; ++i)
    measure_prompt(s, length, i, &s->path_scratches[thread],
                   squares + i * s->columns);
  resample(s, squares, sums);
  for (size_t c = 0; c < s->columns; ++c)
    judge_column(s, length, c, squares, sums, values);
}

/* An index of the largest k values is right to a share 1 / sqrt(k). Where that
 * leaves doubt the two lengths before and behind take part, unless their errors
 * are only rounding: 1 / alpha, a mean itself, is averaged. */
static bool is_measurable(const by_context *s, size_t c, size_t length) {
  const double largest = fmax(10, (double)s->prompts.count / 20);
  const double doubt = 1 + 1 / sqrt(largest);
  const double *alpha = s->alpha + c * s->lengths, own = alpha[length];
  double sum = 0, count = 0;
  if (iclgd_tail_is_light(own / doubt, ICLGD_TAIL_SQUARED)) return true;
  if (!iclgd_tail_is_light(own * doubt, ICLGD_TAIL_SQUARED)) return false;
  for (size_t k = length < 2 ? 0 : length - 2;
       k <= length + 2 && k < s->lengths; ++k) {
    if (!isfinite(alpha[k])) continue;
    sum += 1 / alpha[k];
    ++count;
  }
  return iclgd_tail_is_light(count / sum, ICLGD_TAIL_SQUARED);
}

/* --- writing ---------------------------------------------------------------
 */

/* Where row `index` of a path stands among its columns; false: nowhere. */
static bool find_row(const iclgd_path *path, size_t index, size_t *out) {
  *out = iclgd_path_is_one_shot(path) && index > 1 ? 1 : index;
  return *out <= path->steps;
}

static iclgd_status write_path(const by_context *s, size_t p, size_t first,
                               double *reals, int64_t *ints,
                               iclgd_record *record, iclgd_error *err) {
  static const char group[] = "trajectories_by_context";
  static const char *const suffixes[REALS] = {"", "_errors", "_low", "_high",
                                              "_per_d"};
  const iclgd_path *path = &s->paths[p];
  const size_t extents[] = {s->rows, s->lengths}, width = s->lengths;
  size_t row;
  char leaf[96];
  for (size_t k = 0; k < REALS; ++k) {
    for (size_t i = 0; i < s->rows * width; ++i)
      reals[i] = find_row(path, i / width, &row)
                     ? s->out[k][(first + row) * width + i % width]
                     : NAN;
    snprintf(leaf, sizeof leaf, "%.80s%s", path->name, suffixes[k]);
    iclgd_record_put(record, group, leaf, extents, reals, err);
  }
  for (size_t i = 0; i < s->rows * width; ++i)
    ints[i] = find_row(path, i / width, &row) &&
              is_measurable(s, first + row, i % width);
  snprintf(leaf, sizeof leaf, "%.80s_measurable", path->name);
  return iclgd_record_put(record, group, leaf, extents, ints, err);
}

static iclgd_status write_attributes(const by_context *s, iclgd_record *record,
                                     const char **names, iclgd_error *err) {
  static const char group[] = "trajectories_by_context";
  const iclgd_probe_setup *setup = s->setup;
  for (size_t p = 1; p < setup->n_paths; ++p)
    names[p - 1] = setup->paths[p].name;
  iclgd_record_attr_int(record, group, "prompts", (int64_t)s->prompts.count,
                        err);
  iclgd_record_attr_int(record, group, "depth", (int64_t)setup->depth, err);
  iclgd_record_attr_int(record, group, "d", (int64_t)setup->d, err);
  iclgd_record_attr_int(record, group, "resamples", RESAMPLES, err);
  iclgd_record_attr_text(record, group, "target",
                         s->prompts.w_star ? "w_star . x" : "label", err);
  if (setup->n_paths > 1)
    iclgd_record_attr_texts(record, group, "auxiliary_signals", names,
                            setup->n_paths - 1, err);
  return iclgd_record_status(record, err);
}

static iclgd_status write_all(const by_context *s, iclgd_record *record,
                              iclgd_error *err) {
  static const char group[] = "trajectories_by_context";
  iclgd_arena *arena = s->setup->arena;
  double *reals = iclgd_arena_reals(arena, s->rows, s->lengths, 1);
  int64_t *ints = iclgd_arena_take(arena, s->rows * s->lengths, sizeof *ints);
  const char **names =
      iclgd_arena_take(arena, s->setup->n_paths, sizeof *names);
  if (iclgd_arena_status(arena, err, "by_context")) return ICLGD_ENOMEM;
  for (size_t i = 0; i < s->lengths; ++i) ints[i] = (int64_t)length_at(s, i);
  iclgd_record_put_axis(record, group, "index", 0, s->rows, err);
  iclgd_record_put(record, group, "context", &s->lengths, ints, err);
  for (size_t p = 0, first = 0; p < s->setup->n_paths; ++p) {
    write_path(s, p, first, reals, ints, record, err);
    first += s->paths[p].steps + 1;
  }
  return write_attributes(s, record, names, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  by_context *s = state;
  iclgd_bootstrap_draw((uint64_t)iclgd_get_int(s->setup->settings, "seed"),
                       RESAMPLES, s->prompts.count, s->counts);
  iclgd_pool_for(s->setup->pool, s->prompts.count, run_model, s);
  iclgd_pool_for(s->setup->pool, s->lengths, measure_length, s);
  return write_all(s, record, err);
}

const iclgd_probe iclgd_probe_by_context = {
    .name = "by_context",
    .question = "what is the error after 0, 1, .., n context points?",
    .needs = ICLGD_NEEDS_CONTEXTS,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_by_context,
    .state_size = sizeof(by_context),
    .begin = begin,
    .finish = finish,
};
