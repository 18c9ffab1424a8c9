/* The architecture `transformer`: its capabilities, query by query. */
#include <string.h>

#include "model/transformer/pass.h"
#include "model/transformer/shape.h"

static const iclgd_transformer *shape_of(const iclgd_pass *pass) {
  return &pass->model->transformer;
}

/* The query's token, the last one. */
static iclgd_read_tokens query_token(const iclgd_pass *pass) {
  const size_t T = iclgd_transformer_tokens(shape_of(pass), pass->prompt->n);
  return (iclgd_read_tokens){T - 1, 1, 1};
}

/* Query q; the context, where it does not see the query, stands from the query
 * before. */
static void run_query(const iclgd_pass *pass, size_t q) {
  const bool stands = q > 0 && !iclgd_transformer_sees_query(shape_of(pass));
  iclgd_transformer_run(pass, pass->x + q * pass->model->d,
                        stands ? query_token(pass).first : 0);
}

static void forward(const iclgd_pass *pass, double *prediction) {
  const iclgd_read_layout layout = {pass->count, 1};
  for (size_t q = 0; q < pass->count; ++q) {
    run_query(pass, q);
    iclgd_transformer_read(pass, query_token(pass), layout, prediction + q);
  }
}

/* The scratch holds the last query; of several, each is run again. */
static void backward(const iclgd_pass *pass, const double *slope,
                     double *dtheta, double *dx) {
  const iclgd_read_layout layout = {pass->count, 1};
  for (size_t q = 0; q < pass->count; ++q) {
    if (pass->count > 1) run_query(pass, q);
    iclgd_transformer_back(pass, query_token(pass), layout, slope + q, dtheta,
                           dx ? dx + q * pass->model->d : NULL);
  }
}

static const double *tokens(const iclgd_pass *pass) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_transformer *t = shape_of(pass);
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

/* Every x is a query of the points before it. */
static iclgd_read_tokens x_tokens(const iclgd_pass *pass) {
  return (iclgd_read_tokens){0, 2, pass->prompt->n + 1};
}

static void by_context(const iclgd_pass *pass, double *prediction) {
  const iclgd_read_layout layout = {1, iclgd_model_depth(pass->model) + 1};
  iclgd_transformer_run(pass, pass->prompt->x_query, 0);
  iclgd_transformer_read(pass, x_tokens(pass), layout, prediction);
}

static void backward_by_context(const iclgd_pass *pass, const double *slope,
                                double *dtheta) {
  const iclgd_read_layout layout = {1, iclgd_model_depth(pass->model) + 1};
  iclgd_transformer_back(pass, x_tokens(pass), layout, slope, dtheta, NULL);
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
    .forward = forward,
    .backward = backward,
    .weights = iclgd_transformer_weights,
    .tokens = tokens,
    .token_width = token_width,
    .is_causal = is_causal,
    .by_context = by_context,
    .backward_by_context = backward_by_context,
    .construct = iclgd_transformer_construct,
    .kernel = iclgd_transformer_kernel,
    .damp = iclgd_transformer_damp,
};
