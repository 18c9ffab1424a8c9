/* O8 at finite n: the loss of eta I + K beside that of the best multiple of I,
 * K antisymmetric, to second order. With r = 1 - eta s,
 *
 *   (I - (eta I + K) S)^L = R^L - sum_i R^i K S R^(L-1-i)
 *                           + sum_{i+j+k=L-2} R^i K S R^j K S R^k - ..
 *
 * The law of S is invariant under rotations, so K may be averaged over them: in
 * the eigenbasis of S, E K_uv^2 = -E K_uv K_vu = |K|^2 / (d (d - 1)), u != v,
 * and the squared norm changes by |K|^2 / (d (d - 1)) times the mean of
 *
 *   sum_{u != v} s_v^2 (sum_i r_u^i r_v^(L-1-i))^2
 *                - 2 s_u s_v sum_j (L - 1 - j) r_u^(2L-2-j) r_v^j,
 *
 * a polynomial in the two eigenvalues, whose mean follows from E tr S^i tr S^j
 * and E tr S^(i+j). Derived for this project.
 */
#include <string.h>

#include "math/moments.h"
#include "spectrum.h"

enum { L_MAX = 8, ORDER_MAX = 2 * L_MAX, N_MAX = 1000000, BITS = 1024 };

/* E sum_{u != v} s_u^i s_v^j, (order + 1, order + 1). */
typedef struct joint {
  size_t order;
  mpz_t single[ORDER_MAX + 1];
  mpz_t pairs[(ORDER_MAX + 1) * (ORDER_MAX + 1)];
} joint;

static void joint_start(joint *q, size_t order) {
  q->order = order;
  for (size_t i = 0; i <= ORDER_MAX; ++i) mpz_init(q->single[i]);
  for (size_t i = 0; i < (ORDER_MAX + 1) * (ORDER_MAX + 1); ++i)
    mpz_init(q->pairs[i]);
}

static void joint_clear(joint *q) {
  for (size_t i = 0; i <= ORDER_MAX; ++i) mpz_clear(q->single[i]);
  for (size_t i = 0; i < (ORDER_MAX + 1) * (ORDER_MAX + 1); ++i)
    mpz_clear(q->pairs[i]);
}

/* sum += factor E sum_{u != v} s_u^i s_v^j r_u^a r_v^b */
static void add(mpf_t sum, const joint *q, size_t n, double eta, long factor,
                size_t i, size_t a, size_t j, size_t b) {
  mpz_t binomial, moment;
  mpf_t step, term;
  mpz_inits(binomial, moment, NULL);
  mpf_init2(step, BITS);
  mpf_init2(term, BITS);
  mpf_set_d(step, -eta);
  for (size_t k = 0; k <= a; ++k)
    for (size_t l = 0; l <= b; ++l) {
      const size_t x = i + k, y = j + l;
      mpz_bin_uiui(binomial, a, k);
      mpz_set(moment, q->pairs[x * (q->order + 1) + y]);
      mpz_sub(moment, moment, q->single[x + y]);
      mpz_mul(moment, moment, binomial);
      mpz_bin_uiui(binomial, b, l);
      mpz_mul(moment, moment, binomial);
      mpf_set_z(term, moment);
      for (size_t p = 0; p < k + l; ++p) mpf_mul(term, term, step);
      for (size_t p = 0; p < x + y; ++p) mpf_div_ui(term, term, n);
      for (long p = 0; p < (factor < 0 ? -factor : factor); ++p)
        factor < 0 ? mpf_sub(sum, sum, term) : mpf_add(sum, sum, term);
    }
  mpf_clear(step);
  mpf_clear(term);
  mpz_clears(binomial, moment, NULL);
}

/* The mean of the polynomial of the first comment. */
static double mean_change(const joint *q, size_t n, size_t L, double eta) {
  mpf_t sum;
  mpf_init2(sum, BITS);
  for (size_t i = 0; i < L; ++i)
    for (size_t j = 0; j < L; ++j)
      add(sum, q, n, eta, 1, 0, i + j, 2, 2 * L - 2 - i - j);
  for (size_t j = 0; j + 2 <= L; ++j)
    add(sum, q, n, eta, -2 * (long)(L - 1 - j), 1, 2 * L - 2 - j, 1, j);
  const double mean = mpf_get_d(sum);
  mpf_clear(sum);
  return mean;
}

iclgd_status iclgd_oracle_antisymmetric_curvature(size_t d, size_t n, size_t L,
                                                  double *curvature,
                                                  iclgd_error *err) {
  double eta, loss;
  joint q;
  if (d < 2 || L < 2 || L > L_MAX)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "antisymmetric: expected d >= 2 and L from 2 to %d, "
                      "found d = %zu and L = %zu",
                      L_MAX, d, L);
  iclgd_status status =
      iclgd_oracle_tied((iclgd_setting){d, n, 0}, L, &eta, &loss, err);
  if (status) return status;
  joint_start(&q, 2 * L);
  status = iclgd_moments_by_parts(d, n, 2 * L, q.single, q.pairs, err);
  if (!status)
    *curvature = mean_change(&q, n, L, eta) / ((double)d * ((double)d - 1));
  joint_clear(&q);
  return status;
}

iclgd_status iclgd_oracle_antisymmetric_threshold(size_t d, size_t L, size_t *n,
                                                  iclgd_error *err) {
  size_t low = 0, high = 1;
  double curvature = 0;
  for (;; low = high, high *= 2) {
    if (high > N_MAX)
      return iclgd_fail(err, ICLGD_ERANGE,
                        "antisymmetric: no threshold up to n = %d", N_MAX);
    TRY(iclgd_oracle_antisymmetric_curvature(d, high, L, &curvature, err));
    if (curvature < 0) break;
  }
  while (high - low > 1) {
    const size_t middle = (low + high) / 2;
    TRY(iclgd_oracle_antisymmetric_curvature(d, middle, L, &curvature, err));
    if (curvature < 0)
      high = middle;
    else
      low = middle;
  }
  *n = high;
  return ICLGD_OK;
}
