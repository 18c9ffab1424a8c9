/* Attention of one layer (attention.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_ATTENTION_H
#define ICLGD_MODEL_TRANSFORMER_ATTENTION_H

#include "model/transformer/affine.h"

/* What forward leaves for backward and tangents, of T tokens. */
typedef struct iclgd_attention_tape {
  size_t T;
  const number *u; /* (T, C) what attention reads */
  number *q, *k;   /* (T, H K) with features applied; merged: q = u W_QK (K =
                      C), and no k, since the keys are u */
  number *v, *o;   /* (T, H V) */
  number *p;       /* (H, T, T) weights, 0 where masked */
  number *sum;     /* (H, T) what weights were divided by */
} iclgd_attention_tape;

/* Scratch of backward. */
typedef struct iclgd_attention_work {
  number *dq, *dk, *dv, *d_o; /* as q, k, v, o */
  number *ds;                 /* (T, T) */
  number *moved;              /* (T, K) */
} iclgd_attention_work;

/* out (T, C) of the tokens from `first` on; those before it stand from an
 * earlier call. */
void iclgd_attend_forward(const iclgd_layer *layer,
                          const iclgd_attention_tape *tape, size_t first,
                          number *out);
/* du (T, C) += from dout (T, C); gradients +=. */
void iclgd_attend_backward(const iclgd_layer *layer,
                           const iclgd_attention_tape *tape,
                           const iclgd_attention_work *work, const number *dout,
                           number *du);

/* --- between attention.c and sensitivity.c ------------------------------ */

/* Head h: where it begins in a row of queries and of keys, both `stride`
 * apart, and what q.k is multiplied by. */
typedef struct iclgd_head {
  const number *q, *k, *v; /* of token 0 */
  size_t q_stride, k_stride, v_stride;
  number *p, *sum; /* (T, T), (T) */
  double scale;
  number temperature;
  iclgd_attention_kind kind;
} iclgd_head;
iclgd_head iclgd_head_of(const iclgd_layer *layer,
                         const iclgd_attention_tape *tape, size_t h);

/* The linear maps; those that a shape has not have no array. */
iclgd_affine iclgd_queries(const iclgd_transformer *shape);
iclgd_affine iclgd_keys(const iclgd_transformer *shape);
iclgd_affine iclgd_values(const iclgd_transformer *shape);
iclgd_affine iclgd_output(const iclgd_transformer *shape);

/* Rows (rows, H C) summed over heads: out (rows, C). */
void iclgd_sum_heads(const iclgd_transformer *shape, size_t rows,
                     const number *o, number *out);
/* y (rows, H C) = x (rows, C) W_QK of every head. */
void iclgd_merged_queries(const iclgd_layer *layer, size_t rows,
                          const number *x, number *y);

#endif /* ICLGD_MODEL_TRANSFORMER_ATTENTION_H */
