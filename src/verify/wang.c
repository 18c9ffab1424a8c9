/* Wang and E 2024 (NeurIPS), "Understanding the expressive power and mechanisms
 * of Transformer for sequence modeling": which part is needed for what, in
 * settings of ours (prompt.task = memory:..) where it is exact.
 *
 * One layer of H heads by position alone (no q.k) hands on H sums of the
 * sequence, sum_s a_h(s) x_s, whatever its mlp makes of them:
 *   a linear memory, no mlp:  loss = |rho - sum_h c_h a_h|^2
 *   M lags of which sum_j (v_j^2 - 1) / sqrt 2 is to be told, v normal: H sums
 *     leave M - H directions unseen, each of variance 1: loss >= M - H
 *   regression in context, w ~ N(0, I_d), no noise: a head gives one linear
 *     measurement w . sum_s a_h(s) x_s of w: loss >= d - H */
#include <math.h>

#include "verify.h"

typedef struct subject_run {
  const iclgd_subject *subject;
  iclgd_tape **tapes; /* one per thread */
} subject_run;

/* work (depth + 1) */
static void square_error(const iclgd_draw *draw, double *value) {
  const subject_run *run = draw->what;
  const iclgd_model *model = &run->subject->model;
  iclgd_model_predict(model, run->subject->theta, draw->prompt,
                      run->tapes[draw->thread], draw->work);
  const double off =
      draw->work[iclgd_model_depth(model)] - draw->prompt->y_query;
  *value = off * off;
}

static iclgd_status measure(iclgd_trial *t, const iclgd_subject *subject,
                            iclgd_estimate *mean, iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(t->options->pool);
  subject_run run = {subject,
                     iclgd_arena_take(&t->arena, threads, sizeof *run.tapes)};
  if (!run.tapes) return iclgd_fail_memory(err, "the tapes");
  for (size_t i = 0; i < threads; ++i)
    TRY(iclgd_tape_create(&subject->model, t->dist.n, &t->arena, &run.tapes[i],
                          err));
  return iclgd_trial_mean(
      t,
      &(iclgd_measure){square_error, &run, 1,
                       iclgd_model_depth(&subject->model) + 1},
      mean, err);
}

/* --- tails --------------------------------------------------------------- */

static iclgd_status memory_of(iclgd_trial *t, size_t H, iclgd_decay decay,
                              iclgd_memory_setting *out, iclgd_error *err) {
  double *rho = iclgd_arena_reals(&t->arena, t->dist.n + 1, 1, 1);
  if (!rho) return iclgd_fail_memory(err, "the kernel");
  *out = (iclgd_memory_setting){t->dist.n + 1, H, decay, rho};
  if (iclgd_distribution_memory(&t->dist, rho)) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE, "task = %s: expected a linear memory",
                    iclgd_get_form(t->settings, "prompt.task").text);
}

/* Heads of any decay and readout, run as a transformer: p = 1/2, 3/2, .., c =
 * 3, 2, .. */
CHECK(wang_exact) {
  enum { HEADS = 3 };
  iclgd_subject s;
  iclgd_memory_setting memory;
  double p[HEADS], c[HEADS], loss;
  iclgd_estimate mean;
  TRY(iclgd_trial_start(t, 0, &s, err));
  const iclgd_transformer *shape = &s.model.transformer;
  TRY(memory_of(t, HEADS, ICLGD_DECAY_LOG, &memory, err));
  for (size_t i = 0; i < s.model.size; ++i) s.theta[i] = 0;
  for (size_t h = 0; h < HEADS; ++h) {
    p[h] = 0.5 + (double)h;
    c[h] = 3 - (double)h;
    s.theta[shape->offset[ICLGD_RELATIVE] + h] = p[h];
    s.theta[shape->offset[ICLGD_W_V] +
            ((h + 1) * shape->value - 1) * shape->width] = s.model.sign * c[h];
  }
  TRY(iclgd_oracle_memory_loss(memory, p, c, &loss, err));
  TRY(measure(t, &s, &mean, err));
  *out = iclgd_evidence_drawn(loss, mean);
  return ICLGD_OK;
}

/* The least loss of one head, from several starts. */
static iclgd_status one_head(iclgd_trial *t, iclgd_decay decay, double *least,
                             iclgd_error *err) {
  iclgd_memory_setting memory;
  TRY(memory_of(t, 1, decay, &memory, err));
  *least = INFINITY;
  for (double start = 1e-3; start < 10; start *= 4) {
    double p = start, c, loss;
    TRY(iclgd_oracle_memory(memory, &p, &c, &loss, err));
    if (loss < *least) *least = loss;
  }
  return ICLGD_OK;
}

/* At most a thousandth of the loss with the other positions. */
static iclgd_status compare(iclgd_trial *t, iclgd_decay good, iclgd_decay bad,
                            iclgd_evidence *out, iclgd_error *err) {
  double least, other;
  if (t->dist.n < 2)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "n = %zu: expected at least 2, for one head has any two "
                      "weights",
                      t->dist.n);
  TRY(one_head(t, good, &least, err));
  TRY(one_head(t, bad, &other, err));
  *out = iclgd_evidence_near(1e-3, least / other, 0);
  return ICLGD_OK;
}

CHECK(wang_heavy) {
  return compare(t, ICLGD_DECAY_LOG, ICLGD_DECAY_LINEAR, out, err);
}

CHECK(wang_light) {
  return compare(t, ICLGD_DECAY_LINEAR, ICLGD_DECAY_LOG, out, err);
}

/* --- bounds -------------------------------------------------------------- */

/* A trained model, beside a number. */
static iclgd_status trained(iclgd_trial *t, double expected,
                            iclgd_evidence *out, iclgd_error *err) {
  iclgd_subject s;
  iclgd_estimate mean;
  TRY(iclgd_trial_train(t, &s, err));
  TRY(measure(t, &s, &mean, err));
  *out = iclgd_evidence_drawn(expected, mean);
  return ICLGD_OK;
}

static double heads_of(const iclgd_trial *t) {
  return (double)iclgd_get_size(t->settings, "model.heads");
}

/* k lags, fewer heads. */
CHECK(wang_fewer) {
  const double M = (double)iclgd_get_size(t->settings, "k");
  return trained(t, M - heads_of(t), out, err);
}

/* As many: a twentieth of the variance k. */
CHECK(wang_enough) {
  const double M = (double)iclgd_get_size(t->settings, "k");
  return trained(t, M / 20, out, err);
}

CHECK(wang_regression) {
  return trained(t, (double)t->dist.d - heads_of(t), out, err);
}

/* One layer of linear attention at its best step, below what a head without q.k
 * reaches. */
CHECK(wang_linear) {
  const double d = (double)t->dist.d, n = (double)t->dist.n;
  const double eta = n / (n + d + 1);
  iclgd_subject s;
  iclgd_estimate mean;
  if (!(d * (d + 1) / (n + d + 1) < d - 1))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "n = %zu: expected more points, for which d(d+1)/(n+d+1) "
                      "is below d - 1",
                      t->dist.n);
  TRY(iclgd_trial_model(t, &eta, NULL, 1, 1, &s, err));
  TRY(iclgd_trial_risk(t, &s, &mean, err));
  *out = iclgd_evidence_drawn(d - 1, mean);
  return ICLGD_OK;
}
