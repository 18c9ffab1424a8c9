/* Weights by which every layer is one step of gradient descent on functions
 * (Cheng, Chen, Sra 2024; with k(u, v) = u.v von Oswald et al. 2023, Prop. 1):
 *   f <- f + (eta / n) sum_i r_i k(x_i, .),   r_i = y_i - f(x_i),
 * or, where attention shares one weight among its keys (softmax),
 *   f <- f + eta sum_i r_i k(x_i, .) / sum_j k(x_j, .).
 * The last coordinate of a state begins as y_i, and as 0 of the query, and is
 * r_i and -f(x_query) from then on: scores are x_i . x_j, whatever they are
 * divided by, values the last coordinates, and what is written to these is
 * -eta / heads times the weighted values of a head. Heads share the step, so
 * that k is the mean of theirs:
 *   k(u, v) = u.v, exp(u.v), max(u.v, 0), sigmoid(u.v), and exp(u.v) of softmax
 */
#include <iclgd/kernel.h>
#include <math.h>
#include <string.h>

#include "model/transformer/shape.h"

/* What the step needs of the shape, and whether it is so. */
typedef struct need {
  bool met;
  const char *text; /* begins with the key */
} need;

static iclgd_status check(const iclgd_model *model, iclgd_error *err) {
  const iclgd_transformer *t = &model->transformer;
  const need needs[] = {
      {t->tokens == ICLGD_JOINT, "model.tokens = joint"},
      {!t->reads_in, "model.width = 0, states that are tokens"},
      {t->readout == ICLGD_READ_LAST, "model.readout = last"},
      {t->mask == ICLGD_MASK_QUERY,
       "model.mask = query: other tokens must not see it, and see all points"},
      {t->residual == 1, "model.residual = 1"},
      {t->norm == ICLGD_NORM_NONE, "model.norm = none"},
      {t->mlp == ICLGD_MLP_NONE, "model.mlp = none"},
      {t->positions == ICLGD_POSITION_NONE, "model.positions = none"},
      {!t->inject, "model.inject = none"},
      {!iclgd_transformer_has_kind(t, ICLGD_ATTEND_ELU1),
       "model.attention without elu1, which is no kernel of x"},
      {t->merged || t->key >= model->d,
       "model.key of prompt.d or more numbers, for scores x_i . x_j"},
  };
  for (size_t i = 0; i < sizeof needs / sizeof *needs; ++i)
    if (!needs[i].met)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "a step of gradient descent needs %s", needs[i].text);
  return ICLGD_OK;
}

/* A matrix (.., columns) of layer l, to be written. */
static double *matrix(const iclgd_model *model, double *theta, size_t l,
                      iclgd_transformer_array array) {
  const double *at = iclgd_transformer_at(&model->transformer, theta, array, l);
  return theta + (at - theta);
}

/* Scores x_i . x_j of head h of layer l. */
static void set_scores(const iclgd_model *model, double *theta, size_t l,
                       size_t h) {
  const iclgd_transformer *t = &model->transformer;
  const size_t C = t->width;
  const bool divided = t->scale != ICLGD_SCALE_NONE;
  const double undone = divided ? sqrt((double)t->key) : 1;
  for (size_t j = 0; j < model->d && t->merged; ++j)
    matrix(model, theta, l, ICLGD_W_QK)[(h * C + j) * C + j] = undone;
  for (size_t j = 0; j < model->d && !t->merged; ++j) {
    const size_t at = (h * t->key + j) * C + j;
    matrix(model, theta, l, ICLGD_W_Q)[at] = sqrt(undone);
    matrix(model, theta, l, ICLGD_W_K)[at] = sqrt(undone);
  }
  if (t->scale == ICLGD_SCALE_LEARNED)
    matrix(model, theta, l, ICLGD_TEMPERATURE)[h] = 1;
}

/* Minus `share` times the last coordinates, into the last coordinate. */
static void set_values(const iclgd_model *model, double *theta, size_t l,
                       size_t h, double share) {
  const iclgd_transformer *t = &model->transformer;
  const size_t last = t->width - 1, first = h * t->value;
  double *W_V = matrix(model, theta, l, ICLGD_W_V);
  if (!t->output) {
    W_V[(first + last) * t->width + last] = -share;
    return;
  }
  W_V[first * t->width + last] = 1;
  matrix(model, theta, l, ICLGD_W_O)[last * t->heads * t->value + first] =
      -share;
}

iclgd_status iclgd_transformer_construct(const iclgd_model *model, double eta,
                                         double *theta, iclgd_error *err) {
  const size_t heads = model->transformer.heads;
  TRY(check(model, err));
  memset(theta, 0, model->size * sizeof *theta);
  for (size_t l = 0; l < model->layers; ++l)
    for (size_t h = 0; h < heads; ++h) {
      set_scores(model, theta, l, h);
      set_values(model, theta, l, h, eta / (double)heads);
    }
  return ICLGD_OK;
}

bool iclgd_transformer_kernel(const iclgd_model *model,
                              struct iclgd_kernel *out) {
  static const struct {
    iclgd_attention_kind kind;
    iclgd_kernel_form form;
  } forms[] = {{ICLGD_ATTEND_SOFTMAX, ICLGD_KERNEL_SOFTMAX},
               {ICLGD_ATTEND_EXP, ICLGD_KERNEL_EXP}};
  const iclgd_transformer *t = &model->transformer;
  bool found = false, other = !t->dot_product;
  for (size_t l = 0; l < t->attention_layers; ++l)
    for (size_t h = 0; h < t->attention_heads[l]; ++h)
      other |= iclgd_attention_at(t, l, h) != iclgd_attention_at(t, 0, 0);
  for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i) {
    if (forms[i].kind != iclgd_attention_at(t, 0, 0)) continue;
    *out = (iclgd_kernel){forms[i].form, 1};
    found = true;
  }
  return found && !other;
}
