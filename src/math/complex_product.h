/* Products of complex matrices, row-major, as of real ones (dense.h). */
#ifndef ICLGD_MATH_COMPLEX_PRODUCT_H
#define ICLGD_MATH_COMPLEX_PRODUCT_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

/* A factor, M (rows, columns): entry (i, j) is at[i * stride + j], or at[j *
 * stride + i] where it is stored transposed. */
typedef struct iclgd_complex_factor {
  const double complex *at;
  size_t stride;
  bool transposed;
} iclgd_complex_factor;

/* C (m, n) += alpha A (m, k) B (k, n), rows of C `stride` apart; plain loops
 * where it is small. */
void iclgd_add_complex_product(size_t m, size_t n, size_t k,
                               double complex alpha, iclgd_complex_factor A,
                               iclgd_complex_factor B, double complex *C,
                               size_t stride);

/* The same by the library (dense.c). */
void iclgd_add_large_complex_product(size_t m, size_t n, size_t k,
                                     double complex alpha,
                                     iclgd_complex_factor A,
                                     iclgd_complex_factor B, double complex *C,
                                     size_t stride);

#endif /* ICLGD_MATH_COMPLEX_PRODUCT_H */
