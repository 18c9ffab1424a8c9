/* A linear map of every row, with a bias where there is one:
 *   Y = X W^T + 1 b^T;   dX = dY W,  dW = dY^T X,  db = dY^T 1 */
#include "model/transformer/affine.h"

#include <string.h>

void iclgd_affine_tangent(const iclgd_layer *layer, iclgd_affine map,
                          size_t rows, const number *X, number *Y) {
  const iclgd_factor x = {X, map.in, false};
  const iclgd_factor W = {iclgd_parameter(layer, map.W), map.in, true};
  memset(Y, 0, rows * map.out * sizeof *Y);
  iclgd_add_product(rows, map.out, map.in, 1, x, W, Y, map.out);
}

void iclgd_affine_forward(const iclgd_layer *layer, iclgd_affine map,
                          size_t rows, const number *X, number *Y) {
  const number *b = iclgd_parameter(layer, map.b);
  iclgd_affine_tangent(layer, map, rows, X, Y);
  for (size_t i = 0; b && i < rows; ++i)
    for (size_t j = 0; j < map.out; ++j) Y[i * map.out + j] += b[j];
}

void iclgd_affine_backward(const iclgd_layer *layer, iclgd_affine map,
                           size_t rows, const number *X, const number *dY,
                           number *dX) {
  number *dW = iclgd_parameter_slope(layer, map.W);
  number *db = iclgd_parameter_slope(layer, map.b);
  const iclgd_factor x = {X, map.in, false};
  const iclgd_factor W = {iclgd_parameter(layer, map.W), map.in, false};
  const iclgd_factor dy = {dY, map.out, false}, across = {dY, map.out, true};
  if (dX) iclgd_add_product(rows, map.in, map.out, 1, dy, W, dX, map.in);
  if (dW) iclgd_add_product(map.out, map.in, rows, 1, across, x, dW, map.in);
  for (size_t i = 0; db && i < rows; ++i)
    for (size_t j = 0; j < map.out; ++j) db[j] += dY[i * map.out + j];
}
