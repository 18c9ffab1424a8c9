/* The parameters of one layer, and where their gradients go. */
#ifndef ICLGD_MODEL_TRANSFORMER_LAYER_H
#define ICLGD_MODEL_TRANSFORMER_LAYER_H

#include <iclgd/model.h>

#include "model/transformer/number.h"

typedef struct iclgd_layer {
  const iclgd_transformer *shape;
  const number *theta;
  number *dtheta; /* NULL: no gradients are asked for */
  size_t index;
} iclgd_layer;

/* NULL: the shape has no such array (ICLGD_TRANSFORMER_ARRAYS stands for none).
 */
static inline const number *iclgd_parameter(const iclgd_layer *layer,
                                            iclgd_transformer_array array) {
  if (array == ICLGD_TRANSFORMER_ARRAYS) return NULL;
  const size_t at = iclgd_transformer_offset(layer->shape, array, layer->index);
  return at == ICLGD_NO_ARRAY ? NULL : layer->theta + at;
}

/* The same of dtheta; NULL also where no gradients are asked for. */
static inline number *iclgd_parameter_slope(const iclgd_layer *layer,
                                            iclgd_transformer_array array) {
  const number *at = iclgd_parameter(layer, array);
  return at && layer->dtheta ? layer->dtheta + (at - layer->theta) : NULL;
}

#endif /* ICLGD_MODEL_TRANSFORMER_LAYER_H */
