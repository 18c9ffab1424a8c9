/* Gradient descent on the context of one prompt (von Oswald et al. 2023):
 *   L(w) = (1/2n) sum_i (w.x_i - y_i)^2,  w_{k+1} = w_k - eta_k M grad L(w_k),
 * with M = I, one step size (gd) or one per step (gd_per_step), or M = Sigma^-1
 * (pgd: preconditioned). Written with residuals, without the Gram matrix. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nlopt.h>

#include <iclgd/comparisons.h>
#include <iclgd/theory.h>

#include "reference/rows.h"
#include "reference/tune.h"

/* g (d) = -(1/n) sum_i (w.x_i - y_i) x_i */
static void descent_direction(const iclgd_prompt *p, const double *w,
                              double *g) {
  memset(g, 0, p->d * sizeof *g);
  for (size_t i = 0; i < p->n; ++i) {
    const double *x = p->x + i * p->d;
    const double r = (p->y[i] - iclgd_dot(w, x, p->d)) / (double)p->n;
    for (size_t j = 0; j < p->d; ++j) g[j] += r * x[j];
  }
}

static void iterate(const iclgd_hyper *hyper, const iclgd_prompt *p,
                    size_t steps, double *work, double *w) {
  const size_t d = p->d;
  memset(w, 0, d * sizeof *w);
  for (size_t k = 0; k < steps; ++k) {
    const double eta = hyper->eta[hyper->n_eta > 1 ? k : 0];
    const double *from = w + k * d;
    double *to = w + (k + 1) * d;
    descent_direction(p, from, work);
    for (size_t j = 0; j < d; ++j) {
      const double step =
          hyper->M ? iclgd_dot(hyper->M + j * d, work, d) : work[j];
      to[j] = from[j] + eta * step;
    }
  }
}

static iclgd_status choose_gd(const iclgd_choice *choice, iclgd_arena *arena,
                              iclgd_hyper *out, iclgd_error *err) {
  return iclgd_choose_eta(&iclgd_algorithm_gd, choice, false, arena, out, err);
}

const iclgd_algorithm iclgd_algorithm_gd = {
    .name = "gd",
    .title = "gradient descent",
    .description = "w <- w + eta (1/n) sum (y_i - w.x_i) x_i, one step size",
    .choose = choose_gd,
    .iterate = iterate,
};

static iclgd_status choose_pgd(const iclgd_choice *choice, iclgd_arena *arena,
                               iclgd_hyper *out, iclgd_error *err) {
  const iclgd_distribution *dist = choice->dist;
  if (!dist || dist->table)
    return iclgd_fail(err, ICLGD_ERANGE, "Sigma is not known");
  if (dist->isotropic)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "the same as gd, Sigma is a multiple of I");
  if (dist->rotate_per_prompt)
    return iclgd_fail(err, ICLGD_ERANGE, "Sigma is different in each prompt");
  const size_t d = dist->d;
  double *M = iclgd_arena_reals(arena, d, d, 1);
  if (!M) return iclgd_fail_memory(err, "Sigma^-1");
  for (size_t i = 0; i < d * d; ++i)
    M[i] = iclgd_dot(dist->G + i / d * d, dist->G + i % d * d, d) /
           dist->x_variance;
  out->M = M;
  return iclgd_choose_eta(&iclgd_algorithm_pgd, choice, true, arena, out, err);
}

const iclgd_algorithm iclgd_algorithm_pgd = {
    .name = "pgd",
    .title = "preconditioned GD",
    .description = "w <- w + eta Sigma^-1 (1/n) sum (y_i - w.x_i) x_i",
    .choose = choose_pgd,
    .iterate = iterate,
};

static double log_steps_loss(unsigned count, const double *log_eta,
                             double *gradient, void *context) {
  (void)gradient; /* NELDERMEAD asks for none */
  const iclgd_objective *objective = ((void **)context)[0];
  iclgd_hyper *hyper = ((void **)context)[1];
  for (unsigned k = 0; k < count; ++k) hyper->eta[k] = exp(log_eta[k]);
  const double loss = iclgd_objective_loss(objective, hyper);
  return isfinite(loss) ? loss : HUGE_VAL;
}

/* All steps together, from spread starting values. */
static iclgd_status search_steps(const iclgd_choice *choice, size_t L,
                                 iclgd_arena *arena, iclgd_hyper *out,
                                 iclgd_error *err) {
  iclgd_objective objective;
  const iclgd_status status = iclgd_objective_create(
      &iclgd_algorithm_gd_per_step, choice->tune, L, arena, &objective, err);
  double *log_eta = iclgd_arena_reals(arena, L, 1, 1);
  if (status) return status;
  nlopt_opt search = nlopt_create(NLOPT_LN_NELDERMEAD, (unsigned)L);
  if (!log_eta || !search) return iclgd_fail_memory(err, "the step sizes");
  const double unit = iclgd_natural_step(choice->tune);
  for (size_t k = 0; k < L; ++k)
    log_eta[k] = log(unit * 0.4 * pow(4, ((double)k + 0.5) / (double)L));
  void *context[] = {&objective, out};
  double loss;
  nlopt_set_min_objective(search, log_steps_loss, context);
  nlopt_set_xtol_rel(search, 1e-6);
  nlopt_set_maxeval(search, 2000);
  nlopt_optimize(search, log_eta, &loss);
  nlopt_destroy(search);
  for (size_t k = 0; k < L; ++k) out->eta[k] = exp(log_eta[k]);
  out->how = "search over all steps on held-out prompts";
  return ICLGD_OK;
}

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Put ascending steps into the order of the model's layers by scale. */
static void order_like_layers(const iclgd_model *model, double *A,
                              double *eta) {
  enum { MANY = 64 };
  const size_t L = model->layers, d = model->d;
  double scale[MANY], sorted[MANY];
  if (L != iclgd_model_depth(model) || L > MANY) return;
  for (size_t l = 0; l < L; ++l) {
    iclgd_model_preconditioner(model, l, A, NULL);
    scale[l] = 0;
    for (size_t i = 0; i < d; ++i) scale[l] += A[i * d + i];
  }
  memcpy(sorted, eta, L * sizeof *eta);
  for (size_t l = 0; l < L; ++l) {
    size_t rank = 0;
    for (size_t m = 0; m < L; ++m)
      rank += scale[m] < scale[l] || (scale[m] == scale[l] && m < l);
    eta[l] = sorted[rank];
  }
}

static iclgd_status choose_per_step(const iclgd_choice *choice,
                                    iclgd_arena *arena, iclgd_hyper *out,
                                    iclgd_error *err) {
  enum { SEARCHED = 8 }; /* more steps than this are not searched for */
  const size_t L = iclgd_model_depth(choice->model), d = choice->model->d;
  if (L < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "the same as gd for one layer");
  out->n_eta = L;
  out->eta = iclgd_arena_reals(arena, L, 1, 1);
  double *A = iclgd_arena_reals(arena, d, d, 1);
  if (!out->eta || !A) return iclgd_fail_memory(err, "the step sizes");
  iclgd_theory theory;
  iclgd_error unreached;
  double loss, bound;
  if (iclgd_theory_of(choice->dist, false, &theory) &&
      !iclgd_oracle_untied(theory.setting, L, out->eta, &loss, &bound,
                           &unreached)) {
    for (size_t k = 0; k < L; ++k) out->eta[k] *= theory.step_unit;
    out->how = "closed form O4 in the order of the trained layers";
  } else if (L <= SEARCHED) {
    const iclgd_status status = search_steps(choice, L, arena, out, err);
    if (status) return status;
    qsort(out->eta, L, sizeof *out->eta, ascending);
  } else {
    return iclgd_fail(err, ICLGD_ERANGE,
                      "no closed form here, and %zu steps are too many to "
                      "search for",
                      L);
  }
  order_like_layers(choice->model, A, out->eta);
  return ICLGD_OK;
}

const iclgd_algorithm iclgd_algorithm_gd_per_step = {
    .name = "gd_per_step",
    .title = "GD, a step size per step",
    .description = "w <- w + eta_k (1/n) sum (y_i - w.x_i) x_i, k = 1..depth",
    .choose = choose_per_step,
    .iterate = iterate,
};
