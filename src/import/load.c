/* The numbers of a model from the arrays of a file: each is checked against the
 * shape it must have, then turned and cut. */
#include <stdio.h>
#include <string.h>

#include "import/claims.h"
#include "import/tensors.h"

typedef struct loader {
  const iclgd_claims *claims;
  const iclgd_model *model;
  iclgd_arena *arena;
  double **numbers; /* of every array of the file, once it was read */
} loader;

/* What stands at our array of layer l. */
static iclgd_status missing(const loader *l, const iclgd_array *array,
                            size_t layer, iclgd_error *err) {
  const iclgd_name_map *map = l->claims->map;
  char shape[128], place[64] = "";
  const char *theirs = array->name;
  for (size_t i = map->n_rules; i-- > 0;)
    if (strcmp(map->rules[i].ours, array->name) == 0)
      theirs = map->rules[i].theirs;
  iclgd_extents_text(array->extents, array->rank, shape, sizeof shape);
  if (array->by_layer)
    snprintf(place, sizeof place, " of layer %zu (from 0)", layer);
  return iclgd_fail(
      err, ICLGD_EINPUT, "%s: expected %s for %s %s%s, found no such array",
      l->claims->tensors->path, theirs, array->name, shape, place);
}

static iclgd_status wrong_shape(const loader *l, const iclgd_claim *claim,
                                const iclgd_array *array, iclgd_error *err) {
  char ours[128], theirs[128];
  const iclgd_name_rule *rule = claim->rule;
  const bool stacked = array->by_layer && !claim->by_layer;
  iclgd_extents_text(array->extents, array->rank, ours, sizeof ours);
  iclgd_extents_text(claim->tensor->extents, claim->tensor->rank, theirs,
                     sizeof theirs);
  return iclgd_fail(
      err, ICLGD_EINPUT, "%s: %s: expected %s %s%s%s%s, found %s",
      l->claims->tensors->path, claim->tensor->name, array->name, ours,
      rule && rule->transpose ? ", transposed" : "",
      rule && rule->parts + rule->to > 0 ? ", as a part of the rows" : "",
      stacked ? ", for each layer" : "", theirs);
}

/* Whether the claim gives an array of these extents; rows may be more where the
 * first of them are wanted. */
static bool fits(const iclgd_claim *claim, const iclgd_array *array,
                 size_t layers) {
  size_t extents[ICLGD_ARRAY_RANK_MAX];
  const bool stacked = array->by_layer && !claim->by_layer;
  const iclgd_tensor *t = claim->tensor;
  if (!iclgd_claim_extents(claim, stacked, array->rank, extents)) return false;
  if (stacked && t->rank > array->rank ? t->extents[0] != layers
                                       : stacked && layers > 1)
    return false;
  if (claim->rule && claim->rule->first && extents[0] > array->extents[0])
    extents[0] = array->extents[0];
  return memcmp(extents, array->extents, array->rank * sizeof *extents) == 0;
}

static iclgd_status numbers_of(loader *l, const iclgd_tensor *tensor,
                               const double **out, iclgd_error *err) {
  const iclgd_tensors *t = l->claims->tensors;
  double **place = &l->numbers[tensor - t->rows];
  if (!*place) TRY(iclgd_tensor_read(t, tensor, l->arena, place, err));
  *out = *place;
  return ICLGD_OK;
}

/* First row that the rule takes of `rows`. */
static size_t first_row(const iclgd_name_rule *rule, size_t rows) {
  if (!rule) return 0;
  return rule->parts > 0 ? (rule->part - 1) * rows / rule->parts : rule->from;
}

/* One layer's array, row-major, from that of the file: all rows of it are
 * size / columns. */
static void copy(const iclgd_claim *claim, const iclgd_array *array,
                 const double *in, size_t size, double *out) {
  const size_t rows = array->extents[0];
  const size_t columns = iclgd_array_size(array) / rows;
  const size_t all = size / columns, first = first_row(claim->rule, all);
  const bool transpose = claim->rule && claim->rule->transpose;
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j)
      out[i * columns + j] =
          transpose ? in[j * all + first + i] : in[(first + i) * columns + j];
}

static iclgd_status load_layer(loader *l, const iclgd_array *array,
                               size_t layer, double *out, iclgd_error *err) {
  const size_t layers = array->by_layer ? l->model->layers : 1;
  const iclgd_claim *claim = iclgd_claim_on(l->claims, array->name, layer);
  if (!claim) return missing(l, array, layer, err);
  if (!fits(claim, array, layers)) return wrong_shape(l, claim, array, err);
  const double *in;
  TRY(numbers_of(l, claim->tensor, &in, err));
  const size_t held = array->by_layer && !claim->by_layer ? layers : 1;
  const size_t size = claim->tensor->size / held;
  copy(claim, array, in + (held > 1 ? layer * size : 0), size, out);
  return ICLGD_OK;
}

static bool is_bias(const char *name) {
  const size_t length = strlen(name);
  return strncmp(name, "b_", 2) == 0 ||
         (length > 5 && strcmp(name + length - 5, "_bias") == 0);
}

static bool is_claimed(const iclgd_claims *c, const char *name) {
  for (size_t i = 0; i < c->count; ++i)
    if (strcmp(c->rows[i].ours, name) == 0) return true;
  return false;
}

/* Claims on what the model has not. */
static iclgd_status check_extra(const loader *l, const iclgd_array *arrays,
                                size_t count, iclgd_error *err) {
  for (size_t i = 0; i < l->claims->count; ++i) {
    const iclgd_claim *claim = &l->claims->rows[i];
    const iclgd_array *found = NULL;
    for (size_t k = 0; k < count; ++k)
      if (strcmp(arrays[k].name, claim->ours) == 0) found = &arrays[k];
    const bool shared = found && !found->by_layer;
    if (found &&
        (!claim->by_layer || (!shared && claim->layer < l->model->layers)))
      continue;
    return iclgd_fail(
        err, ICLGD_EINPUT, "%s: %s: the model has no %s%s (architecture %s)",
        l->claims->tensors->path, claim->tensor->name, claim->ours,
        shared  ? " for each layer, but one for all"
        : found ? " of this layer, counted from 0"
                : "",
        l->model->architecture->name);
  }
  return ICLGD_OK;
}

static iclgd_status load_array(loader *l, const iclgd_array *array,
                               double **out, iclgd_error *err) {
  const size_t layers = array->by_layer ? l->model->layers : 1;
  const size_t size = iclgd_array_size(array);
  *out = iclgd_arena_reals(l->arena, layers, size, 1);
  if (!*out) return iclgd_fail_memory(err, array->name);
  for (size_t i = 0; i < layers; ++i)
    TRY(load_layer(l, array, i, *out + i * size, err));
  return ICLGD_OK;
}

/* A bias that nothing speaks of: zeros. */
static iclgd_status zeros(loader *l, const iclgd_array *array, double **out,
                          iclgd_error *err) {
  const size_t layers = array->by_layer ? l->model->layers : 1;
  *out = iclgd_arena_reals(l->arena, layers, iclgd_array_size(array), 1);
  return *out ? ICLGD_OK : iclgd_fail_memory(err, array->name);
}

iclgd_status iclgd_claims_load(const iclgd_claims *claims,
                               const iclgd_model *model, iclgd_arena *arena,
                               double **theta, const char **zero,
                               size_t *n_zero, iclgd_error *err) {
  iclgd_array stored[ICLGD_ARRAYS_MAX];
  double *arrays[ICLGD_ARRAYS_MAX];
  const size_t count = iclgd_model_stored(model, stored);
  loader l = {
      claims, model, arena,
      iclgd_arena_take(arena, claims->tensors->count, sizeof *l.numbers)};
  *theta = iclgd_arena_reals(arena, model->size, 1, 1);
  TRY(iclgd_arena_status(arena, err, claims->tensors->path));
  TRY(check_extra(&l, stored, count, err));
  *n_zero = 0;
  for (size_t k = 0; k < count; ++k) {
    if (is_bias(stored[k].name) && !is_claimed(claims, stored[k].name)) {
      zero[(*n_zero)++] = stored[k].name;
      TRY(zeros(&l, &stored[k], &arrays[k], err));
    } else {
      TRY(load_array(&l, &stored[k], &arrays[k], err));
    }
  }
  if (!iclgd_model_load(model, (const double *const *)arrays, *theta, err))
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: %s: expected numbers of the form that the keys say "
                    "(model.weights), found others",
                    claims->tensors->path, stored[0].name);
}
