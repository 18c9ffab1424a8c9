/* The parameters of one layer, and where their gradients go. */
#ifndef ICLGD_MODEL_TRANSFORMER_LAYER_H
#define ICLGD_MODEL_TRANSFORMER_LAYER_H

#include <iclgd/model.h>

typedef struct iclgd_layer {
  const iclgd_transformer *shape;
  const double *theta;
  double *dtheta; /* NULL: no gradients are asked for */
  size_t index;
} iclgd_layer;

/* NULL: the shape has no such array (ICLGD_TRANSFORMER_ARRAYS stands for none).
 */
static inline const double *iclgd_parameter(const iclgd_layer *layer,
                                            iclgd_transformer_array array) {
  if (array == ICLGD_TRANSFORMER_ARRAYS) return NULL;
  return iclgd_transformer_at(layer->shape, layer->theta, array, layer->index);
}

/* The same of dtheta; NULL also where no gradients are asked for. */
static inline double *iclgd_parameter_slope(const iclgd_layer *layer,
                                            iclgd_transformer_array array) {
  const double *at = iclgd_parameter(layer, array);
  return at && layer->dtheta ? layer->dtheta + (at - layer->theta) : NULL;
}

#endif /* ICLGD_MODEL_TRANSFORMER_LAYER_H */
