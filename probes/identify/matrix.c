/* The matrices of GD with a fitted preconditioner, w <- w + A (b - S w), for
 * all layers or one each: least squares for the updates of path 0,
 *   min over A of sum c |u - A g|^2,  u = w_{l+1} - w_l, g = b - S w_l,
 * over the tuning prompts, each layer starting where path 0 is. The metric does
 * not matter to A. c = 1 / max(mean |b|^2, |g|^2 / 25) bounds what a prompt
 * that diverges can do. Intervals by the jackknife over groups of prompts. */
#include "probes/identify/parts.h"

#include <iclgd/algebra.h>
#include <math.h>
#include <string.h>

#include "probes/shared/jackknife.h"

typedef struct sums {
  double *M, *B; /* (groups, layers, d, d) sum c g g^T, sum c u g^T */
  double scale;  /* mean |b|^2 */
  const iclgd_probe_setup *setup;
  const identify_setter *setters;
  size_t prompts; /* of the tuning ones */
} sums;

static void add_update(const iclgd_problem *p, const double *w, double scale,
                       double *g, double *M, double *B) {
  const size_t d = p->prompt.d;
  double *u = g + d;
  for (size_t i = 0; i < d; ++i) {
    g[i] = p->b[i] - iclgd_dot(p->S + i * d, w, d);
    u[i] = w[d + i] - w[i];
  }
  const double c = 1 / fmax(scale, iclgd_dot(g, g, d) / 25);
  if (!isfinite(c * iclgd_dot(u, u, d)) || !(c > 0)) return;
  for (size_t i = 0; i < d * d; ++i) {
    M[i] += c * g[i / d] * g[i % d];
    B[i] += c * u[i / d] * g[i % d];
  }
}

static void add_group(void *context, size_t group, size_t thread) {
  const sums *s = context;
  const iclgd_probe_setup *setup = s->setup;
  const identify_setter *setter = &s->setters[thread];
  const size_t d = setup->d, L = setup->depth;
  for (size_t i = jackknife_first(s->prompts, group);
       i < jackknife_first(s->prompts, group + 1); ++i) {
    iclgd_problem p;
    if (!iclgd_identify_follow(setup, i, setter->path_scratch, &p)) continue;
    for (size_t l = 0; l < L; ++l)
      add_update(&p, setter->path_scratch->w + l * d, s->scale, setter->x,
                 s->M + (group * L + l) * d * d,
                 s->B + (group * L + l) * d * d);
  }
}

/* A (d, d) of layers first..last without one group; false where the moments
 * are singular. work: 2 d^2 + that of the regression. */
static bool solve(const sums *s, size_t without, size_t first, size_t last,
                  double *A, double *work) {
  const size_t d = s->setup->d, L = s->setup->depth;
  double *M = work, *B = M + d * d;
  memset(work, 0, 2 * d * d * sizeof *work);
  for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
    for (size_t l = first; k != without && l <= last; ++l)
      for (size_t i = 0; i < d * d; ++i) {
        M[i] += s->M[(k * L + l) * d * d + i];
        B[i] += s->B[(k * L + l) * d * d + i];
      }
  return iclgd_regress(M, B, d, d, A, B + d * d) > 1e-13;
}

/* Matrix number `own` of a hypothesis, with its interval; zero where the
 * updates do not determine it. */
static void fit_layer(const sums *s, identify_hypothesis *h, size_t own,
                      double *work) {
  const size_t d = s->setup->d, size = d * d;
  const size_t first = h->family->per_layer ? own : 0;
  const size_t last = h->family->per_layer ? own : s->setup->depth - 1;
  double *value = h->value + own * size, *without = work;
  const bool found = solve(s, JACKKNIFE_GROUPS, first, last, value,
                           work + JACKKNIFE_GROUPS * size);
  if (!found) memset(value, 0, size * sizeof *value);
  bool determined = found;
  for (size_t k = 0; determined && k < JACKKNIFE_GROUPS; ++k)
    determined = solve(s, k, first, last, without + k * size,
                       work + JACKKNIFE_GROUPS * size);
  for (size_t i = 0; i < size; ++i) {
    double values[JACKKNIFE_GROUPS];
    for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
      values[k] = without[k * size + i];
    const double student = 2.131; /* 15 degrees of freedom */
    const double error =
        determined ? student * sqrt(jackknife_variance(values)) : NAN;
    h->low[own * size + i] = value[i] - error;
    h->high[own * size + i] = value[i] + error;
  }
}

static double mean_square(const iclgd_prompts *prompts, size_t count,
                          double *scratch) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(prompts, i);
    iclgd_problem p;
    iclgd_problem_set(&prompt, false, scratch, &p);
    sum += iclgd_dot(p.b, p.b, p.prompt.d);
  }
  return sum > 0 ? sum / (double)count : 1;
}

/* Enough prompts for d^2 parameters, as far as there are. */
static size_t prompts_for(const iclgd_probe_setup *setup) {
  const size_t wanted = 400 + 8 * setup->d;
  return wanted < setup->tune->count ? wanted : setup->tune->count;
}

static bool any_matrix(const identify_hypothesis *hypotheses, size_t count) {
  for (size_t i = 0; i < count; ++i)
    if (hypotheses[i].family->kind == IDENTIFY_MATRIX) return true;
  return false;
}

iclgd_status iclgd_identify_fit_matrices(const iclgd_probe_setup *setup,
                                         const identify_setter *setters,
                                         identify_hypothesis *hypotheses,
                                         size_t count, iclgd_error *err) {
  const size_t d = setup->d, size = d * d, L = setup->depth;
  if (!any_matrix(hypotheses, count)) return ICLGD_OK;
  iclgd_arena arena = {0};
  sums s = {.setup = setup, .setters = setters, .prompts = prompts_for(setup)};
  s.M = iclgd_arena_reals(&arena, JACKKNIFE_GROUPS, L, size);
  s.B = iclgd_arena_reals(&arena, JACKKNIFE_GROUPS, L, size);
  double *work = iclgd_arena_reals(
      &arena, JACKKNIFE_GROUPS * size + 2 * size + iclgd_regress_work(d, d), 1,
      1);
  const iclgd_status status = iclgd_arena_status(&arena, err, "identify");
  if (!status) {
    s.scale = mean_square(setup->tune, s.prompts,
                          setters[0].path_scratch->problem_work);
    iclgd_pool_for(setup->pool, JACKKNIFE_GROUPS, add_group, &s);
  }
  for (size_t i = 0; !status && i < count; ++i) {
    identify_hypothesis *h = &hypotheses[i];
    if (h->family->kind != IDENTIFY_MATRIX) continue;
    for (size_t own = 0; own < h->hyper.n_M; ++own) fit_layer(&s, h, own, work);
  }
  iclgd_arena_free(&arena);
  return status;
}
