/* The best polynomial method on average: iterate k minimises the mean error
 * over all w = q(S) b with q of degree k - 1, the same q for every prompt
 * (theory: O4, where the best untied steps are the zeros of its residual). For
 * a single prompt this would be conjugate gradients; here it is the same
 * recursion with the coefficients of the average prompt: with r = b - (S + l I)
 * w,
 *   w += a_k dir,  r -= a_k (S + l I) dir,  dir = r + b_k dir,
 * l = sigma^2 / (n tau^2), and residual and direction polynomials p_k, q_k in
 * the measure nu = s mu,
 *   a_k = <p_k, p_k> / <(s + l) q_k, q_k>,
 *   b_k = <p_{k+1}, p_{k+1}> / <p_k, p_k>.
 * mu is the law of the eigenvalues where a closed form holds; else that of the
 * tuning prompts with weights (v.b)^2 / (s + l), so that the error is the mean
 * one on the contexts' own points, |X (w - w_ridge)|^2. hyper: eta is a, beta
 * is b, lambda is l. */
#include <math.h>

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
  const iclgd_status status =
      iclgd_spectrum_create(theory->setting, steps + 1, arena, &spectrum, err);
  if (status) return status;
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
  double *room = iclgd_arena_reals(arena, iclgd_problem_room(d), 1, 1);
  if (!out->s || !out->weight || !room)
    return iclgd_fail_memory(err, "the spectra of the tuning prompts");
  for (size_t i = 0; i < tune->count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(tune, i);
    iclgd_problem p;
    iclgd_problem_set(&prompt, true, room, &p);
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

static iclgd_status choose(const iclgd_choice *choice, iclgd_arena *arena,
                           iclgd_hyper *out, iclgd_error *err) {
  enum { MOST = 40 }; /* the moments behind more take tenths of a second */
  const iclgd_distribution *dist = choice->dist;
  const size_t depth = iclgd_model_depth(choice->model);
  size_t steps = choice->steps > depth ? choice->steps : depth;
  if (steps > MOST) steps = MOST;
  iclgd_theory theory;
  iclgd_error unreached;
  measure nu;
  if (iclgd_theory_of(dist, false, &theory) &&
      !exact_measure(&theory, steps, arena, &nu, &unreached)) {
    out->lambda =
        theory.setting.sigma2 / ((double)theory.setting.n * theory.step_unit);
    out->how = "closed form O4, every step the best on average";
  } else {
    const double ratio =
        iclgd_distribution_knows_tasks(dist) ? dist->noise / dist->w_scale : 0;
    out->lambda = ratio * ratio / (double)choice->tune->n;
    out->how = "average of the contexts of held-out prompts";
    const iclgd_status status =
        sampled_measure(choice->tune, out->lambda, arena, &nu, err);
    if (status) return status;
  }
  double *fg = iclgd_arena_reals(arena, nu.count, 2, 1);
  out->eta = iclgd_arena_reals(arena, steps, 1, 1);
  out->beta = iclgd_arena_reals(arena, steps, 1, 1);
  if (!fg || !out->eta || !out->beta)
    return iclgd_fail_memory(err, "the best polynomials");
  coefficients(&nu, steps, fg, out);
  if (out->n_eta == 0)
    return iclgd_fail(err, ICLGD_ERANGE, "the contexts have no labels");
  return ICLGD_OK;
}

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  iclgd_filter_iterate(step, hyper, p, steps, work, w);
}

const iclgd_algorithm iclgd_algorithm_chebyshev = {
    .name = "chebyshev",
    .title = "best polynomial",
    .description = "w = q(S) b, q of degree k - 1 the best on average (O4)",
    .spectral = true,
    .growth = ICLGD_ONE_A_STEP,
    .choose = choose,
    .iterate = iterate,
};
