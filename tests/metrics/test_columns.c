/* Many at a time gives the bits of one at a time, on every instruction set that
 * runs here. */
#include "metrics/columns.h"

#include <string.h>

#include "support/samples.h"

enum { D = 7, MANY = 41 };

/* The sets up to the processor's best. */
static size_t kernels(const iclgd_column_kernels *out[3]) {
  size_t count = 0;
  out[count++] = &iclgd_column_kernels_base;
#if defined(__x86_64__)
  if (iclgd_isa_best() >= ICLGD_ISA_V3) out[count++] = &iclgd_column_kernels_v3;
  if (iclgd_isa_best() >= ICLGD_ISA_V4) out[count++] = &iclgd_column_kernels_v4;
#endif
  return count;
}

/* Column k of B (D, count), whose columns are normal, huge, tiny or zero. */
static void fill(double *B, size_t count, uint64_t *seed) {
  const double scales[] = {1, 1e200, 1e-200, 0};
  for (size_t i = 0; i < D; ++i)
    for (size_t k = 0; k < count; ++k)
      B[i * count + k] = normal(seed) * scales[k % 4];
}

static void column(const double *B, size_t k, size_t count, double *out) {
  for (size_t i = 0; i < D; ++i) out[i] = B[i * count + k];
}

static void assert_same(double a, double b) {
  assert_true(isnan(a) ? isnan(b) : a == b);
}

static void columns_equal_vectors(void **state) {
  (void)state;
  const iclgd_column_kernels *sets[3];
  const size_t n_sets = kernels(sets);
  uint64_t seed = 7;
  for (size_t count = 1; count <= MANY; ++count)
    for (size_t s = 0; s < n_sets; ++s) {
      double a[D], b[D], B[D * MANY], dots[MANY], distances[MANY];
      for (size_t i = 0; i < D; ++i) a[i] = normal(&seed);
      fill(B, count, &seed);
      sets[s]->dots(dots, a, B, D, count);
      sets[s]->squared_distances(distances, a, B, D, count);
      for (size_t k = 0; k < count; ++k) {
        column(B, k, count, b);
        assert_same(dots[k], iclgd_dot(a, b, D));
        assert_same(distances[k], iclgd_squared_distance(a, b, D));
      }
    }
}

static void scaled_columns_give_cosines(void **state) {
  (void)state;
  const iclgd_column_kernels *sets[3];
  const size_t n_sets = kernels(sets);
  uint64_t seed = 8;
  for (size_t s = 0; s < n_sets; ++s) {
    double B[D * MANY], unit[D * MANY], norms[MANY], a[D], b[D], dots[MANY];
    fill(B, MANY, &seed);
    memcpy(unit, B, sizeof B);
    sets[s]->scale_columns(unit, norms, D, MANY);
    for (size_t l = 0; l < MANY; ++l) {
      double u[D];
      column(unit, l, MANY, u);
      column(B, l, MANY, a);
      sets[s]->dots(dots, u, unit, D, MANY);
      for (size_t k = 0; k < MANY; ++k) {
        column(B, k, MANY, b);
        assert_same(dots[k] / (norms[l] * norms[k]), iclgd_cosine(a, b, D));
      }
    }
  }
}

static void rows_of_moments_equal_single_ones(void **state) {
  (void)state;
  const iclgd_column_kernels *sets[3];
  const size_t n_sets = kernels(sets);
  enum { OFFERED = 50 };
  for (size_t s = 0; s < n_sets; ++s) {
    double count[MANY] = {0}, mean[MANY] = {0}, squares[MANY] = {0};
    const iclgd_moments_row row = {count, mean, squares};
    iclgd_moments single[MANY] = {{0}};
    uint64_t seed = 9;
    for (size_t i = 0; i < OFFERED; ++i) {
      double values[MANY];
      for (size_t k = 0; k < MANY; ++k) {
        values[k] = k % 5 == 0 && i % 3 == 0 ? NAN : 1e6 + normal(&seed);
        if (k == 3) values[k] = NAN;
        iclgd_moments_add(&single[k], values[k]);
      }
      sets[s]->moments_row_add(&row, values, MANY);
    }
    for (size_t k = 0; k < MANY; ++k) {
      const iclgd_moments got = iclgd_moments_row_at(&row, k, OFFERED);
      assert_int_equal(got.count, single[k].count);
      assert_int_equal(got.excluded, single[k].excluded);
      assert_same(got.mean, single[k].mean);
      assert_same(got.squares, single[k].squares);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_equal_vectors),
      cmocka_unit_test(scaled_columns_give_cosines),
      cmocka_unit_test(rows_of_moments_equal_single_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
