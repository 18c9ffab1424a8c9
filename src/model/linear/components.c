/* Layers of linear attention as components. Token j of layer l gets
 *   e_j' = e_j + sum_{i <= n} p_ji P e_i,  p_ji = (1/n) e_i^T Q e_j,
 * p its pattern and the sum its output. With p held as it is the layer is
 * linear, and slopes g go back as
 *   g_i <- g_i + sum_j p_ji P^T g_j = g_i + M^T e_i (i <= n),
 *   M = (1/n) sum_j (Q e_j) (P^T g_j)^T. */
#include <string.h>

#include "model/linear/pass.h"

static size_t tokens(const iclgd_model *model, size_t n) {
  (void)model;
  return n + 1;
}

static size_t point(const iclgd_model *model, size_t token) {
  (void)model;
  return token;
}

static size_t heads(const iclgd_model *model) {
  (void)model;
  return 1;
}

static bool has_mlp(const iclgd_model *model) {
  (void)model;
  return false;
}

static size_t width(const iclgd_model *model, iclgd_component_kind kind) {
  (void)kind;
  return model->d + 1;
}

/* The change of layer l, or NULL. */
static const iclgd_intervention *change_of(const iclgd_intervention *changes,
                                           size_t count, size_t l) {
  for (size_t k = 0; k < count; ++k)
    if (changes[k].component.layer == l) return &changes[k];
  return NULL;
}

static void forward(const iclgd_pass *pass, const iclgd_intervention *changes,
                    size_t count, double *prediction) {
  const iclgd_linear_scratch *t = pass->scratch;
  const size_t D = pass->model->d + 1, size = (pass->prompt->n + 1) * D;
  iclgd_linear_begin(pass);
  for (size_t l = 0; l < iclgd_model_depth(pass->model); ++l) {
    const attention_layer layer = iclgd_linear_block(pass, l);
    const iclgd_intervention *change = change_of(changes, count, l);
    double *Z = t->Z + l * size, *next = Z + size;
    if (!change) {
      iclgd_attention_forward(next, t->G + l * D * D, t->work, Z, &layer);
      continue;
    }
    memcpy(next, Z, size * sizeof *next);
    for (size_t i = 0; change->output && i < size; ++i)
      next[i] += change->output[i];
  }
  iclgd_linear_read(pass, prediction);
}

static void output(const iclgd_pass *pass, iclgd_component component,
                   double *out) {
  const iclgd_linear_scratch *t = pass->scratch;
  const size_t size = (pass->prompt->n + 1) * (pass->model->d + 1);
  const double *Z = t->Z + component.layer * size;
  for (size_t i = 0; i < size; ++i) out[i] = Z[size + i] - Z[i];
}

/* out (D) = M e, or M^T e. */
static void apply(const double *M, bool transposed, size_t D, const double *e,
                  double *out) {
  memset(out, 0, D * sizeof *out);
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j)
      out[transposed ? j : i] += M[i * D + j] * e[transposed ? i : j];
}

static void pattern(const iclgd_pass *pass, size_t layer, size_t head,
                    double *out) {
  (void)head;
  const iclgd_linear_scratch *t = pass->scratch;
  const attention_layer at = iclgd_linear_block(pass, layer);
  const size_t D = at.D, T = at.N;
  const double *Z = t->Z + layer * D * T;
  memset(out, 0, T * T * sizeof *out);
  for (size_t j = 0; j < T; ++j) {
    apply(at.Q, false, D, Z + j * D, t->work);
    for (size_t i = 0; i < at.n; ++i)
      for (size_t a = 0; a < D; ++a)
        out[j * T + i] += Z[i * D + a] * t->work[a] / (double)at.mean_n;
  }
}

/* dZ of one layer, in its place, with the pattern held. */
static void conserve(const iclgd_linear_scratch *t, const attention_layer *at,
                     const double *Z, double *dZ) {
  const size_t D = at->D;
  double *M = t->work, *keys = M + D * D, *values = keys + D;
  memset(M, 0, D * D * sizeof *M);
  for (size_t j = 0; j < at->N; ++j) {
    apply(at->Q, false, D, Z + j * D, keys);
    apply(at->P, true, D, dZ + j * D, values);
    for (size_t a = 0; a < D; ++a)
      for (size_t b = 0; b < D; ++b)
        M[a * D + b] += keys[a] * values[b] / (double)at->mean_n;
  }
  for (size_t i = 0; i < at->n; ++i)
    for (size_t a = 0; a < D; ++a)
      for (size_t b = 0; b < D; ++b)
        dZ[i * D + b] += Z[i * D + a] * M[a * D + b];
}

/* The slopes of the last prediction in the tokens before the first block. */
static void slope_back(const iclgd_pass *pass, iclgd_contribution_rule rule) {
  const iclgd_linear_scratch *t = pass->scratch;
  const size_t depth = iclgd_model_depth(pass->model);
  const size_t d = pass->model->d, D = d + 1, N = pass->prompt->n + 1;
  if (rule == ICLGD_BY_GRADIENT) {
    memset(t->slope, 0, depth * sizeof *t->slope);
    t->slope[depth] = 1;
    iclgd_linear_back(pass, t->slope, NULL, NULL);
    return;
  }
  memset(t->dZ, 0, D * N * sizeof *t->dZ);
  t->dZ[N * D - 1] = pass->model->sign;
  for (size_t l = depth; l-- > 0;) {
    const attention_layer at = iclgd_linear_block(pass, l);
    conserve(t, &at, t->Z + l * D * N, t->dZ);
  }
}

static void contribute(const iclgd_pass *pass, iclgd_contribution_rule rule,
                       iclgd_contributions *out) {
  const iclgd_linear_scratch *t = pass->scratch;
  const size_t n = pass->prompt->n, d = pass->model->d, D = d + 1;
  forward(pass, NULL, 0, t->slope);
  slope_back(pass, rule);
  out->bias = 0;
  for (size_t i = 0; i <= n; ++i) {
    const double *z = t->Z + i * D, *dz = t->dZ + i * D;
    double sum = 0;
    for (size_t c = 0; c < d; ++c) sum += z[c] * dz[c];
    if (i == n) {
      out->query = sum;
      break;
    }
    out->x[i] = sum;
    out->y[i] = z[d] * dz[d];
  }
}

const iclgd_components iclgd_linear_components = {
    .tokens = tokens,
    .point = point,
    .heads = heads,
    .has_mlp = has_mlp,
    .width = width,
    .forward = forward,
    .output = output,
    .pattern = pattern,
    .contribute = contribute,
};
