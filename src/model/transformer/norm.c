/* Layer norm (Ba et al. 2016) of every row x, and its form without mean and
 * bias (Zhang & Sennrich 2019):
 *   xhat = (x - mu) r,  r = 1 / sqrt(mean (x - mu)^2 + epsilon),  (rms: mu = 0)
 *   out  = gain xhat + bias
 * With g = gain dout:
 *   dx    = r (g - mean g - xhat mean(g xhat)),  (rms: without mean g)
 *   dgain = sum dout xhat,  dbias = sum dout
 * d xhat / dx is symmetric, so that a tangent takes the same way before the
 * gain. */
#include "model/transformer/norm.h"

static number mean_of(const number *x, size_t C) {
  number sum = 0;
  for (size_t j = 0; j < C; ++j) sum += x[j];
  return sum / (double)C;
}

void iclgd_norm_forward(const iclgd_layer *layer, const iclgd_norm *norm,
                        size_t first, size_t rows, const number *x,
                        number *out) {
  const iclgd_transformer *shape = layer->shape;
  const size_t C = shape->width;
  const number *gain = iclgd_parameter(layer, norm->gain);
  const number *bias = iclgd_parameter(layer, norm->bias);
  for (size_t i = 0; i < rows; ++i, x += C, out += C) {
    number *unit = norm->unit + (first + i) * C, squares = 0;
    const number mu = shape->norm == ICLGD_NORM_RMS ? 0 : mean_of(x, C);
    for (size_t j = 0; j < C; ++j) squares += (x[j] - mu) * (x[j] - mu);
    const number r =
        iclgd_ratio(1, iclgd_root(squares / (double)C + shape->epsilon));
    norm->r[first + i] = r;
    for (size_t j = 0; j < C; ++j) unit[j] = (x[j] - mu) * r;
    for (size_t j = 0; j < C; ++j)
      out[j] = gain[j] * unit[j] + (bias ? bias[j] : 0);
  }
}

/* out = d xhat / dx applied to g gain (to g without a gain). */
static void pull(const iclgd_transformer *shape, number r, const number *unit,
                 const number *g, const number *gain, number *out) {
  const size_t C = shape->width;
  number mean = 0, along = 0;
  for (size_t j = 0; j < C; ++j) {
    const number entry = gain ? gain[j] * g[j] : g[j];
    mean += entry;
    along += entry * unit[j];
  }
  mean = shape->norm == ICLGD_NORM_RMS ? 0 : mean / (double)C;
  along /= (double)C;
  for (size_t j = 0; j < C; ++j) {
    const number entry = gain ? gain[j] * g[j] : g[j];
    out[j] = r * (entry - mean - unit[j] * along);
  }
}

void iclgd_norm_backward(const iclgd_layer *layer, const iclgd_norm *norm,
                         size_t first, size_t rows, const number *dout,
                         number *dx) {
  const size_t C = layer->shape->width;
  number *dgain = iclgd_parameter_slope(layer, norm->gain);
  number *dbias = iclgd_parameter_slope(layer, norm->bias);
  for (size_t i = 0; i < rows; ++i, dout += C, dx += C) {
    const number *unit = norm->unit + (first + i) * C;
    for (size_t j = 0; dgain && j < C; ++j) dgain[j] += dout[j] * unit[j];
    for (size_t j = 0; dbias && j < C; ++j) dbias[j] += dout[j];
    pull(layer->shape, norm->r[first + i], unit, dout,
         iclgd_parameter(layer, norm->gain), dx);
  }
}

void iclgd_norm_tangent(const iclgd_layer *layer, const iclgd_norm *norm,
                        size_t row, size_t count, const number *dx,
                        number *out) {
  const size_t C = layer->shape->width;
  const number *gain = iclgd_parameter(layer, norm->gain);
  for (size_t i = 0; i < count; ++i, dx += C, out += C) {
    pull(layer->shape, norm->r[row], norm->unit + row * C, dx, NULL, out);
    for (size_t j = 0; j < C; ++j) out[j] *= gain[j];
  }
}
