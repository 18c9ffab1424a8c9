/* iclgd/transformer.h - the architecture `transformer`: any of the transformers
 * that are trained on prompts, one choice per key (model.*).
 *
 * Tokens z of a prompt, T rows of `token_width` numbers, the query's last:
 *   joint        z_i = (x_i, y_i), i = 1..n, and (x_query, 0): T = n + 1
 *   alternating  x_1, y_1, .., x_n, y_n, x_query: T = 2n + 1, with the label as
 *                (y, 0, ..) in d coordinates (`first`), or in one of its own:
 *                (x, 0) and (0, y), d + 1 coordinates
 * States h (T, C) begin as e = W_in z + b_in + position (z itself where the
 * width is 0), and block l = 0..depth-1, with the parameters of layer l mod
 * layers, is
 *   pre, rms, none:  m = r h + attention(norm1(h)),  h' = r m + mlp(norm2(m))
 *   post:            m = norm1(r h + attention(h)),  h' = norm2(r m + mlp(m))
 * (norm: layer norm, or its form without mean, `rms`; none: the identity; r the
 * scale of the skip connection; without an mlp h' = m). With `inject` h begins
 * as 0, and every loop over the layers is h <- norm_f(blocks(h + e)) (Yang et
 * al. 2023). Prediction 0 is 0; prediction l is read from the query's state
 * after l blocks: W_out . norm_f(h) + b_out, or sign * the last coordinate.
 *
 * Attention, head by head, token i over the keys j < visible(i):
 *   s_ij = scale temperature q_i . k_j + bias(i - j),  q = W_Q u + b_Q, ..
 *   (merged: u_i^T W_QK u_j; without dot_product the bias alone)
 *   p_ij = softmax_j(s_ij), or s, max(s, 0), exp(s), sigmoid(s) over the number
 *   of visible keys, or phi(q_i) . phi(k_j) / sum_j of it, phi = elu + 1
 *   o_i  = sum_j p_ij v_j; what is written is W_O (o_1 .. o_H) + b_O, or,
 * without an output matrix, sum_h o_h. No visible keys: o = 0.
 */
#ifndef ICLGD_TRANSFORMER_H
#define ICLGD_TRANSFORMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct iclgd_architecture iclgd_architecture; /* iclgd/architecture.h */

/* The choices, in the order of the forms of their keys. */
typedef enum iclgd_token_kind { /* model.tokens */
                                ICLGD_JOINT,
                                ICLGD_ALTERNATING
} iclgd_token_kind;
typedef enum iclgd_label_kind { /* model.label, of alternating tokens */
                                ICLGD_LABEL_FIRST,
                                ICLGD_LABEL_OWN
} iclgd_label_kind;
typedef enum iclgd_readout_kind { /* model.readout, auto resolved */
                                  ICLGD_READ_LAST,
                                  ICLGD_READ_LINEAR
} iclgd_readout_kind;
typedef enum iclgd_attention_kind { /* words of model.attention */
                                    ICLGD_ATTEND_LINEAR,
                                    ICLGD_ATTEND_SOFTMAX,
                                    ICLGD_ATTEND_RELU,
                                    ICLGD_ATTEND_EXP,
                                    ICLGD_ATTEND_ELU1,
                                    ICLGD_ATTEND_SIGMOID
} iclgd_attention_kind;
typedef enum iclgd_scale_kind {                   /* model.scale */
                                ICLGD_SCALE_SQRT, /* 1 / sqrt(K) */
                                ICLGD_SCALE_NONE,
                                ICLGD_SCALE_LEARNED /* 1 / sqrt(K) times the
                                                       temperature of the head
                                                     */
} iclgd_scale_kind;
typedef enum iclgd_mask_kind {                   /* model.mask, auto resolved */
                               ICLGD_MASK_QUERY, /* all tokens but the query are
                                                    keys */
                               ICLGD_MASK_CAUSAL, /* a token and those before it
                                                   */
                               ICLGD_MASK_NONE
} iclgd_mask_kind;
typedef enum iclgd_position_kind { /* model.positions */
                                   ICLGD_POSITION_NONE,
                                   ICLGD_POSITION_LEARNED,
                                   ICLGD_POSITION_SINUSOIDAL,
                                   ICLGD_POSITION_RELATIVE_FREE,
                                   ICLGD_POSITION_RELATIVE_LOG,
                                   ICLGD_POSITION_RELATIVE_LINEAR,
                                   ICLGD_POSITION_ALIBI,
                                   ICLGD_POSITION_T5
} iclgd_position_kind;
typedef enum iclgd_mlp_kind { /* model.mlp */
                              ICLGD_MLP_NONE,
                              ICLGD_MLP_RELU,
                              ICLGD_MLP_GELU, /* x Phi(x) */
                              ICLGD_MLP_GELU_TANH,
                              ICLGD_MLP_SWIGLU
} iclgd_mlp_kind;
typedef enum iclgd_norm_kind { /* model.norm */
                               ICLGD_NORM_NONE,
                               ICLGD_NORM_PRE,
                               ICLGD_NORM_POST,
                               ICLGD_NORM_RMS /* before the parts, as pre */
} iclgd_norm_kind;

/* Every array that such a model may have, in the order of theta: those by layer
 * first. Orientation (out, in). */
typedef enum iclgd_transformer_array {
  ICLGD_NORM1_GAIN,  /* (C) */
  ICLGD_NORM1_BIAS,  /* (C) */
  ICLGD_W_Q,         /* (H K, C) */
  ICLGD_W_K,         /* (H K, C) */
  ICLGD_W_QK,        /* (H, C, C), in the place of these two */
  ICLGD_W_V,         /* (H V, C) */
  ICLGD_B_Q,         /* (H K) */
  ICLGD_B_K,         /* (H K) */
  ICLGD_B_V,         /* (H V) */
  ICLGD_TEMPERATURE, /* (H) */
  ICLGD_RELATIVE,    /* (H, buckets) */
  ICLGD_W_O,         /* (C, H V) */
  ICLGD_B_O,         /* (C) */
  ICLGD_NORM2_GAIN,  /* (C) */
  ICLGD_NORM2_BIAS,  /* (C) */
  ICLGD_W_UP,        /* (M, C) */
  ICLGD_B_UP,        /* (M) */
  ICLGD_W_GATE,      /* (M, C) */
  ICLGD_W_DOWN,      /* (C, M) */
  ICLGD_B_DOWN,      /* (C) */
  ICLGD_W_IN,        /* (C, token_width) */
  ICLGD_B_IN,        /* (C) */
  ICLGD_POSITION,    /* (positions, C) */
  ICLGD_FINAL_GAIN,  /* (C) */
  ICLGD_FINAL_BIAS,  /* (C) */
  ICLGD_W_OUT,       /* (C) */
  ICLGD_B_OUT,       /* (1) */
  ICLGD_TRANSFORMER_ARRAYS
} iclgd_transformer_array;

#define ICLGD_NO_ARRAY SIZE_MAX

/* Words of model.attention, at most, over layers and over heads. */
enum { ICLGD_ATTENTION_WORDS = 16 };

/* The shape of a model of this architecture. */
typedef struct iclgd_transformer {
  iclgd_token_kind tokens;
  iclgd_label_kind label;
  iclgd_readout_kind readout;
  iclgd_scale_kind scale;
  iclgd_mask_kind mask;
  iclgd_position_kind positions;
  iclgd_mlp_kind mlp;
  iclgd_norm_kind norm;
  bool reads_in; /* states are W_in z + b_in; else z */
  bool merged, output, bias, dot_product, final_norm;
  bool inject; /* model.inject = input */
  double residual, epsilon;

  size_t token_width;
  size_t width;      /* C */
  size_t heads;      /* H */
  size_t key, value; /* K (C where merged) and V, of one head */
  size_t mlp_width;  /* M, 0 without */
  size_t context;    /* most points that tables of positions serve */
  size_t buckets;    /* of relative, 0 without */

  /* The kind of head h of layer l stands in row l mod attention_layers, column
   * h mod attention_heads of that row (iclgd_attention_at). */
  size_t attention_layers, attention_heads[ICLGD_ATTENTION_WORDS];
  unsigned char attention[ICLGD_ATTENTION_WORDS][ICLGD_ATTENTION_WORDS];

  /* Where the arrays begin in theta (of the first layer; layer l is l * stride
   * further), or ICLGD_NO_ARRAY. */
  size_t offset[ICLGD_TRANSFORMER_ARRAYS], stride;
} iclgd_transformer;

extern const iclgd_architecture iclgd_transformer_architecture;

/* The kind of head h of layer l < layers. */
static inline iclgd_attention_kind iclgd_attention_at(
    const iclgd_transformer *shape, size_t l, size_t h) {
  const size_t row = l % shape->attention_layers;
  return (iclgd_attention_kind)
      shape->attention[row][h % shape->attention_heads[row]];
}

/* Tokens of a prompt of n points; that of x_{k+1} (of the query, k = n). */
static inline size_t iclgd_transformer_tokens(const iclgd_transformer *shape,
                                              size_t n) {
  return shape->tokens == ICLGD_JOINT ? n + 1 : 2 * n + 1;
}
static inline size_t iclgd_transformer_x_token(const iclgd_transformer *shape,
                                               size_t k) {
  return shape->tokens == ICLGD_JOINT ? k : 2 * k;
}

/* The keys that token i of T sees: the first ones. */
static inline size_t iclgd_transformer_visible(const iclgd_transformer *shape,
                                               size_t i, size_t T) {
  if (shape->mask == ICLGD_MASK_CAUSAL) return i + 1;
  return shape->mask == ICLGD_MASK_QUERY ? T - 1 : T;
}

/* Whether the context's states depend on the query (mask `none`). */
static inline bool iclgd_transformer_sees_query(
    const iclgd_transformer *shape) {
  return shape->mask == ICLGD_MASK_NONE;
}

/* Where an array of layer l < layers (of none: any l) begins in theta, or
 * ICLGD_NO_ARRAY. */
static inline size_t iclgd_transformer_offset(const iclgd_transformer *shape,
                                              iclgd_transformer_array array,
                                              size_t l) {
  const size_t at = shape->offset[array];
  if (at == ICLGD_NO_ARRAY) return ICLGD_NO_ARRAY;
  return at + (array < ICLGD_W_IN ? l * shape->stride : 0);
}

/* That array, in theta or in a vector like it; NULL: the shape has none. */
static inline const double *iclgd_transformer_at(const iclgd_transformer *shape,
                                                 const double *theta,
                                                 iclgd_transformer_array array,
                                                 size_t l) {
  const size_t at = iclgd_transformer_offset(shape, array, l);
  return at == ICLGD_NO_ARRAY ? NULL : theta + at;
}

/* The bias of the scores of head h at the distance |i - j| of query and key is
 * weight * relative[h, bucket], or the weight itself where there is no such
 * array (ALiBi); weight 0: none. */
typedef struct iclgd_relative {
  size_t bucket;
  double weight;
} iclgd_relative;
iclgd_relative iclgd_transformer_relative(const iclgd_transformer *shape,
                                          size_t h, size_t distance);
static inline bool iclgd_transformer_is_relative(
    const iclgd_transformer *shape) {
  return shape->positions >= ICLGD_POSITION_RELATIVE_FREE;
}

/* Entry c of the sinusoidal position of token i (Vaswani et al. 2017, 3.5). */
double iclgd_transformer_sinusoid(const iclgd_transformer *shape, size_t i,
                                  size_t c);

/* The name of an array, "W_Q"; of a kind of attention, "softmax". */
const char *iclgd_transformer_array_name(iclgd_transformer_array array);
const char *iclgd_attention_name(iclgd_attention_kind kind);

#endif /* ICLGD_TRANSFORMER_H */
