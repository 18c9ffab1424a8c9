/* The capability `components` of a transformer: heads and mlps of the pass of
 * one query, and its prediction as a sum over tokens: of token z with the slope
 * de of the state that it begins as, z . (W_in^T de). */
#include <string.h>

#include "model/transformer/pass.h"

static const iclgd_transformer *shape_of(const iclgd_pass *pass) {
  return &pass->model->transformer;
}

static size_t tokens_of(const iclgd_pass *pass) {
  return iclgd_transformer_tokens(shape_of(pass), pass->prompt->n);
}

static size_t tokens(const iclgd_model *model, size_t n) {
  return iclgd_transformer_tokens(&model->transformer, n);
}

static size_t point(const iclgd_model *model, size_t token) {
  return model->transformer.tokens == ICLGD_JOINT ? token : token / 2;
}

static size_t heads(const iclgd_model *model) {
  return model->transformer.heads;
}

static bool has_mlp(const iclgd_model *model) {
  return model->transformer.mlp != ICLGD_MLP_NONE;
}

static size_t width(const iclgd_model *model, iclgd_component_kind kind) {
  const iclgd_transformer *t = &model->transformer;
  return kind == ICLGD_COMPONENT_HEAD ? t->value : t->width;
}

static const iclgd_read_layout one_by_one = {1, 0};

static void forward(const iclgd_pass *pass, const iclgd_intervention *changes,
                    size_t count, double *prediction) {
  iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_read_tokens query = {tokens_of(pass) - 1, 1, 1};
  s->changes = changes;
  s->n_changes = count;
  iclgd_transformer_run(pass, pass->x, 0);
  iclgd_transformer_read(pass, query, one_by_one, prediction);
  s->changes = NULL;
  s->n_changes = 0;
}

/* What the mlp writes is not kept, what it reads is. */
static void output(const iclgd_pass *pass, iclgd_component component,
                   double *out) {
  const iclgd_transformer *t = shape_of(pass);
  const iclgd_block b = iclgd_block_of(pass, NULL, component.layer);
  const double *o = b.attention.o + component.head * t->value;
  if (component.kind == ICLGD_COMPONENT_MLP) {
    iclgd_mlp_forward(&b.layer, b.mlp, b.T, b.u2, out);
    return;
  }
  for (size_t i = 0; i < b.T; ++i)
    memcpy(out + i * t->value, o + i * t->heads * t->value,
           t->value * sizeof *out);
}

static void pattern(const iclgd_pass *pass, size_t layer, size_t head,
                    double *out) {
  const iclgd_block b = iclgd_block_of(pass, NULL, layer);
  memcpy(out, b.attention.p + head * b.T * b.T, b.T * b.T * sizeof *out);
}

/* The slopes of the last prediction in the states before the first block. */
static const double *slopes(const iclgd_pass *pass,
                            iclgd_contribution_rule rule, double *bias) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const size_t depth = iclgd_model_depth(pass->model);
  const iclgd_read_tokens query = {tokens_of(pass) - 1, 1, 1};
  iclgd_transformer_run(pass, pass->x, 0);
  *bias = 0;
  if (rule == ICLGD_BY_CONSERVATION)
    return iclgd_transformer_conserve(pass, bias);
  memset(s->slope, 0, depth * sizeof *s->slope);
  s->slope[depth] = 1;
  iclgd_transformer_back(pass, query, one_by_one, s->slope, NULL, NULL);
  return shape_of(pass)->inject ? s->de : s->dh;
}

/* Entry c of W_in^T de. */
static double slope_in_token(const iclgd_pass *pass, const double *de,
                             size_t c) {
  const iclgd_transformer *t = shape_of(pass);
  const double *W = iclgd_transformer_at(t, pass->theta, ICLGD_W_IN, 0);
  double sum = 0;
  if (!W) return de[c];
  for (size_t k = 0; k < t->width; ++k)
    sum += W[k * t->token_width + c] * de[k];
  return sum;
}

static void contribute(const iclgd_pass *pass, iclgd_contribution_rule rule,
                       iclgd_contributions *out) {
  const iclgd_transformer *t = shape_of(pass);
  const iclgd_transformer_scratch *s = pass->scratch;
  const size_t T = tokens_of(pass), d = pass->model->d;
  const double *de = slopes(pass, rule, &out->bias);
  memset(out->x, 0, pass->prompt->n * sizeof *out->x);
  memset(out->y, 0, pass->prompt->n * sizeof *out->y);
  out->query = 0;
  for (size_t i = 0; i < T; ++i)
    for (size_t c = 0; c < t->token_width; ++c) {
      const size_t k = point(pass->model, i);
      const bool label = t->tokens == ICLGD_JOINT
                             ? c == d
                             : i != iclgd_transformer_x_token(t, k);
      double *of = label ? &out->y[k] : &out->x[k];
      if (i + 1 == T) of = &out->query; /* whose label is 0 */
      *of += s->z[i * t->token_width + c] *
             slope_in_token(pass, de + i * t->width, c);
    }
}

const iclgd_components iclgd_transformer_components = {
    .tokens = tokens,
    .point = point,
    .heads = heads,
    .has_mlp = has_mlp,
    .width = width,
    .forward = forward,
    .output = output,
    .pattern = pattern,
    .contribute = contribute,
};
