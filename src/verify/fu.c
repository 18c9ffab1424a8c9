/* Fu et al. 2023 (arXiv:2310.17086): Newton-Schulz iterates M <- 2 M - M S M,
 * w_k = M_k b. Tokens (x, y) of width d + 1 cannot hold the d x d matrix M_k,
 * so no transformer of ours is constructed: explicit iterates play the model.
 */
#include <iclgd/comparisons.h>
#include <math.h>

#include "math/symmetric.h"
#include "verify.h"

enum { STEPS_MAX = 24 };

typedef struct newton {
  size_t steps;
  double scale; /* M_0 = scale / lambda_max^2 S */
} newton;

/* Doubles of scratch for the iterates: S, M, T, U, room (d, d + 3), b,
 * lambda. */
static size_t scratch(size_t d) {
  return 5 * d * d + 5 * d;
}

/* S and b stand in work; M <- M_0. */
static void begin(const iclgd_prompt *p, double scale, double *work) {
  const size_t d = p->d, q = d * d;
  double *S = work, *M = work + q, *room = work + 4 * q;
  double *b = room + q + 3 * d, *lambda = b + d;
  double most = 0;
  iclgd_context_gram(S, b, p->x, p->y, p->n, d, p->mean_n);
  iclgd_symmetric_values(S, d, room, lambda);
  for (size_t j = 0; j < d; ++j) most = fmax(most, lambda[j]);
  for (size_t i = 0; i < q; ++i) M[i] = scale / (most * most) * S[i];
}

/* M <- 2 M - M S M */
static void invert(size_t d, double *work) {
  const size_t q = d * d;
  double *S = work, *M = work + q, *T = work + 2 * q, *U = work + 3 * q;
  iclgd_small_product(S, M, T, d);
  iclgd_small_product(M, T, U, d);
  for (size_t i = 0; i < q; ++i) M[i] = 2 * M[i] - U[i];
}

/* w = M b */
static void weight(size_t d, const double *work, double *w) {
  const double *M = work + d * d, *b = work + 5 * d * d + 3 * d;
  for (size_t i = 0; i < d; ++i) w[i] = iclgd_dot(M + i * d, b, d);
}

/* The largest difference over k <= steps between |I - S M_k|, which all layers
 * of a transformer would have to shrink, and (1 - 1 / kappa^2)^(2^k), kappa the
 * condition number of S. The residual is symmetric: powers of S commute. */
static void measure_kappa(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const newton *q = draw->what;
  const size_t d = p->d, square = d * d;
  double *R = work + scratch(d), *mu = R + square, *room = mu + d;
  double *lambda = work + 5 * square + 4 * d;
  begin(p, q->scale, work);
  double least = INFINITY, most = 0;
  for (size_t j = 0; j < d; ++j) {
    least = fmin(least, lambda[j]);
    most = fmax(most, lambda[j]);
  }
  const double slowest = 1 - q->scale * (least / most) * (least / most);
  *value = 0;
  for (size_t k = 0; k <= q->steps; ++k) {
    iclgd_small_product(work, work + square, R, d);
    for (size_t i = 0; i < square; ++i) R[i] = (i % (d + 1) == 0) - R[i];
    iclgd_symmetric_values(R, d, room, mu);
    double norm = 0;
    for (size_t j = 0; j < d; ++j) norm = fmax(norm, fabs(mu[j]));
    *value = fmax(*value, fabs(norm - pow(slowest, ldexp(1, (int)k))));
    invert(d, work);
  }
}

CHECK(fu_kappa) {
  const newton q = {iclgd_get_size(t->settings, "k"), 1};
  const size_t d = t->dist.d;
  double *values, most = 0;
  if (q.steps > STEPS_MAX)
    return iclgd_fail(err, ICLGD_ERANGE, "k = %zu: expected up to %d", q.steps,
                      STEPS_MAX);
  TRY(iclgd_trial_sample(
      t, ICLGD_STREAM_PROBE,
      &(iclgd_measure){measure_kappa, &q, 1, scratch(d) + 2 * d * d + 4 * d},
      &values, err));
  for (size_t i = 0; i < t->prompts; ++i) most = fmax(most, values[i]);
  *out = iclgd_evidence_near(0, most, 1e-10);
  return ICLGD_OK;
}

/* The mean of sum_j r_j^power, r = 1 - u or 1 - u^2, u = lambda / lambda_max
 * (prompts, d). */
static double mean_loss(const iclgd_trial *t, const double *u, bool squared,
                        double power) {
  const size_t size = t->prompts * t->dist.d;
  double sum = 0;
  for (size_t i = 0; i < size; ++i)
    sum += pow(fmax(0, 1 - (squared ? u[i] * u[i] : u[i])), power);
  return sum / (double)t->prompts;
}

/* How many steps of 1 / lambda_max, whole ones and parts, gradient descent
 * needs for the mean loss of k inversions from S / lambda_max^2: between 0 and
 * 2^k, for 1 - u^2 >= 1 - u. */
static double steps_for(const iclgd_trial *t, const double *u, size_t k) {
  double low = 0, high = ldexp(1, (int)k);
  const double loss = mean_loss(t, u, true, 2 * high);
  while (high - low > 1e-6 * high) {
    const double middle = (low + high) / 2;
    if (mean_loss(t, u, false, 2 * middle) > loss)
      low = middle;
    else
      high = middle;
  }
  return high;
}

/* The least factor by which an inversion more multiplies those steps. */
CHECK(fu_steps) {
  const size_t K = iclgd_get_size(t->settings, "k"), d = t->dist.d;
  double *lambda, least = INFINITY;
  if (K > STEPS_MAX || K < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "k = %zu: expected 2 to %d", K,
                      STEPS_MAX);
  if (d < 2 || t->dist.n < 2)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "d = %zu, n = %zu: expected at least 2, where S has a "
                      "condition number",
                      d, t->dist.n);
  TRY(iclgd_trial_eigenvalues(t, ICLGD_STREAM_PROBE, &lambda, err));
  for (size_t i = 0; i < t->prompts; ++i) {
    double most = 0;
    for (size_t j = 0; j < d; ++j) most = fmax(most, lambda[i * d + j]);
    for (size_t j = 0; j < d; ++j) lambda[i * d + j] /= most;
  }
  double before = steps_for(t, lambda, 1);
  for (size_t k = 2; k <= K; ++k) {
    const double now = steps_for(t, lambda, k);
    least = fmin(least, now / before);
    before = now;
  }
  *out = iclgd_evidence_near(sqrt(2), least, 0);
  return ICLGD_OK;
}

/* |w_K - w_star|^2. work: the iterates', then w (d). */
static void measure_loss(const iclgd_draw *draw, double *value) {
  const iclgd_prompt *p = draw->prompt;
  double *work = draw->work;
  const newton *q = draw->what;
  const size_t d = p->d;
  double *w = work + scratch(d);
  begin(p, q->scale, work);
  for (size_t k = 0; k < q->steps; ++k) invert(d, work);
  weight(d, work, w);
  *value = iclgd_squared_distance(w, p->w_star, d);
}

/* The mean loss after k steps from M_0 = alpha / lambda_max^2 S. */
CHECK(fu_scale) {
  iclgd_estimate mean;
  const newton q = {iclgd_get_size(t->settings, "k"),
                    iclgd_get_real(t->settings, "alpha")};
  const size_t d = t->dist.d;
  iclgd_published figure;
  TRY(iclgd_trial_figure(t, "theory.csv", &figure, err));
  TRY(iclgd_trial_mean(t, &(iclgd_measure){measure_loss, &q, 1, scratch(d) + d},
                       &mean, err));
  *out = iclgd_evidence_published(figure, mean);
  return ICLGD_OK;
}
