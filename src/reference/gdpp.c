/* GD++ (von Oswald et al. 2023, appendix A.10): a gradient step, then the
 * inputs are conditioned,
 *   w' += eta (1/n) sum_i r_i x_i,  r_i -= step.x_i,  x <- (I - gamma S) x,
 * with S of the current inputs; the query is transformed alike, so the implied
 * weight in the original inputs gains C^T step with x_k = C x_0. */
#include <math.h>
#include <string.h>

#include <nlopt.h>

#include <iclgd/comparisons.h>

#include "reference/rows.h"
#include "reference/tune.h"

/* out (rows, d) = in (rows, d) - gamma in S, row by row through `row`. */
static void condition(double *rows, size_t count, const double *S, double gamma,
                      size_t d, double *row) {
  for (size_t i = 0; i < count; ++i) {
    double *x = rows + i * d;
    memcpy(row, x, d * sizeof *row);
    for (size_t j = 0; j < d; ++j) x[j] -= gamma * iclgd_dot(S + j * d, row, d);
  }
}

/* work: x (n, d), r (n), S (d, d), g (d), C^T (d, d), row (d). */
static void iterate(const iclgd_hyper *hyper, const iclgd_prompt *p,
                    size_t steps, double *work, double *w) {
  const size_t n = p->n, d = p->d;
  double *x = work, *r = x + n * d, *S = r + n, *g = S + d * d;
  double *Ct = g + d, *row = Ct + d * d;
  memcpy(x, p->x, n * d * sizeof *x);
  memcpy(r, p->y, n * sizeof *r);
  memset(w, 0, d * sizeof *w);
  memset(Ct, 0, d * d * sizeof *Ct);
  for (size_t j = 0; j < d; ++j) Ct[j * d + j] = 1;
  for (size_t k = 0; k < steps; ++k) {
    const double *from = w + k * d;
    double *to = w + (k + 1) * d;
    iclgd_context_gram(S, g, x, r, n, d, n);
    for (size_t j = 0; j < d; ++j) g[j] *= hyper->eta[0];
    for (size_t j = 0; j < d; ++j)
      to[j] = from[j] + iclgd_dot(Ct + j * d, g, d);
    for (size_t i = 0; i < n; ++i) r[i] -= iclgd_dot(g, x + i * d, d);
    condition(x, n, S, hyper->gamma, d, row);
    condition(Ct, d, S, hyper->gamma, d, row);
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
    .choose = choose,
    .iterate = iterate,
};
