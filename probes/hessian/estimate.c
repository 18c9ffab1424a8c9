/* The Hessian by products alone: extreme eigenvalues and the density of the
 * spectrum by Lanczos from `hessian.starts` random vectors (Papyan 2019;
 * Ghorbani et al. 2019), in bins without smoothing; traces by Hutchinson and
 * Hutch++ with `hessian.samples` (three times as many products each); where
 * `hessian.blocks` asks for it norms of pairs of blocks, E |H_ab z_b|^2 =
 * |H_ab|_F^2 over signs z in block b alone, and of its products the trace of
 * H_bb. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/hessian/parts.h"

/* Random vectors of their own for each purpose. */
enum {
  FOR_TRACE = 0,
  FOR_PLUS = 100000,
  FOR_LANCZOS = 200000,
  FOR_BLOCKS = 300000
};

typedef struct estimator {
  mean_loss *m;
  const hessian_blocks *blocks;
  hessian_found *f;
  uint64_t seed;
  size_t samples, steps, starts, of_blocks;
  double *work, *start;
  iclgd_ritz ritz;
  double *values, *weights, *residuals; /* (2, starts, steps) of H and outer */
} estimator;

static size_t at_most(size_t wanted, size_t most) {
  return wanted < most ? wanted : most;
}

static iclgd_status take(estimator *s, iclgd_error *err) {
  const iclgd_settings *settings = s->m->setup->settings;
  iclgd_arena *arena = s->m->setup->arena;
  const size_t size = s->m->size;
  s->seed = (uint64_t)iclgd_get_int(settings, "seed");
  s->samples = at_most(iclgd_get_size(settings, "hessian.samples"), size);
  s->steps = at_most(iclgd_get_size(settings, "hessian.steps"), size);
  s->starts = iclgd_get_size(settings, "hessian.starts");
  s->of_blocks = iclgd_get_size(settings, "hessian.blocks");
  const size_t lanczos = iclgd_lanczos_work(size, s->steps);
  const size_t plus = (s->samples + 3) * size;
  s->work = iclgd_arena_reals(arena, lanczos > plus ? lanczos : plus, 1, 1);
  s->start = iclgd_arena_reals(arena, size, 1, 1);
  s->ritz.value = iclgd_arena_reals(arena, s->steps, 1, 1);
  s->ritz.weight = iclgd_arena_reals(arena, s->steps, 1, 1);
  s->ritz.residual = iclgd_arena_reals(arena, s->steps, 1, 1);
  s->values = iclgd_arena_reals(arena, 2, s->starts, s->steps);
  s->weights = iclgd_arena_reals(arena, 2, s->starts, s->steps);
  s->residuals = iclgd_arena_reals(arena, 2, s->starts, s->steps);
  return iclgd_arena_status(arena, err, "hessian");
}

static void estimate_traces(const estimator *s, const iclgd_operator *A,
                            part_numbers *out) {
  iclgd_estimated trace, squares;
  iclgd_hutchinson(A, s->seed, FOR_TRACE, 3 * s->samples, s->work, &trace,
                   &squares);
  out->plain = trace.value;
  out->plain_error = trace.error;
  out->frobenius = sqrt(squares.value);
  out->frobenius_error = squares.error / (2 * out->frobenius);
  trace = iclgd_hutch_plus_plus(A, s->seed, FOR_PLUS, s->samples, s->work);
  out->trace = trace.value;
  out->trace_error = trace.error;
}

/* Extremes over all starts; values and weights stay for the density. */
static bool estimate_spectrum(estimator *s, const iclgd_operator *A,
                              hessian_part part, part_numbers *out) {
  out->largest = -INFINITY;
  out->smallest = INFINITY;
  for (size_t k = 0; k < s->starts; ++k) {
    iclgd_random_signs(s->seed, FOR_LANCZOS + k, s->start, A->size);
    if (!iclgd_lanczos(A, s->start, s->steps, s->work, &s->ritz, NULL, NULL))
      return false;
    const size_t count = s->ritz.count;
    const size_t at = (part * s->starts + k) * s->steps;
    if (s->ritz.value[count - 1] > out->largest) {
      out->largest = s->ritz.value[count - 1];
      out->residual = s->ritz.residual[count - 1];
    }
    out->smallest = fmin(out->smallest, s->ritz.value[0]);
    for (size_t i = 0; part != FUNCTIONAL && i < count; ++i) {
      s->values[at + i] = s->ritz.value[i];
      s->weights[at + i] = s->ritz.weight[i];
      s->residuals[at + i] = s->ritz.residual[i];
    }
  }
  return true;
}

/* Whether a Ritz value can be told from 0: an eigenvalue is within its
 * residual. */
static bool is_apart(const estimator *s, size_t at) {
  const double least = fmax(s->residuals[at], HESSIAN_FLAT * s->f->most);
  return fabs(s->values[at]) > least;
}

static void fill_bins(estimator *s) {
  hessian_found *f = s->f;
  part_numbers *whole = &f->part[WHOLE];
  const size_t rows = s->starts * s->steps;
  const double all = (double)s->m->size / (double)s->starts;
  f->most = fmax(fabs(whole->largest), fabs(whole->smallest));
  f->most = 1.0001 * fmax(f->most, f->part[OUTER].largest);
  for (size_t i = 0; i < rows; ++i) {
    const double value = s->values[i], share = all * s->weights[i];
    const bool below = value < 0;
    if (is_apart(s, i)) {
      hessian_bin(f, below ? f->negative : f->positive, value, share);
      whole->negative += below ? share : 0;
    } else {
      whole->flat += share;
    }
    if (is_apart(s, rows + i))
      hessian_bin(f, f->outer, s->values[rows + i], all * s->weights[rows + i]);
  }
}

/* --- blocks --------------------------------------------------------------- */

static iclgd_status take_blocks(estimator *s, iclgd_error *err) {
  iclgd_arena *arena = s->m->setup->arena;
  const size_t count = s->blocks->count;
  s->f->norm = iclgd_arena_reals(arena, PARTS, count, count);
  s->f->norm_error = iclgd_arena_reals(arena, PARTS, count, count);
  s->f->trace = iclgd_arena_reals(arena, count, 1, 1);
  return iclgd_arena_status(arena, err, "hessian");
}

/* |H_ab|_F of all a, from signs in block b. */
static void estimate_column(estimator *s, const iclgd_operator *A,
                            hessian_part part, size_t b, double *Az) {
  const hessian_blocks *blocks = s->blocks;
  iclgd_moments squares[HESSIAN_BLOCKS_MAX] = {{0}};
  double trace = 0;
  for (size_t k = 0; k < s->of_blocks; ++k) {
    double sum[HESSIAN_BLOCKS_MAX] = {0};
    iclgd_random_signs(s->seed, FOR_BLOCKS + b * 1000 + k, s->start, A->size);
    for (size_t i = 0; i < A->size; ++i)
      if (blocks->of[i] != b) s->start[i] = 0;
    A->multiply(A->context, s->start, Az);
    trace += iclgd_dot(s->start, Az, A->size) / (double)s->of_blocks;
    for (size_t i = 0; i < A->size; ++i) sum[blocks->of[i]] += Az[i] * Az[i];
    for (size_t a = 0; a < blocks->count; ++a)
      iclgd_moments_add(&squares[a], sum[a]);
  }
  if (part == WHOLE) s->f->trace[b] = trace;
  for (size_t a = 0; a < blocks->count; ++a) {
    const size_t at = (part * blocks->count + a) * blocks->count + b;
    s->f->norm[at] = sqrt(iclgd_moments_mean(&squares[a]));
    s->f->norm_error[at] =
        iclgd_moments_standard_error(&squares[a]) / (2 * s->f->norm[at]);
  }
}

iclgd_status hessian_estimate(mean_loss *m, const hessian_blocks *blocks,
                              hessian_found *f, iclgd_error *err) {
  estimator s = {.m = m, .blocks = blocks, .f = f};
  TRY(take(&s, err));
  if (s.of_blocks > 0) TRY(take_blocks(&s, err));
  f->asymmetry = f->diagonal_ratio = NAN;
  for (hessian_part p = WHOLE; p < PARTS; ++p) {
    mean_hessian h = {.m = m, .part = p};
    const iclgd_operator A = mean_hessian_operator(&h);
    estimate_traces(&s, &A, &f->part[p]);
    if (!estimate_spectrum(&s, &A, p, &f->part[p]))
      return iclgd_fail(err, ICLGD_ERANGE, "a product with H is not finite");
    f->part[p].negative = p == WHOLE ? 0 : NAN;
    f->part[p].flat = f->part[p].negative;
    f->part[p].condition = NAN;
    for (size_t b = 0; s.of_blocks > 0 && b < blocks->count; ++b)
      estimate_column(&s, &A, p, b, s.work);
  }
  fill_bins(&s);
  return ICLGD_OK;
}
