/* Tokens and the states they begin as (embedding.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_EMBEDDING_H
#define ICLGD_MODEL_TRANSFORMER_EMBEDDING_H

#include "model/transformer/layer.h"

/* z (T, token_width) of the prompt with the query x, and e (T, C), both from
 * token `first` on. */
void iclgd_embed_forward(const iclgd_layer *layer, const iclgd_prompt *prompt,
                         const double *x, size_t first, number *z, number *e);
/* Gradients += from de (T, C); dx (d; may be NULL) = that in the query. */
void iclgd_embed_backward(const iclgd_layer *layer, size_t T, size_t d,
                          const number *z, const number *de, number *dx);
/* The d tangents (d, C) of the query's state in its coordinates. */
void iclgd_embed_tangent(const iclgd_layer *layer, size_t d, number *J);

#endif /* ICLGD_MODEL_TRANSFORMER_EMBEDDING_H */
