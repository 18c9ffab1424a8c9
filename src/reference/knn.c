/* k nearest neighbours (Garg et al. 2022): the mean label of the k context
 * points that are nearest to x_query, the earlier one where two are equally
 * near. Not linear in the query: no weight implies it. */
#include <math.h>

#include <iclgd/comparisons.h>

#include "reference/rows.h"

static iclgd_status choose(const iclgd_choice *choice, iclgd_arena *arena,
                           iclgd_hyper *out, iclgd_error *err) {
  (void)arena;
  (void)err;
  out->neighbours = iclgd_get_size(choice->settings, "reference.neighbours");
  if (out->neighbours > choice->tune->n) out->neighbours = choice->tune->n;
  out->how = "fixed (reference.neighbours)";
  return ICLGD_OK;
}

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  (void)hyper;
  (void)steps;
  (void)work;
  const size_t d = p->prompt.d;
  for (size_t j = 0; j < d; ++j) {
    w[j] = 0;
    w[d + j] = NAN;
  }
}

/* work: squared distances (n). */
static void predict(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *prediction) {
  (void)steps;
  const iclgd_prompt *p = &problem->prompt;
  const size_t n = p->n, d = p->d;
  const size_t k = hyper->neighbours < n ? hyper->neighbours : n;
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    work[i] = iclgd_squared_distance(p->x + i * d, p->x_query, d);
  for (size_t taken = 0; taken < k; ++taken) {
    size_t nearest = 0;
    for (size_t i = 1; i < n; ++i)
      if (work[i] < work[nearest]) nearest = i;
    sum += p->y[nearest];
    work[nearest] = INFINITY;
  }
  prediction[0] = 0;
  prediction[1] = sum / (double)k;
}

const iclgd_algorithm iclgd_algorithm_knn = {
    .name = "knn",
    .title = "nearest neighbours",
    .look = {6, 3},
    .description =
        "mean label of the k points nearest to x_query; no implied "
        "weight (NaN)",
    .one_shot = true,
    .choose = choose,
    .iterate = iterate,
    .predict = predict,
};
