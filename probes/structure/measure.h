/* Numbers that say how far the weights of one layer are from gradient descent
 * (definitions in structure.c). */
#ifndef ICLGD_PROBES_STRUCTURE_MEASURE_H
#define ICLGD_PROBES_STRUCTURE_MEASURE_H

#include <iclgd/distribution.h>
#include <iclgd/linear.h>

/* One row per layer; arrays (rows), the eigenvalues (rows, d). Where a number
 * does not exist for the model or layer, it is NaN. */
typedef struct iclgd_structure {
  double *scale, *distance_A, *antisymmetric;
  double *distance_B, *distance_P, *distance_Q;
  double *re, *im; /* eigenvalues of A', by real part, descending */
  double *A;       /* (rows, d, d) A' itself */
  double *Q;       /* (rows, d + 1, d + 1) Q for whitened inputs */
} iclgd_structure;

/* Room for `rows` layers of d features. */
void iclgd_structure_take(size_t rows, size_t d, iclgd_arena *arena,
                          iclgd_structure *out);

/* Doubles of scratch to measure a layer. */
size_t iclgd_structure_work(size_t d);

/* Row `row` from layer l of the model; dist is NULL when the law is not known.
 */
void iclgd_structure_measure(const iclgd_model *model, const double *theta,
                             const iclgd_distribution *dist, size_t l,
                             size_t row, double *work, iclgd_structure *out);

#endif /* ICLGD_PROBES_STRUCTURE_MEASURE_H */
