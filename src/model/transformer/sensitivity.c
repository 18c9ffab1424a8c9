/* The gradient of every prediction in the query.
 *
 * Where the context does not see the query, only the query's row moves with it:
 * its d tangents J (d, C), one per coordinate of x, go forward with it,
 *   ds_j = a t (dq . k_j), and + a t (q . dk) at its own key
 *   do   = sum_j dp_j v_j + p_own dv
 * and through norms, mlp and readouts as their files say: all layers in one
 * pass. Elsewhere each prediction is taken back on its own. */
#include "model/transformer/pass.h"

#include <string.h>

#include "model/transformer/embedding.h"
#include "model/transformer/score.h"
#include "model/transformer/shortcut.h"

/* Queries, and keys and values where the token sees itself, of the tangents. */
static void project(const iclgd_block *b, const iclgd_transformer_scratch *s,
                    size_t d, const double *Ju, bool own) {
  const iclgd_layer *y = &b->layer;
  const iclgd_transformer *t = y->shape;
  if (t->merged)
    iclgd_merged_queries(y, d, Ju, s->dq);
  else if (t->dot_product)
    iclgd_affine_tangent(y, iclgd_queries(t), d, Ju, s->dq);
  if (!own) return;
  if (!t->merged && t->dot_product)
    iclgd_affine_tangent(y, iclgd_keys(t), d, Ju, s->dk);
  iclgd_affine_tangent(y, iclgd_values(t), d, Ju, s->dv);
}

/* A row (K) of tangents under the features of the value phi (K). */
static void apply_features(const iclgd_head *head, size_t K, const double *phi,
                           double *moved) {
  if (head->kind != ICLGD_ATTEND_ELU1) return;
  for (size_t c = 0; c < K; ++c) moved[c] *= iclgd_phi_slope(phi[c]);
}

static double dot(const double *a, const double *b, size_t size) {
  double sum = 0;
  for (size_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

/* ds (count) of the query's row from a tangent dq of its query and, where it
 * sees itself, dk of its key. */
static void move_scores(const iclgd_head *head, size_t K, size_t count,
                        size_t own, const double *dq, const double *dk,
                        double *ds) {
  const double factor = head->scale * head->temperature;
  for (size_t j = 0; j < count; ++j)
    ds[j] = factor * dot(dq, head->k + j * head->k_stride, K);
  if (own < count)
    ds[own] += factor * dot(dk, head->q + own * head->q_stride, K);
}

/* One head under tangent j: do (V). */
static void move_head(const iclgd_block *b, const iclgd_transformer_scratch *s,
                      size_t h, size_t j, const double *Ju) {
  const iclgd_transformer *t = b->layer.shape;
  const iclgd_head head = iclgd_head_of(&b->layer, &b->attention, h);
  const size_t T = b->T, i = T - 1, K = t->key, V = t->value;
  const size_t count = iclgd_transformer_visible(t, i, T);
  const double *p = head.p + i * T;
  double *dq = s->dq + (j * t->heads + h) * K;
  double *dk = s->dk + (j * t->heads + h) * K;
  double *d_o = s->d_o + (j * t->heads + h) * V;
  const double *dv = s->dv + (j * t->heads + h) * V;
  memset(d_o, 0, V * sizeof *d_o);
  memset(s->ds, 0, T * sizeof *s->ds);
  if (t->dot_product) {
    apply_features(&head, K, head.q + i * head.q_stride, dq);
    if (count == T) apply_features(&head, K, head.k + i * head.k_stride, dk);
    move_scores(&head, K, count, i, dq, t->merged ? Ju : dk, s->ds);
    if (count > 0) iclgd_score_tangent(head.kind, count, p, head.sum[i], s->ds);
  }
  for (size_t k = 0; k < count; ++k)
    for (size_t c = 0; c < V; ++c)
      d_o[c] += s->ds[k] * head.v[k * head.v_stride + c];
  for (size_t c = 0; count == T && c < V; ++c) d_o[c] += p[i] * dv[c];
}

/* out (d, C) = what attention writes, of the tangents Ju (d, C) it reads. */
static void move_attention(const iclgd_block *b,
                           const iclgd_transformer_scratch *s, size_t d,
                           const double *Ju, double *out) {
  const iclgd_transformer *t = b->layer.shape;
  const size_t i = b->T - 1;
  project(b, s, d, Ju, iclgd_transformer_visible(t, i, b->T) == b->T);
  for (size_t j = 0; j < d; ++j)
    for (size_t h = 0; h < t->heads; ++h)
      move_head(b, s, h, j, Ju + j * t->width);
  if (t->output)
    iclgd_affine_tangent(&b->layer, iclgd_output(t), d, s->d_o, out);
  else
    iclgd_sum_heads(t, d, s->d_o, out);
}

/* J becomes what passes the part and what it wrote, through the norm behind it.
 */
static void join(const iclgd_block *b, iclgd_past part, const iclgd_norm *norm,
                 size_t d, double *written, double *J) {
  const iclgd_transformer *t = b->layer.shape;
  iclgd_shortcut_forward(&b->layer, part, d, J, written);
  memcpy(J, written, d * t->width * sizeof *J);
  if (t->norm == ICLGD_NORM_POST)
    iclgd_norm_tangent(&b->layer, norm, b->T - 1, d, J, J);
}

/* What a part reads of J. */
static const double *read_of(const iclgd_block *b, const iclgd_norm *norm,
                             size_t d, const double *J, double *read) {
  if (!iclgd_norms_before(b->layer.shape)) return J;
  iclgd_norm_tangent(&b->layer, norm, b->T - 1, d, J, read);
  return read;
}

static void move_block(const iclgd_block *b, const iclgd_transformer_scratch *s,
                       size_t d) {
  const iclgd_transformer *t = b->layer.shape;
  const size_t hidden = (b->T - 1) * t->mlp_width;
  const iclgd_mlp_tape tape = {b->mlp.up + hidden, b->mlp.gate + hidden,
                               b->mlp.hidden + hidden};
  for (size_t i = 0; b->starts && i < d * t->width; ++i) s->J[i] += s->J_e[i];
  move_attention(b, s, d, read_of(b, &b->norm1, d, s->J, s->J_read), s->J_part);
  join(b, ICLGD_PAST_ATTENTION, &b->norm1, d, s->J_part, s->J);
  if (t->mlp != ICLGD_MLP_NONE) {
    iclgd_mlp_tangent(&b->layer, tape, d,
                      read_of(b, &b->norm2, d, s->J, s->J_read), s->mlp,
                      s->J_part);
    join(b, ICLGD_PAST_MLP, &b->norm2, d, s->J_part, s->J);
  }
  if (b->ends)
    iclgd_norm_tangent(&b->layer, &b->norm_f, b->T - 1, d, s->J, s->J);
}

static void weights_forward(const iclgd_pass *pass, double *w) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_transformer *t = &pass->model->transformer;
  const iclgd_layer shared = {t, pass->theta, NULL, 0};
  const size_t d = pass->model->d, size = d * t->width;
  iclgd_embed_tangent(&shared, d, s->J_e);
  memcpy(s->J, s->J_e, size * sizeof *s->J);
  if (t->inject) memset(s->J, 0, size * sizeof *s->J);
  memset(w, 0, d * sizeof *w);
  for (size_t l = 0; l < iclgd_model_depth(pass->model); ++l) {
    const iclgd_block b = iclgd_block_of(pass, NULL, l);
    move_block(&b, s, d);
    iclgd_read_tangent(&b.layer, iclgd_readout_of(pass, &b), b.T - 1, d, s->J,
                       s->J_read, w + (l + 1) * d);
  }
}

/* The slope of prediction l alone, for every l. */
static void weights_backward(const iclgd_pass *pass, iclgd_read_tokens query,
                             double *w) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const size_t depth = iclgd_model_depth(pass->model);
  for (size_t l = 0; l <= depth; ++l) {
    memset(s->slope, 0, (depth + 1) * sizeof *s->slope);
    s->slope[l] = 1;
    iclgd_transformer_back(pass, query, (iclgd_read_layout){1, 0}, s->slope,
                           NULL, w + l * pass->model->d);
  }
}

void iclgd_transformer_weights(const iclgd_pass *pass, double *w,
                               double *prediction) {
  const iclgd_transformer_scratch *s = pass->scratch;
  const iclgd_transformer *t = &pass->model->transformer;
  const size_t T = iclgd_transformer_tokens(t, pass->prompt->n);
  const iclgd_read_tokens query = {T - 1, 1, 1};
  iclgd_transformer_run(pass, pass->x, 0);
  iclgd_transformer_read(pass, query, (iclgd_read_layout){1, 0},
                         prediction ? prediction : s->slope);
  if (iclgd_transformer_sees_query(t))
    weights_backward(pass, query, w);
  else
    weights_forward(pass, w);
}
