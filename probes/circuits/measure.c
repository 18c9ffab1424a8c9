/* Patterns, removals and patches on every prompt (see circuits.c). */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "probes/circuits/circuits.h"

/* The prediction of the last layer where a place has these outputs. */
static double predict_with(const iclgd_circuits *s, const iclgd_prompt *prompt,
                           const iclgd_place *place, const double *outputs,
                           const iclgd_circuit_room *room) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t count = iclgd_place_changes(setup->model, setup->n, place,
                                           outputs, room->changes);
  iclgd_model_predict_changed(setup->model, setup->theta, prompt, room->tape,
                              room->changes, count, room->prediction);
  return room->prediction[setup->depth];
}

/* The prediction of the last layer, and the outputs of all components. */
static double run_whole(const iclgd_circuits *s, const iclgd_prompt *prompt,
                        const iclgd_circuit_room *room, double *outputs) {
  const iclgd_probe_setup *setup = s->setup;
  iclgd_model_predict_changed(setup->model, setup->theta, prompt, room->tape,
                              NULL, 0, room->prediction);
  iclgd_outputs_read(setup->model, setup->theta, prompt, room->tape, outputs);
  return room->prediction[setup->depth];
}

/* The other prompt that stands beside prompt i. */
static iclgd_prompt donor_of(const iclgd_circuits *s, size_t i) {
  return iclgd_prompts_at(&s->donors, i % s->donors.count);
}

/* --- attention ----------------------------------------------------------- */

/* The place of point i when all are sorted by similarity (n), the largest
 * first. */
static size_t rank_of(const double *similarity, size_t n, size_t i) {
  size_t rank = 0;
  for (size_t j = 0; j < n; ++j)
    rank += similarity[j] > similarity[i] ||
            (j < i && similarity[j] == similarity[i]);
  return rank;
}

/* The query's row of one head: by token, and by rank of the point that a token
 * belongs to. */
static void add_row(const iclgd_circuits *s, const iclgd_circuit_room *room,
                    const double *row, double *query, double *by_rank) {
  const iclgd_probe_setup *setup = s->setup;
  const iclgd_components *parts = iclgd_model_components(setup->model);
  for (size_t j = 0; j < s->tokens; ++j) {
    const size_t i = parts->point(setup->model, j);
    query[j] += row[j];
    if (i < setup->n) by_rank[rank_of(room->similarity, setup->n, i)] += row[j];
  }
}

/* After a pass of prompt i, which is of this chunk. */
static void add_patterns(const iclgd_circuits *s, const iclgd_prompt *prompt,
                         size_t i, const iclgd_circuit_room *room) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t T = s->tokens, maps = setup->depth * s->heads;
  const size_t chunk = i / ICLGD_CIRCUIT_CHUNK;
  for (size_t j = 0; j < setup->n; ++j)
    room->similarity[j] =
        iclgd_dot(prompt->x + j * setup->d, prompt->x_query, setup->d);
  for (size_t k = 0; k < maps; ++k) {
    iclgd_model_pattern(setup->model, setup->theta, prompt, room->tape,
                        k / s->heads, k % s->heads, room->pattern);
    if (i == 0 && s->map)
      memcpy(s->map + k * T * T, room->pattern, T * T * sizeof *s->map);
    add_row(s, room, room->pattern + (T - 1) * T,
            s->query + (chunk * maps + k) * T,
            s->by_rank + (chunk * maps + k) * setup->n);
  }
}

/* --- removals ------------------------------------------------------------ */

static void remove_places(const iclgd_circuits *s, const iclgd_prompt *prompt,
                          size_t i, const iclgd_circuit_room *room) {
  const double *const outputs[ICLGD_REMOVALS] = {NULL, s->mean, room->other};
  for (size_t k = 0; k < s->places; ++k)
    for (size_t r = 0; r < ICLGD_REMOVALS; ++r) {
      const double error =
          predict_with(s, prompt, &s->place[k], outputs[r], room) -
          prompt->y_query;
      s->squares[(k * ICLGD_REMOVALS + r) * s->prompts.count + i] =
          error * error;
    }
}

/* --- patches ------------------------------------------------------------- */

/* The point that is most like the query. */
static size_t nearest_of(const double *similarity, size_t n) {
  size_t best = 0;
  for (size_t j = 1; j < n; ++j)
    if (similarity[j] > similarity[best]) best = j;
  return best;
}

/* The same inputs with labels of another prompt, or one label's sign changed.
 */
static iclgd_prompt corrupt(const iclgd_circuits *s, const iclgd_prompt *prompt,
                            const iclgd_prompt *donor,
                            const iclgd_circuit_room *room) {
  const size_t n = prompt->n, at = nearest_of(room->similarity, n);
  iclgd_prompt out = *prompt;
  memcpy(room->y, s->flip ? prompt->y : donor->y, n * sizeof *room->y);
  if (s->flip) room->y[at] = -room->y[at];
  out.y = room->y;
  return out;
}

/* The corrupted prompt, with the clean one's output in one place after the
 * other. */
static void patch_places(const iclgd_circuits *s, const iclgd_prompt *prompt,
                         const iclgd_prompt *donor, size_t i,
                         const iclgd_circuit_room *room) {
  const iclgd_prompt corrupted = corrupt(s, prompt, donor, room);
  s->corrupted[i] = run_whole(s, &corrupted, room, room->other);
  for (size_t k = 0; k < s->places; ++k)
    s->patched[k * s->prompts.count + i] =
        predict_with(s, &corrupted, &s->place[k], room->clean, room);
}

/* --- all of it ----------------------------------------------------------- */

static void measure_prompt(const iclgd_circuits *s, size_t i,
                           const iclgd_circuit_room *room) {
  const iclgd_prompt prompt = iclgd_prompts_at(&s->prompts, i);
  const iclgd_prompt donor = donor_of(s, i);
  run_whole(s, &donor, room, room->other);
  s->clean[i] = run_whole(s, &prompt, room, room->clean);
  const double error = s->clean[i] - prompt.y_query;
  s->own[i] = error * error;
  s->nothing[i] = prompt.y_query * prompt.y_query;
  add_patterns(s, &prompt, i, room);
  remove_places(s, &prompt, i, room);
  patch_places(s, &prompt, &donor, i, room);
}

static void measure_chunk(void *context, size_t chunk, size_t thread) {
  const iclgd_circuits *s = context;
  const size_t first = chunk * ICLGD_CIRCUIT_CHUNK;
  for (size_t i = first;
       i < first + ICLGD_CIRCUIT_CHUNK && i < s->prompts.count; ++i)
    measure_prompt(s, i, &s->rooms[thread]);
}

/* The sum of the outputs on a chunk of donors. */
static void add_donors(void *context, size_t chunk, size_t thread) {
  const iclgd_circuits *s = context;
  const iclgd_circuit_room *room = &s->rooms[thread];
  const size_t first = chunk * ICLGD_CIRCUIT_CHUNK;
  double *sum = s->mean + chunk * s->outputs;
  for (size_t i = first; i < first + ICLGD_CIRCUIT_CHUNK && i < s->donors.count;
       ++i) {
    const iclgd_prompt donor = iclgd_prompts_at(&s->donors, i);
    run_whole(s, &donor, room, room->other);
    for (size_t k = 0; k < s->outputs; ++k) sum[k] += room->other[k];
  }
}

/* rows (chunks, width) -> their sum over `count`, in the first row. */
static void average(double *rows, size_t count, size_t width) {
  iclgd_sum_tree(rows, iclgd_circuit_chunks(count), width);
  for (size_t k = 0; k < width; ++k) rows[k] /= (double)count;
}

void iclgd_circuits_measure(iclgd_circuits *s) {
  const size_t maps = s->setup->depth * s->heads;
  iclgd_pool_for(s->setup->pool, iclgd_circuit_chunks(s->donors.count),
                 add_donors, s);
  average(s->mean, s->donors.count, s->outputs);
  iclgd_pool_for(s->setup->pool, iclgd_circuit_chunks(s->prompts.count),
                 measure_chunk, s);
  average(s->query, s->prompts.count, maps * s->tokens);
  average(s->by_rank, s->prompts.count, maps * s->setup->n);
}
