/* A block of prompts through a transformer, from numbers to gradient: group
 * after group of 16 is drawn as tokens, run forward and backward, and adds to
 * one gradient, whose sums over prompts have a fixed order (tokens.h). Nothing
 * of a prompt outlives its group. */
#include <math.h>

#include "base/isa.h"
#include "engine/totals.h"
#include "engine/transformer/follow.h"
#include "model/loss.h"

static size_t bytes(const iclgd_model *model,
                    const iclgd_prompt_source *source) {
  scratch s = {0};
  ruler r = {NULL, 0};
  take(&r, 1, sizeof s);
  lay_out(&s, model, source, &r);
  return r.used;
}

static void open_scratch(void *memory, const iclgd_model *model,
                         const iclgd_prompt_source *source,
                         const iclgd_prompts *group, bool prefixes) {
  scratch *s = memory;
  ruler r = {memory, 0};
  memset(s, 0, sizeof *s);
  take(&r, 1, sizeof *s);
  lay_out(s, model, source, &r);
  s->group = *group;
  if (s->in_lanes) fill_law(&s->law);
  s->pass.arrays = (parameters){s->pass.shape, s->theta, s->dtheta, 0};
  set_up(s, prefixes);
}

static void load_parameters(scratch *s, const double *theta) {
  copy_reals(s->theta, theta, s->model->size);
  load_biases(s, theta);
}

static void run_forward(scratch *s, const iclgd_loss *loss, size_t depth) {
  run_pass(&s->pass, depth, s->readout.first);
  for (size_t l = 1; l <= depth; ++l)
    if (loss->c[l] != 0)
      read_forward(s->yhat[l], &s->pass, &s->readout,
                   s->pass.blocks[l - 1].state);
}

/* The prediction after l blocks, 0 after none. */
static double prediction(const scratch *s, size_t l, size_t lane, size_t k) {
  if (l == 0) return 0;
  return (double)(*token(s->yhat[l], lane / WIDTH, k))[lane % WIDTH];
}
static double target(const scratch *s, size_t lane, size_t k) {
  return (double)(*token(s->y, lane / WIDTH, k))[lane % WIDTH];
}

static void prepare_group(scratch *s, uint64_t first, size_t count) {
  const size_t n = s->law.n, d = s->model->d;
  for (size_t l = 0; l < LANES; ++l) s->alive[l] = l < count;
  if (s->in_lanes) {
    draw_prompts(s->chunks, &s->law, first / LANES);
  } else {
    s->group.count = count;
    iclgd_prompt_source_draw(s->source, first, &s->group);
    for (size_t c = 0; c < CHUNKS; ++c)
      pack_tokens(&s->chunks[c], &s->group, c * WIDTH);
  }
  write_tokens(s->pass.work.z, s->pass.shape, s->chunks, n, d);
  fill_dead_lanes(s);
  for (size_t c = 0; c < CHUNKS; ++c) {
    const size_t last = s->readout.R - 1;
    for (size_t k = 0; k < last; ++k)
      *token(s->y, c, k) = s->chunks[c].noise[k];
    *token(s->y, c, last) = *s->chunks[c].y_query;
  }
}

static bool overflows(const scratch *s, const iclgd_loss *loss, size_t depth,
                      size_t lane) {
  for (size_t l = 0; l <= depth; ++l)
    for (size_t k = 0; loss->c[l] != 0 && k < s->readout.R; ++k)
      if (iclgd_overflows(prediction(s, l, lane, k) - target(s, lane, k),
                          loss->guard))
        return true;
  return false;
}

/* Drop the lanes that overflow under the guard; whether there were any. */
static bool drop_lanes(scratch *s, const iclgd_loss *loss, size_t depth,
                       lane_sums *sums) {
  bool any = false;
  for (size_t lane = 0; lane < LANES; ++lane) {
    if (!s->alive[lane] || !overflows(s, loss, depth, lane)) continue;
    s->alive[lane] = false;
    sums->of[ICLGD_SUM_DROPPED][lane] += 1;
    any = true;
  }
  if (any) fill_dead_lanes(s);
  return any;
}

/* Losses after l blocks; their slopes to the readout. */
static void read_out(scratch *s, const iclgd_loss *loss, size_t l,
                     lane_sums *sums) {
  const double c = loss->c[l] / (double)s->readout.R;
  for (size_t lane = 0; lane < LANES; ++lane)
    for (size_t k = 0; k < s->readout.R; ++k) {
      vec *slope = token(s->readout.slope, lane / WIDTH, k);
      (*slope)[lane % WIDTH] = 0;
      if (!s->alive[lane]) continue;
      const double e = prediction(s, l, lane, k) - target(s, lane, k);
      sums->of[ICLGD_SUM_LOSS][lane] += c * iclgd_rho(e, loss->guard);
      (*slope)[lane % WIDTH] = (real)(2 * c * iclgd_guarded(e, loss->guard));
    }
}

static void run_backward(scratch *s, const iclgd_loss *loss, size_t depth,
                         bool backward, lane_sums *sums) {
  const pass *p = &s->pass;
  const size_t T = p->T, first = s->readout.first;
  const span all = {0, T}, read = {first, T - first};
  if (backward) {
    fill_bias(p->work.d, NULL, all, p->shape->width);
    fill_bias(p->work.de, NULL, all, p->shape->width);
  }
  for (size_t l = depth; l > 0; --l) {
    if (loss->c[l] != 0) {
      read_out(s, loss, l, sums);
      if (backward) read_backward(p, &s->readout, p->blocks[l - 1].state);
    }
    if (backward) back_through_block(p, l - 1, l == depth ? read : all);
  }
  if (loss->c[0] != 0) read_out(s, loss, 0, sums);
  if (backward) back_through_embedding(p);
}

static void run_group(scratch *s, const iclgd_loss *loss, bool backward,
                      lane_sums *sums) {
  const size_t depth = iclgd_loss_depth(loss, iclgd_model_depth(s->model));
  for (size_t lane = 0; lane < LANES; ++lane)
    for (size_t k = 0; s->alive[lane] && k < s->readout.R; ++k)
      sums->of[ICLGD_SUM_ZERO][lane] +=
          target(s, lane, k) * target(s, lane, k) / (double)s->readout.R;
  run_forward(s, loss, depth);
  if (loss->guard > 0 && drop_lanes(s, loss, depth, sums)) {
    if (first_alive(s) == LANES) return;
    run_forward(s, loss, depth);
  }
  run_backward(s, loss, depth, backward, sums);
}

static void block(void *memory, const double *theta, const iclgd_loss *loss,
                  uint64_t first, size_t count, double *gradient,
                  double sums[ICLGD_SUMS]) {
  scratch *s = memory;
  const size_t size = s->model->size;
  lane_sums lanes = {0};
  load_parameters(s, theta);
  memset(s->dtheta, 0, size * sizeof *s->dtheta);
  for (size_t done = 0; done < count; done += LANES) {
    const size_t left = count - done;
    prepare_group(s, first + done, left < LANES ? left : LANES);
    run_group(s, loss, gradient != NULL, &lanes);
  }
  for (size_t i = 0; gradient && i < size; ++i)
    gradient[i] += (double)s->dtheta[i];
  for (size_t k = 0; k < ICLGD_SUMS; ++k) sums[k] = sum_lanes(lanes.of[k]);
}

const iclgd_engine_form ICLGD_KERNEL(ICLGD_PASTE(iclgd_engine_transformer,
                                                 ICLGD_PRECISION)) = {
    .packs = law_packs,
    .bytes = bytes,
    .open = open_scratch,
    .block = block,
#if defined(ICLGD_REAL_IS_DOUBLE)
    .follow_bytes = follow_bytes,
    .follow_open = follow_open,
    .follow = follow,
#endif
};
