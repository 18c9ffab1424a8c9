/* Fu et al. 2023 (arXiv:2310.17086): Newton-Schulz iterates M <- 2 M - M S M,
 * w_k = M_k b. Tokens (x, y) of width d + 1 cannot hold the d x d matrix M_k,
 * so no transformer of ours is constructed: explicit iterates play the model.
 */
#include <iclgd/algorithm.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "checks.h"
#include "math/symmetric.h"

enum { STEPS_MAX = 24 };

typedef struct newton {
  size_t steps;
  double scale; /* M_0 = scale / lambda_max^2 S */
} newton;

/* Doubles of scratch for the iterates: S, M, T, U, V, b, lambda. */
static size_t scratch(size_t d) {
  return 5 * d * d + 2 * d;
}

/* S and b stand in work; M <- M_0. */
static void begin(const iclgd_prompt *p, double scale, double *work) {
  const size_t d = p->d, q = d * d;
  double *S = work, *M = work + q, *b = work + 5 * q, *lambda = b + d;
  double most = 0;
  iclgd_context_gram(S, b, p->x, p->y, p->n, d, p->mean_n);
  iclgd_symmetric_spectrum(S, d, work + 2 * q, lambda, work + 4 * q);
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
  const double *M = work + d * d, *b = work + 5 * d * d;
  for (size_t i = 0; i < d; ++i) w[i] = iclgd_dot(M + i * d, b, d);
}

static void residuals(const iclgd_prompt *p, const double *w, double *e) {
  for (size_t i = 0; i < p->n; ++i)
    e[i] = p->y[i] - iclgd_dot(w, p->x + i * p->d, p->d);
}

/* Fu's SimE, the cosine of the residuals over the context, of layer l, explicit
 * iterate M_{l-1} b, and step k of the reference algorithm `newton`, which goes
 * through the eigenvalues: value (K, K), l and k from 1. work: the iterates',
 * then e (2, K, n), w (K + 1, d), the problem, the algorithm's. */
static void measure_similarity(const iclgd_trial *t, const iclgd_prompt *p,
                               const void *what, size_t thread, double *work,
                               double *value) {
  const newton *q = what;
  const size_t d = p->d, n = p->n, K = q->steps;
  double *e = work + scratch(d), *w = e + 2 * K * n;
  double *room = w + (K + 1) * d, *own = room + iclgd_problem_room(d);
  const iclgd_hyper hyper = {.scale = q->scale};
  iclgd_problem problem;
  (void)t;
  (void)thread;
  begin(p, q->scale, work);
  for (size_t l = 0; l < K; ++l) {
    if (l > 0) invert(d, work);
    weight(d, work, w);
    residuals(p, w, e + l * n);
  }
  iclgd_problem_set(p, true, room, &problem);
  iclgd_algorithm_named("newton")->iterate(&hyper, &problem, K, own, w);
  for (size_t k = 0; k < K; ++k) residuals(p, w + (k + 1) * d, e + (K + k) * n);
  for (size_t l = 0; l < K; ++l)
    for (size_t k = 0; k < K; ++k)
      value[l * K + k] = iclgd_cosine(e + l * n, e + (K + k) * n, n);
}

/* How many layers have themselves as the best-matching step. */
CHECK(fu_identity) {
  const newton q = {iclgd_get_size(t->settings, "k"), 1};
  const size_t d = t->dist.d, n = t->dist.n, K = q.steps;
  double *values, matches = 0;
  if (K > STEPS_MAX) return iclgd_fail(err, ICLGD_ERANGE, "k = %zu", K);
  const iclgd_status status =
      iclgd_trial_sample(t, ICLGD_STREAM_PROBE, measure_similarity, &q, K * K,
                         scratch(d) + 2 * K * n + (K + 1) * d +
                             iclgd_problem_room(d) + iclgd_algorithm_work(n, d),
                         &values, err);
  for (size_t l = 0; !status && l < K; ++l) {
    double best = -INFINITY;
    size_t step = 0;
    for (size_t k = 0; k < K; ++k) {
      const double mean =
          iclgd_estimate_mean(values + l * K + k, t->prompts, K * K).value;
      if (!(mean > best)) continue;
      best = mean;
      step = k;
    }
    matches += step == l;
  }
  *out = iclgd_evidence_of((double)K, (iclgd_estimate){matches, 0}, 0);
  return status;
}

/* |I - S M_{k+1} - (I - S M_k)^2| largest entry, over k < K. */
static void measure_squares(const iclgd_trial *t, const iclgd_prompt *p,
                            const void *what, size_t thread, double *work,
                            double *value) {
  const newton *q = what;
  const size_t d = p->d, square = d * d;
  double *R = work + scratch(d), *R2 = R + square, *next = R2 + square;
  (void)t;
  (void)thread;
  begin(p, q->scale, work);
  *value = 0;
  for (size_t k = 0; k <= q->steps; ++k) {
    iclgd_small_product(work, work + square, next, d);
    for (size_t i = 0; i < square; ++i) next[i] = (i % (d + 1) == 0) - next[i];
    for (size_t i = 0; k > 0 && i < square; ++i)
      *value = fmax(*value, fabs(next[i] - R2[i]));
    memcpy(R, next, square * sizeof *R);
    iclgd_small_product(R, R, R2, d);
    invert(d, work);
  }
}

CHECK(fu_square) {
  const newton q = {iclgd_get_size(t->settings, "k"), 1};
  const size_t d = t->dist.d;
  double *values, most = 0;
  const iclgd_status status =
      iclgd_trial_sample(t, ICLGD_STREAM_PROBE, measure_squares, &q, 1,
                         scratch(d) + 3 * d * d, &values, err);
  for (size_t i = 0; !status && i < t->prompts; ++i)
    most = fmax(most, values[i]);
  *out = iclgd_evidence_of(0, (iclgd_estimate){most, 0}, 1e-10);
  return status;
}

/* |w_K - w_star|^2. work: the iterates', then w (d). */
static void measure_loss(const iclgd_trial *t, const iclgd_prompt *p,
                         const void *what, size_t thread, double *work,
                         double *value) {
  const newton *q = what;
  const size_t d = p->d;
  double *w = work + scratch(d);
  (void)t;
  (void)thread;
  begin(p, q->scale, work);
  for (size_t k = 0; k < q->steps; ++k) invert(d, work);
  weight(d, work, w);
  *value = iclgd_squared_distance(w, p->w_star, d);
}

/* The mean loss after k steps from M_0 = alpha / lambda_max^2 S. */
CHECK(fu_scale) {
  const newton q = {iclgd_get_size(t->settings, "k"),
                    iclgd_get_real(t->settings, "alpha")};
  const size_t d = t->dist.d;
  double *values;
  iclgd_published figure;
  iclgd_status status = iclgd_trial_published(
      t, "theory.csv", iclgd_get_text(t->settings, "figure"), &figure, err);
  if (!status)
    status = iclgd_trial_sample(t, ICLGD_STREAM_PROBE, measure_loss, &q, 1,
                                scratch(d) + d, &values, err);
  if (!status)
    *out = iclgd_evidence_of(figure.value,
                             iclgd_estimate_mean(values, t->prompts, 1),
                             figure.half_width);
  return status;
}
