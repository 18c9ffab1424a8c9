/* GD++ (von Oswald et al. 2023, appendix A.10): a gradient step, then the
 * inputs are conditioned,
 *   w' += eta (1/n) sum_i r_i x_i,  r_i -= step.x_i,  x <- (I - gamma S) x,
 * with S of the current inputs; the query is transformed alike, so the implied
 * weight in the original inputs gains C^T step with x_k = C x_0. All these
 * matrices are polynomials in the first S: in its eigenbasis S_k = C^2 lambda
 * and C are diagonal and every direction goes by itself. */
#include <math.h>
#include <string.h>

#include <nlopt.h>

#include <iclgd/comparisons.h>

#include "reference/rows.h"
#include "reference/tune.h"

/* From the eigenbasis to the original coordinates: w = V^T z. */
static void write_weight(const iclgd_problem *p, const double *z,
                         double *restrict w) {
  const size_t d = p->prompt.d;
  memset(w, 0, d * sizeof *w);
  for (size_t j = 0; j < d; ++j)
    for (size_t i = 0; i < d; ++i) w[i] += z[j] * p->V[j * d + i];
}

/* work: z, what is left of V b, and the diagonal of C (d each). */
static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  const size_t d = p->prompt.d;
  double *z = work, *left = z + d, *c = left + d;
  memset(w, 0, d * sizeof *w);
  for (size_t j = 0; j < d; ++j) {
    z[j] = 0;
    left[j] = iclgd_dot(p->V + j * d, p->b, d);
    c[j] = 1;
  }
  for (size_t k = 1; k <= steps; ++k) {
    for (size_t j = 0; j < d; ++j) {
      const double eta = hyper->eta[0] * c[j] * c[j];
      z[j] += eta * left[j];
      left[j] *= 1 - eta * p->lambda[j]; /* V b - lambda z, without its loss */
      c[j] *= 1 - hyper->gamma * c[j] * c[j] * p->lambda[j];
    }
    write_weight(p, z, w + k * d);
  }
}

typedef struct search_context {
  const iclgd_objective *objective;
  iclgd_hyper *hyper;
  double unit;
} search_context;

static double loss_at(unsigned count, const double *at, double *gradient,
                      void *context) {
  (void)count;
  (void)gradient; /* NELDERMEAD asks for none */
  const search_context *c = context;
  c->hyper->eta[0] = exp(at[0]) * c->unit;
  c->hyper->gamma = at[1] * c->unit;
  const double loss = iclgd_objective_loss(c->objective, c->hyper);
  return isfinite(loss) ? loss : HUGE_VAL;
}

/* eta and gamma together, from a few starts. */
static iclgd_status search(search_context *c, iclgd_error *err) {
  const double starts[][2] = {{0.8, 0.15}, {1.3, 0.25}};
  double best = HUGE_VAL, best_at[2] = {0};
  for (size_t s = 0; s < 2; ++s) {
    nlopt_opt optimiser = nlopt_create(NLOPT_LN_NELDERMEAD, 2);
    if (!optimiser) return iclgd_fail_memory(err, "a search");
    double at[2] = {log(starts[s][0]), starts[s][1]}, loss;
    nlopt_set_min_objective(optimiser, loss_at, c);
    nlopt_set_xtol_rel(optimiser, 1e-4);
    nlopt_set_maxeval(optimiser, 60);
    const nlopt_result result = nlopt_optimize(optimiser, at, &loss);
    nlopt_destroy(optimiser);
    if (result > 0 && loss < best) {
      best = loss;
      memcpy(best_at, at, sizeof at);
    }
  }
  c->hyper->eta[0] = exp(best_at[0]) * c->unit;
  c->hyper->gamma = best_at[1] * c->unit;
  return ICLGD_OK;
}

static iclgd_status choose(const iclgd_choice *choice, iclgd_arena *arena,
                           iclgd_hyper *out, iclgd_error *err) {
  const size_t depth = iclgd_model_depth(choice->model);
  if (depth < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "the same as gd for one layer");
  out->n_eta = 1;
  out->eta = iclgd_arena_reals(arena, 1, 1, 1);
  if (!out->eta) return iclgd_fail_memory(err, "GD++");
  const iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  iclgd_objective objective;
  const iclgd_status status =
      iclgd_objective_create(&iclgd_algorithm_gdpp, &sample, depth,
                             choice->stop, arena, &objective, err);
  if (status) return status;
  out->how = "search over eta and gamma at step = depth on held-out prompts";
  search_context context = {&objective, out, iclgd_natural_step(choice->tune)};
  return search(&context, err);
}

const iclgd_algorithm iclgd_algorithm_gdpp = {
    .name = "gdpp",
    .title = "GD++",
    .description =
        "a gradient step, then x <- (I - gamma S) x; shared eta, "
        "gamma",
    .spectral = true,
    .choose = choose,
    .iterate = iterate,
};
