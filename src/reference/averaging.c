/* The two predictors below which nothing is learned in context:
 *   averaging  w = X^T y / n (Garg et al. 2022), one step of GD with eta = 1;
 *   zero       w = 0. */
#include <string.h>

#include "reference/rows.h"

static void iterate_averaging(const iclgd_hyper *hyper, const iclgd_problem *p,
                              size_t steps, double *work, double *w) {
  (void)hyper;
  (void)steps;
  (void)work;
  const size_t d = p->prompt.d;
  memset(w, 0, d * sizeof *w);
  memcpy(w + d, p->b, d * sizeof *w);
}

static void iterate_zero(const iclgd_hyper *hyper, const iclgd_problem *p,
                         size_t steps, double *work, double *w) {
  (void)hyper;
  (void)steps;
  (void)work;
  memset(w, 0, 2 * p->prompt.d * sizeof *w);
}

const iclgd_algorithm iclgd_algorithm_averaging = {
    .name = "averaging",
    .title = "averaging",
    .look = {3, 3},
    .description = "w = X^T y / n",
    .by_context = true,
    .one_shot = true,
    .growth = ICLGD_ONE_A_STEP,
    .how = "no hyperparameter",
    .iterate = iterate_averaging,
};

const iclgd_algorithm iclgd_algorithm_zero = {
    .name = "zero",
    .title = "zero predictor",
    .description = "w = 0",
    .nothing = true,
    .one_shot = true,
    .growth = ICLGD_ONE_A_STEP,
    .how = "no hyperparameter",
    .iterate = iterate_zero,
};
