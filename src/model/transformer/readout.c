/* The prediction of a state h, with f = norm_f(h), or h where there is no norm:
 *   yhat = W_out . f + b_out,  or  sign * f[C - 1]
 * (others in their place: `other`). Backward from g = dL/dyhat: df = g W_out,
 * dW_out = g f, db_out = g; then through the norm. */
#include "model/transformer/readout.h"

#include <string.h>

/* f of the state, in `work` where there is a norm. */
static const number *normed(const iclgd_layer *layer, iclgd_readout readout,
                            size_t i, const number *h, number *work) {
  if (!readout.norm) return h;
  iclgd_norm_forward(layer, readout.norm, i, 1, h, work);
  return work;
}

/* What f is multiplied by, entry by entry. */
static number weight_of(const iclgd_layer *layer, const iclgd_readout *readout,
                        size_t c) {
  const number *W = iclgd_parameter(layer, ICLGD_W_OUT);
  if (readout->other) return readout->other[c];
  if (W) return W[c];
  return c + 1 == layer->shape->width ? readout->sign : 0;
}

number iclgd_read_forward(const iclgd_layer *layer, iclgd_readout readout,
                          size_t i, const number *h, number *work) {
  const number *f = normed(layer, readout, i, h, work);
  const number *b = iclgd_parameter(layer, ICLGD_B_OUT);
  number sum = b ? *b : 0;
  if (readout.other) sum = readout.other[layer->shape->width];
  for (size_t c = 0; c < layer->shape->width; ++c)
    sum += weight_of(layer, &readout, c) * f[c];
  return sum;
}

void iclgd_read_backward(const iclgd_layer *layer, iclgd_readout readout,
                         size_t i, const number *h, number slope, number *work,
                         number *dh) {
  const size_t C = layer->shape->width;
  const number *f = normed(layer, readout, i, h, work);
  number *dW = iclgd_parameter_slope(layer, ICLGD_W_OUT);
  number *db = iclgd_parameter_slope(layer, ICLGD_B_OUT), *df = work + C;
  for (size_t c = 0; c < C; ++c) {
    if (dW && !readout.other) dW[c] += slope * f[c];
    df[c] = slope * weight_of(layer, &readout, c);
  }
  if (db && !readout.other) *db += slope;
  if (readout.norm) iclgd_norm_backward(layer, readout.norm, i, 1, df, df);
  for (size_t c = 0; c < C; ++c) dh[c] += df[c];
}

void iclgd_read_tangent(const iclgd_layer *layer, iclgd_readout readout,
                        size_t i, size_t count, const number *J, number *work,
                        number *w) {
  const size_t C = layer->shape->width;
  if (readout.norm) {
    iclgd_norm_tangent(layer, readout.norm, i, count, J, work);
    J = work;
  }
  for (size_t j = 0; j < count; ++j) {
    w[j] = 0;
    for (size_t c = 0; c < C; ++c)
      w[j] += weight_of(layer, &readout, c) * J[j * C + c];
  }
}
