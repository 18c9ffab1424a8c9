/* Squared errors on prompts (see losses.h). */
#include "losses.h"

#include <iclgd/comparisons.h>
#include <string.h>

iclgd_status losses_rooms(const iclgd_probe_setup *setup,
                          const iclgd_model *model, iclgd_arena *arena,
                          losses_room **out, iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(setup->pool);
  const size_t rows = iclgd_model_depth(model) + 1;
  losses_room *rooms = iclgd_arena_take(arena, threads, sizeof *rooms);
  iclgd_status status =
      rooms ? ICLGD_OK : iclgd_fail_memory(err, "the losses of a probe");
  for (size_t t = 0; !status && t < threads; ++t) {
    rooms[t].path = iclgd_arena_reals(arena, rows, model->d, 1);
    status = rooms[t].path ? iclgd_tape_create(model, setup->n, arena,
                                               &rooms[t].tape, err)
                           : iclgd_fail_memory(err, "the losses of a probe");
  }
  *out = rooms;
  return status;
}

iclgd_status losses_copy(const iclgd_model *model, iclgd_arena *arena,
                         iclgd_model *out, iclgd_error *err) {
  *out = *model;
  out->theta = iclgd_arena_reals(arena, model->layers, model->layer_size, 1);
  if (!out->theta) return iclgd_fail_memory(err, "a copy of the model");
  memcpy(out->theta, model->theta,
         iclgd_model_size(model) * sizeof *out->theta);
  return ICLGD_OK;
}

iclgd_status losses_prompts(const iclgd_probe_setup *setup, size_t wanted,
                            iclgd_arena *arena, iclgd_prompts *out,
                            iclgd_error *err) {
  const size_t count = wanted < setup->prompts ? wanted : setup->prompts;
  const iclgd_status status =
      iclgd_supply_room(&setup->supply, count, arena, out, err);
  if (!status) iclgd_supply_draw(&setup->supply, setup->supply_from, out);
  return status;
}

/* Descent families need no tokens. */
static double loss_of(const iclgd_model *model, const iclgd_prompt *prompt,
                      const losses_room *room) {
  const size_t d = model->d, last = iclgd_model_depth(model);
  double error;
  if (iclgd_family_is_descent(model->family)) {
    iclgd_model_weights(model, prompt, room->tape, room->path);
    error = iclgd_dot(room->path + last * d, prompt->x_query, d);
  } else {
    iclgd_model_predict(model, prompt, room->tape, room->path);
    error = room->path[last];
  }
  error -= prompt->y_query;
  return error * error;
}

void losses_fill(const iclgd_model *model, const iclgd_prompts *prompts,
                 const losses_room *room, double *loss) {
  for (size_t i = 0; i < prompts->count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(prompts, i);
    loss[i] = loss_of(model, &prompt, room);
  }
}

double losses_mean(const iclgd_model *model, const iclgd_prompts *prompts,
                   const losses_room *room) {
  double sum = 0;
  for (size_t i = 0; i < prompts->count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(prompts, i);
    sum += loss_of(model, &prompt, room);
  }
  return sum / (double)prompts->count;
}
