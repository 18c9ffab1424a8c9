/* Mean losses over all prompts of a law, not only those that were drawn. */
#ifndef ICLGD_RUN_EXPECTED_H
#define ICLGD_RUN_EXPECTED_H

#include "run/stages.h"

/* Of one path. */
typedef struct iclgd_expected_path {
  double *exact;             /* (steps + 1) in closed form; NaN: not known */
  iclgd_moments_row weighed; /* (steps + 1) of weighed risks; mean NULL: none */
  double *last; /* (prompts) those of the step beside the model's last layer */
} iclgd_expected_path;

struct iclgd_expected {
  size_t prompts;             /* that were weighed; 0: none */
  iclgd_expected_path *paths; /* (n_paths) */
};

/* Closed forms, and weighed prompts where the law is normal and the model has
 * several layers (probe.wide_prompts of them). */
iclgd_status iclgd_expect(iclgd_job *job, const iclgd_path *paths,
                          size_t n_paths, iclgd_expected *out,
                          iclgd_error *err);

/* The mean loss of iterate k of path p, with its standard error, which is 0 for
 * a closed form; false where nothing is known, or from less than 100 effective
 * prompts, (sum f)^2 / sum f^2, or where the weighed prompts do not see what
 * the closed form says. */
bool iclgd_expected_at(const iclgd_expected *expected, size_t p, size_t k,
                       double *mean, double *standard_error);

/* The ratio of the expected losses of the model's last layer (path 0, iterate
 * depth) and of iterate k of path p; its kind, `exact` or `importance`, or NULL
 * where it is not known. */
const char *iclgd_expected_ratio(const iclgd_expected *expected, size_t depth,
                                 size_t p, size_t k, double *ratio,
                                 double *standard_error);

/* Weigh prompts of a wider law (importance.c). */
iclgd_status iclgd_weigh(iclgd_job *job, const iclgd_path *paths,
                         size_t n_paths, iclgd_expected *out, iclgd_error *err);

#endif /* ICLGD_RUN_EXPECTED_H */
