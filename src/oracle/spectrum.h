/* The mean spectrum of a setting, and the loss of polynomial methods on it. */
#ifndef ICLGD_ORACLE_SPECTRUM_H
#define ICLGD_ORACLE_SPECTRUM_H

#include <stddef.h>

#include <iclgd/arena.h>
#include <iclgd/oracle.h>

/* Residual polynomials of a higher degree are refused: their moments would
 * take seconds, and the weights of their rule approach underflow. */
enum { ICLGD_DEGREE_MAX = 127 };

/* mu(f) = sum_i weight_i f(s_i) + atom f(0): a Gauss rule for the mean density
 * of the eigenvalues of S that are not 0, and the d - n that are. */
typedef struct iclgd_spectrum {
  size_t count;
  double *s, *weight; /* (count), in the arena they were made from */
  double atom;
  double lambda; /* sigma2 / n */
} iclgd_spectrum;

/* L layers of scalar GD++: step a[l], then S <- S (1 - c[l] S)^2. */
typedef struct iclgd_layers {
  size_t L;
  const double *a, *c; /* (L); c NULL: plain gradient descent */
} iclgd_layers;

/* Refuse a setting with d, n = 0, or sigma2 negative or not finite
 * (ICLGD_EUSAGE), or too large for the arithmetic (ICLGD_ERANGE). */
iclgd_status iclgd_setting_check(iclgd_setting setting, iclgd_error *err);

/* The spectrum, exact for residual polynomials up to this degree; checks the
 * setting first. ICLGD_ERANGE beyond ICLGD_DEGREE_MAX. */
iclgd_status iclgd_spectrum_create(iclgd_setting setting, size_t degree,
                                   iclgd_arena *arena, iclgd_spectrum *out,
                                   iclgd_error *err);

/* Recurrence coefficients, alpha and beta (N), of the measure s dmu(s). */
iclgd_status iclgd_spectrum_recurrence(iclgd_setting setting, size_t N,
                                       double *alpha, double *beta,
                                       iclgd_error *err);

/* The degree of the residual polynomial of these layers; above
 * ICLGD_DEGREE_MAX it is only known to be too large. */
size_t iclgd_layers_degree(iclgd_layers layers);

/* O3 of theory: mu(p^2) + lambda mu((1-p)^2 / s) after all layers. curve, when
 * not NULL, receives the loss of iterates 0..L. */
double iclgd_layers_loss(const iclgd_spectrum *spectrum, iclgd_layers layers,
                         double *curve);

/* The same, with its derivatives by a and c, (L) each; da or dc may be NULL.
 * work: 3 (L + 1) doubles. */
double iclgd_layers_gradient(const iclgd_spectrum *spectrum,
                             iclgd_layers layers, double *da, double *dc,
                             double *work);

#endif /* ICLGD_ORACLE_SPECTRUM_H */
