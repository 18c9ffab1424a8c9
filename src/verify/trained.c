/* Transformers of papers, trained at a size that takes minutes: what they are
 * said to be like, in order and not in size. Theirs are wider, deeper and
 * trained a hundred times as long (data/presets has the numbers beside ours).
 *   Garg et al. 2022, Yang et al. 2023: errors below averaging's,
 *   Akyurek et al. 2022: with noise, nearer to the Bayes ridge,
 *     w = (X^T X + (sigma / tau)^2 I)^-1 X^T y, than to least squares,
 *   Fu et al. 2023: nearest to fewer inversions, M <- 2 M - M S M from S /
 *     lambda_max^2, than steps of gradient descent, w <- w + (b - S w) /
 *     lambda_max. */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "math/dense.h"
#include "math/symmetric.h"
#include "verify.h"

typedef struct trained {
  iclgd_subject subject;
  iclgd_tape **tapes; /* (threads) */
  size_t steps;       /* of algorithms, where they are run */
} trained;

static iclgd_status train(iclgd_trial *t, trained *out, iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(t->options->pool);
  TRY(iclgd_trial_train(t, &out->subject, err));
  out->tapes = iclgd_arena_take(&t->arena, threads, sizeof(iclgd_tape *));
  if (!out->tapes) return iclgd_fail_memory(err, "the layers");
  for (size_t i = 0; i < threads; ++i)
    TRY(iclgd_tape_create(&out->subject.model, t->dist.n, &t->arena,
                          &out->tapes[i], err));
  return ICLGD_OK;
}

static size_t rows_of(const trained *m) {
  return iclgd_model_depth(&m->subject.model) + 1;
}

/* Of the last layer; rows: scratch. */
static double predict(const iclgd_draw *draw, double *rows) {
  const trained *m = draw->what;
  iclgd_model_predict(&m->subject.model, m->subject.theta, draw->prompt,
                      m->tapes[draw->thread], rows);
  return rows[rows_of(m) - 1];
}

/* --- at every context length ---------------------------------------------- */

/* value (n, 2): squared errors after k = 1..n points of the model and of w =
 * X^T y / k. work: predictions (n + 1, depth + 1), w (d). */
static void measure_lengths(const iclgd_draw *draw, double *value) {
  const trained *m = draw->what;
  const iclgd_prompt *p = draw->prompt;
  const size_t n = p->n, d = p->d, rows = rows_of(m);
  double *all = draw->work, *w = all + (n + 1) * rows;
  iclgd_model_predict_by_context(&m->subject.model, m->subject.theta, p,
                                 m->tapes[draw->thread], all);
  memset(w, 0, d * sizeof *w);
  for (size_t k = 1; k <= n; ++k) {
    const iclgd_prompt first = iclgd_prompt_first(p, k);
    for (size_t j = 0; j < d; ++j) w[j] += p->y[k - 1] * p->x[(k - 1) * d + j];
    const double y = first.y_query, model = all[k * rows + rows - 1] - y,
                 mean = iclgd_dot(w, first.x_query, d) / (double)k - y;
    value[2 * (k - 1)] = model * model;
    value[2 * (k - 1) + 1] = mean * mean;
  }
}

/* The largest ratio of both errors over all lengths. */
CHECK(trained_averaging) {
  trained m;
  double *values;
  const size_t n = t->dist.n;
  TRY(train(t, &m, err));
  const iclgd_measure measure = {measure_lengths, &m, 2 * n,
                                 (n + 1) * rows_of(&m) + t->dist.d};
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE, &measure, &values, err));
  out->expected = NAN;
  for (size_t k = 0; k < n; ++k) {
    const iclgd_estimate ratio =
        iclgd_estimate_ratio(values, t->prompts, 2 * n, 2 * k, 2 * k + 1);
    if (isnan(out->expected) || ratio.value > out->measured)
      *out = iclgd_evidence_of(1, ratio, 0);
  }
  return ICLGD_OK;
}

/* --- ridge ---------------------------------------------------------------- */

/* (X^T X + lambda I)^-1 X^T y . x_query; work: M (d, d), w (d). */
static double ridge(const iclgd_prompt *p, double lambda, double *work) {
  const size_t d = p->d;
  const double n = (double)p->n;
  double *M = work, *w = work + d * d;
  iclgd_context_gram(M, w, p->x, p->y, p->n, d, p->n);
  for (size_t i = 0; i < d; ++i) M[i * (d + 1)] += lambda / n;
  return iclgd_solve_positive(M, w, d) ? iclgd_dot(w, p->x_query, d) : NAN;
}

/* value (2): squared differences of the model to least squares and to the Bayes
 * ridge. */
static void measure_ridge(const iclgd_draw *draw, double *value) {
  const trained *m = draw->what;
  const iclgd_distribution *law = &draw->trial->dist;
  const double ratio = law->noise / law->w_scale;
  double *work = draw->work + rows_of(m);
  const double yhat = predict(draw, draw->work);
  const double penalties[] = {0, ratio * ratio};
  for (size_t i = 0; i < 2; ++i) {
    const double off = yhat - ridge(draw->prompt, penalties[i], work);
    value[i] = off * off;
  }
}

/* The one over the other. */
CHECK(trained_ridge) {
  trained m;
  double *values;
  const size_t d = t->dist.d;
  if (!(t->dist.noise > 0) || t->dist.n < d)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "noise = %g, n = %zu: expected noise, and at least d "
                      "points, for least squares and the ridge to differ",
                      t->dist.noise, t->dist.n);
  TRY(train(t, &m, err));
  const iclgd_measure measure = {measure_ridge, &m, 2, rows_of(&m) + d * d + d};
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE, &measure, &values, err));
  *out = iclgd_evidence_of(1, iclgd_estimate_ratio(values, t->prompts, 2, 0, 1),
                           0);
  return ICLGD_OK;
}

/* --- Newton and gradient descent ------------------------------------------ */

/* value (steps, 2): |difference| of the model's prediction to that after so
 * many inversions, and so many steps: filters (1 - (1 - u^2)^(2^k)) / lambda
 * and (1 - (1 - u)^k) / lambda of b, u = lambda / lambda_max. work: S, V (d,
 * d), b, lambda (d), scratch. */
static void measure_steps(const iclgd_draw *draw, double *value) {
  const trained *m = draw->what;
  const iclgd_prompt *p = draw->prompt;
  const size_t d = p->d;
  double *S = draw->work + rows_of(m), *V = S + d * d, *b = V + d * d;
  double *lambda = b + d, *room = lambda + d;
  const double yhat = predict(draw, draw->work);
  iclgd_draw_gram(draw, S, b);
  iclgd_symmetric_spectrum(S, d, room, lambda, V);
  double most = 0;
  for (size_t j = 0; j < d; ++j) most = fmax(most, lambda[j]);
  for (size_t k = 1; k <= m->steps; ++k) {
    double newton = 0, descent = 0;
    for (size_t j = 0; j < d; ++j) {
      const double u = fmax(lambda[j] / most, 0);
      const double part = iclgd_dot(V + j * d, b, d) *
                          iclgd_dot(V + j * d, p->x_query, d) /
                          fmax(lambda[j], 1e-300);
      newton += part * (1 - pow(1 - u * u, ldexp(1, (int)k)));
      descent += part * (1 - pow(1 - u, (double)k));
    }
    value[2 * (k - 1)] = fabs(yhat - newton);
    value[2 * (k - 1) + 1] = fabs(yhat - descent);
  }
}

static size_t best_step(const trained *m, const double *values, size_t count,
                        size_t which) {
  size_t best = 0;
  double least = INFINITY;
  for (size_t k = 0; k < m->steps; ++k) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i)
      sum += values[2 * (i * m->steps + k) + which];
    if (sum < least) {
      least = sum;
      best = k + 1;
    }
  }
  return best;
}

/* Best steps of gradient descent over Newton's, up to k of each. */
CHECK(trained_newton) {
  trained m;
  double *values;
  const size_t d = t->dist.d;
  TRY(train(t, &m, err));
  m.steps = iclgd_get_size(t->settings, "k");
  const iclgd_measure measure = {measure_steps, &m, 2 * m.steps,
                                 rows_of(&m) + 3 * d * d + 6 * d};
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE, &measure, &values, err));
  const double newton = (double)best_step(&m, values, t->prompts, 0),
               descent = (double)best_step(&m, values, t->prompts, 1);
  *out = iclgd_evidence_near(2, descent / newton, 0);
  return ICLGD_OK;
}
