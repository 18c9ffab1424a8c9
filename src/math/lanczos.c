/* The Lanczos iteration (Lanczos 1950): A Q = Q T + beta q e^T, T tridiagonal.
 * The eigenvalues of T are Ritz values; eigenvector s has the residual
 * |beta s_last| and the weight s_first^2 (Golub and Meurant 2010, section 6).
 * T is solved by LAPACK. */
#include <iclgd/matrix_free.h>

#include <iclgd/comparisons.h>
#include <iclgd/rng.h>
#include <math.h>
#include <string.h>

#include "math/dense.h"

void iclgd_random_signs(uint64_t seed, uint64_t index, double *v, size_t size) {
  iclgd_stream stream;
  uint32_t bits = 0;
  iclgd_stream_seed(&stream, seed, ICLGD_STREAM_DIRECTIONS, index);
  for (size_t i = 0; i < size; ++i) {
    /* the upper bits of xoshiro128+ are the better ones */
    if (i % 16 == 0) bits = iclgd_stream_bits(&stream) >> 16;
    v[i] = bits & 1 ? 1 : -1;
    bits >>= 1;
  }
}

size_t iclgd_lanczos_work(size_t size, size_t steps) {
  return (steps + 1) * size + 2 * steps + steps * steps;
}

/* r -= its part in the span of the rows of Q (count, size). */
static void project_out(const double *Q, size_t count, size_t size, double *r) {
  for (size_t k = 0; k < count; ++k) {
    const double *q = Q + k * size, along = iclgd_dot(q, r, size);
    for (size_t i = 0; i < size; ++i) r[i] -= along * q[i];
  }
}

static double norm(const double *v, size_t size) {
  return sqrt(iclgd_dot(v, v, size));
}

/* T's diagonal and off-diagonal, Q (steps + 1, size); how many steps. */
static size_t iterate(const iclgd_operator *A, size_t steps, double *Q,
                      double *diagonal, double *beside) {
  const size_t size = A->size;
  double scale = 0;
  for (size_t k = 0; k < steps; ++k) {
    double *q = Q + k * size, *r = q + size;
    A->multiply(A->context, q, r);
    diagonal[k] = iclgd_dot(q, r, size);
    project_out(Q, k + 1, size, r);
    project_out(Q, k + 1, size, r);
    beside[k] = norm(r, size);
    scale = fmax(scale, fabs(diagonal[k]) + beside[k]);
    if (!(beside[k] > 1e-13 * scale)) return k + 1;
    for (size_t i = 0; i < size; ++i) r[i] /= beside[k];
  }
  return steps;
}

/* The Ritz vector of eigenvector s of T. */
static void combine(const double *Q, const double *s, size_t count, size_t size,
                    double *out) {
  memset(out, 0, size * sizeof *out);
  for (size_t k = 0; k < count; ++k)
    for (size_t i = 0; i < size; ++i) out[i] += s[k] * Q[k * size + i];
}

bool iclgd_lanczos(const iclgd_operator *A, const double *start, size_t steps,
                   double *work, iclgd_ritz *out, double *bottom, double *top) {
  const size_t size = A->size;
  double *Q = work, *beside = Q + (steps + 1) * size, *S = beside + 2 * steps;
  const double length = norm(start, size);
  for (size_t i = 0; i < size; ++i) Q[i] = start[i] / length;
  const size_t count = iterate(A, steps, Q, out->value, beside);
  const double last = beside[count - 1];
  out->count = count;
  for (size_t k = 0; k < count; ++k)
    if (!isfinite(out->value[k]) || !isfinite(beside[k])) return false;
  if (!iclgd_tridiagonal_eigenvectors(out->value, beside, count, S))
    return false;
  for (size_t k = 0; k < count; ++k) {
    out->weight[k] = S[k * count] * S[k * count];
    out->residual[k] = fabs(last * S[k * count + count - 1]);
  }
  if (bottom) combine(Q, S, count, size, bottom);
  if (top) combine(Q, S + (count - 1) * count, count, size, top);
  return true;
}
