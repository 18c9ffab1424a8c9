/* Products of complex matrices, in loops and by the library, entry by entry. */
#include <string.h>

#include "math/complex_product.h"
#include "math/dense.h"
#include "support/close.h"

enum { MOST = 40 * 40 };

static void fill(double complex *M, size_t count, double phase) {
  for (size_t i = 0; i < count; ++i)
    M[i] = sin(phase + 1.7 * (double)i) + I * cos(phase + 0.3 * (double)i);
}

/* Entry (i, j) of a factor, as its comment has it. */
static double complex at(iclgd_complex_factor M, size_t i, size_t j) {
  return M.transposed ? M.at[j * M.stride + i] : M.at[i * M.stride + j];
}

/* 6 is few enough for loops, 30 is not; the rows of C are two apart more. */
static void products_are_added(void **state) {
  (void)state;
  static const size_t sizes[] = {6, 30};
  const double complex alpha = 0.5 - 2 * I;
  for (size_t c = 0; c < 8; ++c) {
    const size_t m = sizes[c / 4], n = m + 1, k = m + 2, stride = n + 2;
    double complex A[MOST], B[MOST], C[MOST], before[MOST];
    fill(A, MOST, 0.1);
    fill(B, MOST, 0.2);
    fill(C, MOST, 0.3);
    memcpy(before, C, sizeof C);
    const bool turned_A = c & 1, turned_B = c & 2;
    const iclgd_complex_factor a = {A, turned_A ? m + 3 : k + 3, turned_A};
    const iclgd_complex_factor b = {B, turned_B ? k + 1 : n + 1, turned_B};
    iclgd_add_complex_product(m, n, k, alpha, a, b, C, stride);
    for (size_t i = 0; i < m; ++i)
      for (size_t j = 0; j < stride; ++j) {
        double complex sum = 0;
        for (size_t p = 0; j < n && p < k; ++p)
          sum += at(a, i, p) * at(b, p, j);
        const double complex now = C[i * stride + j];
        const double complex expected = before[i * stride + j] + alpha * sum;
        assert_close(creal(now), creal(expected), 1e-12, 1e-12);
        assert_close(cimag(now), cimag(expected), 1e-12, 1e-12);
      }
  }
}

/* Derivatives stand beside values a hundred orders of magnitude above them:
 * neither part takes anything from the other. */
static void parts_do_not_mix(void **state) {
  (void)state;
  const double complex A[] = {3 + 1e-100 * I, 2}, B[] = {5, 7 + 4e-100 * I};
  double complex C[] = {0};
  iclgd_add_complex_product(1, 1, 2, 1, (iclgd_complex_factor){A, 2, false},
                            (iclgd_complex_factor){B, 1, false}, C, 1);
  assert_close(creal(*C), 29, 0, 0);
  assert_close(cimag(*C), 13e-100, 0, 1e-15);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_are_added),
      cmocka_unit_test(parts_do_not_mix),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
