/* O8: the polynomials of Wick's theorem against those of another derivation,
 * written out, and against drawn matrices; their minima; the curvature at
 * finite n against drawn contexts. */
#include <iclgd/oracle.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "oracle/antisymmetric.h"
#include "support/close.h"
#include "support/normal.h"

/* P_2, P_3, P_4 in d, m and t = kappa^2 by computer algebra elsewhere. */
static double written(size_t L, double d, double m, double t) {
  switch (L) {
    case 2:
      return 2 * pow(d, 3) + 5 * d * d + 5 * d - 4 * m * t + 2 * m * t * t;
    case 3:
      return 5 * pow(d, 4) + 22 * pow(d, 3) + 52 * d * d + 41 * d -
             m * (2 * d * d + 22 * d + 18) * t +
             m * (12 * m - 4 * d - 2) * t * t + 2 * m * pow(t, 3);
    default:
      return 14 * pow(d, 5) + 93 * pow(d, 4) + 374 * pow(d, 3) + 690 * d * d +
             509 * d - m * (24 * pow(d, 3) + 184 * d * d + 376 * d + 328) * t +
             m * (8 * d * d + 16 * d * m + 40 * d + 8 * m + 60) * t * t +
             m * (16 * m - 8 * d - 8) * pow(t, 3) + 2 * m * pow(t, 4);
  }
}

static double loss_of(size_t d, size_t L, size_t m, double kappa) {
  double loss;
  iclgd_error err;
  assert_ok(iclgd_oracle_antisymmetric_loss(d, L, m, kappa, &loss, &err), err);
  return loss;
}

static void test_polynomials(void **state) {
  (void)state;
  static const double kappas[] = {0, 0.3, 1, 2.2, 5};
  for (size_t L = 2; L <= 4; ++L) {
    iclgd_wick p;
    iclgd_wick_expand(L, &p);
    for (size_t d = 1; d <= 12; ++d)
      for (size_t m = 0; m <= d / 2; ++m)
        for (size_t i = 0; i < 5; ++i)
          assert_close(iclgd_wick_value(&p, d, m, kappas[i]),
                       written(L, (double)d, (double)m, kappas[i] * kappas[i]),
                       0, 1e-12);
  }
}

enum { D = 5 };

/* C = A B */
static void product(const double *A, const double *B, double *C) {
  memset(C, 0, D * D * sizeof *C);
  for (size_t i = 0; i < D; ++i)
    for (size_t k = 0; k < D; ++k)
      for (size_t j = 0; j < D; ++j)
        C[i * D + j] += A[i * D + k] * B[k * D + j];
}

/* |X^L|_F^2 */
static double power_norm(const double *X, size_t L) {
  double P[D * D], next[D * D], sum = 0;
  memcpy(P, X, sizeof P);
  for (size_t l = 1; l < L; ++l) {
    product(P, X, next);
    memcpy(P, next, sizeof P);
  }
  for (size_t i = 0; i < D * D; ++i) sum += P[i] * P[i];
  return sum;
}

/* The mean over H of variance 1, 2 on the diagonal; L = 5 and 6 stand nowhere
 * else. Five standard errors. */
static void test_drawn(void **state) {
  (void)state;
  enum { N = 40000 };
  static const size_t planes[] = {1, 2};
  const double kappa = 1.7;
  for (size_t L = 1; L <= 6; ++L)
    for (size_t which = 0; which < 2; ++which) {
      uint64_t seed = 11 + L;
      double mean = 0, square = 0;
      for (size_t i = 0; i < N; ++i) {
        double X[D * D];
        for (size_t r = 0; r < D; ++r) {
          X[r * D + r] = sqrt(2) * normal(&seed);
          for (size_t c = 0; c < r; ++c)
            X[r * D + c] = X[c * D + r] = normal(&seed);
        }
        for (size_t p = 0; p < planes[which]; ++p) {
          X[2 * p * D + 2 * p + 1] += kappa;
          X[(2 * p + 1) * D + 2 * p] -= kappa;
        }
        const double value = power_norm(X, L);
        mean += value / N;
        square += value * value / N;
      }
      const double error = sqrt((square - mean * mean) / N);
      assert_true(error < 0.2 * mean);
      assert_close(loss_of(D, L, planes[which], kappa), mean, 5 * error, 0);
    }
}

/* The figures of theory, a grid that finds nothing lower, and what is left when
 * there is no plane or one loop. */
static void test_best(void **state) {
  (void)state;
  iclgd_wick p;
  iclgd_antisymmetric best;
  iclgd_error err;
  assert_ok(iclgd_oracle_antisymmetric(5, 3, &best, &err), err);
  assert_int_equal(best.planes, 2);
  assert_close(best.kappa, 2.2635, 5e-5, 0);
  assert_close(best.loss / best.scalar, 0.83997, 5e-6, 0);
  for (size_t d = 2; d <= 9; ++d) {
    assert_ok(iclgd_oracle_antisymmetric(d, 2, &best, &err), err);
    assert_int_equal(best.planes, d / 2);
    assert_close(best.kappa, 1, 1e-6, 0);
    assert_close(best.scalar - best.loss, 2 * (double)(d / 2), 1e-9, 0);
    for (size_t L = 3; L <= 5; ++L) {
      assert_ok(iclgd_oracle_antisymmetric(d, L, &best, &err), err);
      assert_close(best.loss, loss_of(d, L, best.planes, best.kappa), 0, 1e-12);
      iclgd_wick_expand(L, &p);
      for (size_t m = 0; m <= d / 2; ++m)
        for (double kappa = 0; kappa < 6; kappa += 0.1)
          assert_true(iclgd_wick_value(&p, d, m, kappa) >=
                      best.loss * (1 - 1e-12));
      if (L == 3) assert_true((best.planes < d / 2) == (d >= 6));
      if (L == 4) assert_int_equal(best.planes, d / 2);
    }
  }
  assert_ok(iclgd_oracle_antisymmetric(1, 4, &best, &err), err);
  assert_int_equal(best.planes, 0);
  assert_ok(iclgd_oracle_antisymmetric(6, 1, &best, &err), err);
  assert_int_equal(best.planes, 0);
  assert_close(best.kappa, 0, 0, 0);
  assert_close(best.loss, 42, 1e-12, 0);
}

/* All planes, kappa = c sqrt d: c^4 + 2, c^6 + c^4 - c^2 + 5, c^8 + 8 c^4 - 12
 * c^2 + 14 for large d; the best ratios tend to 14/15 and 0.6966. */
static void test_large(void **state) {
  (void)state;
  const size_t d = 10000;
  iclgd_antisymmetric best;
  iclgd_error err;
  for (double c = 0; c < 1.6; c += 0.25) {
    const double limits[] = {pow(c, 4) + 2, pow(c, 6) + pow(c, 4) - c * c + 5,
                             pow(c, 8) + 8 * pow(c, 4) - 12 * c * c + 14};
    for (size_t L = 2; L <= 4; ++L)
      assert_close(loss_of(d, L, d / 2, c * sqrt((double)d)) /
                       pow((double)d, (double)L + 1),
                   limits[L - 2], 0, 2e-3);
  }
  assert_ok(iclgd_oracle_antisymmetric(d, 3, &best, &err), err);
  assert_close(best.loss / best.scalar, 14.0 / 15, 1e-3, 0);
  assert_close((double)best.planes, (double)d / 6, 0, 0.01);
  assert_close(best.kappa, sqrt((double)d), 0, 0.01);
  assert_ok(iclgd_oracle_antisymmetric(d, 4, &best, &err), err);
  assert_close(best.loss / best.scalar, 0.6966, 1e-3, 0);
}

/* The second difference of |(I - A S)^L|^2 at eta I, over drawn S. */
static void check_curvature(size_t n, size_t L) {
  enum { N = 30000 };
  const double h = 1e-3;
  double eta, loss, curvature, mean = 0, square = 0;
  uint64_t seed = 3;
  iclgd_error err;
  assert_ok(iclgd_oracle_tied((iclgd_setting){D, n, 0}, L, &eta, &loss, &err),
            err);
  assert_ok(iclgd_oracle_antisymmetric_curvature(D, n, L, &curvature, &err),
            err);
  for (size_t i = 0; i < N; ++i) {
    double S[D * D] = {0}, x[D], A[D * D], X[D * D], value[3];
    for (size_t p = 0; p < n; ++p) {
      for (size_t j = 0; j < D; ++j) x[j] = normal(&seed);
      for (size_t j = 0; j < D * D; ++j)
        S[j] += x[j / D] * x[j % D] / (double)n;
    }
    for (int side = -1; side <= 1; ++side) {
      for (size_t j = 0; j < D * D; ++j) A[j] = j % (D + 1) == 0 ? eta : 0;
      A[0 * D + 3] = side * h; /* one plane, and not along the first two */
      A[3 * D + 0] = -side * h;
      product(A, S, X);
      for (size_t j = 0; j < D * D; ++j) X[j] = (j % (D + 1) == 0) - X[j];
      value[side + 1] = power_norm(X, L);
    }
    const double second = (value[0] + value[2] - 2 * value[1]) / (4 * h * h);
    mean += second / N;
    square += second * second / N;
  }
  const double error = sqrt((square - mean * mean) / N);
  assert_true(error < 0.2 * fabs(curvature));
  assert_close(curvature, mean, 5 * error, 1e-4);
}

/* From n = 31, 26, 14 on at d = 5: as the search over all matrices says, n = 20
 * ends at a multiple of I with two and three loops, and not with four. */
static void test_curvature(void **state) {
  (void)state;
  static const size_t first[] = {31, 26, 14};
  iclgd_error err;
  check_curvature(60, 3);
  check_curvature(20, 2);
  for (size_t L = 2; L <= 4; ++L) {
    size_t n;
    double before, at;
    assert_ok(iclgd_oracle_antisymmetric_threshold(5, L, &n, &err), err);
    assert_int_equal(n, first[L - 2]);
    assert_ok(iclgd_oracle_antisymmetric_curvature(5, n - 1, L, &before, &err),
              err);
    assert_ok(iclgd_oracle_antisymmetric_curvature(5, n, L, &at, &err), err);
    assert_true(before >= 0 && at < 0);
    /* n large: -(4 m) / n^2 at L = 2 for |K|^2 = 2 m kappa^2 / n, and so on */
    const double large = 100000, kappa = 1e-3;
    assert_ok(
        iclgd_oracle_antisymmetric_curvature(5, (size_t)large, L, &at, &err),
        err);
    const double change = loss_of(5, L, 1, kappa) - loss_of(5, L, 1, 0);
    assert_close(at * pow(large, (double)L - 1), change / (2 * kappa * kappa),
                 0, 5e-3);
  }
}

static void test_refused(void **state) {
  (void)state;
  double value;
  size_t n;
  iclgd_antisymmetric best;
  iclgd_error err;
  assert_int_equal(iclgd_oracle_antisymmetric(5, 7, &best, &err), ICLGD_ERANGE);
  assert_int_equal(iclgd_oracle_antisymmetric(0, 3, &best, &err), ICLGD_ERANGE);
  assert_int_equal(iclgd_oracle_antisymmetric_loss(5, 3, 3, 1, &value, &err),
                   ICLGD_EUSAGE);
  assert_int_equal(iclgd_oracle_antisymmetric_loss(5, 3, 2, NAN, &value, &err),
                   ICLGD_EUSAGE);
  assert_int_equal(iclgd_oracle_antisymmetric_threshold(1, 3, &n, &err),
                   ICLGD_ERANGE);
  assert_int_equal(iclgd_oracle_antisymmetric_curvature(5, 20, 9, &value, &err),
                   ICLGD_ERANGE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_polynomials), cmocka_unit_test(test_drawn),
      cmocka_unit_test(test_best),        cmocka_unit_test(test_large),
      cmocka_unit_test(test_curvature),   cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
