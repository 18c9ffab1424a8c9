/* From the scores of one row to its weights (score.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_SCORE_H
#define ICLGD_MODEL_TRANSFORMER_SCORE_H

#include <iclgd/model.h>

/* Scores s (count), count >= 1 visible keys, become weights p in their place;
 * *sum is what elu1 divided by. */
void iclgd_score_forward(iclgd_attention_kind kind, size_t count, double *s,
                         double *sum);
/* dp (count) becomes ds in its place. */
void iclgd_score_backward(iclgd_attention_kind kind, size_t count,
                          const double *p, double sum, double *dp);
/* A tangent ds (count) becomes dp in its place. */
void iclgd_score_tangent(iclgd_attention_kind kind, size_t count,
                         const double *p, double sum, double *ds);

/* phi(x) = elu(x) + 1, and its slope from its value. */
double iclgd_phi(double x);
static inline double iclgd_phi_slope(double phi) {
  return phi > 1 ? 1 : phi;
}

#endif /* ICLGD_MODEL_TRANSFORMER_SCORE_H */
