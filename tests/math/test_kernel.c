/* Kernels: values known in closed form or as an expectation, gradients against
 * differences. */
#include <iclgd/kernel.h>

#include "support/close.h"
#include "support/normal.h"

enum { D = 3, N = 7 };

static const iclgd_kernel kernels[] = {
    {ICLGD_KERNEL_LINEAR, 1},    {ICLGD_KERNEL_EXP, 2},
    {ICLGD_KERNEL_RBF, 1.5},     {ICLGD_KERNEL_RELU, 1},
    {ICLGD_KERNEL_QUADRATIC, 1}, {ICLGD_KERNEL_SOFTMAX, 0.7}};
enum { KERNELS = sizeof kernels / sizeof *kernels };

static void fill(double *out, size_t count, uint64_t seed) {
  for (size_t i = 0; i < count; ++i) out[i] = normal(&seed);
}

static void values_are_as_defined(void **state) {
  (void)state;
  const double u[] = {1, 2, -1}, v[] = {0.5, -1, 3};
  const double expected[] = {-4.5, exp(-4.5 / 2),
                             exp(-(0.25 + 9 + 16) / (2 * 1.5 * 1.5))};
  for (size_t k = 0; k < 3; ++k)
    assert_close(iclgd_kernel_at(&kernels[k], u, v, D), expected[k], 0, 1e-14);
  assert_close(iclgd_kernel_at(&kernels[4], u, v, D), (0.25 + 4 * 1 + 9) / 3, 0,
               1e-14);
}

/* 2 E relu(w.u) relu(w.v) by sampling, and where the angle is 0, pi / 2, pi. */
static void relu_is_an_expectation(void **state) {
  (void)state;
  const iclgd_kernel *relu = &kernels[3];
  const double u[] = {1, 2, -1}, v[] = {0.5, -1, 3}, away[] = {-2, -4, 2};
  const double across[] = {2, -1, 0}, zero[] = {0, 0, 0};
  normal_mean mean = {0};
  uint64_t seed = 5;
  for (size_t i = 0; i < 200000; ++i) {
    double of_u = 0, of_v = 0;
    for (size_t j = 0; j < D; ++j) {
      const double w = normal(&seed);
      of_u += w * u[j];
      of_v += w * v[j];
    }
    normal_add(&mean, 2 * fmax(of_u, 0) * fmax(of_v, 0));
  }
  assert_true(fabs(normal_z(&mean, iclgd_kernel_at(relu, u, v, D))) < 4);
  assert_close(iclgd_kernel_at(relu, u, u, D), 6, 0, 1e-14);
  assert_close(iclgd_kernel_at(relu, u, across, D), sqrt(30) / acos(-1), 0,
               1e-14);
  assert_close(iclgd_kernel_at(relu, u, away, D), 0, 1e-13, 0);
  assert_close(iclgd_kernel_at(relu, u, zero, D), 0, 0, 0);
}

static void softmax_rows_sum_up(void **state) {
  (void)state;
  double x[N * D], u[] = {1, 2, -1}, row[N], sum = 0, below = 0;
  fill(x, N * D, 9);
  iclgd_kernel_row(&kernels[5], u, x, N, D, row);
  for (size_t i = 0; i < N; ++i) {
    sum += row[i];
    double dot = 0;
    for (size_t j = 0; j < D; ++j) dot += u[j] * x[i * D + j];
    below += exp(dot / 0.7);
  }
  assert_close(sum, 1, 0, 1e-14);
  double first = 0;
  for (size_t j = 0; j < D; ++j) first += u[j] * x[j];
  assert_close(row[0], exp(first / 0.7) / below, 0, 1e-13);
  for (size_t j = 0; j < D; ++j) u[j] *= 1e4; /* exponents beyond a double's */
  iclgd_kernel_row(&kernels[5], u, x, N, D, row);
  sum = 0;
  for (size_t i = 0; i < N; ++i) sum += row[i];
  assert_close(sum, 1, 0, 1e-14);
}

static double combination(const iclgd_kernel *kernel, const double *u,
                          const double *x, const double *alpha) {
  double row[N], sum = 0;
  iclgd_kernel_row(kernel, u, x, N, D, row);
  for (size_t i = 0; i < N; ++i) sum += alpha[i] * row[i];
  return sum;
}

static void gradients_are_slopes(void **state) {
  (void)state;
  double x[N * D], alpha[N], u[D], row[N], gradient[D];
  fill(x, N * D, 3);
  fill(alpha, N, 4);
  fill(u, D, 6);
  for (size_t k = 0; k < KERNELS; ++k) {
    iclgd_kernel_row(&kernels[k], u, x, N, D, row);
    iclgd_kernel_gradient(&kernels[k], u, x, N, D, row, alpha, gradient);
    for (size_t j = 0; j < D; ++j) {
      const double h = 1e-5, at = u[j];
      u[j] = at + h;
      const double above = combination(&kernels[k], u, x, alpha);
      u[j] = at - h;
      const double slope =
          (above - combination(&kernels[k], u, x, alpha)) / (2 * h);
      u[j] = at;
      assert_close(gradient[j], slope, 1e-8, 1e-8);
    }
  }
}

static void texts_are_as_typed(void **state) {
  (void)state;
  static const char *const expected[] = {"linear", "exp:2",     "rbf:1.5",
                                         "relu",   "quadratic", "softmax:0.7"};
  char text[ICLGD_KERNEL_TEXT];
  for (size_t k = 0; k < KERNELS; ++k) {
    iclgd_kernel_text(&kernels[k], text);
    assert_string_equal(text, expected[k]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_are_as_defined),
      cmocka_unit_test(relu_is_an_expectation),
      cmocka_unit_test(softmax_rows_sum_up),
      cmocka_unit_test(gradients_are_slopes),
      cmocka_unit_test(texts_are_as_typed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
