/* A transformer, trained at a size that takes minutes: what it is
 * said to be like, in order and not in size. Theirs is wider, deeper and
 * trained a hundred times as long (data/presets has the numbers beside ours).
 *   Fu et al. 2023: nearest to fewer inversions, M <- 2 M - M S M from S /
 *     lambda_max^2, than steps of gradient descent, w <- w + (b - S w) /
 *     lambda_max. */
#include <iclgd/comparisons.h>
#include <math.h>

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
