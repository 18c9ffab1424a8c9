/* The pass of a group of prompts through all blocks, and the way back
 * (src/model/transformer/pass.c has it for one prompt):
 *   before: m = r h + attention(norm1(h)),  h' = r m + mlp(norm2(m))
 *   behind: m = norm1(r h + attention(h)),  h' = norm2(r m + mlp(m))
 * (r + s by unit where shortcuts are augmented). Where the input is injected,
 * block l that begins a loop reads norm_f(h_l) + e (h_0 = 0). Of the last block
 * that is run nothing but the tokens that are read is needed, those from
 * `first` on. */
#ifndef ICLGD_ENGINE_TRANSFORMER_PASS_H
#define ICLGD_ENGINE_TRANSFORMER_PASS_H

#include "engine/transformer/attention.h"
#include "engine/transformer/mlp.h"
#include "engine/transformer/norm.h"

/* What is kept of a block. */
typedef struct kept {
  tokens x, mid, end; /* (C) what it reads, and before its norms */
  tokens state;       /* h' */
  tokens moments1, moments2, moments_f;
  tokens up, gate; /* (M) */
  attention_tape attention;
} kept;

typedef struct work {
  tokens z, u, m;       /* (token_width), (C), (C) */
  tokens d, du, xh, de; /* (C) */
  tokens a, da, dz;     /* (HIDDEN) */
  attention_work attention;
} work;

typedef struct pass {
  const iclgd_transformer *shape;
  size_t layers, T;
  parameters arrays;
  const real *sinusoid; /* (T, C); NULL: none */
  const real *bias;     /* (layers, H, T); NULL: none */
  const real *scale;    /* (layers, H) */
  kept *blocks;
  work work;
} pass;

static inline bool norms_before(const iclgd_transformer *s) {
  return s->norm == ICLGD_NORM_PRE || s->norm == ICLGD_NORM_RMS;
}
static inline bool norms_behind(const iclgd_transformer *s) {
  return s->norm == ICLGD_NORM_POST;
}

static inline parameters layer_of(const pass *p, size_t b) {
  parameters out = p->arrays;
  out.layer = b % p->layers;
  return out;
}

static inline norm norm_of(const parameters *p, iclgd_transformer_array gain) {
  const iclgd_transformer_array bias = (iclgd_transformer_array)((int)gain + 1);
  return (norm){.C = p->shape->width,
                .centres = p->shape->norm != ICLGD_NORM_RMS,
                .epsilon = (real)p->shape->epsilon,
                .gain = parameter(p, gain),
                .bias = parameter(p, bias)};
}

/* dx = or += through the norm of x. */
static inline void back_through_norm(tokens dx, const pass *p,
                                     const parameters *y,
                                     iclgd_transformer_array gain, tokens G,
                                     tokens x, tokens moments, span s,
                                     update how) {
  const iclgd_transformer_array bias = (iclgd_transformer_array)((int)gain + 1);
  const norm n = norm_of(y, gain);
  norm_backward(dx, parameter_slope(y, gain), parameter_slope(y, bias), G, x,
                moments, p->work.xh, &n, s, how);
}

static inline mlp mlp_of(const parameters *p) {
  return (mlp){.kind = p->shape->mlp,
               .C = p->shape->width,
               .M = p->shape->mlp_width,
               .W_up = parameter(p, ICLGD_W_UP),
               .b_up = parameter(p, ICLGD_B_UP),
               .W_gate = parameter(p, ICLGD_W_GATE),
               .W_down = parameter(p, ICLGD_W_DOWN),
               .b_down = parameter(p, ICLGD_B_DOWN)};
}
static inline mlp_gradient mlp_gradient_of(const parameters *p) {
  return (mlp_gradient){.W_up = parameter_slope(p, ICLGD_W_UP),
                        .b_up = parameter_slope(p, ICLGD_B_UP),
                        .W_gate = parameter_slope(p, ICLGD_W_GATE),
                        .W_down = parameter_slope(p, ICLGD_W_DOWN),
                        .b_down = parameter_slope(p, ICLGD_B_DOWN)};
}

static inline attention_work attention_work_of(const pass *p, size_t b) {
  attention_work out = p->work.attention;
  out.scale = p->scale + b % p->layers * p->shape->heads;
  if (p->bias) out.bias = p->bias + b % p->layers * p->shape->heads * p->T;
  return out;
}

/* --- shortcuts ----------------------------------------------------------- */

enum { PAST_ATTENTION, PAST_MLP };

/* Of a part; NULL: nothing is learned of it. */
static inline const real *shortcut_of(const parameters *y, size_t part) {
  const real *gains = parameter(y, ICLGD_SHORTCUT);
  return gains ? gains + part * y->shape->width : NULL;
}

/* out = (r + s) * in */
static inline void set_shortcut(tokens out, tokens in, const parameters *y,
                                size_t part, span s) {
  const size_t C = y->shape->width;
  const real *gains = shortcut_of(y, part);
  set_tokens(out, in, (real)y->shape->residual, s, C);
  for (size_t c = 0; gains && c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t)
      for (size_t j = 0; j < C; ++j)
        token(out, c, t)[j] =
            madd(splat(gains[j]), token(in, c, t)[j], token(out, c, t)[j]);
}

/* d = (r + s) * d, ds += of the same tokens x. */
static inline void back_through_shortcut(tokens d, tokens x,
                                         const parameters *y, size_t part,
                                         span s) {
  const size_t C = y->shape->width;
  const real r = (real)y->shape->residual, *gains = shortcut_of(y, part);
  if (!gains) {
    scale_tokens(d, r, s, C);
    return;
  }
  add_sums(parameter_slope(y, ICLGD_SHORTCUT) + part * C, d, &x, s, C);
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t t = s.first; t < s.first + s.count; ++t)
      for (size_t j = 0; j < C; ++j) token(d, c, t)[j] *= splat(r + gains[j]);
}

/* --- forward ------------------------------------------------------------- */

/* m of a block, where its mlp reads it. */
static inline tokens run_attention(const pass *p, size_t b, span s) {
  const iclgd_transformer *t = p->shape;
  const kept *k = &p->blocks[b];
  const parameters y = layer_of(p, b);
  const attention_work w = attention_work_of(p, b);
  const norm n = norm_of(&y, ICLGD_NORM1_GAIN);
  if (norms_before(t))
    norm_forward(p->work.u, k->moments1, k->x, &n, (span){0, p->T});
  set_shortcut(k->mid, k->x, &y, PAST_ATTENTION, s);
  attention_forward(k->mid, &y, &k->attention, &w,
                    norms_before(t) ? p->work.u : k->x, s);
  if (!norms_behind(t)) return k->mid;
  norm_forward(p->work.m, k->moments1, k->mid, &n, s);
  return p->work.m;
}

static inline void run_mlp(const pass *p, size_t b, tokens m, span s) {
  const iclgd_transformer *t = p->shape;
  const kept *k = &p->blocks[b];
  const parameters y = layer_of(p, b);
  const norm n = norm_of(&y, ICLGD_NORM2_GAIN);
  const mlp f = mlp_of(&y);
  const tokens out = norms_behind(t) ? k->end : k->state;
  if (norms_before(t)) norm_forward(p->work.u, k->moments2, m, &n, s);
  set_shortcut(out, m, &y, PAST_MLP, s);
  mlp_forward(out, k->up, k->gate, p->work.a, norms_before(t) ? p->work.u : m,
              &f, s);
  if (norms_behind(t)) norm_forward(k->state, k->moments2, k->end, &n, s);
}

static inline void run_block_forward(const pass *p, size_t b, span s) {
  const tokens m = run_attention(p, b, s);
  if (p->shape->mlp != ICLGD_MLP_NONE)
    run_mlp(p, b, m, s);
  else if (m.at != p->blocks[b].state.at)
    set_tokens(p->blocks[b].state, m, 1, s, p->shape->width);
}

static inline affine read_in_of(const parameters *p) {
  const iclgd_transformer *t = p->shape;
  return affine_of(p, ICLGD_W_IN, ICLGD_B_IN, t->width, t->token_width);
}

/* e, what the first block reads. */
static inline void embed(const pass *p) {
  const iclgd_transformer *t = p->shape;
  const tokens e = p->blocks[0].x;
  const span all = {0, p->T};
  const real *position = parameter(&p->arrays, ICLGD_POSITION);
  if (p->sinusoid) position = p->sinusoid;
  if (t->reads_in)
    affine_forward(e, read_in_of(&p->arrays), p->work.z, all, SET);
  else
    set_tokens(e, p->work.z, 1, all, t->width);
  for (size_t i = 0; position && i < p->T; ++i)
    add_bias(e, position + i * t->width, (span){i, 1}, t->width);
}

/* What block b reads: the state before it, and where a loop begins, of a model
 * whose input is injected, e added to it. */
static inline void enter_block(const pass *p, size_t b) {
  const iclgd_transformer *t = p->shape;
  const span all = {0, p->T};
  if (b == 0 || !t->inject || b % p->layers > 0) return;
  const kept *before = &p->blocks[b - 1];
  const norm n = norm_of(&p->arrays, ICLGD_FINAL_GAIN);
  const tokens x = p->blocks[b].x;
  if (t->final_norm)
    norm_forward(x, before->moments_f, before->state, &n, all);
  else
    set_tokens(x, before->state, 1, all, t->width);
  add_tokens_to(x, p->blocks[0].x, all, t->width);
}

/* Block b of `depth` that are run. */
static inline void run_block(const pass *p, size_t b, size_t depth,
                             size_t first) {
  enter_block(p, b);
  run_block_forward(
      p, b, b + 1 < depth ? (span){0, p->T} : (span){first, p->T - first});
}

/* Blocks 0 .. depth - 1. */
static inline void run_pass(const pass *p, size_t depth, size_t first) {
  embed(p);
  for (size_t b = 0; b < depth; ++b) run_block(p, b, depth, first);
}

/* --- backward ------------------------------------------------------------ */

/* d: from the slope in h' to that in m. */
static inline void back_through_mlp(const pass *p, size_t b, span s) {
  const iclgd_transformer *t = p->shape;
  const kept *k = &p->blocks[b];
  const work *w = &p->work;
  const parameters y = layer_of(p, b);
  const norm first = norm_of(&y, ICLGD_NORM1_GAIN),
             second = norm_of(&y, ICLGD_NORM2_GAIN);
  const mlp f = mlp_of(&y);
  tokens m = k->mid, u = k->mid;
  if (norms_behind(t)) {
    back_through_norm(w->d, p, &y, ICLGD_NORM2_GAIN, w->d, k->end, k->moments2,
                      s, SET);
    apply_norm(w->m, k->mid, k->moments1, &first, s);
    u = m = w->m;
  } else if (norms_before(t)) {
    apply_norm(w->u, m, k->moments2, &second, s);
    u = w->u;
  }
  mlp_backward(w->du, mlp_gradient_of(&y), w->d, k->up, k->gate, u, w->a, w->da,
               w->dz, &f, s);
  back_through_shortcut(w->d, m, &y, PAST_MLP, s);
  if (norms_before(t))
    back_through_norm(w->d, p, &y, ICLGD_NORM2_GAIN, w->du, m, k->moments2, s,
                      ADD);
  else
    add_tokens_to(w->d, w->du, s, t->width);
}

/* d: from the slope in m to that in what the block reads. */
static inline void back_through_attention(const pass *p, size_t b, span s) {
  const iclgd_transformer *t = p->shape;
  const kept *k = &p->blocks[b];
  const work *w = &p->work;
  const parameters y = layer_of(p, b);
  const attention_work heads = attention_work_of(p, b);
  const norm n = norm_of(&y, ICLGD_NORM1_GAIN);
  const span all = {0, p->T};
  if (norms_behind(t))
    back_through_norm(w->d, p, &y, ICLGD_NORM1_GAIN, w->d, k->mid, k->moments1,
                      s, SET);
  if (norms_before(t)) apply_norm(w->u, k->x, k->moments1, &n, all);
  attention_backward(w->du, &y, &k->attention, &heads, w->d,
                     norms_before(t) ? w->u : k->x, s);
  back_through_shortcut(w->d, k->x, &y, PAST_ATTENTION, s);
  if (norms_before(t))
    back_through_norm(w->d, p, &y, ICLGD_NORM1_GAIN, w->du, k->x, k->moments1,
                      all, ADD);
  else
    add_tokens_to(w->d, w->du, all, t->width);
}

/* d: from the slope in the state of block b to that in the state of block b -
 * 1; where the input is injected, de += . */
static inline void back_through_block(const pass *p, size_t b, span s) {
  const iclgd_transformer *t = p->shape;
  const span all = {0, p->T};
  if (t->mlp != ICLGD_MLP_NONE) back_through_mlp(p, b, s);
  back_through_attention(p, b, s);
  if (!t->inject || b % p->layers > 0) return;
  add_tokens_to(p->work.de, p->work.d, all, t->width);
  if (b == 0 || !t->final_norm) return;
  back_through_norm(p->work.d, p, &p->arrays, ICLGD_FINAL_GAIN, p->work.d,
                    p->blocks[b - 1].state, p->blocks[b - 1].moments_f, all,
                    SET);
}

/* The gradient of what makes e. */
static inline void back_through_embedding(const pass *p) {
  const iclgd_transformer *t = p->shape;
  const tokens de = t->inject ? p->work.de : p->work.d;
  real *position = parameter_slope(&p->arrays, ICLGD_POSITION);
  if (t->reads_in)
    affine_gradient(read_in_of(&p->arrays), de, p->work.z, (span){0, p->T});
  for (size_t i = 0; position && i < p->T; ++i)
    add_sums(position + i * t->width, de, NULL, (span){i, 1}, t->width);
}

#endif /* ICLGD_ENGINE_TRANSFORMER_PASS_H */
