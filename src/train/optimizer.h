/* Update rules on bare arrays. */
#ifndef ICLGD_TRAIN_OPTIMIZER_H
#define ICLGD_TRAIN_OPTIMIZER_H

#include <iclgd/train.h>

/* Moments m, v (size) and the powers of beta1 and beta2 so far. */
typedef struct iclgd_optimizer_state {
  double *m, *v;
  double power1, power2; /* start at 1 */
} iclgd_optimizer_state;

/* theta (size) moves along the gradient at rate lr. */
void iclgd_optimizer_step(const iclgd_train_options *options, double lr,
                          iclgd_optimizer_state *state, const double *gradient,
                          double *theta, size_t size);

/* Scale the gradient down to norm `limit`; its norm before. */
double iclgd_clip_norm(double *gradient, size_t size, double limit);

#endif /* ICLGD_TRAIN_OPTIMIZER_H */
