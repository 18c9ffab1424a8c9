/* From the scores of one row to its weights (score.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_SCORE_H
#define ICLGD_MODEL_TRANSFORMER_SCORE_H

#include <iclgd/model.h>

#include "model/transformer/number.h"

/* Scores s (count), count >= 1 visible keys, become weights p in their place;
 * *sum is what elu1 divided by. */
void iclgd_score_forward(iclgd_attention_kind kind, size_t count, number *s,
                         number *sum);
/* dp (count) becomes ds in its place. */
void iclgd_score_backward(iclgd_attention_kind kind, size_t count,
                          const number *p, number sum, number *dp);
/* A tangent ds (count) becomes dp in its place. */
void iclgd_score_tangent(iclgd_attention_kind kind, size_t count,
                         const number *p, number sum, number *ds);

/* phi(x) = elu(x) + 1, and its slope from its value. */
number iclgd_phi(number x);
static inline number iclgd_phi_slope(number phi) {
  return iclgd_value(phi) > 1 ? 1 : phi;
}

#endif /* ICLGD_MODEL_TRANSFORMER_SCORE_H */
