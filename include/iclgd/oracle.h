/* iclgd/oracle.h - closed forms for in-context linear regression.
 *
 * Setting: x ~ N(0, I_d), w ~ N(0, I_d), y = w.x + N(0, sigma2), n context
 * points, S = (1/n) sum x x^T, loss E(yhat - w.x_query)^2 (no 1/2, no noise on
 * the query). mu(f) = E tr f(S). With w ~ N(0, Sigma^-1) and steps
 * eta Sigma^-1 the same numbers hold for any Sigma. Units other than these are
 * the caller's business: x -> sqrt(v) x divides steps by v, w -> t w
 * multiplies losses by t^2, and sigma2 stands for sigma^2 / (v t^2).
 *
 * Outside the range that the arithmetic reaches every function returns
 * ICLGD_ERANGE with a message, never a wrong number: d and n up to 10^6,
 * residual polynomials up to degree 127 (L for GD, (3^L - 1)/2 for GD++).
 */
#ifndef ICLGD_ORACLE_H
#define ICLGD_ORACLE_H

#include <stddef.h>

#include "iclgd/status.h"

/* One linear-regression setting in the units above. */
typedef struct iclgd_setting {
  size_t d;      /* features, >= 1 */
  size_t n;      /* context points, >= 1 */
  double sigma2; /* noise variance, >= 0 */
} iclgd_setting;

/* O1. One layer with any A (d, d): x ~ N(0, Sigma), Cov(w) = Omega, both
 * (d, d) symmetric, row-major. loss(A); and the minimiser A* with its loss
 * (either output may be NULL). */
iclgd_status iclgd_oracle_one_layer_loss(iclgd_setting setting,
                                         const double *Sigma,
                                         const double *Omega, const double *A,
                                         double *loss, iclgd_error *err);
iclgd_status iclgd_oracle_one_layer(iclgd_setting setting, const double *Sigma,
                                    const double *Omega, double *A,
                                    double *loss, iclgd_error *err);

/* One GD step for isotropic x that need not be Gaussian: v the variance of one
 * input, E[|x|^2 x x^T] = kappa I, w ~ N(0, tau2 I). */
iclgd_status iclgd_oracle_one_step_isotropic(iclgd_setting setting, double v,
                                             double kappa, double tau2,
                                             double *eta, double *loss,
                                             iclgd_error *err);

/* The best A = a I, and its loss, when the covariance diag(lambda) (d) of the
 * inputs is rotated anew for each prompt; and when it is diagonal with
 * independent entries whose first three moments are given. w ~ N(0, I). */
iclgd_status iclgd_oracle_rotated(iclgd_setting setting, const double *lambda,
                                  double *a, double *loss, iclgd_error *err);
iclgd_status iclgd_oracle_random_diagonal(iclgd_setting setting,
                                          const double moments[3], double *a,
                                          double *loss, iclgd_error *err);

/* Gradient flow on half the loss of one layer A = u U^T from u = start, U =
 * (start / sqrt d) I, x ~ N(0, I): g(t) of A = g I, a logistic curve. */
iclgd_status iclgd_oracle_layer_flow(iclgd_setting setting, double start,
                                     double t, double *g, iclgd_error *err);

/* The best layer for a pool of tasks whose second moment (1/k) sum w w^T has
 * the eigenvalues o (d): its loss on the pool and on new tasks, w ~ N(0, I).
 * Both over d in the limit of large d, with tasks = k/d drawn as N(0, I),
 * points = n/d, noise = sigma2/d. */
iclgd_status iclgd_oracle_pool(iclgd_setting setting, const double *o,
                               double *seen, double *fresh, iclgd_error *err);
iclgd_status iclgd_oracle_pool_limit(double tasks, double points, double noise,
                                     double *seen, double *fresh,
                                     iclgd_error *err);

/* The risk of the posterior mean over a pool of two tasks, equally likely, at
 * this distance; x ~ N(0, I) of any d. sigma2 > 0. */
iclgd_status iclgd_oracle_two_tasks(size_t n, double sigma2, double distance,
                                    double *risk, iclgd_error *err);

/* The risk of k gradient steps with weight decay on one context whose S has
 * the eigenvalues s (d), over w ~ N(0, I) and the noise. */
iclgd_status iclgd_oracle_weight_decay(iclgd_setting setting, const double *s,
                                       double eta, double decay, size_t k,
                                       double *risk, iclgd_error *err);

/* O3. The loss after L gradient steps of sizes eta[0..L-1]. curve, when not
 * NULL, receives the loss of iterates 0..L. */
iclgd_status iclgd_oracle_gd(iclgd_setting setting, const double *eta, size_t L,
                             double *loss, double *curve, iclgd_error *err);

/* O3. The loss of L layers of scalar GD++ (step a_l = eta[l], then
 * x <- (I - gamma[l] S) x). */
iclgd_status iclgd_oracle_gdpp(iclgd_setting setting, const double *eta,
                               const double *gamma, size_t L, double *loss,
                               double *curve, iclgd_error *err);

/* O5. The step size that minimises the loss after L equal steps. */
iclgd_status iclgd_oracle_tied(iclgd_setting setting, size_t L, double *eta,
                               double *loss, iclgd_error *err);

/* O4. The L step sizes, ascending, that minimise the loss after all of them,
 * and that loss. *bound receives the minimum over all polynomials of degree L,
 * complex steps allowed: equal to *loss when the optimal steps are real. When
 * they are not, the real steps are the best of many local minima, or within
 * 1e-5 of the bound, and L is limited to 24. */
iclgd_status iclgd_oracle_untied(iclgd_setting setting, size_t L, double *eta,
                                 double *loss, double *bound, iclgd_error *err);

/* O9. The best scalar GD++ found from many starts, L distinct layers or (tied)
 * one layer L times; eta and gamma (L), or (1) when tied. L <= 4. The gamma of
 * the last distinct layer changes nothing and is 0. */
iclgd_status iclgd_oracle_gdpp_best(iclgd_setting setting, size_t L, int tied,
                                    double *eta, double *gamma, double *loss,
                                    iclgd_error *err);

/* O6. The risk of the Bayes-optimal (ridge) predictor; min(d, n) <= 4000 with
 * noise. */
iclgd_status iclgd_oracle_bayes(iclgd_setting setting, double *loss,
                                iclgd_error *err);

/* O6. The risk of least squares (minimum norm): sigma2 d / (n - d - 1) for
 * n > d + 1, d - n + sigma2 n / (d - n - 1) for d > n + 1; between them it is
 * infinite with noise: ICLGD_ERANGE. */
iclgd_status iclgd_oracle_least_squares(iclgd_setting setting, double *loss,
                                        iclgd_error *err);

/* O3. The loss of k Newton-Schulz inversions from M_0 = alpha S, for an alpha
 * that does not depend on the prompt: p = (1 - alpha s^2)^(2^k). k <= 5. */
iclgd_status iclgd_oracle_newton(iclgd_setting setting, double alpha, size_t k,
                                 double *loss, iclgd_error *err);

/* The step that minimises, without noise, the mean of the losses after
 * max(1, L - window + 1) .. L equal steps (Yang et al. 2023), and that mean. */
iclgd_status iclgd_oracle_windowed(iclgd_setting setting, size_t L,
                                   size_t window, double *eta, double *loss,
                                   iclgd_error *err);

/* Limits d, n -> infinity with d / n = g, without noise: loss / d of the best L
 * steps (O4: g^L (1 - g) / (1 - g^(L+1))) and of the best L equal steps (O5, a
 * truncated Catalan series); eta (L) ascending, or (1) when tied. g > 0. */
iclgd_status iclgd_oracle_untied_limit(double g, size_t L, double *eta,
                                       double *loss, iclgd_error *err);
iclgd_status iclgd_oracle_tied_limit(double g, size_t L, double *eta,
                                     double *loss, iclgd_error *err);

/* lim n^L loss of the best L equal steps, d fixed, n -> infinity: E tr H^(2L)
 * of the Gaussian orthogonal ensemble, L <= 3. With `broken`, L = 2, of the
 * best A = I + an antisymmetric part (O8): 2 less for each of the d / 2 planes
 * that it turns. */
iclgd_status iclgd_oracle_long_context(size_t d, size_t L, int broken,
                                       double *loss, iclgd_error *err);

/* O8. One layer looped L times, no noise, d fixed, n -> infinity: lim n^L loss
 * of A = I + (kappa / sqrt n) J, J antisymmetric with J^2 = -1 on so many
 * planes and 0 elsewhere. d <= 10^4, L <= 6, planes <= d / 2. */
iclgd_status iclgd_oracle_antisymmetric_loss(size_t d, size_t L, size_t planes,
                                             double kappa, double *loss,
                                             iclgd_error *err);

/* Its least value over planes and kappa, beside that of a multiple of I; 0
 * planes and kappa = 0 where nothing is lower (d = 1 or L = 1). */
typedef struct iclgd_antisymmetric {
  size_t planes;
  double kappa;
  double loss, scalar; /* lim n^L loss, with kappa and without */
} iclgd_antisymmetric;
iclgd_status iclgd_oracle_antisymmetric(size_t d, size_t L,
                                        iclgd_antisymmetric *out,
                                        iclgd_error *err);

/* The same at finite n, to second order: how the loss of A = eta I + K changes,
 * eta the best step and K antisymmetric and small,
 *   loss(eta I + K) = loss(eta I) + curvature |K|_F^2 + O(|K|^4),
 * exactly. Below zero the best multiple of I is not even a local minimum.
 * d >= 2, 2 <= L <= 8. */
iclgd_status iclgd_oracle_antisymmetric_curvature(size_t d, size_t n, size_t L,
                                                  double *curvature,
                                                  iclgd_error *err);

/* The least n from which on that curvature is negative (it changes sign
 * once). ICLGD_ERANGE where there is none up to 10^6. */
iclgd_status iclgd_oracle_antisymmetric_threshold(size_t d, size_t L, size_t *n,
                                                  iclgd_error *err);

/* Gradient flow dA/dt = -grad loss(A) of one layer looped L times at n =
 * infinity, Sigma = I, from A = alpha0 I, alpha0 < 1 (docs/theory.md, O5): the
 * loss at time t, and the time at which it has fallen to `loss`. */
iclgd_status iclgd_oracle_flow(size_t d, size_t L, double alpha0, double t,
                               double *loss, iclgd_error *err);
iclgd_status iclgd_oracle_flow_time(size_t d, size_t L, double alpha0,
                                    double loss, double *t, iclgd_error *err);

/* One layer of attention by position alone as a linear memory (Wang and E 2024;
 * src/oracle/memory.c): heads h = 1..H weigh lag s = 0..T-1 by
 *   a_h(s) = exp(-p_h phi(s)) / sum over s,  phi = log(1 + s) or s,
 * and predict sum_h c_h sum_s a_h(s) v_s of sum_s rho(s) v_s; for independent
 * v_s of mean 0 and variance 1 the loss is |rho - sum_h c_h a_h|^2. */
typedef enum iclgd_decay { ICLGD_DECAY_LOG, ICLGD_DECAY_LINEAR } iclgd_decay;
typedef struct iclgd_memory_setting {
  size_t T, H; /* lags and heads, H <= 512, both >= 1 */
  iclgd_decay decay;
  const double *rho; /* (T) finite */
} iclgd_memory_setting;

/* The loss of given p and c (H), finite. */
iclgd_status iclgd_oracle_memory_loss(iclgd_memory_setting setting,
                                      const double *p, const double *c,
                                      double *loss, iclgd_error *err);

/* The best c (H) for given p, and its loss; and for p that are sought downhill
 * from where they stand, all above 0, in place: a local minimum. */
iclgd_status iclgd_oracle_memory_readout(iclgd_memory_setting setting,
                                         const double *p, double *c,
                                         double *loss, iclgd_error *err);
iclgd_status iclgd_oracle_memory(iclgd_memory_setting setting, double *p,
                                 double *c, double *loss, iclgd_error *err);

#endif /* ICLGD_ORACLE_H */
