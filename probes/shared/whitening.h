/* Coordinates in which Sigma = I: for inputs x = F g of a fixed, known and
 * anisotropic covariance Sigma = v F F^T, a preconditioner A is
 *   A' = v F^T A F,  A = G A' G^T / v,  G = F^-T,
 * so that A = eta Sigma^-1 is A' = eta I. Otherwise A' = A. */
#ifndef ICLGD_PROBES_WHITENING_H
#define ICLGD_PROBES_WHITENING_H

#include <iclgd/distribution.h>

/* Whether the law (NULL: not known) has such coordinates, other than those of
 * x itself. */
bool iclgd_whitens(const iclgd_distribution *dist);

/* out = A' of A, or A of A', all (d, d); work (d, d) and out are not A. */
void iclgd_whiten(const iclgd_distribution *dist, const double *A, size_t d,
                  double *work, double *out);
void iclgd_unwhiten(const iclgd_distribution *dist, const double *A, size_t d,
                    double *work, double *out);

/* The gradient in A' from dA, that in A: G^T dA G / v. */
void iclgd_whiten_gradient(const iclgd_distribution *dist, const double *dA,
                           size_t d, double *work, double *out);

/* |(M - M^T) / 2|_F / |M|_F */
double iclgd_antisymmetric_share(const double *M, size_t d);

/* tr(A') / d, the step size that A stands for. */
double iclgd_whitened_scale(const iclgd_distribution *dist, const double *A,
                            size_t d);

#endif /* ICLGD_PROBES_WHITENING_H */
