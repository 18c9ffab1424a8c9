/* Attention (Vaswani et al. 2017, 3.2; kinds of weights: score.c). Head by
 * head, with the rows q_i, k_j, v_j of its queries, keys and values:
 *   s_ij = a t q_i . k_j + bias(|i - j|),  j < visible(i)
 *   p_i  = weights of s_i,  o_i = sum_j p_ij v_j
 * a the scale, t the temperature; merged: q = u W_QK and k = u. Backward from
 * do, with ds_i from dp_ij = do_i . v_j (score.c):
 *   dv_j += sum_i p_ij do_i,  dq_i = a t sum_j ds_ij k_j
 *   dk_j  = a t sum_i ds_ij q_i,  dt = a sum_ij ds_ij q_i . k_j
 *   d relative[bucket(D)] = sum over |i - j| = D of weight(D) ds_ij
 * Of elu1 q and k are phi of what W_Q and W_K give, with a = t = 1. */
#include "model/transformer/attention.h"

#include <math.h>
#include <string.h>

#include "model/transformer/score.h"

iclgd_affine iclgd_queries(const iclgd_transformer *s) {
  return (iclgd_affine){ICLGD_W_Q, ICLGD_B_Q, s->width, s->heads * s->key};
}
iclgd_affine iclgd_keys(const iclgd_transformer *s) {
  return (iclgd_affine){ICLGD_W_K, ICLGD_B_K, s->width, s->heads * s->key};
}
iclgd_affine iclgd_values(const iclgd_transformer *s) {
  return (iclgd_affine){ICLGD_W_V, ICLGD_B_V, s->width, s->heads * s->value};
}
iclgd_affine iclgd_output(const iclgd_transformer *s) {
  return (iclgd_affine){ICLGD_W_O, ICLGD_B_O, s->heads * s->value, s->width};
}

iclgd_head iclgd_head_of(const iclgd_layer *layer,
                         const iclgd_attention_tape *tape, size_t h) {
  const iclgd_transformer *s = layer->shape;
  const number *temperature = iclgd_parameter(layer, ICLGD_TEMPERATURE);
  const size_t T = tape->T;
  iclgd_head head = {.q = tape->q + h * s->key,
                     .k = tape->k + h * s->key,
                     .v = tape->v + h * s->value,
                     .q_stride = s->heads * s->key,
                     .k_stride = s->heads * s->key,
                     .v_stride = s->heads * s->value,
                     .p = tape->p + h * T * T,
                     .sum = tape->sum + h * T,
                     .scale = 1,
                     .temperature = temperature ? temperature[h] : 1,
                     .kind = iclgd_attention_at(s, layer->index, h)};
  if (s->merged) {
    head.k = tape->u;
    head.k_stride = s->width;
  }
  if (s->scale != ICLGD_SCALE_NONE && head.kind != ICLGD_ATTEND_ELU1)
    head.scale = 1 / sqrt((double)s->key);
  return head;
}

void iclgd_sum_heads(const iclgd_transformer *s, size_t rows, const number *o,
                     number *out) {
  const size_t C = s->width;
  memset(out, 0, rows * C * sizeof *out);
  for (size_t i = 0; i < rows; ++i)
    for (size_t h = 0; h < s->heads; ++h)
      for (size_t j = 0; j < C; ++j)
        out[i * C + j] += o[(i * s->heads + h) * C + j];
}

void iclgd_merged_queries(const iclgd_layer *layer, size_t rows,
                          const number *x, number *y) {
  const size_t C = layer->shape->width, H = layer->shape->heads;
  const number *W = iclgd_parameter(layer, ICLGD_W_QK);
  memset(y, 0, rows * H * C * sizeof *y);
  for (size_t h = 0; h < H; ++h)
    iclgd_add_product(rows, C, C, 1, (iclgd_factor){x, C, false},
                      (iclgd_factor){W + h * C * C, C, false}, y + h * C,
                      H * C);
}

/* phi of the columns of the heads that have it. */
static void apply_features(const iclgd_layer *layer, size_t rows, number *x) {
  const iclgd_transformer *s = layer->shape;
  for (size_t h = 0; h < s->heads; ++h)
    for (size_t i = 0;
         iclgd_attention_at(s, layer->index, h) == ICLGD_ATTEND_ELU1 &&
         i < rows;
         ++i)
      for (size_t j = 0; j < s->key; ++j) {
        number *entry = &x[(i * s->heads + h) * s->key + j];
        *entry = iclgd_phi(*entry);
      }
}

static void project(const iclgd_layer *layer, const iclgd_attention_tape *tape,
                    size_t first) {
  const iclgd_transformer *s = layer->shape;
  const size_t rows = tape->T - first, at = first * s->heads * s->key;
  const number *u = tape->u + first * s->width;
  if (s->merged) {
    iclgd_merged_queries(layer, rows, u, tape->q + at);
  } else if (s->dot_product) {
    iclgd_affine_forward(layer, iclgd_queries(s), rows, u, tape->q + at);
    iclgd_affine_forward(layer, iclgd_keys(s), rows, u, tape->k + at);
    apply_features(layer, rows, tape->q + at);
    apply_features(layer, rows, tape->k + at);
  }
  iclgd_affine_forward(layer, iclgd_values(s), rows, u,
                       tape->v + first * s->heads * s->value);
}

static void add_bias(const iclgd_layer *layer, size_t h, size_t i, size_t count,
                     number *s) {
  const number *relative = iclgd_parameter(layer, ICLGD_RELATIVE);
  if (relative) relative += h * layer->shape->buckets;
  for (size_t j = 0; j < count; ++j) {
    const size_t distance = i > j ? i - j : j - i;
    const iclgd_relative r =
        iclgd_transformer_relative(layer->shape, h, distance);
    s[j] += r.weight * (relative ? relative[r.bucket] : 1);
  }
}

/* Weights and values of one head. */
static void run_head(const iclgd_layer *layer, const iclgd_attention_tape *tape,
                     size_t h, size_t first) {
  const iclgd_transformer *s = layer->shape;
  const iclgd_head head = iclgd_head_of(layer, tape, h);
  const size_t T = tape->T, rows = T - first;
  number *o = tape->o + first * head.v_stride + h * s->value;
  memset(head.p + first * T, 0, rows * T * sizeof *head.p);
  if (s->dot_product)
    iclgd_add_product(
        rows, T, s->key, head.scale * head.temperature,
        (iclgd_factor){head.q + first * head.q_stride, head.q_stride, false},
        (iclgd_factor){head.k, head.k_stride, true}, head.p + first * T, T);
  for (size_t i = first; i < T; ++i) {
    const size_t count = iclgd_transformer_visible(s, i, T);
    number *p = head.p + i * T;
    if (iclgd_transformer_is_relative(s)) add_bias(layer, h, i, count, p);
    if (count > 0) iclgd_score_forward(head.kind, count, p, &head.sum[i]);
    memset(p + count, 0, (T - count) * sizeof *p);
  }
  for (size_t i = 0; i < rows; ++i)
    memset(o + i * head.v_stride, 0, s->value * sizeof *o);
  iclgd_add_product(
      rows, s->value, T, 1, (iclgd_factor){head.p + first * T, T, false},
      (iclgd_factor){head.v, head.v_stride, false}, o, head.v_stride);
}

void iclgd_attend_forward(const iclgd_layer *layer,
                          const iclgd_attention_tape *tape, size_t first,
                          number *out) {
  const iclgd_transformer *s = layer->shape;
  const size_t rows = tape->T - first;
  const number *o = tape->o + first * s->heads * s->value;
  project(layer, tape, first);
  for (size_t h = 0; h < s->heads; ++h) run_head(layer, tape, h, first);
  out += first * s->width;
  if (s->output)
    iclgd_affine_forward(layer, iclgd_output(s), rows, o, out);
  else
    iclgd_sum_heads(s, rows, o, out);
}

/* ds (T, T) of one head from do, and dv += . */
static void back_to_scores(const iclgd_layer *layer,
                           const iclgd_attention_tape *tape,
                           const iclgd_attention_work *work, size_t h) {
  const iclgd_transformer *s = layer->shape;
  const iclgd_head head = iclgd_head_of(layer, tape, h);
  const size_t T = tape->T, V = s->value;
  const number *d_o = work->d_o + h * V;
  memset(work->ds, 0, T * T * sizeof *work->ds);
  iclgd_add_product(T, T, V, 1, (iclgd_factor){d_o, head.v_stride, false},
                    (iclgd_factor){head.v, head.v_stride, true}, work->ds, T);
  iclgd_add_product(T, V, T, 1, (iclgd_factor){head.p, T, true},
                    (iclgd_factor){d_o, head.v_stride, false}, work->dv + h * V,
                    head.v_stride);
  for (size_t i = 0; i < T; ++i) {
    const size_t count = iclgd_transformer_visible(s, i, T);
    number *ds = work->ds + i * T;
    iclgd_score_backward(head.kind, count, head.p + i * T, head.sum[i], ds);
    memset(ds + count, 0, (T - count) * sizeof *ds);
  }
}

static void back_to_positions(const iclgd_layer *layer, size_t T,
                              const number *ds, size_t h) {
  number *relative = iclgd_parameter_slope(layer, ICLGD_RELATIVE);
  if (!relative) return;
  for (size_t i = 0; i < T; ++i)
    for (size_t j = 0; j < T; ++j) {
      const size_t distance = i > j ? i - j : j - i;
      const iclgd_relative r =
          iclgd_transformer_relative(layer->shape, h, distance);
      relative[h * layer->shape->buckets + r.bucket] +=
          r.weight * ds[i * T + j];
    }
}

/* dq = , dk += (of merged heads that is du), dt +=. */
static void back_to_products(const iclgd_layer *layer,
                             const iclgd_attention_tape *tape,
                             const iclgd_attention_work *work, size_t h,
                             number *du) {
  const iclgd_transformer *s = layer->shape;
  const iclgd_head head = iclgd_head_of(layer, tape, h);
  number *dt = iclgd_parameter_slope(layer, ICLGD_TEMPERATURE);
  const size_t T = tape->T, K = s->key;
  const iclgd_factor k = {head.k, head.k_stride, false};
  const iclgd_factor q = {head.q, head.q_stride, false};
  number *dk = s->merged ? du : work->dk + h * K;
  memset(work->moved, 0, T * K * sizeof *work->moved);
  iclgd_add_product(T, K, T, head.scale, (iclgd_factor){work->ds, T, false}, k,
                    work->moved, K);
  iclgd_add_product(T, K, T, head.scale * head.temperature,
                    (iclgd_factor){work->ds, T, true}, q, dk, head.k_stride);
  for (size_t i = 0; i < T; ++i)
    for (size_t j = 0; j < K; ++j) {
      const number moved = work->moved[i * K + j];
      if (dt) dt[h] += moved * head.q[i * head.q_stride + j];
      work->dq[i * head.q_stride + h * K + j] = head.temperature * moved;
    }
}

/* du += and dW_QK += from dq. */
static void back_through_merged(const iclgd_layer *layer,
                                const iclgd_attention_tape *tape,
                                const number *dq, number *du) {
  const size_t C = layer->shape->width, H = layer->shape->heads, T = tape->T;
  const number *W = iclgd_parameter(layer, ICLGD_W_QK);
  number *dW = iclgd_parameter_slope(layer, ICLGD_W_QK);
  for (size_t h = 0; h < H; ++h) {
    const iclgd_factor slope = {dq + h * C, H * C, false};
    iclgd_add_product(T, C, C, 1, slope, (iclgd_factor){W + h * C * C, C, true},
                      du, C);
    if (dW)
      iclgd_add_product(C, C, T, 1, (iclgd_factor){tape->u, C, true}, slope,
                        dW + h * C * C, C);
  }
}

/* Slopes in phi become slopes in what it was taken of. */
static void back_through_features(const iclgd_layer *layer, size_t rows,
                                  const number *phi, number *slope) {
  const iclgd_transformer *s = layer->shape;
  for (size_t i = 0; i < rows * s->heads; ++i) {
    if (iclgd_attention_at(s, layer->index, i % s->heads) != ICLGD_ATTEND_ELU1)
      continue;
    for (size_t j = i * s->key; j < (i + 1) * s->key; ++j)
      slope[j] *= iclgd_phi_slope(phi[j]);
  }
}

static void back_through_projections(const iclgd_layer *layer,
                                     const iclgd_attention_tape *tape,
                                     const iclgd_attention_work *work,
                                     number *du) {
  const iclgd_transformer *s = layer->shape;
  const size_t T = tape->T;
  iclgd_affine_backward(layer, iclgd_values(s), T, tape->u, work->dv, du);
  if (s->merged) {
    back_through_merged(layer, tape, work->dq, du);
  } else if (s->dot_product) {
    back_through_features(layer, T, tape->q, work->dq);
    back_through_features(layer, T, tape->k, work->dk);
    iclgd_affine_backward(layer, iclgd_queries(s), T, tape->u, work->dq, du);
    iclgd_affine_backward(layer, iclgd_keys(s), T, tape->u, work->dk, du);
  }
}

/* do (T, H V) from dout. */
static void back_to_heads(const iclgd_layer *layer,
                          const iclgd_attention_tape *tape, const number *dout,
                          number *d_o) {
  const iclgd_transformer *s = layer->shape;
  const size_t T = tape->T, C = s->width;
  memset(d_o, 0, T * s->heads * s->value * sizeof *d_o);
  if (s->output) {
    iclgd_affine_backward(layer, iclgd_output(s), T, tape->o, dout, d_o);
    return;
  }
  for (size_t i = 0; i < T * s->heads; ++i)
    memcpy(d_o + i * C, dout + i / s->heads * C, C * sizeof *d_o);
}

void iclgd_attend_backward(const iclgd_layer *layer,
                           const iclgd_attention_tape *tape,
                           const iclgd_attention_work *work, const number *dout,
                           number *du) {
  const iclgd_transformer *s = layer->shape;
  const size_t T = tape->T;
  back_to_heads(layer, tape, dout, work->d_o);
  memset(work->dv, 0, T * s->heads * s->value * sizeof *work->dv);
  if (!s->merged) memset(work->dk, 0, T * s->heads * s->key * sizeof *work->dk);
  for (size_t h = 0; h < s->heads; ++h) {
    back_to_scores(layer, tape, work, h);
    back_to_positions(layer, T, work->ds, h);
    if (s->dot_product) back_to_products(layer, tape, work, h, du);
  }
  back_through_projections(layer, tape, work, du);
}
