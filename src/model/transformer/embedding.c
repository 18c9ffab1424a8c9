/* Tokens, and the states they begin as:
 *   joint        z_i = (x_i, y_i), the query's (x, 0)
 *   alternating  x_1, y_1, .., x: labels as (y, 0, ..), or points as (x, 0) and
 *                labels as (0, y)
 *   e_i = W_in z_i + b_in + position_i, or z_i without a read-in
 * Backward: dW_in = de^T z, db_in = sum de, dposition_i = de_i, and dx is the
 * first d entries of W_in^T de of the query. */
#include "model/transformer/embedding.h"

#include <string.h>

#include "model/transformer/affine.h"

static iclgd_affine read_in(const iclgd_transformer *s) {
  return (iclgd_affine){ICLGD_W_IN, ICLGD_B_IN, s->token_width, s->width};
}

/* Numbers that do not move. */
static void copy(const double *x, size_t size, number *out) {
  for (size_t i = 0; i < size; ++i) out[i] = x[i];
}

static void write_joint(const iclgd_prompt *p, const double *x, size_t i,
                        number *z) {
  copy(i < p->n ? p->x + i * p->d : x, p->d, z);
  z[p->d] = i < p->n ? p->y[i] : 0;
}

static void write_alternating(const iclgd_transformer *s, const iclgd_prompt *p,
                              const double *x, size_t i, number *z) {
  memset(z, 0, s->token_width * sizeof *z);
  if (i % 2 == 0)
    copy(i / 2 < p->n ? p->x + i / 2 * p->d : x, p->d, z);
  else
    z[s->label == ICLGD_LABEL_OWN ? p->d : 0] = p->y[i / 2];
}

static void add_positions(const iclgd_layer *layer, size_t first, size_t T,
                          number *e) {
  const iclgd_transformer *s = layer->shape;
  const number *position = iclgd_parameter(layer, ICLGD_POSITION);
  const size_t C = s->width;
  for (size_t i = first; i < T; ++i)
    for (size_t c = 0; c < C; ++c)
      e[i * C + c] +=
          position ? position[i * C + c] : iclgd_transformer_sinusoid(s, i, c);
}

void iclgd_embed_forward(const iclgd_layer *layer, const iclgd_prompt *prompt,
                         const double *x, size_t first, number *z, number *e) {
  const iclgd_transformer *s = layer->shape;
  const size_t T = iclgd_transformer_tokens(s, prompt->n), D = s->token_width;
  for (size_t i = first; i < T; ++i)
    if (s->tokens == ICLGD_JOINT)
      write_joint(prompt, x, i, z + i * D);
    else
      write_alternating(s, prompt, x, i, z + i * D);
  if (s->reads_in)
    iclgd_affine_forward(layer, read_in(s), T - first, z + first * D,
                         e + first * s->width);
  else
    memcpy(e + first * D, z + first * D, (T - first) * D * sizeof *e);
  if (s->positions == ICLGD_POSITION_LEARNED ||
      s->positions == ICLGD_POSITION_SINUSOIDAL)
    add_positions(layer, first, T, e);
}

void iclgd_embed_backward(const iclgd_layer *layer, size_t T, size_t d,
                          const number *z, const number *de, number *dx) {
  const iclgd_transformer *s = layer->shape;
  const size_t C = s->width, D = s->token_width;
  const number *query = de + (T - 1) * C,
               *W = iclgd_parameter(layer, ICLGD_W_IN);
  number *position = iclgd_parameter_slope(layer, ICLGD_POSITION);
  for (size_t i = 0; position && i < T * C; ++i) position[i] += de[i];
  if (s->reads_in && layer->dtheta)
    iclgd_affine_backward(layer, read_in(s), T, z, de, NULL);
  for (size_t j = 0; dx && j < d; ++j) {
    dx[j] = s->reads_in ? 0 : query[j];
    for (size_t c = 0; s->reads_in && c < C; ++c)
      dx[j] += W[c * D + j] * query[c];
  }
}

void iclgd_embed_tangent(const iclgd_layer *layer, size_t d, number *J) {
  const iclgd_transformer *s = layer->shape;
  const number *W = iclgd_parameter(layer, ICLGD_W_IN);
  for (size_t j = 0; j < d; ++j)
    for (size_t c = 0; c < s->width; ++c)
      J[j * s->width + c] = s->reads_in ? W[c * s->token_width + j] : c == j;
}
