/* Adam (Kingma and Ba 2015), AdamW (Loshchilov and Hutter 2019) and SGD with
 * momentum beta1; clipping; schedules. No libm function but sqrt: the bits of
 * a training run must not depend on the C library. */
#include "train/optimizer.h"

#include <math.h>

double iclgd_clip_norm(double *gradient, size_t size, double limit) {
  double squares = 0;
  for (size_t i = 0; i < size; ++i) squares += gradient[i] * gradient[i];
  const double norm = sqrt(squares);
  if (limit > 0 && norm > limit)
    for (size_t i = 0; i < size; ++i) gradient[i] *= limit / norm;
  return norm;
}

static void sgd(const iclgd_train_options *o, double lr,
                iclgd_optimizer_state *state, const double *gradient,
                double *theta, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    state->m[i] = o->beta1 * state->m[i] + gradient[i];
    theta[i] -= lr * (state->m[i] + o->weight_decay * theta[i]);
  }
}

static void adam(const iclgd_train_options *o, double lr,
                 iclgd_optimizer_state *state, const double *gradient,
                 double *theta, size_t size) {
  const double coupled = o->optimizer == ICLGD_ADAM ? o->weight_decay : 0;
  const double decoupled = o->optimizer == ICLGD_ADAMW ? o->weight_decay : 0;
  state->power1 *= o->beta1;
  state->power2 *= o->beta2;
  for (size_t i = 0; i < size; ++i) {
    const double g = gradient[i] + coupled * theta[i];
    state->m[i] = o->beta1 * state->m[i] + (1 - o->beta1) * g;
    state->v[i] = o->beta2 * state->v[i] + (1 - o->beta2) * g * g;
    const double m = state->m[i] / (1 - state->power1);
    const double v = state->v[i] / (1 - state->power2);
    theta[i] -= lr * (m / (sqrt(v) + o->epsilon) + decoupled * theta[i]);
  }
}

void iclgd_optimizer_step(const iclgd_train_options *options, double lr,
                          iclgd_optimizer_state *state, const double *gradient,
                          double *theta, size_t size) {
  if (options->optimizer == ICLGD_SGD)
    sgd(options, lr, state, gradient, theta, size);
  else
    adam(options, lr, state, gradient, theta, size);
}

/* (1 + cos(pi t)) / 2 for t in [0, 1], by the sine series about t = 1/2. */
static double half_cosine(double t) {
  const double x = 3.14159265358979323846 * (0.5 - t);
  double term = x, sine = x;
  for (int k = 2; k < 26; k += 2) {
    term *= -x * x / (double)(k * (k + 1));
    sine += term;
  }
  return (1 + sine) / 2;
}

double iclgd_learning_rate(const iclgd_train_options *o, size_t s) {
  double lr = o->lr;
  if (s < o->warmup) lr *= (double)(s + 1) / (double)o->warmup;
  const double t = o->steps ? (double)s / (double)o->steps : 0;
  switch (o->schedule) {
    case ICLGD_CONSTANT:
      break;
    case ICLGD_LINEAR:
      lr *= 1 - t;
      break;
    case ICLGD_COSINE:
      lr *= half_cosine(t);
      break;
    case ICLGD_HALVE:
      lr = ldexp(
          lr, s / o->halve_every < 2000 ? -(int)(s / o->halve_every) : -2000);
      break;
  }
  return lr;
}
