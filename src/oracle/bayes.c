/* O6: the risk of the Bayes-optimal (ridge) predictor,
 *
 *   sigma2 E tr (X X^T + sigma2 I)^-1,
 *
 * w ~ N(0, I), as an integral over the exact density of the singular values u
 * of X: E sum sigma2 / (u^2 + sigma2), plus 1 for each of the d - n zeros. The
 * density must integrate to min(d, n), which is what the result is trusted on.
 */
#include <math.h>

#include "math/integral.h"
#include "math/wishart.h"
#include "spectrum.h"

/* The cost is of order min(d, n)^2; this takes a few seconds. */
static const size_t SMALLER_SIDE_LARGEST = 4000;

typedef struct problem {
  iclgd_wishart law;
  double sigma;
} problem;

static void integrand(double u, const void *data, double value[2]) {
  const problem *q = data;
  value[0] = iclgd_wishart_density(&q->law, u);
  value[1] = value[0] / (1 + u / q->sigma * (u / q->sigma));
}

static iclgd_status integrate(const problem *q, double *risk,
                              iclgd_error *err) {
  const double p = (double)q->law.p, mean = p + q->law.a; /* of u^2 */
  const double ratio = sqrt(mean) / q->sigma;
  const double least = p / (1 + ratio * ratio); /* Jensen */
  const double tolerance[2] = {1e-12 * p, 1e-12 * least};
  double bulk[2], value[2] = {0};
  TRY(iclgd_integrate(integrand, q, q->law.low, q->law.high, 8 + q->law.p / 4,
                      tolerance, bulk, err));
  if (q->law.low > 0)
    TRY(iclgd_integrate(integrand, q, 0, q->law.low, 8, tolerance, value, err));
  value[0] += bulk[0];
  value[1] += bulk[1];
  if (!(fabs(value[0] - p) <= 1e-10 * p && value[1] >= (1 - 1e-10) * least))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "the density of %g eigenvalues integrates to %.15g", p,
                      value[0]);
  *risk = value[1];
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_bayes(iclgd_setting setting, double *loss,
                                iclgd_error *err) {
  TRY(iclgd_setting_check(setting, err));
  const problem q = {.law = iclgd_wishart_law(setting.d, setting.n),
                     .sigma = sqrt(setting.sigma2)};
  const double zeros = (double)(setting.d - q.law.p);
  *loss = zeros;
  if (setting.sigma2 == 0) return ICLGD_OK;
  if (q.law.p > SMALLER_SIDE_LARGEST)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "expected min(d, n) up to %zu, found %zu",
                      SMALLER_SIDE_LARGEST, q.law.p);
  double risk = 0;
  TRY(integrate(&q, &risk, err));
  *loss = zeros + risk;
  return ICLGD_OK;
}
