/* Second derivatives of linear attention in theta. Layers see the context only
 * as G = (1/n) sum e e^T, so that tokens need not be run; queries are rows of
 * Z. K = G Q,  E = I + P K,  F = E G;   G' = F E^T,  Z' = Z E^T. Backward, with
 * g = dL/dZ and Gamma = dL/dG (symmetric): dE = g'^T Z + 2 Gamma' F,  R = P^T
 * dE,   dP += dE K^T,  dQ += G R, g = g' E,  Gamma = E^T Gamma' E + (R Q^T + Q
 * R^T) / 2. Beside every matrix stands its derivative along a direction in
 * theta (moving.h; Pearlmutter 1994): of forward that is the tangent of
 * predictions, of backward what the gradient changes by. */
#include "model/linear/hessian.h"

#include <iclgd/linear.h>
#include <string.h>

#include "model/linear/moving.h"

/* Matrices (D, D) and queries (count, D), each as (.., 2, rows, columns). */
typedef struct curved_scratch {
  double *P, *Q, *dP, *dQ; /* by layer */
  double *K, *E, *F;       /* by block */
  double *G, *Z;           /* before every block, and after the last */
  double *Gamma, *Gamma_next, *g, *g_next;
  double *dE, *R, *work;
} curved_scratch;

iclgd_status iclgd_linear_scratch_curved(const iclgd_model *model, size_t n,
                                         iclgd_arena *arena, void **out,
                                         iclgd_error *err) {
  (void)n;
  if (iclgd_model_descends(model))
    return iclgd_descent_scratch_curved(model, arena, out, err);
  const size_t D = model->d + 1, square = 2 * D * D, L = model->layers;
  const size_t depth = iclgd_model_depth(model);
  const size_t queries = 2 * D * iclgd_model_queries(model);
  curved_scratch *s = iclgd_arena_take(arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the model's scratch");
  double **by_layer[] = {&s->P, &s->Q, &s->dP, &s->dQ};
  double **by_block[] = {&s->K, &s->E, &s->F, &s->G};
  double **work[] = {&s->Gamma, &s->Gamma_next, &s->dE, &s->R, &s->work};
  for (size_t i = 0; i < sizeof by_layer / sizeof *by_layer; ++i)
    *by_layer[i] = iclgd_arena_reals(arena, L, square, 1);
  for (size_t i = 0; i < sizeof by_block / sizeof *by_block; ++i)
    *by_block[i] = iclgd_arena_reals(arena, depth + 1, square, 1);
  for (size_t i = 0; i < sizeof work / sizeof *work; ++i)
    *work[i] = iclgd_arena_reals(arena, square, 1, 1);
  s->Z = iclgd_arena_reals(arena, depth + 1, queries, 1);
  s->g = iclgd_arena_reals(arena, queries, 1, 1);
  s->g_next = iclgd_arena_reals(arena, queries, 1, 1);
  *out = s;
  return iclgd_arena_status(arena, err, "the model's scratch");
}

static iclgd_moving square(const iclgd_pass *pass, double *all, size_t l) {
  return iclgd_moving_at(all, l, pass->model->d + 1, pass->model->d + 1);
}

static iclgd_moving queries(const iclgd_pass *pass, double *all, size_t l) {
  return iclgd_moving_at(all, l, pass->count, pass->model->d + 1);
}

/* P and Q of every layer; what stands in P whatever theta is does not move. */
static void load(const iclgd_pass *pass, const double *direction) {
  const iclgd_model *model = pass->model;
  const curved_scratch *s = pass->scratch;
  for (size_t l = 0; l < model->layers; ++l) {
    const iclgd_moving P = square(pass, s->P, l), Q = square(pass, s->Q, l);
    iclgd_linear_matrices(model, pass->theta, l, P.at, Q.at);
    iclgd_linear_matrices(model, direction, l, P.moved, Q.moved);
    if (!model->linear->whole) P.moved[P.rows * P.columns - 1] = 0;
  }
}

/* G of the context, and its queries. */
static void begin(const iclgd_pass *pass) {
  const iclgd_prompt *p = pass->prompt;
  const curved_scratch *s = pass->scratch;
  const iclgd_moving G = square(pass, s->G, 0), Z = queries(pass, s->Z, 0);
  const size_t d = p->d, D = d + 1;
  iclgd_clear_moving(G);
  iclgd_clear_moving(Z);
  for (size_t t = 0; t < p->n; ++t)
    for (size_t i = 0; i < D; ++i)
      for (size_t j = 0; j < D; ++j)
        G.at[i * D + j] += (i < d ? p->x[t * d + i] : p->y[t]) *
                           (j < d ? p->x[t * d + j] : p->y[t]);
  for (size_t i = 0; i < D * D; ++i) G.at[i] /= (double)p->mean_n;
  for (size_t q = 0; q < pass->count; ++q)
    memcpy(Z.at + q * D, pass->x + q * d, d * sizeof *Z.at);
}

static void run_block(const iclgd_pass *pass, size_t l) {
  const curved_scratch *s = pass->scratch;
  const size_t layer = l % pass->model->layers;
  const iclgd_moving P = square(pass, s->P, layer),
                     Q = square(pass, s->Q, layer);
  const iclgd_moving K = square(pass, s->K, l), E = square(pass, s->E, l);
  const iclgd_moving F = square(pass, s->F, l), G = square(pass, s->G, l);
  iclgd_set_moving(G, AS_IT_IS, Q, AS_IT_IS, K);
  iclgd_set_moving(P, AS_IT_IS, K, AS_IT_IS, E);
  for (size_t i = 0; i < E.rows; ++i) E.at[i * E.columns + i] += 1;
  iclgd_set_moving(E, AS_IT_IS, G, AS_IT_IS, F);
  iclgd_set_moving(F, AS_IT_IS, E, TRANSPOSED, square(pass, s->G, l + 1));
  iclgd_set_moving(queries(pass, s->Z, l), AS_IT_IS, E, TRANSPOSED,
                   queries(pass, s->Z, l + 1));
}

void iclgd_linear_tangent(const iclgd_pass *pass, const double *direction,
                          double *prediction, double *tangent) {
  if (iclgd_model_descends(pass->model)) {
    iclgd_descent_tangent(pass, direction, prediction, tangent);
    return;
  }
  const curved_scratch *s = pass->scratch;
  const size_t count = pass->count, d = pass->model->d;
  const size_t depth = iclgd_model_depth(pass->model);
  const double sign = pass->model->sign;
  load(pass, direction);
  begin(pass);
  for (size_t l = 0; l < depth; ++l) run_block(pass, l);
  for (size_t l = 0; l <= depth; ++l) {
    const iclgd_moving Z = queries(pass, s->Z, l);
    for (size_t q = 0; q < count; ++q) {
      prediction[l * count + q] = sign * Z.at[q * (d + 1) + d];
      tangent[l * count + q] = sign * Z.moved[q * (d + 1) + d];
    }
  }
}

static void back_through_block(const iclgd_pass *pass, size_t l) {
  curved_scratch *s = pass->scratch;
  const size_t layer = l % pass->model->layers;
  const iclgd_moving P = square(pass, s->P, layer),
                     Q = square(pass, s->Q, layer);
  const iclgd_moving K = square(pass, s->K, l), E = square(pass, s->E, l);
  const iclgd_moving F = square(pass, s->F, l), G = square(pass, s->G, l);
  const iclgd_moving dE = square(pass, s->dE, 0), R = square(pass, s->R, 0);
  const iclgd_moving Gamma = square(pass, s->Gamma, 0);
  const iclgd_moving next = square(pass, s->Gamma_next, 0);
  const iclgd_moving work = square(pass, s->work, 0),
                     g = queries(pass, s->g, 0);
  iclgd_set_moving(g, TRANSPOSED, queries(pass, s->Z, l), AS_IT_IS, dE);
  iclgd_add_moving(2, Gamma, AS_IT_IS, F, AS_IT_IS, dE);
  iclgd_set_moving(P, TRANSPOSED, dE, AS_IT_IS, R);
  iclgd_add_moving(1, dE, AS_IT_IS, K, TRANSPOSED, square(pass, s->dP, layer));
  iclgd_add_moving(1, G, AS_IT_IS, R, AS_IT_IS, square(pass, s->dQ, layer));
  iclgd_set_moving(Gamma, AS_IT_IS, E, AS_IT_IS, work);
  iclgd_set_moving(E, TRANSPOSED, work, AS_IT_IS, next);
  iclgd_add_moving(0.5, R, AS_IT_IS, Q, TRANSPOSED, next);
  iclgd_add_moving(0.5, Q, AS_IT_IS, R, TRANSPOSED, next);
  iclgd_set_moving(g, AS_IT_IS, E, AS_IT_IS, queries(pass, s->g_next, 0));
  double *swap = s->Gamma;
  s->Gamma = s->Gamma_next;
  s->Gamma_next = swap;
  swap = s->g;
  s->g = s->g_next;
  s->g_next = swap;
}

void iclgd_linear_hessian(const iclgd_pass *pass, const double *slope,
                          const double *dslope, double *out) {
  const iclgd_model *model = pass->model;
  if (iclgd_model_descends(model)) {
    iclgd_descent_hessian(pass, slope, dslope, out);
    return;
  }
  const curved_scratch *s = pass->scratch;
  const size_t count = pass->count, d = model->d, D = d + 1;
  for (size_t l = 0; l < model->layers; ++l) {
    iclgd_clear_moving(square(pass, s->dP, l));
    iclgd_clear_moving(square(pass, s->dQ, l));
  }
  iclgd_clear_moving(square(pass, s->Gamma, 0));
  iclgd_clear_moving(queries(pass, s->g, 0));
  for (size_t l = iclgd_model_depth(model); l-- > 0;) {
    const iclgd_moving g = queries(pass, s->g, 0);
    for (size_t q = 0; q < count; ++q) {
      const size_t i = (l + 1) * count + q;
      g.at[q * D + d] += slope ? model->sign * slope[i] : 0;
      g.moved[q * D + d] += dslope ? model->sign * dslope[i] : 0;
    }
    back_through_block(pass, l);
  }
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_linear_pull_back(model, l, square(pass, s->dP, l).moved,
                           square(pass, s->dQ, l).moved, out);
}
