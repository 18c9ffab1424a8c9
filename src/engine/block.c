/* A block of prompts from numbers to gradient: group after group of 16 is
 * drawn, run forward and backward chunk by chunk, and adds to gradients that
 * are kept per lane, large ones per quad of lanes (sums.h); at the end those
 * are summed in double in a fixed order. Nothing of a prompt outlives its
 * group. */
#include <assert.h>

#include "base/isa.h"
#include "engine/scratch.h"
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
  assert(!prefixes);
  (void)prefixes;
  scratch *s = memory;
  ruler r = {memory, 0};
  memset(s, 0, sizeof *s);
  take(&r, 1, sizeof *s);
  lay_out(s, model, source, &r);
  s->group = *group;
  if (s->in_lanes) fill_law(&s->law);
}

static void load_parameters(scratch *s, const double *theta) {
  const iclgd_model *model = s->model;
  const size_t d = model->d, D = d + 1;
  for (size_t l = 0; l < model->layers; ++l) {
    if (s->descends) {
      iclgd_linear_A(model, theta, l, s->wide, NULL);
      copy_reals(s->A + l * d * d, s->wide, d * d);
    } else {
      iclgd_linear_matrices(model, theta, l, s->wide, s->wide_too);
      copy_reals(s->P + l * D * D, s->wide, D * D);
      copy_reals(s->Q + l * D * D, s->wide_too, D * D);
    }
  }
}

static void clear_gradients(scratch *s) {
  const size_t d = s->model->d, D = d + 1, layers = s->model->layers;
  for (size_t c = 0; c < CHUNKS; ++c)
    if (s->descends) {
      clear(s->dA[c], layers * d * d);
    } else {
      clear(s->dP[c], layers * sums_area(D));
      clear(s->dQ[c], layers * sums_area(D));
    }
}

static void run_forward(scratch *s, const context *at, bool backward) {
  const size_t d = s->model->d;
  if (s->descends) {
    s->kernels.descent_forward(s->yhat, &s->descent, at->G, at->query, d);
    return;
  }
  s->gram.layer[0].G = at->G;
  s->gram.layer[0].q = at->query;
  s->gram.last.kept = at->kept.count > 0 ? &at->kept : NULL;
  s->kernels.gram_forward(s->yhat, &s->gram, backward, d + 1);
}

/* Lanes that overflow under the guard become zero, since their gradient would
 * be NaN in spite of a slope of zero; how many there were. */
static size_t drop_lanes(const scratch *s, const context *at,
                         const iclgd_loss *loss, double *dropped) {
  bool keep[WIDTH];
  size_t count = 0;
  for (size_t k = 0; k < WIDTH; ++k) {
    keep[k] = true;
    for (size_t l = 0; l <= s->depth; ++l) {
      const double error = (double)(s->yhat[l][k] - (*at->y_query)[k]);
      keep[k] &= loss->c[l] == 0 || !iclgd_overflows(error, loss->guard);
    }
    dropped[k] += !keep[k];
    count += !keep[k];
  }
  if (count > 0) keep_lanes(at, keep, s->model->d);
  return count;
}

/* Losses of the lanes from `first` on; slope = dL/dyhat. */
static void read_out(scratch *s, const iclgd_loss *loss, const vec *y_query,
                     double *sum) {
  for (size_t l = 0; l <= s->depth; ++l) {
    const double c = loss->c[l];
    s->slope[l] = (vec){0};
    if (c == 0) continue;
    const vec error = s->yhat[l] - *y_query;
    for (size_t k = 0; k < WIDTH; ++k) {
      const double e = (double)error[k];
      sum[k] += c * iclgd_rho(e, loss->guard);
      s->slope[l][k] = (real)(2 * c * iclgd_guarded(e, loss->guard));
    }
  }
}

static void run_chunk(scratch *s, const iclgd_loss *loss, size_t chunk,
                      bool backward, lane_sums *sums) {
  const context *at = &s->chunks[chunk];
  const size_t d = s->model->d, first = chunk * WIDTH;
  for (size_t k = 0; k < WIDTH; ++k) {
    const double y = (double)(*at->y_query)[k];
    sums->of[ICLGD_SUM_ZERO][first + k] += y * y;
  }
  run_forward(s, at, backward);
  if (loss->guard > 0 &&
      drop_lanes(s, at, loss, sums->of[ICLGD_SUM_DROPPED] + first) > 0)
    run_forward(s, at, backward);
  read_out(s, loss, at->y_query, sums->of[ICLGD_SUM_LOSS] + first);
  if (!backward) return;
  if (s->descends)
    s->kernels.descent_backward(s->dA[chunk], &s->descent, s->slope, at->G,
                                at->query, d);
  else
    s->kernels.gram_backward(s->dP[chunk], s->dQ[chunk], &s->gram, s->slope,
                             d + 1);
}

static void prepare_group(scratch *s, uint64_t first, size_t count) {
  if (s->in_lanes) {
    draw_group(s->chunks, &s->law, first / LANES);
    for (size_t c = 0; c < CHUNKS && count < LANES; ++c)
      clear_lanes(&s->chunks[c], count > c * WIDTH ? count - c * WIDTH : 0,
                  s->law.d);
    return;
  }
  s->group.count = count;
  iclgd_prompt_source_draw(s->source, first, &s->group);
  pack_group(s->chunks, &s->group);
}

static void add_gradient(scratch *s, double *gradient) {
  const iclgd_model *model = s->model;
  const size_t d = model->d, D = d + 1;
  for (size_t l = 0; l < model->layers; ++l) {
    if (s->descends) {
      for (size_t i = 0; i < d * d; ++i)
        s->wide[i] = sum_of_lanes(s->dA, l * d * d + i);
      iclgd_linear_pull_back_A(model, l, s->wide, gradient);
    } else {
      read_sums(s->wide, s->dP, l * sums_area(D), D);
      read_sums(s->wide_too, s->dQ, l * sums_area(D), D);
      iclgd_linear_pull_back(model, l, s->wide, s->wide_too, gradient);
    }
  }
}

static void block(void *memory, const double *theta, const iclgd_loss *loss,
                  uint64_t first, size_t count, double *gradient,
                  double sums[ICLGD_SUMS]) {
  scratch *s = memory;
  lane_sums lanes = {0};
  s->depth = iclgd_loss_depth(loss, iclgd_model_depth(s->model));
  s->descent.depth = s->gram.depth = s->depth;
  load_parameters(s, theta);
  if (gradient) clear_gradients(s);
  for (size_t done = 0; done < count; done += LANES) {
    const size_t left = count - done;
    prepare_group(s, first + done, left < LANES ? left : LANES);
    for (size_t c = 0; c < CHUNKS; ++c)
      run_chunk(s, loss, c, gradient != NULL, &lanes);
  }
  if (gradient) add_gradient(s, gradient);
  for (size_t k = 0; k < ICLGD_SUMS; ++k) sums[k] = sum_lanes(lanes.of[k]);
}

static double burn(size_t rounds) {
  enum { CHAINS = 10 };
  vec sum[CHAINS];
  const vec factor = splat((real)0.5), step = splat((real)0.25);
  for (size_t i = 0; i < CHAINS; ++i) sum[i] = splat((real)i);
  for (size_t k = 0; k < rounds; ++k)
    ICLGD_UNROLL for (size_t i = 0; i < CHAINS; ++i) sum[i] =
        madd(sum[i], factor, step);
  real total = 0;
  for (size_t i = 0; i < CHAINS; ++i) total += sum[i][0];
  const bool right = total > 0; /* the sums are needed, so they are computed */
  return right ? 2.0 * CHAINS * WIDTH * (double)rounds : 0;
}

const iclgd_engine_form ICLGD_KERNEL(ICLGD_PASTE(iclgd_engine,
                                                 ICLGD_PRECISION)) = {
    .packs = law_packs,
    .bytes = bytes,
    .open = open_scratch,
    .block = block,
    .burn = burn};
