/* O4: the L step sizes that minimise the loss after all of them.
 *
 * Over all q of degree L-1, p = 1 - s q: the loss mu(p^2) + lambda mu(s q^2)
 * is stationary when P = 1 - (s + lambda) q, of degree L, is orthogonal under
 * s dmu to all lower degrees. So P = Q(s) / Q(-lambda) with Q the orthogonal
 * polynomial of degree L of s dmu, and
 *
 *   p(s) = (lambda Q(-lambda) + s Q(s)) / ((s + lambda) Q(-lambda)),
 *
 * whose zeros are the reciprocal steps: the zeros of Q without noise. They are
 * the eigenvalues of J + e_L v^T, where J is the Jacobi matrix of s dmu and
 * (J + lambda) v is a multiple of e_1 with v_L = lambda. When some are
 * complex no real steps reach this bound, and the loss is minimised over real
 * ones. Source: docs/theory.md, O4.
 */
#include <complex.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "math/dense.h"
#include "math/minimise.h"
#include "spectrum.h"

typedef double complex complex_t;

typedef struct problem {
  iclgd_setting setting;
  size_t L;
  iclgd_spectrum spectrum;
  double *alpha, *beta; /* (L): the recurrence of s dmu */
  double *matrix;       /* (L + 2, L), scratch */
  complex_t *root;      /* (L): the zeros of p */
  size_t *group;        /* (L), from 0 up: steps of one group are equal */
  double *eta, *da, *work, *scratch; /* (L), (L), (3 (L + 1)), (3 L) */
} problem;

/* Eigenvalues of J + e_L v^T, a lower Hessenberg matrix. */
static iclgd_status zeros(const problem *q, iclgd_error *err) {
  const size_t L = q->L;
  const double *alpha = q->alpha, *beta = q->beta;
  double *M = q->matrix, *last = M + (L - 1) * L;
  double *re = M + L * L, *im = re + L;
  memset(M, 0, L * L * sizeof *M);
  const double lambda = q->spectrum.lambda;
  double v = lambda, below = 0; /* v_j, and sqrt(beta_{j+1}) v_{j+1} */
  for (size_t j = L; j-- > 0;) {
    last[j] += v;
    M[j * L + j] += alpha[j];
    if (j == 0) break;
    const double b = sqrt(beta[j]), above = v;
    M[j * L + j - 1] += b;
    M[(j - 1) * L + j] += b;
    v = -((alpha[j] + lambda) * v + below) / b;
    below = b * above;
  }
  if (!iclgd_eigenvalues(M, L, re, im))
    return iclgd_fail(err, ICLGD_ERANGE, "untied: no zeros found at L = %zu",
                      L);
  for (size_t j = 0; j < L; ++j) q->root[j] = re[j] + im[j] * I;
  return ICLGD_OK;
}

/* The loss of steps that may be complex, in conjugate pairs. */
static double bound_of(const problem *q) {
  double loss = q->spectrum.atom;
  for (size_t i = 0; i < q->spectrum.count; ++i) {
    const double s = q->spectrum.s[i];
    complex_t p = 1, sum = 0;
    for (size_t l = 0; l < q->L; ++l) {
      const complex_t eta = 1 / q->root[l];
      sum += eta * p;
      p *= 1 - eta * s;
    }
    loss += q->spectrum.weight[i] *
            (creal(p) * creal(p) +
             q->spectrum.lambda * s * creal(sum) * creal(sum));
  }
  return loss;
}

/* The loss and its gradient by the logarithm of the step of each group. */
static double objective(const double *x, double *gradient, void *data) {
  const problem *q = data;
  for (size_t l = 0; l < q->L; ++l) q->eta[l] = exp(x[q->group[l]]);
  const iclgd_layers layers = {q->L, q->eta, NULL};
  if (!gradient) return iclgd_layers_loss(&q->spectrum, layers, NULL);
  const double loss =
      iclgd_layers_gradient(&q->spectrum, layers, q->da, NULL, q->work);
  for (size_t l = 0; l < q->L; ++l) gradient[q->group[l]] = 0;
  for (size_t l = 0; l < q->L; ++l)
    gradient[q->group[l]] += q->da[l] * q->eta[l];
  return loss;
}

/* Walk down from x; keep what is lower than *loss in best (L of q each). */
static iclgd_status attempt(problem *q, double *x, double *best, double *loss,
                            iclgd_error *err) {
  double reached;
  const iclgd_status status =
      iclgd_descend(objective, q, q->L, x, &reached, err);
  if (status || !(reached < *loss)) return status;
  *loss = reached;
  memcpy(best, x, q->L * sizeof *x);
  return ICLGD_OK;
}

enum { STARTS = 12, INSERTIONS = 9, REAL_STEPS_MAX = 24 };

/* The k-th start, logarithms of steps: the moduli of the complex steps (even
 * k) or their mean (odd k), drawn apart by more and more. */
static void scatter(const problem *q, size_t k, double *x) {
  double mean = 0;
  for (size_t l = 0; l < q->L; ++l)
    mean -= log(cabs(q->root[l])) / (double)q->L;
  const size_t octave = k / 2;
  const double spread = 0.05 * exp2((double)octave);
  for (size_t l = 0; l < q->L; ++l) {
    const double place = 2 * ((double)l + 0.5) / (double)q->L - 1;
    x[l] = (k % 2 ? mean : -log(cabs(q->root[l]))) + spread * place;
  }
}

/* The k-th start from the best of one step fewer: one more step, tiny (k = 0,
 * so that the loss never rises with L) or somewhere in their range. */
static void insert(const double *fewer, size_t L, size_t k, double *x) {
  double low = fewer[0], high = fewer[0];
  for (size_t l = 0; l + 1 < L; ++l) {
    x[l] = fewer[l];
    low = fmin(low, x[l]);
    high = fmax(high, x[l]);
  }
  const double place = (double)(k - 1) / (INSERTIONS - 2);
  x[L - 1] = k ? low - 0.7 + place * (high - low + 1.4) : low - 15;
}

/* Try all starts for q->L steps; best holds those of one step fewer and
 * receives the new ones. scratch: (2 L). */
static iclgd_status extend(problem *q, double *scratch, double *best,
                           double *loss, iclgd_error *err) {
  double *x = scratch, *fewer = scratch + q->L;
  memcpy(fewer, best, q->L * sizeof *x);
  *loss = INFINITY;
  TRY(zeros(q, err));
  for (size_t k = 0; k < STARTS; ++k) {
    scatter(q, k, x);
    TRY(attempt(q, x, best, loss, err));
  }
  for (size_t k = 0; q->L > 1 && k < INSERTIONS; ++k) {
    insert(fewer, q->L, k, x);
    TRY(attempt(q, x, best, loss, err));
  }
  return ICLGD_OK;
}

/* The last digits. Where complex zeros would be better, real steps coincide,
 * and the loss is flat between them: steps closer than some ratio are made one
 * unknown. scratch: (2 L); best in and out. */
static iclgd_status polish(problem *q, double *scratch, double *best,
                           double *loss, double *slope, iclgd_error *err) {
  static const double gaps[] = {0, 1e-3, 1e-2, 0.1, 0.3, INFINITY};
  const size_t L = q->L;
  double *x = scratch, *start = scratch + L;
  iclgd_status status = ICLGD_OK;
  double equal = exp(best[0]), unused;
  iclgd_oracle_tied(q->setting, L, &equal, &unused, NULL); /* or stays */
  iclgd_sort(best, L);
  memcpy(start, best, L * sizeof *x);
  *slope = INFINITY;
  for (size_t k = 0; !status && k < sizeof gaps / sizeof *gaps; ++k) {
    size_t groups = 0, first = 0;
    double reached, rest;
    for (size_t l = 0; l < L; ++l) {
      if (l > 0 && (k == 0 || start[l] - start[l - 1] > gaps[k])) {
        ++groups;
        first = l;
      }
      q->group[l] = groups;
      x[groups] = start[(first + l) / 2];
    }
    if (groups == 0) x[0] = log(equal);
    status = iclgd_minimise(objective, q, groups + 1, x, &reached, &rest, err);
    if (status || !(reached < *loss * (1 - 1e-10) ||
                    (reached <= *loss * (1 + 1e-9) && rest < *slope)))
      continue;
    *loss = reached;
    *slope = rest;
    for (size_t l = 0; l < L; ++l) best[l] = x[q->group[l]];
  }
  return status;
}

/* The best of the local minima over real steps, built up step by step. */
static iclgd_status search(problem *q, double bound, double *eta, double *loss,
                           iclgd_error *err) {
  const size_t L = q->L;
  double *scratch = q->scratch, *best = scratch + 2 * L, slope;
  if (L > REAL_STEPS_MAX)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "untied: the optimal steps are complex; expected L up "
                      "to %d for the best real ones, found %zu",
                      REAL_STEPS_MAX, L);
  for (size_t l = 0; l < L; ++l) q->group[l] = l;
  for (q->L = 1; q->L <= L; ++q->L) TRY(extend(q, scratch, best, loss, err));
  q->L = L;
  TRY(polish(q, scratch, best, loss, &slope, err));
  for (size_t l = 0; l < L; ++l) eta[l] = exp(best[l]);
  /* a minimum by its slope, or as good as one by the bound */
  if (!(slope <= 1e-6 * *loss || *loss - bound <= 1e-5 * *loss))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "untied: no minimum over real steps found at L = %zu "
                      "(relative slope %.2g)",
                      L, slope / *loss);
  return ICLGD_OK;
}

static iclgd_status solve(problem *q, double *eta, double *loss, double *bound,
                          iclgd_error *err) {
  int real = 1;
  for (size_t l = 0; l < q->L; ++l)
    real &= cimag(q->root[l]) == 0 && creal(q->root[l]) > 0;
  if (real) {
    for (size_t l = 0; l < q->L; ++l) eta[l] = 1 / creal(q->root[l]);
    *loss =
        iclgd_layers_loss(&q->spectrum, (iclgd_layers){q->L, eta, NULL}, NULL);
    *bound = *loss;
  } else {
    *bound = bound_of(q);
    TRY(search(q, *bound, eta, loss, err));
  }
  iclgd_sort(eta, q->L);
  if (!(isfinite(*loss) && *bound <= *loss * (1 + 1e-9)))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "untied: loss %g below its bound %g at L = %zu", *loss,
                      *bound, q->L);
  return ICLGD_OK;
}

static iclgd_status allocate(problem *q, iclgd_arena *arena, iclgd_error *err) {
  const size_t L = q->L;
  q->root = iclgd_arena_take(arena, L, sizeof *q->root);
  q->group = iclgd_arena_take(arena, L, sizeof *q->group);
  q->alpha = iclgd_arena_reals(arena, L, 1, 1);
  q->beta = iclgd_arena_reals(arena, L, 1, 1);
  q->matrix = iclgd_arena_reals(arena, L + 2, L, 1);
  q->eta = iclgd_arena_reals(arena, L, 1, 1);
  q->da = iclgd_arena_reals(arena, L, 1, 1);
  q->work = iclgd_arena_reals(arena, 3, L + 1, 1);
  q->scratch = iclgd_arena_reals(arena, 3, L, 1);
  return iclgd_arena_status(arena, err, "the untied steps");
}

iclgd_status iclgd_oracle_untied(iclgd_setting setting, size_t L, double *eta,
                                 double *loss, double *bound,
                                 iclgd_error *err) {
  if (L < 1) return iclgd_fail(err, ICLGD_EUSAGE, "expected L >= 1, found 0");
  iclgd_arena arena = {0};
  problem q = {.setting = setting, .L = L};
  iclgd_status status =
      iclgd_spectrum_create(setting, L, &arena, &q.spectrum, err);
  if (!status) status = allocate(&q, &arena, err);
  if (!status)
    status = iclgd_spectrum_recurrence(setting, L, q.alpha, q.beta, err);
  if (!status) status = zeros(&q, err);
  if (!status) status = solve(&q, eta, loss, bound, err);
  iclgd_arena_free(&arena);
  return status;
}
