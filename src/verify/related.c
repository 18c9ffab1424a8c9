/* Related work: what no prediction sees, and alignment by it (Imfeld et al.
 * 2023); how shortcuts keep tokens apart (Tang et al. 2021). */
#include <iclgd/architecture.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "verify.h"

/* A model whose every number is away from 0 and 1, and the same in disguise. */
typedef struct disguise {
  iclgd_subject plain;
  double *other; /* shuffled */
  iclgd_aligner *aligner;
} disguise;

static iclgd_status put_on(iclgd_trial *t, disguise *out, iclgd_error *err) {
  TRY(iclgd_trial_start(t, 0, &out->plain, err));
  const size_t size = out->plain.model.size;
  iclgd_stream stream;
  iclgd_stream_seed(&stream, t->options->seed, ICLGD_STREAM_INIT, 1);
  for (size_t i = 0; i < size; ++i)
    out->plain.theta[i] += 0.3 * (double)iclgd_stream_normal(&stream);
  out->other = iclgd_arena_reals(&t->arena, size, 1, 1);
  TRY(iclgd_aligner_create(&out->plain.model, &t->arena, &out->aligner, err));
  memcpy(out->other, out->plain.theta, size * sizeof *out->other);
  iclgd_symmetries_shuffle(out->aligner, t->options->seed, out->other);
  return ICLGD_OK;
}

static double farthest(const double *a, const double *b, size_t size) {
  double most = 0;
  for (size_t i = 0; i < size; ++i) most = fmax(most, fabs(a[i] - b[i]));
  return most;
}

CHECK(fusion_planted) {
  disguise d;
  TRY(put_on(t, &d, err));
  iclgd_balance(d.aligner, d.plain.theta);
  iclgd_balance(d.aligner, d.other);
  iclgd_align(d.aligner, d.plain.theta, d.other);
  *out = iclgd_evidence_near(
      0, farthest(d.plain.theta, d.other, d.plain.model.size), 1e-10);
  return ICLGD_OK;
}

/* Drawn prompts, with a tape of the model. */
static iclgd_status draw(iclgd_trial *t, const iclgd_model *model,
                         iclgd_prompts *prompts, iclgd_tape **tape,
                         iclgd_error *err) {
  const iclgd_prompt_source source = {.dist = &t->dist,
                                      .stream = ICLGD_STREAM_PROBE};
  TRY(iclgd_prompts_create_for(&source, t->prompts, &t->arena, prompts, err));
  iclgd_prompt_source_draw(&source, 0, prompts);
  return iclgd_tape_create(model, prompts->n, &t->arena, tape, err);
}

CHECK(fusion_unseen) {
  disguise d;
  iclgd_prompts prompts;
  iclgd_tape *tape;
  TRY(put_on(t, &d, err));
  const iclgd_model *model = &d.plain.model;
  const size_t rows = iclgd_model_depth(model) + 1;
  TRY(draw(t, model, &prompts, &tape, err));
  double worst = 0, *yhat = iclgd_arena_reals(&t->arena, 2, rows, 1);
  if (!yhat) return iclgd_fail_memory(err, "a claim");
  iclgd_balance(d.aligner, d.other);
  for (size_t i = 0; i < prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&prompts, i);
    iclgd_model_predict(model, d.plain.theta, &p, tape, yhat);
    iclgd_model_predict(model, d.other, &p, tape, yhat + rows);
    for (size_t l = 1; l < rows; ++l)
      worst = fmax(worst,
                   fabs(yhat[rows + l] / yhat[l] - 1) * fmin(1, fabs(yhat[l])));
  }
  *out = iclgd_evidence_near(0, worst, 1e-10);
  return ICLGD_OK;
}

/* --- tokens -------------------------------------------------------------- */

static void clear(const iclgd_model *model, double *theta, const char *name) {
  const iclgd_array *array = iclgd_model_array(model, name);
  for (size_t l = 0; array && l < model->layers; ++l)
    memset(theta + array->offset + l * array->stride, 0,
           iclgd_array_size(array) * sizeof *theta);
}

/* |Z - 1 zbar^T|_F of Z (T, C). */
static double spread_of(const double *Z, size_t T, size_t C) {
  double sum = 0;
  for (size_t j = 0; j < C; ++j) {
    iclgd_moments m = {0};
    for (size_t i = 0; i < T; ++i) iclgd_moments_add(&m, Z[i * C + j]);
    sum += m.squares;
  }
  return sqrt(sum);
}

/* Equal scores: each layer leaves |Z - mean| as it is beside a shortcut, and 0
 * without; relative to what it was at first, the worst. */
CHECK(features_uniform) {
  iclgd_subject s;
  iclgd_prompts prompts;
  iclgd_tape *tape;
  TRY(iclgd_trial_start(t, 0, &s, err));
  clear(&s.model, s.theta, "W_Q");
  TRY(draw(t, &s.model, &prompts, &tape, err));
  const size_t T = prompts.n + 1, C = iclgd_model_token_width(&s.model);
  const double r = s.model.transformer.residual;
  out->expected = NAN;
  for (size_t i = 0; i < prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&prompts, i);
    const double *Z = iclgd_model_tokens(&s.model, s.theta, &p, tape);
    const double first = spread_of(Z, T, C);
    for (size_t l = 1; l <= iclgd_model_depth(&s.model); ++l)
      iclgd_evidence_worst(
          out, iclgd_evidence_near(
                   r > 0, spread_of(Z + l * T * C, T, C) / first, 1e-10));
  }
  return ICLGD_OK;
}

static double range_of(const double *Z, size_t T, size_t C, size_t j) {
  double low = INFINITY, high = -INFINITY;
  for (size_t i = 0; i < T; ++i) {
    low = fmin(low, Z[i * C + j]);
    high = fmax(high, Z[i * C + j]);
  }
  return high - low;
}

/* Values that are the states, and an output that leaves them. */
static void pass_values(const iclgd_model *model, double *theta) {
  const size_t C = model->transformer.width;
  static const char *const names[] = {"W_V", "W_O"};
  for (size_t k = 0; k < 2; ++k) {
    const iclgd_array *array = iclgd_model_array(model, names[k]);
    clear(model, theta, names[k]);
    for (size_t l = 0; l < model->layers; ++l)
      for (size_t i = 0; i < C; ++i)
        theta[array->offset + l * array->stride + i * (C + 1)] = 1;
  }
}

/* The range of a coordinate over that before the layer; 0 where that has shrunk
 * to what rounding makes of equal tokens. */
static double shrinkage(const double *before, const double *after, size_t T,
                        size_t C, size_t j) {
  double largest = 0;
  for (size_t t = 0; t < T; ++t)
    largest = fmax(largest, fabs(before[t * C + j]));
  const double range = range_of(before, T, C, j);
  return range > 1e-3 * largest ? range_of(after, T, C, j) / range : 0;
}

/* Its largest. */
CHECK(features_range) {
  iclgd_subject s;
  iclgd_prompts prompts;
  iclgd_tape *tape;
  double most = 0;
  TRY(iclgd_trial_start(t, 0, &s, err));
  pass_values(&s.model, s.theta);
  TRY(draw(t, &s.model, &prompts, &tape, err));
  const size_t T = prompts.n + 1, C = iclgd_model_token_width(&s.model);
  for (size_t i = 0; i < prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&prompts, i);
    const double *Z = iclgd_model_tokens(&s.model, s.theta, &p, tape);
    for (size_t l = 1; l <= iclgd_model_depth(&s.model); ++l)
      for (size_t j = 0; j < C; ++j)
        most =
            fmax(most, shrinkage(Z + (l - 1) * T * C, Z + l * T * C, T, C, j));
  }
  *out = iclgd_evidence_near(1, most, 1e-12);
  return ICLGD_OK;
}
