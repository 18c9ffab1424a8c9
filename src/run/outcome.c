/* Squared errors over all prompts, in memory that does not grow with them:
 * moments of every iterate, sums over pairs with the model's last layer, and
 * the errors of the first prompts as they are, for medians. */
#include <math.h>
#include <string.h>

#include "run/trajectories.h"

enum { KEPT = 10000, KEPT_NUMBERS = 8000000 };
enum { KEPT_RISKS = 4000 }; /* enough for tails and medians of ratios */

iclgd_moments_row iclgd_take_moments(iclgd_arena *arena, size_t size) {
  return (iclgd_moments_row){.count = iclgd_arena_reals(arena, size, 1, 1),
                             .mean = iclgd_arena_reals(arena, size, 1, 1),
                             .squares = iclgd_arena_reals(arena, size, 1, 1)};
}

iclgd_status iclgd_outcome_create(const iclgd_path *paths, size_t n_paths,
                                  size_t prompts, size_t block,
                                  iclgd_arena *arena, iclgd_outcome *out,
                                  iclgd_error *err) {
  size_t rows = 0;
  for (size_t p = 0; p < n_paths; ++p) rows += paths[p].steps + 1;
  const size_t fit = KEPT_NUMBERS / rows;
  out->n_paths = n_paths;
  out->prompts = prompts;
  out->kept = prompts < KEPT ? prompts : KEPT;
  if (out->kept > fit) out->kept = fit > 0 ? fit : 1;
  out->kept_risks = out->kept < KEPT_RISKS ? out->kept : KEPT_RISKS;
  out->paths = iclgd_arena_take(arena, n_paths, sizeof *out->paths);
  if (!out->paths) return iclgd_fail_memory(err, "the errors");
  const size_t depth = paths[0].steps;
  for (size_t p = 0; p < n_paths; ++p) {
    const size_t steps = paths[p].steps, own = steps + 1;
    out->paths[p] = (iclgd_path_errors){
        .name = paths[p].name,
        .title = paths[p].title,
        .steps = steps,
        .paired = steps < depth ? steps : depth,
        .has_weights = iclgd_path_has_weights(&paths[p]),
        .moments = iclgd_take_moments(arena, own),
        .risk = iclgd_take_moments(arena, own),
        .kept = iclgd_arena_reals(arena, own, out->kept, 1),
        .risks = iclgd_arena_reals(arena, own, out->kept_risks, 1),
        .row = iclgd_arena_reals(arena, own, 1, 1),
        .last = iclgd_arena_reals(arena, block, 1, 1),
        .last_risk = iclgd_arena_reals(arena, block, 1, 1)};
  }
  return iclgd_arena_status(arena, err, "the errors");
}

/* Row of squared errors of the iterates on one prompt. An iterate that has run
 * away to NaN is infinitely wrong, not left out. */
static void square(const double *prediction, double label, size_t rows,
                   double *out) {
  for (size_t k = 0; k < rows; ++k) {
    const double off = prediction[k] - label;
    out[k] = isnan(off) ? INFINITY : off * off;
  }
}

typedef struct addition {
  iclgd_outcome *outcome;
  const iclgd_track *tracks;
  const iclgd_prompts *block;
  size_t first;
} addition;

static void add_path(void *context, size_t p, size_t thread) {
  (void)thread;
  const addition *a = context;
  const size_t kept = a->outcome->kept, kept_risks = a->outcome->kept_risks;
  iclgd_path_errors *path = &a->outcome->paths[p];
  const size_t rows = path->steps + 1;
  const double *risk = a->tracks[p].stored.risk;
  path->has_risk = risk && path->has_weights;
  for (size_t i = 0; i < a->block->count; ++i) {
    square(a->tracks[p].prediction + i * rows, a->block->y_query[i], rows,
           path->row);
    iclgd_moments_row_add(&path->moments, path->row, rows);
    for (size_t k = 0; a->first + i < kept && k < rows; ++k)
      path->kept[k * kept + a->first + i] = path->row[k];
    path->last[i] = path->row[path->paired];
    if (!path->has_risk) continue;
    for (size_t k = 0; k < rows; ++k) {
      const double value = risk[k * a->block->count + i];
      path->row[k] = isnan(value) ? INFINITY : value;
    }
    for (size_t k = 0; a->first + i < kept_risks && k < rows; ++k)
      path->risks[k * kept_risks + a->first + i] = path->row[k];
    iclgd_moments_row_add(&path->risk, path->row, rows);
    path->last_risk[i] = risk[path->paired * a->block->count + i];
  }
}

void iclgd_outcome_add(iclgd_outcome *outcome, const iclgd_track *tracks,
                       const iclgd_prompts *block, size_t first,
                       iclgd_pool *pool) {
  addition a = {outcome, tracks, block, first};
  iclgd_pool_for(pool, outcome->n_paths, add_path, &a);
  for (size_t p = 1; p < outcome->n_paths; ++p) {
    const iclgd_path_errors *model = &outcome->paths[0];
    iclgd_path_errors *path = &outcome->paths[p];
    path->pairs_risks = path->has_risk && model->has_risk;
    if (path->pairs_risks)
      iclgd_pairs_add(&path->pairs, model->last_risk, path->last_risk,
                      block->count);
    else
      iclgd_pairs_add(&path->pairs, model->last, path->last, block->count);
  }
}
