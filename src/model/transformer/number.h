/* What the parts of a transformer compute with: a `number` is a double, or,
 * where ICLGD_COMPLEX is defined, a double complex. These sources are compiled
 * both ways (CMakeLists.txt), the second time for exact second derivatives:
 * beside every value stands, as its imaginary part, h times its derivative
 * along a direction v in theta,
 *   f(theta + i h v) = f(theta) + i h (df/dtheta) v + O(h^2),  h = 1e-100
 * (the complex step, Squire and Trapp 1998), so that h^2 is lost behind the
 * last digit of whatever f is. Run on backward this gives the Hessian times v
 * (hessian.c) without a formula of its own: derivatives of every part's forward
 * and backward by hand would be as long as the parts, again for each new kind
 * of scores or mlp.
 *
 * Functions here move by their slopes, value by value; those of <complex.h>
 * would give the same slowly. What is compared is the value: a relu has the
 * derivatives of its active set. */
#ifndef ICLGD_MODEL_TRANSFORMER_NUMBER_H
#define ICLGD_MODEL_TRANSFORMER_NUMBER_H

#include <iclgd/arena.h>
#include <math.h>

#include "math/dense.h"

#if defined(ICLGD_COMPLEX)
#include "model/transformer/number_complex.h"
#else
typedef double number;

static inline double iclgd_value(number x) {
  return x;
}
/* f(x) from its value and its slope there. */
static inline number iclgd_along(number x, double value, double slope) {
  (void)x, (void)slope;
  return value;
}
static inline number iclgd_ratio(number a, number b) {
  return a / b;
}
#endif

/* Zeroed numbers for an array of shape (a, b, c). */
static inline number *iclgd_arena_numbers(iclgd_arena *arena, size_t a,
                                          size_t b, size_t c) {
  return (number *)iclgd_arena_reals(arena, sizeof(number) / sizeof(double) * a,
                                     b, c);
}

static inline number iclgd_exponential(number x) {
  const double value = exp(iclgd_value(x));
  return iclgd_along(x, value, value);
}

static inline number iclgd_root(number x) {
  const double value = sqrt(iclgd_value(x));
  return iclgd_along(x, value, 0.5 / value);
}

/* 1 / (1 + exp(-x)) */
static inline number iclgd_logistic(number x) {
  const double value = 1 / (1 + exp(-iclgd_value(x)));
  return iclgd_along(x, value, value * (1 - value));
}

/* max(x, 0), and NaN of NaN. */
static inline number iclgd_relu(number x) {
  return iclgd_value(x) <= 0 ? 0 : x;
}

#endif /* ICLGD_MODEL_TRANSFORMER_NUMBER_H */
