/* What the members of the gradient-descent family share. */
#ifndef ICLGD_REFERENCE_GD_H
#define ICLGD_REFERENCE_GD_H

#include <iclgd/algorithm.h>

/* g (d) = b - S w, minus the gradient. */
void iclgd_descent_direction(const iclgd_problem *p, const double *w,
                             double *g);

/* w (steps + 1, d) with hyper->eta (one for all steps or one each) and
 * hyper->M (NULL is I). */
void iclgd_gd_iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                      size_t steps, double *work, double *w);

#endif /* ICLGD_REFERENCE_GD_H */
