/* Products of small matrices, compiled once per instruction set. Every sum is
 * taken in the order of its index, so that all sets give the same bits. */
#ifndef ICLGD_MATH_PRODUCTS_H
#define ICLGD_MATH_PRODUCTS_H

#include <stddef.h>

#include "base/isa.h"

typedef struct iclgd_products {
  /* C (m, n), rows `stride` apart, += alpha A B; A[i, p] is A[i row + p step],
   * rows of B (k, n) are `width` apart. */
  void (*add)(size_t m, size_t n, size_t k, double alpha, const double *A,
              size_t row, size_t step, const double *B, size_t width, double *C,
              size_t stride);
  /* The same of B^T, B (n, k): each sum first, then alpha. */
  void (*add_dots)(size_t m, size_t n, size_t k, double alpha, const double *A,
                   size_t row, size_t step, const double *B, size_t width,
                   double *C, size_t stride);
  /* S (d, d) = sum_i (x_i / n) x_i^T, b (d) = sum_i (x_i / n) y_i over `count`
   * points. */
  void (*gram)(size_t count, size_t d, double n, const double *x,
               const double *y, double *S, double *b);
} iclgd_products;

extern const iclgd_products ICLGD_PASTE(iclgd_products, base);
extern const iclgd_products ICLGD_PASTE(iclgd_products, v3);
extern const iclgd_products ICLGD_PASTE(iclgd_products, v4);

/* Those of the best set of this processor. */
static inline const iclgd_products *iclgd_products_best(void) {
#if defined(__x86_64__)
  switch (iclgd_isa_best()) {
    case ICLGD_ISA_V4:
      return &ICLGD_PASTE(iclgd_products, v4);
    case ICLGD_ISA_V3:
      return &ICLGD_PASTE(iclgd_products, v3);
    case ICLGD_ISA_BASE:
      break;
  }
#endif
  return &ICLGD_PASTE(iclgd_products, base);
}

#endif /* ICLGD_MATH_PRODUCTS_H */
