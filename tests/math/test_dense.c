/* The wrapped routines of BLAS and LAPACK against matrices whose answers are
 * known by hand, in row-major order. */
#include "math/dense.h"

#include <iclgd/algebra.h>
#include <math.h>

#include "support/close.h"

static void a_product_is_row_by_column(void **state) {
  (void)state;
  const double A[] = {1, 2, 3, 4}, B[] = {5, 6, 7, 8};
  double C[] = {NAN, NAN, NAN, NAN};
  iclgd_multiply(A, B, C, 2);
  const double expected[] = {19, 22, 43, 50};
  for (size_t i = 0; i < 4; ++i) assert_close(C[i], expected[i], 0, 0);
}

/* Small ones by loops and large ones by BLAS, added to what is there, with
 * rows that are further apart than they are long. */
static void products_of_any_shape_are_added(void **state) {
  (void)state;
  const size_t sizes[][3] = {{2, 3, 4}, {40, 36, 48}};
  static double a[64 * 64], b[64 * 64], C[64 * 64];
  for (size_t i = 0; i < 64 * 64; ++i) a[i] = sin((double)i);
  for (size_t i = 0; i < 64 * 64; ++i) b[i] = cos(3.0 * (double)i);
  for (size_t way = 0; way < 8; ++way) {
    const size_t *s = sizes[way / 4];
    const iclgd_factor A = {a, 64, way & 1}, B = {b, 64, way & 2};
    for (size_t i = 0; i < 64 * 64; ++i) C[i] = 1;
    iclgd_add_product(s[0], s[1], s[2], 0.5, A, B, C, 64);
    for (size_t i = 0; i < 64 * 64; ++i) {
      const size_t row = i / 64, column = i % 64;
      double sum = 0;
      for (size_t p = 0; p < s[2]; ++p)
        sum += a[A.transposed ? p * 64 + row : row * 64 + p] *
               b[B.transposed ? column * 64 + p : p * 64 + column];
      const bool inside = row < s[0] && column < s[1];
      assert_close(C[i], inside ? 1 + sum / 2 : 1, 1e-13, 0);
    }
  }
}

/* M = [[4, 1], [1, 3]], M (1, 2) = (6, 7); the upper triangle is not read. */
static void positive_systems_are_solved(void **state) {
  (void)state;
  double M[] = {4, NAN, 1, 3}, b[] = {6, 7};
  assert_true(iclgd_solve_positive(M, b, 2));
  assert_true(iclgd_solve_positive(NULL, NULL, 0));
  assert_close(b[0], 1, 0, 1e-15);
  assert_close(b[1], 2, 0, 1e-15);
  double indefinite[] = {1, 2, 2, 1}, c[] = {1, 1};
  assert_false(iclgd_solve_positive(indefinite, c, 2));
}

/* A badly scaled M = D C D, C = [[2, 1], [1, 2]], D = diag(1, 2^30), and X of
 * which X D is well scaled: the reciprocal condition number is that of C. */
static void division_undoes_multiplication(void **state) {
  (void)state;
  const double scale = 0x1p30;
  double M[] = {2, scale, scale, 2 * scale * scale};
  const double N[] = {2, scale, scale, 2 * scale * scale};
  const double X[] = {scale, 2, 3 * scale, 4};
  double B[4], got[4], work[10];
  assert_int_equal(iclgd_regress_work(2, 2), 10);
  iclgd_multiply(X, N, B, 2);
  const double rcond = iclgd_regress(M, B, 2, 2, got, work);
  assert_close(rcond, 1.0 / 3, 0, 1e-12);
  for (size_t i = 0; i < 4; ++i) assert_close(got[i], X[i], 0, 1e-14);
  double singular[] = {1, 1, 1, 1}, negative[] = {-1, 0, 0, 1};
  double one[] = {1, 0, 0, 1}, other[] = {1, 0, 0, 1};
  assert_true(iclgd_regress(singular, one, 2, 2, got, work) == 0);
  assert_true(iclgd_regress(negative, other, 2, 2, got, work) == 0);
}

/* Two targets of three features, t = (f_1 + 2 f_3, -f_2), from the moments of
 * f = (1, 0, 0), (1, 1, 0), (1, 1, 1), (0, 1, 2), summed by hand. */
static void normal_equations_give_the_coefficients(void **state) {
  (void)state;
  double M[] = {3, 2, 1, 2, 3, 3, 1, 3, 5};
  double B[] = {5, 8, 11, -2, -3, -3}, X[6], work[3 * 3 + 3 + 2 * 2];
  const double expected[] = {1, 0, 2, 0, -1, 0};
  assert_int_equal(iclgd_regress_work(3, 2), 16);
  assert_true(iclgd_regress(M, B, 2, 3, X, work) > 0.01);
  for (size_t i = 0; i < 6; ++i) assert_close(X[i], expected[i], 1e-13, 0);
  double bad[] = {NAN}, one[] = {1};
  assert_true(iclgd_regress(bad, one, 1, 1, X, work) == 0);
}

/* Minimum norm: the solution lies in the row space. x = (1, 1) has w = y / 2
 * (1, 1); of two inconsistent rows the mean is the answer. */
static void least_squares_takes_the_shortest(void **state) {
  (void)state;
  double wide[] = {1, 1}, y[] = {3, 0}, w[2];
  assert_true(iclgd_least_squares(wide, y, 1, 2, w));
  assert_close(w[0], 1.5, 0, 1e-14);
  assert_close(w[1], 1.5, 0, 1e-14);
  double tall[] = {1, 1}, two[] = {1, 4};
  assert_true(iclgd_least_squares(tall, two, 2, 1, w));
  assert_close(w[0], 2.5, 0, 1e-14);
  double deficient[] = {1, 1, 1, 1}, same[] = {3, 3}, v[2];
  assert_true(iclgd_least_squares(deficient, same, 2, 2, v));
  assert_close(v[0], 1.5, 0, 1e-14);
  assert_close(v[1], 1.5, 0, 1e-14);
}

/* tridiag(-1, 2, -1): 2 - 2 cos(k pi / (N + 1)). */
static void tridiagonal_eigenvalues_ascend(void **state) {
  (void)state;
  enum { N = 7 };
  double x[N], e[N - 1];
  for (size_t i = 0; i < N; ++i) x[i] = 2;
  for (size_t i = 0; i + 1 < N; ++i) e[i] = -1;
  assert_true(iclgd_tridiagonal_eigenvalues(x, e, N));
  for (size_t k = 0; k < N; ++k)
    assert_close(x[k], 2 - 2 * cos((double)(k + 1) * acos(-1) / (N + 1)), 1e-14,
                 0);
}

/* A rotation by 90 degrees has +-i; a block triangular one adds its corner. */
static void general_eigenvalues_come_in_pairs(void **state) {
  (void)state;
  double M[] = {0, -1, 5, 1, 0, 7, 0, 0, 3}, re[3], im[3];
  assert_true(iclgd_eigenvalues(M, 3, re, im));
  double real = NAN, product = 0, sum = 0;
  for (size_t k = 0; k < 3; ++k) {
    if (im[k] == 0) real = re[k];
    if (im[k] != 0) assert_close(re[k], 0, 1e-14, 0);
    product += im[k] * im[k];
    sum += im[k];
  }
  assert_close(real, 3, 0, 1e-14);
  assert_close(product, 2, 0, 1e-14);
  assert_close(sum, 0, 1e-14, 0);
}

/* (2, 1; 1, 2) has 1 along (1, -1) and 3 along (1, 1). */
static void symmetric_eigenvalues_ascend(void **state) {
  (void)state;
  double S[] = {2, 1, 1, 2}, same[] = {2, 1, 1, 2}, lambda[2], alone[2];
  assert_true(iclgd_symmetric_eigenvalues(S, 2, true, lambda));
  assert_true(iclgd_symmetric_eigenvalues(same, 2, false, alone));
  for (size_t k = 0; k < 2; ++k) {
    const double *v = S + 2 * k;
    assert_close(lambda[k], k == 0 ? 1 : 3, 0, 1e-14);
    assert_close(alone[k], lambda[k], 0, 1e-14);
    assert_close(v[0] * v[0], 0.5, 0, 1e-14);
    assert_close(v[0] * v[1], k == 0 ? -0.5 : 0.5, 0, 1e-14);
  }
  const double bad[] = {NAN, INFINITY, -INFINITY};
  for (size_t k = 0; k < 3; ++k)
    for (size_t at = 0; at < 3; ++at) { /* on the diagonal, and beside it */
      double M[] = {1, 0, 0, 2};
      M[at] = bad[k];
      if (at > 0) M[3 - at] = bad[k];
      assert_false(iclgd_symmetric_eigenvalues(M, 2, false, lambda));
    }
}

/* M = U diag(s) VT of orthonormal columns and rows, wide and tall. */
static void singular_values_make_the_matrix(void **state) {
  (void)state;
  enum { MOST = 5 };
  static const size_t shapes[][2] = {{2, 5}, {5, 2}, {3, 3}, {1, 4}};
  for (size_t c = 0; c < sizeof shapes / sizeof *shapes; ++c) {
    const size_t m = shapes[c][0], n = shapes[c][1], k = m < n ? m : n;
    double M[MOST * MOST], copy[MOST * MOST], again[MOST * MOST];
    double s[MOST], alone[MOST], U[MOST * MOST], VT[MOST * MOST];
    for (size_t i = 0; i < m * n; ++i)
      M[i] = copy[i] = again[i] = sin(1 + 3.0 * (double)i);
    assert_true(iclgd_singular(copy, m, n, s, U, VT));
    assert_true(iclgd_singular(again, m, n, alone, NULL, NULL));
    for (size_t i = 0; i < m; ++i)
      for (size_t j = 0; j < n; ++j) {
        double sum = 0;
        for (size_t p = 0; p < k; ++p)
          sum += U[i * k + p] * s[p] * VT[p * n + j];
        assert_close(sum, M[i * n + j], 1e-14, 0);
      }
    for (size_t p = 0; p < k; ++p) {
      assert_close(alone[p], s[p], 1e-14, 0);
      assert_true(s[p] >= 0 && (p == 0 || s[p] <= s[p - 1]));
      for (size_t q = 0; q < k; ++q) {
        double of_U = 0, of_V = 0;
        for (size_t i = 0; i < m; ++i) of_U += U[i * k + p] * U[i * k + q];
        for (size_t j = 0; j < n; ++j) of_V += VT[p * n + j] * VT[q * n + j];
        assert_close(of_U, p == q, 1e-14, 0);
        assert_close(of_V, p == q, 1e-14, 0);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_product_is_row_by_column),
      cmocka_unit_test(products_of_any_shape_are_added),
      cmocka_unit_test(positive_systems_are_solved),
      cmocka_unit_test(division_undoes_multiplication),
      cmocka_unit_test(normal_equations_give_the_coefficients),
      cmocka_unit_test(least_squares_takes_the_shortest),
      cmocka_unit_test(tridiagonal_eigenvalues_ascend),
      cmocka_unit_test(general_eigenvalues_come_in_pairs),
      cmocka_unit_test(symmetric_eigenvalues_ascend),
      cmocka_unit_test(singular_values_make_the_matrix),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
