/* Distances of weights from the construction of gradient descent,
 *   P = [[b I, 0], [0, 1]],  Q = -[[a I, 0], [0, 0]],
 * with the a and b that are nearest, in the gauge P[d, d] = 1 (P -> g P,
 * Q -> Q / g changes nothing), in tokens whose inputs are whitened, and without
 * the entries that no output depends on. */
#include "probes/structure/measure.h"

#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "probes/shared/whitening.h"

void iclgd_structure_take(size_t rows, size_t d, iclgd_arena *arena,
                          iclgd_structure *out) {
  *out =
      (iclgd_structure){.scale = iclgd_arena_reals(arena, rows, 1, 1),
                        .distance_A = iclgd_arena_reals(arena, rows, 1, 1),
                        .antisymmetric = iclgd_arena_reals(arena, rows, 1, 1),
                        .distance_B = iclgd_arena_reals(arena, rows, 1, 1),
                        .distance_P = iclgd_arena_reals(arena, rows, 1, 1),
                        .distance_Q = iclgd_arena_reals(arena, rows, 1, 1),
                        .re = iclgd_arena_reals(arena, rows, d, 1),
                        .im = iclgd_arena_reals(arena, rows, d, 1),
                        .A = iclgd_arena_reals(arena, rows, d, d),
                        .Q = iclgd_arena_reals(arena, rows, d + 1, d + 1)};
}

size_t iclgd_structure_work(size_t d) {
  const size_t D = d + 1;
  return 4 * D * D;
}

/* min_a |M - a I|_F / |M|_F; *scale = tr(M) / d is that a. */
static double distance_to_identity(const double *M, size_t d, double *scale) {
  double trace = 0, off = 0;
  for (size_t i = 0; i < d; ++i) trace += M[i * d + i];
  *scale = trace / (double)d;
  for (size_t i = 0; i < d * d; ++i) {
    const double rest = M[i] - (i / d == i % d ? *scale : 0);
    off += rest * rest;
  }
  return sqrt(off / iclgd_dot(M, M, d * d));
}

/* By real part, then by imaginary part, descending. */
static void sort_eigenvalues(double *re, double *im, size_t d) {
  for (size_t i = 1; i < d; ++i)
    for (size_t j = i; j > 0; --j) {
      const bool later =
          re[j] > re[j - 1] || (re[j] == re[j - 1] && im[j] > im[j - 1]);
      if (!later) break;
      const double a = re[j], b = im[j];
      re[j] = re[j - 1];
      im[j] = im[j - 1];
      re[j - 1] = a;
      im[j - 1] = b;
    }
}

/* Whether layer l is only ever the last one: then the tokens it writes, other
 * than the query's prediction, are not read. */
static bool only_last(const iclgd_model *model, size_t l) {
  return model->loops == 1 && l + 1 == model->layers;
}

/* Of the rows of P (D, D) that count, what is not (b I, 0) or (0, 1). */
static double distance_P(const double *P, size_t d, bool last) {
  const size_t D = d + 1;
  const double g = P[D * D - 1];
  double trace = 0, off = 0, all = 0;
  for (size_t i = 0; i < d; ++i) trace += P[i * D + i] / g;
  for (size_t i = last ? d : 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j) {
      const double p = P[i * D + j] / g;
      const double rest = i != j ? p : i == d ? 0 : p - trace / (double)d;
      off += rest * rest;
      all += p * p;
    }
  return sqrt(off / all);
}

/* out = T^T Q T (D, D) with T = diag(sqrt(v) F, 1): Q for whitened inputs. */
static void whiten_Q(const iclgd_distribution *dist, const double *Q, size_t d,
                     double *work, double *out) {
  const size_t D = d + 1;
  const double root = sqrt(dist->x_variance);
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j) {
      work[i * D + j] = j == d ? Q[i * D + d] : 0;
      for (size_t k = 0; k < d && j < d; ++k)
        work[i * D + j] += Q[i * D + k] * root * dist->F[k * d + j];
    }
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j) {
      out[i * D + j] = i == d ? work[d * D + j] : 0;
      for (size_t k = 0; k < d && i < d; ++k)
        out[i * D + j] += root * dist->F[k * d + i] * work[k * D + j];
    }
}

/* Of Q (D, D) what is not a multiple of I in the first d rows and columns; the
 * last column meets the query's label, 0, alone when there is one layer. */
static double distance_Q(const double *Q, size_t d, bool one_layer) {
  const size_t D = d + 1;
  double trace = 0, off = 0, all = 0;
  for (size_t i = 0; i < d; ++i) trace += Q[i * D + i];
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < (one_layer ? d : D); ++j) {
      const double q = Q[i * D + j];
      const double rest = i == j && i < d ? q - trace / (double)d : q;
      off += rest * rest;
      all += q * q;
    }
  return sqrt(off / all);
}

static void measure_full(const iclgd_model *model, const double *theta,
                         const iclgd_distribution *dist, size_t l, size_t row,
                         double *work, iclgd_structure *out) {
  const size_t d = model->d, D = d + 1;
  double *P = work, *Q = P + D * D, *scratch = Q + D * D;
  iclgd_linear_matrices(model, theta, l, P, Q);
  out->distance_P[row] = distance_P(P, d, only_last(model, l));
  if (iclgd_whitens(dist)) {
    double *whitened = scratch + D * D;
    whiten_Q(dist, Q, d, scratch, whitened);
    Q = whitened;
  }
  memcpy(out->Q + row * D * D, Q, D * D * sizeof *Q);
  out->distance_Q[row] = distance_Q(Q, d, iclgd_model_depth(model) == 1);
}

void iclgd_structure_measure(const iclgd_model *model, const double *theta,
                             const iclgd_distribution *dist, size_t l,
                             size_t row, double *work, iclgd_structure *out) {
  const size_t d = model->d;
  double *A = work, *B = A + d * d, *white = B + d * d, *spare = white + d * d;
  double ignored;
  iclgd_linear_A(model, theta, l, A, B);
  iclgd_whiten(dist, A, d, spare, white);
  memcpy(out->A + row * d * d, white, d * d * sizeof *white);
  out->distance_A[row] = distance_to_identity(white, d, &out->scale[row]);
  out->antisymmetric[row] = iclgd_antisymmetric_share(white, d);
  out->distance_B[row] = model->linear->has_B && !only_last(model, l)
                             ? distance_to_identity(B, d, &ignored)
                             : NAN;
  if (iclgd_eigenvalues(white, d, out->re + row * d, out->im + row * d))
    sort_eigenvalues(out->re + row * d, out->im + row * d, d);
  else
    for (size_t i = 0; i < d; ++i)
      out->re[row * d + i] = out->im[row * d + i] = NAN;
  out->distance_P[row] = out->distance_Q[row] = NAN;
  if (model->linear->whole) measure_full(model, theta, dist, l, row, work, out);
}
