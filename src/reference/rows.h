/* The algorithms of the table in algorithm.c, one file or row each. */
#ifndef ICLGD_REFERENCE_ROWS_H
#define ICLGD_REFERENCE_ROWS_H

#include <iclgd/algorithm.h>

extern const iclgd_algorithm iclgd_algorithm_averaging;
extern const iclgd_algorithm iclgd_algorithm_chebyshev;
extern const iclgd_algorithm iclgd_algorithm_conjugate_gradient;
extern const iclgd_algorithm iclgd_algorithm_dmmse;
extern const iclgd_algorithm iclgd_algorithm_gd;
extern const iclgd_algorithm iclgd_algorithm_gd_per_step;
extern const iclgd_algorithm iclgd_algorithm_gdpp;
extern const iclgd_algorithm iclgd_algorithm_gdpp_per_step;
extern const iclgd_algorithm iclgd_algorithm_heavy_ball;
extern const iclgd_algorithm iclgd_algorithm_kernel_gd;
extern const iclgd_algorithm iclgd_algorithm_kernel_ridge;
extern const iclgd_algorithm iclgd_algorithm_knn;
extern const iclgd_algorithm iclgd_algorithm_lasso;
extern const iclgd_algorithm iclgd_algorithm_least_squares;
extern const iclgd_algorithm iclgd_algorithm_line_search;
extern const iclgd_algorithm iclgd_algorithm_nadaraya_watson;
extern const iclgd_algorithm iclgd_algorithm_nesterov;
extern const iclgd_algorithm iclgd_algorithm_newton;
extern const iclgd_algorithm iclgd_algorithm_one_layer;
extern const iclgd_algorithm iclgd_algorithm_online_gd;
extern const iclgd_algorithm iclgd_algorithm_pgd;
extern const iclgd_algorithm iclgd_algorithm_pgd_learned;
extern const iclgd_algorithm iclgd_algorithm_pgd_per_step;
extern const iclgd_algorithm iclgd_algorithm_ridge;
extern const iclgd_algorithm iclgd_algorithm_ridge_fixed;
extern const iclgd_algorithm iclgd_algorithm_zero;

#endif /* ICLGD_REFERENCE_ROWS_H */
