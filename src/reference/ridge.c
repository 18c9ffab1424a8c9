/* The floors: least squares and ridge regression on the context.
 *   least squares  w = X^+ y, of minimum norm
 *   ridge          w = (X^T X + lambda prior)^-1 X^T y
 * With prior = tau^2 Cov(w)^-1 and lambda = sigma^2 / tau^2 ridge is the mean
 * of the Bayes posterior for Gaussian w (docs/theory.md, O6); ridge_fixed has
 * prior = I and a lambda that knows nothing (Akyurek et al. 2023: .1, .5, 1).
 */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "math/dense.h"
#include "reference/rows.h"
#include "reference/tune.h"

static void set_zero_then(const double *result, bool ok, size_t d, double *w) {
  for (size_t j = 0; j < d; ++j) {
    w[j] = 0;
    w[d + j] = ok ? result[j] : NAN;
  }
}

/* work: x (n, d), y (max(n, d)), result (d). */
static void iterate_least_squares(const iclgd_hyper *hyper,
                                  const iclgd_problem *problem, size_t steps,
                                  double *work, double *w) {
  (void)hyper;
  (void)steps;
  const iclgd_prompt *p = &problem->prompt;
  const size_t n = p->n, d = p->d;
  double *x = work, *y = x + n * d, *result = y + (n > d ? n : d);
  memcpy(x, p->x, n * d * sizeof *x);
  memcpy(y, p->y, n * sizeof *y);
  const bool ok = iclgd_least_squares(x, y, n, d, result);
  set_zero_then(result, ok, d, w);
}

const iclgd_algorithm iclgd_algorithm_least_squares = {
    .name = "least_squares",
    .title = "least squares",
    .look = {4, 3},
    .description = "the minimum-norm solution of min_w |y - X w|^2",
    .by_context = true,
    .one_shot = true,
    .how = "no hyperparameter",
    .iterate = iterate_least_squares,
};

/* w = sum_j n (v_j . b) / (n lambda_j + penalty) v_j over the eigenvectors of
 * S; false when the matrix is singular to rounding. */
static bool solve_in_eigenbasis(const iclgd_problem *p, double penalty,
                                double *restrict w) {
  const size_t d = p->prompt.d;
  const double n = (double)p->prompt.n;
  double largest = 0;
  for (size_t j = 0; j < d; ++j) largest = fmax(largest, n * p->lambda[j]);
  memset(w, 0, d * sizeof *w);
  for (size_t j = 0; j < d; ++j) {
    const double *v = p->V + j * d;
    const double size = n * p->lambda[j] + penalty;
    if (!(size > 0x1p-52 * largest)) return false;
    const double z = n * iclgd_dot(v, p->b, d) / size;
    for (size_t i = 0; i < d; ++i) w[i] += z * v[i];
  }
  return true;
}

/* work: result (d), M (d, d). */
static void iterate_ridge(const iclgd_hyper *hyper, const iclgd_problem *p,
                          size_t steps, double *work, double *w) {
  (void)steps;
  const size_t d = p->prompt.d;
  const double n = (double)p->prompt.n;
  double *result = work, *M = result + d;
  bool ok;
  if (hyper->prior) {
    for (size_t i = 0; i < d * d; ++i)
      M[i] = n * p->S[i] + hyper->lambda * hyper->prior[i];
    for (size_t j = 0; j < d; ++j) result[j] = n * p->b[j];
    ok = iclgd_solve_positive(M, result, d);
  } else {
    ok = solve_in_eigenbasis(p, hyper->lambda, result);
  }
  set_zero_then(result, ok, d, w);
}

/* prior = v F F^T is tau^2 Cov(w)^-1 for w ~ N(0, tau^2 Sigma^-1); rotated per
 * prompt only a multiple of I stays what it is. */
static iclgd_status set_prior(const iclgd_distribution *dist,
                              iclgd_arena *arena, iclgd_hyper *out,
                              iclgd_error *err) {
  if (dist->w_law != ICLGD_W_INVERSE_COVARIANCE ||
      (dist->rotate_per_prompt && !dist->isotropic))
    return ICLGD_OK;
  double *prior = iclgd_arena_reals(arena, dist->d, dist->d, 1);
  if (!prior) return iclgd_fail_memory(err, "the prior");
  iclgd_distribution_covariance(dist, prior);
  out->prior = prior;
  return ICLGD_OK;
}

static const iclgd_key ridge_keys[] = {
    KEY_FORM_IN("reference.lambda", "auto", "auto|real", 0, 1e12,
                "ridge penalty on |w|^2 beside the sum of squares: Bayes or a "
                "line search, or given"),
};
static const iclgd_key_set ridge_key_set = {ridge_keys, 1};

static iclgd_status choose_ridge(const iclgd_choice *choice, iclgd_hyper *out,
                                 iclgd_error *err) {
  const iclgd_distribution *dist = choice->dist;
  const iclgd_form given = iclgd_get_form(choice->settings, "reference.lambda");
  out->how = "given (reference.lambda)";
  out->lambda = given.count ? given.values[0] : 0;
  if (given.count) return ICLGD_OK;
  if (iclgd_distribution_knows_tasks(dist)) {
    if (dist->noise == 0)
      return iclgd_fail(err, ICLGD_ERANGE,
                        "least squares already, there is no noise");
    TRY(set_prior(dist, choice->arena, out, err));
    const double ratio = dist->noise / dist->w_scale;
    out->lambda = ratio * ratio;
    const bool gaussian = dist->w_law == ICLGD_W_NORMAL || out->prior;
    out->how = gaussian ? "Bayes: sigma^2 / tau^2"
                        : "sigma^2 / w_scale^2 (w is not N(0, tau^2 I))";
    return ICLGD_OK;
  }
  iclgd_tuning_loss objective;
  TRY(iclgd_tuning_loss_create(choice, choice->tune, 1, &objective, err));
  out->how = "line search on held-out prompts";
  const double unit =
      (double)choice->tune->n / iclgd_natural_step(choice->tune);
  return iclgd_line_search(&objective, out, &out->lambda, 1e-6 * unit,
                           1e3 * unit, err);
}

const iclgd_algorithm iclgd_algorithm_ridge = {
    .name = "ridge",
    .title = "ridge regression",
    .look = {5, 2},
    .description = "w = (X^T X + lambda prior)^-1 X^T y",
    .by_context = true,
    .one_shot = true,
    .spectral = true,
    .keys = &ridge_key_set,
    .choose = choose_ridge,
    .iterate = iterate_ridge,
};

static const iclgd_key fixed_keys[] = {
    KEY_REAL("reference.ridge_fixed", "0.1", 0, 1e12,
             "penalty of ridge_fixed on |w|^2 beside the sum of squares"),
};
static const iclgd_key_set fixed_key_set = {fixed_keys, 1};

static iclgd_status choose_fixed(const iclgd_choice *choice, iclgd_hyper *out,
                                 iclgd_error *err) {
  (void)err;
  out->lambda = iclgd_get_real(choice->settings, "reference.ridge_fixed");
  return ICLGD_OK;
}

const iclgd_algorithm iclgd_algorithm_ridge_fixed = {
    .name = "ridge_fixed",
    .title = "ridge, fixed penalty",
    .description = "w = (X^T X + lambda I)^-1 X^T y, lambda fixed",
    .one_shot = true,
    .spectral = true,
    .keys = &fixed_key_set,
    .how = "fixed (reference.ridge_fixed)",
    .choose = choose_fixed,
    .iterate = iterate_ridge,
};
