/* Prompts as the probe `identify` compares them.
 *
 * Predictions w.x_query and w'.x_query differ, in the mean over the query, by
 * (w - w')^T Sigma (w - w') = v |F^T (w - w')|^2 with Sigma = v F F^T. These
 * coordinates may be turned for each prompt: along the eigenvectors v_j of S
 * where Sigma is a multiple of I, else along those of S' = G^T S G / v, the
 * second moments of the whitened points x' = G^T x / sqrt v, G = F^-T. A method
 * that acts on eigenvalues is then compared without any products. Where Sigma
 * is not known, or is another in each prompt, the prompt's own query has to do.
 */
#include "probes/identify/parts.h"

#include <math.h>
#include <string.h>

#include "probes/shared/whitening.h"

static bool knows_covariance(const iclgd_distribution *dist) {
  return dist && !dist->table && (!dist->rotate_per_prompt || dist->isotropic);
}

iclgd_status iclgd_identify_setters(const iclgd_probe_setup *setup,
                                    identify_setter **out, iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  iclgd_path_scratch *path_scratches;
  identify_setter *s = iclgd_arena_take(arena, threads, sizeof *s);
  const iclgd_status status = iclgd_path_scratches_create(
      threads, setup->model, setup->n, setup->paths[0].steps, arena,
      &path_scratches, err);
  for (size_t t = 0; !status && t < threads; ++t)
    s[t] =
        (identify_setter){&path_scratches[t],
                          iclgd_arena_reals(arena, setup->n + 1, setup->d, 1)};
  *out = s;
  return status ? status : iclgd_arena_status(arena, err, "identify");
}

static void create_view(const identify_sample *s, bool same, iclgd_arena *arena,
                        identify_view *out) {
  out->same = same;
  out->lambda = iclgd_arena_reals(arena, s->limit, s->d, 1);
  out->beta = iclgd_arena_reals(arena, s->limit, s->d, 1);
  if (!same) out->map = iclgd_arena_reals(arena, s->limit, s->m, s->d);
}

void iclgd_identify_sample_create(const iclgd_probe_setup *setup, size_t limit,
                                  bool own_problems, iclgd_arena *arena,
                                  identify_sample *out) {
  const size_t d = setup->d;
  *out = (identify_sample){.limit = limit,
                           .n = setup->n,
                           .d = d,
                           .layers = setup->depth,
                           .weights = knows_covariance(setup->dist) &&
                                      iclgd_path_has_weights(&setup->paths[0]),
                           .whitened = iclgd_whitens(setup->dist)};
  out->m = out->weights ? d : 1;
  out->problems = iclgd_arena_take(arena, limit, sizeof *out->problems);
  out->from = iclgd_arena_take(arena, limit, sizeof *out->from);
  out->toward = iclgd_arena_reals(arena, limit, out->m, d);
  out->target = iclgd_arena_reals(arena, out->layers, limit, out->m);
  create_view(out, out->weights && !out->whitened, arena,
              &out->views[IDENTIFY_PLAIN]);
  if (out->whitened)
    create_view(out, out->weights, arena, &out->views[IDENTIFY_WHITENED]);
  if (own_problems)
    out->scratches = iclgd_arena_reals(arena, limit, iclgd_problem_work(d), 1);
}

/* Whether path 0 is finite at all layers of a prompt. */
static bool is_finite(const iclgd_probe_setup *setup, const double *w,
                      const double *prediction) {
  const size_t rows = setup->depth + 1;
  double sum = 0; /* of 0 times each: NaN where one is not finite */
  for (size_t l = 0; l < rows; ++l) sum += 0 * prediction[l];
  if (iclgd_path_has_weights(&setup->paths[0]))
    for (size_t i = 0; i < rows * setup->d; ++i) sum += 0 * w[i];
  return sum == 0;
}

/* out = G^T x / sqrt v for each of count points. */
static void whiten_points(const iclgd_distribution *dist, const double *x,
                          size_t count, double *out) {
  const size_t d = dist->d;
  const double scale = 1 / sqrt(dist->x_variance);
  for (size_t i = 0; i < count; ++i)
    for (size_t k = 0; k < d; ++k) {
      double sum = 0;
      for (size_t j = 0; j < d; ++j) sum += dist->G[j * d + k] * x[i * d + j];
      out[i * d + k] = scale * sum;
    }
}

/* Row j of toward (d, d) = V' sqrt v F^T, V' the eigenvectors of S'. */
static void turn_whitened(const iclgd_distribution *dist, const double *V,
                          double *toward) {
  const size_t d = dist->d;
  for (size_t j = 0; j < d; ++j)
    for (size_t i = 0; i < d; ++i)
      toward[j * d + i] =
          sqrt(dist->x_variance) * iclgd_dot(V + j * d, dist->F + i * d, d);
}

/* Eigenvalues and v . b of a problem; map = toward V^T. */
static void set_view(const iclgd_problem *p, const double *toward, size_t m,
                     size_t i, identify_view *view) {
  const size_t d = p->prompt.d;
  memcpy(view->lambda + i * d, p->lambda, d * sizeof *p->lambda);
  for (size_t j = 0; j < d; ++j)
    view->beta[i * d + j] = iclgd_dot(p->V + j * d, p->b, d);
  if (view->same) return;
  for (size_t k = 0; k < m; ++k)
    for (size_t j = 0; j < d; ++j)
      view->map[(i * m + k) * d + j] =
          iclgd_dot(toward + k * d, p->V + j * d, d);
}

static void set_whitened(const iclgd_distribution *dist,
                         const identify_setter *setter, identify_sample *s,
                         size_t i) {
  const size_t d = s->d;
  iclgd_prompt prompt = s->problems[i].prompt;
  double *query = setter->x + prompt.n * d;
  iclgd_problem white;
  whiten_points(dist, prompt.x, prompt.n, setter->x);
  whiten_points(dist, prompt.x_query, 1, query);
  prompt.x = setter->x;
  iclgd_problem_set(&prompt, true, setter->path_scratch->problem_work, &white);
  if (s->weights) turn_whitened(dist, white.V, s->toward + i * d * d);
  set_view(&white, query, s->m, i, &s->views[IDENTIFY_WHITENED]);
}

/* Prompt i of the sample from its problem, and where path 0 goes on it. */
static void set_prompt(const iclgd_probe_setup *setup,
                       const identify_setter *setter, identify_sample *s,
                       size_t i, const double *w, const double *prediction) {
  const size_t d = s->d, m = s->m;
  const iclgd_problem *p = &s->problems[i];
  double *toward = s->toward + i * m * d;
  if (!s->weights)
    memcpy(toward, p->prompt.x_query, d * sizeof *toward);
  else if (!s->whitened)
    memcpy(toward, p->V, d * d * sizeof *toward);
  if (s->whitened) set_whitened(setup->dist, setter, s, i);
  set_view(p, toward, m, i, &s->views[IDENTIFY_PLAIN]);
  for (size_t l = 1; l <= s->layers; ++l) {
    double *target = s->target + ((l - 1) * s->limit + i) * m;
    if (!s->weights) *target = prediction[l];
    for (size_t k = 0; s->weights && k < m; ++k)
      target[k] = iclgd_dot(toward + k * d, w + l * d, d);
  }
}

typedef struct job {
  const iclgd_probe_setup *setup;
  identify_setter *setters;
  identify_sample *sample;
  const iclgd_probe_block *block;
  size_t first; /* of the prompts that are offered */
} job;

/* Mean eigenvalues, and a whole array of targets. */
static void finish_sample(identify_sample *s) {
  for (size_t v = 0; v <= s->whitened; ++v) {
    double sum = 0;
    for (size_t i = 0; i < s->count * s->d; ++i) sum += s->views[v].lambda[i];
    s->views[v].curvature = sum > 0 ? sum / (double)(s->count * s->d) : 1;
  }
  for (size_t l = 1; l < s->layers; ++l)
    memmove(s->target + l * s->count * s->m, s->target + l * s->limit * s->m,
            s->count * s->m * sizeof *s->target);
}

bool iclgd_identify_follow(const iclgd_probe_setup *setup, size_t at,
                           const iclgd_path_scratch *path_scratch,
                           iclgd_problem *problem) {
  const iclgd_prompt prompt = iclgd_prompts_at(setup->tune, at);
  const iclgd_algorithm *algorithm = setup->paths[0].algorithm;
  iclgd_problem_set(&prompt, algorithm && algorithm->spectral,
                    path_scratch->problem_work, problem);
  iclgd_path_follow(&setup->paths[0], problem, path_scratch, path_scratch->w,
                    path_scratch->prediction);
  return is_finite(setup, path_scratch->w, path_scratch->prediction);
}

/* Whether a tuning prompt is kept; from holds 1 or 0 for the time being. */
static void try_prompt(void *context, size_t i, size_t thread) {
  const job *j = context;
  iclgd_problem problem;
  j->sample->from[i] = iclgd_identify_follow(
      j->setup, j->first + i, j->setters[thread].path_scratch, &problem);
}

static void set_tuning_prompt(void *context, size_t i, size_t thread) {
  const job *j = context;
  identify_sample *s = j->sample;
  const size_t at = s->from[i];
  const iclgd_prompt prompt = iclgd_prompts_at(j->setup->tune, at);
  const iclgd_path_scratch *path_scratch = j->setters[thread].path_scratch;
  iclgd_problem problem;
  iclgd_identify_follow(j->setup, at, path_scratch, &problem);
  iclgd_problem_set(&prompt, true, s->scratches + i * iclgd_problem_work(s->d),
                    &s->problems[i]);
  set_prompt(j->setup, &j->setters[thread], s, i, path_scratch->w,
             path_scratch->prediction);
}

void iclgd_identify_sample_tune(const iclgd_probe_setup *setup,
                                identify_setter *setters, size_t first,
                                identify_sample *sample, size_t *excluded) {
  job j = {setup, setters, sample, NULL, first};
  const size_t all = setup->tune->count, left = first < all ? all - first : 0;
  const size_t offered = left < sample->limit ? left : sample->limit;
  iclgd_pool_for(setup->pool, offered, try_prompt, &j);
  sample->count = 0;
  for (size_t i = 0; i < offered; ++i)
    if (sample->from[i]) sample->from[sample->count++] = first + i;
  *excluded += offered - sample->count;
  iclgd_pool_for(setup->pool, sample->count, set_tuning_prompt, &j);
  finish_sample(sample);
}

static void set_block_prompt(void *context, size_t i, size_t thread) {
  const job *j = context;
  const size_t at = j->sample->from[i], rows = j->setup->paths[0].steps + 1;
  const iclgd_trajectory *path = &j->block->paths[0];
  j->sample->problems[i] = j->block->problems[at];
  set_prompt(j->setup, &j->setters[thread], j->sample, i,
             path->w + at * rows * j->sample->d, path->prediction + at * rows);
}

void iclgd_identify_sample_block(const iclgd_probe_setup *setup,
                                 identify_setter *setters,
                                 const iclgd_probe_block *block, size_t first,
                                 size_t count, identify_sample *sample,
                                 size_t *excluded) {
  job j = {setup, setters, sample, block, first};
  const size_t rows = setup->paths[0].steps + 1;
  sample->count = 0;
  for (size_t i = first; i < first + count; ++i)
    if (is_finite(setup, block->paths[0].w + i * rows * sample->d,
                  block->paths[0].prediction + i * rows))
      sample->from[sample->count++] = i;
  *excluded += count - sample->count;
  iclgd_pool_for(setup->pool, sample->count, set_block_prompt, &j);
  finish_sample(sample);
}
