/* The best that one layer can do (docs/theory.md, O1; Ahn et al. 2023, Theorem
 * 1; Zhang et al. 2023): w = A* b, b = (1/n) sum y x, with A* = Omega Sigma [(1
 * + 1/n) Sigma Omega Sigma
 *                     + ((tr(Sigma Omega) + sigma^2) / n) Sigma]^-1
 * for normal x with covariance Sigma and Cov(w_star) = Omega. */
#include <iclgd/comparisons.h>
#include <iclgd/oracle.h>
#include <iclgd/theory.h>
#include <string.h>

#include "reference/rows.h"

static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  const iclgd_distribution *dist = choice->dist;
  if (iclgd_model_depth(choice->model) != 1)
    return iclgd_fail(err, ICLGD_ERANGE, "the model has more than one layer");
  if (!iclgd_theory_one_layer(dist) || dist->rotate_per_prompt)
    return iclgd_fail(err, ICLGD_ERANGE, "no closed form for these inputs");
  const size_t d = dist->d;
  double *Sigma = iclgd_arena_reals(choice->arena, d, d, 1);
  double *Omega = iclgd_arena_reals(choice->arena, d, d, 1);
  double *A = iclgd_arena_reals(choice->arena, d, d, 1);
  TRY(iclgd_arena_status(choice->arena, err, "the best layer"));
  iclgd_distribution_covariance(dist, Sigma);
  iclgd_distribution_task_covariance(dist, Omega);
  const iclgd_setting setting = {d, dist->n, dist->noise * dist->noise};
  double loss;
  out->M = A;
  out->n_M = 1;
  return iclgd_oracle_one_layer(setting, Sigma, Omega, A, &loss, err);
}

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  (void)steps;
  (void)work;
  const size_t d = p->prompt.d;
  memset(w, 0, d * sizeof *w);
  for (size_t j = 0; j < d; ++j)
    w[d + j] = iclgd_dot(hyper->M + j * d, p->b, d);
}

const iclgd_algorithm iclgd_algorithm_one_layer = {
    .name = "one_layer",
    .title = "best single layer",
    .look = {5, 3},
    .description = "w = A* (1/n) sum y_i x_i, the optimum over A for one layer",
    .held_out = true,
    .one_shot = true,
    .growth = ICLGD_ONE_A_STEP,
    .how = "closed form O1",
    .choose = choose,
    .iterate = iterate,
};
