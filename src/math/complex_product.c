/* Products of complex matrices in plain loops, which serve derivatives: their
 * real and imaginary parts differ by a hundred orders of magnitude and are
 * never added. */
#include "math/complex_product.h"

/* Row i of a product: sums of rows of B, or dot products with them. */
static void add_row(size_t i, size_t n, size_t k, double complex alpha,
                    iclgd_complex_factor A, iclgd_complex_factor B,
                    double complex *restrict C) {
  const size_t step = A.transposed ? A.stride : 1;
  const double complex *a = A.at + i * (A.transposed ? 1 : A.stride);
  if (B.transposed) {
    for (size_t j = 0; j < n; ++j) {
      double complex sum = 0;
      for (size_t p = 0; p < k; ++p)
        sum += a[p * step] * B.at[j * B.stride + p];
      C[j] += alpha * sum;
    }
    return;
  }
  for (size_t p = 0; p < k; ++p) {
    const double complex factor = alpha * a[p * step];
    for (size_t j = 0; j < n; ++j) C[j] += factor * B.at[p * B.stride + j];
  }
}

void iclgd_add_complex_product(size_t m, size_t n, size_t k,
                               double complex alpha, iclgd_complex_factor A,
                               iclgd_complex_factor B, double complex *C,
                               size_t stride) {
  enum { SMALL = 1 << 13 }; /* multiplications that loops do as fast */
  if (m * n * k > SMALL) {
    iclgd_add_large_complex_product(m, n, k, alpha, A, B, C, stride);
    return;
  }
  for (size_t i = 0; i < m; ++i) add_row(i, n, k, alpha, A, B, C + i * stride);
}
