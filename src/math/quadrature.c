/* Gauss rules from exact moments.
 *
 * The Chebyshev algorithm, sigma_{k,l} = integral of pi_k x^l,
 *   sigma_{k,l} = sigma_{k-1,l+1} - alpha_{k-1} sigma_{k-1,l}
 *                 - beta_{k-1} sigma_{k-2,l}
 *   alpha_k = sigma_{k,k+1} / sigma_{k,k} - sigma_{k-1,k} / sigma_{k-1,k-1}
 *   beta_k  = sigma_{k,k} / sigma_{k-1,k-1},
 * loses some digits per degree, so it runs in floating point with digits to
 * spare; nodes are eigenvalues of the Jacobi matrix and weights the reciprocals
 * of sums of squared orthonormal polynomials, which keeps the relative accuracy
 * of small weights that eigenvectors lose. Source: Gautschi, Orthogonal
 * Polynomials: Computation and Approximation, 2.1.7 and 3.1.1.
 */
#include "math/quadrature.h"

#include <math.h>
#include <string.h>

#include <iclgd/arena.h>

#include "math/dense.h"

/* Digits to spare. Monic polynomials of degree k are as small as (h / 2)^k on
 * an interval of half-width h where x^k is (c + h)^k, c its middle, so that
 * sigma_{k,k} loses 2 log2(2 (c + h) / h) bits per degree; h is no less than
 * the standard deviation, and c is taken for the mean. Sixteen more per degree
 * are for laws whose moments reach further out than their eigenvalues do. */
static mp_bitcnt_t precision(mpz_srcptr m, size_t N) {
  const double most = 48; /* of a point, or nearly */
  double loss = N > 1 ? most : 0;
  if (N > 1 && mpz_sgn(m) > 0) {
    mpq_t mean, square;
    mpq_inits(mean, square, NULL);
    mpq_set_num(mean, m + 1);
    mpq_set_den(mean, m);
    mpq_canonicalize(mean);
    mpq_set_num(square, m + 2);
    mpq_set_den(square, m);
    mpq_canonicalize(square);
    const double c = mpq_get_d(mean);
    mpq_mul(mean, mean, mean);
    mpq_sub(square, square, mean);
    const double variance = mpq_get_d(square);
    if (c >= 0 && variance > 0)
      loss = fmin(most, 2 * log2(2 * (1 + c / sqrt(variance))));
    mpq_clears(mean, square, NULL);
  }
  return 256 + (mp_bitcnt_t)((16 + loss) * (double)N);
}

typedef struct chebyshev {
  mpf_t *before, *last, *next;    /* sigma_{k-2}, sigma_{k-1}, sigma_k, (2N) */
  mpf_t alpha, beta, ratio, term; /* ratio = sigma_{k,k+1} / sigma_{k,k} */
} chebyshev;

/* From row k-1 in `last` to row k; then alpha_k and beta_k. */
static int advance(chebyshev *c, size_t k, size_t N) {
  for (size_t l = k; l < 2 * N - k; ++l) {
    mpf_mul(c->term, c->alpha, c->last[l]);
    mpf_sub(c->next[l], c->last[l + 1], c->term);
    mpf_mul(c->term, c->beta, c->before[l]);
    mpf_sub(c->next[l], c->next[l], c->term);
  }
  if (mpf_sgn(c->next[k]) <= 0) return 0;
  mpf_div(c->beta, c->next[k], c->last[k - 1]);
  mpf_div(c->term, c->next[k + 1], c->next[k]);
  mpf_sub(c->alpha, c->term, c->ratio);
  mpf_set(c->ratio, c->term);
  mpf_t *free_row = c->before;
  c->before = c->last;
  c->last = c->next;
  c->next = free_row;
  return 1;
}

static iclgd_status run(chebyshev *c, mpz_srcptr m, size_t N, double *alpha,
                        double *beta, iclgd_error *err) {
  for (size_t l = 0; l < 2 * N; ++l) mpf_set_z(c->last[l], m + l);
  if (mpf_sgn(c->last[0]) <= 0)
    return iclgd_fail(err, ICLGD_ERANGE, "Gauss rule: the mass is not > 0");
  mpf_div(c->ratio, c->last[1], c->last[0]);
  mpf_set(c->alpha, c->ratio);
  mpf_set(c->beta, c->last[0]);
  for (size_t k = 0;; ++k) {
    alpha[k] = mpf_get_d(c->alpha);
    beta[k] = mpf_get_d(c->beta);
    if (k + 1 == N) return ICLGD_OK;
    if (!advance(c, k + 1, N))
      return iclgd_fail(err, ICLGD_ERANGE,
                        "Gauss rule of %zu nodes: the measure ends at %zu", N,
                        k + 1);
  }
}

iclgd_status iclgd_recurrence(mpz_srcptr m, size_t N, double *alpha,
                              double *beta, iclgd_error *err) {
  iclgd_arena arena = {0};
  mpf_t *rows = iclgd_arena_take(&arena, 6 * N, sizeof *rows);
  if (!rows) return iclgd_fail_memory(err, "the Gauss rule");
  const mp_bitcnt_t bits = precision(m, N);
  for (size_t i = 0; i < 6 * N; ++i) mpf_init2(rows[i], bits);
  chebyshev c = {.before = rows, .last = rows + 2 * N, .next = rows + 4 * N};
  mpf_init2(c.alpha, bits);
  mpf_init2(c.beta, bits);
  mpf_init2(c.ratio, bits);
  mpf_init2(c.term, bits);
  const iclgd_status status = run(&c, m, N, alpha, beta, err);
  mpf_clears(c.alpha, c.beta, c.ratio, c.term, NULL);
  for (size_t i = 0; i < 6 * N; ++i) mpf_clear(rows[i]);
  iclgd_arena_free(&arena);
  return status;
}

/* 1 / sum_j pi_j(x)^2 over the orthonormal polynomials j < N. */
static double weight(const double *alpha, const double *beta, size_t N,
                     double x) {
  double before = 0, last = 1 / sqrt(beta[0]), total = last * last;
  for (size_t k = 0; k + 1 < N; ++k) {
    const double next =
        ((x - alpha[k]) * last - (k ? sqrt(beta[k]) * before : 0)) /
        sqrt(beta[k + 1]);
    before = last;
    last = next;
    total += next * next;
  }
  return 1 / total;
}

iclgd_status iclgd_gauss_rule(const double *alpha, const double *beta, size_t N,
                              double *x, double *w, iclgd_error *err) {
  memcpy(x, alpha, N * sizeof *x);
  for (size_t k = 0; k + 1 < N; ++k) w[k] = sqrt(beta[k + 1]);
  if (!iclgd_tridiagonal_eigenvalues(x, w, N))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "Gauss rule of %zu nodes: no convergence", N);
  for (size_t i = 0; i < N; ++i) {
    w[i] = weight(alpha, beta, N, x[i]);
    if (!(w[i] > 0 && isfinite(x[i])))
      return iclgd_fail(err, ICLGD_ERANGE,
                        "Gauss rule of %zu nodes: weight %zu underflows", N, i);
  }
  return ICLGD_OK;
}
