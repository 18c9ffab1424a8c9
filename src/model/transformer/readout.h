/* Predictions from states (readout.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_READOUT_H
#define ICLGD_MODEL_TRANSFORMER_READOUT_H

#include "model/transformer/norm.h"

/* One readout: the norm before it (none: the state is read as it is). */
typedef struct iclgd_readout {
  const iclgd_norm *norm; /* NULL: none */
  double sign;            /* of the last coordinate, where that is read */
  const double *other;    /* (C + 1) in the place of theta's; NULL: none */
} iclgd_readout;

/* The prediction from the state h (C) of token i; work (C). */
number iclgd_read_forward(const iclgd_layer *layer, iclgd_readout readout,
                          size_t i, const number *h, number *work);
/* dh (C) += from the slope of the prediction; gradients +=. work (2, C). */
void iclgd_read_backward(const iclgd_layer *layer, iclgd_readout readout,
                         size_t i, const number *h, number slope, number *work,
                         number *dh);
/* w (count) of tangents J (count, C) of the state of token i; work (count, C).
 */
void iclgd_read_tangent(const iclgd_layer *layer, iclgd_readout readout,
                        size_t i, size_t count, const number *J, number *work,
                        number *w);

#endif /* ICLGD_MODEL_TRANSFORMER_READOUT_H */
