/* One head of attention for the tokens of a chunk (iclgd/transformer.h),
 * forward and backward:
 *   s_ij = q_i . k_j + bias(|i - j|),  p_ij = f(s_ij),  o_i = sum_j p_ij v_j
 * over the keys j < visible(i). With G = dL/do and dp_ij = G_i . v_j:
 *   dv_j = sum_i p_ij G_i,  dq_i = sum_j ds_ij k_j,  dk_j = sum_i ds_ij q_i,
 *   softmax   p = exp(s - max) / sum;        ds = p (dp - sum_j p dp)
 *   elu1      p = s / sum, s = phi . phi;    ds = (dp - sum_j p dp) / sum
 *   and over the number N of visible keys
 *   linear    p = s / N;                     ds = dp / N
 *   relu      p = max(s, 0) / N;             ds = dp / N where p > 0
 *   exp       p = exp(s) / N;                ds = p dp
 *   sigmoid   p = 1 / (1 + exp(-s)) / N;     ds = p (1 - N p) dp.
 * p is made again on the way back, so that no (T, T) is kept. Rows of queries
 * are run block by block, which stays in the first cache. */
#ifndef ICLGD_ENGINE_TRANSFORMER_HEADS_H
#define ICLGD_ENGINE_TRANSFORMER_HEADS_H

#include <iclgd/transformer.h>

#include "engine/transformer/exp.h"
#include "engine/transformer/tokens.h"

enum { QUERIES = ROWS }; /* of a block */

typedef struct side { /* (T, ..) of one chunk */
  vec *at;
  size_t stride;
} side;

typedef struct head {
  iclgd_attention_kind kind;
  iclgd_mask_kind mask;
  bool dots; /* whether scores have q . k */
  size_t T, first, K, V;
  const real *bias; /* (T) by distance; NULL: none */
  side q, k, v;
  side p, ds; /* scratch: a block of rows forward, (T, T) backward */
} head;

static inline size_t visible_keys(const head *a, size_t i) {
  if (a->mask == ICLGD_MASK_CAUSAL) return i + 1;
  return a->mask == ICLGD_MASK_QUERY ? a->T - 1 : a->T;
}

/* Keys that a block of rows from i on takes in: those of its last row. Later
 * blocks meet whole tiles of keys only where blocks begin at 0. */
static inline size_t block_keys(const head *a, size_t i, size_t rows) {
  return visible_keys(a, a->first > 0 ? a->T - 1 : i + rows - 1);
}

/* C (I, J) = A B or C + A B, as `multiply`, the columns of B outside. */
ICLGD_APART void pair(matrix C, matrix A, matrix B, size_t I, size_t J,
                      size_t K, update how) {
  for (size_t j = 0, columns; j < J; j += columns) {
    columns = piece(J - j, COLUMNS);
    const matrix B_j = {B.at + j * B.column, B.row, B.column};
    for (size_t i = 0, rows; i < I; i += rows) {
      rows = piece(I - i, ROWS);
      const operand A_i = rows_from(of_lanes(A), i);
      sized_tile((matrix){C.at + i * C.row + j * C.column, C.row, C.column},
                 A_i, B_j, K, how == ADD, rows, columns);
    }
  }
}

ICLGD_INLINE matrix from_row(side x, size_t i) {
  return (matrix){x.at + i * x.stride, x.stride, 1};
}

/* p from s over `keys`, which are `count` or 0; in place. */
static inline void normalise_softmax(vec *s, size_t keys) {
  vec most = s[0], sum = {0};
  for (size_t j = 1; j < keys; ++j) most = larger_of(most, s[j]);
  for (size_t j = 0; j < keys; ++j) {
    s[j] = exponential(s[j] - most);
    sum += s[j];
  }
  const vec share = splat(1) / sum;
  for (size_t j = 0; j < keys; ++j) s[j] *= share;
}

/* The sum that p was divided by is left behind p, at s[keys]. */
static inline void normalise_elu1(vec *s, size_t keys, vec *total) {
  vec sum = {0};
  for (size_t j = 0; j < keys; ++j) sum += s[j];
  const vec share = splat(1) / sum;
  for (size_t j = 0; j < keys; ++j) s[j] *= share;
  *total = share;
}

static inline void weigh_keys(iclgd_attention_kind kind, vec *s, size_t keys) {
  const vec share = splat(1 / (real)keys);
  switch (kind) {
    case ICLGD_ATTEND_RELU:
      for (size_t j = 0; j < keys; ++j) s[j] = positive_part(s[j]) * share;
      break;
    case ICLGD_ATTEND_EXP:
      for (size_t j = 0; j < keys; ++j) s[j] = exponential(s[j]) * share;
      break;
    case ICLGD_ATTEND_SIGMOID:
      for (size_t j = 0; j < keys; ++j) s[j] = logistic(s[j]) * share;
      break;
    default:
      for (size_t j = 0; j < keys; ++j) s[j] *= share;
  }
}

/* Row i of p from its scores; zero behind the visible keys. share: 1 / sum of
 * elu1. */
static inline void pattern_row(const head *a, vec *s, size_t i, size_t keys,
                               vec *share) {
  const size_t seen = visible_keys(a, i);
  if (a->bias)
    for (size_t j = 0; j < seen; ++j)
      s[j] += splat(a->bias[i > j ? i - j : j - i]);
  if (seen > 0 && a->kind == ICLGD_ATTEND_SOFTMAX)
    normalise_softmax(s, seen);
  else if (seen > 0 && a->kind == ICLGD_ATTEND_ELU1)
    normalise_elu1(s, seen, share);
  else if (seen > 0)
    weigh_keys(a->kind, s, seen);
  clear(s + seen, keys - seen);
}

/* p of `rows` queries from i on, to p.at. */
static inline void pattern(const head *a, side p, size_t i, size_t rows,
                           size_t keys, vec share[QUERIES]) {
  if (a->dots)
    pair(from_row(p, 0), from_row(a->q, i), transpose(from_row(a->k, 0)), rows,
         keys, a->K, SET);
  for (size_t r = 0; r < rows; ++r) {
    if (!a->dots) clear(p.at + r * p.stride, keys);
    pattern_row(a, p.at + r * p.stride, i + r, keys, &share[r]);
  }
}

/* o (T, V) of queries first .. T - 1. */
static inline void head_forward(const head *a, side o) {
  vec share[QUERIES];
  for (size_t i = a->first, rows; i < a->T; i += rows) {
    rows = a->T - i < QUERIES ? a->T - i : QUERIES;
    const size_t keys = block_keys(a, i, rows);
    pattern(a, a->p, i, rows, keys, share);
    pair(from_row(o, i), from_row(a->p, 0), from_row(a->v, 0), rows, a->V, keys,
         SET);
  }
}

/* ds of one row from dp, in place. */
static inline void slope_row(const head *a, vec *ds, const vec *p, size_t i,
                             size_t keys, vec share) {
  const size_t seen = visible_keys(a, i);
  const vec N = splat((real)seen), mean = splat(1 / (real)(seen ? seen : 1));
  vec along = {0};
  if (a->kind == ICLGD_ATTEND_SOFTMAX || a->kind == ICLGD_ATTEND_ELU1)
    for (size_t j = 0; j < seen; ++j) along = madd(p[j], ds[j], along);
  switch (a->kind) {
    case ICLGD_ATTEND_SOFTMAX:
      for (size_t j = 0; j < seen; ++j) ds[j] = p[j] * (ds[j] - along);
      break;
    case ICLGD_ATTEND_ELU1:
      for (size_t j = 0; j < seen; ++j) ds[j] = (ds[j] - along) * share;
      break;
    case ICLGD_ATTEND_RELU:
      for (size_t j = 0; j < seen; ++j)
        ds[j] = choose((words)(p[j] <= (vec){0}), (vec){0}, ds[j] * mean);
      break;
    case ICLGD_ATTEND_EXP:
      for (size_t j = 0; j < seen; ++j) ds[j] *= p[j];
      break;
    case ICLGD_ATTEND_SIGMOID:
      for (size_t j = 0; j < seen; ++j) ds[j] *= p[j] * (splat(1) - N * p[j]);
      break;
    default:
      for (size_t j = 0; j < seen; ++j) ds[j] *= mean;
  }
  clear(ds + seen, keys - seen);
}

/* dq of queries from `first` on, and all rows of p and ds. */
static inline void slopes(const head *a, side G, side dq) {
  vec share[QUERIES];
  for (size_t i = a->first, rows; i < a->T; i += rows) {
    rows = a->T - i < QUERIES ? a->T - i : QUERIES;
    const size_t keys = block_keys(a, i, rows);
    const side p = {a->p.at + i * a->p.stride, a->p.stride};
    const side ds = {a->ds.at + i * a->ds.stride, a->ds.stride};
    pattern(a, p, i, rows, keys, share);
    pair(from_row(ds, 0), from_row(G, i), transpose(from_row(a->v, 0)), rows,
         keys, a->V, SET);
    for (size_t r = 0; r < rows; ++r)
      slope_row(a, ds.at + r * ds.stride, p.at + r * p.stride, i + r, keys,
                share[r]);
    if (a->dots)
      pair(from_row(dq, i), from_row(ds, 0), from_row(a->k, 0), rows, a->K,
           keys, SET);
  }
}

/* From G (T, V): dq of queries from `first` on, dk and dv of all tokens. */
static inline void head_backward(const head *a, side G, side dq, side dk,
                                 side dv) {
  const bool causal = a->mask == ICLGD_MASK_CAUSAL && a->first == 0;
  const size_t all = visible_keys(a, a->T - 1);
  slopes(a, G, dq);
  for (size_t j = 0, count; j < all; j += count) {
    count = all - j < QUERIES ? all - j : QUERIES;
    const size_t i = causal ? j : a->first, rows = a->T - i;
    const matrix p = {a->p.at + i * a->p.stride + j, 1, a->p.stride};
    const matrix ds = {a->ds.at + i * a->ds.stride + j, 1, a->ds.stride};
    pair(from_row(dv, j), p, from_row(G, i), count, a->V, rows, SET);
    if (a->dots)
      pair(from_row(dk, j), ds, from_row(a->q, i), count, a->K, rows, SET);
  }
  for (size_t j = all; j < a->T; ++j) {
    clear(dv.at + j * dv.stride, a->V);
    if (a->dots) clear(dk.at + j * dk.stride, a->K);
  }
}

#endif /* ICLGD_ENGINE_TRANSFORMER_HEADS_H */
