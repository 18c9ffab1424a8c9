/* The arrays of a transformer in the engine's numbers: theta and its gradient,
 * in the order of the model's. */
#ifndef ICLGD_ENGINE_TRANSFORMER_PARAMETERS_H
#define ICLGD_ENGINE_TRANSFORMER_PARAMETERS_H

#include <iclgd/transformer.h>

#include "engine/lanes.h"

typedef struct parameters {
  const iclgd_transformer *shape;
  const real *theta;
  real *dtheta;
  size_t layer;
} parameters;

ICLGD_INLINE size_t place_of(const parameters *p,
                             iclgd_transformer_array array) {
  const size_t at = p->shape->offset[array];
  if (at == ICLGD_NO_ARRAY) return at;
  return at + (array < ICLGD_W_IN ? p->layer * p->shape->stride : 0);
}

/* NULL: the shape has no such array, or there are no slopes. */
ICLGD_INLINE const real *parameter(const parameters *p,
                                   iclgd_transformer_array array) {
  const size_t at = place_of(p, array);
  return at == ICLGD_NO_ARRAY ? NULL : p->theta + at;
}
ICLGD_INLINE real *parameter_slope(const parameters *p,
                                   iclgd_transformer_array array) {
  const size_t at = place_of(p, array);
  return at == ICLGD_NO_ARRAY || !p->dtheta ? NULL : p->dtheta + at;
}

#endif /* ICLGD_ENGINE_TRANSFORMER_PARAMETERS_H */
