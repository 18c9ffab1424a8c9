/* What is the error after k = 0..n points? (The first figure of Garg et al.
 * 2022; Akyurek et al. 2023; Raventos et al. 2023; Yang et al. 2024.)
 *
 *   error[path, index, k] = mean over prompts of (yhat(x_{k+1}; x_1, y_1, ..,
 *                           x_k, y_k) - target)^2,  x_{n+1} = x_query,
 *
 * for every layer of the model and as many steps of every algorithm, which see
 * the first k points alone. The target is w_star . x_{k+1}, without the label's
 * noise, where w_star is known, else the label. Where Sigma is known, too, and
 * a path's weights predict (yhat = w . x), the risk (w - w_star)^T Sigma (w -
 * w_star) stands for the squared error: its exact mean over x_{k+1}. Algorithms
 * have the hyperparameters that were chosen for whole prompts, and the model
 * was trained on them: what either does with fewer points is extrapolation.
 * Where an algorithm needs more points than there are, its error is NaN.
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

#include "probes/by_context/by_context.h"
#include "probes/by_context/schema.h"
#include "probes/shared/bootstrap.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_INT("by_context.prompts", "300", 2, 100000,
            "prompts on which errors by context length are measured"),
    KEY_INT("by_context.lengths", "101", 2, 100000,
            "context lengths, spread evenly from 0 to n where there are more"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

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
  if (!iclgd_distribution_has_labels(setup->dist))
    return iclgd_fail(err, ICLGD_ERANGE, ICLGD_NO_LABELS);
  iclgd_status status = set_sizes(s, err);
  if (!status)
    status =
        iclgd_losses_prompts(setup, "by_context.prompts", &s->prompts, err);
  if (status) return status;
  const size_t count = s->prompts.count;
  s->counts = iclgd_arena_reals(arena, RESAMPLES, count, 1);
  s->w = iclgd_arena_reals(arena, threads, s->columns, setup->d);
  s->of_model = iclgd_arena_reals(arena, s->lengths, count, layers);
  s->squares = iclgd_arena_reals(arena, threads, count, s->columns);
  s->sums = iclgd_arena_reals(arena, threads, RESAMPLES, s->columns);
  s->values = iclgd_arena_reals(arena, threads, values_size(s), 1);
  for (size_t k = 0; k < REALS; ++k)
    s->out[k] = iclgd_arena_reals(arena, s->columns, s->lengths, 1);
  s->alpha = iclgd_arena_reals(arena, s->columns, s->lengths, 1);
  status = by_context_model_create(s, err);
  if (!status)
    status = iclgd_losses_scratches(setup, setup->model, &s->losses, err);
  if (status) return status;
  return iclgd_path_scratches_create(threads, setup->model, setup->n,
                                     s->rows - 1, arena, &s->path_scratches,
                                     err);
}

/* --- one context length -------------------------------------------------- */

/* squares (columns) of prompt i, all paths. */
static void measure_prompt(const by_context *s, size_t length, size_t i,
                           size_t thread, double *squares) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t layers = setup->depth + 1, k = by_context_length(s, length);
  const iclgd_prompt prompt = iclgd_prompts_at(&s->prompts, i);
  const iclgd_prompt first = iclgd_prompt_first(&prompt, k);
  const double *w = s->w + thread * s->columns * setup->d;
  memcpy(squares, s->of_model + (length * s->prompts.count + i) * layers,
         layers * sizeof *squares);
  squares += layers;
  iclgd_paths_follow_by_context(s->paths + 1, setup->n_paths - 1, &prompt, k,
                                &s->path_scratches[thread],
                                s->w + thread * s->columns * setup->d, squares);
  for (size_t p = 1; p < setup->n_paths; ++p) {
    const size_t rows = s->paths[p].steps + 1;
    by_context_errors(&s->losses[thread], by_context_is_exact(s, &s->paths[p]),
                      &first, w, rows, squares);
    w += rows * setup->d;
    squares += rows;
  }
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
    measure_prompt(s, length, i, thread, squares + i * s->columns);
  resample(s, squares, sums);
  for (size_t c = 0; c < s->columns; ++c)
    judge_column(s, length, c, squares, sums, values);
}

/* An index of the largest k values is right to a share 1 / sqrt(k). Where that
 * leaves doubt the two lengths before and behind take part, unless their errors
 * are only rounding: 1 / alpha, a mean itself, is averaged. Without a point
 * everyone predicts zero, of which those say nothing; the whole context is
 * judged as the losses are. */
static bool is_measurable(const by_context *s, size_t c, size_t length,
                          iclgd_tail_of kind) {
  const double largest = fmax(10, (double)s->prompts.count / 20);
  const double doubt = 1 + 1 / sqrt(largest);
  const double *alpha = s->alpha + c * s->lengths, own = alpha[length];
  double sum = 0, count = 0;
  if (length == 0) return iclgd_tail_is_light(own * doubt, kind);
  if (length + 1 == s->lengths) return iclgd_tail_is_light(own, kind);
  if (iclgd_tail_is_light(own / doubt, kind)) return true;
  if (!iclgd_tail_is_light(own * doubt, kind)) return false;
  for (size_t k = length < 2 ? 0 : length - 2;
       k <= length + 2 && k < s->lengths; ++k) {
    if (!isfinite(alpha[k])) continue;
    sum += 1 / alpha[k];
    ++count;
  }
  return iclgd_tail_is_light(count / sum, kind);
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
              is_measurable(s, first + row, i % width,
                            by_context_is_exact(s, path) ? ICLGD_TAIL_RISK
                                                         : ICLGD_TAIL_SQUARED);
  snprintf(leaf, sizeof leaf, "%.80s_measurable", path->name);
  return iclgd_record_put(record, group, leaf, extents, ints, err);
}

static iclgd_status write_attributes(const by_context *s, iclgd_record *record,
                                     const char **names, iclgd_error *err) {
  static const char group[] = "trajectories_by_context";
  const iclgd_probe_setup *setup = s->setup;
  const bool linear = !setup->dist || iclgd_distribution_is_linear(setup->dist);
  size_t exact = 0;
  for (size_t p = 1; p < setup->n_paths; ++p)
    names[p - 1] = setup->paths[p].name;
  iclgd_record_attr_int(record, group, "prompts", (int64_t)s->prompts.count,
                        err);
  iclgd_record_attr_int(record, group, "depth", (int64_t)setup->depth, err);
  iclgd_record_attr_int(record, group, "d", (int64_t)setup->d, err);
  iclgd_record_attr_int(record, group, "unit", linear ? (int64_t)setup->d : 1,
                        err);
  iclgd_record_attr_int(record, group, "resamples", RESAMPLES, err);
  iclgd_record_attr_text(record, group, "errors_from",
                         s->prompts.w_star ? "w_star . x" : "label", err);
  if (setup->n_paths > 1)
    iclgd_record_attr_texts(record, group, "auxiliary_signals", names,
                            setup->n_paths - 1, err);
  for (size_t p = 0; p < setup->n_paths; ++p)
    if (by_context_is_exact(s, &s->paths[p]))
      names[exact++] = setup->paths[p].name;
  if (exact > 0)
    iclgd_record_attr_texts(record, group, "exact", names, exact, err);
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
  for (size_t i = 0; i < s->lengths; ++i)
    ints[i] = (int64_t)by_context_length(s, i);
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
  by_context_run_model(s);
  iclgd_pool_for(s->setup->pool, s->lengths, measure_length, s);
  return write_all(s, record, err);
}

const iclgd_probe iclgd_probe_by_context = {
    .name = "by_context",
    .question = "what is the error after 0, 1, .., n context points?",
    .needs = ICLGD_NEEDS_CONTEXTS,
    .keys = &key_set,
    .schema = &iclgd_by_context_schema,
    .view = &iclgd_view_by_context,
    .state_size = sizeof(by_context),
    .begin = begin,
    .finish = finish,
};
