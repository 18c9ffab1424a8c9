/* Levenberg and Marquardt's steps for one hypothesis:
 *   (J^T J + mu diag(J^T J)) dz = -J^T r,
 * |dz| bounded; mu falls after a step that lowers the sum of squares, and grows
 * after one that does not, which is taken back. J by differences. */
#include "identify_search.h"

#include <iclgd/linear.h>
#include <math.h>
#include <string.h>

iclgd_status iclgd_identify_search_create(const identify_sample *sample,
                                          const double *weight, size_t n_z,
                                          size_t joint, iclgd_arena *arena,
                                          identify_search *out,
                                          iclgd_error *err) {
  const size_t size = sample->layers * sample->count * sample->m;
  *out = (identify_search){.sample = sample, .weight = weight};
  out->out = iclgd_arena_reals(arena, size, 2, 1);
  out->J = iclgd_arena_reals(arena, joint, size, 1);
  out->A = iclgd_arena_reals(arena, joint, joint, 4);
  out->g = iclgd_arena_reals(arena, joint, 1, 1);
  out->work = iclgd_arena_reals(arena, iclgd_regress_work(joint, joint), 1, 1);
  out->z = iclgd_arena_reals(arena, n_z, 4, 1);
  out->all = iclgd_arena_take(arena, n_z, sizeof *out->all);
  if (!out->out || !out->J || !out->A || !out->g || !out->work || !out->z ||
      !out->all)
    return iclgd_fail_memory(err, "identify");
  out->trial = out->out + size;
  out->M = out->A + joint * joint;
  out->B = out->M + joint * joint;
  out->X = out->B + joint * joint;
  out->chosen = out->z + n_z;
  out->before = out->chosen + n_z;
  out->errors = out->before + n_z;
  for (size_t i = 0; i < n_z; ++i) out->all[i] = i;
  return iclgd_identify_room_create(sample, arena, &out->room, err);
}

static void follow(identify_search *s, size_t last, double *out) {
  iclgd_identify_apply(s->h, s->sample);
  iclgd_identify_walk(s->h, s->sample, last, &s->room, out);
}

static double sum_squares(const identify_search *s, const double *out,
                          size_t first, size_t last) {
  const identify_sample *sample = s->sample;
  const size_t count = sample->count, m = sample->m;
  double sum = 0;
  for (size_t l = first - 1; l < last; ++l) {
    if (!iclgd_identify_compares(s->h, l + 1)) continue;
    for (size_t i = 0; i < count; ++i) {
      const size_t at = (l * count + i) * m;
      const double c = s->weight[l * count + i];
      sum += c * c * iclgd_squared_distance(out + at, sample->target + at, m);
    }
  }
  return isfinite(sum) ? sum : INFINITY;
}

double iclgd_identify_loss(identify_search *s, size_t first, size_t last) {
  follow(s, last, s->out);
  return sum_squares(s, s->out, first, last);
}

/* Row k of J (dr / dz) for parameter i; false where it is not finite. */
static bool differentiate(identify_search *s, size_t i, size_t k, size_t first,
                          size_t last) {
  const identify_sample *sample = s->sample;
  const size_t count = sample->count, m = sample->m;
  const size_t size = sample->layers * count * m;
  const double z = s->h->z[i];
  double *row = s->J + k * size, sum = 0;
  s->h->z[i] = z + 1e-7 * fmax(fabs(z), 0.1);
  const double h = s->h->z[i] - z;
  follow(s, last, s->trial);
  s->h->z[i] = z;
  for (size_t l = first - 1; l < last; ++l) {
    const bool compared = iclgd_identify_compares(s->h, l + 1);
    for (size_t i_m = l * count * m; i_m < (l + 1) * count * m; ++i_m) {
      row[i_m] =
          compared ? s->weight[i_m / m] * (s->trial[i_m] - s->out[i_m]) / h : 0;
      sum += row[i_m];
    }
  }
  return isfinite(sum);
}

/* A = J^T J, g = J^T r. */
static void set_equations(identify_search *s, size_t count, size_t first,
                          size_t last) {
  const identify_sample *sample = s->sample;
  const size_t m = sample->m, layer = sample->count * m;
  const size_t size = sample->layers * layer, from = (first - 1) * layer;
  const size_t rows = last * layer - from;
  for (size_t k = 0; k < count; ++k) {
    const double *J = s->J + k * size;
    for (size_t i = 0; i <= k; ++i)
      s->A[k * count + i] = s->A[i * count + k] =
          iclgd_dot(J + from, s->J + i * size + from, rows);
    s->g[k] = 0;
    for (size_t i = from; i < from + rows; ++i)
      s->g[k] += J[i] != 0
                     ? J[i] * s->weight[i / m] * (s->out[i] - sample->target[i])
                     : 0;
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
    follow(s, last, s->trial);
    const double next = sum_squares(s, s->trial, first, last);
    if (next < *loss) {
      const bool goes_on = next < *loss * (1 - 1e-12) && taken > 1e-15;
      double *swap = s->out;
      s->out = s->trial;
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

/* meat = sum over prompts of g g^T into B, with g of the prompt in work. */
static void add_meat(identify_search *s, size_t n) {
  const identify_sample *sample = s->sample;
  const size_t count = sample->count, m = sample->m;
  const size_t size = sample->layers * count * m;
  memset(s->B, 0, n * n * sizeof *s->B);
  for (size_t i = 0; i < count; ++i) {
    for (size_t k = 0; k < n; ++k) {
      s->g[k] = 0;
      for (size_t l = 0; l < sample->layers; ++l)
        for (size_t c = 0; c < m; ++c) {
          const size_t at = (l * count + i) * m + c;
          const double slope = s->J[k * size + at];
          if (slope != 0)
            s->g[k] +=
                slope * s->weight[at / m] * (s->out[at] - sample->target[at]);
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
  /* H^-1 meat H^-1, by solving twice */
  add_meat(s, n);
  memcpy(s->M, s->A, n * n * sizeof *s->M);
  if (!(iclgd_regress(s->M, s->B, n, n, s->X, s->work) > 1e-13)) return;
  for (size_t i = 0; i < n * n; ++i) s->B[i] = s->X[i % n * n + i / n];
  memcpy(s->M, s->A, n * n * sizeof *s->M);
  if (!(iclgd_regress(s->M, s->B, n, n, s->X, s->work) > 1e-13)) return;
  for (size_t i = 0; i < n; ++i)
    s->errors[i] = sqrt(fmax(s->X[i * n + i], 0) * count / (count - 1));
}
