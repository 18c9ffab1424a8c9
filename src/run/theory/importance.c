/* Means over prompts so rare that no sample has them, by importance sampling.
 *
 * The loss after L steps is carried by contexts whose S has a large eigenvalue
 * (docs/theory.md, O7). Half of the prompts follow the law; in the others the
 * inputs are wider by s along one direction u, uniform in the coordinates in
 * which they are N(0, I), with s^2 from a ladder up to what weighs most in a
 * polynomial of the model's degree D: s^(2D) against the density of chi^2_n
 * gives s^2 - 1 of the order of 4 D / n. Every prompt, wherever it came from,
 * has the weight
 *   1 / (1/2 + sum_j (1/2J) E_u density(s_j) / density(1)) <= 2
 * (the balance heuristic of Veach and Guibas 1995 with a defensive half, Owen
 * and Zhou 2000), so that the weighed means have no bias. */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "math/spike.h"
#include "math/symmetric.h"
#include "reference/known_loss.h"
#include "run/theory/expected.h"
#include "run/trajectories.h"

enum { LADDER = 4, ROUND = 2 * LADDER, BLOCK = 256, PATHS_MAX = 32 };

typedef struct scratch {
  double *spike;       /* (2, ICLGD_SPIKE_TERMS) */
  double *u, *v;       /* (4, d), (2, d) */
  double *gram, *work; /* (2, d, d), (d, d + 3) */
} scratch;

typedef struct weighing {
  iclgd_job *job;
  const iclgd_path *paths;
  size_t n_paths;
  iclgd_prompt_source source;
  uint64_t seed;
  iclgd_prompts block;
  uint64_t first; /* of the block */
  double s2[LADDER];
  iclgd_thread *threads;
  scratch *scratches;        /* (threads) */
  double *values[PATHS_MAX]; /* (block, steps + 1) weighed risks; or NULL */
  size_t depth;
  iclgd_expected *out;
} weighing;

/* to (d) = M u, or M^T u, M (d, d) */
static void apply(const double *M, bool transposed, const double *u, size_t d,
                  double *restrict to) {
  for (size_t i = 0; i < d; ++i) {
    to[i] = 0;
    for (size_t j = 0; j < d; ++j)
      to[i] += (transposed ? M[j * d + i] : M[i * d + j]) * u[j];
  }
}

/* Widen the inputs of prompt i by s along a direction of its own: with x = U F
 * h, h <- h + (s - 1) u (u.h). The labels keep their noise. */
static void widen(const weighing *q, size_t i, double s, double *u) {
  const iclgd_distribution *dist = q->source.dist;
  const iclgd_prompts *p = &q->block;
  const size_t d = p->d, n = p->n;
  double *across = u + d, *along = u + 2 * d, *turned = u + 3 * d;
  iclgd_stream stream;
  iclgd_stream_seed(&stream, q->seed, ICLGD_STREAM_SPIKE, q->first + i);
  iclgd_stream_normals(u, &stream, d);
  const double length = sqrt(iclgd_dot(u, u, d));
  for (size_t j = 0; j < d; ++j) u[j] /= length;
  apply(dist->G, false, u, d, across); /* u.h = across.x */
  apply(dist->F, false, u, d, along);
  for (size_t k = 0; p->U && k < 2; ++k) {
    double *vector = k ? along : across;
    apply(p->U + i * d * d, false, vector, d, turned);
    memcpy(vector, turned, d * sizeof *vector);
  }
  const double label = iclgd_dot(p->w_star + i * d, along, d);
  for (size_t t = 0; t < n; ++t) {
    double *x = p->x + (i * n + t) * d;
    const double more = (s - 1) * iclgd_dot(across, x, d);
    for (size_t j = 0; j < d; ++j) x[j] += more * along[j];
    p->y[i * n + t] += more * label;
  }
}

/* The eigenvalues (d) of (1/n) sum h h^T = G^T U^T S U G / v. */
static void whitened_spectrum(const weighing *q, const iclgd_problem *problem,
                              size_t i, scratch *r, double *lambda) {
  const iclgd_distribution *dist = q->source.dist;
  const size_t d = dist->d;
  double *column = r->v, *C = r->gram, *from = r->gram + d * d;
  memcpy(from, problem->S, d * d * sizeof *from);
  for (size_t turn = q->block.U ? 0 : 1; turn < 2; ++turn) {
    const double *M = turn ? dist->G : q->block.U + i * d * d;
    for (size_t j = 0; j < d; ++j) { /* C = M^T from, then C M */
      for (size_t k = 0; k < d; ++k) column[k] = from[k * d + j];
      apply(M, true, column, d, column + d);
      for (size_t k = 0; k < d; ++k) C[k * d + j] = column[d + k];
    }
    for (size_t j = 0; j < d; ++j) {
      apply(M, true, C + j * d, d, column);
      memcpy(from + j * d, column, d * sizeof *from);
    }
  }
  for (size_t j = 0; j < d * d; ++j) C[j] = from[j] / dist->x_variance;
  iclgd_symmetric_values(C, d, r->work, lambda);
}

static double weight_of(const weighing *q, const iclgd_problem *problem,
                        size_t i, scratch *r) {
  double ratio[LADDER], mixture = 0.5, *lambda = r->u;
  whitened_spectrum(q, problem, i, r, lambda);
  iclgd_spike_ratios(lambda, q->block.d, q->block.n, q->s2, LADDER, r->spike,
                     ratio);
  for (size_t j = 0; j < LADDER; ++j) mixture += ratio[j] / ROUND;
  return 1 / mixture;
}

static void weigh_prompt(void *context, size_t i, size_t thread) {
  const weighing *q = context;
  const iclgd_thread *own = &q->threads[thread];
  scratch *r = &q->scratches[thread];
  const size_t d = q->block.d;
  const uint64_t index = q->first + i;
  iclgd_prompts part = iclgd_prompts_part(&q->block, i, 1);
  iclgd_prompt_source_draw(&q->source, index, &part);
  if (index % 2 == 1) widen(q, i, sqrt(q->s2[index / 2 % LADDER]), r->u);
  const iclgd_problem problem =
      iclgd_problem_of(&q->block, i, true, own->path_scratch.problem_work);
  const iclgd_prompt *prompt = &problem.prompt;
  const double weight = weight_of(q, &problem, i, r);
  for (size_t p = 0; p < q->n_paths; ++p) {
    const size_t rows = q->paths[p].steps + 1;
    if (!q->values[p]) continue;
    iclgd_path_follow(&q->paths[p], &problem, &own->path_scratch, own->w,
                      own->prediction);
    for (size_t k = 0; k < rows; ++k) {
      const double risk = iclgd_risk(q->job->Sigma, prompt->U, own->w + k * d,
                                     prompt->w_star, d, r->v);
      q->values[p][i * rows + k] = isnan(risk) ? INFINITY : weight * risk;
    }
  }
}

static void collect_path(void *context, size_t p, size_t thread) {
  (void)thread;
  const weighing *q = context;
  const size_t steps = q->paths[p].steps, rows = steps + 1;
  const size_t beside = steps < q->depth ? steps : q->depth;
  const iclgd_expected_path *to = &q->out->paths[p];
  if (!q->values[p]) return;
  for (size_t i = 0; i < q->block.count; ++i) {
    const double *row = q->values[p] + i * rows;
    iclgd_moments_row_add(&to->weighed, row, rows);
    to->last[q->first + i] = row[beside];
  }
}

static iclgd_status take_paths(weighing *q, iclgd_error *err) {
  iclgd_arena *arena = &q->job->arena;
  for (size_t p = 0; p < q->n_paths; ++p) {
    const size_t rows = q->paths[p].steps + 1;
    iclgd_expected_path *to = &q->out->paths[p];
    if (!iclgd_path_has_weights(&q->paths[p]) || q->paths[p].given) continue;
    to->weighed = iclgd_take_moments(arena, rows);
    q->values[p] = iclgd_arena_reals(arena, BLOCK, rows, 1);
    to->last = iclgd_arena_reals(arena, q->out->prompts, 1, 1);
  }
  return iclgd_arena_status(arena, err, "weighed prompts");
}

static iclgd_status take_scratch(weighing *q, iclgd_error *err) {
  iclgd_arena *arena = &q->job->arena;
  const size_t threads = iclgd_pool_threads(q->job->pool), d = q->job->d;
  q->scratches = iclgd_arena_take(arena, threads, sizeof *q->scratches);
  TRY(iclgd_threads_create(q->job, q->paths, q->n_paths, &q->threads, err));
  for (size_t t = 0; t < threads; ++t)
    q->scratches[t] =
        (scratch){.spike = iclgd_arena_reals(arena, 2, ICLGD_SPIKE_TERMS, 1),
                  .u = iclgd_arena_reals(arena, 4, d, 1),
                  .v = iclgd_arena_reals(arena, 2, d, 1),
                  .gram = iclgd_arena_reals(arena, 2, d, d),
                  .work = iclgd_arena_reals(arena, d, d + 3, 1)};
  return iclgd_arena_status(arena, err, "weighed prompts");
}

/* s^2 - 1 in equal parts of 6 D / n, D up to 40. */
static void set_ladder(weighing *q) {
  const size_t degree = iclgd_known_degree(&q->paths[0], q->depth);
  const double D = degree < 40 ? (double)degree : 40;
  for (size_t j = 0; j < LADDER; ++j)
    q->s2[j] = 1 + 6 * D / (double)q->job->n * (double)(j + 1) / LADDER;
}

static iclgd_status weigh_blocks(weighing *q, iclgd_error *err) {
  for (q->first = 0; q->first < q->out->prompts; q->first += BLOCK) {
    const size_t left = q->out->prompts - (size_t)q->first;
    q->block.count = left < BLOCK ? left : BLOCK;
    iclgd_pool_for(q->job->pool, q->block.count, weigh_prompt, q);
    iclgd_pool_for(q->job->pool, q->n_paths, collect_path, q);
    TRY(iclgd_report_done(q->job, "weighing rare prompts", 1,
                          (size_t)q->first + q->block.count, q->out->prompts,
                          err));
  }
  return ICLGD_OK;
}

/* Given prompts may not say all of their law. */
static bool can_be_drawn(const iclgd_distribution *dist) {
  return dist && !dist->table && dist->x_law == ICLGD_X_NORMAL &&
         dist->w_law != ICLGD_W_UNKNOWN && isfinite(dist->noise) &&
         !(dist->given && dist->w_law == ICLGD_W_POOL);
}

/* As many as are asked for; else, since the spectrum of a prompt costs d^3, of
 * more than 20 features fewer, until the time is that of 20. */
static size_t wanted_prompts(const iclgd_job *job) {
  enum { PLAIN = 20 };
  const size_t wanted = iclgd_get_size(job->settings, "probe.wide_prompts");
  const size_t d = job->d;
  if (d <= PLAIN || iclgd_settings_is_set(job->settings, "probe.wide_prompts"))
    return wanted;
  return wanted * PLAIN * PLAIN * PLAIN / (d * d * d);
}

iclgd_status iclgd_weigh(iclgd_job *job, const iclgd_path *paths,
                         size_t n_paths, iclgd_expected *out,
                         iclgd_error *err) {
  const size_t wanted = wanted_prompts(job);
  weighing q = {.job = job,
                .paths = paths,
                .n_paths = n_paths,
                .source = {.dist = job->dist, .stream = ICLGD_STREAM_WIDE},
                .depth = iclgd_model_depth(&job->model),
                .out = out};
  if (!can_be_drawn(job->dist) || q.depth < 2 || wanted == 0) return ICLGD_OK;
  q.seed = job->dist->seed;
  out->prompts = (wanted + ROUND - 1) / ROUND * ROUND;
  set_ladder(&q);
  TRY(iclgd_prompts_create_for(&q.source, BLOCK, &job->arena, &q.block, err));
  TRY(take_paths(&q, err));
  TRY(take_scratch(&q, err));
  return weigh_blocks(&q, err);
}
