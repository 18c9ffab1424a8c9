/* Kernels, theta the angle between u and v:
 *   linear     u.v
 *   exp        exp(u.v / s)
 *   softmax    exp(u.v / s) over its sum over the points x_j in the place of v
 *   rbf        exp(-|u - v|^2 / (2 s^2))
 *   relu       2 E relu(w.u) relu(w.v), w ~ N(0, I)
 *              = |u| |v| (sin theta + (pi - theta) cos theta) / pi,
 *              the arc-cosine kernel of order 1 (Cho and Saul 2009), of
 *              networks of one hidden layer
 *   quadratic  sum_j u_j^2 v_j^2 / 3, of sum_j w_j x_j^2 / sqrt(3) */
#include <iclgd/comparisons.h>
#include <iclgd/kernel.h>
#include <math.h>
#include <stdio.h>

#include "math/elementary.h"

static const double PI = 3.14159265358979323846;

/* theta, its sine and the product of the lengths, 0 where one has none. */
typedef struct angle {
  double theta, sine, cosine, lengths;
} angle;

static angle between(const double *u, const double *v, size_t d) {
  const double lengths = sqrt(iclgd_dot(u, u, d) * iclgd_dot(v, v, d));
  if (!(lengths > 0)) return (angle){.theta = PI / 2, .sine = 1};
  const double c = fmax(-1, fmin(1, iclgd_dot(u, v, d) / lengths));
  const double s = sqrt((1 - c) * (1 + c));
  return (angle){iclgd_angle(s, c), s, c, lengths};
}

static double quadratic(const double *u, const double *v, size_t d) {
  double sum = 0;
  for (size_t j = 0; j < d; ++j) sum += u[j] * u[j] * v[j] * v[j];
  return sum / 3;
}

double iclgd_kernel_at(const iclgd_kernel *kernel, const double *u,
                       const double *v, size_t d) {
  const double s = kernel->scale;
  switch (kernel->form) {
    case ICLGD_KERNEL_LINEAR:
      break;
    case ICLGD_KERNEL_EXP:
    case ICLGD_KERNEL_SOFTMAX:
      return iclgd_exp(iclgd_dot(u, v, d) / s);
    case ICLGD_KERNEL_RBF:
      return iclgd_exp(-iclgd_squared_distance(u, v, d) / (2 * s * s));
    case ICLGD_KERNEL_RELU: {
      const angle a = between(u, v, d);
      return a.lengths * (a.sine + (PI - a.theta) * a.cosine) / PI;
    }
    case ICLGD_KERNEL_QUADRATIC:
      return quadratic(u, v, d);
  }
  return iclgd_dot(u, v, d);
}

/* The largest exponent is subtracted, which the quotient does not see. */
static void softmax_row(double s, const double *u, const double *x, size_t n,
                        size_t d, double *row) {
  double most = -INFINITY, sum = 0;
  for (size_t i = 0; i < n; ++i) {
    row[i] = iclgd_dot(u, x + i * d, d) / s;
    most = fmax(most, row[i]);
  }
  for (size_t i = 0; i < n; ++i) {
    row[i] = iclgd_exp(row[i] - most);
    sum += row[i];
  }
  for (size_t i = 0; i < n; ++i) row[i] /= sum;
}

void iclgd_kernel_row(const iclgd_kernel *kernel, const double *u,
                      const double *x, size_t n, size_t d, double *row) {
  if (kernel->form == ICLGD_KERNEL_SOFTMAX) {
    softmax_row(kernel->scale, u, x, n, d, row);
    return;
  }
  for (size_t i = 0; i < n; ++i)
    row[i] = iclgd_kernel_at(kernel, u, x + i * d, d);
}

/* out += a times the gradient in u of k(u, v) = value. */
static void add_gradient(const iclgd_kernel *kernel, const double *u,
                         const double *v, size_t d, double value, double a,
                         double *out) {
  const double s = kernel->scale;
  double of_u = 0, of_v = 0; /* what u and v are multiplied by */
  switch (kernel->form) {
    case ICLGD_KERNEL_LINEAR:
      of_v = a;
      break;
    case ICLGD_KERNEL_EXP:
    case ICLGD_KERNEL_SOFTMAX:
      of_v = a * value / s;
      break;
    case ICLGD_KERNEL_RBF:
      of_v = a * value / (s * s);
      of_u = -of_v;
      break;
    case ICLGD_KERNEL_RELU: {
      const angle b = between(u, v, d);
      const double square = iclgd_dot(u, u, d);
      of_v = a * (PI - b.theta) / PI;
      of_u = square > 0 ? a * b.lengths * b.sine / (PI * square) : 0;
      break;
    }
    case ICLGD_KERNEL_QUADRATIC:
      for (size_t j = 0; j < d; ++j) out[j] += a * 2 * u[j] * v[j] * v[j] / 3;
      return;
  }
  for (size_t j = 0; j < d; ++j) out[j] += of_u * u[j] + of_v * v[j];
}

/* Of softmax, p_i the row: sum_i alpha_i p_i (x_i - sum_j p_j x_j) / s. */
void iclgd_kernel_gradient(const iclgd_kernel *kernel, const double *u,
                           const double *x, size_t n, size_t d,
                           const double *row, const double *alpha,
                           double *out) {
  const bool plain = iclgd_kernel_is_symmetric(kernel);
  const double mean = plain ? 0 : iclgd_dot(alpha, row, n);
  for (size_t j = 0; j < d; ++j) out[j] = 0;
  for (size_t i = 0; i < n; ++i)
    add_gradient(kernel, u, x + i * d, d, row[i], alpha[i] - mean, out);
}

void iclgd_kernel_text(const iclgd_kernel *kernel,
                       char out[ICLGD_KERNEL_TEXT]) {
  static const char *const names[] = {"linear", "exp",  "softmax",
                                      "rbf",    "relu", "quadratic"};
  const bool scaled = kernel->form == ICLGD_KERNEL_EXP ||
                      kernel->form == ICLGD_KERNEL_SOFTMAX ||
                      kernel->form == ICLGD_KERNEL_RBF;
  if (scaled)
    snprintf(out, ICLGD_KERNEL_TEXT, "%s:%.6g", names[kernel->form],
             kernel->scale);
  else
    snprintf(out, ICLGD_KERNEL_TEXT, "%s", names[kernel->form]);
}
