/* Where a hypothesis goes on the prompts of a sample, layer by layer, in the
 * coordinates that are compared: filters for all prompts at once, in the
 * eigenbasis, the others prompt by prompt. */
#include "probes/identify/parts.h"

#include <string.h>

void iclgd_identify_scratch_create(const identify_sample *sample,
                                   iclgd_arena *arena, identify_scratch *out) {
  enum { MOST_STEPS = 3 }; /* a layer, of any row of the table */
  const size_t n = sample->n, d = sample->d;
  out->state = iclgd_arena_reals(arena, ICLGD_FILTER_STATE, sample->limit, d);
  out->work = iclgd_arena_reals(arena, iclgd_algorithm_work(n, d), 1, 1);
  out->w = iclgd_arena_reals(arena, MOST_STEPS * sample->layers + 1, d, 1);
}

/* out (count, m) from the factors q (count, d). */
static void write_filtered(const identify_sample *s, const identify_view *view,
                           const double *q, double *restrict out) {
  const size_t d = s->d, m = s->m;
  if (view->same) {
    for (size_t i = 0; i < s->count * d; ++i) out[i] = q[i] * view->beta[i];
    return;
  }
  for (size_t i = 0; i < s->count; ++i)
    for (size_t k = 0; k < m; ++k) {
      const double *map = view->map + (i * m + k) * d;
      double sum = 0;
      for (size_t j = 0; j < d; ++j)
        sum += map[j] * (q[i * d + j] * view->beta[i * d + j]);
      out[i * m + k] = sum;
    }
}

static void walk_filter(const identify_hypothesis *h, const identify_sample *s,
                        size_t last, const identify_scratch *scratch,
                        double *out) {
  const identify_view *view = &s->views[h->view];
  const size_t width = s->count * s->d;
  const size_t steps = last * h->steps / h->layers;
  for (size_t i = 0; i < ICLGD_FILTER_STATE * width; ++i)
    scratch->state[i] = i < width ? 0 : 1;
  for (size_t k = 1; k <= steps; ++k) {
    h->filter(&h->hyper, k - 1, width, view->lambda, scratch->state);
    if (k * h->layers % h->steps != 0) continue;
    const size_t layer = k * h->layers / h->steps;
    write_filtered(s, view, scratch->state,
                   out + (layer - 1) * s->count * s->m);
  }
}

static void walk_iterates(const identify_hypothesis *h,
                          const identify_sample *s, size_t last,
                          const identify_scratch *scratch, double *out) {
  const size_t d = s->d, m = s->m;
  const bool one_shot = h->algorithm->one_shot;
  for (size_t i = 0; i < s->count; ++i) {
    h->algorithm->iterate(&h->hyper, &s->problems[i],
                          one_shot ? 1 : last * h->steps / h->layers,
                          scratch->work, scratch->w);
    for (size_t l = 1; l <= last; ++l) {
      if (!iclgd_identify_compares(h, l)) continue;
      const size_t step = one_shot ? 1 : l * h->steps / h->layers;
      for (size_t k = 0; k < m; ++k)
        out[((l - 1) * s->count + i) * m + k] =
            iclgd_dot(s->toward + (i * m + k) * d, scratch->w + step * d, d);
    }
  }
}

/* Predictions at the prompts' own queries: m = 1. */
static void walk_predictions(const identify_hypothesis *h,
                             const identify_sample *s, size_t last,
                             const identify_scratch *scratch, double *out) {
  const bool one_shot = h->algorithm->one_shot;
  for (size_t i = 0; i < s->count; ++i) {
    double *prediction = scratch->w; /* as long as it is wide */
    h->algorithm->predict(&h->hyper, &s->problems[i], one_shot ? 1 : last,
                          scratch->work, prediction);
    for (size_t l = 1; l <= last; ++l)
      out[(l - 1) * s->count + i] = prediction[one_shot ? 1 : l];
  }
}

void iclgd_identify_walk(const identify_hypothesis *h,
                         const identify_sample *sample, size_t last,
                         const identify_scratch *scratch, double *out) {
  if (h->family->kind == IDENTIFY_FILTER)
    walk_filter(h, sample, last, scratch, out);
  else if (h->kernel)
    walk_predictions(h, sample, last, scratch, out);
  else
    walk_iterates(h, sample, last, scratch, out);
}
