/* Methods that act on every eigenvalue alone (see spectral.h). */
#include "reference/spectral.h"

#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/theory.h>

#include "oracle/spectrum.h"

void iclgd_write_weight(const iclgd_problem *p, const double *z,
                        double *restrict w) {
  const size_t d = p->prompt.d;
  memset(w, 0, d * sizeof *w);
  for (size_t j = 0; j < d; ++j)
    for (size_t i = 0; i < d; ++i) w[i] += z[j] * p->V[j * d + i];
}

static void start(double *state, size_t count) {
  for (size_t i = 0; i < ICLGD_FILTER_STATE * count; ++i)
    state[i] = i < count ? 0 : 1;
}

void iclgd_filter_iterate(iclgd_spectral_step filter, const iclgd_hyper *hyper,
                          const iclgd_problem *p, size_t steps, double *work,
                          double *w) {
  const size_t d = p->prompt.d;
  double *z = work, *b = z + d, *q = b + d;
  memset(w, 0, d * sizeof *w);
  start(q, d);
  for (size_t j = 0; j < d; ++j) b[j] = iclgd_dot(p->V + j * d, p->b, d);
  for (size_t k = 0; k < steps; ++k) {
    filter(hyper, k, d, p->lambda, q);
    for (size_t j = 0; j < d; ++j) z[j] = q[j] * b[j];
    iclgd_write_weight(p, z, w + (k + 1) * d);
  }
}

static iclgd_status use_rule(const iclgd_theory *theory, size_t degree,
                             iclgd_arena *arena, iclgd_spectral_loss *out,
                             iclgd_error *err) {
  iclgd_spectrum spectrum;
  TRY(iclgd_spectrum_create(theory->setting, degree, arena, &spectrum, err));
  out->count = spectrum.count;
  out->d = 1;
  out->lambda = spectrum.s;
  out->signal = spectrum.weight;
  out->noise = iclgd_arena_reals(arena, spectrum.count, 1, 1);
  if (!out->noise) return iclgd_fail_memory(err, "a Gauss rule");
  out->floor = spectrum.atom * theory->loss_unit;
  for (size_t i = 0; i < spectrum.count; ++i) {
    out->signal[i] *= theory->loss_unit;
    out->noise[i] = out->signal[i] * spectrum.lambda / out->lambda[i];
    out->lambda[i] /= theory->step_unit;
  }
  return ICLGD_OK;
}

static iclgd_status use_prompts(const iclgd_prompts *prompts,
                                iclgd_arena *arena, iclgd_spectral_loss *out,
                                iclgd_error *err) {
  const size_t d = prompts->d;
  out->count = prompts->count;
  out->d = d;
  out->y_query = prompts->y_query;
  out->lambda = iclgd_arena_reals(arena, out->count, d, 1);
  out->along = iclgd_arena_reals(arena, out->count, d, 1);
  double *problem_work = iclgd_arena_reals(arena, iclgd_problem_work(d), 1, 1);
  TRY(iclgd_arena_status(arena, err, "the spectra of the tuning prompts"));
  for (size_t i = 0; i < out->count; ++i) {
    const iclgd_problem p = iclgd_problem_of(prompts, i, true, problem_work);
    memcpy(out->lambda + i * d, p.lambda, d * sizeof *p.lambda);
    for (size_t j = 0; j < d; ++j)
      out->along[i * d + j] = iclgd_dot(p.V + j * d, p.b, d) *
                              iclgd_dot(p.V + j * d, p.prompt.x_query, d);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_spectral_loss_create(const iclgd_choice *choice,
                                        size_t steps, size_t degree,
                                        const iclgd_prompts *prompts,
                                        iclgd_spectral_loss *out,
                                        iclgd_error *err) {
  iclgd_arena *arena = choice->arena;
  *out = (iclgd_spectral_loss){.filter = choice->algorithm->filter,
                               .steps = steps,
                               .stop = choice->stop};
  enum { WIDTH = 256 };
  iclgd_theory theory;
  iclgd_error unreached;
  if (!(degree > 0 && iclgd_theory_of(choice->dist, false, &theory) &&
        !use_rule(&theory, degree, arena, out, &unreached)))
    TRY(use_prompts(prompts, arena, out, err));
  out->batch = out->d < WIDTH ? WIDTH / out->d : 1;
  out->state = iclgd_arena_reals(arena, ICLGD_FILTER_STATE, out->batch, out->d);
  return out->state ? ICLGD_OK : iclgd_fail_memory(err, "a search");
}

/* The loss of prompt or node i at its factors q (d). */
static double loss_of(const iclgd_spectral_loss *o, size_t i, const double *q) {
  if (!iclgd_spectral_is_exact(o)) {
    const double error =
        iclgd_dot(q, o->along + i * o->d, o->d) - o->y_query[i];
    return error * error / (double)o->count;
  }
  const double gone = o->lambda[i] * *q;
  return o->signal[i] * (1 - gone) * (1 - gone) + o->noise[i] * gone * gone;
}

double iclgd_spectral_loss_at(const void *loss, const iclgd_hyper *hyper) {
  const iclgd_spectral_loss *o = loss;
  double sum = o->floor;
  for (size_t first = 0; first < o->count; first += o->batch) {
    const size_t left = o->count - first;
    const size_t size = left < o->batch ? left : o->batch;
    if (o->stop && *o->stop) return INFINITY;
    start(o->state, size * o->d);
    for (size_t k = 0; k < o->steps; ++k)
      o->filter(hyper, k, size * o->d, o->lambda + first * o->d, o->state);
    for (size_t i = 0; i < size; ++i)
      sum += loss_of(o, first + i, o->state + i * o->d);
  }
  return sum;
}
