/* Which points of its context does the prediction of the last layer use, and
 * does gradient descent use the same?
 *
 * Three answers for point i = (x_i, y_i):
 *   conservative  the prediction as a sum over all numbers of the prompt, when
 *                 weights of attention, scales of norms and the factors f(a)/a
 *                 of mlps are held as they are (Ali et al. 2022,
 *                 arXiv:2202.07304): yhat = sum_i R_i + R_query + R_bias,
 *                 exactly, R_bias that of biases and positions
 *   gradient      x_i . dyhat/dx_i + y_i dyhat/dy_i. All of them, the query's
 *                 included, sum to 3^D yhat for D layers of linear attention
 *                 without skip connections, each of degree 3 (Euler); with skip
 *                 connections to sum_k k yhat_k over the parts of degree k = 1,
 *                 3, .., 3^D. Of what is linear in the query, its own share is
 *                 yhat; of what is linear in the labels, theirs.
 *   left_out      yhat minus the prediction without the point. Means over the
 *                 context then divide by n - 1.
 * Of gradient descent, and of the algorithm that is nearest to the model (least
 * mean squared difference of predictions after as many steps as layers; none
 * whose parameters are the model's), the prediction is linear in the labels,
 * yhat = sum_i c_i y_i, and point i is worth c_i y_i; where it is not, leaving
 * out is all there is.
 *
 * Two answers agree as far as their vectors over points, (n) of one prompt,
 * have the same direction: the mean of their cosines. */
#include "probes/relevance/relevance.h"

#include "probes/shared/effort.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_INT("relevance.prompts", "0", 0, 100000,
            "prompts on which predictions are taken apart; 0: as many as are "
            "cheap, at most 500"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static void take_results(iclgd_relevance *s) {
  iclgd_arena *arena = s->setup->arena;
  const size_t count = s->prompts.count, n = s->setup->n;
  for (size_t who = 0; who < ICLGD_WHOS; ++who)
    s->points[who] = iclgd_arena_reals(arena, count, n, 1);
  for (size_t rule = 0; rule < 2; ++rule) {
    s->expected[rule] = iclgd_arena_reals(arena, count, 1, 1);
    for (size_t k = 0; k < ICLGD_INPUT_KINDS; ++k) {
      s->of[rule][k] = iclgd_arena_reals(arena, count, 1, 1);
      s->sizes[rule][k] = iclgd_arena_reals(arena, count, 1, 1);
    }
  }
  s->x = iclgd_arena_reals(arena, count, n, 1);
  s->y = iclgd_arena_reals(arena, count, n, 1);
  s->prediction = iclgd_arena_reals(arena, count, 1, 1);
  s->similarity = iclgd_arena_reals(arena, count, n, 1);
  s->off = iclgd_arena_reals(arena, s->setup->n_paths, 1, 1);
}

static iclgd_status take_rooms(iclgd_relevance *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  iclgd_arena *arena = setup->arena;
  const size_t threads = iclgd_pool_threads(setup->pool), n = setup->n;
  iclgd_path_scratch *scratches;
  TRY(iclgd_path_scratches_create(threads, setup->model, n, setup->depth + 1,
                                  arena, &scratches, err));
  s->rooms = iclgd_arena_take(arena, threads, sizeof *s->rooms);
  if (!s->rooms) return iclgd_fail_memory(err, "relevance");
  for (size_t t = 0; t < threads; ++t)
    s->rooms[t] =
        (iclgd_relevance_room){.path_scratch = scratches[t],
                               .x = iclgd_arena_reals(arena, n, setup->d, 1),
                               .y = iclgd_arena_reals(arena, n, 1, 1),
                               .share = iclgd_arena_reals(arena, n, 1, 1),
                               .of_x = iclgd_arena_reals(arena, n, 1, 1),
                               .of_y = iclgd_arena_reals(arena, n, 1, 1)};
  return ICLGD_OK;
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  iclgd_relevance *s = state;
  size_t count;
  s->setup = setup;
  s->parts = iclgd_model_components(setup->model);
  if (setup->n < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "needs prompts of two points");
  TRY(iclgd_effort_prompts(setup, "relevance.prompts", setup->n + 8, &count,
                           err));
  TRY(iclgd_effort_draw(setup, count, &s->prompts, err));
  take_results(s);
  return take_rooms(s, err);
}

/* The step of an algorithm that stands beside the last layer. */
static size_t step_of(const iclgd_relevance *s, size_t p) {
  const iclgd_path *path = &s->setup->paths[p];
  if (iclgd_path_is_one_shot(path)) return 1;
  return path->steps < s->setup->depth ? path->steps : s->setup->depth;
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  (void)err;
  iclgd_relevance *s = state;
  const size_t depth = s->setup->depth;
  for (size_t p = 1; p < s->setup->n_paths; ++p)
    for (size_t i = 0; i < block->prompts->count; ++i) {
      const double model = block->paths[0].prediction[i * (depth + 1) + depth];
      const size_t rows = s->setup->paths[p].steps + 1;
      const double off =
          block->paths[p].prediction[i * rows + step_of(s, p)] - model;
      s->off[p] += off * off;
    }
  return ICLGD_OK;
}

static iclgd_path cut(const iclgd_relevance *s, size_t p) {
  iclgd_path out = s->setup->paths[p];
  out.steps = step_of(s, p);
  return out;
}

static void choose_paths(iclgd_relevance *s) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t gd = iclgd_path_of_descent(setup->paths, setup->n_paths);
  size_t best = 0;
  for (size_t p = 1; p < setup->n_paths; ++p) {
    const iclgd_algorithm *a = setup->paths[p].algorithm;
    if (a->owes_model || a->nothing || !(s->off[p] >= 0)) continue;
    if (best == 0 || s->off[p] < s->off[best]) best = p;
  }
  if (gd > 0) s->gd = cut(s, gd);
  if (best > 0 && best != gd) s->best = cut(s, best);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  iclgd_relevance *s = state;
  choose_paths(s);
  iclgd_relevance_measure(s);
  TRY(iclgd_model_status(s->setup->model, err));
  return iclgd_relevance_write(s, record, err);
}

const iclgd_probe iclgd_probe_relevance = {
    .name = "relevance",
    .question = "which context points does the prediction use, as GD does?",
    .needs = ICLGD_NEEDS_RERUN,
    .keys = &key_set,
    .schema = &iclgd_relevance_schema,
    .view = &iclgd_view_relevance,
    .state_size = sizeof(iclgd_relevance),
    .begin = begin,
    .feed = feed,
    .finish = finish,
};
