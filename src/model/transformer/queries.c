/* The query of a prompt, several of them one by one, or, where no token sees
 * those after it, that of every context length in one pass. */
#include "model/transformer/pass.h"

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

void iclgd_transformer_forward(const iclgd_pass *pass, number *prediction) {
  const iclgd_read_layout layout = {pass->count, 1};
  for (size_t q = 0; q < pass->count; ++q) {
    run_query(pass, q);
    iclgd_transformer_read(pass, query_token(pass), layout, prediction + q);
  }
}

/* The scratch holds the last query; of several, each is run again. */
void iclgd_transformer_backward(const iclgd_pass *pass, const number *slope,
                                number *dtheta, number *dx) {
  const iclgd_read_layout layout = {pass->count, 1};
  for (size_t q = 0; q < pass->count; ++q) {
    if (pass->count > 1) run_query(pass, q);
    iclgd_transformer_back(pass, query_token(pass), layout, slope + q, dtheta,
                           dx ? dx + q * pass->model->d : NULL);
  }
}

/* Every x is a query of the points before it. */
static iclgd_read_tokens x_tokens(const iclgd_pass *pass) {
  return (iclgd_read_tokens){0, 2, pass->prompt->n + 1};
}

void iclgd_transformer_by_context(const iclgd_pass *pass, number *prediction) {
  const iclgd_read_layout layout = {1, iclgd_model_depth(pass->model) + 1};
  iclgd_transformer_run(pass, pass->prompt->x_query, 0);
  iclgd_transformer_read(pass, x_tokens(pass), layout, prediction);
}

void iclgd_transformer_backward_by_context(const iclgd_pass *pass,
                                           const number *slope,
                                           number *dtheta) {
  const iclgd_read_layout layout = {1, iclgd_model_depth(pass->model) + 1};
  iclgd_transformer_back(pass, x_tokens(pass), layout, slope, dtheta, NULL);
}
