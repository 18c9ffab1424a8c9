/* Units of a symmetry in theta: how they are moved and turned (units.c). */
#ifndef ICLGD_MODEL_UNITS_H
#define ICLGD_MODEL_UNITS_H

#include <iclgd/symmetry.h>

/* What every basis of a unit is multiplied by, (size, size): what counts as
 * `inverse` by the second. */
typedef struct iclgd_turn {
  double *R[ICLGD_BASES_MAX], *inverse[ICLGD_BASES_MAX];
} iclgd_turn;

/* Coordinates of a slice: those of its basis, or 1. */
static inline size_t iclgd_coordinates(const iclgd_symmetry *s,
                                       const iclgd_slice *slice) {
  return slice->basis ? s->size[slice->basis - 1] : 1;
}

/* All numbers of a unit become 0. */
void iclgd_unit_clear(const iclgd_symmetry *s, size_t unit, double *theta);

/* Unit `to` of out += weight times the turned unit `from` of theta. */
void iclgd_unit_add(const iclgd_symmetry *s, const iclgd_turn *turn, size_t to,
                    size_t from, double weight, const double *theta,
                    double *out);

/* Inner product of what has no basis, in unit i of a and j of b; `settled`:
 * without slices that are touched by later symmetries. */
double iclgd_unit_dot(const iclgd_symmetry *s, bool settled, size_t i,
                      const double *a, size_t j, const double *b);

/* M (size, size) = A_i B_j^T over the slices of basis k (0, 1), as above. */
void iclgd_unit_product(const iclgd_symmetry *s, size_t k, bool settled,
                        size_t i, const double *a, size_t j, const double *b,
                        double *M);

/* The slices of a unit that basis k multiplies by R, or R^-T, one behind the
 * other: X (size, E), E returned; and back. */
size_t iclgd_unit_gather(const iclgd_symmetry *s, size_t k, bool inverse,
                         size_t unit, const double *theta, double *X);
void iclgd_unit_scatter(const iclgd_symmetry *s, size_t k, bool inverse,
                        size_t unit, const double *X, double *theta);

#endif /* ICLGD_MODEL_UNITS_H */
