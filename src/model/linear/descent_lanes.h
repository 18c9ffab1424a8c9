/* Layers that descend, beside them what they move by along LANES directions at
 * once: kernels on bare arrays, compiled once per instruction set. A lane of an
 * array is one direction; `dA` (d, d, LANES) are the directions in A. */
#ifndef ICLGD_MODEL_LINEAR_DESCENT_LANES_H
#define ICLGD_MODEL_LINEAR_DESCENT_LANES_H

#include <iclgd/model.h>

#include "base/isa.h"

enum { LANES = ICLGD_DIRECTIONS };

/* The layer that is on: A and S (d, d). */
typedef struct iclgd_lane_layer {
  size_t d;
  const double *A, *dA, *S;
} iclgd_lane_layer;

typedef struct iclgd_descent_lanes {
  /* dr (d, LANES) = - dw S, dw_next = dw + dr A^T + r dA^T */
  void (*forward)(const iclgd_lane_layer *layer, const double *r,
                  const double *dw, double *dr, double *dw_next);
  /* Backward with u = 0, which moves by du (d, LANES): G (d, d, LANES) += du^T
   * r, and du becomes that of the layer before; work (d, LANES). */
  void (*backward)(const iclgd_lane_layer *layer, const double *r, double *du,
                   double *G, double *work);
  /* The same of any u (d), which stays. */
  void (*backward_of)(const iclgd_lane_layer *layer, const double *r,
                      const double *dr, const double *u, double *du, double *G,
                      double *work);
} iclgd_descent_lanes;

extern const iclgd_descent_lanes ICLGD_PASTE(iclgd_descent_lanes, base);
extern const iclgd_descent_lanes ICLGD_PASTE(iclgd_descent_lanes, v3);
extern const iclgd_descent_lanes ICLGD_PASTE(iclgd_descent_lanes, v4);

#endif /* ICLGD_MODEL_LINEAR_DESCENT_LANES_H */
