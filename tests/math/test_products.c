/* Products of small matrices beside plain loops: the same bits, whatever the
 * sizes and on every instruction set that runs here. */
#include <string.h>

#include "math/products.h"
#include "support/close.h"

enum { MOST = 23, STRIDE = 29 };

static const iclgd_products *const sets[] = {
    &iclgd_products_base,
#if defined(__x86_64__)
    &iclgd_products_v3,
    &iclgd_products_v4,
#endif
};

static size_t sets_here(void) {
  return sizeof sets / sizeof *sets > 1 ? (size_t)iclgd_isa_best() + 1 : 1;
}

static void fill(double *values, size_t count, double seed) {
  for (size_t i = 0; i < count; ++i) values[i] = sin(seed + 1.7 * (double)i);
}

static void add_slowly(size_t m, size_t n, size_t k, const double *A,
                       size_t row, size_t step, const double *B, double *C) {
  for (size_t i = 0; i < m; ++i)
    for (size_t j = 0; j < n; ++j)
      for (size_t p = 0; p < k; ++p)
        C[i * STRIDE + j] += -0.3 * A[i * row + p * step] * B[p * STRIDE + j];
}

static void products_are_those_of_loops(void **state) {
  (void)state;
  double A[MOST * STRIDE], B[MOST * STRIDE];
  fill(A, MOST * STRIDE, 1);
  fill(B, MOST * STRIDE, 2);
  for (size_t s = 0; s < sets_here(); ++s)
    for (size_t n = 0; n <= MOST; ++n) {
      const size_t m = (3 * n + 1) % MOST, k = (5 * n + 2) % MOST;
      double C[MOST * STRIDE], expected[MOST * STRIDE];
      fill(C, MOST * STRIDE, 3);
      memcpy(expected, C, sizeof C);
      sets[s]->add(m, n, k, -0.3, A, STRIDE, 1, B, STRIDE, C, STRIDE);
      add_slowly(m, n, k, A, STRIDE, 1, B, expected);
      sets[s]->add(m, n, k, -0.3, A, 1, STRIDE, B, STRIDE, C, STRIDE);
      add_slowly(m, n, k, A, 1, STRIDE, B, expected);
      assert_memory_equal(C, expected, sizeof C);
    }
}

static void dots_are_those_of_loops(void **state) {
  (void)state;
  double A[MOST * STRIDE], B[MOST * STRIDE];
  fill(A, MOST * STRIDE, 4);
  fill(B, MOST * STRIDE, 5);
  for (size_t s = 0; s < sets_here(); ++s)
    for (size_t n = 0; n <= MOST; ++n) {
      const size_t m = (3 * n + 1) % MOST, k = (5 * n + 2) % MOST;
      double C[MOST * STRIDE], expected[MOST * STRIDE];
      fill(C, MOST * STRIDE, 6);
      memcpy(expected, C, sizeof C);
      sets[s]->add_dots(m, n, k, 0.7, A, STRIDE, 1, B, STRIDE, C, STRIDE);
      for (size_t i = 0; i < m; ++i)
        for (size_t j = 0; j < n; ++j) {
          double sum = 0;
          for (size_t p = 0; p < k; ++p)
            sum += A[i * STRIDE + p] * B[j * STRIDE + p];
          expected[i * STRIDE + j] += 0.7 * sum;
        }
      assert_memory_equal(C, expected, sizeof C);
    }
}

/* More points than are taken at a time. */
static void moments_are_those_of_loops(void **state) {
  (void)state;
  enum { COUNT = 131, D = 17 };
  double x[COUNT * D], y[COUNT], S[D * D], b[D];
  double moments[D * D] = {0}, first[D] = {0};
  fill(x, COUNT * D, 7);
  fill(y, COUNT, 8);
  for (size_t i = 0; i < COUNT; ++i)
    for (size_t j = 0; j < D; ++j) {
      const double share = x[i * D + j] / 37;
      first[j] += share * y[i];
      for (size_t k = 0; k < D; ++k) moments[j * D + k] += share * x[i * D + k];
    }
  for (size_t s = 0; s < sets_here(); ++s) {
    sets[s]->gram(COUNT, D, 37, x, y, S, b);
    assert_memory_equal(S, moments, sizeof S);
    assert_memory_equal(b, first, sizeof b);
    sets[s]->gram(0, D, 37, x, y, S, b);
    for (size_t i = 0; i < D * D; ++i) assert_true(S[i] == 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_are_those_of_loops),
      cmocka_unit_test(dots_are_those_of_loops),
      cmocka_unit_test(moments_are_those_of_loops),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
