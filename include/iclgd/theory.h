/* iclgd/theory.h - which closed form holds for a law of prompts.
 *
 * For normal x with Sigma = v I the loss after any polynomial method depends
 * on w only through tau^2 = E|w|^2 / d, because the law of S is invariant under
 * rotations. For normal x with any fixed Sigma and w ~ N(0, tau^2 Sigma^-1),
 * the same holds of methods preconditioned by Sigma^-1 (docs/theory.md, O3).
 */
#ifndef ICLGD_THEORY_H
#define ICLGD_THEORY_H

#include <stdbool.h>

#include "iclgd/distribution.h"
#include "iclgd/oracle.h"

/* A setting of iclgd/oracle.h and its units: real steps are eta * step_unit,
 * real losses loss * loss_unit. */
typedef struct iclgd_theory {
  iclgd_setting setting;
  double step_unit, loss_unit;
} iclgd_theory;

/* The theory of methods with scalar steps, on x (preconditioned = false) or
 * preconditioned by Sigma^-1; false where no closed form holds. */
bool iclgd_theory_of(const iclgd_distribution *dist, bool preconditioned,
                     iclgd_theory *out);

/* The best single step of GD on isotropic inputs of any law, and its loss, in
 * real units (docs/theory.md, O1, isotropic non-Gaussian x); false where Sigma
 * is not a multiple of I or the law is not known. */
bool iclgd_theory_one_step(const iclgd_distribution *dist, double *eta,
                           double *loss);

/* Whether O1 (one layer, any A) holds: normal x with a fixed covariance. */
bool iclgd_theory_one_layer(const iclgd_distribution *dist);

#endif /* ICLGD_THEORY_H */
