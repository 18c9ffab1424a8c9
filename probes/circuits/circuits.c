/* Which parts of the model does its prediction need, and where do they look?
 *
 * Patterns: the weights p_ij of attention, head by head and layer by layer; of
 * linear attention its scores (1/n) e_i^T Q e_j.
 *
 * Removals (ablations): the output of a head, of an mlp, or of all of a layer,
 * at every token, is replaced
 *   zero      by 0
 *   mean      by its mean over other prompts, token by token
 *   resample  by that on another prompt
 * and what the prediction loses is
 *   ratio = mean (yhat' - y_query)^2 / mean (yhat - y_query)^2
 * on the same prompts, yhat' with and yhat without replacement. 0 takes out
 * the component, and whatever the rest has learned to expect of it; the others
 * take out what it says of the prompt.
 *
 * Patches (causal tracing; Vig et al. 2020; Meng et al. 2022): a corrupted
 * prompt has the inputs of the clean one, and other labels. With the clean
 * output of a component in the corrupted pass, the share of the prediction
 * that comes back is
 *   recovered = sum (patched - corrupted) (clean - corrupted) /
 *               sum (clean - corrupted)^2   over prompts:
 * 0 nothing, 1 all of it. Shares need not sum to 1, unless all of what is
 * patched is added up in one step. The query's own token is the same in both
 * prompts, so that all layers patched at once are the clean prediction.
 *
 * Other prompts are those for fitting, which are never probed. */
#include "probes/circuits/circuits.h"

#include "probes/shared/effort.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_INT("circuits.prompts", "0", 0, 100000,
            "prompts on which components are removed and patched; 0: as many "
            "as are cheap, at most 500"),
    KEY_FORM("circuits.corruption", "labels", "labels|flip",
             "what a corrupted prompt has: labels of another prompt, or the "
             "sign of one label flipped, of the point most like the query"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

/* Maps of one prompt are kept up to this many numbers. */
static const size_t largest_map = 2000000;

static iclgd_status take_rooms(iclgd_circuits *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  iclgd_arena *arena = setup->arena;
  const size_t threads = iclgd_pool_threads(setup->pool), T = s->tokens;
  s->rooms = iclgd_arena_take(arena, threads, sizeof *s->rooms);
  if (!s->rooms) return iclgd_fail_memory(err, "circuits");
  for (size_t t = 0; t < threads; ++t) {
    iclgd_circuit_room *room = &s->rooms[t];
    *room = (iclgd_circuit_room){
        .prediction = iclgd_arena_reals(arena, setup->depth + 1, 1, 1),
        .clean = iclgd_arena_reals(arena, s->outputs, 1, 1),
        .other = iclgd_arena_reals(arena, s->outputs, 1, 1),
        .y = iclgd_arena_reals(arena, setup->n, 1, 1),
        .similarity = iclgd_arena_reals(arena, setup->n, 1, 1),
        .pattern = iclgd_arena_reals(arena, T, T, 1),
        .changes = iclgd_arena_take(arena, s->heads + 1, sizeof *room->changes),
    };
    TRY(iclgd_tape_create(setup->model, setup->n, arena, &room->tape, err));
  }
  return ICLGD_OK;
}

static void take_results(iclgd_circuits *s) {
  iclgd_arena *arena = s->setup->arena;
  const size_t count = s->prompts.count, T = s->tokens;
  const size_t maps = s->setup->depth * s->heads;
  const size_t chunks = iclgd_circuit_chunks(count);
  double **rows[] = {&s->own, &s->clean, &s->corrupted, &s->nothing};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    *rows[i] = iclgd_arena_reals(arena, count, 1, 1);
  s->mean = iclgd_arena_reals(arena, iclgd_circuit_chunks(s->donors.count),
                              s->outputs, 1);
  s->squares = iclgd_arena_reals(arena, s->places, ICLGD_REMOVALS, count);
  s->patched = iclgd_arena_reals(arena, s->places, count, 1);
  s->query = iclgd_arena_reals(arena, chunks, maps, T);
  s->by_rank = iclgd_arena_reals(arena, chunks, maps, s->setup->n);
  if (maps * T * T <= largest_map)
    s->map = iclgd_arena_reals(arena, maps, T, T);
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  iclgd_circuits *s = state;
  const iclgd_model *model = setup->model;
  const iclgd_components *parts = iclgd_model_components(model);
  size_t count;
  s->setup = setup;
  s->tokens = parts->tokens(model, setup->n);
  s->heads = parts->heads(model);
  s->outputs = iclgd_outputs_size(model, setup->n);
  s->flip = iclgd_get_form(setup->settings, "circuits.corruption").choice == 1;
  TRY(iclgd_places_list(model, setup->arena, &s->place, &s->places, err));
  TRY(iclgd_effort_prompts(setup, "circuits.prompts",
                           s->places * (ICLGD_REMOVALS + 1) + 4, &count, err));
  TRY(iclgd_effort_draw(setup, count, &s->prompts, err));
  const size_t all = setup->tune->count;
  s->donors = iclgd_prompts_part(setup->tune, 0, count < all ? count : all);
  take_results(s);
  return take_rooms(s, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  iclgd_circuits *s = state;
  iclgd_circuits_measure(s);
  return iclgd_circuits_write(s, record, err);
}

const iclgd_probe iclgd_probe_circuits = {
    .name = "circuits",
    .question = "where do heads attend, and which parts are needed?",
    .needs = ICLGD_NEEDS_COMPONENTS,
    .keys = &key_set,
    .schema = &iclgd_circuits_schema,
    .view = &iclgd_view_circuits,
    .state_size = sizeof(iclgd_circuits),
    .begin = begin,
    .finish = finish,
};
