/* iclgd/matrix_free.h - what products with a symmetric matrix A (size, size)
 * say of it: extreme eigenvalues and the spectral density (Lanczos), trace and
 * Frobenius norm (Hutchinson 1990), trace (Hutch++, Meyer et al. 2021).
 *
 * Random vectors have independent signs, those of (seed, ICLGD_STREAM_
 * DIRECTIONS, index). No call allocates; sizes of `work` are stated. */
#ifndef ICLGD_MATRIX_FREE_H
#define ICLGD_MATRIX_FREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct iclgd_operator {
  size_t size;
  void (*multiply)(void *context, const double *v, double *Av);
  void *context;
} iclgd_operator;

/* v (size): signs +-1, times nothing. */
void iclgd_random_signs(uint64_t seed, uint64_t index, double *v, size_t size);

/* Ritz values of the Krylov space of a start vector, ascending: `weight` are
 * the squared components of the start along their vectors (sum 1), a Gauss rule
 * of its spectral measure; `residual` is |A y - value y|, so that an eigenvalue
 * lies within it of the value. */
typedef struct iclgd_ritz {
  size_t count; /* at most `steps`: fewer where the space is invariant */
  double *value, *weight, *residual; /* (steps) */
} iclgd_ritz;

/* Doubles of work for so many steps. */
size_t iclgd_lanczos_work(size_t size, size_t steps);

/* `steps` <= size of the Lanczos iteration from `start`, not zero, every vector
 * made orthogonal to all before (twice). bottom, top (size): the unit Ritz
 * vectors of the smallest and the largest value, or NULL. False: a product is
 * not finite. */
bool iclgd_lanczos(const iclgd_operator *A, const double *start, size_t steps,
                   double *work, iclgd_ritz *out, double *bottom, double *top);

/* An estimate and its standard error over the vectors. */
typedef struct iclgd_estimated {
  double value, error;
} iclgd_estimated;

/* Trace, mean of z . A z, and squared Frobenius norm, mean of |A z|^2, over
 * `samples` >= 2 vectors from index `first` on; work (2, size). */
void iclgd_hutchinson(const iclgd_operator *A, uint64_t seed, uint64_t first,
                      size_t samples, double *work, iclgd_estimated *trace,
                      iclgd_estimated *squares);

/* Trace by Hutch++: exact on the span Q of A S, `samples` random columns S, and
 * by as many vectors on the rest: 3 samples products. work ((samples + 3),
 * size). */
iclgd_estimated iclgd_hutch_plus_plus(const iclgd_operator *A, uint64_t seed,
                                      uint64_t first, size_t samples,
                                      double *work);

#endif /* ICLGD_MATRIX_FREE_H */
