/* What is measured prompt by prompt (see paths.h). */
#include "probes/filter/paths.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Numbers that were chosen for an algorithm, by a closed form or a search, up
 * to step `depth`: step sizes, gammas, momenta, a penalty. What is given or
 * known, such as Sigma^-1, does not count. A step size per step is all the
 * freedom that a polynomial method has: its momenta are not free beside it. */
static size_t fitted_parameters(const iclgd_hyper *h, size_t depth) {
  if (h->how && strncmp(h->how, "given", 5) == 0) return 0;
  const size_t steps = h->n_eta < depth ? h->n_eta : depth;
  const size_t gammas = h->n_gamma < depth ? h->n_gamma : depth;
  const size_t momenta = h->n_eta > 1 ? 0 : h->n_beta;
  return steps + gammas + momenta + (h->lambda != 0);
}

/* GD with the model's own A cannot explain the model. */
static bool explains(const iclgd_path *path) {
  return path->algorithm && !path->algorithm->owes_model;
}

/* The model before training, where its weights are known. */
static const double *find_untrained(const iclgd_history *history) {
  const bool known = history->snapshots > 0 && history->step[0] == 0;
  return known ? history->theta : NULL;
}

static iclgd_status set_paths(iclgd_filters *f, iclgd_error *err) {
  const iclgd_probe_setup *s = f->setup;
  f->untrained = find_untrained(s->history);
  f->n_paths = s->n_paths + (f->untrained != NULL);
  f->paths = iclgd_arena_take(s->arena, f->n_paths, sizeof *f->paths);
  if (!f->paths) return iclgd_fail_memory(err, "filter");
  for (size_t p = 0; p < f->n_paths; ++p) {
    filter_path *path = &f->paths[p];
    if (p < s->n_paths) {
      const iclgd_path *from = &s->paths[p];
      *path = (filter_path){
          .name = from->name, .title = from->title, .steps = from->steps};
      path->parameters = from->algorithm
                             ? fitted_parameters(&from->hyper, f->setup->depth)
                             : from->model->size;
      path->explains = explains(from);
    } else {
      *path = (filter_path){
          .name = "untrained", .title = "untrained model", .steps = s->depth};
    }
    path->column = f->n_columns;
    path->brief = f->n_brief;
    f->n_columns += path->steps + 1;
    f->n_brief += (path->steps < s->depth ? path->steps : s->depth) + 1;
  }
  return ICLGD_OK;
}

static void add_pair(iclgd_filters *f, size_t a, size_t b) {
  f->pairs[f->n_pairs++] = (struct column_pair){.a = a, .b = b};
}

/* The last step that stands beside a layer. */
static size_t last_step(const iclgd_filters *f, size_t p) {
  const size_t steps = f->paths[p].steps, depth = f->setup->depth;
  return steps < depth ? steps : depth;
}

/* Every layer beside every step; the untrained layers beside the same step; all
 * paths beside each other at the model's depth. */
static iclgd_status set_pairs(iclgd_filters *f, iclgd_error *err) {
  const size_t rows = f->setup->depth + 1, n = f->n_paths;
  const size_t most = rows * f->n_columns + rows * n + n * n;
  iclgd_arena *arena = f->setup->arena;
  f->pairs = iclgd_arena_take(arena, most, sizeof *f->pairs);
  f->to_steps = iclgd_arena_take(arena, n, sizeof *f->to_steps);
  f->overall = iclgd_arena_take(arena, n, sizeof *f->overall);
  if (iclgd_arena_status(arena, err, "filter")) return ICLGD_ENOMEM;
  for (size_t p = 0; p < n; ++p) {
    f->to_steps[p] = f->n_pairs;
    for (size_t l = 0; l < rows; ++l)
      for (size_t k = 0; k <= f->paths[p].steps; ++k)
        add_pair(f, l, f->paths[p].column + k);
  }
  f->untrained_pairs = f->n_pairs;
  for (size_t p = 0; p < n && n > f->setup->n_paths; ++p)
    for (size_t l = 0; l < rows; ++l) {
      const size_t last = last_step(f, p), k = l < last ? l : last;
      add_pair(f, f->paths[n - 1].column + l, f->paths[p].column + k);
    }
  f->between_pairs = f->n_pairs;
  for (size_t p = 0; p < n; ++p)
    for (size_t q = 0; q < n; ++q)
      add_pair(f, f->paths[p].column + last_step(f, p),
               f->paths[q].column + last_step(f, q));
  return ICLGD_OK;
}

/* The components are kept below 80 MB: a deep model is looked at on fewer
 * prompts (the attribute `prompts` says on how many). */
static size_t prompts_that_fit(const iclgd_filters *f) {
  const size_t budget = 10000000, each = (f->n_brief + 2) * f->setup->d;
  return budget / each > 2 ? budget / each : 2;
}

iclgd_status iclgd_filter_open(iclgd_filters *f, const iclgd_probe_setup *setup,
                               size_t limit, double threshold,
                               iclgd_error *err) {
  const size_t d = setup->d, threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  f->setup = setup;
  f->threshold = threshold;
  TRY(set_paths(f, err));
  TRY(set_pairs(f, err));
  const size_t fit = prompts_that_fit(f);
  f->limit = limit < fit ? limit : fit;
  f->fate = iclgd_arena_take(arena, f->limit * d, sizeof *f->fate);
  f->lambda = iclgd_arena_reals(arena, f->limit, d, 1);
  f->b = iclgd_arena_reals(arena, f->limit, d, 1);
  f->z = iclgd_arena_reals(arena, f->n_brief, f->limit, d);
  f->component = iclgd_arena_reals(arena, threads, d, 1);
  return iclgd_path_scratches_create(threads, setup->model, setup->n,
                                     setup->depth, arena, &f->path_scratches,
                                     err);
}

/* Eigenvalues at rounding level have no filter, nor has a direction in which b
 * has next to nothing. Prompt `at` of all. */
static void sort_out_pairs(const iclgd_filters *f, const iclgd_problem *problem,
                           size_t at) {
  const size_t d = f->setup->d;
  double top = 0;
  for (size_t j = 0; j < d; ++j) top = fmax(top, problem->lambda[j]);
  const double rounding = 8 * (double)(f->setup->n + d) * DBL_EPSILON * top;
  const double norm = sqrt(iclgd_dot(problem->b, problem->b, d));
  for (size_t j = 0; j < d; ++j) {
    const double b = iclgd_dot(problem->V + j * d, problem->b, d);
    const size_t to = at * d + j;
    f->lambda[to] = problem->lambda[j];
    f->b[to] = b;
    f->fate[to] = !(problem->lambda[j] > rounding)   ? PAIR_NULL
                  : !(fabs(b) > f->threshold * norm) ? PAIR_SMALL
                                                     : PAIR_KEPT;
  }
}

/* The filter of weight w on prompt i of the block; its components are stored
 * for steps up to the depth. */
static void filter_column(const iclgd_filters *f, size_t i, const double *V,
                          const double *w, size_t path, size_t k,
                          double *component) {
  const size_t d = f->setup->d, at = (f->block->first + i) * d;
  const filter_path *of = &f->paths[path];
  double *p = f->p + (i * f->n_columns + of->column + k) * d;
  double *z = k <= f->setup->depth ? f->z + (of->brief + k) * f->limit * d + at
                                   : component;
  size_t kept = 0;
  for (size_t j = 0; j < d; ++j) {
    z[j] = iclgd_dot(V + j * d, w, d);
    if (f->fate[at + j] == PAIR_KEPT)
      p[kept++] = iclgd_filter_value(f->lambda[at + j], z[j], f->b[at + j]);
  }
  f->kept[i] = kept;
}

static void filter_prompt(void *context, size_t i, size_t thread) {
  iclgd_filters *f = context;
  const iclgd_probe_setup *s = f->setup;
  const iclgd_path_scratch *path_scratch = &f->path_scratches[thread];
  const iclgd_problem *problem = &f->block->problems[i];
  sort_out_pairs(f, problem, f->block->first + i);
  if (f->n_paths > s->n_paths) {
    const iclgd_path path = iclgd_path_of_model(s->model, f->untrained, "", "");
    iclgd_path_follow(&path, problem, path_scratch, path_scratch->w,
                      path_scratch->prediction);
  }
  for (size_t p = 0; p < f->n_paths; ++p) {
    const size_t rows = f->paths[p].steps + 1;
    const double *w = p < s->n_paths ? f->block->paths[p].w + i * rows * s->d
                                     : path_scratch->w;
    for (size_t k = 0; k < rows; ++k)
      filter_column(f, i, problem->V, w + k * s->d, p, k,
                    f->component + thread * s->d);
  }
}

/* Mean over the kept pairs of prompt i of min(|p_a - p_b|, 1), which is 1 where
 * a filter is not finite; NaN when no pair was kept. */
static double distance(const iclgd_filters *f, size_t i, size_t a, size_t b) {
  const double *at = f->p + i * f->n_columns * f->setup->d;
  const double *p_a = at + a * f->setup->d, *p_b = at + b * f->setup->d;
  double sum = 0;
  for (size_t j = 0; j < f->kept[i]; ++j) {
    const double off = fabs(p_a[j] - p_b[j]);
    sum += off < 1 ? off : 1;
  }
  return sum / (double)f->kept[i];
}

enum { PAIRS_AT_ONCE = 64 };

/* Prompts in order, so that sums do not depend on the threads. */
static void compare_columns(void *context, size_t round, size_t thread) {
  (void)thread;
  iclgd_filters *f = context;
  const size_t first = round * PAIRS_AT_ONCE, left = f->n_pairs - first;
  const size_t count = left < PAIRS_AT_ONCE ? left : PAIRS_AT_ONCE;
  for (size_t i = 0; i < f->count; ++i)
    for (size_t k = first; k < first + count; ++k) {
      struct column_pair *pair = &f->pairs[k];
      iclgd_moments_add(&pair->distance, distance(f, i, pair->a, pair->b));
    }
}

/* Step l beside layer l, all layers from 1 together. */
static void compare_path(void *context, size_t p, size_t thread) {
  (void)thread;
  iclgd_filters *f = context;
  const size_t depth = f->setup->depth;
  if (f->paths[p].steps < depth) return;
  for (size_t i = 0; i < f->count; ++i) {
    double sum = 0;
    for (size_t l = 1; l <= depth; ++l)
      sum += distance(f, i, l, f->paths[p].column + l);
    iclgd_moments_add(&f->overall[p], sum / (double)depth);
  }
}

/* Blocks are of one size but for the last, so this allocates once. */
static iclgd_status room_for(iclgd_filters *f, size_t count, iclgd_error *err) {
  if (count <= f->scratch) return ICLGD_OK;
  f->scratch = count;
  f->kept = iclgd_arena_take(f->setup->arena, count, sizeof *f->kept);
  f->p = iclgd_arena_reals(f->setup->arena, count, f->n_columns, f->setup->d);
  return iclgd_arena_status(f->setup->arena, err, "filter");
}

iclgd_status iclgd_filter_feed(iclgd_filters *f, const iclgd_probe_block *block,
                               iclgd_error *err) {
  f->count = iclgd_block_within(block, f->limit);
  if (f->count == 0) return ICLGD_OK;
  TRY(room_for(f, f->count, err));
  f->block = block;
  f->offered = block->first + f->count;
  iclgd_pool_for(f->setup->pool, f->count, filter_prompt, f);
  iclgd_pool_for(f->setup->pool,
                 (f->n_pairs + PAIRS_AT_ONCE - 1) / PAIRS_AT_ONCE,
                 compare_columns, f);
  iclgd_pool_for(f->setup->pool, f->n_paths, compare_path, f);
  return ICLGD_OK;
}
