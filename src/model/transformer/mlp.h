/* The mlp of one layer (mlp.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_MLP_H
#define ICLGD_MODEL_TRANSFORMER_MLP_H

#include "model/transformer/affine.h"

/* What forward leaves, (rows, M); gate is there for swiglu alone. */
typedef struct iclgd_mlp_tape {
  number *up, *gate, *hidden;
} iclgd_mlp_tape;

/* out (rows, C) from u (rows, C), in the first rows of the tape. */
void iclgd_mlp_forward(const iclgd_layer *layer, iclgd_mlp_tape tape,
                       size_t rows, const number *u, number *out);
/* du (rows, C) += from dout (rows, C); gradients +=. work (2, rows, M). */
void iclgd_mlp_backward(const iclgd_layer *layer, iclgd_mlp_tape tape,
                        size_t rows, const number *u, const number *dout,
                        number *work, number *du);
/* out (count, C) of tangents du (count, C) of the one row whose tape this is;
 * work (2, count, M). */
void iclgd_mlp_tangent(const iclgd_layer *layer, iclgd_mlp_tape tape,
                       size_t count, const number *du, number *work,
                       number *out);

#endif /* ICLGD_MODEL_TRANSFORMER_MLP_H */
