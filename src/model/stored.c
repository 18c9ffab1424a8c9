/* Parameters as the arrays of the file: those of theta, gathered layer by
 * layer, unless the architecture has a form of its own. */
#include <iclgd/architecture.h>

#include <string.h>

size_t iclgd_model_stored(const iclgd_model *model, iclgd_array *out) {
  if (model->architecture->stored)
    return model->architecture->stored(model, out);
  memcpy(out, model->arrays, model->n_arrays * sizeof *out);
  return model->n_arrays;
}

size_t iclgd_stored_extents(const iclgd_model *model, const iclgd_array *stored,
                            size_t extents[ICLGD_ARRAY_RANK_MAX + 1]) {
  size_t rank = 0;
  if (stored->by_layer) extents[rank++] = model->layers;
  for (size_t i = 0; i < stored->rank; ++i)
    extents[rank++] = stored->extents[i];
  return rank;
}

void iclgd_model_store(const iclgd_model *model, const double *theta, size_t k,
                       double *out) {
  const iclgd_array *array = &model->arrays[k];
  const size_t size = iclgd_array_size(array);
  const size_t layers = array->by_layer ? model->layers : 1;
  if (model->architecture->store)
    model->architecture->store(model, theta, k, out);
  else
    for (size_t l = 0; l < layers; ++l)
      memcpy(out + l * size, theta + array->offset + l * array->stride,
             size * sizeof *out);
}

iclgd_status iclgd_model_load(const iclgd_model *model,
                              const double *const *arrays, double *theta,
                              iclgd_error *err) {
  if (model->architecture->load)
    return model->architecture->load(model, arrays, theta, err);
  for (size_t k = 0; k < model->n_arrays; ++k) {
    const iclgd_array *array = &model->arrays[k];
    const size_t size = iclgd_array_size(array);
    const size_t layers = array->by_layer ? model->layers : 1;
    for (size_t l = 0; l < layers; ++l)
      memcpy(theta + array->offset + l * array->stride, arrays[k] + l * size,
             size * sizeof *theta);
  }
  return ICLGD_OK;
}
