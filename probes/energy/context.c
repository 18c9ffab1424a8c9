/* The in-context loss of a path, layer by layer,
 *   E_l = 1/2 (1/n) sum_i (f_l(x_i) - y_i)^2,
 * the sum of von Oswald et al. 2023 that a step of gradient descent lowers,
 * here a mean. Where predictions are w . x_query, f_l(x) = w_l . x, 1/2 |X w -
 * y|^2 / n; elsewhere f_l(x_i) is the prediction when x_i is the query of the
 * same context. Of gradient descent on functions, f = sum_j alpha_j k(., x_j),
 * this is 1/2 |K alpha - y|^2 / n, which a step size below 2 / lambda_max(K /
 * n) lowers.
 */
#include <string.h>

#include <iclgd/architecture.h>
#include <iclgd/comparisons.h>

#include "probes/energy/energy.h"

static void fit_weights(const double *w, const iclgd_prompt *p, size_t rows,
                        double *fits) {
  for (size_t l = 0; l < rows; ++l)
    for (size_t i = 0; i < p->n; ++i)
      fits[l * p->n + i] = iclgd_dot(w + l * p->d, p->x + i * p->d, p->d);
}

/* The context points as queries, as many at a time as a pass takes; `some`
 * (rows, count) is scratch. */
static void fit_model(const iclgd_path *path, const iclgd_prompt *p,
                      const iclgd_path_scratch *path_scratch, double *fits) {
  const size_t n = p->n, most = iclgd_model_queries(path->model);
  double *some = path_scratch->w; /* (rows, d): d <= most */
  const size_t room = p->d < most ? p->d : most;
  for (size_t first = 0; first < n; first += room) {
    const size_t count = n - first < room ? n - first : room;
    iclgd_model_predict_queries(path->model, path->theta, p,
                                p->x + first * p->d, count, path_scratch->tape,
                                some);
    for (size_t l = 0; l <= path->steps; ++l)
      memcpy(fits + l * n + first, some + l * count, count * sizeof *fits);
  }
}

static void fit_algorithm(const iclgd_path *path, const iclgd_problem *problem,
                          const iclgd_path_scratch *path_scratch,
                          double *fits) {
  const size_t n = problem->prompt.n, d = problem->prompt.d;
  iclgd_problem moved = *problem;
  for (size_t i = 0; i < n; ++i) {
    moved.prompt.x_query = problem->prompt.x + i * d;
    path->algorithm->predict(&path->hyper, &moved, path->steps,
                             path_scratch->work, path_scratch->prediction);
    for (size_t l = 0; l <= path->steps; ++l)
      fits[l * n + i] = path_scratch->prediction[l];
  }
}

/* Longer contexts would take too long where every point is a problem. */
enum { POINTS_MAX = 64 };

static bool fit(const iclgd_path *path, const iclgd_problem *problem,
                const iclgd_path_scratch *path_scratch, double *fits) {
  const iclgd_prompt *p = &problem->prompt;
  if (iclgd_path_has_weights(path)) {
    iclgd_path_follow(path, problem, path_scratch, path_scratch->w,
                      path_scratch->prediction);
    fit_weights(path_scratch->w, p, path->steps + 1, fits);
    return true;
  }
  if (path->given || (path->algorithm && p->n > POINTS_MAX)) return false;
  if (path->algorithm)
    fit_algorithm(path, problem, path_scratch, fits);
  else
    fit_model(path, p, path_scratch, fits);
  return true;
}

bool iclgd_energy_along(const iclgd_path *path, const iclgd_problem *problem,
                        const iclgd_path_scratch *path_scratch, double lambda,
                        double *fits, double *energy, double *ridge) {
  const iclgd_prompt *p = &problem->prompt;
  const double half = 0.5 / (double)p->mean_n;
  if (!fit(path, problem, path_scratch, fits)) return false;
  for (size_t l = 0; l <= path->steps; ++l) {
    const double *w = path_scratch->w + l * p->d;
    energy[l] = half * iclgd_squared_distance(fits + l * p->n, p->y, p->n);
    if (ridge) ridge[l] = energy[l] + lambda / 2 * iclgd_dot(w, w, p->d);
  }
  return true;
}
