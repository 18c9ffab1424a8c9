/* Levenberg and Marquardt's steps for one hypothesis:
 *   (J^T J + mu diag(J^T J)) dz = -J^T r,
 * |dz| bounded; mu falls after a step that lowers the sum of squares, and grows
 * after one that does not, which is taken back. J by differences. */
#include "probes/identify/search.h"

#include <iclgd/algebra.h>
#include <math.h>
#include <string.h>

iclgd_status iclgd_identify_search_create(const identify_sample *sample,
                                          const double *weight, size_t n_z,
                                          size_t joint, iclgd_arena *arena,
                                          identify_search *out,
                                          iclgd_error *err) {
  const size_t size = sample->layers * sample->count * sample->m;
  *out = (identify_search){
      .sample = sample,
      .weight = weight,
      .r = iclgd_arena_reals(arena, size, 1, 1),
      .trial = iclgd_arena_reals(arena, size, 1, 1),
      .J = iclgd_arena_reals(arena, joint, size, 1),
      .A = iclgd_arena_reals(arena, joint, joint, 1),
      .M = iclgd_arena_reals(arena, joint, joint, 1),
      .B = iclgd_arena_reals(arena, joint, joint, 1),
      .X = iclgd_arena_reals(arena, joint, joint, 1),
      .g = iclgd_arena_reals(arena, joint, 1, 1),
      .work = iclgd_arena_reals(arena, iclgd_regress_work(joint, joint), 1, 1),
      .z = iclgd_arena_reals(arena, n_z, 1, 1),
      .chosen = iclgd_arena_reals(arena, n_z, 1, 1),
      .before = iclgd_arena_reals(arena, n_z, 1, 1),
      .errors = iclgd_arena_reals(arena, n_z, 1, 1),
      .all = iclgd_arena_take(arena, n_z, sizeof(size_t))};
  iclgd_identify_scratch_create(sample, arena, &out->scratch);
  const iclgd_status status = iclgd_arena_status(arena, err, "identify");
  for (size_t i = 0; !status && i < n_z; ++i) out->all[i] = i;
  return status;
}

/* r (layers, count, m) at h->z, up to layer last, and sum |r|^2 over layers
 * first..last; infinite where it overflows. */
static double follow(identify_search *s, size_t first, size_t last, double *r) {
  const identify_sample *sample = s->sample;
  const size_t width = sample->count * sample->m;
  double sum = 0;
  iclgd_identify_apply(s->h, sample);
  iclgd_identify_walk(s->h, sample, last, &s->scratch, r);
  for (size_t l = first - 1; l < last; ++l) {
    const double *target = sample->target + l * width;
    const double *weight = s->weight + l * width;
    double *at = r + l * width, layer = 0;
    const bool compared = iclgd_identify_compares(s->h, l + 1);
    for (size_t i = 0; i < width; ++i) {
      at[i] = compared ? weight[i] * (at[i] - target[i]) : 0;
      layer += at[i] * at[i];
    }
    sum += layer;
  }
  return isfinite(sum) ? sum : INFINITY;
}

double iclgd_identify_loss(identify_search *s, size_t first, size_t last) {
  return follow(s, first, last, s->r);
}

/* Row k of J, dr / dz of parameter i; false where it is not finite. */
static bool differentiate(identify_search *s, size_t i, size_t k, size_t first,
                          size_t last) {
  const size_t width = s->sample->count * s->sample->m;
  const double z = s->h->z[i];
  double *row = s->J + k * s->sample->layers * width;
  s->h->z[i] = z + 1e-7 * fmax(fabs(z), 0.1);
  const double h = s->h->z[i] - z;
  const double sum = follow(s, first, last, s->trial);
  s->h->z[i] = z;
  for (size_t at = (first - 1) * width; at < last * width; ++at)
    row[at] = (s->trial[at] - s->r[at]) / h;
  return isfinite(sum);
}

/* a . b in four sums, which can go on at the same time. */
static double long_dot(const double *a, const double *b, size_t count) {
  double sum[4] = {0};
  size_t i = 0;
  for (; i + 4 <= count; i += 4)
    for (size_t k = 0; k < 4; ++k) sum[k] += a[i + k] * b[i + k];
  for (; i < count; ++i) sum[0] += a[i] * b[i];
  return sum[0] + sum[1] + (sum[2] + sum[3]);
}

/* A = J^T J, g = J^T r. */
static void set_equations(identify_search *s, size_t count, size_t first,
                          size_t last) {
  const size_t width = s->sample->count * s->sample->m;
  const size_t size = s->sample->layers * width, from = (first - 1) * width;
  const size_t rows = last * width - from;
  for (size_t k = 0; k < count; ++k) {
    const double *J = s->J + k * size + from;
    for (size_t i = 0; i <= k; ++i)
      s->A[k * count + i] = s->A[i * count + k] =
          long_dot(J, s->J + i * size + from, rows);
    s->g[k] = long_dot(J, s->r + from, rows);
  }
}

/* X = the step; false where the equations have no solution. */
static bool solve(identify_search *s, size_t count, double mu) {
  memcpy(s->M, s->A, count * count * sizeof *s->M);
  for (size_t i = 0; i < count; ++i) {
    double *diagonal = &s->M[i * count + i];
    *diagonal = *diagonal > 0 ? *diagonal * (1 + mu) : 1;
    s->B[i] = -s->g[i];
  }
  return iclgd_regress(s->M, s->B, 1, count, s->X, s->work) > 0;
}

/* Take the step as far as the trust region and the bounds allow; returns its
 * largest component. */
static double take_step(identify_search *s, const size_t *which, size_t count) {
  const double trust = 1;
  double longest = 0, taken = 0;
  for (size_t k = 0; k < count; ++k) longest = fmax(longest, fabs(s->X[k]));
  const double share = longest > trust ? trust / longest : 1;
  for (size_t k = 0; k < count; ++k) {
    size_t layer;
    const identify_knob *knob = iclgd_identify_knob(s->h, which[k], &layer);
    const double z = s->before[which[k]] + share * s->X[k];
    s->h->z[which[k]] = fmin(fmax(z, knob->low), knob->high);
    taken = fmax(taken, fabs(s->h->z[which[k]] - s->before[which[k]]));
  }
  return taken;
}

/* One step that lowers the loss; false when there is none. */
static bool improve(identify_search *s, const size_t *which, size_t count,
                    size_t first, size_t last, double *loss, double *mu) {
  enum { TRIALS = 12 };
  for (size_t k = 0; k < count; ++k)
    if (!differentiate(s, which[k], k, first, last)) return false;
  set_equations(s, count, first, last);
  memcpy(s->before, s->h->z, s->h->n_z * sizeof *s->before);
  for (size_t t = 0; t < TRIALS; ++t, *mu = fmax(10 * *mu, 1e-8)) {
    if (!solve(s, count, *mu)) continue;
    const double taken = take_step(s, which, count);
    const double next = follow(s, first, last, s->trial);
    if (next < *loss) {
      const bool goes_on = next < *loss * (1 - 1e-12) && taken > 1e-15;
      double *swap = s->r;
      s->r = s->trial;
      s->trial = swap;
      *loss = next;
      *mu = *mu > 1e-12 ? *mu / 10 : 0;
      return goes_on;
    }
    memcpy(s->h->z, s->before, s->h->n_z * sizeof *s->before);
  }
  return false;
}

double iclgd_identify_descend(identify_search *s, const size_t *which,
                              size_t count, size_t first, size_t last,
                              size_t most) {
  double loss = iclgd_identify_loss(s, first, last), mu = 1e-3;
  for (size_t k = 0; k < most && isfinite(loss) && loss > 0; ++k)
    if (!improve(s, which, count, first, last, &loss, &mu)) break;
  return loss;
}

/* B = sum over prompts of g g^T, with g of the prompt. */
static void add_up_gradients(identify_search *s, size_t n) {
  const size_t count = s->sample->count, m = s->sample->m;
  const size_t L = s->sample->layers, size = L * count * m;
  memset(s->B, 0, n * n * sizeof *s->B);
  for (size_t i = 0; i < count; ++i) {
    for (size_t k = 0; k < n; ++k) {
      s->g[k] = 0;
      for (size_t l = 0; l < L; ++l) {
        const size_t at = (l * count + i) * m;
        s->g[k] += iclgd_dot(s->J + k * size + at, s->r + at, m);
      }
    }
    for (size_t k = 0; k < n * n; ++k) s->B[k] += s->g[k / n] * s->g[k % n];
  }
}

void iclgd_identify_errors(identify_search *s, bool joint) {
  const size_t n = s->h->n_z, L = s->sample->layers;
  const double count = (double)s->sample->count;
  for (size_t i = 0; i < n; ++i) s->errors[i] = NAN;
  if (!joint || !isfinite(iclgd_identify_loss(s, 1, L)) || count < 2) return;
  for (size_t k = 0; k < n; ++k)
    if (!differentiate(s, k, k, 1, L)) return;
  iclgd_identify_apply(s->h, s->sample);
  set_equations(s, n, 1, L);
  add_up_gradients(s, n);
  memcpy(s->M, s->A, n * n * sizeof *s->M);
  if (!(iclgd_regress(s->M, s->B, n, n, s->X, s->work) > 1e-13)) return;
  for (size_t i = 0; i < n * n; ++i) s->B[i] = s->X[i % n * n + i / n];
  memcpy(s->M, s->A, n * n * sizeof *s->M);
  if (!(iclgd_regress(s->M, s->B, n, n, s->X, s->work) > 1e-13)) return;
  for (size_t i = 0; i < n; ++i)
    s->errors[i] = sqrt(fmax(s->X[i * n + i], 0) * count / (count - 1));
}
