/* Numbers measured on drawn prompts, and what they say of a mean.
 *
 * Each prompt has its own place in the output and sums go in order, so no
 * number depends on the threads. The generator is that of training.
 */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "verify.h"

enum { BLOCK = 256, BATCHES = 64, OUTPUTS_MAX = 16 };

typedef struct sampler {
  const iclgd_trial *trial;
  iclgd_stream_id stream;
  const iclgd_measure *measure;
  iclgd_prompts *prompts; /* one per thread */
  double *work;           /* (threads, measure->work + 1) */
  double *values;
} sampler;

static void sample_block(void *context, size_t round, size_t thread) {
  const sampler *s = context;
  const size_t first = round * BLOCK, left = s->trial->prompts - first;
  const size_t count = left < BLOCK ? left : BLOCK;
  iclgd_prompts prompts = iclgd_prompts_part(&s->prompts[thread], 0, count);
  iclgd_prompts_draw(&s->trial->dist, s->stream, first, &prompts);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&prompts, i);
    const iclgd_draw draw = {.trial = s->trial,
                             .prompt = &prompt,
                             .what = s->measure->what,
                             .thread = thread,
                             .work = s->work + thread * (s->measure->work + 1)};
    s->measure->of(&draw, s->values + (first + i) * s->measure->width);
  }
}

void iclgd_draw_gram(const iclgd_draw *draw, double *S, double *b) {
  const iclgd_prompt *p = draw->prompt;
  iclgd_context_gram(S, b, p->x, p->y, p->n, p->d, p->mean_n);
}

iclgd_status iclgd_trial_sample(iclgd_trial *trial, iclgd_stream_id stream,
                                const iclgd_measure *measure, double **values,
                                iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(trial->options->pool);
  const size_t work = measure->work + 1, width = measure->width;
  const iclgd_prompt_source source = {.dist = &trial->dist, .stream = stream};
  sampler s = {
      .trial = trial,
      .stream = stream,
      .measure = measure,
      .prompts = iclgd_arena_take(&trial->arena, threads, sizeof *s.prompts),
      .work = iclgd_arena_reals(&trial->arena, threads, work, 1),
      .values = iclgd_arena_reals(&trial->arena, trial->prompts, width, 1)};
  if (!s.prompts || !s.work || !s.values)
    return iclgd_fail_memory(err, "the sample");
  for (size_t i = 0; i < threads; ++i)
    TRY(iclgd_prompts_create_for(&source, BLOCK, &trial->arena, &s.prompts[i],
                                 err));
  iclgd_pool_for(trial->options->pool, (trial->prompts + BLOCK - 1) / BLOCK,
                 sample_block, &s);
  *values = s.values;
  return ICLGD_OK;
}

iclgd_status iclgd_trial_mean(iclgd_trial *trial, const iclgd_measure *measure,
                              iclgd_estimate *mean, iclgd_error *err) {
  double *values;
  TRY(iclgd_trial_sample(trial, ICLGD_STREAM_PROBE, measure, &values, err));
  *mean = iclgd_estimate_mean(values, trial->prompts, 1);
  return ICLGD_OK;
}

iclgd_estimate iclgd_estimate_mean(const double *values, size_t count,
                                   size_t stride) {
  double mean = 0, squares = 0;
  for (size_t i = 0; i < count; ++i) mean += values[i * stride];
  mean /= (double)count;
  for (size_t i = 0; i < count; ++i) {
    const double off = values[i * stride] - mean;
    squares += off * off;
  }
  return (iclgd_estimate){
      mean, sqrt(squares / ((double)count * (double)(count - 1)))};
}

iclgd_estimate iclgd_estimate_ratio(const double *values, size_t count,
                                    size_t width, size_t a, size_t b) {
  double over = 0, under = 0, squares = 0;
  for (size_t i = 0; i < count; ++i) {
    over += values[i * width + a];
    under += values[i * width + b];
  }
  const double ratio = over / under;
  for (size_t i = 0; i < count; ++i) {
    const double off = values[i * width + a] - ratio * values[i * width + b];
    squares += off * off;
  }
  return (iclgd_estimate){ratio, sqrt(squares) / fabs(under)};
}

iclgd_estimate iclgd_estimate_median(double *values, size_t count) {
  iclgd_sort(values, count);
  const size_t half = count / 2, off = (size_t)(sqrt((double)count) / 2) + 1;
  const double low = values[half > off ? half - off : 0];
  const double high = values[half + off < count ? half + off : count - 1];
  return (iclgd_estimate){values[half], (high - low) / 2};
}

/* sums (BATCHES + 1, width): of each batch, and of all in the last row. */
static void sum_batches(const double *values, size_t count, size_t width,
                        double *sums) {
  for (size_t i = 0; i < count; ++i) {
    double *row = sums + i * BATCHES / count * width;
    for (size_t j = 0; j < width; ++j) row[j] += values[i * width + j];
  }
  double *all = sums + BATCHES * width;
  for (size_t b = 0; b < BATCHES; ++b)
    for (size_t j = 0; j < width; ++j) all[j] += sums[b * width + j];
}

iclgd_status iclgd_jackknife(iclgd_trial *trial, const double *values,
                             size_t width, iclgd_of_means g,
                             const void *context, size_t outputs,
                             iclgd_estimate *out, iclgd_error *err) {
  const size_t count = trial->prompts;
  double *sums = iclgd_arena_reals(&trial->arena, BATCHES + 1, width, 1);
  double *means = iclgd_arena_reals(&trial->arena, width, 1, 1);
  double(*part)[OUTPUTS_MAX] =
      iclgd_arena_take(&trial->arena, BATCHES + 1, sizeof *part);
  if (!sums || !means || !part || outputs > OUTPUTS_MAX)
    return iclgd_fail_memory(err, "the jackknife");
  sum_batches(values, count, width, sums);
  const double *all = sums + BATCHES * width;
  for (size_t b = 0; b <= BATCHES; ++b) {
    const size_t low = (b * count + BATCHES - 1) / BATCHES;
    const size_t high = ((b + 1) * count + BATCHES - 1) / BATCHES;
    const size_t left = b < BATCHES ? count - (high - low) : count;
    for (size_t j = 0; j < width; ++j)
      means[j] =
          (all[j] - (b < BATCHES ? sums[b * width + j] : 0)) / (double)left;
    g(means, context, part[b]);
  }
  for (size_t k = 0; k < outputs; ++k) {
    double mean = 0, squares = 0;
    for (size_t b = 0; b < BATCHES; ++b) mean += part[b][k] / BATCHES;
    for (size_t b = 0; b < BATCHES; ++b)
      squares += (part[b][k] - mean) * (part[b][k] - mean);
    out[k] = (iclgd_estimate){BATCHES * part[BATCHES][k] - (BATCHES - 1) * mean,
                              sqrt((BATCHES - 1.0) / BATCHES * squares)};
  }
  return ICLGD_OK;
}

iclgd_evidence iclgd_extrapolated(double limit, const double values[3]) {
  const double first = 2 * values[1] - values[0];
  const double second = 2 * values[2] - values[1];
  return iclgd_evidence_near(limit, second,
                             fabs(second - first) + iclgd_rounding(limit));
}
