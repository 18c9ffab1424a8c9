/* Conservative propagation (Ali et al. 2022, arXiv:2202.07304): the prediction
 * as what it is of the tokens when these are held as the pass has them:
 *   weights p of attention            o_i = sum_j p_ij v_j
 *   scales r of norms                 gain r (x - mu) + bias
 *   factors f(a) / a of the mlp       W_down (a f(a) / a) + b_down
 * Then every part is affine in the state that it reads, the prediction is
 *   yhat = sum_i de_i . e_i + (biases . their slopes),
 * exactly, and de goes back as a slope does, without what scores, r and f' say.
 */
#include <string.h>

#include "math/dense.h"
#include "model/transformer/pass.h"
#include "model/transformer/shortcut.h"

/* Slopes on their way back, and what biases have added to the prediction. */
typedef struct flow {
  const iclgd_transformer_scratch *s;
  double bias;
} flow;

/* sum over rows of dY . b, of a vector that all rows have (NULL: none). */
static double share_of(const double *b, size_t rows, size_t width,
                       const double *dY) {
  double sum = 0;
  for (size_t i = 0; b && i < rows; ++i)
    for (size_t j = 0; j < width; ++j) sum += b[j] * dY[i * width + j];
  return sum;
}

/* dX (rows, in) += through a map, dY (rows, out). */
static void pull_map(flow *f, const iclgd_layer *y, iclgd_affine map,
                     size_t rows, const double *dY, double *dX) {
  const iclgd_factor W = {iclgd_parameter(y, map.W), map.in, false};
  const iclgd_factor dy = {dY, map.out, false};
  f->bias += share_of(iclgd_parameter(y, map.b), rows, map.out, dY);
  iclgd_add_product(rows, map.in, map.out, 1, dy, W, dX, map.in);
}

/* d (rows, C) in its place, through rows `first`.. of a norm. */
static void pull_norm(flow *f, const iclgd_layer *y, const iclgd_norm *norm,
                      size_t first, size_t rows, double *d) {
  const size_t C = y->shape->width;
  const double *gain = iclgd_parameter(y, norm->gain);
  f->bias += share_of(iclgd_parameter(y, norm->bias), rows, C, d);
  for (size_t i = 0; i < rows; ++i, d += C) {
    double mean = 0;
    for (size_t j = 0; j < C; ++j) mean += gain[j] * d[j] / (double)C;
    if (y->shape->norm == ICLGD_NORM_RMS) mean = 0;
    for (size_t j = 0; j < C; ++j)
      d[j] = norm->r[first + i] * (gain[j] * d[j] - mean);
  }
}

/* The hidden units' slopes (T, M) from those of what the mlp writes. */
static void pull_hidden(flow *f, const iclgd_block *b, const double *dout,
                        double *hidden) {
  const iclgd_transformer *t = b->layer.shape;
  const iclgd_affine down = {ICLGD_W_DOWN, ICLGD_B_DOWN, t->mlp_width,
                             t->width};
  const size_t size = b->T * t->mlp_width;
  memset(hidden, 0, size * sizeof *hidden);
  pull_map(f, &b->layer, down, b->T, dout, hidden);
  for (size_t i = 0; i < size; ++i) {
    const double a = b->mlp.up[i];
    hidden[i] *= a != 0 ? b->mlp.hidden[i] / a : 0;
  }
}

/* dm = from dh, through the mlp and the skip connection beside it. */
static void pull_mlp(flow *f, const iclgd_block *b) {
  const iclgd_transformer_scratch *s = f->s;
  const iclgd_transformer *t = b->layer.shape;
  const iclgd_affine up = {ICLGD_W_UP, ICLGD_B_UP, t->width, t->mlp_width};
  const size_t size = b->T * t->width;
  if (t->norm == ICLGD_NORM_POST)
    pull_norm(f, &b->layer, &b->norm2, 0, b->T, s->dh);
  memset(s->dm, 0, size * sizeof *s->dm);
  pull_hidden(f, b, s->dh, s->mlp);
  pull_map(f, &b->layer, up, b->T, s->mlp, s->dm);
  if (iclgd_norms_before(t)) pull_norm(f, &b->layer, &b->norm2, 0, b->T, s->dm);
  iclgd_shortcut_forward(&b->layer, ICLGD_PAST_MLP, b->T, s->dh, s->dm);
}

/* The heads' slopes d_o (T, H V) from those of what attention writes. */
static void pull_output(flow *f, const iclgd_block *b, const double *dout) {
  const iclgd_transformer_scratch *s = f->s;
  const iclgd_transformer *t = b->layer.shape;
  const size_t C = t->width, HV = t->heads * t->value;
  double *d_o = s->attention.d_o;
  memset(d_o, 0, b->T * HV * sizeof *d_o);
  if (t->output)
    pull_map(f, &b->layer, iclgd_output(t), b->T, dout, d_o);
  else
    for (size_t i = 0; i < b->T * t->heads; ++i)
      memcpy(d_o + i * C, dout + i / t->heads * C, C * sizeof *d_o);
}

/* du (T, C) = from the slopes of what attention writes. */
static void pull_heads(flow *f, const iclgd_block *b, const double *dout,
                       double *du) {
  const iclgd_transformer_scratch *s = f->s;
  const iclgd_transformer *t = b->layer.shape;
  const size_t T = b->T, V = t->value, HV = t->heads * V;
  double *dv = s->attention.dv;
  pull_output(f, b, dout);
  memset(dv, 0, T * HV * sizeof *dv);
  for (size_t h = 0; h < t->heads; ++h) {
    const double *p = b->attention.p + h * T * T;
    iclgd_add_product(T, V, T, 1, (iclgd_factor){p, T, true},
                      (iclgd_factor){s->attention.d_o + h * V, HV, false},
                      dv + h * V, HV);
  }
  memset(du, 0, T * t->width * sizeof *du);
  pull_map(f, &b->layer, iclgd_values(t), T, dv, du);
}

/* dh = from dm, through attention and the skip connection beside it. */
static void pull_attention(flow *f, const iclgd_block *b) {
  const iclgd_transformer_scratch *s = f->s;
  const iclgd_transformer *t = b->layer.shape;
  if (t->norm == ICLGD_NORM_POST)
    pull_norm(f, &b->layer, &b->norm1, 0, b->T, s->dm);
  pull_heads(f, b, s->dm, s->dh);
  if (iclgd_norms_before(t)) pull_norm(f, &b->layer, &b->norm1, 0, b->T, s->dh);
  iclgd_shortcut_forward(&b->layer, ICLGD_PAST_ATTENTION, b->T, s->dm, s->dh);
}

static void pull_block(flow *f, const iclgd_block *b) {
  const iclgd_transformer_scratch *s = f->s;
  const size_t size = b->T * b->layer.shape->width;
  if (b->ends) pull_norm(f, &b->layer, &b->norm_f, 0, b->T, s->dh);
  if (b->layer.shape->mlp == ICLGD_MLP_NONE)
    memcpy(s->dm, s->dh, size * sizeof *s->dm);
  else
    pull_mlp(f, b);
  pull_attention(f, b);
  for (size_t i = 0; b->starts && i < size; ++i) s->de[i] += s->dh[i];
}

/* dh from the readout after the last block. */
static void pull_readout(flow *f, const iclgd_pass *pass,
                         const iclgd_block *b) {
  const iclgd_layer *y = &b->layer;
  const iclgd_transformer_scratch *s = f->s;
  const size_t i = b->T - 1, at = i * y->shape->width;
  iclgd_readout readout = iclgd_readout_of(pass, b);
  const iclgd_norm *norm = readout.norm;
  const double *b_out = iclgd_parameter(y, ICLGD_B_OUT);
  if (norm) iclgd_read_forward(y, readout, i, b->next + at, s->read);
  readout.norm = NULL;
  iclgd_read_backward(y, readout, i, b->next + at, 1, s->read, s->dh + at);
  if (readout.other)
    f->bias += readout.other[y->shape->width];
  else
    f->bias += b_out ? *b_out : 0;
  if (norm) pull_norm(f, y, norm, i, 1, s->dh + at);
}

/* What the states begin as has biases and positions of its own. */
static double share_of_embedding(const iclgd_pass *pass, size_t T,
                                 const double *de) {
  const iclgd_transformer *t = &pass->model->transformer;
  const iclgd_layer shared = {t, pass->theta, NULL, 0};
  const double *position = iclgd_parameter(&shared, ICLGD_POSITION);
  const size_t C = t->width;
  double sum = share_of(iclgd_parameter(&shared, ICLGD_B_IN), T, C, de);
  if (position) sum += share_of(position, 1, T * C, de);
  if (t->positions != ICLGD_POSITION_SINUSOIDAL) return sum;
  for (size_t i = 0; i < T * C; ++i)
    sum += de[i] * iclgd_transformer_sinusoid(t, i / C, i % C);
  return sum;
}

const double *iclgd_transformer_conserve(const iclgd_pass *pass, double *bias) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_transformer *t = &pass->model->transformer;
  const size_t T = iclgd_transformer_tokens(t, pass->prompt->n);
  const size_t depth = iclgd_model_depth(pass->model);
  const double *de = t->inject ? s->de : s->dh;
  flow f = {s, 0};
  memset(s->dh, 0, T * t->width * sizeof *s->dh);
  memset(s->de, 0, T * t->width * sizeof *s->de);
  for (size_t l = depth; l-- > 0;) {
    const iclgd_block b = iclgd_block_of(pass, NULL, l);
    if (l + 1 == depth) pull_readout(&f, pass, &b);
    pull_block(&f, &b);
  }
  *bias = f.bias + share_of_embedding(pass, T, de);
  return de;
}
