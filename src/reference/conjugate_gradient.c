/* Conjugate gradients on S w = b (Hestenes and Stiefel 1952): iterate k is the
 * best of b, S b, ..., S^(k-1) b for this prompt, so that after d steps (n of
 * them when n < d) it is the minimum-norm least squares:
 *   r = b - S w, dir = r;  w += a dir, r -= a S dir, a = r.r / dir.S dir,
 *   dir = r' + (r'.r' / r.r) dir.
 * Once nothing but rounding is left of r, some eps (|b| + tr S |w|), or dir
 * stands in the null space of S but for rounding, the iterate stays. */
#include <float.h>
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "reference/rows.h"

/* work: r, dir, S dir (d each). */
static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  (void)hyper;
  const size_t d = p->prompt.d;
  double *r = work, *dir = r + d, *Sdir = dir + d;
  memset(w, 0, d * sizeof *w);
  memcpy(r, p->b, d * sizeof *r);
  memcpy(dir, p->b, d * sizeof *dir);
  double rr = iclgd_dot(r, r, d);
  const double first = sqrt(rr);
  double trace = 0;
  for (size_t j = 0; j < d; ++j) trace += p->S[j * (d + 1)];
  for (size_t k = 0; k < steps; ++k) {
    const double *from = w + k * d;
    double *to = w + (k + 1) * d;
    for (size_t i = 0; i < d; ++i) Sdir[i] = iclgd_dot(p->S + i * d, dir, d);
    const double curvature = iclgd_dot(dir, Sdir, d);
    const double size = first + trace * sqrt(iclgd_dot(from, from, d));
    const bool goes_on =
        sqrt(rr) > 8 * DBL_EPSILON * size &&
        curvature > 8 * DBL_EPSILON * trace * iclgd_dot(dir, dir, d);
    const double a = goes_on ? rr / curvature : 0;
    for (size_t j = 0; j < d; ++j) {
      to[j] = from[j] + a * dir[j];
      r[j] -= a * Sdir[j];
    }
    if (!goes_on) continue;
    const double next = iclgd_dot(r, r, d), b = next / rr;
    for (size_t j = 0; j < d; ++j) dir[j] = r[j] + b * dir[j];
    rr = next;
  }
}

const iclgd_algorithm iclgd_algorithm_conjugate_gradient = {
    .name = "conjugate_gradient",
    .title = "conjugate gradients",
    .look = {4, 2},
    .description = "the best w of b, S b, .., S^(k-1) b for each prompt",
    .how = "no hyperparameter",
    .iterate = iterate,
};
