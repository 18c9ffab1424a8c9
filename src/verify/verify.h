/* What the checks of claims share: their setting, samples of prompts, exact
 * moments, training, published figures. */
#ifndef ICLGD_VERIFY_VERIFY_H
#define ICLGD_VERIFY_VERIFY_H

#include <gmp.h>

#include <iclgd/linear.h>
#include <iclgd/oracle.h>
#include <iclgd/train.h>

#include "oracle/spectrum.h"
#include "verify/claim.h"

/* The most layers, loops or steps that a check can have; LOOPS beyond what was
 * trained. */
enum { ICLGD_LOOPS_MAX = 32 };

/* A check as iclgd_claim wants it. */
#define CHECK(name)                                                    \
  iclgd_status iclgd_check_##name(iclgd_trial *t, iclgd_evidence *out, \
                                  iclgd_error *err)

/* Everything here comes from the row's setting; d, n and the noise are those
 * of the law as well. */
struct iclgd_trial {
  const iclgd_verify_options *options;
  iclgd_settings
      *settings;     /* prompt.*, model.*, train.* and those of trial.c */
  iclgd_arena arena; /* for whatever the check needs */
  iclgd_distribution dist;
  iclgd_setting setting;
  size_t L, prompts; /* layers; prompts to draw */
};

/* --- evidence ------------------------------------------------------------ */

typedef struct iclgd_estimate {
  double value, error; /* with its standard error */
} iclgd_estimate;

iclgd_evidence iclgd_evidence_of(double expected, iclgd_estimate measured,
                                 double tolerance);

/* A number without chance, */
iclgd_evidence iclgd_evidence_near(double expected, double measured,
                                   double tolerance);

/* and but for what arithmetic in double leaves of an exact result: 1e-9. */
iclgd_evidence iclgd_evidence_exact(double expected, double measured);
double iclgd_rounding(double expected);

/* But for what the drawn numbers leave, which are float32 and normal to 1.5e-6
 * (iclgd/rng.h): 1e-5 of it; and what rounding leaves of zero. */
iclgd_evidence iclgd_evidence_drawn(double expected, iclgd_estimate measured);

/* Keep the worst: replace *out if this comes nearer to failing. The first call
 * finds out->expected NaN. */
void iclgd_evidence_worst(iclgd_evidence *out, iclgd_evidence now);

/* --- samples ------------------------------------------------------------- */

/* One prompt that is measured; thread < iclgd_pool_threads. */
typedef struct iclgd_draw {
  const iclgd_trial *trial;
  const iclgd_prompt *prompt;
  const void *what;
  size_t thread;
  double *work;
} iclgd_draw;

/* What is measured of it: value (width), with `work` doubles of scratch. */
typedef struct iclgd_measure {
  void (*of)(const iclgd_draw *draw, double *value);
  const void *what;
  size_t width, work;
} iclgd_measure;

/* S (d, d) and b (d) of its context. */
void iclgd_draw_gram(const iclgd_draw *draw, double *S, double *b);

/* values (trial->prompts, width), from the trial's arena. */
iclgd_status iclgd_trial_sample(iclgd_trial *trial, iclgd_stream_id stream,
                                const iclgd_measure *measure, double **values,
                                iclgd_error *err);

/* The mean of what has width 1 on the stream PROBE, as of all that follows. */
iclgd_status iclgd_trial_mean(iclgd_trial *trial, const iclgd_measure *measure,
                              iclgd_estimate *mean, iclgd_error *err);

/* A model with its parameters, of the trial's arena. */
typedef struct iclgd_subject {
  iclgd_model model;
  double *theta;
} iclgd_subject;

/* A linear model of that form (iclgd/linear.h), all parameters zero. */
iclgd_status iclgd_trial_subject(iclgd_trial *trial, const char *form,
                                 size_t layers, size_t loops,
                                 iclgd_subject *out, iclgd_error *err);

/* The risk |Sigma^(1/2) (w_l - w_star)|^2 after each layer of a model, run as a
 * transformer on drawn prompts: values (trial->prompts, depth + 1). */
iclgd_status iclgd_trial_risks(iclgd_trial *trial, const iclgd_subject *model,
                               double **values, iclgd_error *err);

/* Its mean after the last layer. */
iclgd_status iclgd_trial_risk(iclgd_trial *trial, const iclgd_subject *model,
                              iclgd_estimate *mean, iclgd_error *err);

/* The risk given the context, exactly averaged over w_star of covariance Omega
 * and over the noise, of the method w = R_L b, R <- R + A_l (I - S R): values
 * (trial->prompts, L + 1). A (L, d, d), Omega (d, d), Sigma (d, d). */
typedef struct iclgd_descent {
  size_t L;
  const double *A, *Omega, *Sigma;
} iclgd_descent;
iclgd_status iclgd_trial_descend(iclgd_trial *trial,
                                 const iclgd_descent *method, double **values,
                                 iclgd_error *err);

/* Sigma and Omega, the covariances of inputs and tasks of the row's law, and
 * room for a third matrix A: (d, d), one behind the other. */
typedef struct iclgd_matrices {
  double *Sigma, *Omega, *A;
} iclgd_matrices;
iclgd_status iclgd_trial_matrices(iclgd_trial *trial, iclgd_matrices *out,
                                  iclgd_error *err);

/* tr(X Y) / d, of (d, d). */
double iclgd_mean_trace(const double *X, const double *Y, size_t d);

/* C = A B, all (d, d), in plain loops: small, and within threads. No aliases.
 */
void iclgd_small_product(const double *restrict A, const double *restrict B,
                         double *restrict C, size_t d);

/* A transformer of scalar layers a_l = eta[l], all of it `loops` times, in the
 * trial's arena; with gamma (layers) it is GD++. */
iclgd_status iclgd_trial_model(iclgd_trial *trial, const double *eta,
                               const double *gamma, size_t layers, size_t loops,
                               iclgd_subject *out, iclgd_error *err);

/* Mean risk of the last layer of model a over that of model b, paired on the
 * same drawn prompts. */
iclgd_status iclgd_trial_compare(iclgd_trial *trial, const iclgd_subject *a,
                                 const iclgd_subject *b, iclgd_estimate *ratio,
                                 iclgd_error *err);

/* Mean with standard error of values[i * stride], i = 0..count-1. */
iclgd_estimate iclgd_estimate_mean(const double *values, size_t count,
                                   size_t stride);

/* The median; its error from the order statistics around it. values (count) is
 * reordered. */
iclgd_estimate iclgd_estimate_median(double *values, size_t count);

/* out (outputs) = g(means of the width columns of values (count, width)), with
 * bias and errors by the jackknife over 64 batches in order. outputs <= 16. */
typedef void (*iclgd_of_means)(const double *means, const void *context,
                               double *out);
iclgd_status iclgd_jackknife(iclgd_trial *trial, const double *values,
                             size_t width, iclgd_of_means g,
                             const void *context, size_t outputs,
                             iclgd_estimate *out, iclgd_error *err);

/* mean a / mean b of columns a and b of values (count, width), paired. */
iclgd_estimate iclgd_estimate_ratio(const double *values, size_t count,
                                    size_t width, size_t a, size_t b);

/* --- means that samples see (tails.c) ------------------------------------- */

/* A bound of the standard error of the mean loss of these layers on
 * trial->prompts prompts, where that mean is `expected` by O3. ICLGD_ERANGE
 * where it is more than an eighth of it. */
iclgd_status iclgd_trial_seen(iclgd_trial *trial, iclgd_layers layers,
                              double expected, double *error, iclgd_error *err);

/* The same for k Newton inversions from alpha S. */
iclgd_status iclgd_trial_seen_newton(iclgd_trial *trial, double alpha, size_t k,
                                     double expected, double *error,
                                     iclgd_error *err);

/* The mean of a sample beside what it is expected to be; its error is the
 * larger one of its own and `error`. */
iclgd_evidence iclgd_evidence_seen(double expected, iclgd_estimate mean,
                                   double error);

/* ICLGD_ERANGE where the exact standard error of the mean loss of these layers
 * is more than `most` of it. */
iclgd_status iclgd_trial_sees(iclgd_trial *trial, iclgd_layers layers,
                              double most, iclgd_error *err);

/* --- the spectrum of drawn prompts --------------------------------------- */

/* The eigenvalues of S of every prompt: (trial->prompts, d). */
iclgd_status iclgd_trial_eigenvalues(iclgd_trial *trial, iclgd_stream_id stream,
                                     double **lambda, iclgd_error *err);

/* Their mean measure as a Gauss rule of `nodes` nodes, exact for polynomials
 * of degree 2 nodes - 1; `lambda` (count, d). */
iclgd_status iclgd_trial_spectrum(iclgd_trial *trial, const double *lambda,
                                  size_t count, size_t nodes,
                                  iclgd_spectrum *out, iclgd_error *err);

/* Scalar layers that are sought: a (L), and c (L) unless it is plain GD; tied:
 * a[0], c[0] serve all. */
typedef struct iclgd_sought {
  size_t L;
  bool tied;
  double *a, *c;
} iclgd_sought;

/* The best of them on a spectrum, walked down from a, c, in place; *loss the
 * least. */
iclgd_status iclgd_trial_best_layers(const iclgd_spectrum *spectrum,
                                     iclgd_sought best, double *loss,
                                     iclgd_error *err);

/* The best of them for prompts of the stream TUNE, searched from many starts,
 * and their loss, E tr p(S)^2, on prompts of the stream `measured`. High
 * polynomials are measured where they were searched: on fresh prompts one rare
 * large eigenvalue is their mean. */
iclgd_status iclgd_trial_searched(iclgd_trial *trial, iclgd_sought best,
                                  iclgd_stream_id measured,
                                  iclgd_estimate *loss, iclgd_error *err);

/* The limit of values at sizes n, 2n, 4n that miss it by c/n + O(1/n^2): two
 * extrapolations; the error of the better one is below their difference. */
iclgd_evidence iclgd_extrapolated(double limit, const double values[3]);

/* --- exact moments (exact.c) ---------------------------------------------- */

/* The loss of residual polynomial p = prod (1 - steps[l] s), O3, from exact
 * moments in 1024 bits. */
iclgd_status iclgd_exact_gd(iclgd_setting setting, const double *steps,
                            size_t L, double *loss, iclgd_error *err);

/* The same for scalar GD++ layers. */
iclgd_status iclgd_exact_gdpp(iclgd_setting setting, const double *eta,
                              const double *gamma, size_t L, double *loss,
                              iclgd_error *err);

/* The minimiser over eta of the mean of the losses after first..last equal
 * steps, without noise, by bisection of the derivative; and that mean. */
iclgd_status iclgd_exact_tied(iclgd_setting setting, size_t first, size_t last,
                              double *eta, double *loss, iclgd_error *err);

/* The least loss of any polynomial of degree L, from the normal equations of
 * the moments; and its coefficients q[0..L-1] of w = q(S) b. */
iclgd_status iclgd_exact_best(iclgd_setting setting, size_t L, double *q,
                              double *loss, iclgd_error *err);

/* Ascending real steps with 1 - s q(s) = prod (1 - steps s); false when one of
 * them is complex. */
bool iclgd_steps_of(const double *q, size_t L, double *steps);

/* --- training ------------------------------------------------------------- */

/* The initial model by the row's model.* keys, with weights of the seed that is
 * `later` after the row's. */
iclgd_status iclgd_trial_start(iclgd_trial *trial, size_t later,
                               iclgd_subject *out, iclgd_error *err);

/* A model by the row's model.* and train.* keys, trained on fresh prompts;
 * allocated in the trial's arena. Weights that diverge stay as they are. */
iclgd_status iclgd_trial_train(iclgd_trial *trial, iclgd_subject *model,
                               iclgd_error *err);

/* The same from a model as it is. */
iclgd_status iclgd_trial_train_from(iclgd_trial *trial, iclgd_subject *model,
                                    iclgd_error *err);

/* The same on prompts of one's own, watched. */
typedef struct iclgd_training {
  iclgd_train_options options;
  const iclgd_prompt_source *source;
  iclgd_train_watch watch;
  void *context;
} iclgd_training;
iclgd_status iclgd_trial_run(iclgd_trial *trial, const iclgd_training *how,
                             iclgd_subject *model, iclgd_error *err);

/* --- published figures ------------------------------------------------------
 */

typedef struct iclgd_published {
  double value, half_width; /* half a unit of its last digit, or as stated */
} iclgd_published;

/* Figure `name` of the table `file` in the reference folder. */
iclgd_status iclgd_trial_published(const iclgd_trial *trial, const char *file,
                                   const char *name, iclgd_published *out,
                                   iclgd_error *err);

/* That which the row names. */
iclgd_status iclgd_trial_figure(const iclgd_trial *trial, const char *file,
                                iclgd_published *out, iclgd_error *err);

/* What was measured beside it. */
iclgd_evidence iclgd_evidence_published(iclgd_published figure,
                                        iclgd_estimate measured);

#endif /* ICLGD_VERIFY_VERIFY_H */
