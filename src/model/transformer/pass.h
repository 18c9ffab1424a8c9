/* The pass of one prompt through all blocks, and what it leaves (pass.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_PASS_H
#define ICLGD_MODEL_TRANSFORMER_PASS_H

#include <iclgd/architecture.h>

#include "model/transformer/attention.h"
#include "model/transformer/mlp.h"
#include "model/transformer/readout.h"

/* Of T tokens, whose number may differ from prompt to prompt: block l has its
 * part of each array at l times the size that T gives. */
typedef struct iclgd_transformer_scratch {
  size_t n_max;
  const iclgd_intervention *changes; /* of components, of the pass that is on */
  size_t n_changes;
  const number *theta; /* complex: instead of the pass's */
  number *z, *e;       /* (T, token_width), (T, C) */
  number *h; /* (depth + 1, T, C) states before and after the blocks */
  number *u1, *unit1, *r1, *q, *k, *v, *o, *p, *sum; /* by block: attention */
  number *u2, *unit2, *r2, *up, *gate, *hidden;      /* mlp */
  number *unit_f, *r_f;                              /* norm of the readout */
  number *mid;      /* (depth, T, C) between attention and mlp */
  number *x_states; /* (depth + 1, n + 1, C), of alternating tokens */

  number *in;                /* (T, C) what a block reads */
  number *dh, *dm, *du, *de; /* (T, C) */
  iclgd_attention_work attention;
  number *mlp;                       /* (2, max(T, d), M) */
  number *read;                      /* (max(d, 2), C) */
  number *slope;                     /* (depth + 1) */
  number *J, *J_e, *J_part, *J_read; /* (d, C) */
  number *dq, *dk, *dv, *d_o, *ds;   /* (d, H K) .. (d, H V), (T) */
} iclgd_transformer_scratch;

/* The capability `scratch` (scratch.c). */
iclgd_status iclgd_transformer_scratch_create(const iclgd_model *model,
                                              size_t n, iclgd_arena *arena,
                                              void **out, iclgd_error *err);

/* The parameters as numbers. */
static inline const number *iclgd_theta_of(const iclgd_pass *pass) {
#if defined(ICLGD_COMPLEX)
  return ((const iclgd_transformer_scratch *)pass->scratch)->theta;
#else
  return pass->theta;
#endif
}

/* One block of the pass, with views of its parts of the scratch. */
typedef struct iclgd_block {
  iclgd_layer layer;
  size_t T, l;
  const iclgd_intervention *changes; /* of components of any layer */
  size_t n_changes;
  bool starts, ends; /* a loop of a model whose input is injected */
  const number *h;   /* (T, C) the state before it */
  number *next;      /* and after it */
  number *mid;       /* (T, C) what its mlp reads */
  number *u1, *u2;
  iclgd_norm norm1, norm2, norm_f;
  iclgd_attention_tape attention;
  iclgd_mlp_tape mlp;
} iclgd_block;
iclgd_block iclgd_block_of(const iclgd_pass *pass, number *dtheta, size_t l);
/* How the prediction after it is read: what has gone through the norm is not
 * normed again. */
iclgd_readout iclgd_readout_of(const iclgd_pass *pass,
                               const iclgd_block *block);

/* Whether norms stand before the parts, or behind them. */
static inline bool iclgd_norms_before(const iclgd_transformer *shape) {
  return shape->norm == ICLGD_NORM_PRE || shape->norm == ICLGD_NORM_RMS;
}

/* All states of the prompt with the query x (d); those of the tokens before
 * `first` stand from an earlier run. */
void iclgd_transformer_run(const iclgd_pass *pass, const double *x,
                           size_t first);

/* Where predictions are read: tokens first, first + step, .. */
typedef struct iclgd_read_tokens {
  size_t first, step, count;
} iclgd_read_tokens;

/* prediction[l * by_layer + k * by_token] of readout token k after l blocks. */
typedef struct iclgd_read_layout {
  size_t by_layer, by_token;
} iclgd_read_layout;

void iclgd_transformer_read(const iclgd_pass *pass, iclgd_read_tokens tokens,
                            iclgd_read_layout layout, number *prediction);

/* After run: from the slopes of predictions, dtheta (size; may be NULL) += and
 * dx (d; may be NULL) =. */
void iclgd_transformer_back(const iclgd_pass *pass, iclgd_read_tokens tokens,
                            iclgd_read_layout layout, const number *slope,
                            number *dtheta, number *dx);

/* Capabilities, query by query and at every context length (queries.c). */
void iclgd_transformer_forward(const iclgd_pass *pass, number *prediction);
void iclgd_transformer_backward(const iclgd_pass *pass, const number *slope,
                                number *dtheta, number *dx);
void iclgd_transformer_by_context(const iclgd_pass *pass, number *prediction);
void iclgd_transformer_backward_by_context(const iclgd_pass *pass,
                                           const number *slope, number *dtheta);

/* The capability `components` (components.c), and what it needs of conserve.c:
 * after run, the slopes de (T, C) of the last prediction at token T - 1 in the
 * states before the first block, where the scales of norms, weights of
 * attention and factors f(a) / a of the mlp are held; and the rest of the
 * prediction, that of biases and positions. */
extern const iclgd_components iclgd_transformer_components;
const double *iclgd_transformer_conserve(const iclgd_pass *pass, double *bias);

/* The capability `weights` (sensitivity.c). */
void iclgd_transformer_weights(const iclgd_pass *pass, double *w,
                               double *prediction);

#endif /* ICLGD_MODEL_TRANSFORMER_PASS_H */
