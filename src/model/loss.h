/* The loss of one readout (Huber 1964), and which readouts are in the loss:
 *   rho(e) = e^2 for |e| <= g, 2 g |e| - g^2 beyond;  rho'(e) = 2 max(-g,
 * min(e, g)). The guard g = 0 stands for no guard, e^2 everywhere. */
#ifndef ICLGD_MODEL_LOSS_H
#define ICLGD_MODEL_LOSS_H

#include <math.h>

#include <iclgd/model.h>

static inline double iclgd_rho(double error, double guard) {
  const double size = fabs(error);
  if (guard > 0 && size > guard) return guard * (2 * size - guard);
  return error * error;
}

/* Half of rho': the error within the guard. */
static inline double iclgd_guarded(double error, double guard) {
  if (!(guard > 0) || fabs(error) <= guard) return error;
  return error > 0 ? guard : -guard;
}

/* rho''. */
static inline double iclgd_rho_curvature(double error, double guard) {
  return guard > 0 && fabs(error) > guard ? 0 : 2;
}

/* Blocks before the last readout in the loss: later ones need not be run. */
static inline size_t iclgd_loss_depth(const iclgd_loss *loss, size_t depth) {
  while (depth > 0 && loss->c[depth] == 0) --depth;
  return depth;
}

/* With a guard an error of this size is that of a prompt which overflows (in
 * single precision its gradient would): it is left out and counted. */
static inline bool iclgd_overflows(double error, double guard) {
  return guard > 0 && !(fabs(error) < 1e15);
}

#endif /* ICLGD_MODEL_LOSS_H */
