/* Functions f that label the points of a prompt, drawn anew for each; all of
 * them times w_scale. With standard normal w, w_k, a_k:
 *   kernel:K         a Gaussian process of mean 0: the values at the n + 1
 *                    points are jointly N(0, K), by Cholesky in double; the
 *                    diagonal is K (1 + 1e-10), so that it exists
 *   quadratic        sum_j w_j x_j^2 / sqrt(3)       (Garg et al. 2022, code)
 *   relu-network:h   sqrt(2 / h) sum_k a_k relu(w_k . x), k = 1..h  (Garg)
 *   tree:depth       at each node the sign of a uniform coordinate of x says
 *                    right (> 0) or left, leaves have N(0, 1)        (Garg)
 *   sine             A sin(u . x + p), A in [0.1, 5], p in [0, pi] uniform, u
 *                    on the unit sphere: for d = 1 that of Finn et al. 2017
 *   classification   sign(w . x), sign 0 = 1                        (Garg)
 *   sparse-parity:k  product of the signs of k coordinates, all choices alike
 * and, the same for all prompts, what is remembered of a sequence (memory.c).
 * No function is kept: its numbers come in turn and go at once into the values,
 * so that nothing is allocated but the factor of the Gaussian process. */
#include "prompt/function.h"

#include <assert.h>
#include <iclgd/kernel.h>
#include <math.h>
#include <string.h>

#include "math/elementary.h"
#include "prompt/matrices.h"
#include "prompt/memory.h"

static const double *point(const iclgd_function_points *p, size_t i) {
  return i < p->n ? p->x + i * p->d : p->x_query;
}

static double *value(const iclgd_function_points *p, size_t i) {
  return i < p->n ? p->y + i : p->y_query;
}

static double normal(iclgd_stream *stream) {
  return (double)iclgd_stream_normal(stream);
}

/* Row i of the Cholesky factor behind the rows before it, all of them packed;
 * a pivot that rounding made negative counts as 0. */
static void factor_row(const iclgd_kernel *kernel,
                       const iclgd_function_points *p, size_t i,
                       double *factor) {
  double *row = factor + i * (i + 1) / 2;
  for (size_t j = 0; j < i; ++j) {
    const double *other = factor + j * (j + 1) / 2;
    const double k = iclgd_kernel_at(kernel, point(p, i), point(p, j), p->d);
    row[j] = other[j] > 0 ? (k - dot(row, other, j)) / other[j] : 0;
  }
  const double k = iclgd_kernel_at(kernel, point(p, i), point(p, i), p->d);
  const double pivot = k * (1 + ICLGD_KERNEL_JITTER) - dot(row, row, i);
  row[i] = pivot > 0 ? sqrt(pivot) : 0;
}

static void draw_process(const iclgd_distribution *dist, iclgd_stream *stream,
                         const iclgd_function_points *p) {
  enum { POINTS = ICLGD_KERNEL_TASK_POINTS + 1 };
  double factor[POINTS * (POINTS + 1) / 2], z[POINTS];
  assert(p->n < POINTS);
  for (size_t i = 0; i <= p->n; ++i) {
    factor_row(dist->kernel, p, i, factor);
    z[i] = normal(stream);
    *value(p, i) = dot(factor + i * (i + 1) / 2, z, i + 1);
  }
}

/* w (d) is scratch. */
static void draw_quadratic(iclgd_stream *stream, const iclgd_function_points *p,
                           double *w) {
  iclgd_stream_normals(w, stream, p->d);
  for (size_t i = 0; i <= p->n; ++i) {
    const double *x = point(p, i);
    double sum = 0;
    for (size_t j = 0; j < p->d; ++j) sum += w[j] * x[j] * x[j];
    *value(p, i) = sum / sqrt(3);
  }
}

static void draw_network(const iclgd_distribution *dist, iclgd_stream *stream,
                         const iclgd_function_points *p, double *w) {
  const double unit = sqrt(2 / (double)dist->f_count);
  for (size_t i = 0; i <= p->n; ++i) *value(p, i) = 0;
  for (size_t k = 0; k < dist->f_count; ++k) {
    iclgd_stream_normals(w, stream, p->d);
    const double a = unit * normal(stream);
    for (size_t i = 0; i <= p->n; ++i) {
      const double at = dot(w, point(p, i), p->d);
      if (at > 0) *value(p, i) += a * at;
    }
  }
}

/* Level by level: a value is the number of the node that its point has reached,
 * counted from the left, and at last what the leaf has (to tell these apart,
 * numbers start beyond the largest normal, 6.23). From right to left no point
 * moves twice. */
static void draw_tree(const iclgd_distribution *dist, iclgd_stream *stream,
                      const iclgd_function_points *p) {
  enum { FIRST = 8 };
  for (size_t i = 0; i <= p->n; ++i) *value(p, i) = FIRST;
  for (size_t level = 0; level < dist->f_count; ++level)
    for (size_t node = (size_t)1 << level; node-- > 0;) {
      const size_t j = iclgd_stream_below(stream, (uint32_t)p->d);
      for (size_t i = 0; i <= p->n; ++i)
        if (*value(p, i) == (double)(FIRST + node))
          *value(p, i) = (double)(FIRST + 2 * node + (point(p, i)[j] > 0));
    }
  for (size_t leaf = (size_t)1 << dist->f_count; leaf-- > 0;) {
    const double z = normal(stream);
    for (size_t i = 0; i <= p->n; ++i)
      if (*value(p, i) == (double)(FIRST + leaf)) *value(p, i) = z;
  }
}

static void draw_sine(iclgd_stream *stream, const iclgd_function_points *p,
                      double *u) {
  const double half_pi = 1.57079632679489661923;
  double square;
  do {
    iclgd_stream_normals(u, stream, p->d);
    square = dot(u, u, p->d);
  } while (square == 0);
  const double A = 2.55 + 2.45 * (double)iclgd_stream_uniform(stream);
  const double phase = half_pi * (1 + (double)iclgd_stream_uniform(stream));
  for (size_t i = 0; i <= p->n; ++i)
    *value(p, i) =
        A * iclgd_sin(dot(u, point(p, i), p->d) / sqrt(square) + phase);
}

static void draw_classes(iclgd_stream *stream, const iclgd_function_points *p,
                         double *w) {
  iclgd_stream_normals(w, stream, p->d);
  for (size_t i = 0; i <= p->n; ++i)
    *value(p, i) = dot(w, point(p, i), p->d) < 0 ? -1 : 1;
}

/* Selection sampling (Knuth 3.4.2 S). */
static void draw_parity(const iclgd_distribution *dist, iclgd_stream *stream,
                        const iclgd_function_points *p) {
  size_t left = dist->f_count;
  for (size_t i = 0; i <= p->n; ++i) *value(p, i) = 1;
  for (size_t j = 0; j < p->d; ++j) {
    if (iclgd_stream_below(stream, (uint32_t)(p->d - j)) >= left) continue;
    --left;
    for (size_t i = 0; i <= p->n; ++i)
      if (point(p, i)[j] < 0) *value(p, i) = -*value(p, i);
  }
}

void iclgd_function_draw(const iclgd_distribution *dist, iclgd_stream *stream,
                         const iclgd_function_points *points) {
  enum { D_MAX = 512 }; /* the limit of prompt.d */
  double w[D_MAX];
  switch (dist->f_law) {
    case ICLGD_F_LINEAR:
      assert(dist->f_law != ICLGD_F_LINEAR); /* made of w_star */
      break;
    case ICLGD_F_PROCESS:
      draw_process(dist, stream, points);
      break;
    case ICLGD_F_QUADRATIC:
      draw_quadratic(stream, points, w);
      break;
    case ICLGD_F_NETWORK:
      draw_network(dist, stream, points, w);
      break;
    case ICLGD_F_TREE:
      draw_tree(dist, stream, points);
      break;
    case ICLGD_F_SINE:
      draw_sine(stream, points, w);
      break;
    case ICLGD_F_CLASSES:
      draw_classes(stream, points, w);
      break;
    case ICLGD_F_PARITY:
      draw_parity(dist, stream, points);
      break;
    case ICLGD_F_MEMORY:
      iclgd_memory_label(dist->memory, points);
      break;
  }
  for (size_t i = 0; i <= points->n; ++i) *value(points, i) *= dist->w_scale;
}
