/* m_k = E tr W^k for W = X X^T, X a (d, n) matrix of standard normals.
 *
 * The power sum p_k is a combination of Jack polynomials J_kappa (alpha = 2),
 * in which kappa has the coefficient
 *
 *   2k prod_{s in kappa, s != (1,1)} (2 a'(s) - l'(s)) / j_kappa,
 *   j_kappa = prod_s (2 a(s) + l(s) + 1)(2 a(s) + l(s) + 2),
 *
 * (a, l, a', l': arm, leg, co-arm, co-leg), and E J_kappa(W) is the product of
 * (d + 2a' - l')(n + 2a' - l') over the boxes. Source: Macdonald, Symmetric
 * Functions and Hall Polynomials, VI.10; Muirhead, Aspects of Multivariate
 * Statistical Theory, 7.2. The coefficient vanishes when kappa holds the box
 * (row 3, column 2), which leaves (k1, k2, 1^m); working out the products,
 *
 *   m_k = A(k) + 2k sum over k1 >= k2 >= 1, m = k - k1 - k2 >= 0 of
 *         A(k1) B(k2) C(m) (2 (k1 - k2) + 1) /
 *         [(2 k1 + m)(2 k1 + m + 1)(2 k2 + m - 1)(2 k2 + m)]
 *
 *   A(k) = prod_{c=0}^{k-1} (d + 2c)(n + 2c) / (2c + 1)
 *   B(k) = (d - 1)(n - 1) prod_{c=1}^{k-1} (d + 2c - 1)(n + 2c - 1) / (2c)
 *   C(m) = (-1)^(m+1) prod_{i=0}^{m-1} (d - 2 - i)(n - 2 - i) / (i + 1).
 *
 * The sum is an integer: it is taken in floating point that is wider than its
 * largest term, and a result that is not an integer is refused.
 */
#include "math/moments.h"

#include <math.h>

#include <iclgd/arena.h>

typedef struct tables {
  size_t K, M; /* C(m) vanishes for m > M */
  mpf_t *A, *B, *C;
  mpf_t *BC; /* B(k) C(m) / [(2k + m - 1)(2k + m)] at place(k, m) */
} tables;

/* Pairs are kept by k + m, which is what a term of the sum fixes. */
static size_t place(size_t k, size_t m) {
  return (k + m) * (k + m + 1) / 2 + m;
}

static mpf_t *floats(iclgd_arena *arena, size_t count, mp_bitcnt_t bits) {
  mpf_t *x = iclgd_arena_take(arena, count, sizeof *x);
  for (size_t i = 0; x && i < count; ++i) mpf_init2(x[i], bits);
  return x;
}

static void clear(mpf_t *x, size_t count) {
  for (size_t i = 0; x && i < count; ++i) mpf_clear(x[i]);
}

/* y = x * a * b / c */
static void scale(mpf_t y, const mpf_t x, size_t a, size_t b, size_t c) {
  mpf_mul_ui(y, x, a);
  mpf_mul_ui(y, y, b);
  mpf_div_ui(y, y, c);
}

static void fill(tables *t, size_t d, size_t n) {
  mpf_set_ui(t->A[0], 1);
  for (size_t c = 0; c < t->K; ++c)
    scale(t->A[c + 1], t->A[c], d + 2 * c, n + 2 * c, 2 * c + 1);
  mpf_set_ui(t->B[1], 1);
  scale(t->B[1], t->B[1], d - 1, n - 1, 1);
  for (size_t c = 1; c < t->K; ++c)
    scale(t->B[c + 1], t->B[c], d + 2 * c - 1, n + 2 * c - 1, 2 * c);
  mpf_set_si(t->C[0], -1);
  for (size_t i = 0; i < t->M; ++i) {
    scale(t->C[i + 1], t->C[i], d - 2 - i, n - 2 - i, i + 1);
    mpf_neg(t->C[i + 1], t->C[i + 1]);
  }
  for (size_t k = 1; k <= t->K; ++k) {
    for (size_t m = 0; m <= t->M && k + m <= t->K; ++m) {
      mpf_t *y = &t->BC[place(k, m)];
      mpf_mul(*y, t->B[k], t->C[m]);
      mpf_div_ui(*y, *y, (2 * k + m - 1) * (2 * k + m));
    }
  }
}

/* The moment of order k; row and term are scratch. */
static void sum(const tables *t, size_t k, mpf_t total, mpf_t row, mpf_t term) {
  mpf_set_ui(total, 0);
  for (size_t k1 = 1; k1 < k; ++k1) {
    mpf_set_ui(row, 0);
    const size_t least = k - k1 > t->M ? k - k1 - t->M : 1;
    for (size_t k2 = least; k2 <= k1 && k1 + k2 <= k; ++k2) {
      const size_t m = k - k1 - k2;
      scale(term, t->BC[place(k2, m)], 2 * (k1 - k2) + 1, 1,
            (2 * k1 + m) * (2 * k1 + m + 1));
      mpf_add(row, row, term);
    }
    mpf_mul(row, row, t->A[k1]);
    mpf_add(total, total, row);
  }
  mpf_mul_ui(total, total, 2 * k);
  mpf_add(total, total, t->A[k]);
}

/* m = total rounded; false when total is not an integer. */
static int to_integer(mpz_t m, mpf_t total) {
  const mp_bitcnt_t guard = 32;
  mpf_mul_2exp(total, total, guard);
  mpz_set_f(m, total);
  mpz_t half;
  mpz_init(half);
  mpz_setbit(half, guard - 1);
  mpz_add(half, m, half);
  mpz_fdiv_q_2exp(half, half, guard);
  mpz_submul_ui(m, half, 1ul << guard);
  const int exact = mpz_cmpabs_ui(m, 1ul << (guard / 2)) < 0;
  mpz_swap(m, half);
  mpz_clear(half);
  return exact;
}

iclgd_status iclgd_wishart_moments(size_t d, size_t n, size_t K, mpz_t *m,
                                   iclgd_error *err) {
  const size_t p = d < n ? d : n; /* W and X^T X share their moments */
  const double size = log2((double)(d + 2 * K)) + log2((double)(n + 2 * K));
  const mp_bitcnt_t bits = 128 + (mp_bitcnt_t)((double)K * size);
  iclgd_arena arena = {0};
  tables t = {.K = K, .M = p > 2 ? p - 2 : 0};
  if (t.M > K) t.M = K;
  const size_t pairs = place(0, K) + 1;
  t.A = floats(&arena, K + 1, bits);
  t.B = floats(&arena, K + 1, bits);
  t.C = floats(&arena, t.M + 1, bits);
  t.BC = floats(&arena, pairs, bits);
  mpf_t *scratch = floats(&arena, 3, bits);
  iclgd_status status = ICLGD_OK;
  if (!t.A || !t.B || !t.C || !t.BC || !scratch)
    status = iclgd_fail_memory(err, "the moments");
  if (!status) fill(&t, d, n);
  for (size_t k = 1; !status && k <= K; ++k) {
    sum(&t, k, scratch[0], scratch[1], scratch[2]);
    if (!to_integer(m[k], scratch[0]))
      status =
          iclgd_fail(err, ICLGD_ERANGE,
                     "moment %zu at d = %zu, n = %zu: not an integer", k, d, n);
  }
  clear(scratch, 3);
  clear(t.BC, pairs);
  clear(t.C, t.M + 1);
  clear(t.B, K + 1);
  clear(t.A, K + 1);
  iclgd_arena_free(&arena);
  return status;
}
