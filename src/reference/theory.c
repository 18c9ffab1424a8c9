/* Which closed form holds (see iclgd/theory.h). */
#include <iclgd/theory.h>

#include <iclgd/comparisons.h>

/* E|w|^2 */
static double task_power(const iclgd_distribution *dist) {
  const double tau2 = dist->w_scale * dist->w_scale;
  const double d = (double)dist->d;
  switch (dist->w_law) {
    case ICLGD_W_NORMAL:
      return tau2 * d;
    case ICLGD_W_INVERSE_COVARIANCE:
      return tau2 * iclgd_dot(dist->G, dist->G, dist->d * dist->d) /
             dist->x_variance;
    case ICLGD_W_SPARSE:
      return tau2 * (double)dist->w_count;
    case ICLGD_W_POOL:
      return iclgd_dot(dist->pool, dist->pool, dist->w_count * dist->d) /
             (double)dist->w_count;
    case ICLGD_W_UNKNOWN:
      break;
  }
  return 0;
}

bool iclgd_theory_of(const iclgd_distribution *dist, bool preconditioned,
                     iclgd_theory *out) {
  if (!iclgd_distribution_knows_tasks(dist) || dist->x_law != ICLGD_X_NORMAL)
    return false;
  const double sigma2 = dist->noise * dist->noise;
  if (dist->isotropic) {
    /* The first row of F = U sqrt(lambda) has norm sqrt(lambda). */
    const double v = dist->x_variance * iclgd_dot(dist->F, dist->F, dist->d);
    const double tau2 = task_power(dist) / (double)dist->d;
    out->loss_unit = v * tau2;
    out->step_unit = preconditioned ? 1 : 1 / v;
  } else {
    if (!preconditioned || dist->w_law != ICLGD_W_INVERSE_COVARIANCE)
      return false;
    if (dist->rotate_per_prompt) return false;
    out->loss_unit = dist->w_scale * dist->w_scale;
    out->step_unit = 1;
  }
  out->setting = (iclgd_setting){dist->d, dist->n, sigma2 / out->loss_unit};
  return true;
}

bool iclgd_theory_one_layer(const iclgd_distribution *dist) {
  return iclgd_distribution_knows_tasks(dist) &&
         dist->x_law == ICLGD_X_NORMAL &&
         (dist->isotropic || !dist->rotate_per_prompt);
}

bool iclgd_theory_one_step(const iclgd_distribution *dist, double *eta,
                           double *loss) {
  if (!iclgd_distribution_knows_tasks(dist) || !dist->isotropic ||
      dist->w_law == ICLGD_W_POOL || dist->x_law == ICLGD_X_UNKNOWN)
    return false;
  /* The first row of F = U sqrt(lambda) has norm sqrt(lambda). */
  const double lambda = iclgd_dot(dist->F, dist->F, dist->d);
  const double tau2 = task_power(dist) / (double)dist->d;
  const iclgd_setting setting = {dist->d, dist->n, dist->noise * dist->noise};
  iclgd_error unreached;
  return !iclgd_oracle_one_step_isotropic(
      setting, dist->x_variance * lambda,
      iclgd_distribution_kappa(dist) * lambda * lambda, tau2, eta, loss,
      &unreached);
}
