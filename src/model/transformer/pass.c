/* The pass: states through blocks, predictions, and the way back.
 *   before: m = r h + attention(norm1(h)),  h' = r m + mlp(norm2(m))
 *   behind: m = norm1(r h + attention(h)),  h' = norm2(r m + mlp(m))
 * Where the input is injected, h_0 = 0, the first block of a loop reads h + e,
 * and the last one's state goes through norm_f; de is then the sum over loops
 * of the slopes in what their first blocks read. */
#include "model/transformer/pass.h"

#include <string.h>

#include "model/transformer/embedding.h"
#include "model/transformer/shortcut.h"

static size_t tokens_of(const iclgd_pass *pass) {
  return iclgd_transformer_tokens(&pass->model->transformer, pass->prompt->n);
}

static iclgd_norm norm_at(iclgd_transformer_array gain, number *unit,
                          number *r) {
  const iclgd_transformer_array bias = (iclgd_transformer_array)((int)gain + 1);
  return (iclgd_norm){gain, bias, unit, r};
}

iclgd_block iclgd_block_of(const iclgd_pass *pass, number *dtheta, size_t l) {
  const iclgd_model *model = pass->model;
  const iclgd_transformer *t = &model->transformer;
  iclgd_transformer_scratch *s = pass->scratch;
  const size_t T = tokens_of(pass), C = T * t->width, M = T * t->mlp_width;
  const size_t HK = T * t->heads * t->key, HV = T * t->heads * t->value;
  const size_t index = l % model->layers;
  return (iclgd_block){
      .layer = {t, iclgd_theta_of(pass), dtheta, index},
      .T = T,
      .l = l,
      .changes = s->changes,
      .n_changes = s->n_changes,
      .starts = t->inject && index == 0,
      .ends = t->inject && index + 1 == model->layers && t->final_norm,
      .h = s->h + l * C,
      .next = s->h + (l + 1) * C,
      .mid = t->mlp == ICLGD_MLP_NONE ? NULL : s->mid + l * C,
      .u1 = s->u1 + l * C,
      .u2 = s->u2 + l * C,
      .norm1 = norm_at(ICLGD_NORM1_GAIN, s->unit1 + l * C, s->r1 + l * T),
      .norm2 = norm_at(ICLGD_NORM2_GAIN, s->unit2 + l * C, s->r2 + l * T),
      .norm_f = norm_at(ICLGD_FINAL_GAIN, s->unit_f + l * C, s->r_f + l * T),
      .attention = {T, s->u1 + l * C, s->q + l * HK, s->k + l * HK,
                    s->v + l * HV, s->o + l * HV, s->p + l * t->heads * T * T,
                    s->sum + l * t->heads * T},
      .mlp = {s->up + l * M, s->gate + l * M, s->hidden + l * M},
  };
}

iclgd_readout iclgd_readout_of(const iclgd_pass *pass,
                               const iclgd_block *block) {
  const iclgd_transformer *t = block->layer.shape;
  const double *others = pass->model->readouts;
  const bool norms = t->final_norm && !block->ends && !others;
  return (iclgd_readout){norms ? &block->norm_f : NULL, pass->model->sign,
                         others ? others + block->l * (t->width + 1) : NULL};
}

static void add(size_t size, const number *x, number *out) {
  for (size_t i = 0; i < size; ++i) out[i] += x[i];
}

/* Rows first.. of an output, `stride` apart, as a change has them. */
static void replace(const iclgd_intervention *change, size_t first, size_t T,
                    size_t width, size_t stride, number *out) {
  for (size_t i = first; i < T; ++i)
    for (size_t j = 0; j < width; ++j)
      out[i * stride + j] = change->output ? change->output[i * width + j] : 0;
}

static void replace_heads(const iclgd_block *b, size_t first) {
  const iclgd_transformer *t = b->layer.shape;
  for (size_t k = 0; k < b->n_changes; ++k) {
    const iclgd_component *of = &b->changes[k].component;
    if (of->kind == ICLGD_COMPONENT_HEAD && of->layer == b->l)
      replace(&b->changes[k], first, b->T, t->value, t->heads * t->value,
              b->attention.o + of->head * t->value);
  }
}

static void replace_mlp(const iclgd_block *b, size_t first, number *out) {
  const size_t C = b->layer.shape->width;
  for (size_t k = 0; k < b->n_changes; ++k) {
    const iclgd_component *of = &b->changes[k].component;
    if (of->kind == ICLGD_COMPONENT_MLP && of->layer == b->l)
      replace(&b->changes[k], first, b->T, C, C, out);
  }
}

static void run_attention(const iclgd_block *b, size_t first, const number *in,
                          number *m) {
  const iclgd_layer *y = &b->layer;
  const iclgd_transformer *t = y->shape;
  const size_t rows = b->T - first, at = first * t->width;
  const size_t size = rows * t->width;
  if (iclgd_norms_before(t))
    iclgd_norm_forward(y, &b->norm1, first, rows, in + at, b->u1 + at);
  else
    memcpy(b->u1 + at, in + at, size * sizeof *in);
  iclgd_attend_heads(y, &b->attention, first);
  replace_heads(b, first);
  iclgd_attend_write(y, &b->attention, first, m);
  iclgd_shortcut_forward(y, ICLGD_PAST_ATTENTION, rows, in + at, m + at);
  if (t->norm == ICLGD_NORM_POST)
    iclgd_norm_forward(y, &b->norm1, first, rows, m + at, m + at);
}

static void run_mlp(const iclgd_block *b, size_t first, const number *m,
                    number *next) {
  const iclgd_layer *y = &b->layer;
  const iclgd_transformer *t = y->shape;
  const size_t rows = b->T - first, at = first * t->width;
  const size_t size = rows * t->width, hidden = first * t->mlp_width;
  const iclgd_mlp_tape tape = {b->mlp.up + hidden, b->mlp.gate + hidden,
                               b->mlp.hidden + hidden};
  if (iclgd_norms_before(t))
    iclgd_norm_forward(y, &b->norm2, first, rows, m + at, b->u2 + at);
  else
    memcpy(b->u2 + at, m + at, size * sizeof *m);
  iclgd_mlp_forward(y, tape, rows, b->u2 + at, next + at);
  replace_mlp(b, first, next);
  iclgd_shortcut_forward(y, ICLGD_PAST_MLP, rows, m + at, next + at);
  if (t->norm == ICLGD_NORM_POST)
    iclgd_norm_forward(y, &b->norm2, first, rows, next + at, next + at);
}

/* What the block reads: in. */
static void set_input(const iclgd_transformer_scratch *s, const iclgd_block *b,
                      size_t first) {
  const size_t C = b->layer.shape->width;
  const size_t at = first * C, size = (b->T - first) * C;
  memcpy(s->in + at, b->h + at, size * sizeof *s->in);
  if (b->starts) add(size, s->e + at, s->in + at);
}

static void run_block(const iclgd_pass *pass, const iclgd_block *b,
                      size_t first) {
  iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_transformer *t = b->layer.shape;
  const size_t at = first * t->width;
  set_input(s, b, first);
  if (t->mlp == ICLGD_MLP_NONE) {
    run_attention(b, first, s->in, b->next);
  } else {
    run_attention(b, first, s->in, b->mid);
    run_mlp(b, first, b->mid, b->next);
  }
  if (b->ends)
    iclgd_norm_forward(&b->layer, &b->norm_f, first, b->T - first, b->next + at,
                       b->next + at);
}

void iclgd_transformer_run(const iclgd_pass *pass, const double *x,
                           size_t first) {
  iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_transformer *t = &pass->model->transformer;
  const iclgd_layer shared = {t, iclgd_theta_of(pass), NULL, 0};
  const size_t at = first * t->width;
  const size_t size = (tokens_of(pass) - first) * t->width;
  iclgd_embed_forward(&shared, pass->prompt, x, first, s->z, s->e);
  if (t->inject)
    memset(s->h + at, 0, size * sizeof *s->h);
  else
    memcpy(s->h + at, s->e + at, size * sizeof *s->h);
  for (size_t l = 0; l < iclgd_model_depth(pass->model); ++l) {
    const iclgd_block block = iclgd_block_of(pass, NULL, l);
    run_block(pass, &block, first);
  }
}

void iclgd_transformer_read(const iclgd_pass *pass, iclgd_read_tokens tokens,
                            iclgd_read_layout layout, number *prediction) {
  const iclgd_transformer_scratch *s = pass->scratch;
  for (size_t k = 0; k < tokens.count; ++k) prediction[k * layout.by_token] = 0;
  for (size_t l = 0; l < iclgd_model_depth(pass->model); ++l) {
    const iclgd_block b = iclgd_block_of(pass, NULL, l);
    for (size_t k = 0; k < tokens.count; ++k) {
      const size_t i = tokens.first + k * tokens.step;
      prediction[(l + 1) * layout.by_layer + k * layout.by_token] =
          iclgd_read_forward(&b.layer, iclgd_readout_of(pass, &b), i,
                             b.next + i * b.layer.shape->width, s->read);
    }
  }
}

/* dh += what the predictions after a block say. */
static void back_from_readouts(const iclgd_pass *pass, const iclgd_block *b,
                               iclgd_read_tokens tokens, size_t by_token,
                               const number *slope) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const size_t C = b->layer.shape->width;
  for (size_t k = 0; k < tokens.count; ++k) {
    const size_t i = tokens.first + k * tokens.step;
    if (slope[k * by_token] != 0)
      iclgd_read_backward(&b->layer, iclgd_readout_of(pass, b), i,
                          b->next + i * C, slope[k * by_token], s->read,
                          s->dh + i * C);
  }
}

/* dm = from dh, slopes behind and before the mlp. */
static void back_through_mlp(const iclgd_pass *pass, const iclgd_block *b) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_layer *y = &b->layer;
  const iclgd_transformer *t = y->shape;
  const size_t size = b->T * t->width;
  if (t->norm == ICLGD_NORM_POST)
    iclgd_norm_backward(y, &b->norm2, 0, b->T, s->dh, s->dh);
  memset(s->du, 0, size * sizeof *s->du);
  iclgd_mlp_backward(y, b->mlp, b->T, b->u2, s->dh, s->mlp, s->du);
  if (iclgd_norms_before(t))
    iclgd_norm_backward(y, &b->norm2, 0, b->T, s->du, s->du);
  memcpy(s->dm, s->du, size * sizeof *s->dm);
  iclgd_shortcut_backward(y, ICLGD_PAST_MLP, b->T, b->mid, s->dh, s->dm);
}

/* dh = from dm, slopes behind and before attention. */
static void back_through_attention(const iclgd_pass *pass,
                                   const iclgd_block *b) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_layer *y = &b->layer;
  const iclgd_transformer *t = y->shape;
  const size_t size = b->T * t->width;
  if (t->norm == ICLGD_NORM_POST)
    iclgd_norm_backward(y, &b->norm1, 0, b->T, s->dm, s->dm);
  memset(s->du, 0, size * sizeof *s->du);
  iclgd_attend_backward(y, &b->attention, &s->attention, s->dm, s->du);
  if (iclgd_norms_before(t))
    iclgd_norm_backward(y, &b->norm1, 0, b->T, s->du, s->du);
  memcpy(s->dh, s->du, size * sizeof *s->dh);
  set_input(s, b, 0);
  iclgd_shortcut_backward(y, ICLGD_PAST_ATTENTION, b->T, s->in, s->dm, s->dh);
}

static void back_through_block(const iclgd_pass *pass, const iclgd_block *b) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const size_t size = b->T * b->layer.shape->width;
  if (b->ends)
    iclgd_norm_backward(&b->layer, &b->norm_f, 0, b->T, s->dh, s->dh);
  if (b->layer.shape->mlp == ICLGD_MLP_NONE)
    memcpy(s->dm, s->dh, size * sizeof *s->dm);
  else
    back_through_mlp(pass, b);
  back_through_attention(pass, b);
  if (b->starts) add(size, s->dh, s->de);
}

/* Blocks before the last prediction that has a slope. */
static size_t last_block(const iclgd_pass *pass, iclgd_read_tokens tokens,
                         iclgd_read_layout layout, const number *slope) {
  size_t l = iclgd_model_depth(pass->model);
  for (; l > 0; --l)
    for (size_t k = 0; k < tokens.count; ++k)
      if (slope[l * layout.by_layer + k * layout.by_token] != 0) return l;
  return 0;
}

void iclgd_transformer_back(const iclgd_pass *pass, iclgd_read_tokens tokens,
                            iclgd_read_layout layout, const number *slope,
                            number *dtheta, number *dx) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_transformer *t = &pass->model->transformer;
  const size_t T = tokens_of(pass), size = T * t->width;
  const iclgd_layer shared = {t, iclgd_theta_of(pass), dtheta, 0};
  memset(s->dh, 0, size * sizeof *s->dh);
  memset(s->de, 0, size * sizeof *s->de);
  for (size_t l = last_block(pass, tokens, layout, slope); l-- > 0;) {
    const iclgd_block b = iclgd_block_of(pass, dtheta, l);
    back_from_readouts(pass, &b, tokens, layout.by_token,
                       slope + (l + 1) * layout.by_layer);
    back_through_block(pass, &b);
  }
  iclgd_embed_backward(&shared, T, pass->model->d, s->z,
                       t->inject ? s->de : s->dh, dx);
}
