/* Steepest descent (Cauchy 1847): gradient descent with the exact step, for
 * every step of every prompt,
 *   w_{k+1} = w_k + eta_k g,  g = b - S w_k,  eta_k = g.g / g.S g,
 * which minimises L(w) = (1/2n) |y - X w|^2 along g. */
#include <string.h>

#include <iclgd/comparisons.h>

#include "reference/gd.h"
#include "reference/rows.h"

/* work: g (d). */
static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  (void)hyper;
  const size_t d = p->prompt.d;
  double *g = work;
  memset(w, 0, d * sizeof *w);
  for (size_t k = 0; k < steps; ++k) {
    const double *from = w + k * d;
    double *to = w + (k + 1) * d, curvature = 0;
    iclgd_descent_direction(p, from, g);
    for (size_t i = 0; i < d; ++i)
      curvature += g[i] * iclgd_dot(p->S + i * d, g, d);
    const double eta = curvature > 0 ? iclgd_dot(g, g, d) / curvature : 0;
    for (size_t j = 0; j < d; ++j) to[j] = from[j] + eta * g[j];
  }
}

const iclgd_algorithm iclgd_algorithm_line_search = {
    .name = "line_search",
    .title = "GD with exact line search",
    .look = {2, 0},
    .description = "w <- w + eta_k g, g = b - S w, eta_k = g.g / g.S g",
    .how = "no hyperparameter, the exact step every time",
    .iterate = iterate,
};
