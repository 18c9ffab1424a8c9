/* The table of named parameter arrays: layer after layer, each with its arrays
 * one after the other; then the arrays that there are once. */
#include <iclgd/architecture.h>

#include <assert.h>
#include <string.h>

size_t iclgd_array_size(const iclgd_array *array) {
  size_t size = 1;
  for (size_t i = 0; i < array->rank; ++i) size *= array->extents[i];
  return size;
}

const iclgd_array *iclgd_model_array(const iclgd_model *model,
                                     const char *name) {
  for (size_t k = 0; k < model->n_arrays; ++k)
    if (strcmp(model->arrays[k].name, name) == 0) return &model->arrays[k];
  return NULL;
}

static void lay_out(iclgd_model *model) {
  size_t stride = 0;
  for (size_t k = 0; k < model->n_arrays; ++k) {
    iclgd_array *array = &model->arrays[k];
    if (!array->by_layer) continue;
    array->offset = stride;
    stride += iclgd_array_size(array);
  }
  model->size = model->layers * stride;
  for (size_t k = 0; k < model->n_arrays; ++k) {
    iclgd_array *array = &model->arrays[k];
    array->stride = array->by_layer ? stride : 0;
    if (array->by_layer) continue;
    array->offset = model->size;
    model->size += iclgd_array_size(array);
  }
}

iclgd_array *iclgd_model_add_array(iclgd_model *model, const char *name,
                                   bool by_layer, size_t rank,
                                   const size_t *extents) {
  assert(model->n_arrays < ICLGD_ARRAYS_MAX && rank <= ICLGD_ARRAY_RANK_MAX);
  iclgd_array *array = &model->arrays[model->n_arrays++];
  *array = (iclgd_array){
      .name = name, .by_layer = by_layer, .rank = rank, .spread = 1};
  memcpy(array->extents, extents, rank * sizeof *extents);
  lay_out(model);
  return array;
}
