/* Best-matching steps with bootstrap intervals. In each resample as many
 * prompts are drawn with replacement from the n of the sample; how far their
 * means are from the sample's, less by sqrt(n / N), is how far those of all N
 * prompts are from the truth: the means of all, moved by that, have a best step
 * of their own. */
#include "probes/alignment/bootstrap.h"
#include <iclgd/comparisons.h>

#include <math.h>
#include <string.h>

void iclgd_match_create(const iclgd_alignment *a, iclgd_match *out) {
  const size_t rows = a->setup->depth + 1;
  iclgd_arena *arena = a->setup->arena;
  *out = (iclgd_match){
      .best = iclgd_arena_take(arena, rows, sizeof *out->best),
      .best_low = iclgd_arena_take(arena, rows, sizeof *out->best),
      .best_high = iclgd_arena_take(arena, rows, sizeof *out->best),
      .value = iclgd_arena_reals(arena, rows, 1, 1),
      .value_low = iclgd_arena_reals(arena, rows, 1, 1),
      .value_high = iclgd_arena_reals(arena, rows, 1, 1)};
}

/* The best k >= 1 of means (steps + 1), or -1 where none is defined. */
static int64_t best_of(const double *means, size_t steps, bool distance) {
  int64_t best = -1;
  for (size_t k = 1; k <= steps; ++k) {
    if (isnan(means[k])) continue;
    if (best < 0 ||
        (distance ? means[k] < means[best] : means[k] > means[best]))
      best = (int64_t)k;
  }
  return best;
}

static void means_of_layer(const iclgd_alignment *a, size_t p, size_t m,
                           size_t l, double *means) {
  for (size_t k = 0; k <= a->setup->paths[p].steps; ++k) {
    const iclgd_moments moments = iclgd_alignment_moments(a, p, m, l, k);
    means[k] = iclgd_moments_mean(&moments);
  }
}

void iclgd_match_best(const iclgd_alignment *a, size_t p, size_t m,
                      double *means, int64_t *best) {
  for (size_t l = 0; l <= a->setup->depth; ++l) {
    means_of_layer(a, p, m, l, means);
    best[l] =
        best_of(means, a->setup->paths[p].steps, iclgd_metrics[m].distance);
  }
}

/* Least-squares slope of best over layers 1..depth; NaN below two layers and
 * where a layer has no best step. */
static double slope_of(const int64_t *best, size_t depth) {
  double sum = 0, product = 0, squares = 0;
  const double middle = ((double)depth + 1) / 2;
  if (depth < 2) return NAN;
  for (size_t l = 1; l <= depth; ++l) {
    if (best[l] < 0) return NAN;
    sum += (double)best[l];
  }
  for (size_t l = 1; l <= depth; ++l) {
    const double off = (double)l - middle;
    product += off * ((double)best[l] - sum / (double)depth);
    squares += off * off;
  }
  return product / squares;
}

/* One path: what the layers' threads share. */
typedef struct search {
  const iclgd_alignment *a;
  size_t p, m, resamples;
  bool distance;
  const double *counts; /* (resamples, n_samples) */
  iclgd_match *out;
  double *sums, *drawn; /* (threads, resamples + 1, steps + 1) */
  double *values;       /* (threads, 2, steps + 1) */
  int64_t *best;        /* (layer, resamples) */
  double *at_best;      /* (layer, resamples) */
} search;

/* sums (resamples + 1, steps + 1) of the drawn values that are defined; in the
 * last row every prompt counts once. */
static void add_up(const search *s, size_t l, double *values,
                   double *restrict sums, double *restrict drawn) {
  const size_t columns = s->a->setup->paths[s->p].steps + 1;
  memset(sums, 0, (s->resamples + 1) * columns * sizeof *sums);
  memset(drawn, 0, (s->resamples + 1) * columns * sizeof *drawn);
  for (size_t i = 0; i < s->a->n_samples; ++i) {
    iclgd_alignment_sample(s->a, s->p, s->m, l, i, values);
    for (size_t r = 0; r <= s->resamples; ++r) {
      const double count =
          r < s->resamples ? s->counts[r * s->a->n_samples + i] : 1;
      if (count == 0) continue;
      for (size_t k = 0; k < columns; ++k) {
        const bool defined = values[k] == values[k];
        sums[r * columns + k] += defined ? count * values[k] : 0;
        drawn[r * columns + k] += defined ? count : 0;
      }
    }
  }
}

static void search_layer(void *context, size_t l, size_t thread) {
  const search *s = context;
  const size_t steps = s->a->setup->paths[s->p].steps, columns = steps + 1;
  const size_t all = s->a->fed[BELOW] + s->a->fed[ABOVE];
  const double shrink = sqrt((double)s->a->n_samples / (double)all);
  double *means = s->values + thread * 2 * columns, *moved = means + columns;
  double *sums = s->sums + thread * (s->resamples + 1) * columns;
  double *drawn = s->drawn + thread * (s->resamples + 1) * columns;
  means_of_layer(s->a, s->p, s->m, l, means);
  const int64_t best = best_of(means, steps, s->distance);
  s->out->best[l] = best;
  s->out->value[l] = best > 0 ? means[best] : NAN;
  add_up(s, l, moved, sums, drawn);
  for (size_t i = 0; i < (s->resamples + 1) * columns; ++i) sums[i] /= drawn[i];
  const double *sample = sums + s->resamples * columns;
  for (size_t r = 0; r < s->resamples; ++r) {
    for (size_t k = 0; k < columns; ++k)
      moved[k] = means[k] + shrink * (sums[r * columns + k] - sample[k]);
    s->best[l * s->resamples + r] = best_of(moved, steps, s->distance);
    s->at_best[l * s->resamples + r] = best > 0 ? moved[best] : NAN;
  }
}

static void set_intervals(const search *s, int64_t *best, double *scratch) {
  const size_t depth = s->a->setup->depth, R = s->resamples;
  double low, high;
  for (size_t l = 0; l <= depth; ++l) {
    for (size_t r = 0; r < R; ++r) scratch[r] = (double)s->best[l * R + r];
    iclgd_bootstrap_interval(scratch, R, &low, &high);
    s->out->best_low[l] = isnan(low) ? -1 : (int64_t)low;
    s->out->best_high[l] = isnan(high) ? -1 : (int64_t)high;
    iclgd_bootstrap_interval(s->at_best + l * R, R, &s->out->value_low[l],
                             &s->out->value_high[l]);
  }
  for (size_t r = 0; r < R; ++r) {
    for (size_t l = 0; l <= depth; ++l) best[l] = s->best[l * R + r];
    scratch[r] = slope_of(best, depth);
  }
  s->out->slope = slope_of(s->out->best, depth);
  iclgd_bootstrap_interval(scratch, R, &s->out->slope_low, &s->out->slope_high);
}

iclgd_status iclgd_match_find(const iclgd_alignment *a, size_t p, size_t m,
                              const double *counts, size_t resamples,
                              iclgd_match *out, iclgd_error *err) {
  const size_t columns = a->setup->paths[p].steps + 1;
  const size_t rows = a->setup->depth + 1;
  const size_t threads = iclgd_pool_threads(a->setup->pool);
  iclgd_arena arena = {0};
  search s = {
      .a = a,
      .p = p,
      .m = m,
      .resamples = resamples,
      .distance = iclgd_metrics[m].distance,
      .counts = counts,
      .out = out,
      .sums = iclgd_arena_reals(&arena, threads, resamples + 1, columns),
      .drawn = iclgd_arena_reals(&arena, threads, resamples + 1, columns),
      .values = iclgd_arena_reals(&arena, threads, 2, columns),
      .best = iclgd_arena_take(&arena, rows * resamples, sizeof *s.best),
      .at_best = iclgd_arena_reals(&arena, rows, resamples, 1)};
  int64_t *best = iclgd_arena_take(&arena, rows, sizeof *best);
  double *scratch = iclgd_arena_reals(&arena, resamples, 1, 1);
  const iclgd_status status = iclgd_arena_status(&arena, err, "alignment");
  if (!status) {
    iclgd_pool_for(a->setup->pool, rows, search_layer, &s);
    set_intervals(&s, best, scratch);
  }
  iclgd_arena_free(&arena);
  return status;
}
