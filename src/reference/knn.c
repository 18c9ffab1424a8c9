/* k nearest neighbours (Garg et al. 2022): the mean label of the k context
 * points that are nearest to x_query, the earlier one where two are equally
 * near. Not linear in the query: no weight implies it. */
#include <math.h>

#include <iclgd/comparisons.h>

#include "reference/rows.h"

static const iclgd_key keys[] = {
    KEY_INT("reference.neighbours", "3", 1, 1e6,
            "context points that knn averages"),
};
static const iclgd_key_set key_set = {keys, 1};

static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  (void)err;
  const size_t k = iclgd_get_size(choice->settings, "reference.neighbours");
  out->own[0] = (double)(k < choice->tune->n ? k : choice->tune->n);
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
  const size_t wanted = (size_t)hyper->own[0], k = wanted < n ? wanted : n;
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
    .look = {2, 3},
    .description =
        "mean label of the k points nearest to x_query; no implied "
        "weight (NaN)",
    .by_context = true,
    .one_shot = true,
    .keys = &key_set,
    .own = {{"neighbours", .whole = true}},
    .how = "fixed (reference.neighbours)",
    .choose = choose,
    .iterate = iterate,
    .predict = predict,
};
