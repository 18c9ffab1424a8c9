/* Linear maps with bias (affine.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_AFFINE_H
#define ICLGD_MODEL_TRANSFORMER_AFFINE_H

#include "model/transformer/layer.h"

/* A matrix W (out, in) and its bias among the arrays. */
typedef struct iclgd_affine {
  iclgd_transformer_array W, b;
  size_t in, out;
} iclgd_affine;

/* Y (rows, out) from X (rows, in). */
void iclgd_affine_forward(const iclgd_layer *layer, iclgd_affine map,
                          size_t rows, const number *X, number *Y);
/* dX (rows, in; may be NULL) += and the gradients of W and b +=. */
void iclgd_affine_backward(const iclgd_layer *layer, iclgd_affine map,
                           size_t rows, const number *X, const number *dY,
                           number *dX);
/* Tangents: Y (rows, out) = X W^T. */
void iclgd_affine_tangent(const iclgd_layer *layer, iclgd_affine map,
                          size_t rows, const number *X, number *Y);

#endif /* ICLGD_MODEL_TRANSFORMER_AFFINE_H */
