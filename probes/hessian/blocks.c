/* Blocks of the Hessian: every array of parameters, layer by layer; an array of
 * all layers together where there would be too many. */
#include <stdio.h>

#include "probes/hessian/parts.h"

static size_t layers_of(const iclgd_model *model, const iclgd_array *array) {
  return array->by_layer ? model->layers : 1;
}

iclgd_status hessian_blocks_of(const iclgd_model *model, iclgd_arena *arena,
                               hessian_blocks *out, iclgd_error *err) {
  size_t wanted = 0;
  *out = (hessian_blocks){
      .of = iclgd_arena_take(arena, model->size, sizeof *out->of)};
  for (size_t k = 0; k < model->n_arrays; ++k)
    wanted += layers_of(model, &model->arrays[k]);
  const bool apart = wanted <= HESSIAN_BLOCKS_MAX;
  for (size_t k = 0; out->of && k < model->n_arrays; ++k) {
    const iclgd_array *array = &model->arrays[k];
    const size_t layers = layers_of(model, array);
    const size_t size = iclgd_array_size(array);
    for (size_t l = 0; l < layers; ++l) {
      const bool is_new = apart || l == 0;
      const size_t at = is_new ? out->count++ : out->count - 1;
      char name[64];
      if (apart && layers > 1)
        snprintf(name, sizeof name, "%.40s %zu", array->name, l + 1);
      else
        snprintf(name, sizeof name, "%.40s", array->name);
      if (is_new) out->name[at] = iclgd_arena_text(arena, name);
      out->size[at] += size;
      for (size_t i = 0; i < size; ++i)
        out->of[array->offset + l * array->stride + i] = at;
    }
  }
  return iclgd_arena_status(arena, err, "hessian");
}
