/* The algorithms of the table in algorithm.c, one file or row each. */
#ifndef ICLGD_REFERENCE_ROWS_H
#define ICLGD_REFERENCE_ROWS_H

#include <iclgd/algorithm.h>

extern const iclgd_algorithm iclgd_algorithm_gd;
extern const iclgd_algorithm iclgd_algorithm_gd_per_step;
extern const iclgd_algorithm iclgd_algorithm_pgd;
extern const iclgd_algorithm iclgd_algorithm_pgd_per_step;
extern const iclgd_algorithm iclgd_algorithm_gdpp;
extern const iclgd_algorithm iclgd_algorithm_least_squares;
extern const iclgd_algorithm iclgd_algorithm_one_layer;
extern const iclgd_algorithm iclgd_algorithm_ridge;

#endif /* ICLGD_REFERENCE_ROWS_H */
