/* The state of a trainer between two updates, as numbers: step, huge steps,
 * powers of beta1 and beta2, then theta, m, v and the mean. */
#include <math.h>
#include <string.h>

#include "train/trainer.h"

enum { SCALARS = 4, VECTORS = 4 };

size_t iclgd_trainer_state_size(const iclgd_trainer *t) {
  return t->options.optimizer == ICLGD_LBFGS
             ? 0
             : SCALARS + VECTORS * t->model->size;
}

/* The vectors, in their order. */
static void list(const iclgd_trainer *t, double *out[VECTORS]) {
  out[0] = t->theta;
  out[1] = t->state.m;
  out[2] = t->state.v;
  out[3] = t->mean;
}

void iclgd_trainer_save(const iclgd_trainer *t, double *state) {
  const size_t size = t->model->size;
  double *vectors[VECTORS];
  list(t, vectors);
  state[0] = (double)t->step;
  state[1] = (double)t->huge_before;
  state[2] = t->state.power1;
  state[3] = t->state.power2;
  for (size_t k = 0; k < VECTORS; ++k)
    memcpy(state + SCALARS + k * size, vectors[k], size * sizeof *state);
}

static bool is_count(double x, size_t most) {
  return x >= 0 && x <= (double)most && x == floor(x);
}

iclgd_status iclgd_trainer_restore(iclgd_trainer *t, const double *state,
                                   iclgd_error *err) {
  const size_t size = t->model->size;
  double *vectors[VECTORS];
  /* The vectors may hold anything: a training that diverges is one, too. */
  if (!is_count(state[0], t->options.steps) ||
      !is_count(state[1], t->options.steps) || !isfinite(state[2]) ||
      !isfinite(state[3]))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "the state of a trainer: expected a step of 0 to %zu and "
                      "finite powers, found %g, and %g and %g",
                      t->options.steps, state[0], state[2], state[3]);
  list(t, vectors);
  t->step = (size_t)state[0];
  t->huge_steps = (size_t)state[1];
  t->state.power1 = state[2];
  t->state.power2 = state[3];
  for (size_t k = 0; k < VECTORS; ++k)
    memcpy(vectors[k], state + SCALARS + k * size, size * sizeof *state);
  return ICLGD_OK;
}
