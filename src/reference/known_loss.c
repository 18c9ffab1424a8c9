/* Closed forms for any path (docs/theory.md, O1, O3).
 *
 * Iterates that are one polynomial of S for all prompts, w_k = q_k(S) b, show
 * q_k on a problem with S = diag(s) and b = 1; over a Gauss rule of the law of
 * eigenvalues,
 *   loss = mu((1 - s q)^2) + (sigma^2 / n) mu(s q^2).
 * A first iterate w = M b shows the columns of M at b = e_j. */
#include "reference/known_loss.h"

#include <iclgd/comparisons.h>
#include <iclgd/linear.h>
#include <iclgd/theory.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "oracle/spectrum.h"
#include "reference/rows.h"

struct iclgd_known_law {
  const iclgd_distribution *dist;
  bool has_rule; /* O3, of I or (preconditioned) of Sigma^-1 */
  bool preconditioned;
  iclgd_theory theory;
  iclgd_spectrum rule;
  size_t degree;
  bool has_layer; /* O1 */
  double *Sigma, *Omega;
};

/* Laws without a closed form are no failure. */
iclgd_status iclgd_known_law_create(const iclgd_distribution *dist,
                                    size_t degree, iclgd_arena *arena,
                                    iclgd_known_law **out, iclgd_error *err) {
  *out = NULL;
  if (!dist || dist->table) return ICLGD_OK;
  const size_t d = dist->d;
  iclgd_known_law *law = iclgd_arena_take(arena, 1, sizeof *law);
  if (!law) return iclgd_fail_memory(err, "the closed forms");
  law->dist = dist;
  law->degree = degree < ICLGD_DEGREE_MAX ? degree : ICLGD_DEGREE_MAX;
  law->preconditioned = !dist->isotropic;
  law->has_rule = iclgd_theory_of(dist, law->preconditioned, &law->theory);
  law->has_layer = iclgd_theory_one_layer(dist);
  iclgd_error unreached;
  if (law->has_rule && iclgd_spectrum_create(law->theory.setting, law->degree,
                                             arena, &law->rule, &unreached))
    law->has_rule = false;
  law->Sigma = iclgd_arena_reals(arena, d, d, 1);
  law->Omega = iclgd_arena_reals(arena, d, d, 1);
  TRY(iclgd_arena_status(arena, err, "the closed forms"));
  iclgd_distribution_covariance(dist, law->Sigma);
  iclgd_distribution_task_covariance(dist, law->Omega);
  if (law->has_rule || law->has_layer) *out = law;
  return ICLGD_OK;
}

static size_t degree_of(iclgd_growth growth, size_t step) {
  size_t degree = 0;
  if (growth == ICLGD_NO_POLYNOMIAL) return SIZE_MAX;
  for (size_t k = 0; k < step; ++k) {
    degree = growth == ICLGD_THREEFOLD ? 3 * degree + 1 : degree + 1;
    if (degree > ICLGD_DEGREE_MAX) return SIZE_MAX;
  }
  return degree;
}

size_t iclgd_known_degree(const iclgd_path *path, size_t step) {
  if (path->algorithm) return degree_of(path->algorithm->growth, step);
  if (!path->model->linear) return SIZE_MAX;
  return degree_of(
      iclgd_model_descends(path->model) ? ICLGD_ONE_A_STEP : ICLGD_THREEFOLD,
      step);
}

/* Whether M = c I or, where Sigma is given, M Sigma = c I, to rounding. */
static bool is_multiple(const double *M, const double *Sigma, size_t d,
                        double *c) {
  double most = 0;
  *c = 0;
  for (size_t i = 0; i < d; ++i)
    *c += (Sigma ? iclgd_dot(M + i * d, Sigma + i * d, d) : M[i * d + i]) /
          (double)d;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      const double entry =
          Sigma ? iclgd_dot(M + i * d, Sigma + j * d, d) : M[i * d + j];
      most = fmax(most, fabs(entry - (i == j ? *c : 0)));
    }
  return most <= 1e-12 * fabs(*c);
}

/* Whether a layer holds nothing but A and B. */
static bool is_plain(const iclgd_path *path, size_t l) {
  const iclgd_model *model = path->model;
  const size_t d = model->d, D = d + 1;
  if (!model->linear->whole) return true;
  const double *P = iclgd_linear_layer(model, path->theta, l);
  const double *Q = P + D * D;
  bool plain = Q[d * D + d] == 0;
  for (size_t i = 0; i < d; ++i)
    plain = plain && P[d * D + i] == 0 && P[i * D + d] == 0 &&
            Q[d * D + i] == 0 && Q[i * D + d] == 0;
  return plain;
}

/* The model as an algorithm with scalar steps, where it is one: A_l = a_l I
 * and B_l = b_l I, or multiples of Sigma^-1 and Sigma. A, B (d, d) are scratch.
 */
static bool stand_in(const iclgd_known_law *law, const iclgd_path *path,
                     double *A, double *B, iclgd_path *out) {
  const iclgd_model *model = path->model;
  const size_t depth = iclgd_model_depth(model), d = model->d;
  const double *Sigma = law->preconditioned ? law->Sigma : NULL;
  out->algorithm = iclgd_model_descends(model) ? &iclgd_algorithm_gd
                                               : &iclgd_algorithm_gdpp_per_step;
  if (model->sign != -1) return false;
  for (size_t l = 0; l < depth; ++l) {
    double a, b = 0;
    if (!is_plain(path, l)) return false;
    iclgd_linear_A(model, path->theta, l, A, B);
    if (!is_multiple(A, Sigma, d, &a)) return false;
    if (out->algorithm != &iclgd_algorithm_gd &&
        (law->preconditioned || !is_multiple(B, NULL, d, &b)))
      return false;
    out->hyper.eta[l] = a;
    out->hyper.gamma[l] = a * b;
  }
  return true;
}

/* An algorithm with the scalar steps that its preconditioner stands for. */
static bool strip(const iclgd_known_law *law, const iclgd_path *path,
                  iclgd_path *out) {
  const double *Sigma = law->preconditioned ? law->Sigma : NULL;
  const iclgd_hyper *h = &path->hyper;
  if (!h->M) {
    out->hyper = *h;
    return !law->preconditioned || path->algorithm == &iclgd_algorithm_zero;
  }
  if (path->algorithm == &iclgd_algorithm_one_layer) return false;
  for (size_t k = 0; k < path->steps; ++k) {
    double c;
    if (!is_multiple(h->M + k % h->n_M * law->dist->d * law->dist->d, Sigma,
                     law->dist->d, &c))
      return false;
    out->hyper.eta[k] = c * h->eta[h->n_eta > 1 ? k : 0];
  }
  return true;
}

/* A problem of N features whose matrices are zero, and w (steps + 1, N). */
static iclgd_status open_problem(size_t N, size_t steps, iclgd_arena *arena,
                                 iclgd_problem *out, double **work, double **w,
                                 iclgd_error *err) {
  *out = (iclgd_problem){.prompt = {.n = 1, .d = N, .mean_n = 1},
                         .S = iclgd_arena_reals(arena, N, N, 1),
                         .b = iclgd_arena_reals(arena, N, 1, 1),
                         .lambda = iclgd_arena_reals(arena, N, 1, 1),
                         .V = iclgd_arena_reals(arena, N, N, 1)};
  *work = iclgd_arena_reals(arena, iclgd_algorithm_work(1, N), 1, 1);
  *w = iclgd_arena_reals(arena, steps + 1, N, 1);
  TRY(iclgd_arena_status(arena, err, "the closed forms"));
  for (size_t i = 0; i < N; ++i) out->V[i * N + i] = 1;
  return ICLGD_OK;
}

/* O3 over the rule. */
static iclgd_status by_rule(const iclgd_known_law *law, const iclgd_path *path,
                            iclgd_arena *arena, double *loss,
                            iclgd_error *err) {
  const iclgd_spectrum *rule = &law->rule;
  const size_t N = rule->count;
  iclgd_problem problem;
  double *work, *w;
  TRY(open_problem(N, path->steps, arena, &problem, &work, &w, err));
  for (size_t i = 0; i < N; ++i) {
    problem.b[i] = 1;
    problem.lambda[i] = rule->s[i] / law->theory.step_unit;
    problem.S[i * N + i] = problem.lambda[i];
  }
  path->algorithm->iterate(&path->hyper, &problem, path->steps, work, w);
  for (size_t k = 0; k <= path->steps; ++k) {
    double sum = rule->atom;
    if (degree_of(path->algorithm->growth, k) > law->degree) break;
    for (size_t i = 0; i < N; ++i) {
      const double gone = problem.lambda[i] * w[k * N + i];
      sum += rule->weight[i] * ((1 - gone) * (1 - gone) +
                                rule->lambda / rule->s[i] * gone * gone);
    }
    loss[k] = law->theory.loss_unit * sum;
  }
  return ICLGD_OK;
}

/* M (d, d) of w_1 = M b; false where that is not known. */
static bool first_matrix(const iclgd_path *path, const iclgd_problem *zero,
                         double *work, double *w, double *M) {
  const size_t d = zero->prompt.d;
  if (!path->algorithm) {
    if (!path->model->linear) return false;
    iclgd_linear_A(path->model, path->theta, 0, M, NULL);
    return path->model->sign == -1 && is_plain(path, 0);
  }
  if (path->algorithm->growth == ICLGD_NO_POLYNOMIAL) return false;
  for (size_t j = 0; j < d; ++j) {
    memset(zero->b, 0, d * sizeof *zero->b);
    zero->b[j] = 1;
    path->algorithm->iterate(&path->hyper, zero, 1, work, w);
    for (size_t i = 0; i < d; ++i) M[i * d + j] = w[d + i];
  }
  return true;
}

/* O1 of iterates 0 and 1. */
static iclgd_status by_layer(const iclgd_known_law *law, const iclgd_path *path,
                             iclgd_arena *arena, double *loss,
                             iclgd_error *err) {
  const size_t d = law->dist->d;
  const iclgd_setting setting = {d, law->dist->n,
                                 law->dist->noise * law->dist->noise};
  iclgd_problem zero;
  double *work, *w, *M = iclgd_arena_reals(arena, d, d, 1);
  iclgd_error unreached;
  TRY(open_problem(d, 1, arena, &zero, &work, &w, err));
  for (size_t k = 0; k < 2 && k <= path->steps; ++k) {
    double value;
    if (!isnan(loss[k]) || (k > 0 && !first_matrix(path, &zero, work, w, M)))
      continue;
    if (!iclgd_oracle_one_layer_loss(setting, law->Sigma, law->Omega, M, &value,
                                     &unreached))
      loss[k] = value;
  }
  return ICLGD_OK;
}

iclgd_status iclgd_known_losses(const iclgd_known_law *law,
                                const iclgd_path *path, iclgd_arena *arena,
                                double *loss, iclgd_error *err) {
  for (size_t k = 0; k <= path->steps; ++k) loss[k] = NAN;
  if (!law) return ICLGD_OK;
  if (path->model && !path->model->linear) /* but layer 0, which is zero */
    return law->has_layer ? by_layer(law, path, arena, loss, err) : ICLGD_OK;
  const size_t d = law->dist->d, most = path->steps + 1;
  double *A = iclgd_arena_reals(arena, d, d, 1);
  double *B = iclgd_arena_reals(arena, d, d, 1);
  double *eta = iclgd_arena_reals(arena, 2, most, 1);
  TRY(iclgd_arena_status(arena, err, "the closed forms"));
  iclgd_path plain = *path;
  plain.hyper = (iclgd_hyper){
      .eta = eta, .n_eta = most, .gamma = eta + most, .n_gamma = most};
  const bool is_one = path->algorithm
                          ? path->algorithm->growth != ICLGD_NO_POLYNOMIAL &&
                                strip(law, path, &plain)
                          : stand_in(law, path, A, B, &plain);
  if (law->has_rule && is_one) TRY(by_rule(law, &plain, arena, loss, err));
  return law->has_layer ? by_layer(law, path, arena, loss, err) : ICLGD_OK;
}
