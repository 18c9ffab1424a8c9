/* The best polynomial method on average: iterate k minimises the mean error
 * over all w = q(S) b with q of degree k - 1, the same q for every prompt
 * (docs/theory.md, O4, where the best untied steps are the zeros of its
 * residual). For a single prompt this would be conjugate gradients; here it is
 * the same recursion with the coefficients of the average prompt: with r = b -
 * (S + l I) w, w += a_k dir,  r -= a_k (S + l I) dir,  dir = r + b_k dir, l =
 * sigma^2 / (n tau^2), and residual and direction polynomials p_k, q_k in the
 * measure nu = s mu, a_k = <p_k, p_k> / <(s + l) q_k, q_k>, b_k = <p_{k+1},
 * p_{k+1}> / <p_k, p_k>. mu is the law of the eigenvalues where a closed form
 * holds. Elsewhere the mean error is no inner product of polynomials in S; the
 * same recursion in the mean of the tuning contexts, with weights (v.b)^2 / (s
 * + l), then only gives a basis q_0, q_1, .., and iterate k is the combination
 * w_k = sum_{m < k} c_{k,m} q_m(S) b of least squared error at the tuning
 * queries, a regression. hyper: eta is a, beta is b, lambda is l, mix (row k -
 * 1) is c. */
#include <math.h>
#include <string.h>

#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>
#include <iclgd/theory.h>

#include "oracle/spectrum.h"
#include "reference/rows.h"
#include "reference/spectral.h"

/* nu: nodes s and weights (count). */
typedef struct measure {
  size_t count;
  double *s, *weight;
} measure;

/* state: q of w, residual, direction; still once the coefficients end. */
static void step(const iclgd_hyper *hyper, size_t k, size_t count,
                 const double *lambda, double *state) {
  if (k >= hyper->n_eta) return;
  const double a = hyper->eta[k], b = hyper->beta[k];
  double *q = state, *residual = q + count, *direction = residual + count;
  for (size_t i = 0; i < count; ++i) {
    q[i] += a * direction[i];
    residual[i] -= a * (lambda[i] + hyper->lambda) * direction[i];
    direction[i] = residual[i] + b * direction[i];
  }
}

/* <f, f> and <(s + l) g, g>, where f and g stand in columns of (count, 2). */
static void products(const measure *nu, double l, const double *fg, double *ff,
                     double *gg) {
  *ff = *gg = 0;
  for (size_t i = 0; i < nu->count; ++i) {
    const double f = fg[2 * i], g = fg[2 * i + 1];
    *ff += nu->weight[i] * f * f;
    *gg += nu->weight[i] * (nu->s[i] + l) * g * g;
  }
}

/* Up to `most` coefficients, fewer when nothing but rounding is left; fg
 * (count, 2) is scratch for residual and direction. */
static void coefficients(const measure *nu, size_t most, double *fg,
                         iclgd_hyper *out) {
  const double l = out->lambda;
  double first, rr, curvature, next;
  for (size_t i = 0; i < 2 * nu->count; ++i) fg[i] = 1;
  products(nu, l, fg, &first, &curvature);
  rr = first;
  for (out->n_eta = 0; out->n_eta < most; ++out->n_eta) {
    const double a = rr / curvature;
    if (!(rr > 1e-26 * first && isfinite(a))) break;
    for (size_t i = 0; i < nu->count; ++i)
      fg[2 * i] -= a * (nu->s[i] + l) * fg[2 * i + 1];
    products(nu, l, fg, &next, &curvature);
    const double b = next / rr;
    for (size_t i = 0; i < nu->count; ++i)
      fg[2 * i + 1] = fg[2 * i] + b * fg[2 * i + 1];
    products(nu, l, fg, &next, &curvature);
    out->eta[out->n_eta] = a;
    out->beta[out->n_eta] = b;
    rr = next;
  }
  out->n_beta = out->n_eta;
}

/* Nodes of a Gauss rule: products of degree 2 steps + 1 are exact. */
static iclgd_status exact_measure(const iclgd_theory *theory, size_t steps,
                                  iclgd_arena *arena, measure *out,
                                  iclgd_error *err) {
  iclgd_spectrum spectrum;
  TRY(iclgd_spectrum_create(theory->setting, steps + 1, arena, &spectrum, err));
  *out = (measure){spectrum.count, spectrum.s, spectrum.weight};
  for (size_t i = 0; i < out->count; ++i) {
    out->weight[i] *= out->s[i];
    out->s[i] /= theory->step_unit;
  }
  return ICLGD_OK;
}

static iclgd_status sampled_measure(const iclgd_prompts *tune, double l,
                                    iclgd_arena *arena, measure *out,
                                    iclgd_error *err) {
  const size_t d = tune->d;
  out->count = tune->count * d;
  out->s = iclgd_arena_reals(arena, tune->count, d, 1);
  out->weight = iclgd_arena_reals(arena, tune->count, d, 1);
  double *problem_work = iclgd_arena_reals(arena, iclgd_problem_work(d), 1, 1);
  TRY(iclgd_arena_status(arena, err, "the spectra of the tuning prompts"));
  for (size_t i = 0; i < tune->count; ++i) {
    const iclgd_problem p = iclgd_problem_of(tune, i, true, problem_work);
    double largest = 0;
    for (size_t j = 0; j < d; ++j) largest = fmax(largest, p.lambda[j]);
    for (size_t j = 0; j < d; ++j) {
      const double s = p.lambda[j], b = iclgd_dot(p.V + j * d, p.b, d);
      const bool seen = s > 0x1p-46 * largest; /* else a zero, rounded */
      out->s[i * d + j] = seen ? s : 0;
      out->weight[i * d + j] = seen ? s * b * b / (s + l) : 0;
    }
  }
  return ICLGD_OK;
}

/* The moments G = sum f f^T (count, count) and B = sum y f of the features f_m
 * = q_m(S) b . x_query of the tuning prompts. */
static iclgd_status features(const iclgd_prompts *tune,
                             const iclgd_hyper *hyper, double *G, double *B,
                             iclgd_arena *arena, iclgd_error *err) {
  const size_t d = tune->d, count = hyper->n_eta;
  double *problem_work = iclgd_arena_reals(arena, iclgd_problem_work(d), 1, 1);
  double *state = iclgd_arena_reals(arena, ICLGD_FILTER_STATE + 1, d, 1);
  double *f = iclgd_arena_reals(arena, count, 1, 1);
  TRY(iclgd_arena_status(arena, err, "the polynomials"));
  double *residual = state + d, *direction = state + 2 * d;
  double *along = state + 3 * d;
  for (size_t i = 0; i < tune->count; ++i) {
    const iclgd_problem p = iclgd_problem_of(tune, i, true, problem_work);
    for (size_t j = 0; j < d; ++j) {
      const double *v = p.V + j * d;
      along[j] = iclgd_dot(v, p.b, d) * iclgd_dot(v, p.prompt.x_query, d);
      state[j] = 0;
      residual[j] = direction[j] = 1;
    }
    for (size_t m = 0; m < count; ++m) {
      f[m] = iclgd_dot(direction, along, d);
      step(hyper, m, d, p.lambda, state);
    }
    for (size_t m = 0; m < count; ++m) {
      for (size_t l = 0; l < count; ++l) G[m * count + l] += f[m] * f[l];
      B[m] += p.prompt.y_query * f[m];
    }
  }
  return ICLGD_OK;
}

/* Row k - 1 of mix: the regression on the first k features; from where that is
 * singular, the row before. */
static iclgd_status fit(const iclgd_prompts *tune, iclgd_arena *arena,
                        iclgd_hyper *out, iclgd_error *err) {
  const size_t count = out->n_eta;
  double *G = iclgd_arena_reals(arena, 2, count, count), *g;
  double *B = iclgd_arena_reals(arena, 2, count, 1);
  double *work = iclgd_arena_reals(arena, iclgd_regress_work(count, 1), 1, 1);
  out->mix = iclgd_arena_reals(arena, count, count, 1);
  TRY(iclgd_arena_status(arena, err, "the best polynomials"));
  g = G + count * count;
  out->n_mix = count;
  TRY(features(tune, out, G, B, arena, err));
  for (size_t k = 1; k <= count; ++k) {
    double *row = out->mix + (k - 1) * count;
    for (size_t m = 0; m < k * k; ++m) g[m] = G[m / k * count + m % k];
    memcpy(B + count, B, k * sizeof *B);
    if (iclgd_regress(g, B + count, 1, k, row, work) > 1e-14) continue;
    memset(row, 0, count * sizeof *row);
    if (k > 1) memcpy(row, row - count, count * sizeof *row);
  }
  return ICLGD_OK;
}

static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  iclgd_arena *arena = choice->arena;
  enum { MOST = 40 }; /* the moments behind more take tenths of a second */
  const iclgd_distribution *dist = choice->dist;
  const size_t depth = iclgd_model_depth(choice->model);
  size_t steps = choice->steps > depth ? choice->steps : depth;
  if (steps > MOST) steps = MOST;
  iclgd_theory theory;
  iclgd_error unreached;
  measure nu;
  const bool is_exact = iclgd_theory_of(dist, false, &theory) &&
                        !exact_measure(&theory, steps, arena, &nu, &unreached);
  if (is_exact) {
    out->lambda =
        theory.setting.sigma2 / ((double)theory.setting.n * theory.step_unit);
    out->how = "closed form O4, every step the best on average";
  } else {
    const double ratio =
        iclgd_distribution_knows_tasks(dist) ? dist->noise / dist->w_scale : 0;
    out->lambda = ratio * ratio / (double)choice->tune->n;
    out->how = "regression on held-out prompts, every step the best on average";
    TRY(sampled_measure(choice->tune, out->lambda, arena, &nu, err));
  }
  double *fg = iclgd_arena_reals(arena, nu.count, 2, 1);
  out->eta = iclgd_arena_reals(arena, steps, 1, 1);
  out->beta = iclgd_arena_reals(arena, steps, 1, 1);
  TRY(iclgd_arena_status(arena, err, "the best polynomials"));
  coefficients(&nu, steps, fg, out);
  if (out->n_eta == 0)
    return iclgd_fail(err, ICLGD_ERANGE, "the contexts have no labels");
  return is_exact ? ICLGD_OK : fit(choice->tune, arena, out, err);
}

/* w (steps + 1, d) from the basis, all rows in the eigenbasis first; work (5,
 * d). */
static void combine(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  const size_t d = p->prompt.d, count = hyper->n_mix;
  double *state = work, *direction = work + 2 * d, *b = work + 3 * d;
  double *z = work + 4 * d;
  memset(w, 0, (steps + 1) * d * sizeof *w);
  for (size_t j = 0; j < d; ++j) {
    state[j] = 0;
    state[d + j] = direction[j] = 1;
    b[j] = iclgd_dot(p->V + j * d, p->b, d);
  }
  for (size_t m = 0; m < count && m < steps; ++m) {
    for (size_t k = m; k < steps; ++k) {
      const size_t row = k < count ? k : count - 1;
      const double c = hyper->mix[row * count + m];
      for (size_t j = 0; j < d; ++j)
        w[(k + 1) * d + j] += c * direction[j] * b[j];
    }
    step(hyper, m, d, p->lambda, state);
  }
  for (size_t k = 1; k <= steps; ++k) {
    memcpy(z, w + k * d, d * sizeof *z);
    iclgd_write_weight(p, z, w + k * d);
  }
}

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  if (hyper->mix)
    combine(hyper, p, steps, work, w);
  else
    iclgd_filter_iterate(step, hyper, p, steps, work, w);
}

const iclgd_algorithm iclgd_algorithm_chebyshev = {
    .name = "chebyshev",
    .title = "best polynomial",
    .look = {5, 1},
    .description = "w = q(S) b, q of degree k - 1 the best on average (O4)",
    .spectral = true,
    .growth = ICLGD_ONE_A_STEP,
    .choose = choose,
    .iterate = iterate,
};
