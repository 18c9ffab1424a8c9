/* The Lasso (Tibshirani 1996; a baseline of Garg et al. 2022 for sparse w):
 *   min_w (1/2n) |y - X w|^2 + lambda |w|_1
 * along its path in lambda (Osborne et al. 2000), which is linear between the
 * lambda at which an entry begins or ceases to be 0,
 *   d w_A / d lambda = -S_AA^-1 sign(g_A),  g = b - S w,  A: |g_j| = lambda,
 * until the subgradient conditions g_j = lambda sign(w_j) where w_j != 0,
 * |g_j| <= lambda elsewhere, hold to 1e-10 max |b|. Where ties of |g_j| spoil
 * the path, by coordinate descent on S and b,
 *   w_j <- soft(b_j - sum_{i != j} S_ji w_i, lambda) / S_jj,
 * and after a few sweeps a move towards the solution of S_AA w_A = b_A - lambda
 * sign(w_A) on the support A (Lee et al. 2006). */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "math/dense.h"
#include "reference/rows.h"
#include "reference/tune.h"

static double largest(const double *b, size_t d) {
  double most = 0;
  for (size_t j = 0; j < d; ++j) most = fmax(most, fabs(b[j]));
  return most;
}

static void sweep(const iclgd_problem *p, double lambda, double *w) {
  const size_t d = p->prompt.d;
  for (size_t j = 0; j < d; ++j) {
    const double *S = p->S + j * d;
    const double at = p->b[j] - iclgd_dot(S, w, d) + S[j] * w[j];
    const double left = fabs(at) - lambda;
    w[j] = left > 0 && S[j] > 0 ? copysign(left, at) / S[j] : 0;
  }
}

/* By how much the subgradient conditions fail. */
static double violation(const iclgd_problem *p, double lambda,
                        const double *w) {
  const size_t d = p->prompt.d;
  double most = 0;
  for (size_t j = 0; j < d; ++j) {
    const double g = p->b[j] - iclgd_dot(p->S + j * d, w, d);
    const double off =
        w[j] != 0 ? fabs(g - copysign(lambda, w[j])) : fabs(g) - lambda;
    most = fmax(most, off);
  }
  return most;
}

/* Move to the minimum over w of the same support and signs or, on the way
 * there, to where the first entry becomes 0: downhill either way. work: the
 * minimum (d), S_AA (d, d). */
static void solve_support(const iclgd_problem *p, double lambda, double *work,
                          double *w) {
  const size_t d = p->prompt.d;
  double *next = work, *M = work + d, share = 1;
  size_t count = 0, row = 0, first = d;
  for (size_t j = 0; j < d; ++j) count += w[j] != 0;
  for (size_t j = 0; j < d; ++j) {
    if (w[j] == 0) continue;
    size_t column = 0;
    for (size_t i = 0; i < d; ++i)
      if (w[i] != 0) M[row * count + column++] = p->S[j * d + i];
    M[row * (count + 1)] *= 1 + 1e-13; /* more of A than points: singular */
    next[row++] = p->b[j] - copysign(lambda, w[j]);
  }
  if (count == 0 || !iclgd_solve_positive(M, next, count)) return;
  for (size_t j = d; j-- > 0;) {
    next[j] = w[j] != 0 ? next[--count] : 0;
    if (w[j] * next[j] < 0 && w[j] / (w[j] - next[j]) < share) {
      share = w[j] / (w[j] - next[j]);
      first = j;
    }
  }
  for (size_t j = 0; j < d; ++j) w[j] += share * (next[j] - w[j]);
  if (first < d) w[first] = 0;
}

/* A point of the path, and the entry that is about to leave 0 (d: none). */
typedef struct {
  const iclgd_problem *problem;
  double lambda;
  double *w, *g, *u; /* g = b - S w; u: d w for every step down in lambda */
  size_t enters;
} point;

static bool is_in(const point *at, size_t j) {
  return at->w[j] != 0 || at->enters == j;
}

/* u = S_AA^-1 sign(g_A), 0 elsewhere. False where that has no answer. */
static bool find_direction(point *at, double *M) {
  const iclgd_problem *p = at->problem;
  const size_t d = p->prompt.d;
  size_t count = 0, row = 0;
  for (size_t j = 0; j < d; ++j) {
    at->g[j] = p->b[j] - iclgd_dot(p->S + j * d, at->w, d);
    count += is_in(at, j);
  }
  for (size_t j = 0; j < d; ++j) {
    if (!is_in(at, j)) continue;
    size_t column = 0;
    for (size_t i = 0; i < d; ++i)
      if (is_in(at, i)) M[row * count + column++] = p->S[j * d + i];
    at->u[row++] = copysign(1, at->w[j] != 0 ? at->w[j] : at->g[j]);
  }
  if (count == 0 || !iclgd_solve_positive(M, at->u, count)) return false;
  for (size_t j = d; j-- > 0;) at->u[j] = is_in(at, j) ? at->u[--count] : 0;
  return true;
}

/* To the next lambda at which an entry becomes 0, or |g_j| = lambda for one
 * that is 0; not below `to`. */
static void take_step(point *at, double to) {
  const iclgd_problem *p = at->problem;
  const size_t d = p->prompt.d;
  double step = at->lambda - to;
  size_t enters = d, leaves = d;
  for (size_t j = 0; j < d; ++j) {
    if (is_in(at, j)) {
      if (at->w[j] * at->u[j] < 0 && -at->w[j] / at->u[j] < step) {
        step = -at->w[j] / at->u[j];
        leaves = j;
        enters = d;
      }
      continue;
    }
    /* |g_j - t slope| = lambda - t */
    const double slope = iclgd_dot(p->S + j * d, at->u, d);
    double first = step;
    if (slope < 1)
      first = fmin(first, fmax(at->lambda - at->g[j], 0) / (1 - slope));
    if (slope > -1)
      first = fmin(first, fmax(at->lambda + at->g[j], 0) / (1 + slope));
    if (first < step) {
      step = first;
      enters = j;
      leaves = d;
    }
  }
  for (size_t j = 0; j < d; ++j) at->w[j] += step * at->u[j];
  if (leaves < d) at->w[leaves] = 0;
  at->lambda = enters < d || leaves < d ? at->lambda - step : to;
  at->enters = enters;
}

/* From w, the minimum of lambda `from`, or 0, to that of `to`, unless the path
 * is spoiled. work: (d + 2, d). */
static void follow_path(const iclgd_problem *p, double from, double to,
                        double *work, double *w) {
  const size_t d = p->prompt.d, most = 10 * (d + 1);
  const double top = largest(p->b, d);
  point at = {p, fmin(from, top), w, work, work + d, d};
  if (largest(w, d) == 0)
    for (size_t j = 0; j < d; ++j)
      if (fabs(p->b[j]) == top) at.enters = j;
  for (size_t k = 0; k < most && at.lambda > to; ++k) {
    if (!find_direction(&at, work + 2 * d)) return;
    take_step(&at, to);
  }
}

enum { ROUNDS = 1000, SWEEPS = 4 };

/* From w on, the minimum of lambda `from`; work: (d + 2, d). */
static void minimise(const iclgd_problem *p, double from, double lambda,
                     size_t rounds, double *work, double *w) {
  const size_t d = p->prompt.d;
  const double limit = 1e-10 * largest(p->b, d);
  follow_path(p, from, lambda, work, w);
  for (size_t round = 0; round < rounds; ++round) {
    if (violation(p, lambda, w) <= limit) return;
    solve_support(p, lambda, work, w);
    if (violation(p, lambda, w) <= limit) return;
    for (size_t k = 0; k < SWEEPS; ++k) sweep(p, lambda, w);
  }
}

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  (void)steps;
  const size_t d = p->prompt.d;
  memset(w, 0, 2 * d * sizeof *w);
  minimise(p, INFINITY, hyper->lambda, ROUNDS, work, w + d);
}

/* Add the squared errors of one prompt at every lambda to the curve, from the
 * largest down: each starts where the last one ended. */
static void add_path(const iclgd_problem *p, const iclgd_hyper *h, double *work,
                     double *w) {
  const iclgd_prompt *prompt = &p->prompt;
  const size_t d = prompt->d;
  double from = INFINITY;
  memset(w, 0, d * sizeof *w);
  for (size_t i = h->n_search; i-- > 0;) {
    minimise(p, from, h->search[i], 20, work, w);
    from = h->search[i];
    const double error = iclgd_dot(w, prompt->x_query, d) - prompt->y_query;
    h->curve[i] += error * error;
  }
}

/* The best of a grid of lambda on held-out prompts, up to the mean |b|_max,
 * above which most w are 0. */
static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  enum { GRID = 41, SAMPLE = 250 };
  iclgd_arena *arena = choice->arena;
  iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  const size_t d = sample.d, n = sample.n, fit = 100000 / (d * d) + 2;
  if (sample.count > SAMPLE) sample.count = SAMPLE;
  if (sample.count > fit) sample.count = fit;
  double *work = iclgd_arena_reals(arena, iclgd_algorithm_work(n, d), 1, 1);
  double *problem_work = iclgd_arena_reals(arena, iclgd_problem_work(d), 1, 1);
  double *w = iclgd_arena_reals(arena, d, 1, 1), unit = 0;
  out->search = iclgd_arena_reals(arena, GRID, 1, 1);
  out->curve = iclgd_arena_reals(arena, GRID, 1, 1);
  TRY(iclgd_arena_status(arena, err, "the Lasso"));
  for (size_t i = 0; i < sample.count; ++i)
    unit += largest(iclgd_problem_of(&sample, i, false, problem_work).b, d) /
            (double)sample.count;
  out->n_search = GRID;
  for (size_t k = 0; k < GRID; ++k)
    out->search[k] = unit * pow(10, -5 + 5.0 * (double)k / (GRID - 1));
  for (size_t i = 0; i < sample.count; ++i) {
    if (choice->stop && *choice->stop) break;
    const iclgd_problem p = iclgd_problem_of(&sample, i, false, problem_work);
    add_path(&p, out, work, w);
  }
  size_t best = 0;
  for (size_t k = 0; k < GRID; ++k) {
    out->curve[k] /= (double)sample.count;
    if (out->curve[k] < out->curve[best]) best = k;
  }
  out->lambda = out->search[best];
  return ICLGD_OK;
}

const iclgd_algorithm iclgd_algorithm_lasso = {
    .name = "lasso",
    .title = "Lasso",
    .look = {6, 2},
    .description = "min_w (1/2n) |y - X w|^2 + lambda |w|_1",
    .one_shot = true,
    .how = "best of a grid on held-out prompts",
    .choose = choose,
    .iterate = iterate,
};
