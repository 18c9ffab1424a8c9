/* Norms of rows (norm.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_NORM_H
#define ICLGD_MODEL_TRANSFORMER_NORM_H

#include "model/transformer/layer.h"

/* One of the norms of a layer, and what its forward leaves for backward. */
typedef struct iclgd_norm {
  iclgd_transformer_array gain, bias;
  number *unit; /* (rows, C) xhat */
  number *r;    /* (rows) */
} iclgd_norm;

/* out (rows, C) from x (rows, C), which may be the same; the norm's rows begin
 * at `first` of its arrays. */
void iclgd_norm_forward(const iclgd_layer *layer, const iclgd_norm *norm,
                        size_t first, size_t rows, const number *x,
                        number *out);
/* dx (rows, C) = from dout (rows, C), which may be the same; gradients +=. */
void iclgd_norm_backward(const iclgd_layer *layer, const iclgd_norm *norm,
                         size_t first, size_t rows, const number *dout,
                         number *dx);
/* out (count, C) of tangents dx (count, C) of the one row `row`; may be the
 * same. */
void iclgd_norm_tangent(const iclgd_layer *layer, const iclgd_norm *norm,
                        size_t row, size_t count, const number *dx,
                        number *out);

#endif /* ICLGD_MODEL_TRANSFORMER_NORM_H */
