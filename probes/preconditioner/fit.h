/* The regression behind the probe `preconditioner`: an update u of the weights
 * on features of its gradient g, from sums over prompts that are kept apart in
 * groups (for the jackknife) and halves (of small and large lambda_max(S)). */
#ifndef ICLGD_PROBES_PRECONDITIONER_FIT_H
#define ICLGD_PROBES_PRECONDITIONER_FIT_H

#include <iclgd/probe.h>

#include "probes/shared/jackknife.h"

enum { FIT_HALVES = 2 };

/* The features of each form, columns of f = (g, t g, S g), t = tr(S) / d. */
typedef enum fit_form {
  FIT_CONSTANT,  /* u = A g */
  FIT_TRACE,     /* u = A g + t C g */
  FIT_CURVATURE, /* u = A g + C S g, what GD++ does to first order */
  FIT_FORMS
} fit_form;

/* How many coefficients a row of the form has. */
size_t iclgd_fit_columns(fit_form form, size_t d);

/* f (3 d) and u (d) of the step from w to w_next (d) on a problem with S and b;
 * false when the prompt cannot be used: it diverges there. */
bool iclgd_fit_features(const iclgd_problem *problem, const double *w,
                        const double *w_next, double *f, double *u);

/* |u - X f|^2 for the coefficients X (d, columns) of a form. */
double iclgd_fit_residual(const double *X, fit_form form, const double *f,
                          const double *u, size_t d);

/* Sums of one layer, group and half. */
typedef struct fit_sums {
  double *M; /* (3 d, 3 d) sum f f^T */
  double *B; /* (d, 3 d) sum u f^T */
} fit_sums;

/* Zeroed sums (depth, groups, halves) of an arena. */
fit_sums *iclgd_fit_sums_take(iclgd_arena *arena, size_t depth, size_t d);

void iclgd_fit_add(const fit_sums *sums, const double *f, const double *u,
                   size_t d);

/* Doubles of the scratch of iclgd_fit_solve. */
size_t iclgd_fit_work(size_t d);

/* X (d, columns) of a form from sums added over the groups but `without`
 * (JACKKNIFE_GROUPS: all) and over halves first..last of sums (groups, halves);
 * NaN where the features are not independent. */
void iclgd_fit_solve(const fit_sums *sums, size_t without, size_t first,
                     size_t last, fit_form form, size_t d, double *X,
                     double *work);

#endif /* ICLGD_PROBES_PRECONDITIONER_FIT_H */
