/* What passes a part of a block (model.shortcut):
 *   identity   r x
 *   none       0
 *   augmented  r x + s * x, s (C) learned, by layer and part
 * Augmented shortcuts (Tang et al. 2021, arXiv:2106.15941) are block-circulant
 * maps beside the identity, here with blocks of one number and without their
 * activation. Backward: dx = (r + s) * dout, ds = sum over rows x * dout. */
#include "model/transformer/shortcut.h"

static const number *gains_of(const iclgd_layer *layer, iclgd_past part) {
  const number *gains = iclgd_parameter(layer, ICLGD_SHORTCUT);
  return gains ? gains + (size_t)part * layer->shape->width : NULL;
}

void iclgd_shortcut_forward(const iclgd_layer *layer, iclgd_past part,
                            size_t rows, const number *x, number *out) {
  const size_t C = layer->shape->width;
  const double r = layer->shape->residual;
  const number *s = gains_of(layer, part);
  for (size_t i = 0; i < rows * C; ++i)
    out[i] += s ? (r + s[i % C]) * x[i] : r * x[i];
}

void iclgd_shortcut_backward(const iclgd_layer *layer, iclgd_past part,
                             size_t rows, const number *x, const number *dout,
                             number *dx) {
  const size_t C = layer->shape->width;
  number *ds = iclgd_parameter_slope(layer, ICLGD_SHORTCUT);
  iclgd_shortcut_forward(layer, part, rows, dout, dx);
  if (!ds) return;
  ds += (size_t)part * C;
  for (size_t i = 0; i < rows * C; ++i) ds[i % C] += x[i] * dout[i];
}
