/* What a pass through a transformer works on. */
#include "model/transformer/pass.h"
#include "model/transformer/shape.h"

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static void take_states(const iclgd_model *model, size_t n, iclgd_arena *arena,
                        iclgd_transformer_scratch *s) {
  const iclgd_transformer *t = &model->transformer;
  const size_t depth = iclgd_model_depth(model), C = t->width;
  const size_t T = iclgd_transformer_tokens(t, n), M = t->mlp_width;
  const size_t HK = t->heads * t->key, HV = t->heads * t->value;
  s->z = iclgd_arena_numbers(arena, T, t->token_width, 1);
  s->e = iclgd_arena_numbers(arena, T, C, 1);
  s->h = iclgd_arena_numbers(arena, depth + 1, T, C);
  s->u1 = iclgd_arena_numbers(arena, depth, T, C);
  s->unit1 = iclgd_arena_numbers(arena, depth, T, C);
  s->r1 = iclgd_arena_numbers(arena, depth, T, 1);
  s->q = iclgd_arena_numbers(arena, depth, T, HK);
  s->k = iclgd_arena_numbers(arena, depth, T, HK);
  s->v = iclgd_arena_numbers(arena, depth, T, HV);
  s->o = iclgd_arena_numbers(arena, depth, T, HV);
  s->p = iclgd_arena_numbers(arena, depth, t->heads * T, T);
  s->sum = iclgd_arena_numbers(arena, depth, t->heads, T);
  s->u2 = iclgd_arena_numbers(arena, depth, T, C);
  s->unit2 = iclgd_arena_numbers(arena, depth, T, C);
  s->r2 = iclgd_arena_numbers(arena, depth, T, 1);
  s->up = iclgd_arena_numbers(arena, depth, T, M);
  s->gate = iclgd_arena_numbers(arena, depth, T, M);
  s->hidden = iclgd_arena_numbers(arena, depth, T, M);
  s->unit_f = iclgd_arena_numbers(arena, depth, T, C);
  s->r_f = iclgd_arena_numbers(arena, depth, T, 1);
  if (t->tokens == ICLGD_ALTERNATING)
    s->x_states = iclgd_arena_numbers(arena, depth + 1, n + 1, C);
}

static void take_work(const iclgd_model *model, size_t n, iclgd_arena *arena,
                      iclgd_transformer_scratch *s) {
  const iclgd_transformer *t = &model->transformer;
  const size_t C = t->width, d = model->d, M = t->mlp_width;
  const size_t T = iclgd_transformer_tokens(t, n);
  const size_t HK = t->heads * t->key, HV = t->heads * t->value;
  number **states[] = {&s->in, &s->out, &s->dh, &s->dm, &s->du, &s->de};
  number **tangents[] = {&s->J, &s->J_e, &s->J_part, &s->J_read};
  for (size_t i = 0; i < sizeof states / sizeof *states; ++i)
    *states[i] = iclgd_arena_numbers(arena, T, C, 1);
  for (size_t i = 0; i < sizeof tangents / sizeof *tangents; ++i)
    *tangents[i] = iclgd_arena_numbers(arena, d, C, 1);
  s->attention = (iclgd_attention_work){
      .dq = iclgd_arena_numbers(arena, T, HK, 1),
      .dk = iclgd_arena_numbers(arena, T, HK, 1),
      .dv = iclgd_arena_numbers(arena, T, HV, 1),
      .d_o = iclgd_arena_numbers(arena, T, HV, 1),
      .ds = iclgd_arena_numbers(arena, T, T, 1),
      .moved = iclgd_arena_numbers(arena, T, t->key, 1),
  };
  s->mlp = iclgd_arena_numbers(arena, 2, larger(T, d), M);
  s->read = iclgd_arena_numbers(arena, larger(d, 2), C, 1);
  s->slope = iclgd_arena_numbers(arena, iclgd_model_depth(model) + 1, 1, 1);
  s->dq = iclgd_arena_numbers(arena, d, HK, 1);
  s->dk = iclgd_arena_numbers(arena, d, HK, 1);
  s->dv = iclgd_arena_numbers(arena, d, HV, 1);
  s->d_o = iclgd_arena_numbers(arena, d, HV, 1);
  s->ds = iclgd_arena_numbers(arena, T, 1, 1);
}

iclgd_status iclgd_transformer_scratch_create(const iclgd_model *model,
                                              size_t n, iclgd_arena *arena,
                                              void **out, iclgd_error *err) {
  TRY(iclgd_transformer_check_context(model, n, err));
  iclgd_transformer_scratch *s = iclgd_arena_take(arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the model's scratch");
  s->n_max = n;
  take_states(model, n, arena, s);
  take_work(model, n, arena, s);
  *out = s;
  return iclgd_arena_status(arena, err, "the model's scratch");
}
