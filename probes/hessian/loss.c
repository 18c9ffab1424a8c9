/* The loss whose Hessian is meant: the one that training minimises (train.*),
 * with its window of loops and its guard, mean over `hessian.prompts` of the
 * prompts that are fed. Where training takes the mean over all context lengths
 * every prompt stands for one length, all lengths in turn. Weight decay and
 * the clipping of gradients are no part of it. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/hessian/parts.h"
#include "probes/shared/losses.h"

static iclgd_status take(mean_loss *m, iclgd_error *err) {
  const iclgd_probe_setup *setup = m->setup;
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  m->c = iclgd_arena_reals(arena, setup->depth + 1, 1, 1);
  m->is_kept = iclgd_arena_take(arena, m->prompts.count, sizeof *m->is_kept);
  m->gradient = iclgd_arena_reals(arena, m->size, 1, 1);
  m->second = iclgd_arena_reals(arena, m->size, 1, 1);
  m->rows = iclgd_arena_reals(arena, HESSIAN_BLOCKS, 2, m->size + 1);
  m->of_thread = iclgd_arena_reals(arena, threads, ICLGD_DIRECTIONS, m->size);
  m->tapes = iclgd_arena_take(arena, threads, sizeof(iclgd_tape *));
  m->curvature = iclgd_arena_take(arena, threads, sizeof(iclgd_hessian_tape *));
  TRY(iclgd_arena_status(arena, err, "hessian"));
  for (size_t t = 0; t < threads; ++t) {
    TRY(iclgd_tape_create(setup->model, setup->n, arena, &m->tapes[t], err));
    TRY(iclgd_hessian_tape_create(setup->model, setup->n, arena,
                                  &m->curvature[t], err));
  }
  return ICLGD_OK;
}

iclgd_status mean_loss_create(const iclgd_probe_setup *setup, mean_loss *out,
                              iclgd_error *err) {
  *out = (mean_loss){.setup = setup,
                     .options = iclgd_train_options_from(setup->settings),
                     .size = setup->model->size};
  TRY(iclgd_losses_prompts(setup, "hessian.prompts", &out->prompts, err));
  out->others = iclgd_losses_tune(setup, "hessian.prompts");
  TRY(take(out, err));
  iclgd_loss_weights(setup->model, setup->model->loops,
                     out->options.loss_window, out->c);
  out->loss = (iclgd_loss){.c = out->c, .guard = out->options.guard};
  return ICLGD_OK;
}

/* Prompt i of a set, of all its points or of as many as fall to it. */
static iclgd_prompt prompt_in(const mean_loss *m, const iclgd_prompts *set,
                              size_t i) {
  const iclgd_prompt whole = iclgd_prompts_at(set, i);
  const size_t lengths = whole.n + 1;
  if (!m->options.prefixes) return whole;
  return iclgd_prompt_first(&whole, (2 * i + 1) * lengths / (2 * set->count));
}

static iclgd_prompt prompt_of(const mean_loss *m, size_t i) {
  return prompt_in(m, &m->prompts, i);
}

static size_t first_of(const mean_loss *m, size_t block) {
  return block * m->prompts.count / HESSIAN_BLOCKS;
}

/* --- loss and gradient ---------------------------------------------------- */

/* A row: gradient, its squares, loss, prompts kept. */
static void measure_block(void *context, size_t block, size_t thread) {
  mean_loss *m = context;
  double *row = m->rows + block * 2 * (m->size + 1), *squares = row + m->size;
  double *one = m->of_thread + thread * ICLGD_DIRECTIONS * m->size;
  memset(row, 0, 2 * (m->size + 1) * sizeof *row);
  for (size_t i = first_of(m, block); i < first_of(m, block + 1); ++i) {
    const iclgd_prompt prompt = prompt_of(m, i);
    memset(one, 0, m->size * sizeof *one);
    const double value = iclgd_model_gradient(
        m->setup->model, m->theta, &prompt, &m->loss, m->tapes[thread], one);
    double check = value;
    for (size_t k = 0; k < m->size; ++k) check += 0 * one[k];
    m->is_kept[i] = isfinite(check);
    if (!m->is_kept[i]) continue;
    for (size_t k = 0; k < m->size; ++k) row[k] += one[k];
    for (size_t k = 0; k < m->size; ++k) squares[k] += one[k] * one[k];
    squares[m->size] += value;
    squares[m->size + 1] += 1;
  }
}

bool mean_loss_at(mean_loss *m, const double *theta) {
  m->theta = theta;
  iclgd_pool_for(m->setup->pool, HESSIAN_BLOCKS, measure_block, m);
  iclgd_sum_tree(m->rows, HESSIAN_BLOCKS, 2 * (m->size + 1));
  const double *squares = m->rows + m->size, kept = squares[m->size + 1];
  m->kept = (size_t)kept;
  for (size_t k = 0; k < m->size; ++k) m->gradient[k] = m->rows[k] / kept;
  for (size_t k = 0; k < m->size; ++k) m->second[k] = squares[k] / kept;
  m->value = squares[m->size] / kept;
  return m->kept > 0;
}

/* --- products ------------------------------------------------------------- */

static void multiply_block(void *context, size_t block, size_t thread) {
  mean_loss *m = context;
  double *row = m->rows + block * 2 * (m->size + 1);
  memset(row, 0, 2 * (m->size + 1) * sizeof *row);
  for (size_t i = first_of(m, block); i < first_of(m, block + 1); ++i) {
    const iclgd_prompt prompt = prompt_of(m, i);
    if (!m->is_kept[i]) continue;
    iclgd_model_hessian_product(m->setup->model, m->theta, &prompt, &m->loss,
                                m->curvature[thread], m->v,
                                m->wanted[OUTER] ? row : NULL,
                                m->wanted[FUNCTIONAL] ? row + m->size : NULL);
  }
}

/* Over prompts, out (size). */
static void multiply_prompts(const mean_hessian *h, const double *v,
                             double *out) {
  mean_loss *m = h->m;
  m->v = v;
  m->wanted[OUTER] = h->part != FUNCTIONAL;
  m->wanted[FUNCTIONAL] = h->part != OUTER;
  iclgd_pool_for(m->setup->pool, HESSIAN_BLOCKS, multiply_block, m);
  iclgd_sum_tree(m->rows, HESSIAN_BLOCKS, 2 * (m->size + 1));
  for (size_t k = 0; k < m->size; ++k)
    out[k] = (m->rows[k] + m->rows[m->size + k]) / (double)m->kept;
}

static void multiply(void *context, const double *v, double *out) {
  const mean_hessian *h = context;
  const size_t size = h->m->size;
  for (size_t k = 0; h->root && k < size; ++k) h->scaled[k] = h->root[k] * v[k];
  if (h->root) v = h->scaled;
  for (size_t k = 0; h->dense && k < size; ++k)
    out[k] = iclgd_dot(h->dense + k * size, v, size);
  if (!h->dense) multiply_prompts(h, v, out);
  for (size_t k = 0; h->root && k < size; ++k) out[k] *= h->root[k];
}

iclgd_operator mean_hessian_operator(mean_hessian *h) {
  return (iclgd_operator){
      .size = h->m->size, .multiply = multiply, .context = h};
}

/* --- all columns ---------------------------------------------------------- */

typedef struct columns {
  mean_loss *m;
  double *outer, *functional;
} columns;

/* As many columns as models take at a time. */
static void fill_columns(void *context, size_t round, size_t thread) {
  const columns *s = context;
  mean_loss *m = s->m;
  const size_t first = round * ICLGD_DIRECTIONS, left = m->size - first;
  const size_t count = left < ICLGD_DIRECTIONS ? left : ICLGD_DIRECTIONS;
  const size_t numbers = count * m->size;
  double *V = m->of_thread + thread * ICLGD_DIRECTIONS * m->size;
  double *outer = s->outer + first * m->size;
  double *functional = s->functional + first * m->size;
  memset(V, 0, numbers * sizeof *V);
  memset(outer, 0, numbers * sizeof *outer);
  memset(functional, 0, numbers * sizeof *functional);
  for (size_t k = 0; k < count; ++k) V[k * m->size + first + k] = 1;
  for (size_t i = 0; i < m->prompts.count; ++i) {
    const iclgd_prompt prompt = prompt_of(m, i);
    if (m->is_kept[i])
      iclgd_model_hessian_products(m->setup->model, m->theta, &prompt, &m->loss,
                                   m->curvature[thread], V, count, outer,
                                   functional);
  }
  for (size_t k = 0; k < numbers; ++k) outer[k] /= (double)m->kept;
  for (size_t k = 0; k < numbers; ++k) functional[k] /= (double)m->kept;
}

/* (M + M^T) / 2; the squared norm of what was not symmetric is added. */
static void symmetrise(double *M, size_t size, double *off) {
  for (size_t i = 0; i < size; ++i)
    for (size_t j = 0; j < i; ++j) {
      const double a = M[i * size + j], b = M[j * size + i];
      *off += 2 * (a - b) * (a - b);
      M[i * size + j] = M[j * size + i] = (a + b) / 2;
    }
}

double mean_hessian_exact(mean_loss *m, double *outer, double *functional) {
  columns s = {m, outer, functional};
  double off = 0, all = 0;
  iclgd_pool_for(m->setup->pool,
                 (m->size + ICLGD_DIRECTIONS - 1) / ICLGD_DIRECTIONS,
                 fill_columns, &s);
  symmetrise(outer, m->size, &off);
  symmetrise(functional, m->size, &off);
  for (size_t i = 0; i < m->size * m->size; ++i) {
    const double entry = outer[i] + functional[i];
    all += entry * entry;
  }
  return all > 0 ? sqrt(off / all) : 0;
}

/* --- one direction -------------------------------------------------------- */

typedef struct direction {
  mean_loss *m;
  const iclgd_prompts *prompts;
  const double *v;
  double *out;
} direction;

static void measure_along(void *context, size_t i, size_t thread) {
  const direction *s = context;
  mean_loss *m = s->m;
  double *Hv = m->of_thread + thread * ICLGD_DIRECTIONS * m->size, sum = 0;
  const iclgd_prompt prompt = prompt_in(m, s->prompts, i);
  memset(Hv, 0, m->size * sizeof *Hv);
  const double value =
      iclgd_model_hessian_product(m->setup->model, m->theta, &prompt, &m->loss,
                                  m->curvature[thread], s->v, Hv, Hv);
  for (size_t k = 0; k < m->size; ++k) sum += s->v[k] * Hv[k];
  s->out[i] = isfinite(value) && isfinite(sum) ? sum : NAN;
}

void mean_hessian_along(mean_loss *m, const iclgd_prompts *prompts,
                        const double *v, double *out) {
  direction s = {m, prompts, v, out};
  iclgd_pool_for(m->setup->pool, prompts->count, measure_along, &s);
}
