/* Do the model and an algorithm err alike, over all context lengths? (SimE of
 * Fu et al. 2023, arXiv:2310.17086, section 4: similarity of errors.)
 *
 *   e[path, index](prompt) = (yhat(x_{k+1}; x_1, y_1, .., x_k, y_k) -
 *                            y_{k+1}), k = 0..n,  x_{n+1} = x_query,
 *   sime[who, layer, step] = mean over prompts of cos(e[model, layer],
 *                            e[who, step]),
 *   best_step[who, layer]  = the step >= 1 of the largest sime.
 *
 * Algorithms see the first k points alone, with the hyperparameters that were
 * chosen for whole prompts. Of more than LENGTHS context lengths those are
 * taken that are spread evenly. A prompt on which either vector is zero or not
 * finite is left out. The metric sime of `alignment` is another one: residuals
 * on the context of what was learned from all of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/follow.h>

#include "probes/shared/losses.h"
#include "probes/views.h"

enum { LENGTHS = 101, GROUPS = 4, TOGETHER = GROUPS * ICLGD_FOLLOW_MAX };

static const iclgd_key keys[] = {
    KEY_INT("similarity.prompts", "0", 0, 100000,
            "prompts on which errors over context lengths are compared with "
            "those of algorithms; 0: none"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP("similarity", "similarity of errors",
          "the model and each algorithm over all context lengths; SimE of Fu "
          "et al. 2023"),
    GROUP_PLOT("similarity/<who>", "mean", "layer,step",
               "similarity of errors (SimE)",
               "cosine of the vectors of errors at context lengths 0..n; the "
               "attribute `prompts` says on how many"),
};
static const iclgd_dataset datasets[] = {
    DATA_INT("similarity/<who>/layer", "layer", "layer",
             "0 is the zero predictor"),
    DATA_INT("similarity/<who>/step", "step", "step",
             "0 is the zero predictor"),
    DATA_REAL("similarity/<who>/mean", "layer,step", "mean cosine",
              "of the errors of layer and step, over prompts"),
    DATA_REAL("similarity/<who>/standard_error", "layer,step", "standard error",
              "of the mean over prompts"),
    DATA_INT("similarity/<who>/excluded", "layer,step", "prompts left out",
             "on which a vector of errors is zero or not finite"),
    DATA_INT("similarity/<who>/best_step", "layer", "best step",
             "of the largest mean cosine, among steps from 1 on; 0 where there "
             "is none"),
    DATA_REAL("similarity/<who>/best", "layer", "its mean cosine",
              "of that step; NaN where there is none"),
};
static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct similarity {
  const iclgd_probe_setup *setup;
  iclgd_prompts prompts;
  size_t lengths, columns, layers; /* columns: all steps of all algorithms */
  size_t first;                    /* prompt of those that are on */
  iclgd_follower **followers;      /* (threads); NULL: the model is brought */
  iclgd_path_scratch *path_scratches;
  double *model;          /* (threads, ICLGD_FOLLOW_MAX, n + 1, layers) */
  double *errors;         /* (threads, layers + columns, lengths) */
  double *predictions;    /* (threads, columns) at one length */
  double *w;              /* (threads, columns, d) */
  double *cosines;        /* (TOGETHER, layers, columns) */
  iclgd_moments_row mean; /* (layers, columns) */
} similarity;

static size_t length_at(const similarity *s, size_t i) {
  return i * s->setup->n / (s->lengths - 1);
}

static iclgd_status take_memory(similarity *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t threads = iclgd_pool_threads(setup->pool), d = setup->d;
  const size_t cells = s->layers * s->columns;
  iclgd_arena *arena = setup->arena;
  size_t most = 0;
  for (size_t p = 0; p < setup->n_paths; ++p)
    if (setup->paths[p].steps > most) most = setup->paths[p].steps;
  s->model = iclgd_arena_reals(arena, threads * ICLGD_FOLLOW_MAX, setup->n + 1,
                               s->layers);
  s->errors =
      iclgd_arena_reals(arena, threads, s->layers + s->columns, s->lengths);
  s->predictions = iclgd_arena_reals(arena, threads, s->columns, 1);
  s->w = iclgd_arena_reals(arena, threads, s->columns, d);
  s->cosines = iclgd_arena_reals(arena, TOGETHER, cells, 1);
  s->mean = (iclgd_moments_row){iclgd_arena_reals(arena, cells, 1, 1),
                                iclgd_arena_reals(arena, cells, 1, 1),
                                iclgd_arena_reals(arena, cells, 1, 1)};
  if (!setup->paths[0].given)
    s->followers = iclgd_arena_take(arena, threads, sizeof(iclgd_follower *));
  for (size_t t = 0; s->followers && t < threads; ++t)
    TRY(iclgd_follower_create(setup->model, setup->n, true, arena,
                              &s->followers[t], err));
  return iclgd_path_scratches_create(threads, setup->model, setup->n, most,
                                     arena, &s->path_scratches, err);
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  similarity *s = state;
  s->setup = setup;
  if (iclgd_get_size(setup->settings, "similarity.prompts") == 0)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "set similarity.prompts=200 to compare errors over "
                      "context lengths");
  if (!iclgd_distribution_has_labels(setup->dist))
    return iclgd_fail(err, ICLGD_ERANGE, ICLGD_NO_LABELS);
  TRY(iclgd_losses_prompts(setup, "similarity.prompts", &s->prompts, err));
  s->layers = setup->depth + 1;
  s->lengths = setup->n + 1 < LENGTHS ? setup->n + 1 : LENGTHS;
  for (size_t p = 1; p < setup->n_paths; ++p)
    s->columns += setup->paths[p].steps + 1;
  if (s->lengths < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "one context length alone");
  return take_memory(s, err);
}

/* --- one prompt ---------------------------------------------------------- */

/* What was brought, out (n + 1, layers). */
static void copy_given(const similarity *s, const iclgd_prompt *prompt,
                       double *out) {
  const iclgd_given_path *given = s->setup->paths[0].given;
  for (size_t l = 0; l < s->layers; ++l) {
    const size_t at = l * given->prompts + prompt->place;
    for (size_t k = 0; k < given->contexts; ++k)
      out[k * s->layers + l] = given->by_context[at * given->contexts + k];
    if (given->contexts == prompt->n)
      out[prompt->n * s->layers + l] = given->prediction[at];
  }
}

/* errors (layers + columns, lengths) of the model's predictions (n + 1, layers)
 * and of all algorithms. */
static void set_errors(const similarity *s, const iclgd_prompt *prompt,
                       const double *model, size_t thread, double *errors) {
  double *predictions = s->predictions + thread * s->columns;
  for (size_t i = 0; i < s->lengths; ++i) {
    const size_t k = length_at(s, i);
    const double y = iclgd_prompt_first(prompt, k).y_query;
    iclgd_paths_follow_by_context(s->setup->paths + 1, s->setup->n_paths - 1,
                                  prompt, k, &s->path_scratches[thread],
                                  s->w + thread * s->columns * s->setup->d,
                                  predictions);
    for (size_t l = 0; l < s->layers; ++l)
      errors[l * s->lengths + i] = model[k * s->layers + l] - y;
    for (size_t c = 0; c < s->columns; ++c)
      errors[(s->layers + c) * s->lengths + i] = predictions[c] - y;
  }
}

/* NaN where either is zero or not finite. */
static double cosine(const double *a, const double *b, size_t size) {
  const double squares = iclgd_dot(a, a, size) * iclgd_dot(b, b, size);
  return squares > 0 && isfinite(squares)
             ? iclgd_dot(a, b, size) / sqrt(squares)
             : NAN;
}

static void compare(const similarity *s, const double *errors,
                    double *cosines) {
  for (size_t l = 0; l < s->layers; ++l)
    for (size_t c = 0; c < s->columns; ++c)
      cosines[l * s->columns + c] =
          cosine(errors + l * s->lengths, errors + (s->layers + c) * s->lengths,
                 s->lengths);
}

/* A group of neighbouring prompts, from s->first on. */
static void run_group(void *context, size_t group, size_t thread) {
  const similarity *s = context;
  const iclgd_probe_setup *setup = s->setup;
  const size_t at = group * ICLGD_FOLLOW_MAX, first = s->first + at;
  const size_t left = s->prompts.count - first;
  const size_t count = left < ICLGD_FOLLOW_MAX ? left : ICLGD_FOLLOW_MAX;
  const size_t size = (setup->n + 1) * s->layers;
  double *model = s->model + thread * ICLGD_FOLLOW_MAX * size;
  double *errors = s->errors + thread * (s->layers + s->columns) * s->lengths;
  if (s->followers)
    iclgd_follow_by_context(s->followers[thread], setup->model, setup->theta,
                            &s->prompts, first, count, model);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&s->prompts, first + i);
    if (!s->followers) copy_given(s, &prompt, model + i * size);
    set_errors(s, &prompt, model + i * size, thread, errors);
    compare(s, errors, s->cosines + (at + i) * s->layers * s->columns);
  }
}

/* --- all of them --------------------------------------------------------- */

static void run_prompts(similarity *s) {
  const size_t cells = s->layers * s->columns;
  for (s->first = 0; s->first < s->prompts.count; s->first += TOGETHER) {
    const size_t left = s->prompts.count - s->first;
    const size_t count = left < TOGETHER ? left : TOGETHER;
    iclgd_pool_for(s->setup->pool,
                   (count + ICLGD_FOLLOW_MAX - 1) / ICLGD_FOLLOW_MAX, run_group,
                   s);
    for (size_t i = 0; i < count; ++i)
      iclgd_moments_row_add(&s->mean, s->cosines + i * cells, cells);
  }
}

typedef struct answer {
  double *mean, *error, *best; /* (layers, steps + 1), .., (layers) */
  int64_t *excluded, *best_step;
} answer;

static void fill(const similarity *s, size_t column, size_t rows,
                 const answer *a) {
  for (size_t l = 0; l < s->layers; ++l) {
    a->best[l] = NAN;
    for (size_t k = 0; k < rows; ++k) {
      const size_t at = l * rows + k;
      const iclgd_moments m = iclgd_moments_row_at(
          &s->mean, l * s->columns + column + k, s->prompts.count);
      a->mean[at] = m.count > 0 ? iclgd_moments_mean(&m) : NAN;
      a->error[at] = iclgd_moments_standard_error(&m);
      a->excluded[at] = (int64_t)m.excluded;
      if (k == 0 || !(isnan(a->best[l]) || a->mean[at] > a->best[l])) continue;
      a->best[l] = a->mean[at];
      a->best_step[l] = isnan(a->mean[at]) ? 0 : (int64_t)k;
    }
  }
}

static iclgd_status write_path(const similarity *s, const iclgd_path *path,
                               size_t column, iclgd_record *record,
                               iclgd_error *err) {
  const size_t rows = path->steps + 1, extents[] = {s->layers, rows};
  iclgd_arena *arena = s->setup->arena;
  const answer a = {iclgd_arena_reals(arena, s->layers, rows, 1),
                    iclgd_arena_reals(arena, s->layers, rows, 1),
                    iclgd_arena_reals(arena, s->layers, 1, 1),
                    iclgd_arena_take(arena, s->layers * rows, sizeof(int64_t)),
                    iclgd_arena_take(arena, s->layers, sizeof(int64_t))};
  char group[64];
  TRY(iclgd_arena_status(arena, err, "similarity"));
  fill(s, column, rows, &a);
  snprintf(group, sizeof group, "similarity/%s", path->name);
  iclgd_record_put_axis(record, group, "layer", 0, s->layers, err);
  iclgd_record_put_axis(record, group, "step", 0, rows, err);
  iclgd_record_put(record, group, "mean", extents, a.mean, err);
  iclgd_record_put(record, group, "standard_error", extents, a.error, err);
  iclgd_record_put(record, group, "excluded", extents, a.excluded, err);
  iclgd_record_put(record, group, "best_step", extents, a.best_step, err);
  iclgd_record_put(record, group, "best", extents, a.best, err);
  return iclgd_record_attr_int(record, group, "prompts",
                               (int64_t)s->prompts.count, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  similarity *s = state;
  size_t column = 0;
  run_prompts(s);
  for (size_t p = 1; p < s->setup->n_paths; ++p) {
    TRY(write_path(s, &s->setup->paths[p], column, record, err));
    column += s->setup->paths[p].steps + 1;
  }
  return ICLGD_OK;
}

const iclgd_probe iclgd_probe_similarity = {
    .name = "similarity",
    .question = "which step errs like each layer, over all contexts?",
    .needs = ICLGD_NEEDS_CONTEXTS,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_similarity,
    .state_size = sizeof(similarity),
    .begin = begin,
    .finish = finish,
};
