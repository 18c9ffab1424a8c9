/* The way past a part of a block (shortcut.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_SHORTCUT_H
#define ICLGD_MODEL_TRANSFORMER_SHORTCUT_H

#include "model/transformer/layer.h"

/* Attention, and the mlp: rows of the array `shortcut`. */
typedef enum iclgd_past { ICLGD_PAST_ATTENTION, ICLGD_PAST_MLP } iclgd_past;

/* out (rows, C) += what passes the part of x (rows, C); of tangents too. */
void iclgd_shortcut_forward(const iclgd_layer *layer, iclgd_past part,
                            size_t rows, const number *x, number *out);
/* dx (rows, C) += from dout (rows, C); gradients +=. */
void iclgd_shortcut_backward(const iclgd_layer *layer, iclgd_past part,
                             size_t rows, const number *x, const number *dout,
                             number *dx);

#endif /* ICLGD_MODEL_TRANSFORMER_SHORTCUT_H */
