/* Numbers that carry a derivative (number.h), and other names for what is
 * compiled with them. */
#ifndef ICLGD_MODEL_TRANSFORMER_NUMBER_COMPLEX_H
#define ICLGD_MODEL_TRANSFORMER_NUMBER_COMPLEX_H

#include <complex.h>

#include "math/complex_product.h"

typedef double complex number;

/* h; h^2 = 1e-200 is no value, and no underflow, which would be slow. */
#define ICLGD_COMPLEX_STEP 1e-100

static inline number iclgd_number(double value, double moved) {
  const union {
    double parts[2];
    number whole;
  } x = {{value, moved}};
  return x.whole;
}

static inline double iclgd_value(number x) {
  const double value = creal(x);
  return fabs(value) < 1e-150 ? 0 : value; /* what h^2 leaves of 0 */
}

static inline number iclgd_along(number x, double value, double slope) {
  return iclgd_number(value, slope * cimag(x));
}

static inline number iclgd_ratio(number a, number b) {
  const double value = creal(a) / creal(b);
  return iclgd_number(value, (cimag(a) - value * cimag(b)) / creal(b));
}

#define iclgd_factor iclgd_complex_factor
#define iclgd_add_product iclgd_add_complex_product

#define iclgd_affine_backward iclgd_affine_backward_complex
#define iclgd_affine_forward iclgd_affine_forward_complex
#define iclgd_affine_tangent iclgd_affine_tangent_complex
#define iclgd_attend_backward iclgd_attend_backward_complex
#define iclgd_attend_forward iclgd_attend_forward_complex
#define iclgd_block_of iclgd_block_of_complex
#define iclgd_embed_backward iclgd_embed_backward_complex
#define iclgd_embed_forward iclgd_embed_forward_complex
#define iclgd_embed_tangent iclgd_embed_tangent_complex
#define iclgd_head_of iclgd_head_of_complex
#define iclgd_keys iclgd_keys_complex
#define iclgd_merged_queries iclgd_merged_queries_complex
#define iclgd_mlp_backward iclgd_mlp_backward_complex
#define iclgd_mlp_forward iclgd_mlp_forward_complex
#define iclgd_mlp_tangent iclgd_mlp_tangent_complex
#define iclgd_norm_backward iclgd_norm_backward_complex
#define iclgd_norm_forward iclgd_norm_forward_complex
#define iclgd_norm_tangent iclgd_norm_tangent_complex
#define iclgd_output iclgd_output_complex
#define iclgd_phi iclgd_phi_complex
#define iclgd_queries iclgd_queries_complex
#define iclgd_read_backward iclgd_read_backward_complex
#define iclgd_read_forward iclgd_read_forward_complex
#define iclgd_read_tangent iclgd_read_tangent_complex
#define iclgd_readout_of iclgd_readout_of_complex
#define iclgd_score_backward iclgd_score_backward_complex
#define iclgd_score_forward iclgd_score_forward_complex
#define iclgd_score_tangent iclgd_score_tangent_complex
#define iclgd_sum_heads iclgd_sum_heads_complex
#define iclgd_transformer_back iclgd_transformer_back_complex
#define iclgd_transformer_backward iclgd_transformer_backward_complex
#define iclgd_transformer_backward_by_context \
  iclgd_transformer_backward_by_context_complex
#define iclgd_transformer_by_context iclgd_transformer_by_context_complex
#define iclgd_transformer_forward iclgd_transformer_forward_complex
#define iclgd_transformer_read iclgd_transformer_read_complex
#define iclgd_transformer_run iclgd_transformer_run_complex
#define iclgd_transformer_scratch_create iclgd_transformer_scratch_complex
#define iclgd_values iclgd_values_complex

#endif /* ICLGD_MODEL_TRANSFORMER_NUMBER_COMPLEX_H */
