/* Least squares for the updates of the weights (see fit.h):
 * min over X of sum |u - X f|^2 has X (sum f f^T) = sum u f^T. */
#include "probes/preconditioner/fit.h"

#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

size_t iclgd_fit_columns(fit_form form, size_t d) {
  return form == FIT_CONSTANT ? d : 2 * d;
}

/* Column j of a form in f. */
static size_t feature(fit_form form, size_t j, size_t d) {
  return form == FIT_CURVATURE && j >= d ? j + d : j;
}

/* Squares of what is kept can be summed and multiplied without overflow. */
static bool moderate(const double *v, size_t count) {
  return iclgd_dot(v, v, count) < 1e100;
}

bool iclgd_fit_features(const iclgd_problem *problem, const double *w,
                        const double *w_next, double *f, double *u) {
  const size_t d = problem->prompt.d;
  const double *S = problem->S;
  double trace = 0;
  for (size_t i = 0; i < d; ++i) {
    f[i] = problem->b[i] - iclgd_dot(S + i * d, w, d);
    u[i] = w_next[i] - w[i];
    trace += S[i * d + i];
  }
  for (size_t i = 0; i < d; ++i) {
    f[d + i] = trace / (double)d * f[i];
    f[2 * d + i] = iclgd_dot(S + i * d, f, d);
  }
  return moderate(f, 3 * d) && moderate(u, d);
}

double iclgd_fit_residual(const double *X, fit_form form, const double *f,
                          const double *u, size_t d) {
  const size_t columns = iclgd_fit_columns(form, d);
  double sum = 0;
  for (size_t i = 0; i < d; ++i) {
    double rest = u[i];
    for (size_t j = 0; j < columns; ++j)
      rest -= X[i * columns + j] * f[feature(form, j, d)];
    sum += rest * rest;
  }
  return sum;
}

fit_sums *iclgd_fit_sums_take(iclgd_arena *arena, size_t depth, size_t d) {
  const size_t count = depth * JACKKNIFE_GROUPS * FIT_HALVES, m = 3 * d;
  fit_sums *sums = iclgd_arena_take(arena, count, sizeof *sums);
  for (size_t i = 0; sums && i < count; ++i) {
    sums[i].M = iclgd_arena_reals(arena, m, m, 1);
    sums[i].B = iclgd_arena_reals(arena, d, m, 1);
  }
  return sums;
}

void iclgd_fit_add(const fit_sums *sums, const double *f, const double *u,
                   size_t d) {
  const size_t m = 3 * d;
  for (size_t i = 0; i < m; ++i)
    for (size_t j = 0; j < m; ++j) sums->M[i * m + j] += f[i] * f[j];
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < m; ++j) sums->B[i * m + j] += u[i] * f[j];
}

size_t iclgd_fit_work(size_t d) {
  return 4 * d * d + 2 * d * d + iclgd_regress_work(2 * d, d);
}

/* The moments of a form out of one set of sums, added. */
static void gather(const fit_sums *sums, fit_form form, size_t d, double *M,
                   double *B) {
  const size_t m = 3 * d, columns = iclgd_fit_columns(form, d);
  for (size_t i = 0; i < columns; ++i)
    for (size_t j = 0; j < columns; ++j)
      M[i * columns + j] +=
          sums->M[feature(form, i, d) * m + feature(form, j, d)];
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < columns; ++j)
      B[i * columns + j] += sums->B[i * m + feature(form, j, d)];
}

void iclgd_fit_solve(const fit_sums *sums, size_t without, size_t first,
                     size_t last, fit_form form, size_t d, double *X,
                     double *work) {
  const size_t columns = iclgd_fit_columns(form, d);
  double *M = work, *B = M + 4 * d * d, *rest = B + 2 * d * d;
  memset(work, 0, 6 * d * d * sizeof *work);
  for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
    for (size_t half = first; half <= last; ++half)
      if (k != without) gather(sums + k * FIT_HALVES + half, form, d, M, B);
  if (iclgd_regress(M, B, d, columns, X, rest) > 1e-13) return;
  for (size_t i = 0; i < d * columns; ++i) X[i] = NAN;
}
