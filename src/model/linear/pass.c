/* The pass by tokens, block by block, and the way back (attention.c). */
#include "model/linear/pass.h"

#include <string.h>

#include <iclgd/linear.h>

/* Tokens of the context, then one for each query. */
static void write_tokens(double *Z, const iclgd_pass *pass) {
  const iclgd_prompt *prompt = pass->prompt;
  const size_t n = prompt->n, d = prompt->d, D = d + 1;
  for (size_t i = 0; i < n; ++i) {
    memcpy(Z + i * D, prompt->x + i * d, d * sizeof *Z);
    Z[i * D + d] = prompt->y[i];
  }
  for (size_t q = 0; q < pass->count; ++q) {
    memcpy(Z + (n + q) * D, pass->x + q * d, d * sizeof *Z);
    Z[(n + q) * D + d] = 0;
  }
}

attention_layer iclgd_linear_block(const iclgd_pass *pass, size_t l) {
  const iclgd_linear_scratch *t = pass->scratch;
  const size_t D = pass->model->d + 1;
  const size_t at = l % pass->model->layers * D * D;
  return (attention_layer){.P = t->P + at,
                           .Q = t->Q + at,
                           .D = D,
                           .N = pass->prompt->n + pass->count,
                           .n = pass->prompt->n,
                           .mean_n = pass->prompt->mean_n};
}

void iclgd_linear_begin(const iclgd_pass *pass) {
  const iclgd_model *model = pass->model;
  const iclgd_linear_scratch *t = pass->scratch;
  const size_t D = model->d + 1;
  write_tokens(t->Z, pass);
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_linear_matrices(model, pass->theta, l, t->P + l * D * D,
                          t->Q + l * D * D);
}

void iclgd_linear_run(const iclgd_pass *pass) {
  const iclgd_model *model = pass->model;
  const iclgd_linear_scratch *t = pass->scratch;
  const size_t D = model->d + 1, N = pass->prompt->n + pass->count;
  iclgd_linear_begin(pass);
  for (size_t l = 0; l < iclgd_model_depth(model); ++l) {
    const attention_layer layer = iclgd_linear_block(pass, l);
    iclgd_attention_forward(t->Z + (l + 1) * D * N, t->G + l * D * D, t->work,
                            t->Z + l * D * N, &layer);
  }
}

void iclgd_linear_read(const iclgd_pass *pass, double *prediction) {
  const iclgd_model *model = pass->model;
  const iclgd_linear_scratch *t = pass->scratch;
  const size_t n = pass->prompt->n, D = model->d + 1, N = n + pass->count;
  for (size_t l = 0; l <= iclgd_model_depth(model); ++l)
    for (size_t q = 0; q < pass->count; ++q)
      prediction[l * pass->count + q] =
          model->sign * t->Z[(l * N + n + q) * D + model->d];
}

/* The last block that a prediction with a slope comes after. */
size_t iclgd_linear_last_block(const iclgd_pass *pass, const double *slope) {
  size_t l = iclgd_model_depth(pass->model);
  for (; l > 0; --l)
    for (size_t q = 0; q < pass->count; ++q)
      if (slope[l * pass->count + q] != 0) return l;
  return 0;
}

void iclgd_linear_back(const iclgd_pass *pass, const double *slope,
                       double *dtheta, double *dx) {
  const iclgd_model *model = pass->model;
  iclgd_linear_scratch *t = pass->scratch;
  const size_t n = pass->prompt->n, d = model->d, D = d + 1, area = D * D;
  const size_t count = pass->count, N = n + count;
  memset(t->dP, 0, model->layers * area * sizeof *t->dP);
  memset(t->dQ, 0, model->layers * area * sizeof *t->dQ);
  memset(t->dZ, 0, D * N * sizeof *t->dZ);
  for (size_t l = iclgd_linear_last_block(pass, slope); l-- > 0;) {
    const size_t at = l % model->layers * area;
    const attention_layer layer = iclgd_linear_block(pass, l);
    for (size_t q = 0; q < count; ++q)
      t->dZ[(n + q) * D + d] += model->sign * slope[(l + 1) * count + q];
    iclgd_attention_backward(t->dZ_next, t->dP + at, t->dQ + at, t->work, t->dZ,
                             t->Z + l * D * N, t->G + l * area, &layer);
    double *swap = t->dZ;
    t->dZ = t->dZ_next;
    t->dZ_next = swap;
  }
  for (size_t q = 0; dx && q < count; ++q)
    memcpy(dx + q * d, t->dZ + (n + q) * D, d * sizeof *dx);
  for (size_t l = 0; dtheta && l < model->layers; ++l)
    iclgd_linear_pull_back(model, l, t->dP + l * area, t->dQ + l * area,
                           dtheta);
}
