/* O1 where the covariance is drawn anew for each prompt, differs between
 * training and use, or the tasks are a pool in the limit: closed forms beside
 * drawn contexts and drawn pools. */
#include <math.h>
#include <string.h>

#include "math/dense.h"
#include "math/symmetric.h"
#include "verify.h"

/* The squared error at the query of w = a b, *what = a: every prompt has its
 * own Sigma, which only its query knows. work: S (d, d), b (d). */
static void measure_query(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const double a = *(const double *)draw->what;
  const size_t d = p->d;
  double *b = work + d * d, off = -p->y_query;
  iclgd_draw_gram(draw, work, b);
  for (size_t j = 0; j < d; ++j) off += a * b[j] * p->x_query[j];
  *value = off * off;
}

CHECK(o1_rotated) {
  iclgd_estimate mean;
  const size_t d = t->dist.d;
  double a, loss = NAN;
  double *Sigma = iclgd_arena_reals(&t->arena, 2, d, d + 3);
  double *lambda = iclgd_arena_reals(&t->arena, d, 1, 1);
  if (!Sigma || !lambda) return iclgd_fail_memory(err, "the covariance");
  iclgd_distribution_covariance(&t->dist, Sigma);
  iclgd_symmetric_values(Sigma, d, Sigma + d * d, lambda);
  TRY(iclgd_oracle_rotated(t->setting, lambda, &a, &loss, err));
  TRY(iclgd_trial_mean(t, &(iclgd_measure){measure_query, &a, 1, d * d + d},
                       &mean, err));
  *out = iclgd_evidence_drawn(loss, mean);
  return ICLGD_OK;
}

/* The last two of n + 2 normal points are spent on lambda_j = (z^2 + z'^2) / 2,
 * which is Exp(1), and the others widened by it. The loss given S, over w and
 * the noise: tr Sigma (I - a S)^T (I - a S) + a^2 sigma2 / n tr Sigma S. work:
 * S (d, d). */
static void measure_exponential(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const double a = *(const double *)draw->what;
  const size_t d = p->d, n = p->n - 2;
  const double *z = p->x + n * d, *z2 = z + d;
  double *lambda = work + d * d;
  memset(work, 0, d * d * sizeof *work);
  for (size_t j = 0; j < d; ++j) lambda[j] = (z[j] * z[j] + z2[j] * z2[j]) / 2;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < d; ++j)
      for (size_t k = 0; k < d; ++k)
        work[j * d + k] += sqrt(lambda[j] * lambda[k]) * p->x[i * d + j] *
                           p->x[i * d + k] / (double)n;
  *value = 0;
  for (size_t j = 0; j < d; ++j)
    for (size_t k = 0; k < d; ++k) {
      const double error = (j == k) - a * work[j * d + k];
      *value += lambda[j] * error * error;
      if (j == k)
        *value += lambda[j] * a * a * draw->trial->setting.sigma2 / (double)n *
                  work[j * d + j];
    }
}

CHECK(o1_exponential) {
  iclgd_estimate mean;
  const double moments[] = {1, 2, 6};
  const size_t d = t->dist.d;
  double a, loss = NAN;
  TRY(iclgd_oracle_random_diagonal(t->setting, moments, &a, &loss, err));
  t->dist.n += 2;
  TRY(iclgd_trial_mean(
      t, &(iclgd_measure){measure_exponential, &a, 1, d * d + d}, &mean, err));
  *out = iclgd_evidence_drawn(loss, mean);
  return ICLGD_OK;
}

/* A of training on diag(train) and N, on the row's own law. */
CHECK(o1_shift) {
  const size_t d = t->dist.d, q = d * d;
  size_t count;
  double loss = NAN, *values;
  const double *train = iclgd_get_reals(t->settings, "train", &count);
  const iclgd_setting then = {d, iclgd_get_size(t->settings, "N"),
                              t->setting.sigma2};
  if (count != d)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "train: expected d = %zu eigenvalues, found %zu", d,
                      count);
  double *A = iclgd_arena_reals(&t->arena, 4, d, d);
  if (!A) return iclgd_fail_memory(err, "the covariances");
  double *before = A + q, *now = A + 2 * q, *I = A + 3 * q;
  for (size_t i = 0; i < d; ++i) {
    before[i * d + i] = train[i];
    I[i * d + i] = 1;
  }
  iclgd_distribution_covariance(&t->dist, now);
  TRY(iclgd_oracle_one_layer(then, before, I, A, NULL, err));
  TRY(iclgd_oracle_one_layer_loss(t->setting, now, I, A, &loss, err));
  const iclgd_descent method = {1, A, I, now};
  TRY(iclgd_trial_descend(t, &method, &values, err));
  *out = iclgd_evidence_drawn(loss,
                              iclgd_estimate_mean(values + 1, t->prompts, 2));
  return ICLGD_OK;
}

enum { POOLS = 48 };

/* Means over drawn pools at this d of (seen, new) / d. */
static iclgd_status drawn_pools(iclgd_trial *t, size_t d, iclgd_estimate out[2],
                                iclgd_error *err) {
  const double ratio = iclgd_get_real(t->settings, "ratio");
  const size_t k =
      (size_t)(iclgd_get_real(t->settings, "tasks") * (double)d + 0.5);
  const size_t n =
      (size_t)(iclgd_get_real(t->settings, "points") * (double)d + 0.5);
  const iclgd_setting setting = {d, n, ratio * (double)d};
  double values[2 * POOLS], seen, fresh;
  double *W = iclgd_arena_reals(&t->arena, k, d, 1);
  double *M = iclgd_arena_reals(&t->arena, 2, d, d + 3);
  double *o = iclgd_arena_reals(&t->arena, d, 1, 1);
  if (!W || !M || !o) return iclgd_fail_memory(err, "a pool");
  for (size_t i = 0; i < POOLS; ++i) {
    iclgd_stream stream;
    iclgd_stream_seed(&stream, t->options->seed, ICLGD_STREAM_PROBE, i);
    iclgd_stream_normals(W, &stream, k * d);
    memset(M, 0, d * d * sizeof *M);
    for (size_t r = 0; r < k; ++r)
      for (size_t a = 0; a < d; ++a)
        for (size_t b = 0; b < d; ++b)
          M[a * d + b] += W[r * d + a] * W[r * d + b] / (double)k;
    iclgd_symmetric_values(M, d, M + d * d, o);
    for (size_t j = 0; j < d; ++j) o[j] = fmax(o[j], 0);
    TRY(iclgd_oracle_pool(setting, o, &seen, &fresh, err));
    values[2 * i] = seen / (double)d;
    values[2 * i + 1] = fresh / (double)d;
  }
  for (size_t which = 0; which < 2; ++which)
    out[which] = iclgd_estimate_mean(values + which, POOLS, 2);
  return ICLGD_OK;
}

/* Sizes d, 2d, 4d that miss the limit by c/d + O(1/d^2): two extrapolations, of
 * which the better one misses it by less than they differ. */
CHECK(o1_pool_limit) {
  double limit[2];
  iclgd_estimate at[3][2];
  const double tasks = iclgd_get_real(t->settings, "tasks");
  const double points = iclgd_get_real(t->settings, "points");
  TRY(iclgd_oracle_pool_limit(tasks, points,
                              iclgd_get_real(t->settings, "ratio"), &limit[0],
                              &limit[1], err));
  const double grain = 20; /* k, n and d of every size are whole numbers */
  if ((tasks > 16 || points > 16 ||
       fabs(tasks * grain - round(tasks * grain)) > 1e-9 ||
       fabs(points * grain - round(points * grain)) > 1e-9 || tasks < 0.1 ||
       points < 0.1))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "tasks = %g, points = %g: expected multiples of 0.05 "
                      "from 0.1 to 16",
                      tasks, points);
  for (size_t i = 0; i < 3; ++i)
    TRY(drawn_pools(t, (size_t)20 << i, at[i], err));
  for (size_t which = 0; which < 2; ++which) {
    const double first = 2 * at[1][which].value - at[0][which].value;
    const double second = 2 * at[2][which].value - at[1][which].value;
    const double error = hypot(2 * at[2][which].error, at[1][which].error);
    iclgd_evidence_worst(
        out, iclgd_evidence_of(limit[which], (iclgd_estimate){second, error},
                               fabs(second - first)));
  }
  return ICLGD_OK;
}
