/* iclgd/assignment.h - which of n things belongs to which of n others, exactly
 * and softly. */
#ifndef ICLGD_ASSIGNMENT_H
#define ICLGD_ASSIGNMENT_H

#include <stddef.h>

#include "iclgd/arena.h"
#include "iclgd/status.h"

/* Scratch for up to n things, owned by the arena. */
typedef struct iclgd_assignment iclgd_assignment;
iclgd_status iclgd_assignment_create(size_t n, iclgd_arena *arena,
                                     iclgd_assignment **out, iclgd_error *err);

/* The permutation of largest sum_i gain[i, column[i]], of finite gain (n, n);
 * column (n). Where several are best, the same one every time. Exact, of order
 * n^3 (Kuhn 1955; Jonker and Volgenant 1987). */
void iclgd_assign(iclgd_assignment *scratch, const double *gain, size_t n,
                  size_t *column);

/* plan (n, n), non-negative, whose rows and columns sum to 1, of largest
 *   sum_ij plan_ij gain_ij - temperature sum_ij plan_ij log plan_ij
 * (Cuturi 2013; Sinkhorn 1964), temperature > 0, by up to `rounds` rounds in
 * logarithms. Rows sum to 1 to rounding; the largest miss of a column is given
 * back. */
double iclgd_sinkhorn(iclgd_assignment *scratch, const double *gain, size_t n,
                      double temperature, size_t rounds, double *plan);

#endif /* ICLGD_ASSIGNMENT_H */
