/* Losses of polynomial methods from exact moments, in 1024 bits: the second
 * route beside the Gauss rules of src/oracle.
 *
 *   loss = mu(p^2) + (sigma2/n) mu((1 - p)^2 / s),  mu(s^k) = m_k / n^k
 *
 * with p multiplied out (docs/theory.md, O3), and minima from the normal
 * equations or from the sign of the derivative (O4, O5).
 */
#include <iclgd/comparisons.h>
#include <math.h>

#include "math/dense.h"
#include "math/moments.h"
#include "verify.h"

enum { BITS = 1024, DEGREE_MAX = 24, TERMS = DEGREE_MAX + 1, STEPS_MAX = 8 };

typedef struct measure {
  mpf_t mu[TERMS]; /* E tr S^k */
  double noise;    /* sigma2 / n */
} measure;

static void clear(mpf_t *x, size_t count) {
  for (size_t i = 0; i < count; ++i) mpf_clear(x[i]);
}

static void start(mpf_t *x, size_t count) {
  for (size_t i = 0; i < count; ++i) mpf_init2(x[i], BITS);
}

/* mu up to `order`; the caller clears it. */
static iclgd_status measure_create(iclgd_setting setting, size_t order,
                                   measure *out, iclgd_error *err) {
  mpz_t m[TERMS];
  if (order > DEGREE_MAX)
    return iclgd_fail(err, ICLGD_ERANGE, "exact moments: order %zu of %d",
                      order, DEGREE_MAX);
  for (size_t k = 0; k < TERMS; ++k) mpz_init(m[k]);
  const iclgd_status status =
      iclgd_moments_by_parts(setting.d, setting.n, order, m, NULL, err);
  start(out->mu, TERMS);
  out->noise = setting.sigma2 / (double)setting.n;
  for (size_t k = 0; k <= order; ++k) {
    mpf_set_z(out->mu[k], m[k]);
    for (size_t i = 0; i < k; ++i)
      mpf_div_ui(out->mu[k], out->mu[k], setting.n);
  }
  for (size_t k = 0; k < TERMS; ++k) mpz_clear(m[k]);
  return status;
}

/* A polynomial in s. */
typedef struct polynomial {
  size_t degree;
  mpf_t c[TERMS];
} polynomial;

static void polynomial_set(polynomial *p, double constant) {
  start(p->c, TERMS);
  p->degree = 0;
  mpf_set_d(p->c[0], constant);
}

/* p <- p q; both degrees together at most DEGREE_MAX. */
static void polynomial_times(polynomial *p, const polynomial *q) {
  mpf_t product[TERMS], term;
  start(product, TERMS);
  mpf_init2(term, BITS);
  for (size_t i = 0; i <= p->degree; ++i)
    for (size_t j = 0; j <= q->degree; ++j) {
      mpf_mul(term, p->c[i], q->c[j]);
      mpf_add(product[i + j], product[i + j], term);
    }
  p->degree += q->degree;
  for (size_t i = 0; i <= p->degree; ++i) mpf_set(p->c[i], product[i]);
  clear(product, TERMS);
  mpf_clear(term);
}

/* sum of c_i mu_{i + shift}, i + shift >= 0 */
static void apply(mpf_t sum, const measure *m, const polynomial *p, int shift) {
  mpf_t term;
  mpf_init2(term, BITS);
  mpf_set_ui(sum, 0);
  for (size_t i = shift < 0 ? (size_t)-shift : 0; i <= p->degree; ++i) {
    mpf_mul(term, p->c[i], m->mu[(size_t)((int)i + shift)]);
    mpf_add(sum, sum, term);
  }
  mpf_clear(term);
}

/* mu(p^2) + noise mu((1 - p)^2 / s); p is squared in place. */
static double loss_of(const measure *m, polynomial *p) {
  polynomial rest; /* 1 - p */
  mpf_t value, noise;
  polynomial_set(&rest, 0);
  rest.degree = p->degree;
  for (size_t i = 1; i <= p->degree; ++i) mpf_neg(rest.c[i], p->c[i]);
  mpf_init2(value, BITS);
  mpf_init2(noise, BITS);
  polynomial_times(p, p);
  polynomial_times(&rest, &rest);
  apply(value, m, p, 0);
  apply(noise, m, &rest, -1);
  const double loss = mpf_get_d(value) + m->noise * mpf_get_d(noise);
  clear(rest.c, TERMS);
  mpf_clear(value);
  mpf_clear(noise);
  return loss;
}

/* The polynomial 1 - a t of a layer, t the transformed s. */
static void polynomial_layer(polynomial *out, double a, const polynomial *t) {
  mpf_t factor;
  mpf_init2(factor, BITS);
  mpf_set_d(factor, -a);
  polynomial_set(out, 0);
  out->degree = t->degree;
  for (size_t i = 0; i <= t->degree; ++i) mpf_mul(out->c[i], factor, t->c[i]);
  mpf_add_ui(out->c[0], out->c[0], 1);
  mpf_clear(factor);
}

iclgd_status iclgd_exact_gdpp(iclgd_setting setting, const double *eta,
                              const double *gamma, size_t L, double *loss,
                              iclgd_error *err) {
  measure m;
  size_t degree = 0;
  for (size_t l = 0, one = 1; l < L; ++l) {
    degree += one;
    if (gamma && gamma[l] != 0) one *= 3;
  }
  TRY(measure_create(setting, 2 * degree, &m, err));
  polynomial p, t, factor;
  polynomial_set(&p, 1);
  polynomial_set(&t, 0);
  mpf_set_ui(t.c[1], t.degree = 1);
  for (size_t l = 0; l < L; ++l) {
    polynomial_layer(&factor, eta[l], &t);
    polynomial_times(&p, &factor);
    clear(factor.c, TERMS);
    if (!gamma || gamma[l] == 0 || l + 1 == L) continue;
    polynomial_layer(&factor, gamma[l], &t); /* t <- t (1 - gamma t)^2 */
    polynomial_times(&t, &factor);
    polynomial_times(&t, &factor);
    clear(factor.c, TERMS);
  }
  *loss = loss_of(&m, &p);
  clear(p.c, TERMS);
  clear(t.c, TERMS);
  clear(m.mu, TERMS);
  return ICLGD_OK;
}

iclgd_status iclgd_exact_gd(iclgd_setting setting, const double *steps,
                            size_t L, double *loss, iclgd_error *err) {
  return iclgd_exact_gdpp(setting, steps, NULL, L, loss, err);
}

/* (1 - eta s)^power */
static void polynomial_power(polynomial *p, double eta, size_t power) {
  polynomial s, factor;
  polynomial_set(p, 1);
  polynomial_set(&s, 0);
  mpf_set_ui(s.c[1], s.degree = 1);
  polynomial_layer(&factor, eta, &s);
  for (size_t i = 0; i < power; ++i) polynomial_times(p, &factor);
  clear(s.c, TERMS);
  clear(factor.c, TERMS);
}

/* The sum over t = first..last of mu((1 - eta s)^2t), or with `slope` of its
 * derivative by -eta, 2t mu(s (1 - eta s)^(2t - 1)). */
static double tied_sum(const measure *m, size_t first, size_t last, double eta,
                       bool slope) {
  mpf_t value;
  mpf_init2(value, BITS);
  double sum = 0;
  for (size_t t = first; t <= last; ++t) {
    polynomial p;
    polynomial_power(&p, eta, 2 * t - slope);
    apply(value, m, &p, slope);
    sum += (slope ? 2 * (double)t : 1) * mpf_get_d(value);
    clear(p.c, TERMS);
  }
  mpf_clear(value);
  return sum;
}

iclgd_status iclgd_exact_tied(iclgd_setting setting, size_t first, size_t last,
                              double *eta, double *loss, iclgd_error *err) {
  measure m;
  TRY(measure_create(setting, 2 * last, &m, err));
  double low = 0, high = 2;
  for (int i = 0; i < 55; ++i) { /* the sum is convex in eta */
    const double middle = (low + high) / 2;
    if (tied_sum(&m, first, last, middle, true) > 0)
      low = middle;
    else
      high = middle;
  }
  *eta = (low + high) / 2;
  *loss = tied_sum(&m, first, last, *eta, false) / (double)(last - first + 1);
  clear(m.mu, TERMS);
  return ICLGD_OK;
}

/* H q = b by elimination without pivots: H is positive definite. b <- q. */
static void solve(mpf_t H[STEPS_MAX][STEPS_MAX], mpf_t *b, size_t L) {
  mpf_t factor, term;
  mpf_init2(factor, BITS);
  mpf_init2(term, BITS);
  for (size_t k = 0; k < L; ++k)
    for (size_t i = 0; i < L; ++i) {
      if (i == k) continue;
      mpf_div(factor, H[i][k], H[k][k]);
      for (size_t j = k; j < L; ++j) {
        mpf_mul(term, factor, H[k][j]);
        mpf_sub(H[i][j], H[i][j], term);
      }
      mpf_mul(term, factor, b[k]);
      mpf_sub(b[i], b[i], term);
    }
  for (size_t k = 0; k < L; ++k) mpf_div(b[k], b[k], H[k][k]);
  mpf_clear(factor);
  mpf_clear(term);
}

iclgd_status iclgd_exact_best(iclgd_setting setting, size_t L, double *q,
                              double *loss, iclgd_error *err) {
  measure m;
  if (L > STEPS_MAX)
    return iclgd_fail(err, ICLGD_ERANGE, "normal equations: L = %zu", L);
  TRY(measure_create(setting, 2 * L, &m, err));
  mpf_t H[STEPS_MAX][STEPS_MAX], b[STEPS_MAX], term;
  mpf_init2(term, BITS);
  start(b, STEPS_MAX);
  for (size_t i = 0; i < STEPS_MAX; ++i) start(H[i], STEPS_MAX);
  for (size_t i = 0; i < L; ++i) {
    for (size_t j = 0; j < L; ++j) {
      mpf_set_d(term, m.noise);
      mpf_mul(term, term, m.mu[i + j + 1]);
      mpf_add(H[i][j], m.mu[i + j + 2], term);
    }
    mpf_set(b[i], m.mu[i + 1]);
  }
  solve(H, b, L);
  mpf_t rest; /* d - b.q, cancelling in 1024 bits */
  mpf_init2(rest, BITS);
  mpf_set_ui(rest, setting.d);
  for (size_t i = 0; i < L; ++i) {
    q[i] = mpf_get_d(b[i]);
    mpf_mul(term, b[i], m.mu[i + 1]);
    mpf_sub(rest, rest, term);
  }
  *loss = mpf_get_d(rest);
  mpf_clear(rest);
  mpf_clear(term);
  clear(b, STEPS_MAX);
  for (size_t i = 0; i < STEPS_MAX; ++i) clear(H[i], STEPS_MAX);
  clear(m.mu, TERMS);
  return ICLGD_OK;
}

bool iclgd_steps_of(const double *q, size_t L, double *steps) {
  double M[STEPS_MAX * STEPS_MAX] = {0}, im[STEPS_MAX];
  /* s^L times 1 - s q(s) at 1/s is the monic polynomial of the steps:
   * x^L - q_0 x^(L-1) - .. - q_{L-1}. */
  for (size_t i = 0; i < L; ++i) M[i] = q[i];
  for (size_t i = 1; i < L; ++i) M[i * L + i - 1] = 1;
  if (!iclgd_eigenvalues(M, L, steps, im)) return false;
  for (size_t i = 0; i < L; ++i)
    if (fabs(im[i]) > 1e-9) return false;
  iclgd_sort(steps, L);
  return true;
}
