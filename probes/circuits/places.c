/* Components by their places, and their outputs in one array: of layer after
 * layer the heads, (tokens, width) each, then the mlp. */
#include <stdio.h>

#include "probes/circuits/circuits.h"

static const char *name_of(iclgd_place_kind kind, size_t layer, size_t head,
                           iclgd_arena *arena) {
  char text[64];
  if (kind == ICLGD_PLACE_HEAD)
    snprintf(text, sizeof text, "layer %zu head %zu", layer + 1, head + 1);
  else
    snprintf(text, sizeof text, "layer %zu%s", layer + 1,
             kind == ICLGD_PLACE_MLP ? " mlp" : "");
  return iclgd_arena_text(arena, text);
}

iclgd_status iclgd_places_list(const iclgd_model *model, iclgd_arena *arena,
                               iclgd_place **out, size_t *count,
                               iclgd_error *err) {
  const iclgd_components *parts = iclgd_model_components(model);
  const size_t heads = parts->heads(model), depth = iclgd_model_depth(model);
  const size_t n_parts = heads + parts->has_mlp(model);
  const size_t of_layer = n_parts > 1 ? n_parts + 1 : 1;
  iclgd_place *place = iclgd_arena_take(arena, depth * of_layer, sizeof *place);
  if (!place) return iclgd_fail_memory(err, "circuits");
  for (size_t i = 0; i < depth * of_layer; ++i) {
    const size_t l = i / of_layer, k = i % of_layer;
    iclgd_place_kind kind = k <= heads ? ICLGD_PLACE_HEAD : ICLGD_PLACE_MLP;
    if (k == 0) kind = ICLGD_PLACE_LAYER;
    const size_t head = kind == ICLGD_PLACE_HEAD ? k - 1 : 0;
    place[i] = (iclgd_place){kind, l, head, name_of(kind, l, head, arena)};
  }
  *out = place;
  *count = depth * of_layer;
  return iclgd_arena_status(arena, err, "circuits");
}

/* Entries of one output. */
static size_t size_of(const iclgd_model *model, size_t n,
                      iclgd_component_kind kind) {
  const iclgd_components *parts = iclgd_model_components(model);
  if (kind == ICLGD_COMPONENT_MLP && !parts->has_mlp(model)) return 0;
  return parts->tokens(model, n) * parts->width(model, kind);
}

/* Entries of the outputs of a layer, and where one of them begins. */
static size_t layer_size(const iclgd_model *model, size_t n) {
  return iclgd_model_components(model)->heads(model) *
             size_of(model, n, ICLGD_COMPONENT_HEAD) +
         size_of(model, n, ICLGD_COMPONENT_MLP);
}
static size_t begin_of(const iclgd_model *model, size_t n, iclgd_component c) {
  const size_t heads = iclgd_model_components(model)->heads(model);
  const size_t before = c.kind == ICLGD_COMPONENT_MLP ? heads : c.head;
  return c.layer * layer_size(model, n) +
         before * size_of(model, n, ICLGD_COMPONENT_HEAD);
}

size_t iclgd_outputs_size(const iclgd_model *model, size_t n) {
  return iclgd_model_depth(model) * layer_size(model, n);
}

/* Component k of a layer: a head, or the mlp behind them. */
static iclgd_component component_at(const iclgd_model *model, size_t layer,
                                    size_t k) {
  const bool head = k < iclgd_model_components(model)->heads(model);
  return (iclgd_component){head ? ICLGD_COMPONENT_HEAD : ICLGD_COMPONENT_MLP,
                           layer, head ? k : 0};
}
static size_t components_of(const iclgd_model *model) {
  const iclgd_components *parts = iclgd_model_components(model);
  return parts->heads(model) + parts->has_mlp(model);
}

void iclgd_outputs_read(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt, iclgd_tape *tape,
                        double *out) {
  for (size_t l = 0; l < iclgd_model_depth(model); ++l)
    for (size_t k = 0; k < components_of(model); ++k) {
      const iclgd_component c = component_at(model, l, k);
      iclgd_model_output(model, theta, prompt, tape, c,
                         out + begin_of(model, prompt->n, c));
    }
}

size_t iclgd_place_changes(const iclgd_model *model, size_t n,
                           const iclgd_place *place, const double *outputs,
                           iclgd_intervention *out) {
  const bool all = place->kind == ICLGD_PLACE_LAYER;
  size_t count = 0;
  for (size_t k = 0; k < components_of(model); ++k) {
    const iclgd_component c = component_at(model, place->layer, k);
    const bool mlp = c.kind == ICLGD_COMPONENT_MLP;
    const bool here =
        mlp ? place->kind == ICLGD_PLACE_MLP
            : place->kind == ICLGD_PLACE_HEAD && c.head == place->head;
    if (all || here)
      out[count++] = (iclgd_intervention){
          c, outputs ? outputs + begin_of(model, n, c) : NULL};
  }
  return count;
}
