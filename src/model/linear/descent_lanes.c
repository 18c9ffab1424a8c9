/* Products of the tangents of descending layers, all directions at a time; sums
 * are those of moving.h in their order, so that a lane has the bits of a
 * direction taken alone. */
#include "model/linear/descent_lanes.h"

#include <string.h>

typedef double lanes
    __attribute__((vector_size(8 * LANES), aligned(8), may_alias));

static lanes *at(double *all, size_t i) {
  return (lanes *)(void *)(all + i * LANES);
}

static const lanes *of(const double *all, size_t i) {
  return (const lanes *)(const void *)(all + i * LANES);
}

static void forward(const iclgd_lane_layer *layer, const double *r,
                    const double *dw, double *dr, double *dw_next) {
  const size_t d = layer->d;
  for (size_t j = 0; j < d; ++j) {
    lanes sum = {0};
    for (size_t p = 0; p < d; ++p) sum -= *of(dw, p) * layer->S[p * d + j];
    *at(dr, j) = sum;
  }
  for (size_t j = 0; j < d; ++j) {
    lanes of_r = {0}, of_A = {0};
    for (size_t p = 0; p < d; ++p) {
      of_r += *of(dr, p) * layer->A[j * d + p];
      of_A += r[p] * *of(layer->dA, j * d + p);
    }
    *at(dw_next, j) = *of(dw, j) + of_r + of_A;
  }
}

/* du -= du_of_A S */
static void descend(const iclgd_lane_layer *layer, const double *du_of_A,
                    double *du) {
  const size_t d = layer->d;
  for (size_t j = 0; j < d; ++j) {
    lanes sum = *of(du, j);
    for (size_t p = 0; p < d; ++p) sum -= *of(du_of_A, p) * layer->S[p * d + j];
    *at(du, j) = sum;
  }
}

static void backward(const iclgd_lane_layer *layer, const double *r, double *du,
                     double *G, double *work) {
  const size_t d = layer->d;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) *at(G, i * d + j) += *of(du, i) * r[j];
  for (size_t j = 0; j < d; ++j) {
    lanes sum = {0};
    for (size_t p = 0; p < d; ++p) sum += *of(du, p) * layer->A[p * d + j];
    *at(work, j) = sum;
  }
  descend(layer, work, du);
}

static void backward_of(const iclgd_lane_layer *layer, const double *r,
                        const double *dr, const double *u, double *du,
                        double *G, double *work) {
  const size_t d = layer->d;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      lanes *out = at(G, i * d + j);
      *out = *out + *of(du, i) * r[j] + u[i] * *of(dr, j);
    }
  for (size_t j = 0; j < d; ++j) {
    lanes sum = {0};
    for (size_t p = 0; p < d; ++p) sum += *of(du, p) * layer->A[p * d + j];
    for (size_t p = 0; p < d; ++p) sum += u[p] * *of(layer->dA, p * d + j);
    *at(work, j) = sum;
  }
  descend(layer, work, du);
}

const iclgd_descent_lanes ICLGD_KERNEL(iclgd_descent_lanes) = {
    forward, backward, backward_of};
