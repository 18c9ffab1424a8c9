/* Gradient descent with momentum on L(w) = (1/2n) |y - X w|^2, one step size
 * and one beta for all steps, w_{-1} = w_0 = 0:
 *   heavy ball (Polyak 1964)  w_{k+1} = w_k - eta grad L(w_k) + beta (w_k -
 *                             w_{k-1})
 *   Nesterov (1983)           w_{k+1} = v - eta grad L(v),
 *                             v = w_k + beta (w_k - w_{k-1})
 * Every eigenvalue of S goes by itself; the second row of state is q_k -
 * q_{k-1}. */
#include "reference/rows.h"
#include "reference/search.h"
#include "reference/spectral.h"
#include "reference/tune.h"

static void step_heavy_ball(const iclgd_hyper *hyper, size_t k, size_t count,
                            const double *lambda, double *state) {
  const double eta = hyper->eta[0], beta = k > 0 ? hyper->beta[0] : 0;
  double *q = state, *moved = q + count;
  for (size_t i = 0; i < count; ++i) {
    moved[i] = eta * (1 - lambda[i] * q[i]) + beta * moved[i];
    q[i] += moved[i];
  }
}

static void step_nesterov(const iclgd_hyper *hyper, size_t k, size_t count,
                          const double *lambda, double *state) {
  const double eta = hyper->eta[0], beta = k > 0 ? hyper->beta[0] : 0;
  double *q = state, *moved = q + count;
  for (size_t i = 0; i < count; ++i) {
    const double ahead = q[i] + beta * moved[i];
    moved[i] = eta * (1 - lambda[i] * ahead) + beta * moved[i];
    q[i] += moved[i];
  }
}

/* eta and beta together at step = depth. */
static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  const size_t depth = iclgd_model_depth(choice->model);
  if (depth < 2)
    return iclgd_fail(err, ICLGD_ERANGE, "the same as gd for one layer");
  out->n_eta = out->n_beta = 1;
  out->eta = iclgd_arena_reals(choice->arena, 2, 1, 1);
  if (!out->eta) return iclgd_fail_memory(err, "momentum");
  out->beta = out->eta + 1;
  const iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  iclgd_spectral_loss loss;
  TRY(iclgd_spectral_loss_create(choice, depth, depth, &sample, &loss, err));
  out->how = iclgd_spectral_is_exact(&loss)
                 ? "search over eta and beta at step = depth, exact loss O3"
                 : "search over eta and beta at step = depth on "
                   "held-out prompts";
  const double starts[] = {-0.2, 0.1, 0.2, 0.3, -0.9, 0.6};
  const iclgd_knob knobs[] = {
      {"eta", out->eta, iclgd_natural_step(choice->tune), true, -12, 3},
      {"beta", out->beta, 1, false, 0, 0.99}};
  const iclgd_search search = {.loss = iclgd_spectral_loss_at,
                               .objective = &loss,
                               .knobs = knobs,
                               .n_knobs = 2,
                               .starts = starts,
                               .n_starts = 3,
                               .trials = 80};
  return iclgd_search_run(&search, out, choice->arena, err);
}

static void iterate_heavy_ball(const iclgd_hyper *hyper, const iclgd_problem *p,
                               size_t steps, double *work, double *w) {
  iclgd_filter_iterate(step_heavy_ball, hyper, p, steps, work, w);
}

static void iterate_nesterov(const iclgd_hyper *hyper, const iclgd_problem *p,
                             size_t steps, double *work, double *w) {
  iclgd_filter_iterate(step_nesterov, hyper, p, steps, work, w);
}

const iclgd_algorithm iclgd_algorithm_heavy_ball = {
    .name = "heavy_ball",
    .title = "heavy-ball momentum",
    .look = {5, 0},
    .description =
        "w <- w + eta (b - S w) + beta (w - w before); shared eta, beta",
    .spectral = true,
    .growth = ICLGD_ONE_A_STEP,
    .choose = choose,
    .iterate = iterate_heavy_ball,
    .filter = step_heavy_ball,
};

const iclgd_algorithm iclgd_algorithm_nesterov = {
    .name = "nesterov",
    .title = "Nesterov momentum",
    .look = {4, 0},
    .description =
        "w <- v + eta (b - S v), v = w + beta (w - w before); shared eta, beta",
    .spectral = true,
    .growth = ICLGD_ONE_A_STEP,
    .choose = choose,
    .iterate = iterate_nesterov,
    .filter = step_nesterov,
};
