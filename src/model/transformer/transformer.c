/* The architecture `transformer`: its capabilities. */
#include <string.h>

#include "model/transformer/hessian.h"
#include "model/transformer/pass.h"
#include "model/transformer/shape.h"

static const double *tokens(const iclgd_pass *pass) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_transformer *t = &pass->model->transformer;
  const size_t n = pass->prompt->n, C = t->width;
  const size_t T = iclgd_transformer_tokens(t, n);
  iclgd_transformer_run(pass, pass->x, 0);
  if (t->tokens == ICLGD_JOINT) return s->h;
  for (size_t l = 0; l <= iclgd_model_depth(pass->model); ++l)
    for (size_t k = 0; k <= n; ++k)
      memcpy(s->x_states + (l * (n + 1) + k) * C, s->h + (l * T + 2 * k) * C,
             C * sizeof *s->h);
  return s->x_states;
}

static size_t token_width(const iclgd_model *model) {
  return model->transformer.width;
}

/* Of joint tokens a point with its label stands where the query would. */
static bool is_causal(const iclgd_model *model) {
  const iclgd_transformer *t = &model->transformer;
  return t->tokens == ICLGD_ALTERNATING && t->mask == ICLGD_MASK_CAUSAL;
}

const iclgd_architecture iclgd_transformer_architecture = {
    .name = "transformer",
    .description =
        "a transformer: heads of linear, softmax or other attention,"
        " mlp, norms, positions, as its keys say",
    .keys = &iclgd_transformer_keys,
    .schema = &iclgd_transformer_schema,
    .shape = iclgd_transformer_shape,
    .scratch = iclgd_transformer_scratch_create,
    .forward = iclgd_transformer_forward,
    .backward = iclgd_transformer_backward,
    .weights = iclgd_transformer_weights,
    .takes_readouts = true,
    .tokens = tokens,
    .token_width = token_width,
    .components = &iclgd_transformer_components,
    .is_causal = is_causal,
    .by_context = iclgd_transformer_by_context,
    .backward_by_context = iclgd_transformer_backward_by_context,
    .scratch_curved = iclgd_transformer_scratch_curved,
    .tangent = iclgd_transformer_tangent,
    .hessian = iclgd_transformer_hessian,
    .tangent_by_context = iclgd_transformer_tangent_by_context,
    .hessian_by_context = iclgd_transformer_hessian_by_context,
    .construct = iclgd_transformer_construct,
    .kernel = iclgd_transformer_kernel,
    .damp = iclgd_transformer_damp,
    .without_shortcuts = iclgd_transformer_without_shortcuts,
    .symmetries = iclgd_transformer_symmetries,
};
