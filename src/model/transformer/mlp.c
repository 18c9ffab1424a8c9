/* The mlp, W_down f(a) + b_down with a = W_up u + b_up:
 *   relu       f = max(a, 0)
 *   gelu       f = a Phi(a),  f' = Phi(a) + a phi(a)  (Hendrycks & Gimpel 2016)
 *   gelu-tanh  f = a s,  s = 1 / (1 + exp(-2 c (a + k a^3))),
 *              f' = s + 2 c a s (1 - s) (1 + 3 k a^2),  c = sqrt(2 / pi), k =
 *              0.044715
 *   swiglu     f = a g s(g),  g = W_gate u,  s(g) = 1 / (1 + exp(-g)),
 *              df/dg = a (s + g s (1 - s))  (Shazeer 2020) */
#include "model/transformer/mlp.h"

#include <math.h>
#include <string.h>

static const double root_half = 0.70710678118654752440;    /* sqrt(1 / 2) */
static const double root_two_pi = 0.79788456080286535588;  /* sqrt(2 / pi) */
static const double density_at_0 = 0.39894228040143267794; /* 1/sqrt(2 pi) */
static const double cubic = 0.044715;

/* a Phi(a), its slope and the slope of that. */
static double gelu(double a) {
  return a * 0.5 * erfc(-a * root_half);
}
static double gelu_slope(double a) {
  return 0.5 * erfc(-a * root_half) + a * density_at_0 * exp(-a * a / 2);
}
static double gelu_curvature(double a) {
  return (2 - a * a) * density_at_0 * exp(-a * a / 2);
}

static number gelu_tanh_share(number a) {
  return iclgd_logistic(2 * root_two_pi * (a + cubic * a * a * a));
}

static number value_of(iclgd_mlp_kind kind, number a) {
  const double at = iclgd_value(a);
  switch (kind) {
    case ICLGD_MLP_RELU:
      return iclgd_relu(a);
    case ICLGD_MLP_GELU:
      return iclgd_along(a, gelu(at), gelu_slope(at));
    default:
      return a * gelu_tanh_share(a);
  }
}

static number slope_of(iclgd_mlp_kind kind, number a) {
  const double at = iclgd_value(a);
  if (kind == ICLGD_MLP_RELU) return at <= 0 ? 0 : 1;
  if (kind == ICLGD_MLP_GELU)
    return iclgd_along(a, gelu_slope(at), gelu_curvature(at));
  const number s = gelu_tanh_share(a);
  return s + 2 * root_two_pi * a * s * (1 - s) * (1 + 3 * cubic * a * a);
}

/* df/da and df/dg of swiglu. */
static void swiglu_slopes(number a, number g, number *by_a, number *by_g) {
  const number s = iclgd_logistic(g);
  *by_a = g * s;
  *by_g = a * (s + g * s * (1 - s));
}

static iclgd_affine up(const iclgd_transformer *s) {
  return (iclgd_affine){ICLGD_W_UP, ICLGD_B_UP, s->width, s->mlp_width};
}
static iclgd_affine down(const iclgd_transformer *s) {
  return (iclgd_affine){ICLGD_W_DOWN, ICLGD_B_DOWN, s->mlp_width, s->width};
}
/* The gate has no bias. */
static iclgd_affine gate(const iclgd_transformer *s) {
  return (iclgd_affine){ICLGD_W_GATE, ICLGD_TRANSFORMER_ARRAYS, s->width,
                        s->mlp_width};
}

void iclgd_mlp_forward(const iclgd_layer *layer, iclgd_mlp_tape tape,
                       size_t rows, const number *u, number *out) {
  const iclgd_transformer *s = layer->shape;
  const size_t size = rows * s->mlp_width;
  iclgd_affine_forward(layer, up(s), rows, u, tape.up);
  if (s->mlp == ICLGD_MLP_SWIGLU) {
    iclgd_affine_forward(layer, gate(s), rows, u, tape.gate);
    for (size_t i = 0; i < size; ++i)
      tape.hidden[i] = tape.up[i] * tape.gate[i] * iclgd_logistic(tape.gate[i]);
  } else {
    for (size_t i = 0; i < size; ++i)
      tape.hidden[i] = value_of(s->mlp, tape.up[i]);
  }
  iclgd_affine_forward(layer, down(s), rows, tape.hidden, out);
}

void iclgd_mlp_backward(const iclgd_layer *layer, iclgd_mlp_tape tape,
                        size_t rows, const number *u, const number *dout,
                        number *work, number *du) {
  const iclgd_transformer *s = layer->shape;
  const size_t size = rows * s->mlp_width;
  number *slope = work, *gate_slope = work + size;
  memset(slope, 0, size * sizeof *slope);
  iclgd_affine_backward(layer, down(s), rows, tape.hidden, dout, slope);
  for (size_t i = 0; i < size; ++i) {
    number by_up, by_gate = 0;
    if (s->mlp == ICLGD_MLP_SWIGLU)
      swiglu_slopes(tape.up[i], tape.gate[i], &by_up, &by_gate);
    else
      by_up = slope_of(s->mlp, tape.up[i]);
    gate_slope[i] = slope[i] * by_gate;
    slope[i] *= by_up;
  }
  iclgd_affine_backward(layer, up(s), rows, u, slope, du);
  if (s->mlp == ICLGD_MLP_SWIGLU)
    iclgd_affine_backward(layer, gate(s), rows, u, gate_slope, du);
}

void iclgd_mlp_tangent(const iclgd_layer *layer, iclgd_mlp_tape tape,
                       size_t count, const number *du, number *work,
                       number *out) {
  const iclgd_transformer *s = layer->shape;
  const size_t M = s->mlp_width;
  number *moved = work, *gate_moved = work + count * M;
  iclgd_affine_tangent(layer, up(s), count, du, moved);
  if (s->mlp == ICLGD_MLP_SWIGLU)
    iclgd_affine_tangent(layer, gate(s), count, du, gate_moved);
  for (size_t i = 0; i < count * M; ++i) {
    number by_up, by_gate;
    if (s->mlp == ICLGD_MLP_SWIGLU) {
      swiglu_slopes(tape.up[i % M], tape.gate[i % M], &by_up, &by_gate);
      moved[i] = by_up * moved[i] + by_gate * gate_moved[i];
    } else {
      moved[i] *= slope_of(s->mlp, tape.up[i % M]);
    }
  }
  iclgd_affine_tangent(layer, down(s), count, moved, out);
}
