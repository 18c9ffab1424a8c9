/* Local minimisation of a smooth function (minimise.c). */
#ifndef ICLGD_MATH_MINIMISE_H
#define ICLGD_MATH_MINIMISE_H

#include <stddef.h>

#include <iclgd/status.h>

/* The value at x (count), and the gradient (count) unless it is NULL. */
typedef double (*iclgd_function)(const double *x, double *gradient, void *data);

/**
 * Walk downhill from x to a local minimum, in place. *value receives the
 * minimum, *slope the largest component of the gradient there: what is small
 * enough is for the caller to say.
 *
 * @return ICLGD_OK, also when the walk ended early; ICLGD_ENOMEM.
 */
iclgd_status iclgd_minimise(iclgd_function f, void *data, size_t count,
                            double *x, double *value, double *slope,
                            iclgd_error *err);

/* The same without the last digits, to explore: *value alone. */
iclgd_status iclgd_descend(iclgd_function f, void *data, size_t count,
                           double *x, double *value, iclgd_error *err);

/**
 * Leave a local minimum x of several for a deeper one, in place: move one of
 * the first `moved` coordinates by up to 3 either way, walk down again, keep
 * what is lower, until no move helps. The same outputs and status; nothing
 * proves the result global.
 */
iclgd_status iclgd_minimise_hop(iclgd_function f, void *data, size_t count,
                                size_t moved, double *x, double *value,
                                double *slope, iclgd_error *err);

#endif /* ICLGD_MATH_MINIMISE_H */
