/* What the alignment of two parameter vectors works on (symmetry.c, align.c).
 */
#ifndef ICLGD_MODEL_ALIGNER_H
#define ICLGD_MODEL_ALIGNER_H

#include <iclgd/assignment.h>
#include <iclgd/rng.h>

#include "model/units.h"

/* A matrix M (rows, columns) = U diag(s) V^T and its factors. */
typedef struct iclgd_factors {
  double *M, *U, *s, *VT;
} iclgd_factors;

struct iclgd_aligner {
  size_t theta_size;
  iclgd_symmetries all;
  size_t all_units;            /* of all symmetries */
  size_t units, size, entries; /* the most of one; of a basis, of its slices */
  iclgd_factors X, Y, middle;  /* (size, entries) or (size, size) */
  iclgd_turn turn;
  double *old;         /* like theta */
  double *gain, *plan; /* (units, units) */
  size_t *place;       /* (units) */
  size_t *moved;       /* (units) */
  size_t *origin;      /* (all_units) the unit that has come to a place */
  iclgd_assignment *assignment;
};

#endif /* ICLGD_MODEL_ALIGNER_H */
