/* Ridge readouts by the normal equations of standardised features (see
 * readout.h). */
#include "probes/decoding/readout.h"

#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

/* Penalties in units of the variance of a feature. */
static const double penalties[] = {1e-8, 1e-6, 1e-4, 1e-2, 1, 100};
enum { PENALTIES = sizeof penalties / sizeof *penalties };

/* Everything for one set of features. */
typedef struct readout {
  const readout_data *data;
  size_t T;               /* n_targets d */
  double *f;              /* (prompts, m) standardised */
  double *centre, *scale; /* (m) f = (feature - centre) scale */
  double *mean;           /* (T) of the targets */
  double *C, *B;          /* (m, m), (T, m) moments of the fit */
  double *M, *rest;       /* spent by iclgd_regress */
  double *X[PENALTIES];   /* (T, m) */
  double *usable;         /* (prompts) 1 or 0 */
  double *lengths;        /* (2, tested prompts) */
} readout;

size_t readout_work(size_t m, size_t d, size_t prompts) {
  const size_t T = READOUT_TARGETS * d;
  return prompts * (m + 3) + T + 2 * m + 2 * m * m + (2 + PENALTIES) * T * m +
         iclgd_regress_work(m, T);
}

static double *cut(double **work, size_t count) {
  double *part = *work;
  *work += count;
  return part;
}

static readout layout(const readout_data *data, double *work) {
  const size_t m = data->m, T = data->n_targets * data->d;
  const size_t prompts = data->fit + data->choose + data->test;
  readout r = {.data = data, .T = T};
  r.f = cut(&work, prompts * m);
  r.usable = cut(&work, prompts);
  r.lengths = cut(&work, 2 * data->test);
  r.centre = cut(&work, m);
  r.scale = cut(&work, m);
  r.mean = cut(&work, T);
  r.C = cut(&work, m * m);
  r.M = cut(&work, m * m);
  r.B = cut(&work, T * m);
  for (size_t k = 0; k < PENALTIES; ++k) r.X[k] = cut(&work, T * m);
  r.rest = work;
  return r;
}

/* Squares of what is kept can be summed. */
static size_t find_usable(readout *r) {
  const size_t m = r->data->m;
  const size_t prompts = r->data->fit + r->data->choose + r->data->test;
  size_t unusable = 0;
  for (size_t i = 0; i < prompts; ++i) {
    const double *f = r->data->f + i * m;
    r->usable[i] = iclgd_dot(f, f, m) < 1e100;
    unusable += r->usable[i] == 0;
  }
  return unusable;
}

/* Features to mean 0 and variance 1 over the fitted prompts; one that is
 * constant there, to rounding, becomes 0: its digits are no information. */
static void standardise(readout *r) {
  const size_t m = r->data->m;
  const size_t prompts = r->data->fit + r->data->choose + r->data->test;
  for (size_t j = 0; j < m; ++j) {
    iclgd_moments moments = {0};
    for (size_t i = 0; i < r->data->fit; ++i)
      if (r->usable[i] > 0) iclgd_moments_add(&moments, r->data->f[i * m + j]);
    const double deviation = sqrt(moments.squares / (double)moments.count);
    const bool varies = deviation > 1e-12 * fabs(moments.mean);
    r->centre[j] = moments.mean;
    r->scale[j] = varies ? 1 / deviation : 0;
    for (size_t i = 0; i < prompts; ++i)
      r->f[i * m + j] = varies && r->usable[i] > 0
                            ? (r->data->f[i * m + j] - moments.mean) / deviation
                            : 0;
  }
}

/* The moments of the fitted prompts; how many there are. */
static size_t sum_moments(readout *r) {
  const size_t m = r->data->m, T = r->T;
  size_t count = 0;
  memset(r->mean, 0, T * sizeof *r->mean);
  memset(r->C, 0, m * m * sizeof *r->C);
  memset(r->B, 0, T * m * sizeof *r->B);
  for (size_t i = 0; i < r->data->fit; ++i) {
    if (r->usable[i] == 0) continue;
    const double *f = r->f + i * m, *t = r->data->t + i * T;
    ++count;
    for (size_t j = 0; j < m; ++j)
      for (size_t k = 0; k <= j; ++k) r->C[j * m + k] += f[j] * f[k];
    for (size_t j = 0; j < T; ++j) {
      r->mean[j] += t[j];
      for (size_t k = 0; k < m; ++k) r->B[j * m + k] += t[j] * f[k];
    }
  }
  for (size_t j = 0; j < T; ++j) r->mean[j] /= (double)count;
  for (size_t j = 0; j < T * m; ++j) r->B[j] /= (double)count;
  for (size_t j = 0; j < m; ++j)
    for (size_t k = 0; k <= j; ++k)
      r->C[j * m + k] = r->C[k * m + j] = r->C[j * m + k] / (double)count;
  return count;
}

/* X of every penalty. Features have mean 0, so targets need not be centred. */
static bool solve(readout *r) {
  const size_t m = r->data->m, T = r->T;
  for (size_t k = 0; k < PENALTIES; ++k) {
    double *B = r->rest, *work = B + T * m;
    memcpy(r->M, r->C, m * m * sizeof *r->M);
    memcpy(B, r->B, T * m * sizeof *B);
    for (size_t j = 0; j < m; ++j) r->M[j * m + j] += penalties[k];
    if (!(iclgd_regress(r->M, B, T, m, r->X[k], work) > 0)) return false;
  }
  return true;
}

/* |t - that|^2 and |t - mean t|^2 of target `which` on prompt i. */
static void compare(const readout *r, const double *X, size_t which, size_t i,
                    double *off, double *all) {
  const size_t m = r->data->m, d = r->data->d;
  const double *f = r->f + i * m, *t = r->data->t + i * r->T;
  *off = *all = 0;
  for (size_t j = which * d; j < (which + 1) * d; ++j) {
    const double rest = t[j] - r->mean[j];
    const double error = rest - iclgd_dot(X + j * m, f, m);
    *off += error * error;
    *all += rest * rest;
  }
}

/* The penalty of least error on the prompts to choose on. */
static size_t choose(const readout *r, size_t which) {
  size_t best = 0;
  double least = INFINITY;
  for (size_t k = 0; k < PENALTIES; ++k) {
    double sum = 0;
    for (size_t i = r->data->fit; i < r->data->fit + r->data->choose; ++i) {
      double off, all;
      compare(r, r->X[k], which, i, &off, &all);
      sum += r->usable[i] * off;
    }
    if (sum < least) {
      least = sum;
      best = k;
    }
  }
  return best;
}

/* What the readout of one target gives for every prompt. */
static void read_all(const readout *r, const double *X, size_t which) {
  const size_t m = r->data->m, d = r->data->d;
  const size_t prompts = r->data->fit + r->data->choose + r->data->test;
  for (size_t i = 0; i < prompts; ++i)
    for (size_t j = which * d; j < (which + 1) * d; ++j)
      r->data->read[i * r->T + j] =
          r->mean[j] + iclgd_dot(X + j * m, r->f + i * m, m);
}

/* The same as a map of features. */
static void write_map(const readout *r, const double *X, size_t which) {
  const size_t m = r->data->m, d = r->data->d;
  for (size_t j = which * d; j < (which + 1) * d; ++j) {
    double *to = r->data->map + j * (m + 1);
    to[m] = r->mean[j];
    for (size_t k = 0; k < m; ++k) {
      to[k] = X[j * m + k] * r->scale[k];
      to[m] -= to[k] * r->centre[k];
    }
  }
}

static readout_score test(const readout *r, size_t which) {
  const size_t first = r->data->fit + r->data->choose, k = choose(r, which);
  double *offs = r->lengths, *alls = r->lengths + r->data->test;
  iclgd_pairs pairs = {0};
  readout_score score = {.penalty = penalties[k]};
  double ratio;
  size_t count = 0;
  for (size_t i = first; i < first + r->data->test; ++i) {
    if (r->usable[i] == 0) continue;
    compare(r, r->X[k], which, i, &offs[count], &alls[count]);
    ++count;
  }
  iclgd_pairs_add(&pairs, offs, alls, count);
  iclgd_pairs_ratio(&pairs, &ratio, &score.error);
  if (r->data->read) read_all(r, r->X[k], which);
  if (r->data->map) write_map(r, r->X[k], which);
  score.r2 = 1 - ratio;
  score.median = 1 - iclgd_median(offs, count) / iclgd_median(alls, count);
  return score;
}

size_t readout_run(const readout_data *data, double *work,
                   readout_score *score) {
  readout r = layout(data, work);
  const size_t unusable = find_usable(&r);
  standardise(&r);
  const bool solved = sum_moments(&r) > data->m && solve(&r);
  for (size_t which = 0; which < data->n_targets; ++which)
    score[which] =
        solved ? test(&r, which) : (readout_score){NAN, NAN, NAN, NAN};
  return unusable;
}
