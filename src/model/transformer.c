/* A prompt through the layers: predictions, implied weights, the loss and its
 * gradient (equations in iclgd/model.h, attention.c and descent.c). */
#include <assert.h>
#include <string.h>

#include <iclgd/model.h>

#include "model/attention.h"
#include "model/descent.h"
#include "model/loss.h"

struct iclgd_tape {
  size_t n_max;
  double *Z;       /* (depth + 1, n + 1 or n + d, D) tokens after every block */
  double *G;       /* (depth, D, D) */
  double *P, *Q;   /* (layers, D, D) */
  double *dP, *dQ; /* (layers, D, D) */
  double *dZ, *dZ_next; /* (n + d, D) */
  double *work;         /* (5, D, D) */
  double *S, *b;        /* (d, d), (d) */
  double *A, *dA;       /* (layers, d, d) */
  double *w, *r;        /* (depth + 1, d), (depth, d) */
  double *u;            /* (2, d) */
  double *error;        /* (depth + 1) */
};

iclgd_status iclgd_tape_create(const iclgd_model *model, size_t n,
                               iclgd_arena *arena, iclgd_tape **out,
                               iclgd_error *err) {
  const size_t d = model->d, D = d + 1, N = n + d;
  const size_t depth = iclgd_model_depth(model), layers = model->layers;
  iclgd_tape *t = iclgd_arena_take(arena, 1, sizeof *t);
  if (!t) return iclgd_fail_memory(err, "the model's scratch");
  *t = (iclgd_tape){
      .n_max = n,
      .Z = iclgd_arena_reals(arena, depth + 1, D, N),
      .G = iclgd_arena_reals(arena, depth, D, D),
      .P = iclgd_arena_reals(arena, layers, D, D),
      .Q = iclgd_arena_reals(arena, layers, D, D),
      .dP = iclgd_arena_reals(arena, layers, D, D),
      .dQ = iclgd_arena_reals(arena, layers, D, D),
      .dZ = iclgd_arena_reals(arena, D, N, 1),
      .dZ_next = iclgd_arena_reals(arena, D, N, 1),
      .work = iclgd_arena_reals(arena, 5, D, D),
      .S = iclgd_arena_reals(arena, d, d, 1),
      .b = iclgd_arena_reals(arena, d, 1, 1),
      .A = iclgd_arena_reals(arena, layers, d, d),
      .dA = iclgd_arena_reals(arena, layers, d, d),
      .w = iclgd_arena_reals(arena, depth + 1, d, 1),
      .r = iclgd_arena_reals(arena, depth, d, 1),
      .u = iclgd_arena_reals(arena, 2, d, 1),
      .error = iclgd_arena_reals(arena, depth + 1, 1, 1),
  };
  if (!t->Z || !t->G || !t->P || !t->Q || !t->dP || !t->dQ || !t->dZ ||
      !t->dZ_next || !t->work || !t->S || !t->b || !t->A || !t->dA || !t->w ||
      !t->r || !t->u || !t->error)
    return iclgd_fail_memory(err, "the model's scratch");
  *out = t;
  return ICLGD_OK;
}

/* Tokens of the context, then one for each row of x (queries, d). */
static void write_tokens(double *Z, const iclgd_prompt *prompt, const double *x,
                         size_t queries) {
  const size_t n = prompt->n, d = prompt->d, D = d + 1;
  for (size_t i = 0; i < n; ++i) {
    memcpy(Z + i * D, prompt->x + i * d, d * sizeof *Z);
    Z[i * D + d] = prompt->y[i];
  }
  for (size_t q = 0; q < queries; ++q) {
    memcpy(Z + (n + q) * D, x + q * d, d * sizeof *Z);
    Z[(n + q) * D + d] = 0;
  }
}

static void load_matrices(const iclgd_model *model, iclgd_tape *t) {
  const size_t D = model->d + 1;
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_model_matrices(model, l, t->P + l * D * D, t->Q + l * D * D);
}

/* All blocks on the prompt's tokens in t->Z, N columns. */
static void run_tokens(const iclgd_model *model, iclgd_tape *t,
                       const iclgd_prompt *prompt, size_t N) {
  const size_t D = model->d + 1, depth = iclgd_model_depth(model);
  load_matrices(model, t);
  for (size_t l = 0; l < depth; ++l) {
    const size_t at = l % model->layers * D * D;
    iclgd_attention_forward(t->Z + (l + 1) * D * N, t->G + l * D * D, t->work,
                            t->Z + l * D * N, t->P + at, t->Q + at, D, N,
                            prompt->n, prompt->mean_n);
  }
}

/* The prediction for the query in token t. */
static double read_prediction(const iclgd_model *model, const double *Z,
                              size_t t) {
  return model->sign * Z[t * (model->d + 1) + model->d];
}

const double *iclgd_model_tokens(const iclgd_model *model,
                                 const iclgd_prompt *prompt, iclgd_tape *t) {
  assert(prompt->n <= t->n_max);
  write_tokens(t->Z, prompt, prompt->x_query, 1);
  run_tokens(model, t, prompt, prompt->n + 1);
  return t->Z;
}

void iclgd_model_predict(const iclgd_model *model, const iclgd_prompt *prompt,
                         iclgd_tape *t, double *prediction) {
  const size_t n = prompt->n, block = (n + 1) * (model->d + 1);
  const double *Z = iclgd_model_tokens(model, prompt, t);
  for (size_t l = 0; l <= iclgd_model_depth(model); ++l)
    prediction[l] = read_prediction(model, Z + l * block, n);
}

static void run_descent(const iclgd_model *model, const iclgd_prompt *prompt,
                        iclgd_tape *t, double *w) {
  const size_t d = model->d, depth = iclgd_model_depth(model);
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_model_preconditioner(model, l, t->A + l * d * d, NULL);
  iclgd_context_gram(t->S, t->b, prompt->x, prompt->y, prompt->n, d,
                     prompt->mean_n);
  memset(w, 0, d * sizeof *w);
  for (size_t l = 0; l < depth; ++l)
    iclgd_descent_forward(w + (l + 1) * d, t->r + l * d, w + l * d,
                          t->A + l % model->layers * d * d, t->S, t->b, d);
}

/* The queries are the unit vectors: query j reads entry j of w_l. */
static void weights_from_tokens(const iclgd_model *model,
                                const iclgd_prompt *prompt, iclgd_tape *t,
                                double *w) {
  const size_t n = prompt->n, d = model->d, N = n + d;
  double *identity = t->A;
  memset(identity, 0, d * d * sizeof *identity);
  for (size_t i = 0; i < d; ++i) identity[i * d + i] = 1;
  write_tokens(t->Z, prompt, identity, d);
  run_tokens(model, t, prompt, N);
  for (size_t l = 0; l <= iclgd_model_depth(model); ++l)
    for (size_t j = 0; j < d; ++j)
      w[l * d + j] = read_prediction(model, t->Z + l * (d + 1) * N, n + j);
}

void iclgd_model_weights(const iclgd_model *model, const iclgd_prompt *prompt,
                         iclgd_tape *t, double *w) {
  assert(prompt->n <= t->n_max);
  if (iclgd_family_is_descent(model->family))
    run_descent(model, prompt, t, w);
  else
    weights_from_tokens(model, prompt, t, w);
}

/* error[l] = yhat_l - y_query of the readouts up to `depth`; the weighted loss.
 */
static double weighted_loss(const double *error, const iclgd_loss *loss,
                            size_t depth) {
  double sum = 0;
  for (size_t l = 0; l <= depth; ++l) {
    if (loss->c[l] == 0) continue;
    if (iclgd_overflows(error[l], loss->guard)) return INFINITY;
    sum += loss->c[l] * iclgd_rho(error[l], loss->guard);
  }
  return sum;
}

/* The slope of the loss in yhat_l. */
static double slope_at(const double *error, const iclgd_loss *loss, size_t l) {
  return 2 * loss->c[l] * iclgd_guarded(error[l], loss->guard);
}

double iclgd_model_gradient_tokens(const iclgd_model *model,
                                   const iclgd_prompt *prompt,
                                   const iclgd_loss *loss, iclgd_tape *t,
                                   double *gradient) {
  const size_t n = prompt->n, d = model->d, D = d + 1, N = n + 1;
  const size_t depth = iclgd_loss_depth(loss, iclgd_model_depth(model));
  const size_t block = D * D;
  iclgd_model_predict(model, prompt, t, t->error);
  for (size_t l = 0; l <= depth; ++l) t->error[l] -= prompt->y_query;
  const double value = weighted_loss(t->error, loss, depth);
  if (!gradient || (loss->guard > 0 && isinf(value))) return value;
  memset(t->dP, 0, model->layers * block * sizeof *t->dP);
  memset(t->dQ, 0, model->layers * block * sizeof *t->dQ);
  memset(t->dZ, 0, D * N * sizeof *t->dZ);
  for (size_t l = depth; l-- > 0;) {
    const size_t at = l % model->layers * block;
    t->dZ[n * D + d] += model->sign * slope_at(t->error, loss, l + 1);
    iclgd_attention_backward(t->dZ_next, t->dP + at, t->dQ + at, t->work, t->dZ,
                             t->Z + l * D * N, t->G + l * block, t->P + at,
                             t->Q + at, D, N, n, prompt->mean_n);
    double *swap = t->dZ;
    t->dZ = t->dZ_next;
    t->dZ_next = swap;
  }
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_model_pull_back(model, t->dP + l * block, t->dQ + l * block,
                          gradient + l * model->layer_size);
  return value;
}

static double gradient_descent_family(const iclgd_model *model,
                                      const iclgd_prompt *prompt,
                                      const iclgd_loss *loss, iclgd_tape *t,
                                      double *gradient) {
  const size_t d = model->d;
  const size_t depth = iclgd_loss_depth(loss, iclgd_model_depth(model));
  run_descent(model, prompt, t, t->w);
  for (size_t l = 0; l <= depth; ++l) {
    t->error[l] = -prompt->y_query;
    for (size_t j = 0; j < d; ++j)
      t->error[l] += t->w[l * d + j] * prompt->x_query[j];
  }
  const double value = weighted_loss(t->error, loss, depth);
  if (!gradient || (loss->guard > 0 && isinf(value))) return value;
  memset(t->dA, 0, model->layers * d * d * sizeof *t->dA);
  memset(t->u, 0, d * sizeof *t->u);
  for (size_t l = depth; l-- > 0;) {
    const size_t at = l % model->layers * d * d;
    const double slope = slope_at(t->error, loss, l + 1);
    for (size_t j = 0; j < d; ++j) t->u[j] += slope * prompt->x_query[j];
    iclgd_descent_backward(t->u, t->dA + at, t->u + d, t->r + l * d, t->A + at,
                           t->S, d);
  }
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_model_pull_back_A(model, t->dA + l * d * d,
                            gradient + l * model->layer_size);
  return value;
}

double iclgd_model_gradient(const iclgd_model *model,
                            const iclgd_prompt *prompt, const iclgd_loss *loss,
                            iclgd_tape *tape, double *gradient) {
  assert(prompt->n <= tape->n_max);
  if (iclgd_family_is_descent(model->family))
    return gradient_descent_family(model, prompt, loss, tape, gradient);
  return iclgd_model_gradient_tokens(model, prompt, loss, tape, gradient);
}
