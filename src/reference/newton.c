/* Newton's iteration for the inverse of S (Schulz 1933; Fu et al. 2023):
 *   M_0 = alpha S,  M <- 2 M - M S M,  w = M b.
 * Iterate 0 is the zero predictor, iterate k >= 1 is M_{k-1} b, and its
 * residual polynomial 1 - s m(s) = (1 - alpha s^2)^(2^(k-1)): every step
 * squares it. alpha = c / lambda_max(S)^2 for each prompt with c =
 * reference.newton_scale. A trap is Fu et al.'s alpha = 2 / |S S^T|, c = 2: in
 * the top direction 1 - alpha s^2 = -1, whose square is 1 forever, and the loss
 * tends to the part of w in that direction. With c = 1 that direction is exact
 * from the start, and all others converge. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "reference/rows.h"
#include "reference/spectral.h"

static const iclgd_key keys[] = {
    KEY_REAL("reference.newton_scale", "1", 1e-6, 1.999999,
             "first step of newton, alpha lambda_max(S)^2; at 2 the top "
             "direction would never converge"),
};
static const iclgd_key_set key_set = {keys, 1};

static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  (void)err;
  out->own[0] = iclgd_get_real(choice->settings, "reference.newton_scale");
  return ICLGD_OK;
}

/* work: the eigenvalues of M, and z (d each). */
static void iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                    size_t steps, double *work, double *w) {
  const size_t d = p->prompt.d;
  double *m = work, *z = m + d, largest = 0;
  memset(w, 0, d * sizeof *w);
  for (size_t j = 0; j < d; ++j) largest = fmax(largest, p->lambda[j]);
  for (size_t j = 0; j < d; ++j)
    m[j] = largest > 0 ? hyper->own[0] * (p->lambda[j] / largest) / largest : 0;
  for (size_t k = 1; k <= steps; ++k) {
    for (size_t j = 0; j < d; ++j) {
      z[j] = m[j] * iclgd_dot(p->V + j * d, p->b, d);
      m[j] *= 2 - p->lambda[j] * m[j];
    }
    iclgd_write_weight(p, z, w + k * d);
  }
}

const iclgd_algorithm iclgd_algorithm_newton = {
    .name = "newton",
    .title = "Newton's inversion",
    .look = {6, 0},
    .description = "M <- 2 M - M S M from M_0 = alpha S, w = M b",
    .by_context = true,
    .spectral = true,
    .keys = &key_set,
    .own = {{"scale", .whole = false}},
    .how = "alpha = scale / lambda_max^2 (reference.newton_scale)",
    .choose = choose,
    .iterate = iterate,
};
