/* The mean density of the singular values of a Gaussian matrix (wishart.c). */
#ifndef ICLGD_MATH_WISHART_H
#define ICLGD_MATH_WISHART_H

#include <stddef.h>

/* The law of the p = min(d, n) singular values of a (d, n) matrix of
 * independent standard normals. */
typedef struct iclgd_wishart {
  size_t p;
  double a;         /* max(d, n) - p, the exponent of the Laguerre weight */
  double low, high; /* singular values outside weigh less than p e^-72 */
  double log_norm;  /* log Gamma(a + 1) - a log a + a, 0 when a = 0 */
  double first;     /* i_0 of wishart.c */
  double constant;  /* 1 / i_{p-1} when p is odd, else 0 */
} iclgd_wishart;

iclgd_wishart iclgd_wishart_law(size_t d, size_t n);

/* The density at u > 0, of integral p. Cost O(p), plus a share for p even. */
double iclgd_wishart_density(const iclgd_wishart *law, double u);

#endif /* ICLGD_MATH_WISHART_H */
