/* More loops than trained: the stack of layers repeated on and on, as trained
 * and damped (von Oswald et al. 2023: Z <- Z + lambda times the layer's
 * update), beside the iterative algorithms continued for as many steps.
 *
 * A prompt is stable for a path where repeating must converge: the spectral
 * radius of the product over the layers of I - A_l S is below 1 (for A = eta I:
 * eta lambda_max(S) < 2; docs/theory.md, O7), eigenvalues 1 aside where S is
 * singular. Where that does not decide (GD++ and full weights, other
 * algorithms) it is stable if its last iterate does not diverge; of a model
 * that is not linear in the query it is unknown.
 */
#include <iclgd/train.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/extrapolation/extrapolation.h"

enum { COLUMNS_MAX = 200 };

struct iclgd_loops {
  const iclgd_probe_setup *setup;
  iclgd_spread spread;
  iclgd_path paths[ICLGD_ROWS_MAX]; /* model, damped, algorithms */
  iclgd_model model;                /* looped on */
  double *damped;                   /* (size) */
  double *A[2]; /* (layers, d, d) of both, where the model descends */
  double damping;
  size_t columns, at[COLUMNS_MAX + 1]; /* loops */
  unsigned char *stable;               /* (rows, prompts) */
  bool spectral;
  iclgd_path_scratch *path_scratches; /* (threads) */
  double *work;                       /* (threads, 3, d, d) */
  const iclgd_probe_block *block;     /* the block that is on */
};

static void multiply(const double *A, const double *B, size_t d, double *C) {
  memset(C, 0, d * d * sizeof *C);
  for (size_t i = 0; i < d; ++i)
    for (size_t k = 0; k < d; ++k)
      for (size_t j = 0; j < d; ++j)
        C[i * d + j] += A[i * d + k] * B[k * d + j];
}

/* |P M - P|_F, through next (d, d) */
static double still_moves(const double *P, const double *M, size_t d,
                          double *next) {
  multiply(P, M, d, next);
  return sqrt(iclgd_squared_distance(next, P, d * d));
}

bool iclgd_contracts(const double *M, size_t d, double *work) {
  enum { SQUARINGS = 32, PATIENCE = 10 };
  double *power = work, *next = work + d * d;
  memcpy(power, M, d * d * sizeof *power);
  for (int s = 0; s < SQUARINGS; ++s) {
    const double square = iclgd_dot(power, power, d * d);
    double trace = 0;
    for (size_t i = 0; i < d; ++i) trace += power[i * d + i];
    if (square < 1) return true;
    if (!isfinite(square) || fabs(trace) > (1 + 1e-6) * (double)d) return false;
    if (s >= PATIENCE && still_moves(power, M, d, next) < 1e-6) return true;
    multiply(power, power, d, next);
    double *swap = power;
    power = next;
    next = swap;
  }
  return false;
}

/* Whether the layers A (layers, d, d) contract, or those of hyper (one of the
 * two is NULL: A = eta M, M NULL: I); work (3, d, d). */
static bool is_stable(const double *A, size_t layers, const iclgd_hyper *hyper,
                      const iclgd_problem *problem, double *work) {
  const size_t d = problem->prompt.d;
  double *factor = work, *product = work + d * d, *cycle = product + d * d;
  const double eta = hyper ? hyper->eta[0] : 1;
  for (size_t l = 0; l < layers; ++l) {
    if (A)
      multiply(A + l * d * d, problem->S, d, factor);
    else if (hyper && hyper->M)
      multiply(hyper->M, problem->S, d, factor);
    else
      memcpy(factor, problem->S, d * d * sizeof *factor);
    for (size_t i = 0; i < d * d; ++i)
      factor[i] = (i / d == i % d) - factor[i] * eta;
    if (l == 0) {
      memcpy(cycle, factor, d * d * sizeof *factor);
      continue;
    }
    multiply(factor, cycle, d, product);
    memcpy(cycle, product, d * d * sizeof *product);
  }
  return iclgd_contracts(cycle, d, work);
}

static bool is_plain_descent(const iclgd_path *path) {
  return path->algorithm && path->algorithm->plain_descent;
}

/* The gradient of a model that is not linear in the query predicts nothing on
 * the context, so that whether it diverges there is unknown. */
static bool knows_weights(const iclgd_path *path) {
  return path->algorithm || path->model->linear;
}

static void run_row(iclgd_loops *p, size_t row, size_t prompt,
                    const iclgd_problem *problem,
                    const iclgd_path_scratch *path_scratch, double *work) {
  const size_t d = problem->prompt.d, layers = p->model.layers;
  const iclgd_path *path = &p->paths[row];
  const bool weighs = knows_weights(path);
  size_t last = 0;
  iclgd_path_follow(path, problem, path_scratch, path_scratch->w,
                    path_scratch->prediction);
  for (size_t c = 0; c < p->columns; ++c) {
    const size_t step = p->at[c] * layers;
    if (step > path->steps) break;
    iclgd_spread_put(&p->spread, row, c, prompt, problem,
                     weighs ? path_scratch->w + step * d : NULL,
                     path_scratch->prediction[step]);
    last = c;
  }
  const size_t end = (row * p->columns + last) * p->spread.prompts + prompt;
  unsigned char *stable = &p->stable[row * p->spread.prompts + prompt];
  if (row < 2 && p->A[row])
    *stable = is_stable(p->A[row], layers, NULL, problem, work);
  else if (is_plain_descent(path))
    *stable = is_stable(NULL, 1, &path->hyper, problem, work);
  else
    *stable = !p->spread.diverges[end];
}

static void run_prompt(void *context, size_t i, size_t thread) {
  iclgd_loops *p = context;
  const iclgd_path_scratch *path_scratch = &p->path_scratches[thread];
  const iclgd_prompt prompt = iclgd_prompts_at(p->block->prompts, i);
  iclgd_problem problem;
  iclgd_problem_set(&prompt, p->spectral, path_scratch->problem_work, &problem);
  for (size_t row = 0; row < p->spread.rows; ++row)
    run_row(p, row, p->block->first + i, &problem, path_scratch,
            p->work + thread * 3 * prompt.d * prompt.d);
}

void iclgd_loops_feed(iclgd_loops *p, const iclgd_probe_block *block) {
  p->block = block;
  iclgd_pool_for(p->setup->pool, iclgd_block_within(block, p->spread.prompts),
                 run_prompt, p);
}

static iclgd_status set_models(iclgd_loops *p, size_t loops, iclgd_error *err) {
  const iclgd_model *model = p->setup->model;
  const size_t d = model->d;
  iclgd_arena *arena = p->setup->arena;
  p->model = iclgd_model_looped(model, loops);
  if (model->architecture->damp)
    p->damped = iclgd_arena_reals(arena, model->size, 1, 1);
  for (size_t k = 0; k < 2 && iclgd_model_descends(model); ++k)
    p->A[k] = iclgd_arena_reals(arena, model->layers, d, d);
  if (iclgd_arena_status(arena, err, "extrapolation")) return ICLGD_ENOMEM;
  if (p->damped) {
    memcpy(p->damped, p->setup->theta, model->size * sizeof *p->damped);
    if (!iclgd_model_damp(model, p->damping, p->damped)) p->damped = NULL;
  }
  const double *both[] = {p->setup->theta, p->damped};
  for (size_t k = 0; k < 2 && p->A[k]; ++k)
    for (size_t l = 0; l < model->layers; ++l)
      iclgd_linear_A(model, both[k], l, p->A[k] + l * d * d, NULL);
  return ICLGD_OK;
}

static void set_paths(iclgd_loops *p) {
  const iclgd_probe_setup *setup = p->setup;
  size_t rows = 0;
  p->paths[rows++] =
      iclgd_path_of_model(&p->model, setup->theta, "model", "trained model");
  if (p->damped)
    p->paths[rows++] =
        iclgd_path_of_model(&p->model, p->damped, "damped", "damped");
  for (size_t k = 1; k < setup->n_paths && rows < ICLGD_ROWS_MAX; ++k) {
    if (iclgd_path_is_one_shot(&setup->paths[k])) continue;
    iclgd_path path = setup->paths[k];
    path.steps = iclgd_algorithm_steps(path.algorithm, &path.hyper,
                                       iclgd_model_depth(&p->model));
    p->spectral |= path.algorithm->spectral;
    p->paths[rows++] = path;
  }
  p->spread.rows = rows;
  for (size_t k = 0; k < rows; ++k) p->spread.names[k] = p->paths[k].name;
}

/* All numbers of loops, or log-spaced ones, the trained one among them. */
static void set_columns(iclgd_loops *p, size_t loops) {
  const size_t trained = p->setup->model->loops;
  p->columns = iclgd_log_steps(loops, COLUMNS_MAX, p->at);
  size_t k = 0;
  while (k < p->columns && p->at[k] < trained) ++k;
  if (k == p->columns || p->at[k] == trained) return;
  memmove(p->at + k + 1, p->at + k, (p->columns++ - k) * sizeof *p->at);
  p->at[k] = trained;
}

iclgd_status iclgd_loops_create(const iclgd_probe_setup *setup,
                                iclgd_loops **out, iclgd_error *err) {
  const iclgd_form wanted =
      iclgd_get_form(setup->settings, "extrapolation.loops");
  const size_t trained = setup->model->loops, d = setup->d;
  const size_t loops = wanted.count ? (size_t)wanted.values[0] : 4 * trained;
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_loops *p = iclgd_arena_take(setup->arena, 1, sizeof *p);
  if (!p) return iclgd_fail_memory(err, "extrapolation");
  *out = p;
  p->setup = setup;
  p->damping = iclgd_get_real(setup->settings, "extrapolation.damping");
  TRY(set_models(p, loops, err));
  set_columns(p, loops);
  set_paths(p);
  iclgd_status status = iclgd_spread_create(
      &p->spread, p->columns,
      iclgd_probe_prompts(setup, "extrapolation.loop_prompts"), setup->arena,
      err);
  p->stable = iclgd_arena_take(setup->arena, p->spread.rows, p->spread.prompts);
  p->work = iclgd_arena_reals(setup->arena, threads * 3, d, d);
  return status
             ? status
             : iclgd_path_scratches_create(
                   threads, &p->model, setup->n, iclgd_model_depth(&p->model),
                   setup->arena, &p->path_scratches, err);
}

/* stable_share (rows), stable_mean (rows, columns) */
static void fill_stable(const iclgd_loops *p, double *share, double *mean) {
  const size_t prompts = p->spread.prompts;
  for (size_t row = 0; row < p->spread.rows; ++row) {
    const unsigned char *stable = p->stable + row * prompts;
    size_t count = 0;
    for (size_t i = 0; i < prompts; ++i) count += stable[i];
    const double known = knows_weights(&p->paths[row]) ? 0 : NAN;
    share[row] = (double)count / (double)prompts + known;
    for (size_t c = 0; c < p->columns; ++c) {
      const size_t place = row * p->columns + c;
      double sum = 0;
      for (size_t i = 0; i < prompts; ++i)
        if (stable[i]) sum += p->spread.error[place * prompts + i];
      mean[place] = sum / (double)count + known;
    }
  }
}

iclgd_status iclgd_loops_write(iclgd_loops *p, iclgd_record *record,
                               iclgd_error *err) {
  static const char group[] = "extrapolation/loops";
  const size_t pair[] = {p->spread.rows, p->columns};
  iclgd_arena *arena = p->setup->arena;
  double *share = iclgd_arena_reals(arena, p->spread.rows, 1, 1);
  double *mean = iclgd_arena_reals(arena, p->spread.rows, p->columns, 1);
  int64_t at[COLUMNS_MAX + 1];
  if (iclgd_arena_status(arena, err, group)) return ICLGD_ENOMEM;
  for (size_t c = 0; c < p->columns; ++c) at[c] = (int64_t)p->at[c];
  fill_stable(p, share, mean);
  iclgd_record_put(record, group, "loops", pair + 1, at, err);
  const iclgd_status status =
      iclgd_spread_write(&p->spread, group, arena, record, err);
  if (status) return status;
  iclgd_record_put(record, group, "stable_share", pair, share, err);
  iclgd_record_put(record, group, "stable_mean", pair, mean, err);
  iclgd_record_attr_int(record, group, "trained_loops",
                        (int64_t)p->setup->model->loops, err);
  return iclgd_record_attr_real(record, group, "damping", p->damping, err);
}
