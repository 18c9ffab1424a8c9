/* Yang, Huang, Wipf 2022 (NeurIPS): energies of tokens and the steps that
 * descend them (iclgd/energy.h), on d columns and n rows of random tokens. What
 * theory gives is checked on `prompts` draws; the gradients beside differences,
 * E_1 beside another way to sum it. */
#include <iclgd/energy.h>
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "math/symmetric.h"
#include "verify.h"

/* One draw: tokens, where a step takes them, and the linear layer. */
typedef struct tokens {
  size_t n, d;
  double *Y, *next, *B, *W, *work;
} tokens;

static iclgd_status take(iclgd_trial *t, tokens *out, iclgd_error *err) {
  const size_t n = t->dist.n, d = t->dist.d;
  out->n = n;
  out->d = d;
  out->Y = iclgd_arena_reals(&t->arena, n, d, 1);
  out->next = iclgd_arena_reals(&t->arena, n, d, 1);
  out->B = iclgd_arena_reals(&t->arena, n, d, 1);
  out->W = iclgd_arena_reals(&t->arena, d, d, 1);
  out->work = iclgd_arena_reals(&t->arena, n * d + n + 2 * d * d + d, 1, 1);
  return iclgd_arena_status(&t->arena, err, "the tokens");
}

/* Draw i: scales from 1/8 to 8, every other one off the centre. */
static void draw(const iclgd_trial *t, const tokens *k, size_t i) {
  const iclgd_energy_walk walk = {.n = k->n, .d = k->d};
  const double scale = exp2((double)(i % 7) - 3);
  iclgd_energy_draw(&walk, t->options->seed, i, scale, k->Y, k->B, k->W,
                    k->work);
  const double off = i % 2 == 0 ? 0 : 3 * fabs(k->Y[0]);
  for (size_t j = 0; j < k->n * k->d; ++j) k->Y[j] += off;
}

/* How much of its size an energy rises at most, over draws. */
typedef double energy_of(const double *Y, size_t n, size_t d);

static double rise_of(double before, double after) {
  const double size = fabs(before) + fabs(after);
  return size > 0 ? (after - before) / size : 0;
}

static iclgd_status worst_rise(iclgd_trial *t, iclgd_attention_step step,
                               energy_of *energy, double *worst,
                               iclgd_error *err) {
  tokens k;
  TRY(take(t, &k, err));
  *worst = -INFINITY;
  for (size_t i = 0; i < t->prompts; ++i) {
    draw(t, &k, i);
    const double before = energy(k.Y, k.n, k.d);
    iclgd_attention_step_take(step, 1, k.Y, k.n, k.d, k.work, k.next);
    const double after = energy(k.next, k.n, k.d);
    *worst = fmax(*worst, rise_of(before, after));
  }
  return ICLGD_OK;
}

/* Of sums of a few hundred terms. */
#define ROUNDING 1e-13

CHECK(yang2022_interaction) {
  double worst;
  TRY(worst_rise(t, ICLGD_STEP_BETA, iclgd_energy_interaction, &worst, err));
  *out = iclgd_evidence_near(0, worst, ROUNDING);
  return ICLGD_OK;
}

CHECK(yang2022_others) {
  double worst;
  TRY(worst_rise(t, ICLGD_STEP_OTHERS, iclgd_energy_one, &worst, err));
  *out = iclgd_evidence_near(0, worst, ROUNDING);
  return ICLGD_OK;
}

/* The largest eigenvalue of W, through one that is a multiple of v v^T. */
static double set_direction(const tokens *k, double most) {
  double square = 0;
  for (size_t j = 0; j < k->d; ++j) square += k->Y[j] * k->Y[j];
  for (size_t i = 0; i < k->d * k->d; ++i)
    k->W[i] = most * k->Y[i / k->d] * k->Y[i % k->d] / square;
  return most;
}

/* Just within the range of a2, 0.999 times its end, for any W >= 0. */
CHECK(yang2022_linear) {
  tokens k;
  double worst = -INFINITY;
  TRY(take(t, &k, err));
  for (size_t i = 0; i < t->prompts; ++i) {
    draw(t, &k, i);
    const double most = set_direction(&k, 0.25 + (double)(i % 4));
    const double a = 0.999 * 2 / (1 + most);
    const double before = iclgd_energy_two(k.Y, k.W, k.B, k.n, k.d);
    iclgd_linear_step_take(a, k.Y, k.W, k.B, k.n, k.d, k.next);
    const double after = iclgd_energy_two(k.next, k.W, k.B, k.n, k.d);
    worst = fmax(worst, rise_of(before, after));
  }
  *out = iclgd_evidence_near(0, worst, ROUNDING);
  return ICLGD_OK;
}

/* Beyond it: tokens along the first eigenvector, B = 0, are multiplied by 1 -
 * a2 (1 + lambda), E_2 by the square, at 1.1 times the end by 1.44. */
CHECK(yang2022_beyond) {
  tokens k;
  TRY(take(t, &k, err));
  draw(t, &k, 0);
  const double most = set_direction(&k, 3), a = 1.1 * 2 / (1 + most);
  memset(k.B, 0, k.n * k.d * sizeof *k.B);
  for (size_t i = k.d; i < k.n * k.d; ++i) k.Y[i] = k.Y[i % k.d];
  iclgd_linear_step_take(a, k.Y, k.W, k.B, k.n, k.d, k.next);
  *out =
      iclgd_evidence_exact(1.44, iclgd_energy_two(k.next, k.W, k.B, k.n, k.d) /
                                     iclgd_energy_two(k.Y, k.W, k.B, k.n, k.d));
  return ICLGD_OK;
}

/* E_1 = (n - sum_ij K_ij) / 2 + sum_i |y_i|^2 / 2, |y_i - y_j|^2 by products.
 */
static double energy_by_products(const tokens *k) {
  double sum = (double)k->n;
  for (size_t i = 0; i < k->n; ++i)
    for (size_t j = 0; j < k->n; ++j) {
      const double *u = k->Y + i * k->d, *v = k->Y + j * k->d;
      sum -= exp(iclgd_dot(u, v, k->d) - iclgd_dot(u, u, k->d) / 2 -
                 iclgd_dot(v, v, k->d) / 2);
    }
  for (size_t i = 0; i < k->n * k->d; ++i) sum += k->Y[i] * k->Y[i];
  return sum / 2;
}

CHECK(yang2022_sum) {
  tokens k;
  TRY(take(t, &k, err));
  for (size_t i = 0; i < 7; ++i) {
    draw(t, &k, 2 * i);
    iclgd_evidence_worst(out,
                         iclgd_evidence_exact(energy_by_products(&k),
                                              iclgd_energy_one(k.Y, k.n, k.d)));
  }
  return ICLGD_OK;
}

/* Every entry of both gradients beside central differences of step h, whose
 * error is h^2 / 6 times a third derivative, and rounding of E over h. */
CHECK(yang2022_gradient) {
  const double h = 1e-4;
  tokens k;
  TRY(take(t, &k, err));
  draw(t, &k, 2); /* scale 1/2, centred */
  double *slope = iclgd_arena_reals(&t->arena, 2, k.n, k.d);
  TRY(iclgd_arena_status(&t->arena, err, "the gradients"));
  const size_t size = k.n * k.d;
  iclgd_energy_one_slope(k.Y, k.n, k.d, slope);
  iclgd_energy_two_slope(k.Y, k.W, k.B, k.n, k.d, slope + size);
  for (size_t i = 0; i < size; ++i) {
    const double at = k.Y[i];
    double one = 0, two = 0;
    for (int side = -1; side <= 1; side += 2) {
      k.Y[i] = at + side * h;
      one += side * iclgd_energy_one(k.Y, k.n, k.d) / (2 * h);
      two += side * iclgd_energy_two(k.Y, k.W, k.B, k.n, k.d) / (2 * h);
    }
    k.Y[i] = at;
    iclgd_evidence_worst(out, iclgd_evidence_near(one, slope[i], 1e-6));
    iclgd_evidence_worst(out, iclgd_evidence_near(two, slope[size + i], 1e-6));
  }
  return ICLGD_OK;
}

/* Three numbers that softmax with beta pulls together, and apart from zero. */
CHECK(yang2022_counterexample) {
  const double Y[] = {5.73, 8.06, 8.40};
  double score[3], next[3];
  (void)t, (void)err;
  iclgd_attention_step_take(ICLGD_STEP_BETA, 1, Y, 3, 1, score, next);
  *out = iclgd_evidence_near(
      0.1021, iclgd_energy_one(next, 3, 1) - iclgd_energy_one(Y, 3, 1), 5e-5);
  return ICLGD_OK;
}

/* Tokens that are not small; smaller ones begin near the floor, where E_1 + E_2
 * may rise. */
static const double scales[] = {1, 3};

/* The largest rise of E_1 + E_2 at any layer of a walk, of its size, over draws
 * whose scales take turns. */
static iclgd_status worst_layer(iclgd_trial *t, iclgd_energy_walk walk,
                                iclgd_evidence *out, iclgd_error *err) {
  double worst = -INFINITY;
  tokens k;
  TRY(take(t, &k, err));
  double *energy =
      iclgd_arena_reals(&t->arena, walk.layers + 1, ICLGD_ENERGIES, 1);
  TRY(iclgd_arena_status(&t->arena, err, "the energies"));
  walk.n = k.n;
  walk.d = k.d;
  for (size_t i = 0; i < t->prompts; ++i) {
    iclgd_energy_draw(&walk, t->options->seed, i, scales[i % 2], k.Y, k.B, k.W,
                      k.work);
    iclgd_energy_walk_run(&walk, k.W, k.B, k.Y, k.work, energy);
    for (size_t l = 1; l <= walk.layers; ++l) {
      const double *e = energy + l * ICLGD_ENERGIES;
      const double *before = e - ICLGD_ENERGIES;
      worst = fmax(worst, rise_of(before[1] + before[2], e[1] + e[2]));
    }
  }
  *out = iclgd_evidence_near(0, worst, ROUNDING);
  return ICLGD_OK;
}

/* Steps a1 = a2 = 0.2 of attention and the linear layer in turn, 12 layers. */
CHECK(yang2022_short) {
  const iclgd_energy_walk walk = {.layers = 12, .a1 = 0.2, .a2 = 0.2};
  return worst_layer(t, walk, out, err);
}

/* Whole steps, the first two layers. */
CHECK(yang2022_first) {
  const iclgd_energy_walk walk = {.layers = 2, .a1 = 1, .a2 = 1};
  return worst_layer(t, walk, out, err);
}

/* The in-context loss under w <- w + eta (b - S w), eta = 0.999 * 2 /
 * lambda_max, five steps: the largest rise, of its size. */
static void descend(const iclgd_draw *draw, double *value) {
  enum { STEPS = 5 };
  const iclgd_prompt *p = draw->prompt;
  const size_t d = p->d;
  double *S = draw->work, *b = S + d * d, *room = b + d;
  double *lambda = room + d * d + 3 * d, *w = lambda + d, *next = w + d;
  double most = 0, before = INFINITY;
  iclgd_draw_gram(draw, S, b);
  iclgd_symmetric_values(S, d, room, lambda);
  for (size_t j = 0; j < d; ++j) most = fmax(most, lambda[j]);
  memset(w, 0, d * sizeof *w);
  *value = -INFINITY;
  for (size_t k = 0; k <= STEPS; ++k) {
    double now = 0;
    for (size_t i = 0; i < p->n; ++i) {
      const double off = iclgd_dot(w, p->x + i * d, d) - p->y[i];
      now += off * off;
    }
    if (k > 0) *value = fmax(*value, rise_of(before, now));
    before = now;
    for (size_t j = 0; j < d; ++j)
      next[j] = w[j] + 0.999 * 2 / most * (b[j] - iclgd_dot(S + j * d, w, d));
    memcpy(w, next, d * sizeof *w);
  }
}

CHECK(yang2022_context) {
  const size_t d = t->dist.d;
  const iclgd_measure rise = {
      .of = descend, .width = 1, .work = 2 * d * d + 7 * d};
  double *values, worst = -INFINITY;
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE, &rise, &values, err));
  for (size_t i = 0; i < t->prompts; ++i) worst = fmax(worst, values[i]);
  *out = iclgd_evidence_near(0, worst, ROUNDING);
  return ICLGD_OK;
}
