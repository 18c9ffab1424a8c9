/* Cheng, Chen, Sra 2024 (arXiv:2312.06528): attention whose scores are a kernel
 * k can be gradient descent on functions,
 *   f <- f + (eta / n) sum_i (y_i - f(x_i)) k(x_i, .),
 * layer by layer; and of labels of a Gaussian process of covariance k and noise
 * sigma the Bayes answer is kernel ridge regression, which errs by the variance
 * that is left,
 *   v = k(x, x) - k_x^T (K + (sigma / w_scale)^2 I)^-1 k_x,  times w_scale^2.
 */
#include <iclgd/algorithm.h>
#include <iclgd/architecture.h>
#include <iclgd/comparisons.h>
#include <iclgd/kernel.h>
#include <math.h>
#include <string.h>

#include "math/dense.h"
#include "verify.h"

/* kernel_gd and kernel_ridge hold contexts up to this. */
enum { POINTS_MAX = 256 };

static iclgd_status check_points(const iclgd_trial *t, iclgd_error *err) {
  if (t->dist.n <= POINTS_MAX) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE, "n = %zu: expected up to %d", t->dist.n,
                    POINTS_MAX);
}

typedef struct construction {
  iclgd_subject subject;
  iclgd_tape **tapes; /* (threads) */
  iclgd_hyper hyper;
} construction;

/* The largest difference of a layer's prediction from the step's, over 1 + the
 * size of that. */
static void measure_steps(const iclgd_draw *draw, double *value) {
  const construction *c = draw->what;
  const size_t depth = iclgd_model_depth(&c->subject.model);
  const iclgd_problem problem = {.prompt = *draw->prompt};
  double *layer = draw->work, *step = layer + depth + 1;
  iclgd_model_predict(&c->subject.model, c->subject.theta, draw->prompt,
                      c->tapes[draw->thread], layer);
  iclgd_algorithm_named("kernel_gd")
      ->predict(&c->hyper, &problem, depth, step + depth + 1, step);
  *value = 0;
  for (size_t k = 0; k <= depth; ++k)
    *value = fmax(*value, fabs(layer[k] - step[k]) / (1 + fabs(step[k])));
}

static iclgd_status take_tapes(iclgd_trial *t, construction *c,
                               iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(t->options->pool);
  c->tapes = iclgd_arena_take(&t->arena, threads, sizeof(iclgd_tape *));
  if (!c->tapes) return iclgd_fail_memory(err, "the layers");
  for (size_t i = 0; i < threads; ++i)
    TRY(iclgd_tape_create(&c->subject.model, t->dist.n, &t->arena, &c->tapes[i],
                          err));
  return ICLGD_OK;
}

/* The transformer of the row, model.init = gd:eta; where weights of attention
 * have the sum 1, its step is eta / n of n eta. */
CHECK(cheng_construction) {
  const iclgd_form init = iclgd_get_form(t->settings, "model.init");
  iclgd_kernel kernel = {ICLGD_KERNEL_LINEAR, 1};
  construction c;
  double *values, most = 0, eta = init.count ? init.values[0] : NAN;
  TRY(check_points(t, err));
  TRY(iclgd_trial_start(t, 0, &c.subject, err));
  TRY(take_tapes(t, &c, err));
  const iclgd_architecture *architecture = c.subject.model.architecture;
  if (architecture->kernel) architecture->kernel(&c.subject.model, &kernel);
  if (!iclgd_kernel_is_symmetric(&kernel)) eta *= (double)t->dist.n;
  c.hyper = (iclgd_hyper){.eta = &eta, .n_eta = 1, .kernel = &kernel};
  const size_t depth = iclgd_model_depth(&c.subject.model);
  const iclgd_measure measure = {
      measure_steps, &c, 1,
      2 * (depth + 1) + iclgd_algorithm_work(t->dist.n, t->dist.d)};
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE, &measure, &values, err));
  for (size_t i = 0; i < t->prompts; ++i) most = fmax(most, values[i]);
  *out = iclgd_evidence_near(0, most, 1e-10);
  return ICLGD_OK;
}

/* v of one prompt; work (n, n) + n. */
static double variance_left(const iclgd_distribution *dist,
                            const iclgd_prompt *p, double *work) {
  const size_t n = p->n, d = p->d;
  const double ratio = dist->noise / dist->w_scale;
  double *K = work, *row = K + n * n, *alpha = row + n;
  for (size_t i = 0; i < n; ++i) {
    iclgd_kernel_row(dist->kernel, p->x + i * d, p->x, n, d, K + i * n);
    K[i * (n + 1)] += ratio * ratio;
  }
  iclgd_kernel_row(dist->kernel, p->x_query, p->x, n, d, row);
  memcpy(alpha, row, n * sizeof *alpha);
  if (!iclgd_solve_positive(K, alpha, n)) return NAN;
  const double own = iclgd_kernel_at(dist->kernel, p->x_query, p->x_query, d);
  return dist->w_scale * dist->w_scale * (own - iclgd_dot(row, alpha, n));
}

static double error_of(const iclgd_draw *draw, const iclgd_kernel *kernel) {
  const iclgd_distribution *dist = &draw->trial->dist;
  const iclgd_problem problem = {.prompt = *draw->prompt};
  const double ratio = dist->noise / dist->w_scale;
  const iclgd_hyper hyper = {.kernel = kernel, .lambda = ratio * ratio};
  double prediction[2];
  iclgd_algorithm_named("kernel_ridge")
      ->predict(&hyper, &problem, 1, draw->work, prediction);
  const double off = prediction[1] - draw->prompt->y_query;
  return off * off;
}

/* How much more the square of the error is than v. */
static void measure_excess(const iclgd_draw *draw, double *value) {
  const iclgd_distribution *dist = &draw->trial->dist;
  *value = error_of(draw, dist->kernel) -
           variance_left(dist, draw->prompt, draw->work);
}

static size_t ridge_work(const iclgd_trial *t) {
  return iclgd_algorithm_work(t->dist.n, t->dist.d);
}

static iclgd_status check_process(const iclgd_trial *t, iclgd_error *err) {
  if (t->dist.f_law == ICLGD_F_PROCESS && t->dist.noise > 0)
    return check_points(t, err);
  return iclgd_fail(err, ICLGD_ERANGE,
                    "task, noise: expected a process, kernel:K, with noise");
}

CHECK(cheng_variance) {
  iclgd_estimate excess;
  const iclgd_measure measure = {measure_excess, NULL, 1, ridge_work(t)};
  TRY(check_process(t, err));
  TRY(iclgd_trial_mean(t, &measure, &excess, err));
  *out = iclgd_evidence_of(0, excess, 1e-8);
  return ICLGD_OK;
}

/* Kernels that others might take, that of the labels first. */
enum { OTHERS = 4 };
static const iclgd_kernel others[OTHERS] = {{ICLGD_KERNEL_LINEAR, 1},
                                            {ICLGD_KERNEL_EXP, 0.5},
                                            {ICLGD_KERNEL_RBF, 1},
                                            {ICLGD_KERNEL_RELU, 1}};

static void measure_kernels(const iclgd_draw *draw, double *value) {
  value[0] = error_of(draw, draw->trial->dist.kernel);
  for (size_t i = 0; i < OTHERS; ++i) value[i + 1] = error_of(draw, &others[i]);
}

CHECK(cheng_kernels) {
  double *values;
  const iclgd_measure measure = {measure_kernels, NULL, OTHERS + 1,
                                 ridge_work(t)};
  TRY(check_process(t, err));
  TRY(iclgd_trial_sample(t, ICLGD_STREAM_PROBE, &measure, &values, err));
  *out = (iclgd_evidence){1, INFINITY, 0, 0};
  for (size_t i = 1; i <= OTHERS; ++i) {
    const iclgd_estimate ratio =
        iclgd_estimate_ratio(values, t->prompts, OTHERS + 1, i, 0);
    if (ratio.value < out->measured) *out = iclgd_evidence_of(1, ratio, 1e-9);
  }
  return ICLGD_OK;
}
